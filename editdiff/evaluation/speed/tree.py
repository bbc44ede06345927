"""What a model without a canvas costs: rows written at once behind a context, and encoding it.

Such a model drafts, verifies and types on by writing rows into the tree behind a context (`TreeDenoiser.write`), so
what one step is worth depends on how much dearer several rows are than one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from editdiff.evaluation.speed.matrix_product import Product
from editdiff.evaluation.speed.timing import Row, interleaved, milliseconds, ratio
from editdiff.families.base import TreeDenoiser
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import FloatArray, IntArray

CONTEXTS = (128, 512, 1024)
"""Tokens of context, as far as the network takes them; the first one always."""
ROWS = (1, 4, 8, 16, 32, 256)
"""Rows written at once."""
ENCODED = 512
"""Tokens of the context that is encoded whole; fewer where the network takes fewer."""
BESIDE = (1, 8, 32)
"""Rows that two engines are compared with."""
_ENCODE, _PEAK = "encode", "product"


def tree_rows(
    denoiser: TreeDenoiser,
    repeats: int,
    seed: int = 0,
    product: Product | None = None,
    multiply_adds: int = 0,
) -> list[Row]:
    """Steps of several rows, each beside one of one row, and encoding.

    With a `product`, the last row is the share of its rate that a step of all rows reaches; `multiply_adds` are
    those of one row. The ids are random: what they say costs nothing.
    """
    rows: list[Row] = []
    for size in _sizes(denoiser):
        steps = {str(count): Step(denoiser, _ids(denoiser, size, seed), count) for count in ROWS}
        seconds = _timed(steps, {}, repeats)
        rows.append(milliseconds(f"step of one row, {size} of context", seconds["1"]))
        rows += [_step_row(count, size, seconds) for count in ROWS[1:]]
    size = min(ENCODED, _sizes(denoiser)[-1])
    ids, most = _ids(denoiser, size, seed), ROWS[-1]
    steps = {str(count): Step(denoiser, ids, count) for count in (1, most)}
    calls: dict[str, Callable[[], object]] = {_ENCODE: partial(denoiser.encode, _prompt(ids))}
    if product is not None:
        calls[_PEAK] = product.run
    seconds = _timed(steps, calls, repeats)
    rows.append(ratio(f"encode {size} tokens / step of one row", seconds, _ENCODE, "1"))
    if product is not None:
        rows.append(_share(seconds, product, most * multiply_adds))
    return rows


def beside_rows(
    named: Mapping[str, TreeDenoiser], repeats: int, seed: int = 0, size: int = ENCODED
) -> list[Row]:
    """The second of two networks over the first, which are the same weights run by two engines."""
    first, second = named
    size = min(size, *(_sizes(network)[-1] for network in named.values()))
    steps: dict[str, Step] = {}
    calls: dict[str, Callable[[], object]] = {}
    for name, network in named.items():
        ids = _ids(network, size, seed)
        steps |= {f"{name} {count}": Step(network, ids, count) for count in BESIDE}
        calls[f"{name} {_ENCODE}"] = partial(network.encode, _prompt(ids))
    seconds = _timed(steps, calls, repeats)
    what = {str(count): f"step of {count}, {size} of context" for count in BESIDE}
    what[_ENCODE] = f"encode {size} tokens"
    return [
        ratio(f"{what[key]}: {second} / {first}", seconds, f"{second} {key}", f"{first} {key}")
        for key in what
    ]


class Step:
    """Writing some rows behind a context, and asking what follows each."""

    def __init__(self, denoiser: TreeDenoiser, ids: IntArray, count: int) -> None:
        """Encode the context `ids` [C]; `count` rows are written, in one chain."""
        self._denoiser, self._context = denoiser, denoiser.encode(_prompt(ids))
        self._ids = np.resize(ids, count)
        self._longer: Any = None

    def prepare(self) -> None:
        """Write a row, behind which the others are written in place: no step of a draft copies its cache."""
        first = np.zeros(1, dtype=np.int64)
        self._longer, _ = self._denoiser.write(self._context, self._ids[:1], first - 1, first)

    def run(self) -> None:
        """Write the rows."""
        every = np.arange(len(self._ids))
        self._denoiser.write(self._longer, self._ids, every, every)


def _timed(
    steps: Mapping[str, Step], calls: Mapping[str, Callable[[], object]], repeats: int
) -> dict[str, FloatArray]:
    """Seconds [repeats] of each, by turns."""
    every = {name: step.run for name, step in steps.items()} | dict(calls)
    return interleaved(every, repeats, before={name: step.prepare for name, step in steps.items()})


def _sizes(denoiser: TreeDenoiser) -> list[int]:
    return [size for size in CONTEXTS if size <= max(denoiser.traits.context, CONTEXTS[0])]


def _ids(denoiser: TreeDenoiser, size: int, seed: int) -> IntArray:
    """[size] ids of text."""
    text = denoiser.tokenizer.special.text_ids
    return text[np.random.default_rng(seed).integers(len(text), size=size)]


def _prompt(ids: IntArray) -> Prompt:
    """Ids [C] of text as a context; behind it stands any token."""
    return Prompt.in_order(ids, [int(ids[0])])


def _step_row(count: int, size: int, seconds: Mapping[str, FloatArray]) -> Row:
    return ratio(f"step of {count} rows / of one, {size} of context", seconds, str(count), "1")


def _share(seconds: Mapping[str, FloatArray], product: Product, multiply_adds: int) -> Row:
    """Rate of multiply-adds in a step of all rows over that of the product alone."""
    step = multiply_adds / seconds[str(ROWS[-1])]
    peak = product.multiply_adds / seconds[_PEAK]
    kind = "int8" if product.x.dtype == np.uint8 else "fp32"
    return Row(
        f"step of {ROWS[-1]} rows / onnxruntime's {kind} product",
        tuple((100 * step / peak).tolist()),
        "%",
        f"{np.median(step) / 1e9:.3g} / {np.median(peak) / 1e9:.3g} G multiply-adds a second",
    )
