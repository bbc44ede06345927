"""From an example to a row of ids: context, target, and for in-place revision what the canvas starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from editdiff.prompt.base import ContextParts
from editdiff.prompt.sections import Sections
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray, Tokenizer
from editdiff.training.tasks.example import Example

LONG = 40
"""Tokens; a longer target is cut in half of the cases, as the engine goes on behind a full canvas."""


@dataclass(frozen=True)
class Row:
    """One training row before noise."""

    context: IntArray
    """[C]"""
    target: IntArray
    """[N] the tokens of each gap and its `<end>`; the sentinels are added with the canvas."""
    draft: IntArray | None = None
    """[N] what the canvas starts from instead of masks, for in-place revision."""


def make_row(tokenizer: Tokenizer, example: Example, budget: int) -> Row:
    """Encode the text around and in the gaps, each part by itself; `budget` as in `encode_context`.

    A draft that is not as long in tokens as its target is left out: then the canvas starts from masks.
    """
    parts = ContextParts.around(example.text, example.gaps, example.path)
    parts = replace(parts, old=example.old, ask=example.ask)
    target: list[int] = []
    for text in example.targets:
        target += [*tokenizer.encode(text), tokenizer.special.end]
    row = Row(Sections(tokenizer).ids(parts, budget), np.array(target, dtype=np.int64))
    if example.draft is None:
        return row
    draft = [*tokenizer.encode(example.draft), tokenizer.special.end]
    return replace(row, draft=np.array(draft)) if len(draft) == len(target) else row


def gone_on(tokenizer: Tokenizer, example: Example, rng: np.random.Generator) -> Example:
    """The example, or with a long target in half of the cases the same with its beginning already written."""
    gap, target = example.gaps[-1], example.targets[-1]
    ids = tokenizer.encode(target) if example.draft is None and len(example.gaps) == 1 else []
    if len(ids) <= LONG or rng.random() < 0.5:
        return example
    try:
        done = tokenizer.decode_bytes(ids[: int(rng.integers(1, len(ids)))]).decode()
    except UnicodeDecodeError:  # cut inside a character
        return example
    return replace(example, gaps=(Span(gap.start + len(done), gap.end),))
