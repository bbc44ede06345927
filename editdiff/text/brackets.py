"""Which bracket of a text closes which, told by their signs alone, whether or not the text parses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from editdiff.text.literals import literals

BRACKETS = {"(": ")", "[": "]", "{": "}"}
_BRACKET = re.compile(r"[()\[\]{}]")


def brackets(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Offset and sign of each bracket that stands in no string and no comment, in the order of the text."""
    hidden = literals(text, language)
    literal = next(hidden, None)
    for match in _BRACKET.finditer(text):
        while literal is not None and literal.end <= match.start():
            literal = next(hidden, None)
        if literal is None or match.start() < literal.start:
            yield match.start(), match[0]


def partners(text: str, language: str) -> dict[int, int]:
    """Offset of each bracket to that of its partner, both ways; one without a partner is left out.

    What closes another bracket than the last one opened is passed over.
    """
    pairs: dict[int, int] = {}
    opened: list[tuple[int, str]] = []
    for at, mark in brackets(text, language):
        if mark in BRACKETS:
            opened.append((at, BRACKETS[mark]))
        elif opened and opened[-1][1] == mark:
            start, _ = opened.pop()
            pairs[start], pairs[at] = at, start
    return pairs


def unpaired(text: str, language: str) -> tuple[list[int], list[int]]:
    """Offsets of the brackets of a part of a text that close nothing in it, and of those never closed in it."""
    closing: list[int] = []
    opened: list[int] = []
    for at, mark in brackets(text, language):
        if mark in BRACKETS:
            opened.append(at)
        elif opened and BRACKETS[text[opened[-1]]] == mark:
            opened.pop()
        else:
            closing.append(at)
    return closing, opened
