"""What stands in the first column of a gap inside a block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.margin import in_block, to_end_of_block


@pytest.mark.parametrize(
    ("before", "after", "is_indented"),
    [
        ("def f():\n    a = 1\n", "\n    return a\n", True),
        ("def f():\n    a = 1\n", "\n\n\n    return a\n", True),
        ("def f():\n    a = 1\n        ", "\n    return a\n", False),
        ("def f():\n    a = 1\n    b = ", "\n    return a\n", True),
        ("\tif a {\n\t\tb()\n", "\n\t}\n", True),
        ("def f():\n", "\n    return a\n", False),
        ("def f():\n    return 1\n\n\n", "\n    return a\n", False),
        ("def f():\n    return 1\n", "\ndef g():\n", False),
        ("def f():\n    return 1\n", "", False),
        ("def f():\n    return 1\n", "\n\n", False),
        ("def f():\n    a = 1\n", " + 2\n    return a\n", False),
        ("", "\n    return a\n", False),
    ],
)
def test_a_gap_in_a_block_has_indented_neighbours(before, after, is_indented):
    assert in_block(before, after) is is_indented


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("    return res\n\n# Test of it\nprint(f(1))\n", "    return res"),
        ("    return res\n    \nprint(f(1))\n", "    return res"),
        ("x = 1\ny = 2\n", "x = 1"),
        ("x = 1\ny = 2", None),
        ("    a\n\n  \n    b\n", None),
        ("    return a\n\n\ndef g(b):\n    return", None),
        ("    return a\n\n\n@cached\ndef g(b):\n    return", None),
        ("    a([\n1\n])\n", "    a(["),
    ],
)
def test_a_text_is_cut_where_it_leaves_the_block(text, kept):
    assert to_end_of_block(text) == kept


@given(st.text(" ab:\n", max_size=16))
def test_what_is_kept_stays(text):
    kept = to_end_of_block(text)
    if kept is not None:
        assert text.startswith(kept)
        assert to_end_of_block(kept + "\n") is None
