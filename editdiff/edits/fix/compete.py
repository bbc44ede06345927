"""One problem mended: drafts for a region compete, and the best one that leaves fewer problems wins.

Drafts come from the model, asked for the region and for smaller gaps in it, from the checker, and from the
table of slips. All are ranked over the same region, as a noisy channel ranks what may have been meant
(Kernighan, Church and Gale 1990, COLING 2:205): the log-probability of the text where it stands, by the causal
score, and of the slip that made of it what stands there now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from editdiff.check.base import Checker, Problem, affirmed
from editdiff.edits.fix.regions import Region
from editdiff.edits.infill import fill_task, infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revise import in_place
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Scorer, Update
from editdiff.errors import InputError, UsageError
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

SLIP, SLIP_CHARACTER = 3.0, 1.5
"""Nats that a draft pays for differing from what stands there, and for each character by which it does."""
FREE = 4
"""Characters that a draft may change whatever else there is; beyond that it has to resemble the old text."""
LEAST_KEPT = 0.8
"""Least share of the characters of both texts that match, as difflib counts it."""
FIRST_ONLY = ("python",)
"""Checkers that stop at their first problem: with it gone there may be another one, further on."""
NEAR = 2
"""Lines on either side of a region in which a fix leaves no problem: it would be the same fault."""
JUDGED = 24
"""Drafts of a region that are checked, the best of them: each may need a process of its own."""
UNSEEN = 40
"""Texts made without a model that are considered where the first syntax checker sees no fault."""
KEPT = 10_000
"""Texts whose problems a checker's memory holds."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Checks:
    """Who judges a document."""

    syntax: tuple[Checker, ...] = ()
    """They say whether it parses, and are always asked: no fix may break that."""
    others: tuple[Checker, ...] = ()
    """They may see nothing in a document that does not parse."""

    def remembering(self) -> Checks:
        """The same, each asked only once about a text."""
        return Checks(
            tuple(Remembering(checker) for checker in self.syntax),
            tuple(Remembering(checker) for checker in self.others),
        )

    def problems(self, document: Document) -> list[Problem]:
        """All problems: those of the syntax first, of these the checker's that names one at a time."""
        first = sorted(self.syntax, key=lambda checker: checker.name not in FIRST_ONLY)
        every = (*first, *self.others)
        return [p for checker in every for p in _ask(checker, document)]


@dataclass
class Remembering:
    """A checker that remembers what it found."""

    checker: Checker
    known: dict[bytes, list[Problem]] = field(default_factory=dict)
    """A text's digest to its problems; of documents that differ in nothing else."""
    right: dict[bytes, Sequence[Span] | None] = field(default_factory=dict)
    """A text's digest to what was found right in it."""

    @property
    def name(self) -> str:
        """The checker's own."""
        return self.checker.name

    def supports(self, language: str) -> bool:
        """As the checker does."""
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        """What the checker finds."""
        return _remembered(self.known, self.checker.check, document)

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        """What the checker finds right, where it can tell."""
        return _remembered(self.right, partial(affirmed, self.checker), document)


@dataclass(frozen=True)
class NoMore:
    """A checker that counts: a document has nothing wrong unless it has more problems than one had before.

    `propose` also asks what a word in place of the edits would do, and a linter sees nothing in what that breaks.
    """

    checker: Checker
    before: Document

    @property
    def name(self) -> str:
        """The checker's own."""
        return self.checker.name

    def supports(self, language: str) -> bool:
        """As the checker does."""
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        """All problems of a document that has more of them than the one before."""
        found = self.checker.check(document)
        return found if len(found) > len(self.checker.check(self.before)) else []

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        """What the checker finds right, where it can tell."""
        return affirmed(self.checker, document)


class Standard(NamedTuple):
    """What a draft has to bring about, beside fewer problems than before and none more of any kind."""

    parses: bool = False
    """No problem of syntax is left at all."""
    strict: bool = True
    """A text that parses at last has no problem either that could not be seen before."""
    clears: bool = False
    """No problem of syntax is left near the region."""


