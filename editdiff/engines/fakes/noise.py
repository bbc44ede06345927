"""A denoiser that knows nothing: the public fake for what must hold whatever a network says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from editdiff.denoise.guess import TOP, Guess
from editdiff.engines.fakes.anything import TakesAnything
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import FloatArray, IntArray, Tokenizer
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

_NUMBERS = 2**61 - 1


@dataclass(frozen=True)
class NoiseDenoiser(TakesAnything):
    """Seeded noise over the whole vocabulary; each draft's depends on that draft alone."""

    seed: int = 0
    scale: float = 4.0
    """Standard deviation of the logits, in nats: the greater, the surer of its junk."""
    special_bias: float = 0.0
    """Nats added to the logit of every special token."""
    tokenizer: Tokenizer = field(default_factory=ByteTokenizer)
    max_context: int = 1024

    def encode(self, prompt: Prompt, cache: int | None = None) -> int:
        """Nothing is kept of a context [C] but a number."""
        return int(prompt.ids.sum())

    def propose(self, cache: int, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Return the top of a random distribution at each place of [B, L], and what it gives to the `asked`."""
        logits = np.stack([self._logits(cache, *row) for row in canvas.ids])
        guess = self._top(logits)
        if asked is None:
            return guess
        total = np.logaddexp.reduce(logits, axis=-1)  # [B, L]
        chosen = np.take_along_axis(logits, asked[..., None], axis=-1)[..., 0]
        return replace(guess, asked=chosen - total)

    def extend(self, cache: int, ids: IntArray) -> tuple[int, Guess]:
        """Return the number of the context with `ids` [S] after it, and a distribution after each."""
        logits = []
        for token in ids:
            cache = (31 * cache + int(token)) % _NUMBERS
            logits.append(self._logits(cache, token)[0])
        return cache, self._top(np.stack(logits)[None])

    def _logits(self, *of: int) -> FloatArray:
        """[L, V] for the context `of[0]` and the `L` ids after it; all of them decide on each."""
        rng = np.random.default_rng([self.seed, *of])
        return rng.normal(0, self.scale, (len(of) - 1, self.tokenizer.vocab_size))

    def _top(self, logits: FloatArray) -> Guess:
        """Reduce [B, L, V] to the likeliest ids."""
        logits[..., list(self.tokenizer.special.silent)] += self.special_bias
        logp = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        ids = np.argsort(-logp, axis=-1)[..., :TOP]
        return Guess(ids, np.take_along_axis(logp, ids, axis=-1))

    def score(self, cache: int, ids: IntArray) -> FloatArray:
        """[B, L-1] log-probabilities of a random bigram model, not normalised."""
        return -((31 * ids[:, :-1] + 17 * ids[:, 1:] + cache + self.seed) % 97) / 10.0
