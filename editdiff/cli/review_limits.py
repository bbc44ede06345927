"""How much `review` reads, and what it says of the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from editdiff.edits.review import Review
from editdiff.report.paths import first_names
from editdiff.text.span import Span

CHARACTERS, SECONDS = 200_000, 300.0
"""The limits where nobody says others."""


@dataclass(frozen=True)
class Limits:
    """Where to stop."""

    characters: int
    """Most of a file that are read."""
    seconds: float
    """For all files, the loading of the model among them."""
    started: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() - self.started > self.seconds

    def within(self, spans: Sequence[Span], text: str) -> list[Span]:
        """The first of `spans` of a text, as many characters as are read, up to the end of a line or of a word."""
        kept, room = list[Span](), self.characters
        for span in spans:
            if span.length > room:
                end = span.start + room
                breaks = (text.rfind(sign, span.start, end) for sign in "\n ")
                end = next((at for at in breaks if at >= 0), end)
                return [*kept, Span(span.start, end)] if end > span.start else kept
            kept.append(span)
            room -= span.length
        return kept

    def told(self, reviews: Sequence[Review], unreached: Sequence[str]) -> Iterator[str]:
        """Sentences on what was not read of files, and on files that there was no time to look at."""
        part = [
            f"{review.document.path} ({review.left_out:,} characters)"
            for review in reviews
            if review.left_out
        ]
        if part:
            yield (
                f"not read: {first_names(part)}: the limits are {self.characters:,} characters of a file (--limit) "
                f"and {self.seconds:g} s in all (--seconds)"
            )
        if unreached:
            yield f"not looked at: {first_names(unreached)}: the {self.seconds:g} s are over (--seconds)"


def beyond(spans: Sequence[Span], at: int) -> int:
    """Characters of `spans` that stand behind a place."""
    return sum(max(0, span.end - max(span.start, at)) for span in spans)
