"""Faults of whole lines: lost, doubled, in the wrong order, wrongly indented."""

from __future__ import annotations

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import Site, pick


def line_dropped(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The line is lost."""
    after = site.source.after(site.line)
    return TextEdit(Span(site.line.start, after.start), "") if after else None


def line_doubled(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The line stands there twice."""
    after = site.source.after(site.line)
    if after is None:
        return None
    return TextEdit(Span(after.start, after.start), site.source.text[site.line.start : after.start])


def lines_swapped(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The line stands behind the one that follows it."""
    text, after = site.source.text, site.source.after(site.line)
    if after is None or not after.slice(text).strip() or after.slice(text) == site.line.slice(text):
        return None
    between = text[site.line.end : after.start]
    new = after.slice(text) + between + site.line.slice(text)
    return TextEdit(Span(site.line.start, after.end), new)


def indentation(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The line one level too deep or not deep enough, or by one space."""
    indent = Span(site.line.start, site.content.start)
    old = indent.slice(site.source.text)
    level = "\t" if old.startswith("\t") else "    "
    choices = [old + level, old + level]
    if old:
        choices += [old[: -len(level)], old[: -len(level)], old[:-1]]
        choices += [old + " "] if level != "\t" else []
    return TextEdit(indent, pick(rng, choices))
