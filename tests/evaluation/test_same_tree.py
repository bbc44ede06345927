"""The same program or data, whatever its layout; and near ones that are another."""

import pytest

from editdiff.evaluation.core.same_tree import events, leaves

SAME = [
    ("javascript", "function f(a)\n{\n  b( c);\n}\n", "function f(a) {\n    b(c);\n}\n"),
    ("yaml", "a: [b,\n  c ]\n", "a: [b, c]\n"),
    ("shellscript", "if a; then\n  b\nfi\n", "if a; then\nb\nfi\n"),
]
OTHER = [
    ("javascript", "return\na;\n", "return a;\n"),
    ("javascript", "a = (b)\n {\n}\n", "a = (b) => {\n}\n"),
    ("javascript", "a = `b  c`;\n", "a = `b c`;\n"),
    ("javascript", "a = `b ${c}  d`;\n", "a = `b ${c} d`;\n"),
    ("javascript", "a = 'b  c';\n", "a = 'b c';\n"),
    ("javascript", "a = /b  c/;\n", "a = /b c/;\n"),
    ("javascript", "a;\nb;\n", "b;\na;\n"),
    ("javascript", "if (a) { b() } c()\n", "if (a) { b(); c() }\n"),
    ("typescript", "let a: b[];\n", "let a: b;\n"),
    ("yaml", "a:\n  b:\n  c: 1\n", "a:\n  b:\n    c: 1\n"),
    ("yaml", "a: 'b  c'\n", "a: 'b c'\n"),
    ("yaml", "a: |\n  b\n", "a: |\n  b\n  c\n"),
    ("shellscript", 'a "b  c"\n', 'a "b c"\n'),
    ("shellscript", "a b\n", "ab\n"),
    ("shellscript", "echo $((a-1))\n", "echo $( (a-1) )\n"),
]


@pytest.mark.parametrize(("language", "text", "other"), SAME)
def test_layout_makes_no_difference(language, text, other):
    assert leaves(text, language) == leaves(other, language) is not None


@pytest.mark.parametrize(("language", "text", "other"), OTHER)
def test_what_says_something_else_is_not_the_same(language, text, other):
    assert leaves(text, language) != leaves(other, language)


def test_yaml_is_told_by_what_it_says():
    assert events("a: [b,\n  c ]\n") == events("a:\n- b\n- c\n") is not None
    assert events("a: 1\n") != events("a: '1'\n")
    assert events("a: &x b\n") != events("a: &y b\n")
    assert events("a:\n  b:\n  c: 1\n") != events("a:\n  b:\n    c: 1\n")
    assert events("a: [\n") is None


def test_what_does_not_parse_and_what_no_grammar_reads_has_no_tree():
    assert leaves("f(\n", "javascript") is None
    assert leaves("a", "klingon") is None
