"""Slips after which the parser meets another fault: which of them count, and what is parsed for that."""

import pytest

from editdiff.check.base import Problem
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.regions import ladder
from editdiff.edits.fix.several import Several
from editdiff.edits.fix.standards import is_past
from editdiff.text.document import Document
from editdiff.text.span import Span

COMPILER = PythonCompileChecker()
REGION = Span(10, 20)


def problem(start: int, message: str = "a") -> Problem:
    return Problem(Span(start, start + 1), message, "python")


@pytest.mark.parametrize(
    ("old", "new", "growth", "past"),
    [
        (problem(12), problem(30), 0, True),
        (problem(12), problem(15, "b"), 0, False),  # still in the region
        (problem(12), problem(21, "b"), 1, False),  # at its end, which has moved
        (problem(25), problem(26), 1, False),  # the same one
        (problem(25), problem(26, "b"), 1, True),  # another one at the same place
        (problem(25), problem(40), 1, True),
        (problem(40), problem(30, "b"), 0, False),  # what was right is wrong now
        (problem(12), problem(5, "b"), 0, True),  # the compiler looks for brackets first
        (problem(25), problem(5, "b"), 0, False),
        (problem(5), problem(5), 3, False),
    ],
)
def test_a_fault_is_past_when_another_one_is_met(old, new, growth, past):
    assert is_past(old, new, REGION, growth) is past


def found(text: str) -> dict[str, list[str]]:
    """What line is changed, and to what, where that leads on."""
    document = Document("a.py", text, language="python")
    (first,) = COMPILER.check(document)
    several = Several(document, first, (SyntaxChecker(), COMPILER))
    regions = several.regions(ladder(text, first, "python", syntax=True))
    told = dict[str, list[str]]()
    for region in regions:
        told.setdefault(region.span.slice(text), []).extend(region.texts)
    return told


def test_where_one_slip_mends_all_there_is_nothing_to_lead_on():
    assert found("def f(x)\n    return [x]\n") == {}
    assert found("print(1\n") == {}


def test_a_slip_leads_on_to_the_next_fault():
    told = found("def f(x)\n    if x\n        return x\n")
    assert "def f(x):" in told["def f(x)"]
    assert set(told) == {"def f(x)"}


def test_of_two_faults_the_one_that_is_noticed_first_may_stand_behind():
    told = found("for a in b\n    f(a, 'b)\n")
    assert "    f(a, 'b')" in told["    f(a, 'b)"]


def test_a_fault_far_behind_counts_and_what_lies_between_is_not_parsed_again():
    far = (
        "def f(x)\n    return x\n"
        + "\n\ndef g(x):\n    return x\n" * 200
        + "\n\ndef h(x)\n    return x\n"
    )
    assert "def f(x):" in found(far)["def f(x)"]
    assert found(far.replace("h(x)", "h(x):")) == {}


METHODS = """class A:
    '''
    def no
    '''

    def f(self)
        return 1)

    @property
    def g(self):
        pass
"""
INDENTED = "if a:\n\tdef f(self)\n\t\treturn (1\n\nb = 1\n"


@pytest.mark.parametrize(
    ("text", "mended"), [(METHODS, "        return 1"), (INDENTED, "\tdef f(self):")]
)
def test_a_method_is_parsed_by_itself(text, mended):
    assert mended in [text for texts in found(text).values() for text in texts]


def test_a_language_whose_parser_tells_all_faults_has_none():
    document = Document("a.js", "f(1;\ng(2;\n", language="javascript")
    first, *_ = SyntaxChecker().check(document)
    several = Several(document, first, (SyntaxChecker(),))
    assert several.regions(ladder(document.text, first, "javascript", syntax=True)) == []
