"""Which places of a selection are doubted enough to be done again, and what may stand there.

A place is whole words and operators, not a token. What a line declares, its parameters among it, is the author's
choice, and so is what a comment or a string says: a model that would say it otherwise is no judge of that. There a
place is done again only where nothing else is selected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from editdiff.edits.review import Review
from editdiff.text.brackets import partners
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.literals import literals
from editdiff.text.span import Span

MOST_PLACES = 8
"""Places, the most doubtful ones."""
LEAST_DOUBT = 0.01
"""Probability of being wrong from which a place is done again."""
LONGEST_LINE = 400
"""Characters of a line that is done again: all that may stand in it is read with the whole line."""
MOST_NAMES = 8
"""Other names that are tried in place of one."""
_WORD = r"\w+"
_OPERATOR = r"[=<>!+\-*/%&|^~@]+"
_WHOLE = re.compile(rf"{_WORD}|{_OPERATOR}")
"""What is done again as a whole where a part of it is doubted."""
_NAME = re.compile(r"\b[^\W\d]\w*")
_DECLARES = re.compile(
    r"\s*(?:(?:abstract|async|default|export|final|private|protected|pub|public|static)\s+)*"
    r"(?:class|def|enum|fn|from|func|function|import|interface|package|struct|trait|type|use)\b"
)


def doubted_places(
    review: Review, selection: Span, most: int = MOST_PLACES, least: float = LEAST_DOUBT
) -> list[Span]:
    """The most doubtful places of a selection, in the order of the text; those that touch are one."""
    document = review.document
    table, places = LineTable(document.text), list[Span]()
    left_alone = kept(document)
    if any(span.contains(selection) for span in left_alone):
        left_alone = []
    for doubt in review.top(least=least):
        line = table.content(review.line(doubt))
        place = _whole(document.text, doubt.span, line, selection)
        chosen = any(
            span.overlaps(place) or _prefixes(document.text, place, span) for span in left_alone
        )
        if place.length and not chosen and line.length <= LONGEST_LINE:
            places = _with(places, place)
        if len(places) == most:
            break
    return places


def kept(document: Document) -> list[Span]:
    """What is the author's choice: comments, strings, and lines that declare something."""
    said = [each.span for each in literals(document.text, document.language)]
    return [*said, *_declared(document, LineTable(document.text))]


def by_line(text: str, places: Sequence[Span]) -> Iterator[tuple[Span, list[Span]]]:
    """Lines without their endings, and which of the places, each inside of one line, they hold."""
    table, lines = LineTable(text), dict[int, list[Span]]()
    for place in places:
        lines.setdefault(table.position(place.start).line, []).append(place)
    for line, held in lines.items():
        yield table.content(line), held


def other_names(
    text: str, selection: Span, place: Span, most: int | None = MOST_NAMES
) -> list[str]:
    """Names of a selection, the rarest first, for a place that holds one: another of them may have been meant."""
    name = place.slice(text)
    if not _NAME.fullmatch(name):
        return []
    counts = Counter(_NAME.findall(selection.slice(text)))
    del counts[name]
    return sorted(counts, key=lambda other: counts[other])[:most]


def alike(old: str, new: str) -> bool:
    """Whether two texts are of the same kinds: a word for a word, a number for a number, an operator for one."""
    return _kinds(old) == _kinds(new)


def _declared(document: Document, table: LineTable) -> Iterator[Span]:
    """Lines that declare something, up to where the round brackets that they open are closed."""
    text, closing = document.text, partners(document.text, document.language)
    for line in map(table.content, range(len(table))):
        if _DECLARES.match(text, line.start, line.end):
            ends = (closing.get(at, at) for at in range(line.start, line.end) if text[at] == "(")
            yield Span(line.start, max((line.end, *ends)))


def _prefixes(text: str, place: Span, literal: Span) -> bool:
    """Whether a place is what a string begins with before its quote, as `br`."""
    return (
        place.end == literal.start
        and text[literal.start] in "\"'`"
        and _NAME.fullmatch(place.slice(text)) is not None
    )


def _kinds(text: str) -> str:
    """The text with a sign for each word, number and operator."""
    bare = re.sub(rf"\d[\w.]*|{_WORD}", lambda m: "0" if m[0][0].isdigit() else "a", text)
    return re.sub(_OPERATOR, "+", bare)


def _whole(text: str, token: Span, line: Span, selection: Span) -> Span:
    """The words and operators in which a token lies, as far as they are selected; empty where it is blank."""
    piece = token.slice(text)
    start = token.start + len(piece) - len(piece.lstrip())
    end = max(start, token.start + len(piece.rstrip()))
    for match in _WHOLE.finditer(text, line.start, line.end):
        if match.start() < end and start < match.end():
            start, end = min(start, match.start()), max(end, match.end())
    start, end = max(start, line.start, selection.start), min(end, line.end, selection.end)
    return Span(start, max(start, end))


def _with(places: Sequence[Span], place: Span) -> list[Span]:
    """The places with one more, joined with those that it touches."""
    touched = [other for other in places if other.start <= place.end and place.start <= other.end]
    joined = [place, *touched]
    whole = Span(min(span.start for span in joined), max(span.end for span in joined))
    return sorted([whole, *(other for other in places if other not in touched)])
