"""Where gaps are cut. Every gap is a half-open span of a file; putting the texts back gives the file.

Spans are cut at random characters as well as at lines: a model trained on whole tokens or lines alone cannot
fill a span that begins inside a word (Bavarian et al. 2022, FIM: random-span pass rate 32 with character-level
cuts, 10 with token-level, 1.5 with line-level).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from editdiff.text.lines import LineTable
from editdiff.text.names import Name, local_names, occurrences
from editdiff.text.names import line_content as content_span
from editdiff.text.span import Span
from editdiff.training.tasks.example import Example

Cut = Callable[[str, np.random.Generator], tuple[int, int]]


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

NEAR = 40
"""Several gaps lie within this many lines, so that a small context can hold what is between them."""


def cut(text: str, rng: np.random.Generator) -> tuple[int, int]:
    """Draw a gap of `text` from the mixture."""
    kinds, shares = zip(*MIXTURE, strict=True)
    kind: Cut = kinds[int(rng.choice(len(kinds), p=shares))]
    return kind(text, rng)


def cut_several(text: str, rng: np.random.Generator) -> list[Span]:
    """Draw one to four gaps that lie near each other: of a name's lines, or anywhere."""
    names = _names(text)
    if names and rng.random() < 0.6:
        gaps = _cut_name(text, names[int(rng.integers(len(names)))], rng)
    else:
        gaps = _cut_around(text, rng)
    return disjoint(gaps) or [Span(*whole_line(text, rng))]


@lru_cache(maxsize=100_000)
def _names(text: str) -> list[Name]:
    """Local names whose first use is near; kept, for many rows are cut from one file."""
    return [name for name in local_names(text) if name.uses[0] - name.binding <= NEAR]


def _cut_name(text: str, name: Name, rng: np.random.Generator) -> list[Span]:
    """The line that binds a name and up to three that use it; or only the name itself there."""
    table = LineTable(text)
    uses = [use for use in name.uses if use - name.binding <= NEAR]
    some = rng.choice(uses, size=min(len(uses), int(rng.integers(1, 4))), replace=False)
    lines = [content_span(text, table, line) for line in (name.binding, *some.tolist())]
    if rng.random() < 0.7:
        return lines
    words = [occurrences(name.name, line.slice(text)) for line in lines]
    return [w[0].shift(line.start) for w, line in zip(words, lines, strict=True) if w]


def _cut_around(text: str, rng: np.random.Generator) -> list[Span]:
    """Two to four single-line gaps among the lines around a random place."""
    centre = int(rng.integers(len(text)))
    start, end = max(0, centre - 20 * NEAR), min(len(text), centre + 20 * NEAR)
    kinds = (whole_line, line_content, line_rest)
    gaps = []
    for _ in range(int(rng.integers(2, 5))):
        kind = kinds[int(rng.integers(len(kinds)))]
        gaps.append(Span(*kind(text[start:end], rng)).shift(start))
    return gaps


def disjoint(spans: list[Span]) -> list[Span]:
    """Spans in order without those that touch an earlier one."""
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or span.start > kept[-1].end:
            kept.append(span)
    return kept


def infill(text: str, path: str, rng: np.random.Generator) -> Example:
    """One gap, drawn from the kinds of `MIXTURE`."""
    return Example("infill", text, (Span(*cut(text, rng)),), path)


def several(text: str, path: str, rng: np.random.Generator) -> Example:
    """One to four gaps that are filled at once."""
    return Example("several", text, tuple(cut_several(text, rng)), path)
