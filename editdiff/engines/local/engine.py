"""The engine of local networks: tokenizer + denoiser + the loop.

All gaps of a task stand side by side on one canvas and see each other while they resolve; drafts are
denoised as a batch over one encoded context. A gap that fills its part of the canvas without an
`<end>` is continued alone, after what it holds so far, to any length. Finished drafts may be reopened where a
critic finds them wrong, or where they are least sure. In the end the distinct drafts are ranked by the causal
mode of the same network.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from editdiff.denoise.history import Run, Write
from editdiff.denoise.loop import Step
from editdiff.denoise.policy import make_policy
from editdiff.denoise.rules import Policy, State
from editdiff.engines.base import AGAIN, Critic, Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.local.caches import ContextCaches, Encoded
from editdiff.engines.local.drafts import Fill, Writing, places_of
from editdiff.engines.local.inplace import Standing
from editdiff.engines.local.reopen import Trial, doubted, grouped, reopened
from editdiff.errors import UsageError
from editdiff.families.base import Denoiser, Traits
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas

MAX_SCORED = 512
"""Most ids of a draft that are scored, sentinels and `<end>`s included."""


class LocalEngine:
    """Fills the gaps of a text with any `Denoiser`."""

    def __init__(
        self, denoiser: Denoiser, name: str = "local", policy: Policy | None = None
    ) -> None:
        """Without a `policy`, that of the options' threshold is used."""
        self.name = name
        self._denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._policy = policy
        self._caches = ContextCaches(denoiser.encode)
        self.record: Write | None = None
        """Takes the record of every run (`denoise.history`), line by line."""

    @property
    def denoiser(self) -> Denoiser:
        """The network."""
        return self._denoiser

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        return self._denoiser.traits

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far; those found in a cache do not count."""
        return self._caches.encoded

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield a sketch of draft 0 after each step, then the distinct drafts, best first.

        With temperature 0 all drafts would be the same, so there is one. Drafts that are not UTF-8
        are dropped. Raise UsageError for gaps that the model cannot take.
        """
        check_task(task, self.traits)
        if task.region is not None:
            yield from self._revised(task, options)
            return
        context = self._caches.encode(self._context(task, task.text, task.gaps))
        drafts = self._begun(len(task.gaps), options)
        everything = range(len(task.gaps))
        nfe = yield from self._block(context, drafts, drafts[0], everything, 0, options)
        for writing in drafts:
            while (gap := writing.open_gap) is not None:
                after = self._continued(task, writing, gap)
                nfe = yield from self._block(after, [writing], drafts[0], [gap], nfe, options)
        if options.reopen == AGAIN:
            nfe = yield from self._again(drafts, nfe, options)
        if task.critic is not None and options.critic_rounds:
            nfe = yield from self._corrected(drafts, task.critic, nfe, options)
        yield from self._ranked(context, drafts, nfe)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Causal log-probability of each filling of the gaps, `<end>`s included, in nats.

        Raise UsageError for gaps that the model cannot take.
        """
        check_task(task, self.traits)
        context = self._caches.encode(self._context(task, task.text, task.gaps))
        return self._scores(context, texts) if texts else []

    def _context(self, task: FillTask, text: str, gaps: Sequence[Span]) -> Prompt:
        parts = context_parts(task, text, gaps, self.traits)
        return self._denoiser.prompt.encode(parts, self.traits.context)

    def _continued(self, task: FillTask, writing: Writing, gap: int) -> Encoded:
        """Encode the text with all that the draft holds, and its gap open behind what that one holds."""
        text, done = "", 0
        for i, (span, filled) in enumerate(zip(task.gaps, writing.texts or (), strict=True)):
            text += task.text[done : span.start] + filled
            done = span.end
            if i == gap:
                here = Span(len(text), len(text))
        context = self._context(task, text + task.text[done:], [here])
        writing.encoded = self._caches.encode_once(context, writing.encoded)
        return writing.encoded

    def _block(
        self,
        context: Encoded,
        group: Sequence[Writing],
        leader: Writing,
        gaps: Sequence[int],
        nfe: int,
        options: FillOptions,
    ) -> Generator[Sketch, None, int]:
        """Denoise one canvas of `gaps` for each of `group`; return the network evaluations so far."""
        sizes = [places_of_gap(self.traits, options.canvas, len(gaps))] * len(gaps)
        heads = context.prompt.heads
        canvas = Canvas.blank(self._tokenizer.special, len(group), sizes, heads)
        return (yield from self._run(canvas, context.cache, group, leader, gaps, nfe, options))

    def _run(
        self,
        canvas: Canvas,
        cache: Any,
        group: Sequence[Writing],
        leader: Writing,
        gaps: Sequence[int],
        nfe: int,
        options: FillOptions,
        state: State | None = None,
        why: Sequence[str] = (),
    ) -> Generator[Sketch, None, int]:
        """Denoise `canvas` [B, L] of `gaps`, a row for each of `group`; return the network evaluations so far."""
        reopen = "none" if options.reopen == AGAIN else options.reopen
        run = Run(
            canvas,
            self._policy or make_policy("threshold", reopen, tau=options.threshold),
            options.steps * len(gaps),
            options.temperature,
            options.seed,
            tuple(writing.draft for writing in group),
            group[0].blocks,
            state,
            tuple(why),
        )
        propose = partial(self._denoiser.propose, cache)
        if self.record is None:
            steps = run.denoise(propose)
        else:
            steps = run.record(propose, self.record, self._tokenizer.decode)
        for step in steps:
            yield Sketch(nfe + step.nfe, self._drawn(leader, step, gaps, group[0] is leader))
        for row, writing in enumerate(group):
            writing.take(step, row, gaps, cache, options.max_tokens)
        return nfe + step.nfe

    def _begun(self, gaps: int, options: FillOptions) -> list[Writing]:
        """All drafts, with nothing written."""
        count = options.drafts if options.temperature > 0 else 1
        return [Writing(i, self._tokenizer, [Fill() for _ in range(gaps)]) for i in range(count)]

    def _revised(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Denoise the gaps of a task's region in place; drafts that change anything beside them are dropped.

        What stands there is one of the drafts, unless it is known to be wrong: another has to be likelier.
        """
        standing = Standing.of(task, self._tokenizer, self.traits.canvases)
        context = self._caches.encode(self._context(task, task.text, [standing.span]))
        cache, head = context.cache, context.prompt.heads[0]
        drafts = self._begun(1, options)
        canvas = standing.canvas(self._tokenizer.special, len(drafts), head)
        state = standing.state(canvas, wrong=task.wrong)
        options = replace(options, max_tokens=canvas.ids.shape[1])
        nfe = yield from self._run(canvas, cache, drafts, drafts[0], [0], 0, options, state)
        found: dict[tuple[str, ...], str] = {}
        for writing in drafts:
            texts = standing.texts(self._tokenizer, writing.fills[0].ids)
            if texts is not None and writing.texts is not None:
                found.setdefault(texts, writing.texts[0])
        if not task.wrong and found:
            there = tuple(gap.slice(task.text) for gap in task.gaps)
            found.setdefault(there, standing.span.slice(task.text))
        scores = self._scores(context, [(text,) for text in found.values()]) if found else []
        made = [Draft(texts, score, nfe) for texts, score in zip(found, scores, strict=True)]
        yield from sorted(made, key=lambda draft: -draft.score)

    def _again(
        self, drafts: list[Writing], nfe: int, options: FillOptions
    ) -> Generator[Sketch, None, int]:
        """Reopen the least sure places of every finished draft, and keep what comes beside what there was."""
        trials = [Trial(writing) for writing in drafts if writing.ended]
        for trial in trials:
            trial.blame(doubted(trial.writing))
        nfe = yield from self._tried(trials, drafts[0], nfe, options)
        drafts += [trial.writing for trial in trials if trial.writing.ended]
        return nfe

    def _corrected(
        self, drafts: list[Writing], critic: Critic, nfe: int, options: FillOptions
    ) -> Generator[Sketch, None, int]:
        """Reopen what the critic finds wrong, round by round; a draft that no round mends stays as it was."""
        trials = {i: Trial(writing) for i, writing in enumerate(drafts) if writing.ended}
        for widen in range(options.critic_rounds + 1):
            for i, trial in list(trials.items()):
                faults = critic(trial.writing.texts) if trial.writing.texts is not None else ()
                if trial.writing.ended and trial.writing.texts is not None and not faults:
                    drafts[i] = trials.pop(i).writing
                elif not trial.blame(faults, widen):
                    del trials[i]
            if not trials or widen == options.critic_rounds:
                break
            nfe = yield from self._tried(list(trials.values()), drafts[0], nfe, options)
        return nfe

    def _tried(
        self, trials: Sequence[Trial], leader: Writing, nfe: int, options: FillOptions
    ) -> Generator[Sketch, None, int]:
        """Denoise the blamed places of drafts, those of one context together, and reopen nothing else."""
        options = replace(options, reopen="none")
        for group in grouped(trials):
            canvas, state = reopened(group)
            last, why = group[0].last, [reason for trial in group for reason in trial.why]
            for trial in group:
                trial.writing = trial.writing.fork()
            forks = [trial.writing for trial in group]
            shown = forks[0] if forks[0].draft == leader.draft else leader
            nfe = yield from self._run(
                canvas, last.cache, forks, shown, last.gaps, nfe, options, state, why
            )
        return nfe

    def _drawn(
        self, leader: Writing, step: Step, gaps: Sequence[int], at_work: bool
    ) -> tuple[tuple[Place, ...], ...]:
        """What the leading draft holds of each gap, and where it is at work on it."""
        drawn = [fill.places for fill in leader.fills]
        for segment, gap in enumerate(gaps if at_work else ()):
            drawn[gap] += places_of(self._tokenizer, step, 0, segment)
        return tuple(drawn)

    def _ranked(self, context: Encoded, drafts: Sequence[Writing], nfe: int) -> list[Draft]:
        """Distinct drafts, ended ones first, then by score."""
        distinct: dict[tuple[str, ...], bool] = {}
        for writing in drafts:
            if writing.texts is not None:
                distinct[writing.texts] = distinct.get(writing.texts, False) or writing.ended
        scores = self._scores(context, list(distinct)) if distinct else []
        ranked = [
            Draft(texts, score, nfe, ended)
            for (texts, ended), score in zip(distinct.items(), scores, strict=True)
        ]
        return sorted(ranked, key=lambda draft: (not draft.ended, -draft.score))

    def _scores(self, context: Encoded, drafts: Sequence[tuple[str, ...]]) -> list[float]:
        """Causal log-probability of each draft's gaps and their `<end>`s, in nats, tokenised canonically.

        How a draft happened to be cut into tokens must not count, nor may its length be normalised
        away: the sum is the probability of the text, and a draft that stops too early pays for its
        `<end>`.
        """
        special, heads = self._tokenizer.special, context.prompt.heads
        rows: list[list[int]] = []
        for texts in drafts:
            row: list[int] = []
            for head, text in zip(heads, texts, strict=False):
                row += [head, *self._tokenizer.encode(text), special.end]
            rows.append(row[:MAX_SCORED])
        lengths = np.array([len(row) for row in rows])  # [B]
        ids = np.full((len(rows), lengths.max()), special.pad, dtype=np.int64)  # [B, L]
        for i, tokens in enumerate(rows):
            ids[i, : len(tokens)] = tokens
        logp = self._denoiser.score(context.cache, ids)  # [B, L-1]
        counts = np.arange(1, ids.shape[1]) < lengths[:, None]
        counts &= ~np.isin(ids[:, 1:], heads)  # which gap is next is no choice of the model
        return [float(total) for total in np.where(counts, logp, 0.0).sum(axis=1)]


