"""What a model says of a text that stands there: what it doubts, and what else might stand in it.

Protocols and values, offered by `engines.base` with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from editdiff.text.span import Span


class Doubt(NamedTuple):
    """How likely a token is wrong."""

    span: Span
    """Of the text; empty at the end of a line, where something may be missing."""
    probability: float
    """That something else should stand there, 0 to 1."""
    alternatives: tuple[str, ...] = ()
    """What the model would rather write, the likeliest first; only of the places that it looked at twice."""


class Doubter(Protocol):
    """Says how likely each token of a text is wrong."""

    name: str
    calibrated: bool
    """Whether the probabilities were measured to be such; otherwise only their order says something."""

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        """Doubt what stands in the disjoint `spans`, one stretch after the other, in the order of the text."""
        ...


class Rival(NamedTuple):
    """What may stand in place of a part of a text."""

    span: Span
    """Of the text."""
    text: str


class Weight(NamedTuple):
    """How much a text is likelier with a rival in it; all in nats."""

    rival: Rival
    place: float
    """The rival instead of what stands there."""
    rest: tuple[float, ...]
    """Each token behind it, of those that were read."""
    score: float
    """Log-probability of the rival and of what was read behind it."""

    @property
    def gain(self) -> float:
        """By how much all is likelier."""
        return self.place + sum(self.rest)


class Standing(Protocol):
    """A stretch of a text that was read once where it stands, and what else might stand in it."""

    @property
    def doubts(self) -> Sequence[Doubt]:
        """Of its tokens, white space apart."""
        ...

    def write(self, places: Sequence[Span]) -> Iterator[list[Rival]]:
        """What the model would rather write for words of some places: after each step all of it so far."""
        ...

    def weigh(self, rivals: Sequence[Rival], until: int | None = None) -> Iterator[list[Weight]]:
        """Weigh the rivals that are worth a reading, some after each step.

        With `until` all are, and each is read at least up to there, a place in the text.
        """
        ...


@runtime_checkable
class Weigher(Doubter, Protocol):
    """Reads a text once, and weighs what else might stand at any place of it without reading it again."""

    def standing(self, text: str, spans: Sequence[Span], path: str) -> Iterator[Standing | None]:
        """Read the disjoint `spans`, stretch by stretch; None after each piece of one that goes on."""
        ...
