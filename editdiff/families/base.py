"""What a network is to the rest of editdiff: its traits, and a denoiser that is encoded for and asked.

A family is one module or folder here with the functions of `Family`; a model is a folder whose manifest names its
family (`families.manifest`). What a model can do is told by its `Traits`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.families.running import Running
from editdiff.prompt.base import InstructionFormat, Prompt, PromptFormat
from editdiff.tokens.base import FloatArray, IntArray, Tokenizer
from editdiff.tokens.canvas import Canvas


@dataclass(frozen=True)
class Traits:
    """What a model can do."""

    context: int
    """Most context tokens that it was trained with."""
    canvases: tuple[int, ...] = ()
    """Sizes of a canvas that it was trained with, in places, heads included, rising; none without a canvas."""
    gaps: int = 1
    """Most gaps that it fills at once."""
    causal: bool = True
    """Whether it scores a text from left to right, both sides of the gap given."""
    takes_old: bool = False
    """Whether it can be shown the text that stands in the gap now."""
    takes_ask: bool = False
    """Whether it can be told in words what to do."""
    takes_others: bool = False
    """Whether it can be shown other files beside the one with the gaps."""
    languages: tuple[str, ...] = ()
    """Identifiers of the languages that it was measured on."""

    @property
    def places(self) -> int:
        """Places of its largest canvas; 0 without one."""
        return max(self.canvases, default=0)

    def fitting(self, places: int) -> int:
        """The largest canvas of at most so many places, or the smallest there is."""
        return max((c for c in self.canvases if c <= places), default=min(self.canvases))


@dataclass(frozen=True)
class StepCosts:
    """What a forward of some rows costs, by numbers of rows: only how they compare counts."""

    rows: tuple[int, ...]
    """Rising, the first is 1."""
    times: tuple[float, ...]
    """In any unit, as many."""

    def of(self, rows: int) -> float:
        """Cost of a forward in forwards of a single row; straight lines lead through what is known."""
        (low, high), (first, last) = self.rows[-2:], self.times[-2:]
        if rows <= high:
            time = float(np.interp(rows, self.rows, self.times))
        else:
            time = last + (rows - high) * max(0.0, last - first) / (high - low)
        return time / self.times[0]


USUAL = StepCosts((1, 2, 4, 8, 16, 32), (1.0, 1.0, 1.12, 1.36, 1.91, 3.08))
"""`coder` on two cores of a server with 8-bit matrices, 512 tokens of context (docs/log.md)."""
FLAT = StepCosts((1, 64), (1.0, 1.0))
"""A GPU that waits for its memory: up to dozens of rows cost what one costs."""


class Denoiser(Protocol):
    """A network as the loop sees it: `encode` once, `propose` many times, `score` for ranking."""

    @property
    def traits(self) -> Traits:
        """What it can do."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that it was trained with."""
        ...

    @property
    def prompt(self) -> PromptFormat:
        """How it is told what stands around the gaps."""
        ...

    def encode(self, prompt: Prompt, cache: Any | None = None) -> Any:
        """Encode a context causally and return its cache.

        What the context shares with `cache` at its beginning, at the same positions, is taken from
        there instead of being encoded again; the cache passed in stays valid.
        """
        ...

    def propose(self, cache: Any, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Denoise `[B, L]` once over the shared cache: top ids and log-probabilities per place.

        Of the ids `asked` [B, L], each at its place, it tells the log-probabilities as well.
        """
        ...

    def score(self, cache: Any, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1], in nats, of `ids[:, 1:]`, each after all before it."""
        ...


class CausalDenoiser(Denoiser, Protocol):
    """A network that can also be asked for the next token."""

    def extend(self, cache: Any, ids: IntArray) -> tuple[Any, Guess]:
        """Write `ids` [S] after what `cache` holds; return the longer cache and what follows each, [1, S, TOP].

        The cache passed in stays valid.
        """
        ...


class Sequel(NamedTuple):
    """A place of a tree where a gap may end, and the text after the gap as it would be written on there."""

    token: int
    """Id of the last token before that text."""
    behind: int
    """Number of the token before it in the tree; -1 for the end of the context."""
    ids: tuple[int, ...]
    """The first tokens of the text, at least one."""
    ending: float
    """Log-probability that the gap ends there, by what was seen up to there, in nats."""


class TreeDenoiser(CausalDenoiser, Protocol):
    """A network that writes several drafts at once behind one context."""

    def write(
        self, cache: Any, ids: IntArray, behind: IntArray, wanted: IntArray
    ) -> tuple[Any, Guess]:
        """Write `ids` [S] into the tree behind the context, each behind the token `behind` [S] of it.

        A token is named by its number in the tree, in the order of writing; -1 is the end of the context. Each sees
        the context, and of the tree what it stands behind. Returns the cache with them in it, and what follows
        those `wanted`, indices into `ids`: [1, len(wanted), TOP]. The cache passed in stays valid.
        """
        ...

    def only(self, cache: Any, count: int) -> Any:
        """The cache with the first so many tokens of its tree alone; what stood behind them is given up.

        What is written next takes their place, so a draft of which nothing refused is left in the tree lies in it
        as it does where nothing was guessed, and is computed alike.
        """
        ...

    def read_on(self, cache: Any, sequels: Sequence[Sequel]) -> FloatArray:
        """Log-probability [len(sequels)] that the gap ends at each place, judged by what would follow it there.

        One that cannot judge answers what was told. Nothing is written; the cache passed in stays valid.
        """
        ...


@runtime_checkable
class Costed(Protocol):
    """A network of which it is known what its forwards cost where it runs."""

    @property
    def costs(self) -> StepCosts:
        """Of several rows, beside one."""
        ...


def costs_of(network: object) -> StepCosts:
    """What a network's forwards cost; of one that does not tell, what is usual."""
    return network.costs if isinstance(network, Costed) else USUAL


class Ahead(Protocol):
    """What a canvas says of the places behind a token, the next one apart: the network itself names that."""

    def behind(self, token: int) -> Iterator[tuple[int, float]]:
        """Ids that may come behind the `token` next to the canvas, and how sure each is, 0 to 1.

        Each is chosen in view of the one before it.
        """
        ...


@runtime_checkable
class DraftingDenoiser(TreeDenoiser, Protocol):
    """A network with a canvas that drafts what it will write, to be judged by itself from left to right."""

    @property
    def canvas_places(self) -> int:
        """Most places of a canvas; 0 where it has none at hand."""
        ...

    def write_and_draft(
        self, cache: Any, ids: IntArray, behind: IntArray, anchors: IntArray, places: int
    ) -> tuple[Any, Guess, list[Ahead]]:
        """As `write`, all of it wanted, and in the same forward a canvas of so many `places` for each anchor.

        Anchors are indices into `ids`. A canvas sees what its anchor sees, and itself in both directions; nothing
        sees it, and the cache does not keep it.
        """
        ...


@runtime_checkable
class BranchDenoiser(TreeDenoiser, Protocol):
    """A network that says how a text goes on from any place of it, with whatever stands there instead."""

    def branch(
        self, cache: Any, ids: IntArray, behind: IntArray, asked: IntArray
    ) -> tuple[Any, Guess, FloatArray]:
        """Write as `write` does; return the cache, what follows each [1, S, TOP], and how likely `asked` is there.

        That is the log-probability [S] of each of the ids `asked` [S], in nats. The text is taken to go on.
        """
        ...


@runtime_checkable
class InstructedDenoiser(TreeDenoiser, Protocol):
    """A network that can be told what to do with a part of a text."""

    @property
    def asked(self) -> Sequence[InstructionFormat]:
        """Forms in which it is told: several, for it errs in each in other places."""
        ...


class Description(NamedTuple):
    """A model folder in facts, from its small files and the headers of its large ones."""

    traits: Traits
    parameters: int
    vocab_size: int
    identity: str
    """SHA-256 of its weights: what was measured of others does not hold for it."""
    weights_size: int
    """Bytes."""
    files: tuple[str, ...]
    """Names of the files that are read to run it."""
    facts: dict[str, str]
    """Name to value of whatever else its family wants told, in order."""
    multiply_adds: int = 0
    """Of one place with the network's matrices, output layer included; 0 where that is not known."""
    integer: bool = False
    """Whether the matrices multiply bytes."""


@runtime_checkable
class Family(Protocol):
    """The functions of a family's module."""

    def load(self, folder: Path, running: Running) -> CausalDenoiser:
        """Load a model folder.

        Raises:
            ModelError: when a part is missing, broken or does not fit the others.
            MissingDependencyError: when what runs it is not installed.
            UsageError: for an engine that cannot run this family.
        """
        ...

    def traits(self, folder: Path) -> Traits:
        """What the model of a folder can do, from its small files.

        Raises:
            ModelError: when they are missing or broken.
        """
        ...

    def identity(self, folder: Path) -> str:
        """SHA-256 of a folder's weights, in hex.

        Raises:
            ModelError: when there are none.
        """
        ...

    def describe(self, folder: Path) -> Description:
        """A model folder in facts; nothing is run.

        Raises:
            ModelError: when a part is missing or broken.
        """
        ...
