"""A denoiser that knows the answer: the public fake at the level of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.fakes.anything import TakesAnything
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import FloatArray, IntArray, Tokenizer
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

WRONG_LOGP = -10.0
"""Causal log-probability, in nats, of a token that is not the answer's."""


@dataclass(frozen=True)
class OracleDenoiser(TakesAnything):
    """Proposes the answer of each gap, then `<end>`, then padding.

    The second choice of every place is `<mask>`, which the loop must refuse, and the third an `x`:
    so a place holds something else than the answer only where the oracle is told to be wrong, or is
    sampled.
    """

    answers: tuple[str, ...]
    """Text of each gap."""
    before: str | None = None
    """Text before a single gap, needed for answers longer than a canvas: what a context has between
    it and `<tail>` is written already."""
    wrong: Mapping[int, str] = field(default_factory=dict)
    """Token of an answer, from 0 -> a letter proposed there while anything else is masked.

    So the place goes wrong at first and right when it alone is reopened."""
    confidence: float = 0.95
    """Probability of the first choice."""
    confidences: Mapping[int, float] = field(default_factory=dict)
    """Token of an answer -> probability of the first choice there, where it differs."""
    tokenizer: Tokenizer = field(default_factory=ByteTokenizer)
    max_context: int = 4096

    def encode(self, prompt: Prompt, cache: int | None = None) -> int:
        """Count the tokens of the answer whose place is already filled in the context [C]."""
        if self.before is None:
            return 0
        ids, (pre, tail) = prompt.ids.tolist(), map(self.tokenizer.id_of, ("<pre>", "<tail>"))
        prefix = self.tokenizer.decode_bytes(ids[ids.index(pre) : ids.index(tail)])
        if not prefix.startswith(self.before.encode()):
            raise ValueError("the context does not hold the text before the gap from its beginning")
        written = len(prefix) - len(self.before.encode())  # bytes
        answer = self.tokenizer.encode(self.answers[0])
        ends = np.cumsum([len(self.tokenizer.decode_bytes([token])) for token in answer])
        return int(np.searchsorted(ends, written, side="right"))

    def propose(self, cache: int, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Propose the answers from token `cache` on, for every draft of [B, L]; nothing is told of the `asked`."""
        B, L = canvas.ids.shape
        special = self.tokenizer.special
        other = self.tokenizer.encode("x")[0]
        index = self._index(cache, canvas)  # [L]
        ids = np.tile(np.array([special.pad, special.mask, other]), (B, L, 1))  # [B, L, 3]
        ids[..., 0] = self._targets(canvas, index)
        alone = canvas.masked & (canvas.masked.sum(axis=1, keepdims=True) == 1)
        for token, letter in self.wrong.items():
            ids[..., 0] = np.where(
                (index == token) & ~alone, self.tokenizer.encode(letter)[0], ids[..., 0]
            )
        first = np.array([self.confidences.get(int(i), self.confidence) for i in index])
        p = np.stack([first, 0.6 * (1 - first), 0.4 * (1 - first)], axis=-1)  # [L, 3]
        return Guess(ids, np.log(np.tile(np.maximum(p, 1e-300), (B, 1, 1))))

    def score(self, cache: int, ids: IntArray) -> FloatArray:
        """[B, L-1] log-probabilities of `ids[:, 1:]`: 0 for the answer's own, else WRONG_LOGP."""
        return np.where(ids[:, 1:] == self._after(cache, ids.shape[1] - 1), 0.0, WRONG_LOGP)

    def extend(self, cache: int, ids: IntArray) -> tuple[int, Guess]:
        """Propose what follows each of `ids` [S], if they are the answers' own; nothing is wrong here."""
        target = self._after(cache, len(ids))
        top = np.stack([target, np.full(len(ids), self.tokenizer.special.mask)], axis=-1)
        p = np.array([self.confidence, 1 - self.confidence])
        return cache + len(ids), Guess(top[None], np.log(np.tile(p, (1, len(ids), 1))))

    def _after(self, written: int, count: int) -> IntArray:
        """[count] what follows, token by token, when a sentinel is put behind `written` tokens."""
        special = self.tokenizer.special
        stream: list[int] = []
        for sentinel, text in zip(special.gaps, self.answers, strict=False):
            stream += [sentinel, *self.tokenizer.encode(text), special.end]
        rest = stream[1 + written :][:count]
        return np.array(rest + [special.pad] * (count - len(rest)), dtype=np.int64)

    def _index(self, written: int, canvas: Canvas) -> IntArray:
        """[L] token of the answer at each place; the sentinel has the one before the first."""
        start = np.asarray(canvas.starts)[canvas.segment]
        return np.asarray(np.arange(canvas.ids.shape[1]) - start - 1 + written)

    def _targets(self, canvas: Canvas, index: IntArray) -> IntArray:
        """[L] the right token at each place, padding behind the end."""
        special = self.tokenizer.special
        rows: Sequence[list[int]] = [
            [*self.tokenizer.encode(text), special.end] for text in self.answers
        ]
        targets = [
            rows[gap][i] if 0 <= i < len(rows[gap]) else special.pad
            for gap, i in zip(canvas.segment, index, strict=True)
        ]
        return np.array(targets, dtype=np.int64)
