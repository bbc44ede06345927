"""JSON whose strings know where they are written, so that a part of one can be rewritten and nothing else."""

from __future__ import annotations

import json
import re
from functools import cached_property
from itertools import accumulate
from json import scanner
from typing import Any

_CHARACTER = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\.|[^\\]"
)
"""What is written for one character: two escapes for one beyond U+FFFF."""


class JsonString(str):
    """What a string says, and where in the JSON it stands; offsets count code points."""

    source: str
    """As it is written, between its quotation marks."""
    start: int
    """Where `source` begins."""

    @property
    def end(self) -> int:
        """Where `source` ends."""
        return self.start + len(self.source)

    def written_at(self, offset: int) -> int:
        """Where in the JSON one of the string's characters is written, or its end."""
        return self.start + self._starts[offset]

    @cached_property
    def _starts(self) -> list[int]:
        """Where in `source` each character begins, and its end."""
        return list(accumulate(map(len, _CHARACTER.findall(self.source)), initial=0))


def parse(text: str) -> Any:
    """What `json.loads` gives, with `JsonString` for strings that are values; keys and integers are plain strings.

    Raises:
        json.JSONDecodeError: when it is not JSON.
        RecursionError: when it is nested too deeply.
    """
    decoder: Any = json.JSONDecoder(parse_int=str)  # an integer of many digits would be refused
    read_string = decoder.parse_string

    def placed(text: str, start: int, strict: bool) -> tuple[JsonString, int]:
        """The string whose first character stands at `start`, and the place behind its quotation mark."""
        value, end = read_string(text, start, strict)
        found = JsonString(value)
        found.source, found.start = text[start : end - 1], start
        return found, end

    decoder.parse_string = placed
    # the one in C asks no hook
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    return decoder.decode(text)


def written(text: str, *, ascii_only: bool) -> str:
    """How a text stands in a string, between its quotation marks."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]
