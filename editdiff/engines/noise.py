"""A denoiser that knows nothing: the public fake for what must hold whatever a network says."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from editdiff.denoise.guess import TOP, Guess
from editdiff.tokens.canvas import Canvas, FloatArray, IntArray
from editdiff.tokens.tokenizer import ByteTokenizer, Tokenizer


@dataclass(frozen=True)
class NoiseDenoiser:
    """Seeded noise over the whole vocabulary; each draft's depends on that draft alone."""

    seed: int = 0
    scale: float = 4.0
    """Standard deviation of the logits, in nats: the greater, the surer of its junk."""
    special_bias: float = 0.0
    """Nats added to the logit of every special token."""
    tokenizer: Tokenizer = field(default_factory=ByteTokenizer)
    max_context: int = 1024

    def encode(self, context: IntArray, cache: int | None = None) -> int:
        """Nothing is kept of a context [C] but a number."""
        return int(context.sum())

    def propose(self, cache: int, canvas: Canvas) -> Guess:
        """Return the top of a random distribution at each place of [B, L]."""
        V = self.tokenizer.vocab_size
        logits = np.stack(
            [
                np.random.default_rng([self.seed, cache, *row]).normal(0, self.scale, (len(row), V))
                for row in canvas.ids
            ]
        )  # [B, L, V]
        logits[..., : self.tokenizer.special.count] += self.special_bias
        logp = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        ids = np.argsort(-logp, axis=-1)[..., :TOP]
        return Guess(ids, np.take_along_axis(logp, ids, axis=-1))

    def score(self, cache: int, ids: IntArray) -> FloatArray:
        """[B, L-1] log-probabilities of a random bigram model, not normalised."""
        return -((31 * ids[:, :-1] + 17 * ids[:, 1:] + cache + self.seed) % 97) / 10.0
