"""Drafts written from left to right in view of both sides, as a tree behind one context.

The first draft is greedy, the others are sampled; all advance by one token in one forward, and what they have in
common is written once. A gap ends where the model says so, where it would repeat what follows, or with the lines
that were asked for; nobody tells how long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import Sampler, gumbel_max, streams
from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Told, Update
from editdiff.engines.local.caches import ContextCaches, Encoded
from editdiff.engines.local.engine import check_task, context_parts
from editdiff.engines.twin.ahead import TELLING, Lookup
from editdiff.engines.twin.record import Recorder
from editdiff.engines.twin.rewriting import (
    MORE,
    Asked,
    Sample,
    Writing,
    answer,
    parts_of,
    read,
    restored,
)
from editdiff.engines.twin.stream import REACH, Stream, spelt_on
from editdiff.engines.twin.writing import Tokens, Writer
from editdiff.errors import UsageError
from editdiff.families.base import InstructedDenoiser, Traits, TreeDenoiser
from editdiff.prompt.base import ContextParts, InstructionFormat, Prompt
from editdiff.text.language import language_of
from editdiff.text.margin import LANGUAGES, in_block
from editdiff.text.span import Span

KEPT, KEPT_TOKENS = 4, 4096
"""Contexts that are kept, and their tokens, of which each takes `coder` 25 kB."""
MOST_COMPARED = 1024
"""Tokens of texts that are read to compare them; more cost seconds."""
LEAST_READ = 4
"""Texts that are read however long they are."""
BEAMS = 2
"""Drafts of the gaps so far that the next one is filled for."""
PIECE = 64
"""Tokens of a context that are read ahead at once: what comes meanwhile waits for them."""
REWRITTEN = 1024
"""Most tokens around a part that is rewritten: more tell little, and half a second is half a thousand of them."""
MOST_READ = 8192
"""Tokens of answers that are read in each form."""
PLAIN = "change nothing"
"""What is asked to learn how likely a change is that nobody asked for."""


class TwinEngine:
    """Fills the gaps of a text with any `TreeDenoiser`."""

    record: Callable[[str], object] | None = None
    """Takes the record of the leading draft of each gap (`engines.twin.record`), line by line."""
    guesses: bool = True
    """Whether tokens are guessed ahead from the text at hand: that changes what a draft costs, and not what it is,
    but where two tokens are so near that rounding decides."""
    canvas: bool = True
    """Whether the network's canvas drafts tokens ahead, too, where it has one: the same holds."""

    def __init__(self, denoiser: TreeDenoiser, name: str = "twin", guesses: bool = True) -> None:
        self.name, self.guesses = name, guesses
        self.denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._caches = ContextCaches(denoiser.encode, KEPT, KEPT_TOKENS)
        self.tokens = Tokens()
        """Of all drafts so far."""

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

        Of the options, `canvas`, `steps`, `threshold` and `reopen` mean nothing here. Drafts that are not UTF-8
        are dropped. What stands in the gaps of a region that is to be revised competes with the drafts, unless it
        is known to be wrong. Raise UsageError for gaps that the model cannot take.
        """
        check_task(task, self.traits)
        if task.ask is not None:
            yield from self._rewritten(task, options)
            return
        before = replace(self.tokens)
        if len(task.gaps) > 1:
            drafts, nfe = yield from self._one_by_one(task, options)
        else:
            drafts, nfe = yield from self._drafts(task, options)
        found, told = self._compared(task, drafts, nfe, options), self.tokens.since(before).told
        yield from (replace(draft, drafted=told) for draft in sorted(found, key=_rank))

    def read_ahead(self, task: FillTask, options: FillOptions) -> Iterator[None]:
        """Encode the context of a task, and yield after each PIECE of it; what was read by then is kept."""
        prompt = self._prompt(task, options)
        for end in range(PIECE, len(prompt.ids), PIECE):
            self._caches.encode(prompt.first(end))
            yield
        self._caches.encode(prompt)
        yield

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probability of each filling of the gaps, and that the text after them follows, in nats.

        Such a model ends a gap by going on with what follows it. Its first tokens are read in one piece with the
        filling, since one may reach over the border: `)` and a line break are a token. So they speak for a filling
        or against it, as the text between several gaps does. Where no text follows, the ending counts.
        """
        return self.score_with(task, texts, FillOptions())

    def score_with(
        self, task: FillTask, texts: Sequence[tuple[str, ...]], options: FillOptions
    ) -> list[float]:
        """As `score`, in the context that a fill with these options has."""
        after = task.text[task.gaps[-1].end :]
        return self._scores(self._context(task, options), after, texts) if texts else []

    def sift(self, task: FillTask, old: str, texts: Sequence[str]) -> list[str]:
        """Of texts for the one gap, in which `old` stands, as many as are worth reading, the most promising first.

        One reading of `old` tells of each text how much likelier than the old token the first one is by which it
        differs. What comes of the rest of it, only reading it will tell.
        """
        if not texts:
            return []
        context = self._context(task, FillOptions())
        begins = context.prompt.begins.decode()
        after = task.text[task.gaps[0].end :]
        there = spelt_on(self._tokenizer, begins + old, after)
        rows = np.array([context.prompt.heads[0], *there[:-1]])
        every = np.arange(len(rows))
        _, guess = self.denoiser.write(context.cache, rows, every - 1, every)
        gains, lengths = dict[str, float](), dict[str, int]()
        for text in texts:
            ids = spelt_on(self._tokenizer, begins + text, after)
            pairs = enumerate(zip(ids, there, strict=False))
            at = next((i for i, (new, known) in pairs if new != known), 0)
            gains[text] = _logp(guess, at, ids[at]) - _logp(guess, at, there[at])
            lengths[text] = len(ids)
        promising = sorted(texts, key=lambda text: -gains[text])
        read = np.cumsum([lengths[text] for text in promising])
        return promising[: max(LEAST_READ, int((read <= MOST_COMPARED).sum()))]

    def _rewritten(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Answers to the task's instruction that change something, from every form, each read in all of them.

        At temperature 0, or with one draft, every form writes the likeliest; with more it samples others.
        """
        denoiser, old = self.denoiser, task.old
        if not isinstance(denoiser, InstructedDenoiser) or old is None:
            raise UsageError(
                "The model rewrites a text that stands there, and there is none.",
                "Give the text as `old`.",
            )
        asked, wrote, nfe = list[Asked](), dict[str, int](), 0
        for number, form in enumerate(denoiser.asked):
            asked.append(self._asked(form, task, task.ask, options))
            for sample in _samples(options, number):
                answers = yield from _later(
                    answer(denoiser, asked[-1], old, sample, options.max_tokens), nfe
                )
                nfe += sum(writing.forwards for writing in answers)
                for i, writing in enumerate(answers):
                    if writing.text is not None:
                        text = restored(writing.text, old, asked[-1].margin)
                        wrote[text] = wrote.get(text, 0) + (i == 0)
        plain = self._asked(denoiser.asked[-1], task, PLAIN, options)
        yield from self._judged([*asked, plain], old, wrote, nfe)

    def _asked(
        self, form: InstructionFormat, task: FillTask, ask: str | None, options: FillOptions
    ) -> Asked:
        """Ask in one form."""
        around = ContextParts.around(task.text, task.gaps, task.path)
        parts, margin = parts_of(replace(around, old=task.old, ask=ask), form)
        budget = min(self.traits.context, options.context, REWRITTEN)
        context = self._caches.encode(form.encode(parts, budget))
        return Asked(form, context, margin, form.closing(parts))

    def _judged(
        self, asked: Sequence[Asked], old: str, wrote: Mapping[str, int], nfe: int
    ) -> Iterator[Draft]:
        """Answers that change something, by their mean log-probability over all forms but the last."""
        assert isinstance(self.denoiser, InstructedDenoiser)
        most = max(1, MOST_READ // (MORE + len(self._tokenizer.encode(old))))
        texts = [text for text in wrote if text != old][:most]
        if not texts:
            return
        told = np.array([read(self.denoiser, each, [old, *texts]) for each in asked])
        there, plain_there = tuple(told[:-1, 0].tolist()), float(told[-1, 0])
        drafts = [
            Draft(
                (text,),
                float(forms.mean()),
                nfe,
                told=Told(tuple(forms.tolist()), float(plain), wrote[text], there, plain_there),
            )
            for text, forms, plain in zip(texts, told[:-1, 1:].T, told[-1, 1:], strict=True)
        ]
        yield from sorted(drafts, key=_rank)

    def _drafts(
        self, task: FillTask, options: FillOptions
    ) -> Generator[Sketch, None, tuple[list[Draft], int]]:
        """Distinct drafts of a task with one gap, and the forwards."""
        context = self._context(task, options)
        before, after = task.text[: task.gaps[0].start], task.text[task.gaps[-1].end :]
        inside = language_of(task.path) in LANGUAGES and in_block(before, after)
        count = options.drafts if options.temperature > 0 else 1
        drafts = [
            Stream(self._tokenizer, context.prompt, after, options, inside, before[-1:] == "\n")
            for _ in range(count)
        ]
        writer = Writer(
            self.denoiser,
            context.cache,
            drafts,
            gumbel_max(options.temperature, streams(options.seed, range(count))),
            self._lookup(context.prompt, before, task.gaps[0].slice(task.text)),
            self._recorder(context, options),
            self.tokens,
            self.canvas,
            options.fill_seconds,
        )
        yield from writer.run()
        return self._distinct(drafts, writer.forwards), writer.forwards

    def _one_by_one(
        self, task: FillTask, options: FillOptions
    ) -> Generator[Sketch, None, tuple[list[Draft], int]]:
        """Fill several gaps from the first to the last, each in view of all text around it and of those before it.

        Written in one stretch, a gap would be filled, and ended, without a sight of the text that follows it.
        """
        beams, nfe = [Draft((), 0.0, 0)], 0
        places: tuple[tuple[Place, ...], ...] = ()
        for number in range(len(task.gaps)):
            last = number == len(task.gaps) - 1
            told = options if last else replace(options, lines=0)
            grown: list[Draft] = []
            for beam in beams:
                writing = self._drafts(_alone(task, beam.texts), told)
                drafts, forwards = yield from _shown(
                    writing, nfe, places if beam is beams[0] else None
                )
                nfe += forwards
                grown += [
                    Draft(
                        (*beam.texts, *d.texts), beam.score + d.score, nfe, beam.ended and d.ended
                    )
                    for d in drafts
                ]
            beams = sorted(grown, key=_rank)[: None if last else BEAMS]
            told_places = [Place(text, True, 1.0) for text in beams[0].texts] if beams else []
            places = tuple((place,) for place in told_places)
        return [replace(draft, nfe=nfe) for draft in beams], nfe

    def _compared(
        self, task: FillTask, drafts: list[Draft], nfe: int, options: FillOptions
    ) -> list[Draft]:
        """Drafts, what stands there among them where it is revised; of several gaps the text between counts too."""
        if task.region is not None and not task.wrong and drafts:
            there = tuple(gap.slice(task.text) for gap in task.gaps)
            drafts = [Draft(there, 0.0, nfe), *(d for d in drafts if d.texts != there)]
        elif len(task.gaps) == 1 or len(drafts) < 2:
            return drafts
        context = self._context(task, options)
        if not self._readable(context, drafts):
            return drafts
        after = task.text[task.gaps[-1].end :]
        scores = self._scores(context, after, [draft.texts for draft in drafts])
        return [replace(d, score=score) for d, score in zip(drafts, scores, strict=True)]

    def _readable(self, context: Encoded, drafts: Sequence[Draft]) -> bool:
        """Whether drafts have few enough tokens, locked text included, to be compared."""
        texts = [text for draft in drafts for text in draft.texts]
        tokens = len(drafts) * sum(map(len, context.prompt.locked))
        tokens += sum(len(self._tokenizer.encode(text)) for text in texts)
        return tokens <= MOST_COMPARED

    def _scores(
        self, context: Encoded, after: str, texts: Sequence[tuple[str, ...]]
    ) -> list[float]:
        """[B] of fillings, at least one."""
        special, prompt = self._tokenizer.special, context.prompt
        rows = []
        for filling in texts:
            first, *others = prompt.begins.decode() + filling[0], *filling[1:]
            row, last = [prompt.heads[0]], first
            for locked, text in zip(prompt.locked, others, strict=True):
                row += [*self._tokenizer.encode(last), *locked]
                last = text
            rows.append([*row, *spelt_on(self._tokenizer, last, after)])
        ids = np.full((len(rows), max(map(len, rows))), special.pad, dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        return [float(total) for total in self.denoiser.score(context.cache, ids).sum(axis=1)]

    def _context(self, task: FillTask, options: FillOptions) -> Encoded:
        return self._caches.encode(self._prompt(task, options))

    def _prompt(self, task: FillTask, options: FillOptions) -> Prompt:
        check_task(task, self.traits)
        parts = context_parts(task, task.text, task.gaps, self.traits)
        return self.denoiser.prompt.encode(parts, min(self.traits.context, options.context))

    def _recorder(self, context: Encoded, options: FillOptions) -> Recorder | None:
        """What writes the record, where one is wanted."""
        special, decode = self._tokenizer.special, self._tokenizer.decode
        if self.record is None:
            return None
        return Recorder(context.prompt, special, options, decode, self.record)

    def _lookup(self, prompt: Prompt, before: str, there: str) -> Lookup | None:
        """What guesses tokens of a gap behind `before`, from what the model is told and what stands `there`.

        The model is not told that, and judges what is guessed as it judges any other text.
        """
        if not self.guesses:
            return None
        encode, special = self._tokenizer.encode, self._tokenizer.special
        begins = prompt.begins.decode()
        last = encode(before[-REACH:].removesuffix(begins))[-TELLING:]
        standing = [special.end, *last, *encode(begins + there)] if there else []
        return Lookup([*prompt.ids.tolist(), *standing], last, special)

    def _distinct(self, drafts: Sequence[Stream], nfe: int) -> list[Draft]:
        """Distinct drafts with the score of their likeliest spelling in tokens."""
        distinct: dict[tuple[str, ...], Draft] = {}
        for stream in drafts:
            filled = stream.filled
            if filled is None:
                continue
            made = Draft((filled,), stream.score, nfe, stream.ended)
            known = distinct.get(made.texts, made)
            distinct[made.texts] = max(known, made, key=lambda draft: (draft.ended, draft.score))
        return list(distinct.values())


def _rank(draft: Draft) -> tuple[bool, float]:
    return not draft.ended, -draft.score


def _alone(task: FillTask, texts: Sequence[str]) -> FillTask:
    """A task of the first gap that has no text yet; the later ones are hidden, unless they are only doubted."""
    keeps, number = task.region is not None and not task.wrong, len(texts)
    later = [gap.slice(task.text) if keeps else "" for gap in task.gaps[number + 1 :]]
    ends = [0, *(gap.end for gap in task.gaps)]
    between = [
        task.text[end : gap.start] for end, gap in zip(ends, task.gaps, strict=False)
    ]  # before each gap
    head = (
        "".join(text + filled for text, filled in zip(between, texts, strict=False))
        + between[number]
    )
    tail = "".join(text + filled for text, filled in zip(between[number + 1 :], later, strict=True))
    whole, here = head + tail + task.text[ends[-1] :], Span(len(head), len(head))
    typed = 0 if number else task.typed
    return replace(task, text=whole, gaps=(here,), region=None, typed=typed)


def _shown(
    writing: Generator[Sketch, None, tuple[list[Draft], int]],
    before: int,
    places: tuple[tuple[Place, ...], ...] | None,
) -> Generator[Sketch, None, tuple[list[Draft], int]]:
    """Tell of the steps of one gap behind `before` others, with the `places` of earlier gaps; None: not at all."""
    while True:
        try:
            sketch = next(writing)
        except StopIteration as stop:
            made: tuple[list[Draft], int] = stop.value
            return made
        if places is not None:
            yield Sketch(before + sketch.step, (*places, *sketch.gaps))


def _later(
    writing: Generator[Sketch, None, list[Writing]], before: int
) -> Generator[Sketch, None, list[Writing]]:
    """Tell of the steps of answers behind `before` others."""
    while True:
        try:
            sketch = next(writing)
        except StopIteration as stop:
            made: list[Writing] = stop.value
            return made
        yield replace(sketch, step=before + sketch.step)


def _samples(options: FillOptions, form: int) -> list[Sample]:
    """How the tokens of each answer in a form are chosen: the first is greedy."""
    count = options.drafts if options.temperature > 0 else 1
    sample = gumbel_max(options.temperature, streams(options.seed + form, range(count)))
    return [partial(_sampled, sample, number) for number in range(count)]


def _sampled(sample: Sampler, draft: int, guess: Guess) -> Guess:
    return sample(guess, np.array([draft]))


def _logp(guess: Guess, place: int, token: int) -> float:
    """Nats of a token at a place of a guess [1, S]; one that is not kept is less likely than all that are."""
    kept = guess.logp[0, place, guess.ids[0, place] == token]
    return float(kept.max() if len(kept) else guess.logp[0, place].min())
