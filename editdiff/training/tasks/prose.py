"""Prose: a word, a few words, a sentence or the rest of one, in comments, docstrings and documentation."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from editdiff.text.span import Span
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.faults.source import read

SUFFIXES = (".md", ".rst", ".txt")
CUTS = ("word", "words", "sentence", "rest")
SHARES = (0.2, 0.25, 0.25, 0.3)
"""How often each cut is made."""
MOST = 400
"""Code points of a sentence; longer ones are tables or code."""
TRIES = 12
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE_END = re.compile(
    r"(?<=[.!?])\s+"  # the end of a sentence
    r"|\n[ \t]*\n\s*"  # a blank line
    r"|\n[ \t]*(?=[-*+#|:@>=~]|\.\. |\d+[.)]|\w+:)"  # an item, a heading, a field, a table
    r"|\r?\n[ \t]*(?=#)"
)
FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)
DIRECTIVE = re.compile(r"#!|#.*\b(?:noqa|pragma|type:|pylint|coding[:=])|\.\. |https?://|>>>")
"""What is addressed to a program."""


def prose(text: str, path: str, rng: np.random.Generator) -> Example | None:
    """One gap in the words of a file: of its comments and docstrings, or of a document in Markdown or rst."""
    parts = _python(text) if PurePath(path).suffix not in SUFFIXES else None
    if parts is None and not path.endswith(".py"):
        parts = _document(text)
    if parts is None or not len(parts):
        return None
    lengths = np.cumsum(parts[:, 1] - parts[:, 0])
    for _ in range(TRIES):
        at = int(rng.integers(lengths[-1]))
        which = int(np.searchsorted(lengths, at, side="right"))
        part = Span(int(parts[which, 0]), int(parts[which, 1]))
        sentence = _sentence(text, part, part.end - int(lengths[which] - at))
        gap = _cut(text, sentence, rng)
        if gap is not None:
            return Example("prose", text, (gap,), path)
    return None


def _sentence(text: str, part: Span, at: int) -> Span:
    """The sentence of `part` that holds offset `at`."""
    start = part.start
    for mark in SENTENCE_END.finditer(text, part.start, part.end):
        if mark.start() >= at:
            return Span(start, mark.start())
        start = mark.end()
    return Span(min(start, part.end), part.end)


def _cut(text: str, sentence: Span, rng: np.random.Generator) -> Span | None:
    """A gap in a sentence of at least three words; None where it is none, or too long."""
    own = sentence.slice(text)
    words = [Span(*m.span()).shift(sentence.start) for m in WORD.finditer(own)]
    letters = sum(word.length for word in words)
    if len(words) < 3 or len(own) > MOST or letters < 0.6 * len(own) or DIRECTIVE.search(own):
        return None
    kind = CUTS[int(rng.choice(len(CUTS), p=SHARES))]
    first = int(rng.integers(len(words) - 1))
    if kind == "word":
        return words[int(rng.integers(len(words)))]
    if kind == "words":
        last = min(len(words) - 1, first + int(rng.integers(1, 5)))
        return Span(words[first].start, words[last].end)
    end = sentence.start + len(own.rstrip())
    if kind == "sentence":
        return Span(words[0].start, end)
    return Span(words[first + 1].start, end)


def _python(text: str) -> NDArray[np.int32] | None:
    """[M, 2] comments and docstrings without their marks; None for what is no Python."""
    source = read(text)
    if source is None:
        return None
    return source.prose


@lru_cache(maxsize=100_000)
def _document(text: str) -> NDArray[np.int32]:
    """[M, 2] stretches of a document outside of its blocks of code."""
    code = sorted(
        [m.span() for m in FENCED.finditer(text)] + [m.span() for m in INDENTED.finditer(text)]
    )
    spans, done = [], 0
    for start, end in [*code, (len(text), len(text))]:
        if start > done:
            spans.append((done, start))
        done = max(done, end)
    return np.array(spans, np.int32).reshape(-1, 2)
