r"""A text as models are shown it, every line ending as `\n`, and the way back to the text as it is.

Models have learned `\n` alone. What they are shown is a view: a document keeps its own endings, and what a model
writes gets the document's.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

_CRLF = re.compile(r"\r\n")


@dataclass(frozen=True)
class Shown:
    r"""A view of one text with every line ending as `\n`, and its offsets both ways; all count code points."""

    text: str
    r"""What is shown: no `\r` is left in it."""
    _dropped: tuple[int, ...]
    r"""Offset of each `\r` of the original that is not shown, ascending."""
    _joints: tuple[int, ...]
    r"""Offset in what is shown of the `\n` that stood behind each of them."""

    @classmethod
    def of(cls, text: str, cuts: Sequence[Span] = ()) -> Shown:
        r"""View a text in which no line ending reaches over a border of `cuts`.

        Where one of them begins or ends between `\r` and `\n`, each of the two is an ending of its own.

        Raises:
            ValueError: unless the spans are disjoint, in order and inside the text.
        """
        borders = [0, *(at for span in cuts for at in (span.start, span.end)), len(text)]
        if any(left > right for left, right in pairwise(borders)):
            raise ValueError("spans have to be disjoint, in order and inside the text")
        cut = set(borders)
        found = (crlf.start() for crlf in _CRLF.finditer(text))
        dropped = tuple(at for at in found if at + 1 not in cut)
        starts, ends = (0, *(at + 1 for at in dropped)), (*dropped, len(text))
        kept = "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
        joints = tuple(at - i for i, at in enumerate(dropped))
        return cls(kept.replace("\r", "\n"), dropped, joints)

    def to_shown(self, offset: int) -> int:
        r"""Where an offset of the original is in what is shown.

        Between a `\r` and a `\n` that are shown as one, that is before it.
        """
        return offset - bisect_left(self._dropped, offset)

    def to_original(self, offset: int) -> int:
        r"""Where an offset of what is shown is in the original.

        Never between a `\r` and a `\n` that are shown as one.
        """
        return offset + bisect_left(self._joints, offset)

    def span_to_shown(self, span: Span) -> Span:
        """A span of the original in what is shown."""
        return Span(self.to_shown(span.start), self.to_shown(span.end))

    def span_to_original(self, span: Span) -> Span:
        """A span of what is shown in the original."""
        return Span(self.to_original(span.start), self.to_original(span.end))


def unix(text: str) -> str:
    r"""The text with `\n` for every line ending."""
    return LINE_ENDING.sub("\n", text)


def newline(text: str) -> str:
    r"""The commonest line ending of a text; `\n` where it has none."""
    endings = LINE_ENDING.findall(text)
    return max(("\n", "\r\n", "\r"), key=endings.count)


def written(text: str, old: str, ending: str) -> str:
    """What a model wrote in place of `old`, with `ending` for its line endings.

    `old` itself where both differ in their endings alone: mixed ones that a model repeats are left as they are.
    """
    text = unix(text)
    return old if text == unix(old) else text.replace("\n", ending)
