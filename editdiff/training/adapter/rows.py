"""Rows: a gap of a file, the prompt around it, and a middle: the gap's text and some tokens of what follows.

Or several gaps near each other: their texts are one middle, and what stands between and behind them is given in it.
Every piece is then encoded apart from the next, as it is where a gap's text is not known yet: borders are cut
inside of what would be one token.

    head  gap 1 …  given …  gap 2 …  given …

A row is a function of (seed, number): a run that goes on draws what it would have drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Protocol

import numpy as np

from editdiff.errors import InputError
from editdiff.prompt.base import ContextParts, PromptFormat
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, IntArray, Special, Tokenizer
from editdiff.training.adapter.gaps import cut, cut_near
from editdiff.training.adapter.languages import SHARES, grouped
from editdiff.training.corpus.sources import SourceFile

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
    """Tokens of the gap, or up to the end of the last one."""
    wants_own: bool = False
    """Whether the trunk is to write the middle itself."""
    given: BoolArray | None = None
    """[1 + gap + beyond] which are text between and behind several gaps; None for none."""


class RowSource(Protocol):
    """Where rows come from."""

    @property
    def special(self) -> Special:
        """Ids that stand for no text."""
        ...

    def draw(self, number: int) -> MiddleRow:
        """The row of a number."""
        ...


@dataclass(frozen=True)
class Source:
    """Rows drawn from files."""

    files: Sequence[SourceFile]
    tokenizer: Tokenizer
    form: PromptFormat
    vocabulary: int
    """Rows of the trunk's embedding."""
    shape: Shape
    seed: int = 0
    own: float = 0.0
    """Share of the rows of one gap whose middle the trunk is to write."""
    several: float = 0.0
    """Share of the rows with several gaps."""
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    """Of the languages."""

    @property
    def special(self) -> Special:
        """The tokenizer's."""
        return self.tokenizer.special

    @cached_property
    def groups(self) -> dict[str, tuple[float, list[SourceFile]]]:
        """Share and files of each language; raises InputError where there is none."""
        return grouped(self.files, self.shares)

    def draw(self, number: int) -> MiddleRow:
        """The row of a number.

        Raises:
            InputError: when no file has a gap, or a token is outside the trunk's vocabulary.
        """
        rng = np.random.default_rng((self.seed, number))
        kinds = np.random.default_rng((self.seed, number, 2))
        own = bool(rng.random() < self.own)
        several = bool(kinds.random() < self.several)
        groups = list(self.groups.values())
        _, files = groups[int(kinds.choice(len(groups), p=[share for share, _ in groups]))]
        for _ in range(TRIES):
            file = files[int(rng.integers(len(files)))]
            if file.text.strip():
                gaps = cut_near(file.text, kinds) if several else []
                made = self._several(file, gaps) if gaps else self._one(file, cut(file.text, rng))
                if made.gap:
                    self._check(made, file)
                    return replace(made, wants_own=own and made.given is None)
        raise InputError(
            "no file of the corpus has a gap with a token in it", "name another --manifest"
        )

    def _one(self, file: SourceFile, gap: Span) -> MiddleRow:
        parts = ContextParts.around(file.text, [gap], PurePosixPath(file.path).name)
        prompt = self.form.encode(parts, self.shape.context)
        hidden = prompt.begins.decode() + gap.slice(file.text)
        ids = self.tokenizer.encode(hidden + parts.after[:BEYOND_CHARACTERS])
        size = len(hidden.encode())
        written = np.cumsum([len(self.tokenizer.decode_bytes([i])) for i in ids])  # bytes
        count = min(int(np.searchsorted(written, size)) + 1, len(ids)) if size else 0
        count = min(count, self.shape.gap)
        middle = [prompt.heads[0], *ids[: count + self.shape.beyond]]
        return MiddleRow(prompt.ids, np.array(middle, dtype=np.int64), count)

    def _several(self, file: SourceFile, gaps: Sequence[Span]) -> MiddleRow:
        parts = ContextParts.around(file.text, gaps, PurePosixPath(file.path).name)
        prompt = self.form.encode(parts, self.shape.context)
        texts = [gap.slice(file.text) for gap in gaps]
        hidden = [self.tokenizer.encode(t) for t in (prompt.begins.decode() + texts[0], *texts[1:])]
        behind = self.tokenizer.encode(parts.after[:BEYOND_CHARACTERS])
        middle, given = [prompt.heads[0]], [False]
        for own, between in zip(hidden, (*prompt.locked, behind), strict=True):
            middle += [*own, *between]
            given += [False] * len(own) + [True] * len(between)
        count = min(len(middle) - 1 - len(behind), self.shape.gap)
        size = 1 + count + self.shape.beyond
        ids = np.array(middle[:size], dtype=np.int64)
        return MiddleRow(prompt.ids, ids, count, given=np.array(given[:size]))

    def _check(self, row: MiddleRow, file: SourceFile) -> None:
        if max(int(row.middle.max()), int(row.prompt.max(initial=0))) >= self.vocabulary:
            raise InputError(
                f"{file.path} has a token that is outside the trunk's vocabulary of {self.vocabulary}",
                "fetch the model again: its tokenizer and its weights do not fit together",
            )
