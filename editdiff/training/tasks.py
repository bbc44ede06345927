"""Where gaps are cut. Every gap is a half-open span of a file; putting its text back gives the file.

Spans are cut at random characters as well as at lines: a model trained on whole tokens or lines alone cannot
fill a span that begins inside a word (Bavarian et al. 2022, FIM: random-span pass rate 32 with character-level
cuts, 10 with token-level, 1.5 with line-level).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from editdiff.tokens.canvas import IntArray
from editdiff.tokens.prompt import ContextParts, encode_context
from editdiff.tokens.tokenizer import Tokenizer

Cut = Callable[[str, np.random.Generator], tuple[int, int]]


@dataclass(frozen=True)
class Row:
    """One training row before noise."""

    context: IntArray
    """[C]"""
    target: IntArray
    """[N] the gap's tokens and `<end>`; the sentinel is added with the canvas."""


def _line(text: str, at: int) -> tuple[int, int]:
    """Content of the line that holds offset `at`, without its line break."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return start, len(text) if end < 0 else end


def whole_line(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """One line that is not blank, its indentation included."""
    for _ in range(8):
        start, end = _line(text, int(rng.integers(len(text))))
        if text[start:end].strip():
            break
    return start, end


def line_content(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """One line that is not blank, after its indentation."""
    start, end = whole_line(text, rng)
    return end - len(text[start:end].lstrip()), end


def line_rest(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """From a random character to the end of its line: what ghost text completes."""
    start, end = line_content(text, rng)
    return int(rng.integers(start, max(start + 1, end))), end


def some_lines(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """Two to six whole lines."""
    start, end = whole_line(text, rng)
    for _ in range(int(rng.integers(1, 6))):
        if end < len(text):
            end = _line(text, end + 1)[1]
    return start, end


def characters(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """Random characters: a log-uniform length up to 200, from anywhere to anywhere."""
    length = int(np.exp(rng.uniform(0, np.log(200))))
    start = int(rng.integers(len(text)))
    return start, min(len(text), start + length)


MIXTURE: tuple[tuple[Cut, float], ...] = (
    (whole_line, 0.25),
    (line_content, 0.25),
    (line_rest, 0.15),
    (some_lines, 0.15),
    (characters, 0.20),
)
"""The infill task: kinds of gaps and their shares."""

BUDGETS = ((0, 0.02), (48, 0.2), (80, 0.3), (128, 0.25), (192, 0.13), (256, 0.1))
"""Context budgets in tokens and their shares."""


def cut(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """Draw a gap of `text` from the mixture."""
    kinds, shares = zip(*MIXTURE, strict=True)
    kind: Cut = kinds[int(rng.choice(len(kinds), p=shares))]
    return kind(text, rng)


def make_row(tokenizer: Tokenizer, text: str, span: tuple[int, int], path: str, budget: int) -> Row:
    """Encode the text around and in the gap, each part by itself."""
    start, end = span
    context = encode_context(tokenizer, ContextParts(text[:start], text[end:], path), budget)
    target = [*tokenizer.encode(text[start:end]), tokenizer.special.end]
    return Row(context, np.array(target, dtype=np.int64))


def draw_row(tokenizer: Tokenizer, text: str, path: str, rng: np.random.Generator) -> Row:
    """A row with gap and context budget drawn from the mixture; one in ten is not told its path."""
    budgets, shares = zip(*BUDGETS, strict=True)
    budget = budgets[int(rng.choice(len(budgets), p=shares))]
    name = "" if rng.random() < 0.1 else path.rsplit("/", 1)[-1]
    return make_row(tokenizer, text, cut(text, rng), name, budget)
