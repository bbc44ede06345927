"""What a rewritten text has lost."""

import math

import pytest

from editdiff.engines.changed_words import ChangedWords

OLD = 'def f(width):\n    return "px", width * 12'


@pytest.mark.parametrize(
    ("new", "ask", "lost"),
    [
        (OLD, "x", 0),
        (OLD.replace("width", "w2"), "rename width to w2", 0),
        (OLD.replace("width", "height"), "better names", 1),
        ("def f(width):\n    return width * 12", "use a tuple", 1),
        ("def f(width):\n    return width * 12", "remove the unit", 0),
        (OLD.replace("return", "if True: return"), "x", 0),
    ],
)
def test_words_of_which_the_instruction_does_not_speak(new, ask, lost):
    found = ChangedWords.of(OLD, new, ask)
    assert found.lost == math.log1p(lost)


def test_what_is_left_out():
    found = ChangedWords.of(OLD, "def f(width): pass", "x")
    assert found.numbers == 1.0 and found.shorter > 0.5
    longer = ChangedWords.of(OLD, OLD + "  # twelve", "x")
    assert (longer.shorter, longer.numbers) == (0.0, 0.0)
    assert ChangedWords.of("", "", "") == (0.0, 0.0, 0.0)
