"""Where gaps of the adapter's rows are cut: most are long, since an encoded context then carries many canvases."""

from __future__ import annotations

import numpy as np

from editdiff.text.span import Span
from editdiff.training.tasks.infill import Cut, disjoint, line_content, line_rest, whole_line

BLOCK_CHARACTERS = (100, 420)
"""Code points of a block of lines, and of a stretch cut at any characters: uniform between these."""
NEAR_CHARACTERS = 500
"""Several gaps lie within so many code points."""
SHORT_CHARACTERS = (4, 100)
"""Code points of one of several gaps that is cut at any characters."""


def block(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """Whole lines, from one that is not blank, in half the cases behind its indentation."""
    cut: Cut = whole_line if rng.random() < 0.5 else line_content
    start, end = cut(text, rng)
    wanted = start + int(rng.integers(*BLOCK_CHARACTERS))
    while end < min(wanted, len(text)):
        further = text.find("\n", end + 1)
        end = len(text) if further < 0 else further
    return start, end


def stretch(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """From any character to any other."""
    return _characters(text, BLOCK_CHARACTERS, rng)


def short(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """A few characters, from any to any other."""
    return _characters(text, SHORT_CHARACTERS, rng)


def _characters(text: str, lengths: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    start = int(rng.integers(len(text)))
    return start, min(len(text), start + int(rng.integers(*lengths)))


MIXTURE: tuple[tuple[Cut, float], ...] = (
    (block, 0.60),
    (stretch, 0.24),
    (line_content, 0.08),
    (line_rest, 0.08),
)
"""Kinds of a row's one gap and their shares."""


def cut(text: str, rng: np.random.Generator) -> Span:
    """One gap of a text that is not empty."""
    kinds, shares = zip(*MIXTURE, strict=True)
    kind: Cut = kinds[int(rng.choice(len(kinds), p=shares))]
    return Span(*kind(text, rng))


def cut_near(text: str, rng: np.random.Generator) -> list[Span]:
    """One to four gaps near each other, in order, with text between them: of lines, or cut at any characters.

    There may be none, as where all lines around are blank.
    """
    start = int(rng.integers(len(text)))
    near = text[start : start + NEAR_CHARACTERS]
    kinds: tuple[Cut, ...] = (line_content, line_rest) if rng.random() < 0.5 else (short,)
    wanted = int(rng.integers(1, 5))
    drawn = (Span(*kinds[int(rng.integers(len(kinds)))](near, rng)) for _ in range(wanted))
    return disjoint([span.shift(start) for span in drawn if span.end > span.start])
