"""What holds for every checker of documents; a new one is added to CHECKERS."""

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.base import Affirming, Checker, affirmed, new_problems
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.ruff_lint import RuffChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.text.document import Document

BROKEN = "def f(x:\n    return x\n"
CHECKERS: dict[Checker, str] = {
    SyntaxChecker(): BROKEN,
    PythonCompileChecker(): BROKEN,
    RuffChecker(): "import os\n",
    MathsChecker(): "# 1 + 1 = 3\n",
}
"""Checker to a text in which it finds something."""
NEEDS_RUFF = pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
MARKS = {"ruff": [NEEDS_RUFF]}
every_checker = pytest.mark.parametrize(
    "checker",
    [pytest.param(c, id=c.name, marks=MARKS.get(c.name, ())) for c in CHECKERS],
)

CLEAN = "def f(x):\r\n\treturn '😀', x\r\n\x0c\r\nclass A:\n    pass"


@pytest.fixture(scope="module", autouse=True)
def pyflakes_rules(tmp_path_factory) -> Iterator[None]:
    """A folder of its own, with ruff's rules that need no configuration to be agreed on."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "ruff.toml").write_text('[lint]\nselect = ["F"]\n')
    before = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


@every_checker
def test_a_language_it_does_not_know_has_no_problems(checker):
    assert not checker.supports("klingon")
    assert checker.check(Document("a", CHECKERS[checker], language="klingon")) == []


@every_checker
@pytest.mark.parametrize("text", [CLEAN, "", "\n", "\t", "x = 1", "# only a comment"])
def test_clean_text_has_no_problems(checker, text):
    assert checker.supports("python")
    assert checker.check(python(text)) == []


@every_checker
def test_broken_text_has_problems_that_name_their_checker(checker):
    problems = checker.check(python(CHECKERS[checker]))
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
    assert new_problems(checker, python("x = 1\n"), python(CHECKERS[checker]))
    assert not new_problems(checker, python("x = 1\n"), python("x = (2)\n"))


@every_checker
def test_a_text_that_was_broken_may_stay_as_broken_or_be_mended(checker):
    broken = CHECKERS[checker]
    assert new_problems(checker, python(broken), python("# é😀\n" + broken)) == []
    assert new_problems(checker, python(broken), python(broken + "y = 1\n")) == []
    assert new_problems(checker, python(broken), python(CLEAN)) == []
    assert new_problems(checker, python("x = (1\n"), python("y = 1 1\n")) == []  # other words


@every_checker
@settings(max_examples=25, deadline=None)
@given(st.text("12=+3 #\n😀", max_size=30))
def test_what_is_found_right_lies_inside_the_text_and_is_no_problem(checker, text):
    document = python(
        "# 1 + 1 = 2\n\nx = 0\n" + text
    )  # a comment in the next line would go on with it
    right = affirmed(checker, document)
    assert (right is None) == (not isinstance(checker, Affirming))
    for span in right or ():
        assert span.end <= len(document.text)
        assert span not in [problem.span for problem in checker.check(document)]
    assert right is None or right[0].slice(document.text) == "2"
