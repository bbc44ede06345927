import shutil
import sys

import pytest

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.python_parser import PARSER
from editdiff.check.syntax import SyntaxChecker
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.markup import parse
from editdiff.text.span import Span


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


@pytest.mark.parametrize(
    "text",
    [
        "print 'x'\n",
        "if x:\npass\n",
        "if a:\n    b\n  c\n",
        "class A:\n\tx\n        y\n",
        "f(a=1, 2)\n",
    ],
)
def test_it_finds_what_the_grammar_forgives(text):
    assert len(PythonCompileChecker().check(python(text))) == 1
    assert SyntaxChecker().check(python(text)) == []


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("s = '😀é'; y = «=» 2\n", "invalid syntax"),
        ("a\r\nb\rif x:\r«pass»", "expected an indented block"),
        ("x = «»(1\n", "never closed"),
        ("a\x0c«b»\n", "invalid syntax"),
    ],
)
def test_spans_are_code_points_of_our_lines(marked, message):
    expected = parse(marked)
    (problem,) = PythonCompileChecker().check(python(expected.text))
    assert (problem.span,) == expected.spans
    assert message in problem.message


def test_the_text_is_parsed_and_not_run(tmp_path):
    path = tmp_path / "ran"
    assert PythonCompileChecker().check(python(f"open({str(path)!r}, 'w').close()\n")) == []
    assert not path.exists()


def test_it_judges_the_shape_of_the_text_and_not_its_meaning():
    assert PythonCompileChecker().check(python("return undefined\n")) == []


def test_a_coding_line_does_not_change_how_the_text_is_read():
    assert PythonCompileChecker().check(python("# -*- coding: ascii -*-\nx = 'é'\n")) == []


def test_text_that_is_too_much_for_the_parser_is_a_problem_and_not_a_crash():
    (problem,) = PythonCompileChecker().check(python("-" * 100_000 + "1"))
    assert problem.source == "python"


def test_text_that_takes_too_long_is_a_problem_of_the_whole_text():
    (problem,) = PythonCompileChecker(time_limit=1e-6).check(python("x = 1\n"))
    assert problem.span == Span(0, 6)
    assert "within 1e-06 s" in problem.message
    assert PythonCompileChecker().check(python("x = 1\n")) == []


def test_without_an_interpreter_it_says_what_to_do(monkeypatch):
    PARSER.close()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(MissingDependencyError, match="No such file") as caught:
        PythonCompileChecker().check(python("x"))
    assert "python -m editdiff" in caught.value.hint


def test_a_parser_that_dies_of_a_text_is_a_problem_of_the_whole_text(monkeypatch):
    PARSER.close()
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    (problem,) = PythonCompileChecker().check(python("x = 1\n"))
    assert (problem.span, problem.message) == (Span(0, 6), "Python's parser crashed")


def test_checkers_are_values_and_share_one_child():
    assert PythonCompileChecker() == PythonCompileChecker()
    assert {PythonCompileChecker(5.0), PythonCompileChecker()} == {PythonCompileChecker()}
    PythonCompileChecker().check(python("x = 1\n"))
    started = PARSER.started
    for limit in (5.0, 6.0, 7.0):
        assert PythonCompileChecker(limit).check(python("x = 1 +\n"))
    assert PARSER.started == started
