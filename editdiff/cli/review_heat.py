"""The heat-map: lines of a document, each token on a background as strong as the model's doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.text import Text

from editdiff.cli.common.live import GUTTER, LEFT_OUT
from editdiff.edits.review import Review
from editdiff.engines.base import Doubt
from editdiff.text.printable import printable
from editdiff.text.span import Span

CONTEXT = 2
"""Lines shown above and below a place."""
MISSING = "·"
"""Drawn where something may be missing."""
SHADES: tuple[tuple[float, str, str], ...] = (
    (0.40, "bold white on #b01010", "bold white on red"),
    (0.20, "white on #8a2a10", "white on red"),
    (0.10, "white on #6b4410", "black on yellow"),
    (0.05, "white on #4a4420", "yellow"),
    (0.00, "underline", "underline"),
)
"""From which probability on, and how: where there are many colours, and where there are 16."""
WIDEST = 500
"""Most characters of a line that are drawn."""
LEAST = 0.05
"""Least probability of a place that is drawn without being marked."""


def heat_map(review: Review, marked: Collection[Doubt], screen: Console, whole: bool) -> Text:
    """Draw the lines around the `marked` places, or the `whole` of what was judged.

    Where there are no colours, `marked` places stand in ‹angle quotes›. In a notebook `3:12` is a line of cell 3.
    """
    text = review.document.text
    table, drawn = review.table, defaultdict[int, list[Doubt]](list)
    near: set[int] = set()
    findings = {doubt for doubt in review.findings if doubt.probability >= LEAST}
    for doubt in review.doubts:
        line = review.line(doubt)
        if doubt in marked:
            near.update(range(line - CONTEXT, line + CONTEXT + 1))
        if doubt in marked or doubt in findings:
            drawn[line].append(doubt)
    wanted = {line.line for line in review.lines()} if whole else near & set(range(len(table)))
    rows: list[Text] = []
    for line in sorted(wanted):
        if rows and line - 1 not in wanted:
            rows.append(LEFT_OUT)
        content = _shown(table.content(line), drawn[line], marked)
        body = _line(text, content, drawn[line], marked, screen)
        cell, number = review.numbered(line)
        label = f"{cell}:{number}" if cell else f"{number}"
        rows.append(Text.assemble((f"{label:>5} │ ", GUTTER), body))
    return Text("\n").join(rows)


def _shown(line: Span, doubts: Sequence[Doubt], marked: Collection[Doubt]) -> Span:
    """What is drawn of a line: of a long one the surroundings of its first marked place."""
    if line.length <= WIDEST:
        return line
    first = next((doubt.span.start for doubt in doubts if doubt in marked), line.start)
    start = max(line.start, min(first - WIDEST // 2, line.end - WIDEST))
    return Span(start, start + WIDEST)


def _line(
    text: str, line: Span, doubts: Sequence[Doubt], marked: Collection[Doubt], screen: Console
) -> Text:
    row, at = Text(), line.start
    for doubt in doubts:
        # a token may begin or end with line breaks: only what stands on this line is drawn
        start, end = max(doubt.span.start, line.start), min(doubt.span.end, line.end)
        row.append(printable(text[at:start]))
        shown = printable(text[start:end])
        row.append_text(_token(shown, doubt, doubt in marked, screen))
        at = max(start, end)
    return row.append(printable(text[at : line.end]))


def _token(shown: str, doubt: Doubt, marked: bool, screen: Console) -> Text:
    if screen.no_color or screen.color_system is None:
        return Text(f"‹{shown}›" if marked else shown)
    many, few = next(shade[1:] for shade in SHADES if doubt.probability >= shade[0])
    style = few if screen.color_system in ("standard", "windows") else many
    return Text(shown or MISSING, style)
