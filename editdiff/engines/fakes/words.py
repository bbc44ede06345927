"""A model without a canvas that finds some texts likelier than all others, and drafts the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.families.base import Traits

UNLIKELY = -50.0
"""Nats of every text that is not named."""


class Words:
    """A `Scorer` that knows what a few whole texts are worth."""

    name = "words"
    traits = Traits(context=2048)

    def __init__(
        self, worth: Mapping[str, float] | None = None, drafts: Sequence[str] = ()
    ) -> None:
        """Text to its log-probability in nats; and the drafts of every gap."""
        self.worth, self.drafts, self.asked = dict(worth or {}), drafts, 0

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the drafts."""
        self.asked += 1
        yield from (Draft((text,), 0.0, 1) for text in self.drafts)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """What each text is worth with what stands on both sides of the gap."""
        gap = task.gaps[0]
        head, tail = task.text[: gap.start], task.text[gap.end :]
        return [self.worth.get(head + text + tail, UNLIKELY) for (text,) in texts]
