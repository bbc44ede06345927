"""The same network in torch: the reference that the ONNX graph is held to, and the way to a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.base import Traits
from editdiff.families.canvas import files, weights
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import Cache, CanvasTransformer
from editdiff.prompt.base import Prompt, PromptFormat
from editdiff.prompt.sections import Sections
from editdiff.tokens.base import FloatArray, IntArray, Tokenizer
from editdiff.tokens.bpe import BpeTokenizer
from editdiff.tokens.canvas import Canvas


@dataclass(frozen=True)
class Encoded:
    """An encoded context and where it stands."""

    cache: Cache
    prompt: Prompt

    @property
    def context(self) -> int:
        """Tokens of the context alone, without what was written behind it."""
        return self.cache.ids.shape[1]


class TorchDenoiser:
    """A network and its tokenizer behind the `Denoiser` protocol."""

    def __init__(
        self,
        model: CanvasTransformer,
        tokenizer: Tokenizer,
        prompt: PromptFormat | None = None,
        traits: Traits | None = None,
    ) -> None:
        """Take a network, the form of context that it was trained with, and what it can do: by default our own."""
        self.model, self.tokenizer = model.eval(), tokenizer
        self.traits = traits or model.config.traits
        self.prompt = prompt or Sections(tokenizer, model.config.positions)

    @classmethod
    def from_pretrained(cls, folder: Path) -> TorchDenoiser:
        """Load a model folder; its int8 weights are dequantised to fp32."""
        model = CanvasTransformer(NetworkConfig.load(folder / files.CONFIG))
        state = {n: torch.from_numpy(w) for n, w in weights.load(folder / files.WEIGHTS).items()}
        model.load_state_dict(state)
        return cls(model, BpeTokenizer.from_file(folder / files.TOKENIZER))

    def encode(self, prompt: Prompt, cache: Encoded | None = None) -> Encoded:
        """Encode a context [C] causally; what it shares with the start of `cache` is reused."""
        n = 0 if cache is None else cache.prompt.first(cache.context).shares(prompt)
        past = None if cache is None else cache.cache.head(n)
        if past is not None and n == len(prompt.ids):
            return Encoded(past, prompt)
        rest, at = (torch.from_numpy(x[n:]) for x in (prompt.ids, prompt.at))
        return Encoded(self.model.encode(rest, past, at), prompt)

    def extend(self, cache: Encoded, ids: IntArray) -> tuple[Encoded, Guess]:
        """Write `ids` [S] after the context; return the longer cache and what follows each, [1, S, TOP]."""
        at = torch.from_numpy(cache.prompt.positions(ids[None])[0])
        longer, logp = self.model.extend(cache.cache, torch.from_numpy(ids), at)
        top = logp.topk(TOP)
        guess = Guess(top.indices.cpu().numpy(), top.values.double().cpu().numpy())
        return Encoded(longer, cache.prompt.then(ids)), guess

    def propose(self, cache: Encoded, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Denoise [B, L] once over the shared cache; only the top 32 and what is `asked` leave the device."""
        at = torch.from_numpy(cache.prompt.positions(canvas.ids))
        logp = self.model.denoise(cache.cache, torch.from_numpy(canvas.ids), at)
        top = logp.topk(TOP)
        of_asked = None
        if asked is not None:
            chosen = logp.gather(-1, torch.from_numpy(asked)[..., None])
            of_asked = chosen[..., 0].double().cpu().numpy()
        return Guess(top.indices.cpu().numpy(), top.values.double().cpu().numpy(), asked=of_asked)

    def score(self, cache: Encoded, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats."""
        tokens = torch.from_numpy(ids)
        at = torch.from_numpy(cache.prompt.positions(ids[:, :-1]))
        logp = self.model.causal(cache.cache, tokens[:, :-1], at).gather(-1, tokens[:, 1:, None])
        return np.asarray(logp[..., 0].double().cpu().numpy())
