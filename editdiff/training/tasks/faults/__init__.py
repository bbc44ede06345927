"""Faults for Python source: kinds, their shares, and what they do to the syntax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.training.tasks.faults import marks, naming, operators, values, whole_lines
from editdiff.training.tasks.faults.source import Fault, Site, Source, pick, read

LINES_TRIED, KINDS_TRIED = 24, 6
"""How many lines are tried for a kind, and how many kinds, before a file is given up."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    inject: Fault
    share: float
    """How often it is tried, relative to the others."""
    keeps_syntax: bool | None
    """Whether a whole statement still parses afterwards: always, never, or (None) it depends."""
    whole_lines: bool = False
    """Whether it needs more room than the line's content."""

    @property
    def name(self) -> str:
        """Name of its function."""
        return self.inject.__name__


KINDS = (
    Kind(operators.comparison, 0.11, True),
    Kind(operators.arithmetic, 0.10, True),
    Kind(operators.augmented, 0.03, True),
    Kind(operators.boolean, 0.05, True),
    Kind(operators.membership, 0.04, True),
    Kind(operators.negation, 0.03, True),
    Kind(operators.equals, 0.03, None),
    Kind(operators.operands, 0.05, True),
    Kind(operators.term_dropped, 0.05, True),
    Kind(operators.term_added, 0.03, True),
    Kind(values.number, 0.07, True),
    Kind(values.constant, 0.04, True),
    Kind(values.bound, 0.08, True),
    Kind(values.sliced, 0.04, True),
    Kind(values.arguments, 0.04, True),
    Kind(values.call_dropped, 0.03, True),
    Kind(values.keyword_missing, 0.03, True),
    Kind(values.control, 0.02, True),
    Kind(naming.variable, 0.10, True),
    Kind(naming.attribute, 0.05, True),
    Kind(naming.opposite, 0.04, True),
    Kind(naming.exception, 0.01, True),
    Kind(naming.self_missing, 0.03, True),
    Kind(naming.typo, 0.03, True),
    Kind(naming.keyword_typo, 0.02, None),
    Kind(marks.bracket, 0.04, False),
    Kind(marks.colon, 0.02, False),
    Kind(marks.comma, 0.03, None),
    Kind(marks.quote, 0.02, None),
    Kind(whole_lines.line_dropped, 0.09, None, whole_lines=True),
    Kind(whole_lines.line_doubled, 0.06, None, whole_lines=True),
    Kind(whole_lines.lines_swapped, 0.06, None, whole_lines=True),
    Kind(whole_lines.indentation, 0.09, None, whole_lines=True),
)
"""Every kind of fault."""
IN_LINE = tuple(kind for kind in KINDS if not kind.whole_lines)
"""The kinds that change nothing but a line's content."""


@dataclass(frozen=True)
class Injected:
    """A fault, the line it was made in, and its kind."""

    site: Site
    edit: TextEdit
    kind: Kind


def inject(
    source: Source, rng: np.random.Generator, kinds: tuple[Kind, ...] = KINDS
) -> Injected | None:
    """A fault of a kind drawn by share, at a random line that has room for it."""
    for _ in range(KINDS_TRIED):
        kind = draw(kinds, rng)
        for _ in range(LINES_TRIED):
            site = source.draw(rng)
            edit = attempt(kind, site, rng)
            if edit is not None:
                return Injected(site, edit, kind)
    return None


def inject_at(
    site: Site, rng: np.random.Generator, kinds: tuple[Kind, ...] = IN_LINE
) -> Injected | None:
    """A fault in this very line."""
    for _ in range(LINES_TRIED):
        kind = draw(kinds, rng)
        edit = attempt(kind, site, rng)
        if edit is not None:
            return Injected(site, edit, kind)
    return None


def attempt(kind: Kind, site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The fault's edit, if the line has room for it and it changes the text."""
    edit = kind.inject(site, rng)
    same = edit is None or edit.text == edit.span.slice(site.source.text)
    return None if same else edit


def draw(kinds: tuple[Kind, ...], rng: np.random.Generator) -> Kind:
    """One of the kinds by its share."""
    at = rng.random() * sum(kind.share for kind in kinds)
    for kind in kinds:
        at -= kind.share
        if at < 0:
            return kind
    return kinds[-1]


__all__ = [
    "IN_LINE",
    "KINDS",
    "Injected",
    "Kind",
    "Site",
    "Source",
    "draw",
    "inject",
    "inject_at",
    "pick",
    "read",
]
