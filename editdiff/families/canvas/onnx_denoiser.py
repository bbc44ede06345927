"""The network as an ONNX graph on onnxruntime, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.denoise.guess import Guess
from editdiff.errors import ModelError
from editdiff.families import runtime
from editdiff.families.canvas import files
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.weights import LAYOUT, layout, layout_digest
from editdiff.prompt.base import Prompt
from editdiff.prompt.sections import Sections
from editdiff.tokens.base import FloatArray, IntArray
from editdiff.tokens.bpe import BpeTokenizer
from editdiff.tokens.canvas import Canvas

Float32 = NDArray[np.float32]
_TOP = ("top_ids", "top_logp")
_NO_HEAD = {"want_head": np.array([False])}


@dataclass(frozen=True)
class Cache:
    """An encoded context, and what was written after it, `C` tokens in all; a value, never written to."""

    prompt: Prompt
    """[C] what is encoded, and where it stands."""
    layers: tuple[Float32, ...]
    """Keys and values in turn, each [1, KV, C, head_dim]."""
    copy_keys: Float32
    """[1, C, n_copy], or fewer: the copy head looks at the context alone."""

    def head(self, n: int) -> Cache:
        """The cache of the first `n` tokens: exact, because every token saw only those before it."""
        layers = tuple(layer[:, :, :n] for layer in self.layers)
        return Cache(self.prompt.first(n), layers, self.copy_keys[:, :n])


class OnnxDenoiser:
    """A model folder's graph on onnxruntime; see `export_onnx` for what the graph takes and gives."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Load `folder`; `threads` 0 leaves their number to onnxruntime.

        Raises:
            ModelError: when a part is missing, broken or does not fit the others.
        """
        self.config = NetworkConfig.load(folder / files.CONFIG)
        self.tokenizer = BpeTokenizer.from_file(folder / files.TOKENIZER)
        self.traits = self.config.traits
        self.prompt = Sections(self.tokenizer, self.config.positions)
        if self.tokenizer.vocab_size != self.config.vocab_size:
            raise ModelError(
                f"{folder}: the tokenizer has {self.tokenizer.vocab_size} ids, "
                f"the network {self.config.vocab_size}",
                "the folder mixes two models; restore it",
            )
        stored = layout(folder / files.WEIGHTS)
        self._layers = [f"{kv}.{i}" for i in range(self.config.n_layer) for kv in "kv"]
        self._session = _session(folder / files.GRAPH, threads)
        one = np.zeros((1, 1), np.int64)
        wanted = self._feeds(self._empty(), one, one, causal=False).keys()
        if {i.name for i in self._session.get_inputs()} != wanted:
            raise ModelError(
                f"the graph {folder / 'model.onnx'} takes other inputs than this network",
                "write the model folder again with `editdiff export`: it is of another version",
            )

        written_over = self._session.get_modelmeta().custom_metadata_map.get(LAYOUT)
        if written_over not in (None, layout_digest(stored)):  # None: a graph of an older export
            raise ModelError(
                f"the graph {folder / 'model.onnx'} was written over other weights than "
                f"{files.WEIGHTS}",
                "the folder mixes two models: restore it, or write it again with `editdiff export`",
            )

    def encode(self, prompt: Prompt, cache: Cache | None = None) -> Cache:
        """Encode a context [C] causally; what it shares with the start of `cache` is reused."""
        old = self._shared(prompt, cache) if cache else self._empty()
        n = len(old.prompt.ids)
        if n == len(prompt.ids):
            return replace(old, prompt=prompt)
        outputs = [*self._layers, "keys"]
        rest, at = prompt.ids[None, n:], prompt.at[None, n:]
        *new, keys = self._run(old, rest, at, causal=True, outputs=outputs, **_NO_HEAD)
        copy_keys = np.concatenate((old.copy_keys, keys), axis=1)
        return Cache(prompt, _longer(old, new), copy_keys)

    def extend(self, cache: Cache, ids: IntArray) -> tuple[Cache, Guess]:
        """Write `ids` [S] after the context in one causal forward: an autoregressive step.

        Returns the cache with them in it, and what follows each of them, [1, S, TOP], as `score` sees it.
        """
        at, outputs = cache.prompt.positions(ids[None]), [*self._layers, *_TOP]
        *new, top, logp = self._run(cache, ids[None], at, causal=True, outputs=outputs)
        longer = Cache(cache.prompt.then(ids), _longer(cache, new), cache.copy_keys)
        return longer, Guess(top, logp.astype(np.float64))

    def propose(self, cache: Cache, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Denoise [B, L] once over the shared cache, and tell of the ids `asked` [B, L], if any."""
        at = cache.prompt.positions(canvas.ids)
        if asked is None:
            ids, logp = self._run(cache, canvas.ids, at, causal=False, outputs=_TOP)
            return Guess(ids, logp.astype(np.float64))
        outputs = [*_TOP, "target_logp"]
        ids, logp, of_asked = self._run(
            cache, canvas.ids, at, causal=False, outputs=outputs, targets=asked
        )
        return Guess(ids, logp.astype(np.float64), asked=of_asked.astype(np.float64))

    def score(self, cache: Cache, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats."""
        targets = np.ascontiguousarray(ids[:, 1:])
        inputs = np.ascontiguousarray(ids[:, :-1])
        at, outputs = cache.prompt.positions(inputs), ["target_logp"]
        (logp,) = self._run(cache, inputs, at, causal=True, outputs=outputs, targets=targets)
        return np.asarray(logp, dtype=np.float64)

    def _shared(self, prompt: Prompt, cache: Cache) -> Cache:
        """What `cache` holds of the beginning of a context, copy keys included."""
        return cache.head(min(cache.prompt.shares(prompt), cache.copy_keys.shape[1]))

    def _empty(self) -> Cache:
        c = self.config
        layer = np.zeros((1, c.n_kv_head, 0, c.head_dim), dtype=np.float32)
        keys = np.zeros((1, 0, c.n_copy), dtype=np.float32)
        nothing = Prompt.in_order(np.zeros(0, dtype=np.int64), ())
        return Cache(nothing, (layer,) * (2 * c.n_layer), keys)

    def _run(
        self,
        cache: Cache,
        ids: IntArray,
        at: IntArray,
        *,
        causal: bool,
        outputs: Sequence[str],
        **more: Any,
    ) -> list[Any]:
        feeds = self._feeds(cache, ids, at, causal=causal) | more
        return list(self._session.run(list(outputs), feeds))

    def _feeds(self, cache: Cache, ids: IntArray, at: IntArray, *, causal: bool) -> dict[str, Any]:
        """Inputs of the graph for `ids` [B, S] at `at` after `cache`; numpy's memory is read where it lies."""
        n = ids.shape[1]
        mask = np.zeros((n, n), dtype=np.float32)
        if causal:
            mask[np.triu_indices(n, 1)] = -np.inf
        return {
            "ids": ids,
            "positions": at,
            "canvas": np.array([0.0 if causal else 1.0], dtype=np.float32),
            "mask": mask,
            "copy_keys": cache.copy_keys,
            "copy_ids": cache.prompt.ids[: cache.copy_keys.shape[1]],
            "targets": np.zeros_like(ids),
            "want_head": np.array([True]),
            **{
                f"past_{name}": layer
                for name, layer in zip(self._layers, cache.layers, strict=True)
            },
        }


def _longer(old: Cache, new: Sequence[Float32]) -> tuple[Float32, ...]:
    """Layers of a cache with `new` [1, KV, S, head_dim] after them."""
    return tuple(np.concatenate(pair, axis=2) for pair in zip(old.layers, new, strict=True))


def _session(path: Path, threads: int) -> Any:
    ort = runtime.load()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # warnings about a GPU that is not there help nobody
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own types derive from Exception alone
        reason = str(error).strip().split("\n")[0]
        raise ModelError(
            f"cannot load the graph {path}: {reason}",
            "restore the model folder, or write the graph again with `editdiff export`",
        ) from error
