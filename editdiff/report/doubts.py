"""What is told of reviews, for people and for code scanners: their most doubtful places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from editdiff.edits.review import Review, first_character
from editdiff.engines.base import Doubt
from editdiff.report import sarif
from editdiff.text.notebook import place as told_place
from editdiff.text.printable import printable

WIDEST = 40
"""Most characters of a token's text that are shown."""
UNCALIBRATED = "the model is not calibrated: how doubtful places are says only which are more doubtful than others"
RULE = sarif.Rule(
    "doubt",
    "The language model would rather read something else here.",
    "A language model has read this token in its place, from both sides, and doubts it. The model does not know "
    "what the code is for: look at the place, and leave it if it is right.",
)


class Place(NamedTuple):
    """One of the most doubtful places of all reviews."""

    review: Review
    doubt: Doubt

    @property
    def position(self) -> tuple[int, int, int]:
        """Cell (0 outside of notebooks), line and column, from 1, of the first character that is no line break."""
        text = self.review.document.text
        line, column = self.review.table.position(first_character(text, self.doubt.span))
        return *self.review.numbered(line), column + 1

    @property
    def where(self) -> str:
        """How people are told that."""
        cell, line, column = self.position
        return f"{told_place(cell, line)}:{column}"

    @property
    def token(self) -> str:
        """What stands there, in one line; empty where something may be missing."""
        return short(self.doubt.span.slice(self.review.document.text))

    @property
    def likelier(self) -> str | None:
        """What the model would rather read, in one line; empty: nothing; None: it does not say."""
        return short(self.doubt.alternatives[0]) if self.doubt.alternatives else None

    @property
    def message(self) -> str:
        """A sentence of all that."""
        said = f"`{self.token}` may be wrong" if self.token else "something may be missing here"
        rather = "" if self.likelier is None else f": the model would rather read `{self.likelier}`"
        return f"{said} ({100 * self.doubt.probability:.0f} %){rather}."


def most_doubtful(reviews: Sequence[Review], count: int) -> list[Place]:
    """The most doubtful places of all reviews, at most `count`; of equal ones the first."""
    places = [Place(review, doubt) for review in reviews for doubt in review.top(count)]
    return sorted(places, key=lambda place: -place.doubt.probability)[:count]


def sarif_log(
    reviews: Sequence[Review],
    places: Sequence[Place],
    threshold: float,
    *,
    finished: bool,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """A report of the places: warnings from the threshold on, notes below it; `notes` tell what was left out."""
    results = [_result(place, threshold) for place in places]
    documents = [review.code.file if review.code else review.document for review in reviews]
    return sarif.report(results, documents, finished=finished, notes=notes)


def short(text: str) -> str:
    r"""A token's text in one line: white space alone as `\n`, `\t` and `␣`, a long text cut."""
    shown = repr(text)[1:-1].replace(" ", "␣") if text.isspace() else printable(text.strip())
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"


def _result(place: Place, threshold: float) -> sarif.Result:
    review, doubt = place
    level: sarif.Level = "warning" if doubt.probability >= threshold else "note"
    fix = doubt.alternatives[0] if doubt.alternatives else None
    rank = round(100 * doubt.probability, 2)
    if review.code:  # where its JSON is written; what may stand there instead is no JSON
        at = first_character(review.document.text, doubt.span)
        span, message = review.code.in_file(doubt.span, at), f"{place.where}: {place.message}"
        return sarif.Result(review.code.file, span, message, RULE, level, None, rank)
    return sarif.Result(review.document, doubt.span, place.message, RULE, level, fix, rank)
