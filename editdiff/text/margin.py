"""The left margin of a gap: the indentation that all lines between its two neighbours have.

A block goes on below a gap where the next line is indented, so a line in the gap that stands further left would close
it and leave that line outside of anything. In Python this is the grammar, in the languages with braces the custom.
"""

from __future__ import annotations

from collections.abc import Iterable
from os.path import commonprefix

LANGUAGES = frozenset(
    (
        "go",
        "java",
        "javascript",
        "javascriptreact",
        "python",
        "rust",
        "typescript",
        "typescriptreact",
    )
)
"""Where lines keep to it; preprocessors, here documents and prose do not."""
_OPENERS = (":", "{", "(", "[")
"""At the end of a line: the next one may be indented by more."""


def margin(before: str, after: str) -> str:
    r"""White space that every line of a gap begins with; empty where that is not known.

    Both texts have `\n` for line endings. Nothing is known of a gap that ends inside a line.
    """
    rest, _, below = after.partition("\n")
    if rest.strip():
        return ""
    own = before.rpartition("\n")[2]
    above = own or _first(reversed(before.split("\n")))
    inner, outer = _white(_first(below.split("\n"))), _white(above)
    shared = commonprefix((outer, inner))
    opens = above.rstrip().endswith(_OPENERS) and shared == outer
    return inner[: len(outer) + 1] if opens else shared


def inside(text: str, left: str) -> str | None:
    """`text` up to the first line further left than `left`; None where there is none.

    The first line goes on with what stands before the text; a line of white space alone counts for nothing.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], 1):
        if line.strip() and not line.startswith(left):
            return "\n".join(lines[:number]).rstrip("\n")
    return None


def may_begin(text: str, left: str) -> bool:
    """Whether lines that begin so may yet keep to the margin; the last one may not be finished."""
    return all(
        line.startswith(left) or (not line.strip() and (number or left.startswith(line)))
        for number, line in enumerate(reversed(text.split("\n")))
    )


def _first(lines: Iterable[str]) -> str:
    """The first line that is more than white space; empty without one."""
    return next((line for line in lines if line.strip()), "")


def _white(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
