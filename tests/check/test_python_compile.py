import shutil
import sys

import pytest

from editdiff.check.judges.base import Unjudged
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.python_parser import PARSER
from editdiff.check.syntax import SyntaxChecker
from editdiff.text.document import Document
from editdiff.text.markup import parse


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


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("«return 1»\n", "'return' outside function"),
        ("def f(a, «a»):\n    pass\n", "duplicate argument 'a'"),
        ("import os\n«from __future__ import annotations»\n", "must occur at the beginning"),
        ("def f():\n    x = 1\n    «global x»\n", "assigned to before global"),
        ("for x in y:\n    pass\n«continue»\n", "not properly in loop"),
    ],
)
def test_it_finds_what_has_a_shape_and_no_meaning(marked, message):
    expected = parse(marked)
    (problem,) = PythonCompileChecker().check(python(expected.text))
    assert message in problem.message
    assert problem.span.overlaps(expected.spans[0])
    assert SyntaxChecker().check(python(expected.text)) == []


def test_names_are_not_looked_up():
    assert PythonCompileChecker().check(python("def f():\n    return undefined\n")) == []


def test_a_coding_line_does_not_change_how_the_text_is_read():
    assert PythonCompileChecker().check(python("# -*- coding: ascii -*-\nx = 'é'\n")) == []


def test_what_is_too_much_for_the_parser_is_not_judged_and_no_problem():
    text = python("-" * 100_000 + "1")
    assert "too much for Python's parser" in PythonCompileChecker().verdict(text).reason
    assert PythonCompileChecker().check(text) == []


def test_text_that_takes_too_long_is_not_judged_and_no_problem():
    checker = PythonCompileChecker(time_limit=1e-6)
    assert checker.verdict(python("x = = 1\n")) == Unjudged("Python took longer than 1e-06 s")
    assert checker.check(python("x = = 1\n")) == []
    assert PythonCompileChecker().check(python("x = 1\n")) == []


@pytest.fixture
def executable(monkeypatch):
    """Another program as the interpreter; the child before and after is the usual one."""
    PARSER.close()
    yield lambda path: monkeypatch.setattr(sys, "executable", path)
    PARSER.close()


def test_without_an_interpreter_nothing_is_judged(executable):
    executable("/no/such/python")
    verdict = PythonCompileChecker().verdict(python("x"))
    assert verdict == Unjudged("'/no/such/python' cannot be started: No such file or directory")
    assert PythonCompileChecker().check(python("x = = 1")) == []


def test_a_parser_that_dies_of_a_text_has_not_judged_it(executable):
    executable(shutil.which("false"))
    assert PythonCompileChecker().verdict(python("x")) == Unjudged("Python's parser crashed")
    assert PythonCompileChecker().check(python("x = = 1")) == []


def test_checkers_are_values_and_share_one_child():
    assert PythonCompileChecker() == PythonCompileChecker()
    assert {PythonCompileChecker(5.0), PythonCompileChecker()} == {PythonCompileChecker()}
    PythonCompileChecker().check(python("x = 1\n"))
    started = PARSER.started
    for limit in (5.0, 6.0, 7.0):
        assert PythonCompileChecker(limit).check(python("x = 1 +\n"))
    assert PARSER.started == started