STANDARDS = (Standard(),)
"""For a problem that is none of syntax."""


def standards(checks: Checks) -> tuple[Standard, ...]:
    """For a problem of syntax: a lower one is for want of a draft that meets those above, wherever it reaches."""
    lenient = (Standard(parses=True, strict=False),) if checks.others else ()
    return (Standard(parses=True), *lenient, Standard(strict=False, clears=True))


@dataclass(frozen=True)
class Fewer:
    """A checker of drafts: whether a document has fewer problems than it had, and none more of any kind."""

    before: Document
    region: Span
    """What the draft replaces."""
    checks: Checks
    standard: Standard = STANDARDS[0]
    name: str = "fix"

    def supports(self, language: str) -> bool:
        """Whatever the checkers judge."""
        return True

    def check(self, document: Document) -> list[Problem]:
        """Nothing if it has, or is the document before; else the first problem that is left."""
        if document.text == self.before.text:
            return []
        fewer, left = False, list[Problem]()
        for checker in self.checks.syntax:
            old, new = _ask(checker, self.before), _ask(checker, document)
            if new and (self.standard.parses or len(new) > len(old)):
                return new[:1]
            if self.standard.clears and (near := self._near(old, new, document)):
                return [near]
            fewer = fewer or len(new) < len(old) or self._moved_on(checker, old, new)
            left += new
        seen_late = fewer and not left and not self.standard.strict
        for checker in self.checks.others:
            old, new = _ask(checker, self.before), _ask(checker, document)
            if len(new) > len(old) and not seen_late:
                return new[:1]
            fewer = fewer or (len(new) < len(old) and self._still_judges(checker, document))
            left += new
        still = Problem(self.region, "nothing is mended", self.name)
        return [] if fewer else [*left, still][:1]

    def _still_judges(self, checker: Checker, document: Document) -> bool:
        """Whether nothing that a checker judged before, right or wrong, has become what it does not judge.

        An equation that it can no longer read is no problem, and not mended either.
        """
        right, now = affirmed(checker, self.before), affirmed(checker, document)
        if right is None or now is None:
            return True
        judged = len(right) + len(_ask(checker, self.before))
        return len(now) + len(_ask(checker, document)) >= judged

    def _near(
        self, old: Sequence[Problem], new: Sequence[Problem], document: Document
    ) -> Problem | None:
        """The first problem of syntax near the region, or around it unless one began there before.

        A draft that takes one of several problems of a single fault away has mended nothing.
        """
        text, table = document.text, LineTable(document.text)
        end = self.region.end + len(text) - len(self.before.text)
        first, last = (table.position(at).line for at in (self.region.start, end))
        near = Span(
            table.start(max(0, first - NEAR)), table.content(min(len(table) - 1, last + NEAR)).end
        )
        known = {problem.span.start for problem in old}
        for problem in new:
            start, stop = problem.span.start, problem.span.end
            if near.start <= start <= near.end or near.start <= stop <= near.end:
                return problem
            if start < near.start and stop > near.end and start not in known:
                return problem
        return None

    def _moved_on(self, checker: Checker, old: Sequence[Problem], new: Sequence[Problem]) -> bool:
        """Whether a checker that stops at its first problem got past the region, as `_near` has made sure."""
        if checker.name not in FIRST_ONLY or not (old and new):
            return False
        return old[0].span.start <= self.region.end < new[0].span.start


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
    accepted: bool = False
    """Whether the texts are to be taken whatever they change."""
    one_slip: bool = False
    """Whether each of the texts is one slip away, however much of the region it changes."""
    made: list[Draft] | None = None
    """What came of the fill: asked again, the same."""
    name: str = "rivals"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield all drafts, the best first; the steps that led to them are not told."""
        if self.made is None:
            self.made = self._ranked(task, options)
        yield from self.made

    def _ranked(self, task: FillTask, options: FillOptions) -> list[Draft]:
        region = task.gaps[0]
        scores: dict[str, float] = {}
        nfe = 0
        for narrow in self.tasks:
            gap = narrow.gaps[0]
            head = task.text[region.start : gap.start]
            tail = task.text[gap.end : region.end]
            try:
                drafts = [u for u in self.engine.fill(narrow, options) if isinstance(u, Draft)]
            except UsageError:  # it is longer than the model's canvases: another gap may be not
                continue
            nfe += max((draft.nfe for draft in drafts), default=0)
            scores |= {head + d.texts[0] + tail: d.score for d in drafts if d.ended}
        texts = [*dict.fromkeys([*scores, *self.texts()])]
        if not self.accepted:
            texts = [text for text in texts if faithful(self.old, text)]
        if isinstance(self.engine, Scorer) and texts:
            told = self.engine.score(task, [(text,) for text in texts])
            scores = dict(zip(texts, told, strict=True))
            texts.sort(key=lambda text: self._cost(text) - scores[text])
        return [Draft((text,), scores.get(text, 0.0), nfe) for text in texts[:JUDGED]]

    def _cost(self, text: str) -> float:
        return SLIP if self.one_slip else slip_cost(self.old, text)


def rivals(document: Document, region: Region, engine: Engine, checks: Checks) -> Rivals:
    """The drafts that compete for a region; none is made before the first is asked for.

    Raises:
        ValueError: when the region reaches past the end of the text.
    """
    tasks = [fill_task(document, [gap]) for gap in region.gaps]
    tasks += [
        in_place(document, [gap], region.span, wrong=True) for gap in region.gaps if gap.length
    ]
    old = region.span.slice(document.text)
    texts = partial(_promising, document, region, checks)
    return Rivals(engine, tasks, texts, unix(old), region.accepted, region.one_slip)


def mend(
    document: Document,
    region: Region,
    drafts: Rivals,
    options: FillOptions,
    checks: Checks,
    standard: Standard = STANDARDS[0],
) -> Proposal | NoEdit:
    """Propose the best draft for a region that meets a standard; `checks` should remember.

    Raises:
        ValueError: when the region reaches past the end of the text.
    """
    judge = Fewer(document, region.span, checks, standard)
    old = region.span.slice(document.text)
    return infill(
        document, [region.span], drafts, options, [judge, *checks.syntax],
        retries=0, exclude={(old,)},
    )  # fmt: skip


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


def _promising(document: Document, region: Region, checks: Checks) -> list[str]:
    """The texts made without a model that the first syntax checker takes: a parse is cheaper than a score.

    It takes one, too, after which all that it sees lies further on. Where it sees no fault at all it takes nearly
    every text, and few of them can be the right one.
    """
    if not checks.syntax or (region.accepted and not region.one_slip):
        return [unix(text) for text in region.texts]
    checker = checks.syntax[0]
    known = len(_ask(checker, document))
    kept = []
    for text in region.texts[: None if known else UNSEEN]:
        whole = document.text[: region.span.start] + text + document.text[region.span.end :]
        try:
            found = _ask(checker, document.with_text(whole))
        except InputError:
            continue
        end = region.span.start + len(text)
        if len(found) < max(known, 1) or all(problem.span.start > end for problem in found):
            kept.append(unix(text))
    return kept


def _remembered(
    known: dict[bytes, Answer], ask: Callable[[Document], Answer], document: Document
) -> Answer:
    """What a document's text was answered with before, or is now."""
    key = blake2b(document.text.encode(), digest_size=16).digest()
    if key not in known:
        if len(known) >= KEPT:
            known.clear()
        known[key] = ask(document)
    return known[key]


def _ask(checker: Checker, document: Document) -> list[Problem]:
    return checker.check(document) if checker.supports(document.language) else []
