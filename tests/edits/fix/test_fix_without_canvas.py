import re

import pytest

from editdiff.check.base import Problem
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.run import FAULTS, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

CHECKS = Checks((SyntaxChecker(),))
RIGHT = "def area(a, b):\n    return a * b\n\n\ntotal = area(1, 2)\n"
BROKEN = RIGHT.replace("b):", "b:")


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


def lines(text: str) -> tuple[str, ...]:
    """A text from the beginning of each of its lines on: what a model that knows it has learnt."""
    return tuple(text[at:] for at in range(len(text)) if at == 0 or text[at - 1] == "\n")


def engine(*texts: str) -> WithLookup:
    learnt = tuple(part for text in texts for part in lines(text))
    return WithLookup(TwinEngine(ChainDenoiser(learnt), "chain"))


def test_a_slip_is_mended_where_the_model_finds_the_mended_text_likelier():
    outcome = fix(python(BROKEN), engine(RIGHT), CHECKS).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == RIGHT


def test_what_the_model_finds_less_likely_than_what_stands_there_is_no_fix():
    outcome = fix(python(BROKEN), engine(BROKEN), CHECKS).outcome
    assert isinstance(outcome, NoEdit)


@pytest.mark.parametrize("text", [BROKEN, RIGHT.replace("a * b", "(a * b")])
def test_a_model_that_never_ends_writes_no_more_than_a_fix_may_have(text):
    class Counting(ChainDenoiser):
        def write(self, cache, ids, behind, wanted):
            if len(cache.tree):
                longest.append(len(cache.before(len(cache.tree) - 1)))
            return super().write(cache, ids, behind, wanted)

    longest: list[int] = []
    fix(python(text), TwinEngine(Counting(("x" * 400,))), CHECKS, FillOptions(drafts=1))
    assert longest
    assert max(longest) < 80


class Names:
    """Whoever reads a name that is not known."""

    name = "names"

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        return [
            Problem(Span(*m.span()), "not known", self.name)
            for m in re.finditer(r"\b[xz]\b", document.text)
        ]


def test_what_a_linter_names_is_rewritten_and_nothing_beside_it():
    before, shorter, whole = (f"def f(a):\n    return {end}\n" for end in ("x + z", "a", "a + z"))
    learnt = (*lines(shorter), *lines(shorter), *lines(whole), "a + z\n")
    network = TwinEngine(ChainDenoiser(learnt), "chain")
    found = fix(python(before), network, Checks(CHECKS.syntax, (Names(),)))
    assert isinstance(found.outcome, Proposal)
    assert found.outcome.after.text == whole
    assert len(found.left) == 1


PARSERS = Checks((SyntaxChecker(), PythonCompileChecker()))
WALK = """import os


def names(folder):
    found = []
    for entry in os.listdir(folder):
        if entry:
            found.append(os.path.join(folder, entry))
    return sorted(found)
"""


@pytest.mark.parametrize(
    "slips",
    [
        ["listdir(folder):", "if entry:"],
        ["listdir(folder):", "if entry:", "folder, entry))"],
        ["names(folder):", "listdir(folder):"],
        ["if entry:", "sorted(found)"],
    ],
)
def test_faults_in_neighbouring_lines_are_mended_in_one_go(slips):
    text = WALK
    for slip in slips:
        text = text.replace(slip, slip[:-1])
    found = fix(python(text), engine(WALK), PARSERS)
    assert isinstance(found.outcome, Proposal), found.left
    assert found.outcome.after.text == WALK
    assert len(found.mended) == len(slips)


def test_more_faults_than_that_are_left():
    lines = [f"if a{n}:\n    b{n} = c(d{n})\n" for n in range(FAULTS + 1)]
    broken = "".join(line.replace(":", "") for line in lines)
    found = fix(python(broken), engine("".join(lines)), PARSERS)
    assert isinstance(found.outcome, NoEdit)


def test_a_header_that_ends_too_early_is_ended():
    text = WALK.replace("listdir(folder):", "listdir(folder")
    found = fix(python(text), engine(WALK), PARSERS)
    assert isinstance(found.outcome, Proposal)
    assert found.outcome.after.text == WALK
