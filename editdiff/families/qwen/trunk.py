"""A packed trunk on OpenVINO: rows in, hidden states out, and what follows each of them.

`infer` is the one place where the graphs run. Rows are padded to one of `SIZES`, because a graph is compiled anew
for every number of rows; a padding row sees itself alone, and nothing sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from editdiff.denoise.guess import Guess
from editdiff.errors import ModelError
from editdiff.families.qwen import packed, runtime
from editdiff.families.qwen.adapter import Marks
from editdiff.families.qwen.config import HINT, TrunkConfig
from editdiff.families.qwen.graph import Adapter, Graph
from editdiff.families.qwen.packed import Float32, Matrix
from editdiff.families.qwen.slots import Slots
from editdiff.families.qwen.turns import Turns
from editdiff.tokens.base import BoolArray, FloatArray, IntArray

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Numbers of rows that are run; the last is the most at once."""
AT_ONCE = 32
"""Rows whose logits are held at once: a row has one for each of 150,000 ids."""
ACTIVATIONS = 128
"""Activations are quantised in groups of so many, each with a scale."""
OTHERWISE = "run it on torch: --engine torch; or take the built-in model: --model nano"
HIDDEN = np.float32(-1e30)
"""Stands in a mask for what is not seen; infinity would make padding rows that see nothing undefined."""


@dataclass(frozen=True)
class Rows:
    """`S` tokens that are written behind `C` slots."""

    ids: IntArray
    """[S]"""
    at: IntArray
    """[S] positions."""
    sees: BoolArray
    """[S, C + S] what each attends to: slots, and rows of this call, itself among them."""
    gate: BoolArray | None = None
    """[S] which are places of a canvas; None for none."""
    masked: BoolArray | None = None
    """[S] which hold the adapter's mask vector instead of their token; None for none."""
    given: BoolArray | None = None
    """[S] which places of a canvas are known to be right; None for none."""

    def part(self, which: slice, before: int) -> Rows:
        """Some of them, that are written behind `before` slots; they see nothing behind themselves."""
        gate, masked, given = (
            None if flags is None else flags[which]
            for flags in (self.gate, self.masked, self.given)
        )
        ids = self.ids[which]
        return Rows(ids, self.at[which], self.sees[which, : before + len(ids)], gate, masked, given)

    def then(self, others: Rows) -> Rows:
        """These, and others behind them, which see the same slots and have flags."""
        none = np.zeros(len(self.ids), dtype=np.bool_)
        ours = [none if flags is None else flags for flags in (self.gate, self.masked, self.given)]
        theirs = (others.gate, others.masked, others.given)
        empty = np.zeros(len(others.ids), dtype=np.bool_)
        gate, masked, given = (
            np.concatenate((mine, empty if flags is None else flags))
            for mine, flags in zip(ours, theirs, strict=True)
        )
        unseen = np.zeros((len(self.ids), len(others.ids)), dtype=np.bool_)
        sees = np.vstack((np.hstack((self.sees, unseen)), others.sees))
        ids, at = (np.concatenate(both) for both in ((self.ids, others.ids), (self.at, others.at)))
        return Rows(ids, at, sees, gate, masked, given)

    def embedded(self, tied: Matrix, marks: Marks | None) -> Float32:
        """[S, width] what the first layer reads."""
        x = tied.rows(self.ids)
        marked = [flags for flags in (self.masked, self.given) if flags is not None and flags.any()]
        if not marked:
            return x
        if marks is None:
            raise ValueError("masked and given rows need an adapter with its marks")
        if self.given is not None:
            x = np.where(self.given[:, None], x + marks.given, x)
        return x if self.masked is None else np.where(self.masked[:, None], marks.mask, x)


class Runtime(Protocol):
    """What runs a folder of packed weights."""

    config: TrunkConfig
    tied: Matrix
    """Embedding and output layer."""

    def empty(self) -> Slots:
        """Nothing written."""
        ...

    def infer(self, slots: Slots, rows: Rows) -> tuple[Slots, Float32]:
        """Write `rows`; return the longer slots and the rows' hidden states [S, width]."""
        ...

    def read(self, slots: Slots, rows: Rows) -> Float32:
        """The hidden states [S, width] of `rows`; nothing is written."""
        ...

    def follows(self, hidden: Float32, asked: IntArray) -> tuple[Guess, FloatArray]:
        """What follows each of [S, width]: a guess [1, S], and the log-probabilities of the ids `asked` [S, K]."""
        ...


