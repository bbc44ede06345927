"""Infill: what stands in the spans is hidden, denoised from both sides, checked, and proposed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from editdiff.check.base import Anatomist, Checker
from editdiff.check.remember import remembering
from editdiff.edits.agreeing import agreeing
from editdiff.edits.critic import critic
from editdiff.edits.proposal import UNCHANGED, Effort, NoEdit, Proposal, propose
from editdiff.edits.sure import ANY, Requirement
from editdiff.engines.base import (
    Assessor,
    Draft,
    Engine,
    FillOptions,
    FillTask,
    OtherFile,
    Sketch,
)
from editdiff.text.document import Document
from editdiff.text.doubled import doubled
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.shown import Shown, newline, unix, written
from editdiff.text.span import Span

DEFAULTS = FillOptions()
RETRIES = 1
"""Further rounds, each with another seed, while finished drafts come but all fail their checks."""

ELSEWHERE = "mask a larger or another region, or ask for more drafts"

OnSketch = Callable[[Sketch], None]


def infill(
    document: Document,
    spans: Sequence[Span],
    engine: Engine,
    options: FillOptions = DEFAULTS,
    checkers: Sequence[Checker] = (),
    *,
    others: Sequence[OtherFile] = (),
    retries: int = RETRIES,
    exclude: Collection[tuple[str, ...]] = (),
    on_sketch: OnSketch = lambda sketch: None,
    calibration: Assessor | None = None,
    least: float | None = None,
    may_empty: bool = False,
    anatomist: Anatomist | None = None,
) -> Proposal | NoEdit:
    """Propose a new text for `spans`: the engine's best draft that passes its checks.

    The model sees nothing of what the spans hold. When the best passing draft is the very text that
    stands there, nothing is proposed: any other draft is ranked lower.
    Each checker is asked once about a text, whoever asks: the engine, which may mend a draft, or we.
    `exclude` holds drafts that are not to be proposed, one text for each span. The greedy draft does
    not vary, so sampled ones are made beside it from the first round on: give another seed too.
    `others` are files that belong to the document, the most telling last, for a model that has a place for them.
    `on_sketch` sees every step; it may raise to cancel.
    With a `calibration` of the model, the draft of an only gap is told with its confidence, and declined
    where that is below `least`, by default the calibration's floor; 0 never declines.
    Whoever asks for whole lines wants some: a draft that leaves such a gap empty is none, unless they `may_empty`.
    With an `anatomist` drafts of several gaps that read what each other bind come first (`edits.agreeing`).

    Raises:
        ValueError: unless the spans are disjoint, in order and inside the text.
    """
    task, checkers = fill_task(document, spans, others), remembering(checkers)
    if options.critic_rounds:
        task = replace(task, critic=critic(document, task, checkers))
    requirement = Requirement(calibration, least) if len(task.gaps) == 1 else ANY
    return draft(
        document, spans, task, engine, options, checkers, retries, exclude, on_sketch, requirement,
        wants_text=() if may_empty else whole_lines(task), anatomist=anatomist,
    )  # fmt: skip


def draft(
    document: Document,
    spans: Sequence[Span],
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    checkers: Sequence[Checker],
    retries: int,
    exclude: Collection[tuple[str, ...]],
    on_sketch: OnSketch,
    requirement: Requirement = ANY,
    *,
    wants_text: Collection[int] = (),
    anatomist: Anatomist | None = None,
) -> Proposal | NoEdit:
    """Propose the engine's best draft of a task that passes its checks; `infill` tells of the rest.

    The task's gaps are the `spans`, as the engine is shown them. Drafts that leave one that `wants_text`, by its
    number, with white space alone are none.
    """
    excluded = frozenset(map(_unix_all, exclude))
    search = _Search(
        document, tuple(spans), task, checkers, requirement, excluded, wants_text, anatomist
    )
    rounds = 1 + (retries if options.temperature > 0 else 0)  # nothing varies at temperature 0
    for attempt in range(rounds):
        before = search.turned_down
        round_options = _reseeded(options, attempt, sampled=bool(exclude))
        for fresh in search.listen(engine, task, round_options, on_sketch):
            outcome = search.judge(fresh, engine, round_options)
            if outcome is not None:
                return outcome
        if search.turned_down == before:  # nothing new was tried: another seed will not help
            break
    return search.nothing()


def fill_task(
    document: Document, spans: Sequence[Span], others: Sequence[OtherFile] = ()
) -> FillTask:
    r"""Return the document as the model is shown it: every line ending is `\n`, as it has learned.

    Raises:
        ValueError: unless the spans are disjoint, in order and inside the text.
    """
    task = task_of(document, Shown.of(document.text, spans), spans)
    return replace(task, others=tuple(others))


def task_of(document: Document, shown: Shown, spans: Sequence[Span]) -> FillTask:
    """Return the task of filling `spans` of a document, of whose text `shown` is the view with them."""
    gaps = tuple(map(shown.span_to_shown, spans))
    return FillTask(shown.text, gaps, PurePath(document.path).name)


def whole_lines(task: FillTask) -> list[int]:
    """Numbers of the gaps of a task beside which nothing stands on their lines, from 0."""
    return [
        number
        for number, gap in enumerate(task.gaps)
        if not task.text[: gap.start].rpartition("\n")[2].strip()
        and not task.text[gap.end :].partition("\n")[0].strip()
    ]


@dataclass
class _Search:
    """What one infill has tried so far."""

    document: Document
    spans: tuple[Span, ...]
    task: FillTask
    checkers: Sequence[Checker]
    requirement: Requirement
    excluded: frozenset[tuple[str, ...]] = frozenset()
    wants_text: Collection[int] = ()
    """Numbers of gaps that white space alone does not fill."""
    anatomist: Anatomist | None = None
    """Tells whether what is drafted for several gaps fits together."""
    drafts: Sequence[Draft] = ()
    """All drafts of the last round, excluded ones too: they tell how sure the model is of the others."""
    tried: set[tuple[str, ...]] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """Why finished drafts were withheld, the best of the first round first."""
    flawed: list[str] = field(default_factory=list)
    """Why drafts could not be used at all."""
    unfinished: int = 0
    repeated: int = 0
    """Drafts that were excluded."""
    empty: int = 0
    """Drafts that leave a gap empty where text is wanted."""
    nfe: int = 0
    started: float = field(default_factory=time.perf_counter)

    def listen(
        self, engine: Engine, task: FillTask, options: FillOptions, on_sketch: OnSketch
    ) -> list[Draft]:
        """Run one fill to its end; return the drafts that are new, best first."""
        drafts = []
        for update in engine.fill(task, options):
            if isinstance(update, Sketch):
                on_sketch(update)
            else:
                drafts.append(update)
        self.drafts = drafts
        self.nfe += max((draft.nfe for draft in drafts), default=0)
        fresh = [draft for draft in drafts if _unix_all(draft.texts) not in self.excluded]
        self.repeated += len(drafts) - len(fresh)
        new = [draft for draft in fresh if draft.texts not in self.tried]
        self.tried.update(draft.texts for draft in new)
        shown = self.document.with_text(task.text)
        return agreeing(new, shown, task.gaps, self.anatomist)

    @property
    def turned_down(self) -> int:
        """Count the finished drafts that did not decide it: another seed may bring others."""
        return len(self.failures) + len(self.flawed) + self.repeated + self.empty

    def judge(self, draft: Draft, engine: Engine, options: FillOptions) -> Proposal | NoEdit | None:
        """Return the outcome if this draft decides it; note why if it is withheld."""
        if not draft.ended:
            self.unfinished += 1
            return None
        if draft.flaw:
            self.flawed.append(draft.flaw)
            return None
        if not all(draft.texts[number].strip() for number in self.wants_text):
            self.empty += 1
            return None
        seconds = time.perf_counter() - self.started
        made = len(self.tried)
        effort = Effort(draft.score, self.nfe, seconds, made, drafted=draft.drafted)
        outcome = propose(
            self.document, self._edits(draft.texts), self.spans, self.checkers, effort
        )
        if isinstance(outcome, Proposal):
            if why := _doubled(outcome):
                self.failures.append(why)
                return None
            told = self.requirement.confidence(self.task, draft, self.drafts, engine, options)
            effort = replace(outcome.effort, confidence=told)
            return self.requirement.judge(replace(outcome, effort=effort))
        if outcome.reason == UNCHANGED:
            return outcome
        self.failures.append(outcome.reason)
        return None

    def nothing(self) -> NoEdit:
        """Say how many drafts were withheld, and why."""
        if self.failures and self.unfinished:
            kinds = f"{len(self.failures)} with new problems, {self.unfinished} unfinished"
            return NoEdit(
                f"no draft can be used: {kinds}; the best{_where(self.failures[0])}", ELSEWHERE
            )
        if self.failures:
            best = ", the best" if len(self.failures) > 1 else ""
            each = _each(len(self.failures))
            return NoEdit(f"{each} has a new problem{best}{_where(self.failures[0])}", ELSEWHERE)
        if self.empty:
            one = "\n" not in self.task.gaps[0].slice(self.task.text)
            which = "a line" if len(self.wants_text) > 1 else "the line" if one else "the lines"
            return NoEdit(f"the model would leave {which} empty", ELSEWHERE)
        if self.flawed:
            return NoEdit(
                f"the answer cannot be used: {self.flawed[0]}", "ask again, or say it otherwise"
            )
        if self.unfinished:
            return NoEdit(
                f"{_each(self.unfinished)} was unfinished when the budget ran out",
                "mask a smaller region, or allow more tokens, steps or seconds",
            )
        if self.repeated:
            return NoEdit(
                "the model has no other draft", "ask for more drafts, or a higher temperature"
            )
        return NoEdit(
            "the engine gave no draft", "mask a larger or another region, or choose another model"
        )

    def _edits(self, texts: Sequence[str]) -> Edits:
        """Turn a draft's texts into edits, with the document's own line endings."""
        before = self.document.text
        ending = newline(before)
        return Edits(
            tuple(
                TextEdit(span, written(text, span.slice(before), ending))
                for span, text in zip(self.spans, texts, strict=True)
            )
        )


def _doubled(proposal: Proposal) -> str:
    """Say which line of the edited text stands there twice; empty where none does."""
    after, growth = proposal.after, 0
    for edit in proposal.edits:
        start = edit.span.start + growth
        at = doubled(after.text, Span(start, start + len(edit.text)), after.language)
        if at is not None:
            line = LineTable(after.text).position(at).line + 1
            return f"line {line}: it is the line above it once more"
        growth += edit.growth
    return ""


def _reseeded(options: FillOptions, attempt: int, *, sampled: bool) -> FillOptions:
    """Return the options of a round; a later one samples, as the greedy draft would be the same."""
    if attempt == 0 and not sampled:
        return options
    return replace(options, seed=options.seed + attempt, drafts=max(2, options.drafts))


def _where(reason: str) -> str:
    """Say where a problem is; that a draft is not text has no line."""
    return f" in {reason}" if reason.startswith("line ") else f": {reason}"


def _each(drafts: int) -> str:
    return "the only draft" if drafts == 1 else f"each of {drafts} drafts"


def _unix_all(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(unix, texts))
