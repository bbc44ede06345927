"""A document as an editor holds it: an array of code units, changed by ranges.

Written apart from `editdiff.text`, which is judged by it.
"""

import re
from collections.abc import Iterable, Sequence

from lsprotocol import types as lsp

CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""Codec of an array, and bytes of a unit, for each position encoding of the protocol."""
CR, LF = 13, 10


class Buffer:
    """Text, version and selections of one open document."""

    def __init__(
        self, uri: str, marked: str, language: str, encoding: str = "utf-16", version: int = 1
    ) -> None:
        """`«»` marks selections, `ˇ` cursors; they are no part of the text."""
        self.uri = uri
        self.language = language
        self.version = version
        self.encoding = encoding
        self._codec, self._width = CODECS[encoding]
        *parts, rest = re.split("([«»ˇ])", marked)
        borders, text = [], ""
        for part, mark in zip(parts[::2], parts[1::2], strict=True):
            text += part
            borders += [len(self._encode(text))] * (2 if mark == "ˇ" else 1)
        self._units = self._encode(text + rest)
        pairs = zip(borders[::2], borders[1::2], strict=True)
        self.ranges = [self.range(start, end) for start, end in pairs]
        """What was marked, as the positions were when it was opened."""

    @property
    def text(self) -> str:
        """The text as it is now."""
        return b"".join(n.to_bytes(self._width, "little") for n in self._units).decode(self._codec)

    @property
    def borders(self) -> list[int]:
        r"""Places between two characters, none of them inside of `\r\n`: where a cursor can stand."""
        places, at = [0], 0
        for character in re.findall(r"\r\n|.", self.text, re.DOTALL):
            at += len(self._encode(character))
            places.append(at)
        return places

    def index(self, place: lsp.Position) -> int:
        """Units before a place, which may lie past the end of its line or of the text."""
        lines = self._lines()
        if place.line >= len(lines):
            return len(self._units)
        start, end = lines[place.line]
        return min(start + place.character, end)

    def place(self, index: int) -> lsp.Position:
        """The place before unit `index`."""
        lines = [start for start, _ in self._lines() if start <= index]
        return lsp.Position(len(lines) - 1, index - lines[-1])

    def range(self, start: int, end: int) -> lsp.Range:
        """The range between two indices."""
        return lsp.Range(self.place(start), self.place(end))

    def length(self, text: str) -> int:
        """Units of a text."""
        return len(self._encode(text))

    def slice(self, where: lsp.Range) -> str:
        """What stands in a range."""
        return self._decode(self._units[self.index(where.start) : self.index(where.end)])

    def begin_version(self) -> None:
        """The text has changed, and the server is about to be told."""
        self.version += 1

    def replace(self, where: lsp.Range, text: str) -> lsp.TextDocumentContentChangePartial:
        """Put a text in the place of a range; return this as the notification tells it."""
        self._units[self.index(where.start) : self.index(where.end)] = self._encode(text)
        return lsp.TextDocumentContentChangePartial(text=text, range=where)

    def apply(self, edits: Iterable[lsp.TextEdit]) -> list[lsp.TextDocumentContentChangePartial]:
        """Apply edits that all count in the text as it is now, the last first, as editors do."""
        ordered = sorted(edits, key=lambda edit: self.index(edit.range.start))
        ends = [self.index(edit.range.end) for edit in ordered]
        starts = [self.index(edit.range.start) for edit in ordered]
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False)), (
            "they overlap"
        )
        return [self.replace(edit.range, edit.new_text) for edit in reversed(ordered)]

    def _encode(self, text: str) -> list[int]:
        data, width = text.encode(self._codec), self._width
        return [int.from_bytes(data[i : i + width], "little") for i in range(0, len(data), width)]

    def _decode(self, units: Sequence[int]) -> str:
        return b"".join(n.to_bytes(self._width, "little") for n in units).decode(self._codec)

    def _lines(self) -> list[tuple[int, int]]:
        """Start and end of the content of each line."""
        lines, start, i = [], 0, 0
        while i < len(self._units):
            if self._units[i] not in (CR, LF):
                i += 1
                continue
            lines.append((start, i))
            i += 2 if self._units[i : i + 2] == [CR, LF] else 1
            start = i
        return [*lines, (start, i)]
