"""Signs of another fault: with each nothing is offered, and near faults are mended as before."""

import pytest

from editdiff.check.base import Problem
from editdiff.check.registry import guards
from editdiff.edits.fix.doubtful import DOUBTFUL, doubts, line_missing
from editdiff.edits.fix.rules import broken
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

BLOCK = """\
def f(x):
    if x:
        return 1
    else:
        g(x)
        return 2
"""

MISSING = {
    "an except clause follows": "try:\nexcept A:\n    g()\n",
    "an else follows": "if x:\nelse:\n    g()\n",
    "what follows is indented less": "class A:\n    def f(self):\n\n\ng()\n",
    "a blank line stands between": "if x:\n\n# the rest\ng()\n",
    "the file ends": "def f():\n    if x:\n",
    "a block has lost its head": "def f():\n    a = 1\n        b = 2\n        c = 3\n",
    "so has one that begins with a block": "def f():\n    a = 1\n        if a:\n            c = 3\n",
    "what follows a branch is all that a function returns": "def f(x):\n    if not x:\n        raise E\n"
    "    for y in x:\n    return x\n\n\ng()\n",
    "a clause has lost its head": "def f():\n    a = 1\n        b = 2\n    else:\n        c = 3\n",
    "a line behind a blank one stands alone": "a = 1\n\n    f(a)\n",
    "so does one before the end of its block": "def f():\n    a = 1\n\n        f(a)\n\n\nb = 2\n",
}
THERE = {
    "a line of the block is indented too little": "if x:\ng()\nh()\n",
    "a line of the block stands at the margin": "def f():\n    for x in y:\na = 1\n        b = 2\n",
    "a head stands twice": "def f():\ndef f():\n    g()\n",
    "a line is indented too far": "def f():\n    a = 1\n        b = 2\n    c = 3\n",
    "so is a head": "def f():\n    a = 1\n        if a:\n        c = 3\n",
    "the line above is indented too little": "def f():\n    a = 1\n  b = 2\n    c = 3\n    d = 4\n",
    "a list has lost its bracket": "x = f\n    a,\n    b,\n)\n",
    "a call is indented too far": "a = 1\n    b = f(\n    c\n)\n",
    "another branch returns as well": "def f(x):\n    if x:\n        return 1\n    elif y:\n    return 2\n",
    "what a function does is to return": "def f(x):\nreturn x\n",
    "a head is indented too far": "def f(x):\n        if x:\n        return 1\n    return 2\n",
    "a line before a clause is indented too far": "if a:\n    b = 1\n        c = 2\nelse:\n    d = 3\n",
    "a line behind a blank one has others below": "a = 1\n\n    f(a)\nb = 2\n",
}
DOUBTED = {
    "a comma where an operator may be missing": ("f(size 1)\n", "f(size, 1)\n"),
    "a comma where an operator may be missing between numbers": ("x = 1 2\n", "x = 1, 2\n"),
    "lines change places": ("    a()\nif x:\n", "if x:\n    a()\n"),
    "dead code behind a return": (
        BLOCK.replace("        return 1", "        return 0\n       return 1"),
        BLOCK.replace("        return 1", "        return 0\n        return 1"),
    ),
    "a block too deep": (
        "def f():\n    a()\nif x:\n    b()\nif y:\n    c()\nif z\n        d()\n",
        "def f():\n    a()\nif x:\n    b()\nif y:\n    c()\nif z:\n        d()\n",
    ),
}


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


def first(text: str) -> Problem:
    return Checks(guards()).problems(python(text))[0]


@pytest.mark.parametrize("text", MISSING.values(), ids=MISSING)
def test_a_line_is_missing(text):
    assert line_missing(text, first(text))


@pytest.mark.parametrize("text", THERE.values(), ids=THERE)
def test_no_line_is_missing(text):
    assert not line_missing(text, first(text))


@pytest.mark.parametrize("text", MISSING.values(), ids=MISSING)
def test_what_is_missing_is_not_made_up(text):
    outcome = fix(python(text), ScriptedEngine(["pass", "    pass"]), Checks(guards())).outcome
    assert isinstance(outcome, NoEdit)


@pytest.mark.parametrize("pair", DOUBTED.values(), ids=DOUBTED)
def test_a_doubtful_fix_is_told(pair):
    old, new = map(python, pair)
    assert broken(old, new, DOUBTFUL)


def test_a_comma_between_two_names_or_two_numbers_is_no_guess():
    for text in ("f(a, b)\n", "f(1, 2)\n", "f('a', 1)\n", "f(g(1), 2)\n"):
        assert not broken(python(text.replace(",", "")), python(text), DOUBTFUL)


def test_dead_code_far_from_the_change_is_none_of_its_doing():
    text = "def f():\n    return 1\n    g()\n\n\nx = 1\ny = (2\n"
    assert not broken(python(text), python(text.replace("(2", "(2)")), DOUBTFUL)


def test_another_language_has_its_own_layout():
    old, new = (
        Document("a.js", text)
        for text in ("if (a) {\n        b(\n}\n", "if (a) {\n        b()\n}\n")
    )
    assert not broken(old, new, DOUBTFUL)


def reindenting(text: str, line: str) -> Proposal:
    at = text.index(line)
    edits = Edits((TextEdit(Span(at, at), "    "),))
    outcome = propose(python(text), edits, [Span(at, at)], [], Effort(0.0, 1, 0.0, 1))
    assert isinstance(outcome, Proposal)
    return outcome


def test_a_second_line_that_is_indented_otherwise_is_one_too_many():
    text = "a = 1\nb = 2\n"
    earlier, later = reindenting(text, "a"), reindenting(text, "b")
    assert doubts(later, earlier)
    assert not doubts(later, None)


def test_two_lines_that_changed_places_are_left():
    text = "def f(x):\n    if x:\n    y = 1\n        g(x)\n    return y\n"
    outcome = fix(python(text), ScriptedEngine([]), Checks(guards())).outcome
    assert isinstance(outcome, NoEdit)
