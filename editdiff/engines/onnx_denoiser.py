"""The default engine's network: an ONNX graph on onnxruntime, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.denoise.guess import Guess
from editdiff.errors import MissingDependencyError, ModelError
from editdiff.network.config import NetworkConfig
from editdiff.network.weights import layout
from editdiff.tokens.canvas import Canvas, FloatArray, IntArray
from editdiff.tokens.prompt import shared_prefix
from editdiff.tokens.tokenizer import BpeTokenizer

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Cache:
    """An encoded context of `C` tokens; a value, never written to."""

    ids: IntArray
    """[C]"""
    layers: tuple[Float32, ...]
    """Keys and values in turn, each [1, KV, C, head_dim]."""
    copy_keys: Float32
    """[1, C, n_copy]"""

    def head(self, n: int) -> Cache:
        """The cache of the first `n` tokens: exact, because every token saw only those before it."""
        layers = tuple(layer[:, :, :n] for layer in self.layers)
        return Cache(self.ids[:n], layers, self.copy_keys[:, :n])


class OnnxDenoiser:
    """A model folder's graph on onnxruntime; see `export_onnx` for what the graph takes and gives."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Load `folder`; `threads` 0 leaves their number to onnxruntime.

        Raises:
            ModelError: when a part is missing, broken or does not fit the others.
        """
        self.config = NetworkConfig.load(folder / "config.json")
        self.tokenizer = BpeTokenizer.from_file(folder / "tokenizer.json")
        if self.tokenizer.vocab_size != self.config.vocab_size:
            raise ModelError(
                f"{folder}: the tokenizer has {self.tokenizer.vocab_size} ids, "
                f"the network {self.config.vocab_size}",
                "the folder mixes two models; restore it",
            )
        layout(folder / "model.safetensors")  # a clear sentence for a missing or truncated file
        self._session = _session(folder / "model.onnx", threads)
        self._layers = [f"{kv}.{i}" for i in range(self.config.n_layer) for kv in "kv"]

    @property
    def max_context(self) -> int:
        """Context budget in tokens that the network was trained with."""
        return self.config.max_context

    def encode(self, context: IntArray, cache: Cache | None = None) -> Cache:
        """Encode context ids [C] causally; what they share with the start of `cache` is reused."""
        old = cache.head(shared_prefix(cache.ids, context)) if cache else self._empty()
        rest = context[None, len(old.ids) :]
        if not rest.size:
            return old
        new = self._run(old, rest, causal=True, outputs=[*self._layers, "keys"], head=False)
        pairs = zip(old.layers, new[:-1], strict=True)
        return Cache(
            context,
            tuple(np.concatenate(pair, axis=2) for pair in pairs),
            np.concatenate((old.copy_keys, new[-1]), axis=1),
        )

    def propose(self, cache: Cache, canvas: Canvas) -> Guess:
        """Denoise [B, L] once over the shared cache."""
        ids, logp = self._run(cache, canvas.ids, causal=False, outputs=["top_ids", "top_logp"])
        return Guess(ids, logp.astype(np.float64))

    def score(self, cache: Cache, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats."""
        targets = np.ascontiguousarray(ids[:, 1:])
        inputs = np.ascontiguousarray(ids[:, :-1])
        (logp,) = self._run(cache, inputs, causal=True, outputs=["target_logp"], targets=targets)
        return np.asarray(logp, dtype=np.float64)

    def _empty(self) -> Cache:
        c = self.config
        layer = np.zeros((1, c.n_kv_head, 0, c.head_dim), dtype=np.float32)
        keys = np.zeros((1, 0, c.n_copy), dtype=np.float32)
        return Cache(np.zeros(0, dtype=np.int64), (layer,) * (2 * c.n_layer), keys)

    def _run(
        self,
        cache: Cache,
        ids: IntArray,
        *,
        causal: bool,
        outputs: list[str],
        targets: IntArray | None = None,
        head: bool = True,
    ) -> list[Any]:
        c, n = len(cache.ids), ids.shape[1]
        mask = np.zeros((n, c + n), dtype=np.float32)
        if causal:
            mask[:, c:][np.triu_indices(n, 1)] = -np.inf
        feeds = {
            "ids": ids,
            "positions": np.arange(c, c + n),
            "canvas": np.array([0.0 if causal else 1.0], dtype=np.float32),
            "mask": mask,
            "copy_keys": cache.copy_keys,
            "copy_ids": cache.ids,
            "targets": np.zeros_like(ids) if targets is None else targets,
            "want_head": np.array([head]),
            **{
                f"past_{name}": layer
                for name, layer in zip(self._layers, cache.layers, strict=True)
            },
        }
        return list(self._session.run(outputs, feeds))


def _session(path: Path, threads: int) -> Any:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise MissingDependencyError(
            "the embedded model needs onnxruntime", "pip install onnxruntime-gpu (or onnxruntime)"
        ) from error
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
