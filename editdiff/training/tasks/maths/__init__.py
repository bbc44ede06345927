"""Mathematics: a generated document with a number, a side or a step missing, or with a wrong number to be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from editdiff.training.tasks.example import Example
from editdiff.training.tasks.maths import algebra, arithmetic, forms, measure, stories, sums
from editdiff.training.tasks.maths.page import Page, annotated, lay_out
from editdiff.training.tasks.maths.work import Generator, Rng, Work, verify

GENERATORS: tuple[tuple[Generator, float], ...] = (
    (arithmetic.integers, 0.12),
    (arithmetic.decimals, 0.06),
    (arithmetic.fractions, 0.06),
    (arithmetic.chain, 0.08),
    (arithmetic.percentages, 0.06),
    (arithmetic.remainders, 0.03),
    (stories.story, 0.26),
    (algebra.linear, 0.06),
    (algebra.expansion, 0.05),
    (algebra.collection, 0.03),
    (algebra.derivative, 0.03),
    (algebra.evaluation, 0.03),
    (measure.units, 0.05),
    (measure.geometry, 0.04),
    (measure.averages, 0.01),
    (sums.series, 0.02),
    (sums.powers, 0.01),
)
"""What is worked out, and the shares."""
ANNOTATED_SHARE = 0.5
"""Share of the word problems whose results repeat their calculation in angle brackets."""
FORMS: tuple[tuple[Callable[[Page, Rng], Example | None], float], ...] = (
    (forms.side, 0.30),
    (forms.number, 0.15),
    (forms.step, 0.12),
    (forms.copies, 0.08),
    (forms.repair, 0.20),
    (forms.revise, 0.15),
)
"""What is asked, and the shares; a page that has no place for a form is asked for a side."""


def maths(text: str, path: str, rng: np.random.Generator) -> Example:
    """An example of a generated document; of the file nothing is used but whether it has a path."""
    del text
    page, name = write_page(make_work(rng), rng)
    kinds, shares = zip(*FORMS, strict=True)
    form: Callable[[Page, Rng], Example | None] = kinds[int(rng.choice(len(kinds), p=shares))]
    example = form(page, rng) or forms.side(page, rng)
    return replace(example, path=name if path else "")


def make_work(rng: Rng) -> Work:
    """A worked problem of a kind drawn by share, checked."""
    generators, shares = zip(*GENERATORS, strict=True)
    make: Generator = generators[int(rng.choice(len(generators), p=shares))]
    work = make(rng)
    verify(work)
    return work


def write_page(work: Work, rng: Rng) -> tuple[Page, str]:
    """The work as a document, and the document's file name."""
    is_story = all(len(step.sides) == 2 and step.words != "{}" for step in work.steps)
    if is_story and work.title and rng.random() < ANNOTATED_SHARE:
        page = Page(derived=work.derived)
        annotated(page, work, rng)
        return page, "solution.md"
    return lay_out(work, rng)
