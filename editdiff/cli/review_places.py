"""What `review` draws: the list of the most doubtful places, and on a terminal the heat-map of their lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from editdiff.cli.common.render import CONTEXT
from editdiff.cli.review_heat import heat_map
from editdiff.edits.review import Review
from editdiff.report.doubts import Place
from editdiff.text.printable import one_line


def draw(reviews: Sequence[Review], places: Sequence[Place], *, whole: bool) -> None:
    """Print the list of places; on a terminal, the heat-map of their lines first."""
    screen = Console(highlight=False)
    if screen.is_terminal:
        for review in reviews:
            marked = {place.doubt for place in places if place.review is review}
            if marked or (whole and review.doubts):
                screen.print(Text(one_line(review.document.path), "bold"))
                screen.print(heat_map(review, marked, screen, whole), soft_wrap=True)
                screen.print()
    for place in places:
        screen.print(_entry(place), soft_wrap=True)
    if screen.is_terminal:
        tokens = sum(len(review.doubts) for review in reviews)
        count = f"{len(reviews)} file{'s' * (len(reviews) != 1)}"
        screen.print(Text(f"{count} · {tokens:,} tokens", CONTEXT))


def _entry(place: Place) -> Text:
    """One line of the list: where, what, what rather, how doubtful."""
    where = f"{one_line(place.review.document.path)}:{place.where}"
    rather = "" if place.likelier is None else f" → {place.likelier}"
    probability = f"{100 * place.doubt.probability:.0f} %"
    return Text(f"{where}  {place.token or '(nothing)'}{rather}  {probability}")
