"""Rows: a gap of a file, the prompt around it, and a middle: the gap's text and some tokens of what follows.

A row is a function of (seed, number): a run that goes on draws what it would have drawn. Most gaps are long, since
an encoded context then carries many canvases; borders are cut at lines and at random characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from editdiff.errors import InputError
from editdiff.prompt.base import ContextParts, PromptFormat
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray, Tokenizer
from editdiff.training.corpus import SourceFile
from editdiff.training.tasks.infill import Cut, line_content, line_rest, whole_line

BLOCK_CHARACTERS = (100, 420)
"""Code points of a block of lines, and of a stretch cut at any characters: uniform between these."""
BEYOND_CHARACTERS = 400
"""Code points of the text after a gap in which the tokens behind its middle are looked for."""
TRIES = 100
"""Gaps that are drawn before a corpus is said to have none."""


@dataclass(frozen=True)
class Shape:
    """How large a row is, in tokens."""

    context: int = 288
    """Of the prompt's text."""
    gap: int = 96
    """Most of a gap; longer ones are cut."""
    beyond: int = 9
    """Behind a gap, so that canvases at its end have something to name."""


@dataclass(frozen=True)
class MiddleRow:
    """A prompt and what is written behind it."""

    prompt: IntArray
    """[C] up to the gap's head, which is not among them."""
    middle: IntArray
    """[1 + gap + beyond] the head, the gap's tokens, and those that follow; fewer follow at the end of a file."""
    gap: int
    """Tokens of the gap."""
    wants_own: bool = False
    """Whether the trunk is to write the middle itself."""


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
    start = int(rng.integers(len(text)))
    return start, min(len(text), start + int(rng.integers(*BLOCK_CHARACTERS)))


MIXTURE: tuple[tuple[Cut, float], ...] = (
    (block, 0.60),
    (stretch, 0.24),
    (line_content, 0.08),
    (line_rest, 0.08),
)
"""Kinds of gaps and their shares."""


@dataclass(frozen=True)
class Source:
    """Where rows are drawn from."""

    files: Sequence[SourceFile]
    tokenizer: Tokenizer
    form: PromptFormat
    vocabulary: int
    """Rows of the trunk's embedding."""
    shape: Shape
    seed: int = 0
    own: float = 0.0
    """Share of the rows whose middle the trunk is to write."""

    def draw(self, number: int) -> MiddleRow:
        """The row of a number.

        Raises:
            InputError: when no file has a gap, or a token is outside the trunk's vocabulary.
        """
        rng = np.random.default_rng((self.seed, number))
        own = bool(rng.random() < self.own)
        cuts, shares = zip(*MIXTURE, strict=True)
        for _ in range(TRIES):
            text_file = self.files[int(rng.integers(len(self.files)))]
            if text_file.text.strip():
                cut = cuts[int(rng.choice(len(cuts), p=shares))]
                made = self._row(text_file, Span(*cut(text_file.text, rng)))
                if made.gap:
                    return replace(made, wants_own=own)
        raise InputError(
            "no file of the corpus has a gap with a token in it", "name another --manifest"
        )

    def _row(self, file: SourceFile, gap: Span) -> MiddleRow:
        parts = ContextParts.around(file.text, [gap], PurePosixPath(file.path).name)
        prompt = self.form.encode(parts, self.shape.context)
        hidden = prompt.begins.decode() + gap.slice(file.text)
        ids = self.tokenizer.encode(hidden + parts.after[:BEYOND_CHARACTERS])
        size = len(hidden.encode())
        written = np.cumsum([len(self.tokenizer.decode_bytes([i])) for i in ids])  # bytes
        count = min(int(np.searchsorted(written, size)) + 1, len(ids)) if size else 0
        count = min(count, self.shape.gap)
        middle = [prompt.heads[0], *ids[: count + self.shape.beyond]]
        made = MiddleRow(prompt.ids, np.array(middle, dtype=np.int64), count)
        if max(int(made.middle.max()), int(made.prompt.max(initial=0))) >= self.vocabulary:
            raise InputError(
                f"{file.path} has a token that is outside the trunk's vocabulary of {self.vocabulary}",
                "fetch the model again: its tokenizer and its weights do not fit together",
            )
        return made
