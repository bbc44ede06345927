"""What a model is told of a text: parts and a budget in, ids and positions out.

A form of context (`PromptFormat`) belongs to a model as its tokenizer does. Engines, doubt, likelihood and training
build contexts by it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from editdiff.text.span import Span
from editdiff.tokens.base import IntArray


class OtherFile(NamedTuple):
    """A file that is told beside the one that is edited."""

    path: str
    """As the model is told it."""
    text: str


@dataclass(frozen=True)
class ContextParts:
    """What stands around the gaps."""

    before: str
    """Text before the last gap, but after the one before it."""
    after: str
    """Text after the last gap."""
    path: str = ""
    """File name, as the model is told it."""
    old: str | None = None
    """Text to be replaced, where the task shows it (repair, instruction)."""
    ask: str | None = None
    """Instruction in words."""
    earlier: tuple[str, ...] = ()
    """Of several gaps, the text before the first, between the first and the second, and so on."""
    typed: int = 0
    """Code points before the first gap that are told as the beginning of what fills it: what was typed there since
    the context was first encoded, so that a key costs its own tokens and no more."""
    others: tuple[OtherFile, ...] = ()
    """Files that belong to this one, the most telling last."""

    @classmethod
    def around(cls, text: str, gaps: Sequence[Span], path: str = "") -> ContextParts:
        """Everything around the `gaps` of a text: disjoint, in order, at least one."""
        starts = [0, *(gap.end for gap in gaps)]
        ends = [*(gap.start for gap in gaps), len(text)]
        *earlier, before, after = (text[s:e] for s, e in zip(starts, ends, strict=True))
        return cls(before, after, path, earlier=tuple(earlier))


@dataclass(frozen=True)
class Prompt:
    """A context as a network reads it, and where what is written behind it stands; a value."""

    ids: IntArray
    """[C] of the context, and of what was written after it."""
    at: IntArray
    """[C] positions, for the rotation of queries and keys."""
    heads: tuple[int, ...]
    """[G] the known token behind which each gap is written: it opens the gap's row of a canvas."""
    starts: tuple[int, ...] = ()
    """Position of each head; where there are fewer than gaps, the others follow what stands before them."""
    begins: bytes = b""
    """What the tokens of the first gap begin with, beside the gap's own text: a piece of a word before the gap that
    was taken back from the context, because a token may span its border (token healing, Lundberg 2023)."""
    locked: tuple[tuple[int, ...], ...] = ()
    """[G - 1] ids of the text between each gap and the next, where all gaps are written in one stretch; their last
    ids are the heads. None where gaps are told apart by sentinels."""
    others: tuple[str, ...] = ()
    """Paths of the other files of which something is told, in order."""
    ends: tuple[int, ...] = ()
    """Ids that end what is written behind it, where a model has learnt to end so; none where nothing of its own
    does."""

    @classmethod
    def in_order(cls, ids: IntArray, heads: Sequence[int]) -> Prompt:
        """A context whose tokens' positions are their indices, and so on behind it."""
        return cls(ids, np.arange(len(ids)), tuple(heads))

    def positions(self, rows: IntArray) -> IntArray:
        """Positions [B, S] of `rows` [B, S] written next: a head opens its gap, the rest follows one by one."""
        goes_on = int(self.at[-1]) + 1 if len(self.at) else 0
        index = np.arange(rows.shape[1])
        base = np.full(rows.shape, goes_on)
        for head, start in zip(self.heads, self.starts, strict=False):
            draft, place = np.nonzero(rows == head)
            base[draft, place] = start - place
        opens = np.isin(rows, self.heads[: len(self.starts)])
        opened = np.maximum.accumulate(np.where(opens, index, 0), axis=1)  # 0 before any head
        return np.asarray(np.take_along_axis(base, opened, axis=1) + index)

    def then(self, ids: IntArray) -> Prompt:
        """The same with `ids` [S] written behind it."""
        at = self.positions(ids[None])[0]
        return replace(self, ids=np.concatenate((self.ids, ids)), at=np.concatenate((self.at, at)))

    def first(self, count: int) -> Prompt:
        """The same cut after its first `count` tokens."""
        return replace(self, ids=self.ids[:count], at=self.at[:count])

    def shares(self, other: Prompt) -> int:
        """Number of tokens at the beginning of both that are the same and stand at the same positions."""
        n = min(len(self.ids), len(other.ids))
        differ = (self.ids[:n] != other.ids[:n]) | (self.at[:n] != other.at[:n])
        different = np.flatnonzero(differ)
        return int(different[0]) if len(different) else n


class PromptFormat(Protocol):
    """How a model is told what stands around the gaps."""

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        """Context of at most `budget` tokens of the text around the gaps, beside marks, path, `old` and `ask`.

        Raises:
            ValueError: for more gaps than the format can tell apart.
        """
        ...


class InstructionFormat(PromptFormat, Protocol):
    """How a model is told, in words, what to do with a part of a text, and how its answer looks."""

    around: bool
    """Whether it is shown what stands around the part. Where it is not, the part is shown without its margin."""

    def closing(self, parts: ContextParts) -> str:
        """What stands behind the new part in an answer."""
        ...
