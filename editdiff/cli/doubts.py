"""What is shown of reviews: heat-map and list, JSON, SARIF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from editdiff.cli.heat import heat_map
from editdiff.cli.render import CONTEXT
from editdiff.edits.review import Review, first_character
from editdiff.engines.base import Doubt
from editdiff.report import sarif
from editdiff.text.lines import LineTable
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


def most_doubtful(reviews: Sequence[Review], count: int) -> list[Place]:
    """The most doubtful places of all reviews, at most `count`; of equal ones the first."""
    found = [Place(review, doubt) for review in reviews for doubt in review.top(count)]
    return sorted(found, key=lambda place: -place.doubt.probability)[:count]


def draw(reviews: Sequence[Review], places: Sequence[Place], *, whole: bool) -> None:
    """Print the list of places; on a terminal, the heat-map of their lines first."""
    screen = Console(highlight=False)
    if screen.is_terminal:
        for review in reviews:
            marked = {place.doubt for place in places if place.review is review}
            if marked or (whole and review.doubts):
                screen.print(Text(shown_path(review.document.path), "bold"))
                screen.print(heat_map(review, marked, screen, whole), soft_wrap=True)
                screen.print()
    for place in places:
        screen.print(_entry(place), soft_wrap=True)
    if screen.is_terminal:
        tokens = sum(len(review.doubts) for review in reviews)
        count = f"{len(reviews)} file{'s' * (len(reviews) != 1)}"
        screen.print(Text(f"{count} · {tokens:,} tokens", CONTEXT))


def json_line(review: Review, places: Sequence[Place], model: str) -> str:
    """One review as a line of JSON; `places` of other reviews are left out."""
    return json.dumps(  # ASCII: file names need not be UTF-8, nor the terminal
        {
            "path": review.document.path,
            "model": model,
            "calibrated": review.calibrated,
            "finished": review.finished,
            "places": [_place(place) for place in places if place.review is review],
            "lines": [
                {"line": line.line + 1, "probability": round(line.probability, 6)}
                for line in review.lines()
            ],
            "tokens": [
                {
                    "start": doubt.span.start,
                    "end": doubt.span.end,
                    "probability": round(doubt.probability, 6),
                }
                for doubt in review.doubts
            ],
        }
    )


def sarif_log(
    reviews: Sequence[Review], places: Sequence[Place], threshold: float, *, finished: bool
) -> dict[str, Any]:
    """A report of the places: warnings from the threshold on, notes below it."""
    results = []
    for review, doubt in places:
        level: sarif.Level = "warning" if doubt.probability >= threshold else "note"
        fix = doubt.alternatives[0] if doubt.alternatives else None
        rank = round(100 * doubt.probability, 2)
        message = _message(Place(review, doubt))
        results.append(sarif.Result(review.document, doubt.span, message, RULE, level, fix, rank))
    return sarif.report(results, [review.document for review in reviews], finished=finished)


def shown_path(path: str) -> str:
    """A file's name in one line: what a terminal would not show, or obey, is escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in path)


def _place(place: Place) -> dict[str, Any]:
    review, doubt = place
    line, column = _position(place)
    return {
        "start": doubt.span.start,
        "end": doubt.span.end,
        "line": line,
        "column": column,
        "text": doubt.span.slice(review.document.text),
        "probability": round(doubt.probability, 6),
        "alternatives": list(doubt.alternatives),
    }


def _entry(place: Place) -> Text:
    """One line of the list: where, what, what rather, how doubtful."""
    review, doubt = place
    line, column = _position(place)
    where = f"{shown_path(review.document.path)}:{line}:{column}"
    text = _short(doubt.span.slice(review.document.text)) or "(nothing)"
    rather = f" → {_short(doubt.alternatives[0])}" if doubt.alternatives else ""
    return Text(f"{where}  {text}{rather}  {100 * doubt.probability:.0f} %")


def _message(place: Place) -> str:
    review, doubt = place
    text = _short(doubt.span.slice(review.document.text))
    said = f"`{text}` may be wrong" if text else "something may be missing here"
    rather = (
        f": the model would rather read `{_short(doubt.alternatives[0])}`"
        if doubt.alternatives
        else ""
    )
    return f"{said} ({100 * doubt.probability:.0f} %){rather}."


def _position(place: Place) -> tuple[int, int]:
    """Line and column, from 1, of a token's first character that is no line break."""
    text = place.review.document.text
    found = LineTable(text).position(first_character(text, place.doubt.span))
    return found.line + 1, found.column + 1


def _short(text: str) -> str:
    r"""A token's text in one line: white space alone as `\n`, `\t` and `␣`, a long text cut."""
    shown = repr(text)[1:-1].replace(" ", "␣") if text.isspace() else printable(text.strip())
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
