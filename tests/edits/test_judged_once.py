"""No checker is asked twice about a text in one request, whoever asks: the engine, or what proposes its drafts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from editdiff.check.base import Checker, Problem
from editdiff.check.registry import guards
from editdiff.edits.complete import Suggestion, complete
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revise import revise
from editdiff.edits.session import Session
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.text.document import Document
from editdiff.text.span import Span


@dataclass
class Counted:
    """A checker whose work is counted."""

    checker: Checker
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Path and text of the documents that it was asked about."""

    @property
    def name(self) -> str:
        return self.checker.name

    def supports(self, language: str) -> bool:
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        self.asked[document.path, document.text] += 1
        return self.checker.check(document)


class Careful:
    """An engine that answers from a script, and first asks the critic about each draft, as one does that mends."""

    name = "careful"

    def __init__(self, *rounds: list[str]) -> None:
        self.rounds = iter(rounds)

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        texts = next(self.rounds, [])
        assert task.critic is not None
        for text in texts:
            task.critic((text,))
        yield from (Draft((text,), -float(i), 1) for i, text in enumerate(texts))


@pytest.fixture
def counted() -> tuple[Counted, ...]:
    return tuple(Counted(checker) for checker in guards())


def once(counted: tuple[Counted, ...]) -> int:
    """Number of checks, none of which was made twice."""
    for checker in counted:
        assert [asked for asked, times in checker.asked.items() if times > 1] == [], checker.name
    return sum(checker.asked.total() for checker in counted)


def python(name: str, text: str) -> Document:
    return Document(name, text, language="python")


SIX = {
    "the first draft passes": (python("a.py", "x = 1\n"), Span(4, 5), Careful(["2"]), "2"),
    "the grammar turns the first down": (
        python("b.py", "x = 1\ny = 2\n"), Span(4, 5), Careful(["(", "f(", "2"]), "2",
    ),
    "Python turns the first down": (
        python("c.py", "x = 1\n"), Span(4, 5), Careful(["f(a=1, 2)", "print 3", "3"]), "3",
    ),
    "it was broken before, by a marker": (
        python("d.py", "def f():\n    ???\n"), Span(13, 16), Careful(["return (", "pass"]), "pass",
    ),
    "it stays broken, all are turned down, and there is another round": (
        python("e.py", "x = (1\ny = 2\n"), Span(11, 12), Careful(["[", "(", "\0"], ["[", "{{", "(("]), None,
    ),
    "its lines end as on Windows": (
        python("f.py", "x = 1\r\ny = 2\r\n"), Span(4, 5), Careful(["f(", "g(\n", "f(\n1)"]), "f(\r\n1)",
    ),
}  # fmt: skip


def test_six_infills_make_no_check_twice(counted):
    for document, span, engine, expected in SIX.values():
        outcome = infill(document, [span], engine, FillOptions(seed=1), counted)
        text = outcome.edits.items[0].text if isinstance(outcome, Proposal) else None
        assert text == expected
    assert once(counted) > 20


def test_what_comes_of_six_infills_is_what_checkers_without_a_memory_let_pass(monkeypatch):
    monkeypatch.setattr("editdiff.edits.infill.remembering", tuple)
    plain, outcomes = tuple(Counted(checker) for checker in guards()), []
    for document, span, _, expected in SIX.values():
        drafts = [["f(", "print 3", expected or "("], ["["]]
        outcomes.append(infill(document, [span], Careful(*drafts), FillOptions(), plain))
    assert any(times > 1 for checker in plain for times in checker.asked.values())
    monkeypatch.undo()
    for (document, span, _, expected), before in zip(SIX.values(), outcomes, strict=True):
        drafts = [["f(", "print 3", expected or "("], ["["]]
        after = infill(document, [span], Careful(*drafts), FillOptions(), guards())
        assert (type(after), getattr(after, "edits", after)) == (
            type(before), getattr(before, "edits", before),
        )  # fmt: skip


def test_drafts_that_an_engine_mends_are_judged_once(counted):
    oracle = OracleDenoiser(("1 + 2",), wrong={2: "?"})  # right when it is reopened
    document = python("a.py", "y = 2\n")
    options = FillOptions(drafts=1, temperature=0.0)
    outcome = infill(document, [Span(4, 5)], LocalEngine(oracle), options, counted)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text.endswith(" + 2\n")
    assert counted[0].asked["a.py", "y = 1 ? 2\n"] == 1
    assert once(counted) >= 4


def test_another_draft_of_a_filling_asks_nothing_again(counted):
    document = python("a.py", "x = (\ny = 2\n")
    engine = Careful(["[", "3"], ["[[", "3", "4"], ["[", "[["])
    filling = Session(lambda: engine, FillOptions(), counted).begin(document, [Span(10, 11)])
    assert isinstance(filling.draft(), Proposal)
    assert isinstance(filling.draft(), Proposal)
    assert isinstance(filling.draft(), NoEdit)
    once(counted)


def test_a_revision_in_place_judges_once(counted):
    drafts = [Draft((text,), 0.0, 1) for text in ("(", "f(", "3")]
    outcome = revise(
        python("a.py", "x = 1 + 2\n"), [Span(4, 5)], ScriptedEngine([drafts, drafts]),
        FillOptions(), counted,
    )  # fmt: skip
    assert isinstance(outcome, Proposal)
    assert once(counted) >= 4


class Recalling(ScriptedEngine):
    """An engine that also looks up what stands in such a place elsewhere."""

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        return [Draft((text,), -1.0, 0, found=True) for text in ("= = 2", "(", "= = 2")]


@pytest.mark.parametrize("written", ["= = 2", "(", "= 2"])
def test_ghost_text_judges_once(counted, written):
    engine = Recalling([[Draft((written,), -0.1, 1)]])
    outcome = complete(python("a.py", "x \nz = (\n"), 2, engine, checkers=counted)
    assert isinstance(outcome, NoEdit | Suggestion)
    assert once(counted) >= 3


def test_a_fix_judges_once(counted):
    text = "def f(a:\n    return a\n\n\ndef g(b)\n    return [b\n"
    engine = ScriptedEngine([[Draft((t,), 0.0, 1) for t in ("def g(b):", "x", "return [b]")]] * 50)
    fix(python("a.py", text), engine, Checks(counted), replace(FillOptions(), drafts=1))
    assert once(counted) > 20
