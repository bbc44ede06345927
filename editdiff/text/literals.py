"""Strings and comments of a text, by its language: told by their signs alone, whether or not the text parses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from editdiff.text.span import Span

_HASH = ("python", "shellscript", "toml", "yaml")
_SLASHES = (
    "c", "cpp", "go", "java", "javascript", "javascriptreact", "jsonc", "rust", "typescript", "typescriptreact",
)  # fmt: skip
_STAR, _ANGLE = r"(?s:/\*.{0,20000}?\*/)", r"(?s:<!--.{0,20000}?-->)"
_COMMENTS = {
    **dict.fromkeys(_HASH, (r"#[^\r\n]*",)),
    **dict.fromkeys(_SLASHES, (r"//[^\r\n]*", _STAR)),
    "css": (_STAR,),
    "html": (_ANGLE,),
    "json": (),
    "latex": (r"%[^\r\n]*",),
    "markdown": (_ANGLE,),
    "sql": (r"--[^\r\n]*", _STAR),
}
"""Language identifier to what is a comment within one line."""
_ANY = (r"#[^\r\n]*", r"//[^\r\n]*", _STAR)
"""For a language that is not known."""
CODE = {*_HASH, *_SLASHES, "css", "json", "sql"}
"""Languages in which what stands in quotation marks is a string, and no prose."""
_STRING = r'"(?:\\.|[^"\\\r\n])*"'
_SINGLE = r"'(?:\\.|[^'\\\r\n])*'"
_TRIPLE = r'"""(?s:\\.|[^\\])*?"""' + r"|'''(?s:\\.|[^\\])*?'''"
_LONG = {
    **dict.fromkeys(("python", "toml"), _TRIPLE),
    **dict.fromkeys(
        ("go", "javascript", "javascriptreact", "typescript", "typescriptreact"),
        r"`(?s:\\.|[^`\\])*`",
    ),
}
"""Language identifier to its strings of several lines."""
_CHARACTER = r"'(?:\\.|[^'\\\r\n])'"
"""What stands for `_SINGLE` in Rust, where a lifetime has one quotation mark."""


@dataclass(frozen=True)
class Literal:
    """A string or a comment."""

    start: int
    """In code points, as `end`; below 0 where it is counted from a line's start and begins before that."""
    end: int
    comment: bool
    """Whether it is a comment of one line, which a marker may open."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)

    def shift(self, by: int) -> Literal:
        """The same, moved."""
        return Literal(self.start + by, self.end + by, self.comment)

    def covers(self, at: int) -> bool:
        """Whether it holds what begins at an offset and does not open it."""
        return self.start < at < self.end


def literals(text: str, language: str) -> Iterator[Literal]:
    """Strings and comments, in the order of the text; comments without the white space at their end.

    Of prose only the comments. What is not closed where it must be is none.
    """
    for match in _lexer(language).finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        piece = match[0].rstrip() if kind == "comment" else match[0]
        single = kind == "comment" and not re.search(r"[\r\n]", piece)
        yield Literal(match.start(), match.start() + len(piece), single)


@cache
def _lexer(language: str) -> re.Pattern[str]:
    """Strings, and comments whose sign does not stand inside of something, as the `#` of `${#x}` does."""
    comments = "|".join(_COMMENTS.get(language, _ANY)) or "(?!)"
    parts = [rf"(?<![\w${{])(?P<comment>{comments})"]
    quoted = (_STRING, _CHARACTER if language == "rust" else _SINGLE)
    if language in CODE:
        parts.insert(0, f"(?P<string>{'|'.join(filter(None, (_LONG.get(language), *quoted)))})")
    else:  # they hide the sign of a comment and nothing else
        parts.insert(0, f"(?:{'|'.join(quoted)})")
    return re.compile("|".join(parts))
