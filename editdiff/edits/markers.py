"""Markers: what a user writes where the model shall fill in, such as `???`, `...` or `# TODO: fill`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from editdiff.text.lines import LineTable
from editdiff.text.literals import Literal, literals
from editdiff.text.span import Span

MARKERS = ("???", "TODO: fill", "...")
"""What counts unless the user says otherwise."""

_DOCTEST = re.compile(r"\s*(>>>|\.\.\.)")


def find_markers(text: str, markers: Sequence[str] = MARKERS, language: str = "") -> list[Span]:
    """Where the markers stand in a text: disjoint, in order, none of them empty.

    - A marker that begins with a letter counts in a comment, as its first words, together with the comment's
      sign and the rest of the line.
    - `...` counts where it stands alone on its line: a stub's body, not `Tuple[int, ...]`; not in a doctest, nor
      in YAML, where it ends a document.
    - Any other, as `???`, counts unless it touches a letter, a digit, `_` or more of its own signs: `x = ???`,
      but not `what????`.

    None counts in a comment or a string that it does not open itself, as the marker `"???"` does. Strings and
    comments are those of a text that is whole: one that is not closed where it must be is taken for code.
    """
    asked = [marker for marker in markers if marker.strip()]
    if not any(marker in text for marker in asked):
        return []
    table, found = LineTable(text), list[Span]()
    pieces = list(literals(text, language))
    above, first = "", 0
    for number in range(len(table)):
        content = table.content(number)
        line = content.slice(text)
        while first < len(pieces) and pieces[first].end <= content.start:
            first += 1
        here = []
        for piece in pieces[first:]:
            if piece.start >= content.end:
                break
            here.append(piece.shift(-content.start))
        spans = _of_line(line, above, asked, language, here)
        found += [span.shift(content.start) for span in spans]
        above = line
    return found


def _of_line(
    line: str, above: str, markers: Iterable[str], language: str, pieces: Sequence[Literal]
) -> list[Span]:
    """Markers of one line; of two that overlap, the one that begins first."""
    spans: list[Span] = []
    for marker in markers:
        if marker == "...":
            if line.strip() == marker and language != "yaml" and not _DOCTEST.match(above):
                spans.append(Span(line.index(marker), line.index(marker) + len(marker)))
        elif marker[0].isalpha():
            comments = (piece.span for piece in pieces if piece.comment and piece.start >= 0)
            spans += [comment for comment in comments if _opens(comment.slice(line), marker)]
            continue
        else:
            spans += [Span(*match.span()) for match in _alone(marker).finditer(line)]
        spans = [s for s in spans if not any(p.covers(s.start) for p in pieces)]
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or kept[-1].end <= span.start:
            kept.append(span)
    return kept


def _opens(comment: str, marker: str) -> bool:
    """Whether a comment's first words are the marker's."""
    words = re.sub(r"^\W+", "", comment)
    return words.startswith(marker) and not re.match(r"\w", words[len(marker) :])


@cache
def _alone(marker: str) -> re.Pattern[str]:
    touching = rf"[\w{re.escape(marker[0])}]", rf"[\w{re.escape(marker[-1])}]"
    return re.compile(rf"(?<!{touching[0]}){re.escape(marker)}(?!{touching[1]})")
