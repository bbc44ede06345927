"""What is asked of a page: a side, a number or a step to be filled in, or a wrong number to be put right."""

from __future__ import annotations

from fractions import Fraction

from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.faults.source import pick
from editdiff.training.tasks.maths.page import NUMBER, Page, Side
from editdiff.training.tasks.maths.work import Rng

UNCHANGED_SHARE = 0.15
"""Share of the repairs with nothing to repair: `old` is the target."""
MOST_LINES = 4
"""Lines of a region that holds all copies of a wrong number."""
MOST_COPIES = 4
TRIES = 12


def side(page: Page, rng: Rng) -> Example:
    """A right side is missing, sometimes with all that follow it in a chain."""
    chosen = pick(rng, [s for s in page.sides if s.rank])
    last = [s for s in page.sides if s.step == chosen.step][-1]
    to_the_end = rng.random() < 0.5
    return _gaps(page, Span(chosen.span.start, (last if to_the_end else chosen).span.end))


def number(page: Page, rng: Rng) -> Example | None:
    """One number is missing."""
    numbers = page.numbers(pick(rng, page.sides))
    return _gaps(page, pick(rng, numbers)) if numbers else None


def step(page: Page, rng: Rng) -> Example | None:
    """A whole equation is missing that follows from the one before or from its sentence."""
    steps = {s.step for s in page.sides if s.step in page.told or (page.derived and s.step)}
    if not steps:
        return None
    chosen = pick(rng, sorted(steps))
    own = [s.span for s in page.sides if s.step == chosen]
    return _gaps(page, Span(own[0].start, own[-1].end))


def copies(page: Page, rng: Rng) -> Example | None:
    """A result is missing wherever it stands, there and in later steps."""
    result = pick(rng, [s for s in page.sides if s.is_result])
    text = result.span.slice(page.text)
    later = [s for s in page.sides if s.step > result.step or (s.step == result.step and s.rank)]
    copies = [n for s in later for n in page.numbers(s) if n.slice(page.text) == text]
    return _gaps(page, *copies[:MOST_COPIES]) if len(copies) > 1 and len(text) > 1 else None


def repair(page: Page, rng: Rng) -> Example | None:
    """A region is shown as `old` in which a number and its copies are wrong; in 15 % none is."""
    region, old = _spoiled(page, rng, same_length=False)
    if not old:
        return None
    if rng.random() < UNCHANGED_SHARE:
        old = region.slice(page.text)
    return Example("maths", page.text, (region,), old=old)


def revise(page: Page, rng: Rng) -> Example | None:
    """The canvas starts from a region in which a number and its copies are wrong, with as many digits."""
    region, draft = _spoiled(page, rng, same_length=True)
    return Example("maths", page.text, (region,), draft=draft) if draft else None


def _gaps(page: Page, *gaps: Span) -> Example:
    return Example("maths", page.text, gaps)


def _spoiled(page: Page, rng: Rng, same_length: bool) -> tuple[Span, str]:
    """A region, and its text with a wrong number; no text where none was found."""
    for _ in range(TRIES):
        chosen = pick(
            rng, [s for s in page.sides if s.is_result or rng.random() < 0.4] or page.sides
        )
        numbers = page.numbers(chosen)
        if not numbers:
            continue
        text = pick(rng, numbers).slice(page.text)
        here, later = _copies(page, chosen, text)
        if not here:  # twice on one side: 7 - 7 would be as right as 4 - 4
            continue
        with_later = bool(later) and rng.random() < 0.4
        region = _region(page, [*here, *(later if with_later else [])], rng)
        new = wrong_number(text, rng, same_length)
        if new:
            inside = [span for span in here + later if region.contains(span)]
            edits = tuple(TextEdit(span.shift(-region.start), new) for span in inside)
            return region, Edits(edits).apply(region.slice(page.text))
    return Span(0, 0), ""


def _copies(page: Page, chosen: Side, text: str) -> tuple[list[Span], list[Span]]:
    """Where a number stands on the same hand of its equation, and in later steps if it is a result.

    None at all where a side holds it twice.
    """
    here: list[Span] = []
    later: list[Span] = []
    for other in page.sides:
        same_hand = other.step == chosen.step and bool(other.rank) == bool(chosen.rank)
        goes_on = other.step > chosen.step and chosen.is_result and len(text) > 1
        copies = [n for n in page.numbers(other) if n.slice(page.text) == text]
        if same_hand and len(copies) > 1:
            return [], []
        here += copies if same_hand else []
        later += copies if goes_on else []
    return here, later


def _region(page: Page, spans: list[Span], rng: Rng) -> Span:
    """The lines that hold the spans, or no more than the sides that hold them; the first few if they are many."""
    if rng.random() < 0.25:
        touched = [s.span for s in page.sides if any(s.span.contains(span) for span in spans[:1])]
        return touched[0]
    start = page.text.rfind("\n", 0, spans[0].start) + 1
    end = start
    for _ in range(MOST_LINES):
        line_end = page.text.find("\n", end + (end > start))
        end = len(page.text) if line_end < 0 else line_end
        if end >= spans[-1].end:
            break
    line = page.text[start:end]
    return Span(start + len(line) - len(line.lstrip()), end)


def wrong_number(text: str, rng: Rng, same_length: bool) -> str:
    """A number that is easily written instead of this one; empty where none as long was found."""
    for _ in range(TRIES):
        new = _slip(text, rng)
        padded = len(new) > 1 and new[0] == "0" and new[1] != "."
        if not NUMBER.fullmatch(new) or padded or Fraction(new) == Fraction(text):
            continue
        if len(new) == len(text) or not same_length:
            return new
    whole, point, rest = text.partition(".")
    next_one = f"{int(whole) + 1}{point}{rest}"
    return "" if same_length and len(next_one) != len(text) else next_one


def _slip(text: str, rng: Rng) -> str:
    """A digit changed, two swapped, one lost or doubled, or the number a little larger or smaller."""
    i = int(rng.integers(len(text)))
    kind = rng.random()
    if kind < 0.5:
        return text[:i] + str(int(rng.integers(10))) + text[i + 1 :] if text[i] != "." else text
    if kind < 0.65:
        return text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]
    if kind < 0.75:
        return text[:i] + text[i + 1 :]
    if kind < 0.8:
        return text[: i + 1] + text[i:]
    if "." in text:
        return text
    return str(abs(int(text) + pick(rng, [-10, -2, -1, 1, 2, 10])))
