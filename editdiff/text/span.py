"""A stretch of text: the one kind of position inside editdiff."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    """The half-open range `[start, end)` of a text, in code points.

    Raises:
        ValueError: unless 0 <= start <= end.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got [{self.start}, {self.end})")

    @property
    def length(self) -> int:
        """Number of code points."""
        return self.end - self.start

    def shift(self, by: int) -> Span:
        """Return the span `by` code points further right (left when negative)."""
        return Span(self.start + by, self.end + by)

    def contains(self, other: Span) -> bool:
        """Whether `other` lies within this span; an empty one may stand at either border."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a code point; an empty span shares none."""
        return max(self.start, other.start) < min(self.end, other.end)

    def slice(self, text: str) -> str:
        """Return the part of `text` inside the span.

        Raises:
            ValueError: when the span reaches past the end of `text`.
        """
        if self.end > len(text):
            raise ValueError(
                f"span [{self.start}, {self.end}) in a text of {len(text)} code points"
            )
        return text[self.start : self.end]
