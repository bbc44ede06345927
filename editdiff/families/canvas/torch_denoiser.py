"""The same network in torch: the reference that the ONNX graph is held to, and the way to a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.canvas import weights
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import Cache, CanvasTransformer
from editdiff.prompt.positions import Placement, place
from editdiff.prompt.sections import shared_prefix
from editdiff.tokens.bpe import BpeTokenizer, Tokenizer
from editdiff.tokens.canvas import Canvas, FloatArray, IntArray


@dataclass(frozen=True)
class Encoded:
    """An encoded context and where it stands."""

    cache: Cache
    placed: Placement


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

    def positions(self, context: IntArray) -> IntArray:
        """Where each of `context` [C] stands."""
        return self._place(context).at

    def encode(self, context: IntArray, cache: Encoded | None = None) -> Encoded:
        """Encode context ids [C] causally; what they share with the start of `cache` is reused."""
        placed, past, n = self._place(context), None, 0
        if cache is not None:
            ids = cache.cache.ids[0].cpu().numpy()
            n = shared_prefix(ids, context, cache.placed.at, placed.at)
            past = cache.cache.head(n)
        if past is not None and n == len(context):
            return Encoded(past, placed)
        rest, at = (torch.from_numpy(x[n:]) for x in (context, placed.at))
        return Encoded(self.model.encode(rest, past, at), placed)

    def propose(self, cache: Encoded, canvas: Canvas) -> Guess:
        """Denoise [B, L] once over the shared cache; only the top 32 leave the device."""
        top = self._denoise(cache, canvas.ids).topk(TOP)
        return Guess(top.indices.cpu().numpy(), top.values.double().cpu().numpy())

    def score(self, cache: Encoded, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats."""
        tokens = torch.from_numpy(ids)
        at = torch.from_numpy(cache.placed.of(ids[:, :-1], self.tokenizer.special))
        logp = self.model.causal(cache.cache, tokens[:, :-1], at).gather(-1, tokens[:, 1:, None])
        return np.asarray(logp[..., 0].double().cpu().numpy())

    def target_logp(self, cache: Encoded, ids: IntArray, targets: IntArray) -> FloatArray:
        """Log-probability [B, L] of `targets`, each at its own place of the canvas `ids` [B, L], in nats."""
        logp = self._denoise(cache, ids)
        chosen = logp.gather(-1, torch.from_numpy(targets)[..., None])
        return np.asarray(chosen[..., 0].double().cpu().numpy())

    def _denoise(self, cache: Encoded, ids: IntArray) -> torch.Tensor:
        at = cache.placed.of(ids, self.tokenizer.special)
        return self.model.denoise(cache.cache, torch.from_numpy(ids), torch.from_numpy(at))

    def _place(self, context: IntArray) -> Placement:
        return place(context, self.model.config.positions, self.tokenizer.special)
