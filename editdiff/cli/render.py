"""What the terminal shows: the region resolving in place, then a coloured diff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.text import Text

from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Place, Sketch
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

MASK = "░"
SHOWN_FROM = 0.25
"""A guess below this probability stays a mask: its text would only flicker."""
WIDEST_MASK = 12
"""Most glyphs drawn for one masked place."""

CONTEXT, SETTLED, GUESSED = "dim", "bold green", "dim green"
GUTTER = "dim cyan"
DIFF_STYLES = {"@": "cyan", "-": "red", "+": "green"}
"""By a line's first character."""
DIFF_HEADER = 2
"""Lines naming the two files."""

# files and models may hold terminal control codes; show them as pictures instead of obeying them
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_PICTURES |= {code: 0xFFFD for code in range(0x80, 0xA0)}


@dataclass(frozen=True)
class Frame:
    """The still picture around the gap: a few whole lines, cut at the gap."""

    before: str
    after: str
    first_line: int
    """1-based number of the first line of `before`."""


def frame(text: str, gap: Span, context: int = 3) -> Frame:
    """Cut the lines of the gap, and `context` lines before and after them, out of `text`."""
    table = LineTable(text)
    first = max(0, table.position(gap.start).line - context)
    last = min(len(table) - 1, table.position(gap.end).line + context)
    before, after = Span(table.start(first), gap.start), Span(gap.end, table.content(last).end)
    return Frame(before.slice(text), after.slice(text), first + 1)


def live_text(frame: Frame, sketch: Sketch | None) -> Text:
    """Draw the gap in its lines with numbers and a counter below; None before the first step."""
    body = Text(printable(frame.before), style=CONTEXT)
    for place in sketch.places if sketch else ():
        body.append_text(place_text(place))
    if not (sketch and sketch.places):
        body.append(MASK * WIDEST_MASK, style=GUESSED)
    body.append(printable(frame.after), style=CONTEXT)
    rows = [
        Text.assemble((f"{number:>5} │ ", GUTTER), line)
        for number, line in enumerate(body.split("\n", allow_blank=True), frame.first_line)
    ]
    return Text("\n", no_wrap=True, overflow="ellipsis").join([*rows, counter(sketch)])


def place_text(place: Place) -> Text:
    """Draw one place: settled text, a dim guess, or a mask about as wide as the guess."""
    shown = printable(place.text)
    if place.committed:
        return Text(shown, style=SETTLED)
    # a guessed line break stays masked until it is settled, so that the lines below hold still
    if place.confidence >= SHOWN_FROM and "\n" not in shown:
        return Text(shown, style=GUESSED)
    indent = "" if "\n" in shown else shown[: len(shown) - len(shown.lstrip())]
    width = max(1, min(len(shown.strip()), WIDEST_MASK))
    return Text(indent + MASK * width, style=GUESSED)


def counter(sketch: Sketch | None) -> Text:
    """Say how far the fill has come."""
    if sketch is None:
        return Text("      reading the context", style=CONTEXT)
    settled = sum(place.committed for place in sketch.places)
    return Text(
        f"      step {sketch.step} · {settled} of {len(sketch.places)} places", style=CONTEXT
    )


@contextmanager
def live(console: Console, frame: Frame) -> Iterator[Callable[[Sketch], None]]:
    """Give a callback that redraws in place while inside; it does nothing where no one looks."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield lambda sketch: None
        return
    with Live(live_text(frame, None), console=console, auto_refresh=False, transient=True) as view:
        view.refresh()
        yield lambda sketch: view.update(live_text(frame, sketch), refresh=True)


def diff_text(patch: str) -> Text:
    """Colour a unified diff, control codes made visible."""
    lines = [
        Text(line, style="bold" if row < DIFF_HEADER else DIFF_STYLES.get(line[:1], ""))
        for row, line in enumerate(printable(patch).split("\n"))
    ]
    return Text("\n").join(lines)


def summary(proposal: Proposal, written: str | None) -> Text:
    """Say what the proposal cost and, if so, which file it was written to."""
    effort = proposal.effort
    drafts = f"best of {effort.drafts} drafts · " if effort.drafts > 1 else ""
    unchecked = "" if proposal.checked else f" · not checked: {unknown_language(proposal)}"
    end = f" · written to {written}" if written else ""
    return Text(
        f"{drafts}{effort.nfe} steps · {effort.seconds:.2f} s{unchecked}{end}", style=CONTEXT
    )


def unknown_language(proposal: Proposal) -> str:
    """Say why no checker judged a proposal."""
    language = proposal.before.language
    return f"no grammar for {language}" if language else "language unknown"


def printable(text: str) -> str:
    r"""Return `text` safe to draw: `\r\n` as a line break, other control characters as pictures."""
    return text.replace("\r\n", "\n").translate(_PICTURES)
