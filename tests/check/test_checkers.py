"""What holds for every checker of documents; a new one is added to CHECKERS."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.base import Checker, new_problems
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.text.document import Document

CHECKERS: list[Checker] = [SyntaxChecker(), PythonCompileChecker()]
every_checker = pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.name)

CLEAN = "def f(x):\r\n\treturn '😀', x\r\n\x0c\r\nclass A:\n    pass"
BROKEN = "def f(x:\n    return x\n"


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


@every_checker
def test_a_language_it_does_not_know_has_no_problems(checker):
    assert not checker.supports("klingon")
    assert checker.check(Document("a", BROKEN, language="klingon")) == []
    assert checker.check(Document("a", BROKEN)) == []


@every_checker
@pytest.mark.parametrize("text", [CLEAN, "", "\n", "\t", "x = 1", "# only a comment"])
def test_clean_text_has_no_problems(checker, text):
    assert checker.supports("python")
    assert checker.check(python(text)) == []


@every_checker
def test_broken_text_has_problems_that_name_their_checker(checker):
    problems = checker.check(python(BROKEN))
    assert problems
    assert {problem.source for problem in problems} == {checker.name}
    assert all(problem.message for problem in problems)


@every_checker
@settings(max_examples=25, deadline=None)
@given(st.text("x=()[]:'\"\\\n\r\t #é😀\x0c\u2028", max_size=30))
def test_problems_lie_inside_the_text_and_are_the_same_each_time(checker, text):
    problems = checker.check(python(text))
    assert all(problem.span.end <= len(text) for problem in problems)
    assert checker.check(python(text)) == problems


@every_checker
def test_a_change_that_breaks_the_text_brings_new_problems(checker):
    assert new_problems(checker, python("x = 1\n"), python("x = (\n"))
    assert not new_problems(checker, python("x = 1\n"), python("x = (2)\n"))


@every_checker
def test_a_text_that_was_broken_may_stay_as_broken_or_be_mended(checker):
    assert new_problems(checker, python(BROKEN), python("# é😀\n" + BROKEN)) == []
    assert new_problems(checker, python(BROKEN), python(BROKEN + "y = 1\n")) == []
    assert new_problems(checker, python(BROKEN), python(CLEAN)) == []
    assert new_problems(checker, python("x = (1\n"), python("y = 1 1\n")) == []  # other words
