"""One problem mended: drafts for a region compete, and the best one that leaves fewer problems wins.

Drafts come from the model, asked for the region and for smaller gaps in it, from the checker, and from the
table of slips. All are ranked over the same region, as a noisy channel ranks what may have been meant
(Kernighan, Church and Gale 1990, COLING 2:205): the log-probability of the text where it stands, by the causal
score, and of the slip that made of it what stands there now. A network without a canvas judges well enough to be
asked one thing more: a draft is no fix unless it is likelier than what stands there, the slip paid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import partial

from editdiff.check.base import Problem, quick
from editdiff.edits.fix.change import Rule
from editdiff.edits.fix.regions import Region
from editdiff.edits.fix.rules import FOR_LINES, FOR_LINTER, FOR_OTHERS, FOR_SYNTAX, broken
from editdiff.edits.fix.standards import STANDARDS, Checks, Fewer, Standard, ask, judging
from editdiff.edits.infill import OnSketch, fill_task, infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revise import in_place
from editdiff.engines.base import (
    Draft,
    Engine,
    FillOptions,
    FillTask,
    OtherFile,
    Scorer,
    Sifter,
    Sketch,
    Update,
    has_canvas,
)
from editdiff.errors import InputError, UsageError
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.shown import unix

SLIP, SLIP_CHARACTER = 3.0, 1.5
"""Nats that a draft pays for differing from what stands there, and for each character by which it does."""
FREE = 4
"""Characters that a draft may change whatever else there is; beyond that it has to resemble the old text."""
LEAST_KEPT = 0.8
"""Least share of the characters of both texts that match, as difflib counts it."""
JUDGED = 24
"""Drafts of a region that are checked, the best of them."""
UNSEEN = 40
"""Texts made without a model that are considered where the first syntax checker sees no fault."""
REST = 40
"""Most tokens of the rest of a line that was broken off."""
TOKEN, SPARE = 2, 4
"""Characters of a token that a model without a canvas writes, a low estimate; and tokens that are left to it."""


def mend(
    document: Document,
    region: Region,
    drafts: Rivals,
    options: FillOptions,
    checks: Checks,
    standard: Standard = STANDARDS[0],
    exclude: Collection[str] = (),
) -> Proposal | NoEdit:
    """Propose the best draft for a region that meets a standard and breaks no rule; `checks` should remember.

    Drafts that `exclude` holds are left out.

    Raises:
        ValueError: when the region reaches past the end of the text.
    """
    judge = Fewer(document, region.span, checks, standard, drafts.rules)
    old = region.span.slice(document.text)
    return infill(
        document, [region.span], drafts, options, [judge, *judging(checks.syntax, standard)],
        others=drafts.others, retries=0, exclude={(text,) for text in (old, *exclude)},
        may_empty=True,
    )  # fmt: skip


def rivals(
    document: Document,
    region: Region,
    engine: Engine,
    checks: Checks,
    rules: Sequence[Rule] = FOR_SYNTAX,
    others: Sequence[OtherFile] = (),
    late: Callable[[], bool] = lambda: False,
    on_sketch: OnSketch = lambda sketch: None,
) -> Rivals:
    """The drafts that compete for a region; none is made before the first is asked for.

    One that breaks a rule is none, and a text made without a model is not even ranked then. `others` are files that
    belong to the document. Once it is `late` the model is asked for no more. `on_sketch` sees every step of the
    model; it may raise to cancel.

    Raises:
        ValueError: when the region reaches past the end of the text.
    """
    if has_canvas(engine):
        tasks = [fill_task(document, [gap], others) for gap in region.gaps]
        tasks += [
            in_place(document, [gap], region.span, wrong=True) for gap in region.gaps if gap.length
        ]
    else:  # to revise in place would be the same; where a linter says what is wrong, no more than that is rewritten
        gaps = region.gaps if region.texts else region.gaps[:1]
        tasks = [fill_task(document, [gap], others) for gap in gaps]
    old = region.span.slice(document.text)
    texts = partial(_promising, document, region, checks, rules)
    return Rivals(
        engine, tasks, texts, unix(old), rules, tuple(others), region.accepted, region.one_slip,
        region.completes, late, on_sketch,
    )  # fmt: skip


@dataclass
class Rivals:
    """An engine whose drafts for a region compete with others."""

    engine: Engine
    tasks: Sequence[FillTask]
    """Smaller gaps in the region, each with what the region has around it, to be filled or revised in place."""
    texts: Callable[[], Sequence[str]]
    """Drafts that are there without a model."""
    old: str
    """What stands in the region."""
    rules: Sequence[Rule]
    """What none of the drafts may do."""
    others: tuple[OtherFile, ...] = ()
    """Files that belong to the document."""
    accepted: bool = False
    """Whether the texts are to be taken whatever they change."""
    one_slip: bool = False
    """Whether each of the texts is one slip away, however much of the region it changes."""
    completes: bool = False
    """Whether a model writes the rest of a line that was broken off."""
    late: Callable[[], bool] = lambda: False
    """Whether the model is to be asked for no more."""
    on_sketch: OnSketch = lambda sketch: None
    """Sees every step of the model; it may raise to cancel."""
    made: list[Draft] | None = None
    """What came of the fill: asked again, the same."""
    gains: dict[str, float] = field(default_factory=dict)
    """By how many nats each draft is likelier than what stands there; empty where a model is not asked for that."""
    written: frozenset[str] = frozenset()
    """Drafts that the model wrote."""
    name: str = "rivals"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield all drafts, the best first; the steps that led to them are not told."""
        if self.made is None:
            self.made = self._ranked(task, options)
        yield from self.made

    def far_behind(self, text: str, nats: float) -> list[str]:
        """The drafts that were made and are less likely to be meant than one of them, the slip paid, by so much."""
        worth = {
            draft.texts[0]: draft.score - self._cost(draft.texts[0]) for draft in self.made or ()
        }
        least = worth[unix(text)] - nats
        return [other for other, value in worth.items() if value < least]

    def _ranked(self, task: FillTask, options: FillOptions) -> list[Draft]:
        region = task.gaps[0]
        scores: dict[str, float] = {}
        nfe = 0
        for narrow in self.tasks:
            gap = narrow.gaps[0]
            head = task.text[region.start : gap.start]
            tail = task.text[gap.end : region.end]
            try:
                drafts = self._drafts(narrow, self._enough(task, narrow, options))
            except UsageError:  # it is longer than the model's canvases: another gap may be not
                continue
            nfe += max((draft.nfe for draft in drafts), default=0)
            scores |= {head + d.texts[0] + tail: d.score for d in drafts if d.ended}
        self.written = frozenset(scores)
        texts = [*dict.fromkeys([*scores, *self.texts()])]
        if not self.accepted:
            texts = [text for text in texts if faithful(self.old, text)]
        if isinstance(self.engine, Sifter):
            others = [text for text in texts if text not in scores]
            kept = {*scores, *self.engine.sift(task, self.old, others)}
            texts = [text for text in texts if text in kept]
        if isinstance(self.engine, Scorer) and texts:
            there = [] if has_canvas(self.engine) or self._told else [self.old]
            told = self.engine.score(_ended(task), [(text,) for text in (*texts, *there)])
            scores = dict(zip(texts, told, strict=False))
            if there:
                texts = [text for text in texts if scores[text] - self._cost(text) > told[-1]]
                self.gains = {text: scores[text] - told[-1] for text in texts}
            texts.sort(key=lambda text: self._cost(text) - scores[text])
        return [Draft((text,), scores.get(text, 0.0), nfe) for text in texts[:JUDGED]]

    def _drafts(self, task: FillTask, options: FillOptions) -> list[Draft]:
        """What the engine makes of a task in the time that is left."""
        drafts = []
        if not self.late():
            for update in self.engine.fill(task, options):
                if isinstance(update, Draft):
                    drafts.append(update)
                elif isinstance(update, Sketch):
                    self.on_sketch(update)
                if self.late():
                    break
        return drafts

    @property
    def _told(self) -> bool:
        """Whether the texts are a checker's own, whatever a model thinks of them."""
        return self.accepted and not self.one_slip

    def _enough(self, task: FillTask, narrow: FillTask, options: FillOptions) -> FillOptions:
        """Let a model without a canvas write no more than a faithful draft may have."""
        if has_canvas(self.engine):
            return options
        if self.completes:
            return replace(options, max_tokens=min(options.max_tokens, REST), lines=1)
        gap, region = narrow.gaps[0], task.gaps[0]
        longest = gap.length + max(FREE, int(region.length * (2 / LEAST_KEPT - 2)))
        lines = narrow.lines + (1 if narrow.lines and not gap.length else 0)  # a line may be lost
        most = min(options.max_tokens, longest // TOKEN + SPARE)
        return replace(options, max_tokens=most, lines=lines)

    def worth(self, text: str) -> float | None:
        """Nats by which a draft is likelier to be meant than what stands there, the slip paid; None if unasked."""
        gain = self.gains.get(unix(text))
        return None if gain is None else gain - self._cost(unix(text))

    def _cost(self, text: str) -> float:
        return SLIP if self.one_slip else slip_cost(self.old, text)


def _ended(task: FillTask) -> FillTask:
    """The task with a line break behind a gap that ends the text: else it may break off there as well as end."""
    at_end = task.gaps[-1].end == len(task.text)
    return replace(task, text=f"{task.text}\n") if at_end else task


def rules_for(region: Region, problem: Problem, syntax: bool) -> Sequence[Rule]:
    """What no draft for a region may do: a checker knows its own texts; whole lines keep what they say."""
    if problem.own_only:
        return FOR_LINTER
    if region.one_slip:
        return FOR_LINES
    return FOR_SYNTAX if syntax and not region.accepted else FOR_OTHERS


def slip_cost(old: str, new: str) -> float:
    """Nats that a draft pays for what it changes: one slip is likely to stay within a few characters."""
    return SLIP + SLIP_CHARACTER * changed(old, new)


def faithful(old: str, new: str) -> bool:
    """Whether a draft keeps enough of what the user wrote to be a fix of it, and not another text."""
    if changed(old, new) <= FREE:
        return True
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= LEAST_KEPT


def changed(old: str, new: str) -> int:
    """Characters by which a text differs from another, what both have in common at their ends left out."""
    head, tail = common_ends(old, new)
    return max(len(old), len(new)) - head - tail


def _promising(
    document: Document, region: Region, checks: Checks, rules: Sequence[Rule]
) -> list[str]:
    """The texts made without a model that the first syntax checker takes: a parse is cheaper than a score.

    It takes one, too, after which all that it sees lies further on. Where it sees no fault at all it takes nearly
    every text, and few of them can be the right one.
    """
    if not checks.syntax or (region.accepted and not region.one_slip):
        return [unix(text) for text in region.texts]
    checker = quick(checks.syntax[0])
    known = len(ask(checker, document))
    kept = []
    for text in region.texts[: None if known else UNSEEN]:
        after = document.with_text(
            document.text[: region.span.start] + text + document.text[region.span.end :]
        )
        try:
            left = ask(checker, after)
        except InputError:
            continue
        end = region.span.start + len(text)
        better = len(left) < max(known, 1) or all(problem.span.start > end for problem in left)
        if better and not broken(document, after, rules):
            kept.append(unix(text))
    return kept
