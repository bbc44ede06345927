"""What belongs to another language, or comes out of a word processor, is told and mended."""

import pytest

from editdiff.check.registry import guards
from editdiff.edits.fix.change import Change
from editdiff.edits.fix.habits import habits, joined
from editdiff.edits.fix.rules import makes_comment
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.fakes.words import Words
from editdiff.text.document import Document


@pytest.mark.parametrize(
    ("language", "line", "meant"),
    [
        ("python", "if a && b || c:", "if a and b or c:"),
        ("python", "    if !a and b != c:", "    if not a and b != c:"),
        ("python", "    else if a:", "    elif a:"),
        ("python", "    i++", "    i += 1"),
        ("python", "    i--;", "    i -= 1"),
        ("python", "    // why", "    # why"),
        ("python", "function f(a):", "def f(a):"),
        ("python", "x = \N{LEFT DOUBLE QUOTATION MARK}a\N{RIGHT DOUBLE QUOTATION MARK}", 'x = "a"'),
        ("javascript", "} elif (a) {", "} else if (a) {"),
        ("javascript", "if (a and not b) {", "if (a && !b) {"),
        ("typescript", "# why", "// why"),
        ("javascript", "def f(a) {", "function f(a) {"),
        ("go", "} elif a {", "} else if a {"),
        ("shellscript", "else if true; then", "elif true; then"),
        ("toml", "// why", "# why"),
        ("json", "  'a': None,", '  "a": null,'),
        ("json", '  "a": True', '  "a": true'),
    ],
)
def test_what_is_meant_is_among_the_texts(language, line, meant):
    texts = habits(line, language)
    assert meant in texts
    assert len(set(texts)) == len(texts)
    assert line not in texts


@pytest.mark.parametrize("language", ["python", "javascript", "klingon"])
@pytest.mark.parametrize("line", ["", "   ", "x = 1", "a != b"])
def test_a_line_without_habits_has_no_texts(language, line):
    assert habits(line, language) == []


def test_each_is_replaced_alone_too_since_one_may_stand_in_a_string():
    line = 'if a && b == "&&":'
    assert {'if a and b == " and ":', 'if a and b == "&&":'} <= {*habits(line, "python")}


def test_lines_are_joined_where_the_first_leaves_a_quote_open():
    assert joined('x = "a\nb"\ny = 1')[:2] == ['x = "ab"\ny = 1', 'x = "a b"\ny = 1']
    assert joined("x = 'it\n    is'")[0] == "x = 'it    is'"
    assert joined("x = 1\ny = 2") == []
    assert joined('x = "a"\ny = "b') == []


BLOCK = "def f(a, b):\n{}\n        return b\n    return a\n"


@pytest.mark.parametrize(
    ("name", "language", "wrong", "right"),
    [
        ("a.py", "python", BLOCK.format("    if a && b:"), BLOCK.format("    if a and b:")),
        ("a.py", "python", "def f(a):\n    // why\n    return a\n", "def f(a):\n    # why\n    return a\n"),
        ("a.py", "python", 'x = "some te\nxt"\nprint(x)\n', 'x = "some text"\nprint(x)\n'),
        ("a.json", "json", '{\n  "a": 1,\n  \'b\': None\n}\n', '{\n  "a": 1,\n  "b": null\n}\n'),
        ("a.js", "javascript", "if (a) {\n  f();\n} elif (b) {\n  g();\n}\n",
         "if (a) {\n  f();\n} else if (b) {\n  g();\n}\n"),
    ],
)  # fmt: skip
def test_it_is_mended_where_the_model_finds_it_likelier(name, language, wrong, right):
    document = Document(name, wrong, language=language)
    outcome = fix(document, Words({right: -1.0}), Checks(guards())).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == right


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("    // why\n", "    # why\n", True),
        ("    // why\n", "    # what\n", False),
        ("x = 1\n", "# x = 1\n", False),
        ("a // b\n", "# b\n", False),
    ],
)
def test_only_a_remark_becomes_a_comment(old, new, allowed):
    before, after = (Document("a.py", text, language="python") for text in (old, new))
    assert (makes_comment(Change(before, after)) == "") is allowed
