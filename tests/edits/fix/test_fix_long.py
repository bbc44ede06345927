"""Fixes in documents too long to be parsed whole for every draft."""

from editdiff.check.base import Problem
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix import run as fixing_module
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

NOBODY = ScriptedEngine([])
"""Has no draft to give."""


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


def after(outcome: Proposal | NoEdit) -> str:
    assert isinstance(outcome, Proposal), outcome
    return outcome.after.text


def test_in_a_long_document_a_window_is_enough(monkeypatch):
    monkeypatch.setattr(fixing_module, "WHOLE", 1000)
    monkeypatch.setattr(fixing_module, "REACH", 10)
    many = "".join(f"def f{i}(x):\n    return x\n\n\n" for i in range(200))
    wrong = many.replace("f100(x)", "f100(x")
    sizes = []

    class Measured(SyntaxChecker):
        def check(self, document: Document) -> list[Problem]:
            sizes.append(len(document.text))
            return super().check(document)

    assert after(fix(python(wrong), NOBODY, Checks((Measured(),))).outcome) == many
    assert sum(size > 1000 for size in sizes) < 12 < len(sizes)


def test_what_is_only_seen_in_the_whole_of_a_long_document_is_left_alone(monkeypatch):
    monkeypatch.setattr(fixing_module, "WHOLE", 100)
    monkeypatch.setattr(fixing_module, "REACH", 2)
    text = "x = 1\n" * 100

    class Slow(SyntaxChecker):
        def check(self, document: Document) -> list[Problem]:
            whole = Span(0, len(document.text))
            return [Problem(whole, "too slow", self.name)] if len(document.text) > 200 else []

    fixed = fix(python(text), ScriptedEngine(["y = 1"] * 9), Checks((Slow(),)))
    assert isinstance(fixed.outcome, NoEdit)
    assert "in the whole document only" in fixed.left[0].outcome.reason


def test_a_checker_without_time_for_a_long_document_judges_its_windows(monkeypatch):
    monkeypatch.setattr(fixing_module, "WHOLE", 1000)
    monkeypatch.setattr(fixing_module, "REACH", 10)
    many = "".join(f"def f{i}(x):\n    return g{i}(x)\n\n\n" for i in range(200))
    sizes = []

    class Slow(PythonCompileChecker):
        def check(self, document: Document) -> list[Problem]:
            whole = Span(0, len(document.text))
            sizes.append(whole.length)
            late = [Problem(whole, "not parsed within 5 s", self.name)]
            return late if whole.length > 2000 else super().check(document)

    wrong = python(many.replace("g100(x)", "g100(x"))
    fixed = fix(wrong, NOBODY, Checks((SyntaxChecker(), Slow())))
    assert SyntaxChecker().check(python(after(fixed.outcome))) == []
    assert fixed.outcome.checked == ("syntax",)
    assert [repair.problem.message for repair in fixed.left] == ["not parsed within 5 s"]
    assert sum(size > 2000 for size in sizes) == 2  # before and after: not for every way to check


def test_lines_too_long_for_a_window_are_not_tried():
    text = "[" + "1, " * 100_000
    fixed = fix(Document("a.json", text, language="json"), NOBODY, Checks((SyntaxChecker(),)))
    assert isinstance(fixed.outcome, NoEdit)
    assert {r.outcome.reason for r in fixed.left} == {
        "the lines around it are too long: 300001 characters"
    }
