"""The left margin of a gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.margin import inside, margin, may_begin


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("def f():\n    a = 1\n", "\n    return a\n", "    "),
        ("def f():\n    a = 1\n\n\n", "\n\n\n    return a\n", "    "),
        ("def f():\n", "\n    return a\n", " "),
        ("def f():\n", "\n        deeper()\n", " "),
        ("class A:\n    def f(self):\n", "\n    def g(self):\n", "    "),
        ("    if (a) {\n", "\n        b();\n    }\n", "     "),
        ("\tif a {\n\t\tb()\n", "\n\t}\n", "\t"),
        ("def f():\n    a = 1\n    ", "\n    return a\n", "    "),
        ("def f():\n    a = ", "\n    return a\n", "    "),
        ("def f():\n    return 1\n", "\ndef g():\n", ""),
        ("def f():\n    return 1\n", "", ""),
        ("def f():\n    return 1\n", "\n\n", ""),
        ("def f():\n    a = 1\n", " + 2\n    return a\n", ""),
        ("", "\n    return a\n", ""),
        ("def f():\n\ta = 1\n", "\n    return a\n", ""),
    ],
)
def test_margin(before, after, left):
    assert margin(before, after) == left


def test_a_text_is_cut_before_the_line_that_leaves_the_block():
    assert inside("    return res\n\n# Test of it\nprint(f(1))\n", "    ") == "    return res"
    assert inside("x = 1\ny = 2", "    ") == "x = 1"
    assert inside("    a\n\n  \n    b\n", "    ") is None
    assert inside("anything", "    ") is None


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("", True),
        ("  ", True),
        ("    ", True),
        ("      ", True),
        ("    a", True),
        ("\n", True),
        ("\n   ", True),
        ("\n\n    a", True),
        ("   a", False),
        ("a", False),
        ("\t", False),
        ("\n#", False),
    ],
)
def test_what_may_begin(text, may):
    assert may_begin(text, "    ") is may


@given(st.text(" ab\n", max_size=12), st.sampled_from(["", " ", "    "]))
def test_what_is_kept_is_inside(text, left):
    kept = inside(text, left)
    if kept is not None:
        assert text.startswith(kept)
        assert inside(kept, left) is None
    if not left:
        assert kept is None
