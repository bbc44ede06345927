import subprocess
import sys

import pytest

from editdiff.check.syntax import SyntaxChecker
from editdiff.text.document import Document
from editdiff.text.markup import parse


@pytest.mark.parametrize(
    ("marked", "messages"),
    [
        ("def f(«»:\n  pass\n", ["missing )"]),
        ("s = '😀é'; y = «=» 2\n", ["syntax error"]),
        ("'e\u0301\u2028😀'\r\ndef f(«»:\r\n  pass\r\n", ["missing )"]),
        ("«foo(»\n", ["syntax error"]),
    ],
)
def test_spans_are_code_points_also_after_wide_characters(marked, messages):
    expected = parse(marked)
    problems = SyntaxChecker().check(Document("a.py", expected.text, language="python"))
    assert tuple(problem.span for problem in problems) == expected.spans
    assert [problem.message for problem in problems] == messages


def test_each_of_several_errors_is_found_in_the_order_of_the_text():
    text = "a = = 1\nok = 2\ndef f(:\n  pass\n"
    problems = SyntaxChecker().check(Document("a.py", text, language="python"))
    assert [problem.span.start for problem in problems] == [4, text.index(":")]


def test_a_very_deep_text_does_not_exhaust_the_stack():
    assert SyntaxChecker().check(Document("a.py", "(" * 20_000, language="python"))


def test_tree_sitter_is_loaded_only_when_something_is_checked():
    program = "import editdiff.check.syntax, sys; print('tree_sitter' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
