"""What steps, contexts and products of matrices cost, each beside an autoregressive step of the same weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from editdiff.evaluation.core.table import Table
from editdiff.evaluation.speed.matrix_product import Product
from editdiff.evaluation.speed.timing import Row, interleaved, ratio
from editdiff.families.base import CausalDenoiser
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.tokens.base import FloatArray, IntArray
from editdiff.tokens.canvas import Canvas

CONTEXTS = (128, 256, 512, 1024)
"""Tokens of context, as far as the network takes them; the first one always."""
ENCODED = 256
"""Tokens of the context that is encoded whole; fewer where the network takes fewer."""
KEYSTROKE = 4
"""Tokens that a keystroke encodes: what was typed, `<tail>`, the rest of the line, `<fill>`."""
SHARE_OF_PEAK = 32
"""Places of the step whose share of the peak is told."""
_AR, _ENCODE, _KEY, _PEAK = "step", "encode", "keystroke", "product"


@dataclass(frozen=True)
class SpeedReport:
    """The measurement, run."""

    model: str
    rows: Sequence[Row]
    notes: Sequence[str]
    settings: Mapping[str, Any]
    quality: Sequence[Mapping[str, Any]] = ()
    """Every gap of the comparison with the autoregressive twin."""

    @property
    def table(self) -> Table:
        """For people."""
        header = ("measure", "median", "quartiles", "n", "of")
        title = f"bench: {self.model}; every ratio within one run, repetitions interleaved"
        return Table(title, header, [row.cells for row in self.rows], self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return settings, rows with every value, and every gap."""
        return {
            "benchmark": "speed",
            "model": self.model,
            "settings": dict(self.settings),
            "notes": list(self.notes),
            "rows": [row.to_json() for row in self.rows],
            "quality": list(self.quality),
        }


def step_rows(
    denoiser: CausalDenoiser,
    repeats: int,
    seed: int = 0,
    product: Product | None = None,
    multiply_adds: int = 0,
) -> list[Row]:
    """Canvas steps, encoding and a keystroke, each beside an autoregressive step.

    With a `product`, the last row is the share that a step reaches of its rate; `multiply_adds` are those of
    one place. The ids are random: what they say costs nothing.
    """
    rows: list[Row] = []
    sizes = [size for size in CONTEXTS if size <= max(denoiser.traits.context, CONTEXTS[0])]
    for size in sizes:
        seconds = interleaved(_steps(denoiser, _ids(denoiser, size, seed)), repeats)
        rows += [_step_row(places, size, seconds) for places in denoiser.traits.canvases]
    size = min(ENCODED, sizes[-1])
    calls = _steps(denoiser, ids := _ids(denoiser, size, seed)) | _encoding(denoiser, ids)
    if product is not None:
        calls[_PEAK] = product.run
    seconds = interleaved(calls, repeats)
    rows.append(ratio(f"encode {size} tokens / AR step", seconds, _ENCODE, _AR))
    rows.append(ratio(f"keystroke, {KEYSTROKE} tokens / encode {size}", seconds, _KEY, _ENCODE))
    if product is not None:
        places = denoiser.traits.fitting(SHARE_OF_PEAK)
        rows.append(_share(seconds, product, multiply_adds, size, places))
    return rows


def _ids(denoiser: CausalDenoiser, size: int, seed: int) -> IntArray:
    """[size] ids of text."""
    text = denoiser.tokenizer.special.text_ids
    return text[np.random.default_rng(seed).integers(len(text), size=size)]


def _steps(denoiser: CausalDenoiser, ids: IntArray) -> dict[str, Any]:
    """An autoregressive step, and one of each canvas, after the context `ids` [C]."""
    cache = denoiser.encode(_prompt(denoiser, ids))
    special = denoiser.tokenizer.special
    calls: dict[str, Any] = {_AR: partial(denoiser.extend, cache, ids[:1])}
    for places in denoiser.traits.canvases:
        canvas = Canvas.blank(special, 1, [places], _prompt(denoiser, ids).heads)
        calls[str(places)] = partial(denoiser.propose, cache, canvas)
    return calls


def _encoding(denoiser: CausalDenoiser, ids: IntArray) -> dict[str, Any]:
    """Encoding `ids` [C] whole, and a keystroke behind them."""
    prompt = _prompt(denoiser, ids)
    typed = _prompt(denoiser, np.append(ids, ids[:KEYSTROKE]))
    return {
        _ENCODE: partial(denoiser.encode, prompt),
        _KEY: partial(denoiser.encode, typed, denoiser.encode(prompt)),
    }


def _prompt(denoiser: CausalDenoiser, ids: IntArray) -> Prompt:
    """Ids [C] of text as a context, with the heads that the model's own form has."""
    heads = denoiser.prompt.encode(ContextParts("", ""), 1).heads
    return Prompt.in_order(ids, heads)


def _step_row(places: int, size: int, seconds: Mapping[str, FloatArray]) -> Row:
    what = f"canvas step of {places} / AR step, {size} of context"
    return ratio(what, seconds, str(places), _AR)


def _share(
    seconds: Mapping[str, FloatArray], product: Product, multiply_adds: int, size: int, places: int
) -> Row:
    """Rate of multiply-adds in a step of a canvas of so many places over that of the product alone."""
    step = places * multiply_adds / seconds[str(places)]
    peak = product.multiply_adds / seconds[_PEAK]
    kind = "int8" if product.x.dtype == np.uint8 else "fp32"
    return Row(
        f"canvas step of {places} / {kind} product peak, {size} of context",
        tuple((100 * step / peak).tolist()),
        "%",
        f"{np.median(step) / 1e9:.3g} / {np.median(peak) / 1e9:.3g} G multiply-adds a second",
    )
