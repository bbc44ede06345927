"""The same network in torch: the reference that the ONNX graph is held to, and the way to a GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from editdiff.denoise.guess import TOP, Guess
from editdiff.network import weights
from editdiff.network.config import NetworkConfig
from editdiff.network.transformer import Cache, CanvasTransformer
from editdiff.tokens.canvas import Canvas, FloatArray, IntArray
from editdiff.tokens.prompt import shared_prefix
from editdiff.tokens.tokenizer import BpeTokenizer, Tokenizer


class TorchDenoiser:
    """A network and its tokenizer behind the `Denoiser` protocol."""

    def __init__(self, model: CanvasTransformer, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model.eval(), tokenizer

    @classmethod
    def from_pretrained(cls, folder: Path) -> TorchDenoiser:
        """Load a model folder; its int8 weights are dequantised to fp32."""
        model = CanvasTransformer(NetworkConfig.load(folder / "config.json"))
        state = {
            n: torch.from_numpy(w) for n, w in weights.load(folder / "model.safetensors").items()
        }
        model.load_state_dict(state)
        return cls(model, BpeTokenizer.from_file(folder / "tokenizer.json"))

    @property
    def max_context(self) -> int:
        """Context budget in tokens that the network was trained with."""
        return self.model.config.max_context

    def encode(self, context: IntArray, cache: Cache | None = None) -> Cache:
        """Encode context ids [C] causally; what they share with the start of `cache` is reused."""
        if cache is None:
            return self.model.encode(torch.from_numpy(context))
        n = shared_prefix(cache.ids[0].cpu().numpy(), context)
        if n == len(context):
            return cache.head(n)
        return self.model.encode(torch.from_numpy(context[n:]), cache.head(n))

    def propose(self, cache: Cache, canvas: Canvas) -> Guess:
        """Denoise [B, L] once over the shared cache; only the top 32 leave the device."""
        top = self.model.denoise(cache, torch.from_numpy(canvas.ids)).topk(TOP)
        return Guess(top.indices.cpu().numpy(), top.values.double().cpu().numpy())

    def score(self, cache: Cache, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats."""
        tokens = torch.from_numpy(ids)
        logp = self.model.causal(cache, tokens[:, :-1]).gather(-1, tokens[:, 1:, None])
        return np.asarray(logp[..., 0].double().cpu().numpy())

    def target_logp(self, cache: Cache, ids: IntArray, targets: IntArray) -> FloatArray:
        """Log-probability [B, L] of `targets`, each at its own place of the canvas `ids` [B, L], in nats."""
        logp = self.model.denoise(cache, torch.from_numpy(ids))
        chosen = logp.gather(-1, torch.from_numpy(targets)[..., None])
        return np.asarray(chosen[..., 0].double().cpu().numpy())
