"""The live view: the gaps resolving in place, in the lines around them, with a counter below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.text import Text

from editdiff.cli.common.render import CONTEXT
from editdiff.engines.base import Place, Sketch
from editdiff.text.lines import LineTable
from editdiff.text.printable import printable
from editdiff.text.span import Span

MASK = "░"
SHOWN_FROM = 0.25
"""A guess below this probability stays a mask: its text would only flicker."""
WIDEST_MASK = 12
"""Most glyphs drawn for one masked place."""
SETTLED, GUESSED, GUTTER = "bold green", "dim green", "dim cyan"
LEFT_OUT = Text(f"{'⋯':>5}", GUTTER)
"""Stands for the lines that are not shown."""
MARGIN = 3
"""Rows kept in sight above and below the place that is watched, where the terminal is too low."""


@dataclass(frozen=True)
class Window:
    """Some whole lines, cut at the gaps in them."""

    first_line: int
    """Counted from 1."""
    still: tuple[str, ...]
    """The text before, between and after its gaps."""


Frame = tuple[Window, ...]
"""The still picture around the gaps, in the order of the text."""


def frame(text: str, gaps: Sequence[Span], context: int = 3) -> Frame:
    """Cut the lines of the gaps, and `context` lines before and after them, out of `text`.

    Gaps share a window where not even two lines between them would be left out: the row that says so
    takes the place of one.
    """
    table = LineTable(text)
    near: list[list[Span]] = []
    shown = 0  # lines before this one are in a window
    for gap in gaps:
        if near and table.position(gap.start).line - context <= shown + 1:
            near[-1].append(gap)
        else:
            near.append([gap])
        shown = table.position(gap.end).line + context + 1
    return tuple(_window(text, table, together, context) for together in near)


def _window(text: str, table: LineTable, gaps: Sequence[Span], context: int) -> Window:
    first = max(0, table.position(gaps[0].start).line - context)
    last = min(len(table) - 1, table.position(gaps[-1].end).line + context)
    starts = [table.start(first), *(gap.end for gap in gaps)]
    ends = [*(gap.start for gap in gaps), table.content(last).end]
    return Window(first + 1, tuple(text[i:j] for i, j in zip(starts, ends, strict=True)))


class Picture(NamedTuple):
    """One moment of a frame, however many rows that takes."""

    rows: list[Text]
    watched: int | None
    """Row of the first place that is not settled, if there is one."""


def picture(frame: Frame, sketch: Sketch | None) -> Picture:
    """Draw the gaps in their numbered lines; None before the first step."""
    gaps = iter(sketch.gaps if sketch else ())
    rows: list[Text] = []
    watched = None
    for window in frame:
        rows += [LEFT_OUT] if rows else []
        body = Text().append(printable(window.still[0]), CONTEXT)
        for still in window.still[1:]:
            drawn, unsettled = gap_text(next(gaps, None))
            if watched is None and unsettled is not None:
                watched = len(rows) + (body.plain + drawn.plain[:unsettled]).count("\n")
            body.append_text(drawn).append(printable(still), CONTEXT)
        rows += [
            Text.assemble((f"{number:>5} │ ", GUTTER), line)
            for number, line in enumerate(body.split("\n", allow_blank=True), window.first_line)
        ]
    return Picture(rows, watched)


def gap_text(places: Sequence[Place] | None) -> tuple[Text, int | None]:
    """Draw a gap, and tell where in it the first place is that is not settled; None: not begun."""
    if places is None:
        return Text(MASK * WIDEST_MASK, GUESSED), 0
    text, unsettled = Text(), None
    for place in places:
        if unsettled is None and not place.committed:
            unsettled = len(text)
        text.append_text(place_text(place))
    return text, unsettled


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
    said = f"      step {sketch.step} · {settled} of {len(sketch.places)} places"
    if sketch.doing:
        said = f"      step {sketch.step} · {sketch.doing}"
    elif len(sketch.gaps) > 1:
        done = sum(all(place.committed for place in gap) for gap in sketch.gaps)
        said += f" · {done} of {len(sketch.gaps)} gaps"
    return Text(said, style=CONTEXT)


def scrolled(top: int, watched: int | None, count: int, height: int) -> int:
    """Return which of `count` rows is shown first, so that `watched` is seen and rows around it.

    `top` was it before: what is in sight stays where it is.
    """
    if watched is not None:
        margin = min(MARGIN, (height - 1) // 2)
        top = max(min(top, watched - margin), watched + margin + 1 - height)
    return max(0, min(top, count - height))


@dataclass
class View:
    """A frame as it is seen through a terminal that may be too low for it."""

    frame: Frame
    top: int = 0
    """First row that is shown."""

    def draw(self, sketch: Sketch | None, height: int) -> Text:
        """Draw the rows around the first place that is not settled, and the counter: `height` rows."""
        rows, watched = picture(self.frame, sketch)
        room = max(1, height - 1)  # the counter takes a row
        self.top = scrolled(self.top, watched, len(rows), room)
        shown = rows[self.top : self.top + room]
        if room > 2:  # with less, the row that is watched would be covered
            shown[:1] = [LEFT_OUT] if self.top else shown[:1]
            shown[-1:] = [LEFT_OUT] if self.top + room < len(rows) else shown[-1:]
        return Text("\n", no_wrap=True, overflow="ellipsis").join([*shown, counter(sketch)])


@contextmanager
def view(console: Console, frame: Frame) -> Iterator[Callable[[Sketch], None]]:
    """Give a callback that redraws in place while inside; it does nothing where no one looks."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield lambda sketch: None
        return
    seen = View(frame)

    def draw(sketch: Sketch | None) -> Text:
        return seen.draw(sketch, console.height - 1)  # rich goes to the row below to erase all

    with Live(draw(None), console=console, auto_refresh=False, transient=True) as screen:
        screen.refresh()
        yield lambda sketch: screen.update(draw(sketch), refresh=True)
