"""The autoregressive twin: the same weights from left to right, one forward a token.

It is what denoising is measured against: the same context and caches, the same limit of length, and it
stops at `<end>`. There are no masks and no padding. Several gaps are written one after the other in one
stream, each behind its head, `<gap_0> … <end> <gap_1> … <end>`, as the network was trained: a later gap is written
in view of the earlier ones, an earlier one in ignorance of the later.
"""

from __future__ import annotations

import codecs
import math
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import Sampler, gumbel_max, streams
from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.local.caches import ContextCaches, Encoded
from editdiff.engines.local.engine import check_task, context_parts
from editdiff.families.base import CausalDenoiser, Traits
from editdiff.tokens.base import Special


@dataclass
class _Stream:
    """One draft in the making."""

    ids: list[list[int]]
    """Tokens of each gap, without `<end>`."""
    places: list[tuple[Place, ...]] = field(init=False)
    """The same, as a viewer sees them."""
    score: float = 0.0
    """Log-probability of the tokens and of each `<end>` that came, in nats."""
    ended: bool = True
    """False once a gap has reached the limit."""

    def __post_init__(self) -> None:
        self.places = [() for _ in self.ids]

    def take(self, gap: int, place: Place, token: int, end: int, limit: int) -> bool:
        """Append a token to a gap; return whether the gap goes on, which it does up to its `<end>`.

        At the limit only `<end>` is accepted.
        """
        ids, ends = self.ids[gap], token == end
        if not ends and len(ids) == limit:
            self.ended = False
            return False
        self.score += math.log(max(place.confidence, sys.float_info.min))
        if not ends:
            ids.append(token)
            self.places[gap] += (place,)
        return not ends


class CausalEngine:
    """Fills the gaps of a text one token after the other with any `CausalDenoiser`."""

    def __init__(self, denoiser: CausalDenoiser, name: str = "causal") -> None:
        self.name = name
        self._denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._caches = ContextCaches(denoiser.encode)

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        return self._denoiser.traits

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield a sketch of draft 0 after each token, then the distinct drafts, best first.

        The first draft is greedy, the others are sampled, one after the other. Of the options, `canvas`,
        `steps` and `threshold` mean nothing here. Drafts that are not UTF-8 are dropped. Raise UsageError
        for gaps that the model cannot take.
        """
        check_task(task, self.traits)
        parts = context_parts(task, task.text, task.gaps, self.traits)
        context = self._caches.encode(self._denoiser.prompt.encode(parts, self.traits.context))
        drafts: list[_Stream] = []
        nfe = 0
        for draft in range(options.drafts if options.temperature > 0 else 1):
            stream = _Stream([[] for _ in task.gaps])
            for _ in self._write(context, stream, draft, options):
                nfe += 1
                if draft == 0:
                    yield Sketch(nfe, tuple(stream.places))
            drafts.append(stream)
        yield from self._ranked(drafts, nfe)

    def _write(
        self, context: Encoded, stream: _Stream, draft: int, options: FillOptions
    ) -> Generator[None, None, None]:
        """Write every gap of a draft, yielding after each forward.

        What closes a gap and opens the next, `<end>` and its head, goes into the cache with one forward.
        """
        special, (prompt, cache) = self._tokenizer.special, context
        sample = gumbel_max(options.temperature, streams(options.seed, [draft]))
        pending: list[int] = []
        for gap in range(len(stream.ids)):
            pending, goes_on = [*pending, prompt.heads[gap]], True
            while goes_on:
                cache, guess = self._denoiser.extend(cache, np.array(pending, dtype=np.int64))
                guess = _last(guess, special, sample)
                token = int(guess.chosen[0, 0])
                place = Place(self._tokenizer.decode([token]), True, float(guess.confidence[0, 0]))
                goes_on = stream.take(gap, place, token, special.end, options.max_tokens)
                pending = [token if goes_on else special.end]
                yield

    def _ranked(self, drafts: list[_Stream], nfe: int) -> list[Draft]:
        """Distinct drafts, ended ones first, then by the score of their likeliest spelling in tokens."""
        distinct: dict[tuple[str, ...], Draft] = {}
        for stream in drafts:
            try:
                texts = tuple(self._text(ids, stream.ended) for ids in stream.ids)
            except UnicodeDecodeError:
                continue
            found = Draft(texts, stream.score, nfe, stream.ended)
            distinct[texts] = min(distinct.get(texts, found), found, key=_rank)
        return sorted(distinct.values(), key=_rank)

    def _text(self, ids: list[int], ended: bool) -> str:
        """Text of a gap; only where the limit fell may a character be cut, and is left out."""
        text, _ = codecs.utf_8_decode(self._tokenizer.decode_bytes(ids), "strict", ended)
        return text


def _rank(draft: Draft) -> tuple[bool, float]:
    return not draft.ended, -draft.score


def _last(guess: Guess, special: Special, sample: Sampler) -> Guess:
    """What follows the last of [1, S]: text or `<end>`, chosen by `sample`."""
    last = Guess(guess.ids[:, -1:], guess.logp[:, -1:])
    admitted = special.is_text(last.ids) | (last.ids == special.end)
    return sample(last.only(admitted, fallback=special.end), np.zeros(1, dtype=np.int64))
