"""What a gap breaks by itself is no excuse for a draft that leaves it broken."""

import pytest

from editdiff.check.registry import guards
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.infill import infill
from editdiff.edits.plain import filled_plainly
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

MARK = "???"
LACKING = (
    ("typescript", "function f(a: number) {\n  ???\n    return 1;\n  }\n}\n", "if (a) {", "if (a)"),
    ("typescript", "class A {\n  ???\n    return 1;\n  }\n}\n", "b(): number {", "b(): number"),
    ("javascript", "f(() => {\n  g();\n???\n", "});", "}"),
    ("javascript", "???\n  'a',\n];\n", "const xs = [", "const xs ="),
    ("c", "int f(int a)\n{\n\tif (a) {\n\t\treturn 1;\n\t???\n\treturn 0;\n}\n", "}", "else"),
    ("json", '{\n  ???\n    "a": 1\n  }\n}\n', '"b": {', '"b":'),
    ("css", "???\n  color: red;\n}\n", "a:hover {", "a:hover"),
    ("python", "def f(a):\n    ???\n        return 1\n    return 0\n", "if a:", "a = 1"),
    ("python", "try:\n    f()\n???\n    g()\n", "except OSError:", "h()"),
    ("shellscript", 'if [ -n "$a" ]\n???\n\techo b\nfi\n', "then", "echo a"),
    ("shellscript", "for a in b c\ndo\n\techo $a\n???\necho d\n", "done", "fi"),
)


def gap(text: str, language: str) -> tuple[Document, Span]:
    start = text.index(MARK)
    return Document("a", text, language=language), Span(start, start + len(MARK))


@pytest.mark.parametrize(("language", "text", "right", "broken"), LACKING)
def test_a_draft_that_leaves_a_block_open_or_unopened_is_withheld(
    language: str, text: str, right: str, broken: str
) -> None:
    document, span = gap(text, language)
    engine = ScriptedEngine([[Draft((broken,), -1.0, 1), Draft((right,), -2.0, 1)]])
    outcome = infill(document, [span], engine, checkers=guards())
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == text.replace(MARK, right)
    only = infill(document, [span], ScriptedEngine([broken]), checkers=guards())
    assert isinstance(only, NoEdit)


def test_a_fault_far_from_the_gap_forbids_no_draft() -> None:
    text = "function f( {\n}\nfunction g(a) {\n  ???\n}\n"
    document, span = gap(text, "javascript")
    assert all(SyntaxChecker().check(plain) for plain in filled_plainly(document, [span]))
    engine = ScriptedEngine(["return a;"])
    assert isinstance(infill(document, [span], engine, checkers=guards()), Proposal)
