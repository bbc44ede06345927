"""Markers: what a user writes where the model shall fill in, such as `???`, `...` or `# TODO: fill`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from editdiff.text.lines import LineTable
from editdiff.text.span import Span

MARKERS = ("???", "TODO: fill", "...")
"""What counts unless the user says otherwise."""

_HASH = ("python", "shellscript", "toml", "yaml")
_SLASHES = (
    "c", "cpp", "go", "java", "javascript", "javascriptreact", "jsonc", "rust", "typescript", "typescriptreact",
)  # fmt: skip
_STAR, _ANGLE = r"/\*.*?\*/", r"<!--.*?-->"
_COMMENTS = {
    **dict.fromkeys(_HASH, (r"#.*",)),
    **dict.fromkeys(_SLASHES, (r"//.*", _STAR)),
    "css": (_STAR,),
    "html": (_ANGLE,),
    "json": (),
    "latex": (r"%.*",),
    "markdown": (_ANGLE,),
}
"""Language identifier to what is a comment within one line."""
_ANY = (r"#.*", r"//.*", _STAR)
"""For a language that is not known."""
_STRING = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'"
_DOCTEST = re.compile(r"\s*(>>>|\.\.\.)")


def find_markers(text: str, markers: Sequence[str] = MARKERS, language: str = "") -> list[Span]:
    """Where the markers stand in a text: disjoint, in order, none of them empty.

    - A marker that begins with a letter counts in a comment, as its first words, together with the comment's
      sign and the rest of the line.
    - `...` counts where it stands alone on its line: a stub's body, not `Tuple[int, ...]`; not in a doctest, nor
      in YAML, where it ends a document.
    - Any other, as `???`, counts outside comments, also in a string, unless it touches a letter, a digit, `_` or
      more of its own signs: `x = ???` and `"???"`, but not `"really???"` or `????`.

    Strings and comments are found line by line: what is inside of one of several lines is taken for code.
    """
    table, found = LineTable(text), list[Span]()
    above = ""
    for number in range(len(table)):
        content = table.content(number)
        line = content.slice(text)
        spans = _of_line(line, above, [marker for marker in markers if marker.strip()], language)
        found += [span.shift(content.start) for span in spans]
        above = line
    return found


def _of_line(line: str, above: str, markers: Iterable[str], language: str) -> list[Span]:
    """Markers of one line; of two that overlap, the one that begins first."""
    comments = list(_comments(line, language))
    spans: list[Span] = []
    for marker in markers:
        if marker == "...":
            if line.strip() == marker and language != "yaml" and not _DOCTEST.match(above):
                spans.append(Span(line.index(marker), line.index(marker) + len(marker)))
        elif marker[0].isalpha():
            spans += [comment for comment in comments if _opens(comment.slice(line), marker)]
        else:
            alone = (Span(*match.span()) for match in _alone(marker).finditer(line))
            spans += [span for span in alone if not any(c.overlaps(span) for c in comments)]
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or kept[-1].end <= span.start:
            kept.append(span)
    return kept


def _comments(line: str, language: str) -> Iterator[Span]:
    """Comments of a line, from the sign to the closing sign or to the end, white space there apart."""
    for match in _lexer(_COMMENTS.get(language, _ANY)).finditer(line):
        if match["comment"] is not None:
            yield Span(match.start(), match.start() + len(match[0].rstrip()))


@cache
def _lexer(comments: tuple[str, ...]) -> re.Pattern[str]:
    """Strings, and comments whose sign does not stand inside of something, as the `#` of `${#x}` does."""
    either = "|".join(comments) or "(?!)"
    return re.compile(_STRING + r"|(?<![\w${])(?P<comment>" + either + ")", re.DOTALL)


def _opens(comment: str, marker: str) -> bool:
    """Whether a comment's first words are the marker's."""
    words = re.sub(r"^\W+", "", comment)
    return words.startswith(marker) and not re.match(r"\w", words[len(marker) :])


@cache
def _alone(marker: str) -> re.Pattern[str]:
    touching = rf"[\w{re.escape(marker[0])}]", rf"[\w{re.escape(marker[-1])}]"
    return re.compile(rf"(?<!{touching[0]}){re.escape(marker)}(?!{touching[1]})")
