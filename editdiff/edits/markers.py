"""Markers: what a user writes where the model shall fill in, such as `???`, `...` or `# TODO: fill`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from editdiff.text.lines import LineTable
from editdiff.text.literals import Literal, literals
from editdiff.text.span import Span

MARKERS = ("???", "TODO: fill", "...")
"""What counts unless the user says otherwise."""

Enclosing = Callable[[str, str, Sequence[Span]], Sequence[Literal | None] | None]
"""Tells of a text and its language the string or comment that each of some places begins in, where it can."""

_DOCTEST = re.compile(r"\s*(>>>|\.\.\.)")


def by_signs(text: str, language: str, places: Sequence[Span]) -> list[Literal | None]:
    """The string or comment that each of some places, in order, begins in, by their signs alone.

    They are those of a text that is whole: one that is not closed where it must be is taken for code.
    """
    pieces = literals(text, language)
    piece = next(pieces, None)
    around: list[Literal | None] = []
    for place in places:
        while piece is not None and piece.end <= place.start:
            piece = next(pieces, None)
        around.append(piece if piece is not None and piece.start <= place.start else None)
    return around


class Marked(NamedTuple):
    """Places of markers: disjoint, in order, none of them empty."""

    gaps: tuple[Span, ...] = ()
    """Those to fill."""
    left: tuple[Span, ...] = ()
    """Those in strings and comments; words, which such are full of, are not told."""


def find_markers(
    text: str,
    markers: Sequence[str] = MARKERS,
    language: str = "",
    enclosing: Enclosing = by_signs,
) -> Marked:
    """Where the markers stand in a text.

    - A marker that begins with a letter counts in a comment, as its first words, together with the comment's
      sign and the rest of the line.
    - `...` counts where it stands alone on its line: a stub's body, not `Tuple[int, ...]`; not in a doctest, nor
      in YAML, where it ends a document.
    - Any other, as `???`, counts unless it touches a letter, a digit, `_` or more of its own signs: `x = ???`,
      but not `what????`.

    None counts in a comment or a string that it does not open itself, as the marker `"???"` does; where
    `enclosing` cannot tell, their signs do.
    """
    asked = [marker for marker in markers if marker.strip()]
    places = sorted((place, m) for m in asked for place in _places(text, m, language))
    if not places:
        return Marked()
    spans = [place for place, _ in places]
    around = enclosing(text, language, spans)
    if around is None:
        around = by_signs(text, language, spans)
    found, left = list[Span](), list[Span]()
    for (place, marker), piece in zip(places, around, strict=True):
        if stands_inside(place, marker, piece, text):
            left += [] if marker[0].isalpha() else [place]
            continue
        if marker[0].isalpha():
            if piece is None or not piece.comment:
                continue
            place = piece.span
        if (
            not found or found[-1].end <= place.start
        ):  # of two that overlap the one that begins first
            found.append(place)
    return Marked(tuple(found), tuple(left))


def stands_inside(place: Span, marker: str, around: Literal | None, text: str) -> bool:
    """Whether a marker stands in a string or comment that it does not open; the first words of one line's do."""
    if around is None or not around.covers(place.start):
        return False
    return not (around.comment and _opens(around.span.slice(text), marker))


def _places(text: str, marker: str, language: str) -> Iterator[Span]:
    """Where a marker may count, whatever is around it."""
    if marker != "...":
        pattern = re.compile(re.escape(marker)) if marker[0].isalpha() else _alone(marker)
        yield from (Span(*match.span()) for match in pattern.finditer(text))
        return
    if marker not in text or language == "yaml":
        return
    table, above = LineTable(text), ""
    for number in range(len(table)):
        content = table.content(number)
        line = content.slice(text)
        if line.strip() == marker and not _DOCTEST.match(above):
            start = content.start + line.index(marker)
            yield Span(start, start + len(marker))
        above = line


def _opens(comment: str, marker: str) -> bool:
    """Whether a comment's first words are the marker's."""
    words = re.sub(r"^\W+", "", comment)
    return words.startswith(marker) and not re.match(r"\w", words[len(marker) :])


@cache
def _alone(marker: str) -> re.Pattern[str]:
    touching = rf"[\w{re.escape(marker[0])}]", rf"[\w{re.escape(marker[-1])}]"
    return re.compile(rf"(?<!{touching[0]}){re.escape(marker)}(?!{touching[1]})")
