r"""Maths in a document: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, environments such as `align`, the role :math:`…`.

One pass; each opening is looked at once, and its end is searched for within a bound only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from editdiff.text.span import Span

MAX_INLINE, MAX_DISPLAY = 1000, 20_000
"""Code points between the two ends."""
_OPENING = re.compile(
    r"""
    (?P<escaped>\\[\\$%]) | (?P<comment>%)
  | \\begin\{(?P<environment>
      (?:equation|align|gather|multline|eqnarray|flalign|alignat|displaymath|math|split|aligned)\*?)\}
  | \\begin\{(?P<verbatim>verbatim|lstlisting|minted|comment|tikzpicture|filecontents)\*?\}
  | \\verb\*?(?P<verb>[^A-Za-z\s*]) | \\(?P<bracket>[\[(]) | :math:(?P<role>`) | (?P<dollars>\$\$?)
    """,
    re.VERBOSE,
)
_BRACKETS = {"[": "\\]", "(": "\\)"}


def formulas(text: str, latex: bool) -> Iterator[tuple[Span, Span, bool]]:
    """Whole span with its marks, inner span, and whether it is maths (else a comment or verbatim text).

    In Markdown and plain text a `$` counts by the rules of pandoc (no white space inside it, no digit
    behind the closing one), so that prices are none; in LaTeX documents every one does.
    """
    at = 0
    while opening := _OPENING.search(text, at):
        at = opening.end()
        found = _formula(text, opening, latex)
        if found:
            yield found
            at = found[0].end


def _formula(text: str, opening: re.Match[str], latex: bool) -> tuple[Span, Span, bool] | None:
    start, end = opening.span()
    group = opening.lastgroup
    if group == "escaped":
        return None
    if group == "comment":
        line = text.find("\n", end) if latex else -1
        return _closed(start, end, line, 0, False) if latex else None
    if group == "environment":
        closing = f"\\end{{{opening[group]}}}"
        return _closed(start, end, text.find(closing, end, end + MAX_DISPLAY), len(closing))
    if group in ("verbatim", "verb"):
        closing = f"\\end{{{opening[group]}" if group == "verbatim" else opening[group]
        limit = len(text) if group == "verbatim" else end + 200
        return (
            _closed(start, end, text.find(closing, end, limit), len(closing), False)
            if latex
            else None
        )
    if group == "bracket":
        closing = _BRACKETS[opening[group]]
        return _closed(start, end, text.find(closing, end, end + MAX_DISPLAY), len(closing))
    if group == "role":
        return _closed(start, end, text.find("`", end, end + MAX_INLINE), 1)
    return _dollars(text, start, end, latex)


def _closed(
    start: int, end: int, found: int, length: int, maths: bool = True
) -> tuple[Span, Span, bool] | None:
    return (Span(start, found + length), Span(end, found), maths) if found >= 0 else None


def _dollars(text: str, start: int, end: int, latex: bool) -> tuple[Span, Span, bool] | None:
    marks = text[start:end]
    found = text.find(marks, end, end + (MAX_INLINE if marks == "$" else MAX_DISPLAY))
    inside = text[end:found] if found > end else ""
    if not inside or "\n\n" in inside:
        return None
    if not latex and marks == "$":
        around = text[start - 1 : start] + text[found + 1 : found + 2]
        if (
            inside[0].isspace()
            or inside[-1] in " \t\n\\"
            or "\n" in inside
            or any(c.isalnum() or c == "$" for c in around)
        ):
            return None
    return _closed(start, end, found, len(marks))
