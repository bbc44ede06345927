"""TOML by the parser of Python's library."""

from __future__ import annotations

import re
import tomllib

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

LONGEST = 1_000_000
"""Code points; tomllib reads about one a microsecond."""
_NEWER = re.compile(
    r"""
    =[ \t]*\{[ \t]*(?:\#[^\n]*)?\r?\n                  # an inline table over lines
  | ,\s*\}                                           # a comma at its end
  | "[^"\n]*\\(?:e|x[0-9A-Fa-f]{2})[^"\n]*"         # escapes
  | =[ \t]*(?:[0-9-]{10}[T\ ])?[0-9]{2}:[0-9]{2}(?![:0-9])    # a time without seconds
    """,
    re.VERBOSE,
)
"""What TOML 1.1 adds."""
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class TomlJudge:
    """TOML 1.0."""

    def judge(self, document: Document) -> Verdict:
        """Parse the text; what looks like TOML 1.1 is only ever accepted."""
        text = document.text
        if len(text) > LONGEST:
            return Unjudged(f"it is longer than {LONGEST} characters")
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            if _NEWER.search(text):
                return Unjudged("it may be TOML 1.1, which Python's tomllib does not read")
            return Rejected(_PLACE.sub("", str(error)), _span(text, str(error)))
        except (RecursionError, ValueError) as error:  # a number or a date out of Python's range
            return Unjudged(f"Python's tomllib gave up: {error}")
        return Accepted()


def _span(text: str, message: str) -> Span:
    place = _PLACE.search(message)
    if place is None:
        return Span(0, len(text))
    if place[1] is None:
        return Span(len(text), len(text))
    at = LineTable(text).offset(int(place[1]) - 1, int(place[2]) - 1)
    return Span(at, min(at + 1, len(text)))
