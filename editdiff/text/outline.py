"""What of a file is worth showing to somebody who edits another one: the definitions that he names, briefly.

Definitions are told by indentation: one begins at a line in the first column, and has all lines up to the next.
So no parser is needed, and a file that does not parse has an outline as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from editdiff.text.imports import SCRIPTS

SHORT = 12
"""Lines of a definition that is shown whole."""
EXPORTS = "__all__"
"""What a module of Python hands on: every one may have it, and it tells nothing."""
_NAMES = re.compile(r"[^\W\d]\w*")
_PYTHON = re.compile(
    r"(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=(?!=)"
)
_SCRIPT = re.compile(
    r"(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
    r"(?P<kind>function\*?|class|interface|type|enum|const|let|var)[ \t]+(\w+)"
)
_GO = re.compile(r"(?P<kind>func|type|var|const)[ \t]+(?:\([^)\n]*\)[ \t]*)?(\w+)")
_RUST = re.compile(
    r"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:(?:async|unsafe|const)[ \t]+)*"
    r"(?P<kind>fn|struct|enum|trait|type|const|static)[ \t]+(\w+)"
)
_DEFINES = {"python": _PYTHON, "go": _GO, "rust": _RUST} | dict.fromkeys(SCRIPTS, _SCRIPT)
_INSIDE = ("class", "interface", "type", "enum", "struct", "trait")
"""Definitions whose parts are shown, too."""
_OPENS, _CLOSES = "([{", ")]}"


def words(text: str) -> set[str]:
    """All names in a text."""
    return set(_NAMES.findall(text))


def mentioned(text: str, names: Sequence[Collection[str]], language: str) -> str | None:
    """The definitions of a text with names of the first collection, then of the second, and so on.

    Of long ones what is inside them is left out. None in a language whose definitions are not known; empty where
    none is named.
    """
    if language not in _DEFINES:
        return None
    blocks = [each for each in _blocks(text, _DEFINES[language]) if each.name != EXPORTS]
    told = dict.fromkeys(block for group in names for block in blocks if block.name in group)
    return "\n".join("\n".join(block.brief()) for block in told)


@dataclass(frozen=True)
class _Block:
    """A definition in the first column."""

    name: str
    kind: str
    """The word that opens it; empty for an assignment."""
    lines: tuple[str, ...]

    def brief(self) -> list[str]:
        """All of a short one; of a long one the header, and of a class the headers inside it."""
        if len(self.lines) <= SHORT:
            return [*self.lines]
        inner = next((_depth(line) for line in self.lines[1:] if _depth(line)), 0)
        deepest = inner if self.kind in _INSIDE else 0
        return [*_headers(self.lines, deepest)] if self.kind else [*self.lines[:SHORT]]


def _blocks(text: str, defines: re.Pattern[str]) -> Iterator[_Block]:
    """Definitions in the first column, each with the decorators before it."""
    pending: list[str] = []
    name = kind = ""
    for line in text.split("\n"):
        opens = line[:1].strip() and line[0] not in _CLOSES + "#"
        if opens and not (pending and pending[-1].startswith("@") and not name):
            if name:
                yield _Block(name, kind, _trimmed(pending))
            pending, name, kind = [], "", ""
        if found := defines.match(line):
            name = name or next(group for group in found.groups()[1:] if group)
            kind = found["kind"] or ""
        pending.append(line)
    if name:
        yield _Block(name, kind, _trimmed(pending))


def _headers(lines: Sequence[str], deepest: int) -> Iterator[str]:
    """Lines that are indented by no more than `deepest`, and what they leave open in brackets; no docstrings."""
    open_, quote = 0, ""
    for line in lines:
        text = line.strip()
        if quote:
            quote = "" if quote in text else quote
            continue
        if not open_ and text[:3] in ('"""', "'''"):
            quote = text[:3] if text.count(text[:3]) < 2 else ""
            continue
        if text and (open_ > 0 or _depth(line) <= deepest):
            yield line
            braces = 1 if text.endswith("{") else 0  # a body, and no list of parameters
            opened = sum(text.count(each) for each in _OPENS) - braces
            open_ = max(0, open_ + opened - sum(text.count(each) for each in _CLOSES))


def _depth(line: str) -> int:
    """Columns of white space before a line's text; 0 for an empty one."""
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines without empty ones and comments at the end: these belong to what follows."""
    last = len(lines)
    while last and (not lines[last - 1].strip() or lines[last - 1].startswith(("#", "//", "/*"))):
        last -= 1
    return tuple(lines[:last])
