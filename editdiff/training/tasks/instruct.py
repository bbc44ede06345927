"""Rewriting by instruction: a program transformation, its text before, and what was asked for.

The target is the text afterwards; what stands around it is the same before and after.
"""

from __future__ import annotations

import numpy as np

from editdiff.text.span import Span
from editdiff.training.tasks.example import Example

WIDER = 0.3
"""Share of the regions that go beyond the lines that change: a whole statement, or a short function."""


def instruct(text: str, path: str, rng: np.random.Generator) -> Example | None:
    """A transformation at one place of the file, in a direction drawn for its kind.

    Exact pairs only: `editdiff.training.transforms` says for each kind why, or under which conditions. None where
    the file has no place for any.

    Raises:
        MissingDependencyError: when libcst is not installed.
    """
    from editdiff.training.transforms.change import changes
    from editdiff.training.transforms.kinds import KINDS, phrase

    possible = changes(text)
    if not possible:
        return None
    kinds = sorted({change.kind for change in possible})
    name = kinds[int(rng.integers(len(kinds)))]
    same = [change for change in possible if change.kind == name]
    change, kind = same[int(rng.integers(len(same)))], KINDS[name]
    span = change.span
    if change.wider and rng.random() < WIDER:
        span = change.wider[int(rng.integers(len(change.wider)))]
    author = span.slice(text)
    new = (
        author[: change.span.start - span.start]
        + change.text
        + author[change.span.end - span.start :]
    )
    if kind.is_backward(rng):
        ask = phrase(kind.backward, change.words, rng)
        return Example("instruct", text, (span,), path, old=new, ask=ask)
    after = text[: span.start] + new + text[span.end :]
    gap = Span(span.start, span.start + len(new))
    return Example(
        "instruct", after, (gap,), path, old=author, ask=phrase(kind.forward, change.words, rng)
    )