def context_parts(task: FillTask, text: str, gaps: Sequence[Span], traits: Traits) -> ContextParts:
    """What stands around `gaps` of a `text` that the task's text has become, and what the model is told of them."""
    old = task.old if traits.takes_old else None
    around = ContextParts.around(text, gaps, task.path)
    others = task.others if traits.takes_others else ()
    return replace(around, old=old, ask=task.ask, typed=task.typed, others=others)


def check_task(task: FillTask, traits: Traits) -> None:
    """Raise UsageError unless a model of these traits can take a task.

    Text to be replaced that it cannot be shown is not shown; an instruction that it cannot follow is refused.
    """
    if not 1 <= len(task.gaps) <= traits.gaps:
        raise UsageError(
            f"The model fills 1 to {traits.gaps} gaps at once, but the task has {len(task.gaps)}.",
            "Fill some of the gaps, then the others.",
        )
    if task.ask is not None and not traits.takes_ask:
        raise UsageError(
            "The model cannot be told in words what to do.",
            "Choose a model that takes instructions.",
        )
    ends = [0, *(gap.end for gap in task.gaps)]
    for gap, end in zip(task.gaps, ends, strict=False):
        if gap.start < end or gap.end > len(task.text):
            raise UsageError(
                f"The gap {gap.start}-{gap.end} does not stand after the one before it, "
                f"inside the text of {len(task.text)} characters.",
                "Give disjoint half-open spans of code points, in order.",
            )


def places_of_gap(traits: Traits, wanted: int, gaps: int) -> int:
    """Places of one of `gaps` on a canvas, its head included: together they have those of the largest canvas."""
    wanted, least = traits.fitting(wanted), min(traits.canvases)
    if gaps == 1:
        return wanted
    return max(least, min(wanted, traits.places // gaps // least * least))
