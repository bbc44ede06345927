"""Drafts written from left to right in view of both sides, as a tree behind one context.

The first draft is greedy, the others are sampled; all advance by one token in one forward, and what they have in
common is written once. A gap ends where the model says so, where it would repeat what follows, or with the lines
that were asked for; nobody tells how long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import gumbel_max, streams
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.local.caches import ContextCaches, Encoded
from editdiff.engines.local.engine import check_task, context_parts
from editdiff.engines.twin.stream import Stream, gather
from editdiff.families.base import Traits, TreeDenoiser


class TwinEngine:
    """Fills the gaps of a text with any `TreeDenoiser`."""

    record: Callable[[str], object] | None = None
    """No canvas, no run of the loop to be written down."""

    def __init__(self, denoiser: TreeDenoiser, name: str = "twin", keep: int = 4) -> None:
        self.name = name
        self.denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._caches = ContextCaches(denoiser.encode, keep)

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        return self.denoiser.traits

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far."""
        return self._caches.encoded

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield a sketch of the greedy draft after each token, then the distinct drafts, best first.

        Of the options, `canvas`, `steps`, `threshold` and `reopen` mean nothing here. Drafts that are not UTF-8 are
        dropped. What stands in the gaps of a region that is to be revised competes with the drafts, unless it is
        known to be wrong. Raise UsageError for gaps that the model cannot take.
        """
        context = self._context(task, options)
        after = task.text[task.gaps[-1].end :]
        count = options.drafts if options.temperature > 0 else 1
        drafts = [Stream(self._tokenizer, context.prompt, after, options) for _ in range(count)]
        nfe = yield from self._written(context, drafts, options)
        found = self._distinct(drafts, nfe)
        if task.region is not None and not task.wrong and found:
            there = tuple(gap.slice(task.text) for gap in task.gaps)
            texts = [there, *(draft.texts for draft in found if draft.texts != there)]
            scores = self.score(task, texts)
            found = [Draft(text, score, nfe) for text, score in zip(texts, scores, strict=True)]
        yield from sorted(found, key=lambda draft: (not draft.ended, -draft.score))

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probability of each filling of the gaps and of the ending of the last, in nats.

        Of several gaps the text between them counts too: that what stands there follows speaks for a gap's text.
        """
        context = self._context(task, FillOptions())
        special, prompt = self._tokenizer.special, context.prompt
        rows = []
        for first, *others in texts:
            row = [prompt.heads[0], *self._tokenizer.encode(prompt.begins.decode() + first)]
            for locked, text in zip(prompt.locked, others, strict=True):
                row += [*locked, *self._tokenizer.encode(text)]
            rows.append([*row, special.end])
        ids = np.full((len(rows), max(map(len, rows), default=0)), special.pad, dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        if not rows:
            return []
        return [float(total) for total in self.denoiser.score(context.cache, ids).sum(axis=1)]

    def _context(self, task: FillTask, options: FillOptions) -> Encoded:
        check_task(task, self.traits)
        parts = context_parts(task, task.text, task.gaps, self.traits)
        budget = min(self.traits.context, options.context)
        return self._caches.encode(self.denoiser.prompt.encode(parts, budget))

    def _written(
        self, context: Encoded, drafts: Sequence[Stream], options: FillOptions
    ) -> Generator[Sketch, None, int]:
        """Write all drafts to their end, a token of each at a time; return the forwards."""
        sample = gumbel_max(options.temperature, streams(options.seed, range(len(drafts))))
        cache, nfe, written, end = context.cache, 0, 0, self._tokenizer.special.end
        while live := [number for number, draft in enumerate(drafts) if not draft.done]:
            ids, behind, wanted, whose = gather([drafts[number] for number in live], written)
            cache, guess = self.denoiser.write(cache, *map(np.array, (ids, behind, wanted)))
            written, nfe = written + len(ids), nfe + 1
            for row, number in enumerate(live):
                at = whose[row]
                own = Guess(guess.ids[:, at : at + 1], guess.logp[:, at : at + 1])
                own = drafts[number].admitted(own)
                if not drafts[number].ends(own):
                    text = own.only(own.ids != end, fallback=own.ids[..., 1])
                    drafts[number].take(sample(text, np.array([number])))
            yield Sketch(nfe, tuple(tuple(places) for places in drafts[0].places))
        return nfe

    def _distinct(self, drafts: Sequence[Stream], nfe: int) -> list[Draft]:
        """Distinct drafts with the score of their likeliest spelling in tokens."""
        distinct: dict[tuple[str, ...], Draft] = {}
        for stream in drafts:
            texts = stream.texts
            if texts is None or len(texts) <= len(stream.prompt.locked):
                continue
            made = Draft(texts, stream.score, nfe, stream.ended)
            known = distinct.get(texts, made)
            distinct[texts] = max(known, made, key=lambda draft: (draft.ended, draft.score))
        return list(distinct.values())