class Trunk:
    """Runs it on OpenVINO."""

    def __init__(
        self,
        folder: Path,
        threads: int = 0,
        adapter: Adapter | None = None,
        marks: Marks | None = None,
    ) -> None:
        """Load it; `threads` 0 takes every core, `marks` are the adapter's.

        Raises:
            ModelError: when a part is missing or broken.
            MissingDependencyError: without OpenVINO.
        """
        self.config = TrunkConfig.read(folder)
        self.weights = packed.Packed(folder / packed.FILE, self.config)
        self.tied = self.weights.matrix("tied")
        self._gated, self._marks = adapter is not None, marks
        graph = Graph(self.config, self.weights, adapter)
        self._body = _Compiled(graph.body, threads)
        self._head = _Compiled(graph.head, threads)
        self._turns = Turns()
        self._fresh = {"body", "head"}

    def empty(self) -> Slots:
        """Nothing written."""
        return Slots.empty(self.config)

    def infer(self, slots: Slots, rows: Rows) -> tuple[Slots, Float32]:
        """Write `rows`; return the longer slots and the rows' hidden states [S, width]."""
        return in_parts(self._infer, slots, rows, SIZES[-1])

    def read(self, slots: Slots, rows: Rows) -> Float32:
        """The hidden states [S, width] of `rows`; nothing is written."""
        if len(rows.ids) > SIZES[-1]:  # later ones see what is written of the first
            with slots.lent():
                return self.infer(slots, rows)[1]
        return self._infer(slots, rows, keep=False)[1]

    def follows(self, hidden: Float32, asked: IntArray) -> tuple[Guess, FloatArray]:
        """What follows each of [S, width]: a guess [1, S], and the log-probabilities of the ids `asked` [S, K]."""
        parts = []
        for start in range(0, len(hidden), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            size = _size(len(hidden[part]))
            feeds = {"hidden": _padded(hidden[part], size), "asked": _padded(asked[part], size)}
            with self._turns:
                made = self._head.infer(feeds, size)
                parts.append([np.array(made[i][: len(hidden[part])]) for i in range(4)])
        self._ran("head")
        return told(parts)

    def _infer(self, slots: Slots, rows: Rows, keep: bool = True) -> tuple[Slots, Float32]:
        count = len(rows.ids)
        size = _size(count)
        slots = slots.with_room(self.config, size)
        with self._turns:
            made = self._body.infer(self._feeds(slots, rows, size), size)
            hidden = np.array(made[0][:count])
            if keep:
                new = [made[i + 1] for i in range(2 * self.config.layers)]
                slots = slots.then(self.config, new, count)
        self._ran("body")
        return slots, hidden

    def _ran(self, graph: str) -> None:
        """Give back the weights as they were read: a graph has made its own of them when it runs first."""
        if graph in self._fresh:
            self._fresh.discard(graph)
            self.weights.forget()

    def _feeds(self, slots: Slots, rows: Rows, size: int) -> Mapping[str, Any]:
        """Inputs of the body for `size` rows, padded; arrays are read where they lie."""
        count = len(rows.ids)
        slot = np.arange(slots.count, slots.count + size, dtype=np.int64)
        mask = np.full((size, slots.arrays.capacity), HIDDEN, dtype=np.float32)
        mask[:count, : slots.count + count][rows.sees] = 0
        mask[np.arange(count, size), slot[count:]] = 0
        angle = _padded(rows.at, size)[:, None] * self._frequencies  # [S, head_dim]
        feeds = {
            "x": _padded(rows.embedded(self.tied, self._marks), size),
            "cos": np.cos(angle).astype(np.float32)[:, None],
            "sin": np.sin(angle).astype(np.float32)[:, None],
            "slot": slot,
            "mask": mask,
        }
        if self._gated:
            gate = np.zeros(count) if rows.gate is None else rows.gate
            feeds["gate"] = _padded(gate.astype(np.float32)[:, None], size)
        for i in range(self.config.layers):
            feeds |= {f"k.{i}": slots.layers[2 * i], f"v.{i}": slots.layers[2 * i + 1]}
        ov = runtime.load()
        return {name: ov.Tensor(array, shared_memory=True) for name, array in feeds.items()}

    @cached_property
    def _frequencies(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """[head_dim] radians a position, twice: the halves of a head turn together."""
        half = np.arange(0, self.config.head_dim, 2) / self.config.head_dim
        return np.tile(self.config.rope_base**-half, 2)


def in_parts(
    infer: Callable[[Slots, Rows], tuple[Slots, Float32]], slots: Slots, rows: Rows, most: int
) -> tuple[Slots, Float32]:
    """`infer` rows, `most` at once; what stands in an earlier part cannot see a later one."""
    hidden = []
    for start in range(0, len(rows.ids), most):
        part = slice(start, start + most)
        slots, made = infer(slots, rows.part(part, slots.count))
        hidden.append(made)
    return slots, np.concatenate(hidden)


def told(parts: Sequence[Sequence[NDArray[Any]]]) -> tuple[Guess, FloatArray]:
    """From parts of rows: ids, logits, log-normaliser [S, 1] and asked logits [S, K], to what `follows` returns."""
    ids, logits, normaliser, asked = (np.concatenate(part) for part in zip(*parts, strict=True))
    normaliser = normaliser.astype(np.float64)  # [S, 1]
    guess = Guess.of_logits(ids[None], logits[None], normaliser[None, :, 0])
    return guess, asked.astype(np.float64) - normaliser


def _size(count: int) -> int:
    """The number of rows that is run for `count` of them."""
    return next(size for size in SIZES if size >= count)


def _padded(values: Any, size: int) -> Any:
    """[size, …] values [S, …] with zeros behind them, contiguous."""
    made = np.zeros((size, *values.shape[1:]), dtype=values.dtype)
    made[: len(values)] = values
    return made


class _Compiled:
    """A graph on the CPU, with activations of 8 bits where the processor multiplies bytes.

    Without such products (VNNI) OpenVINO may compile it all the same and then answer nothing, which shows when it
    runs first: it is compiled anew with activations of fp32.
    """

    def __init__(self, build: Callable[[], Any], threads: int) -> None:
        self._build: Callable[[], Any] | None = build
        self._threads = threads
        self.request = _compiled(build(), threads, ACTIVATIONS)

    def infer(self, feeds: Mapping[str, Any], rows: int) -> Any:
        """The outputs, `rows` of the first; they lie in memory that the next call writes over.

        Raises:
            ModelError: when it cannot be run.
        """
        made = self.request.infer(feeds, share_outputs=True)
        if self._build is not None:
            if len(made[0]) != rows:
                self.request = _compiled(self._build(), self._threads, 0)
                made = self.request.infer(feeds, share_outputs=True)
            if len(made[0]) != rows:
                raise ModelError("OpenVINO cannot run the model on this processor", OTHERWISE)
            self._build = None
        return made


def _compiled(model: Any, threads: int, activations: int) -> Any:
    """An infer request of a graph on the CPU; `activations` are quantised in groups of so many, 0 for not at all.

    Everything stays in fp32 but the products with 8-bit matrices: bf16, which OpenVINO takes where the processor
    has it, would make what comes of a row depend on the machine. Threads are not pinned to cores: every process
    would choose the same ones, so two of them, an editor's server and a command, would share one core.
    """
    ov = runtime.load()
    told = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(activations),
        "ENABLE_CPU_PINNING": "NO",
    }
    if threads:
        told["INFERENCE_NUM_THREADS"] = str(threads)
    try:
        return ov.Core().compile_model(model, "CPU", told).create_infer_request()
    except Exception as error:  # OpenVINO's own types derive from RuntimeError, and not all of them
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"OpenVINO cannot run the model: {reason}", HINT) from error
