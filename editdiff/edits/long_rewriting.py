"""A long text rewritten by instruction, part by part: definitions, statements, sections, each asked by itself.

A part is asked in view of the file around it and of what became of those before it, and judged as every region is.
One whose answer is declined stays as it is, and is told. Then all of it is looked at together: a change that was
made here and not there is damage, so what does not fit is left out, or nothing is proposed at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from editdiff.check.base import Anatomist, Checker
from editdiff.check.remember import remembering
from editdiff.edits.consistent import Consistency, lines_of
from editdiff.edits.infill import OnSketch
from editdiff.edits.outside import Outside, outside, refused, stricter
from editdiff.edits.proposal import UNCHANGED, Effort, NoEdit, Proposal, propose
from editdiff.edits.rewrite import LEFT, MOST_LINES, UNMEASURED, rewrite, without_blank_ends
from editdiff.edits.session import Session, carried
from editdiff.engines.base import OtherFile, Place, Sketch
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LINE_ENDING
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

SIZES = (24, 48, 96, MOST_LINES)
"""Lines up to which small parts are asked together, the first that leaves no more of them than MOST_PARTS."""
MOST_PARTS = 40
"""Parts of one request: each takes seconds."""
SECONDS = 600.0
"""After which no further part is asked."""
MORE = "name the lines that belong together, at most 120 of them, or say it more precisely"

Became = Literal["changed", "unchanged", "declined", "unfit", "late"]
"""What became of a part: it did not fit the rest, or there was no time left for it."""


@dataclass(frozen=True)
class Part:
    """A part of a long text, and what became of it."""

    span: Span
    """In the document."""
    became: Became
    reason: str = ""
    """Why it stays as it is."""
    confidence: float | None = None
    """Of its change, 0 to 1; None where there is none, and where nobody measured that."""


def parts_of(
    document: Document, spans: Sequence[Span], anatomist: Anatomist
) -> tuple[Span, ...] | NoEdit:
    """Cut regions, disjoint and in order, into as few parts as can be asked; short ones are one each."""
    found: tuple[Span, ...] = ()
    for size in SIZES:
        found = tuple(
            without_blank_ends(document, part)
            for span in spans
            for part in _cut(document, without_blank_ends(document, span), anatomist, size)
        )
        if 0 < len(found) <= MOST_PARTS:
            return found
    lines = sum(1 + len(LINE_ENDING.findall(span.slice(document.text))) for span in spans)
    return NoEdit(
        f"{lines:,} lines are {len(found)} parts, and at most {MOST_PARTS} are rewritten at once",
        "name fewer of them",
    )


def is_long(document: Document, span: Span) -> bool:
    """Whether a region, blank lines at its ends apart, has more lines than are rewritten at once."""
    inside = without_blank_ends(document, span).slice(document.text)
    return len(LINE_ENDING.findall(inside)) >= MOST_LINES


def _cut(document: Document, span: Span, anatomist: Anatomist, size: int) -> Sequence[Span]:
    if not is_long(document, span):
        return [span]
    return anatomist.pieces(document, span, size, MOST_LINES)


@dataclass
class LongRewriting:
    """Parts of one version of a document: disjoint, in order, at least one."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    """The parts."""
    ask: str
    """What is to become of them, in words."""
    regions: tuple[Span, ...]
    """What was named, of which these are the parts."""
    anatomist: Anatomist
    shown: dict[int, list[str]] = field(default_factory=dict)
    """Texts of each part, counted from 0, in what was proposed so far."""
    rounds: int = 0
    """How often all parts were asked."""
    parts: tuple[Part, ...] = ()
    """What became of the parts when they were asked last."""
    others: tuple[OtherFile, ...] | None = None
    """No other files are told."""
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic

    @property
    def outside(self) -> tuple[Outside, ...]:
        """What the instruction names that lies outside of what was named."""
        return tuple(outside(self.document, self.regions, self.ask))

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose all parts as they were asked for and fit each other; asked again, others.

        `on_sketch` sees every step; it may raise to cancel.

        Raises:
            EditdiffError: when the model cannot be loaded, or cannot be told what to do.
        """
        if self.session.of_rewrites is None and self.session.least != 0:
            return UNMEASURED
        if why := refused(self.outside):
            return why
        checkers = remembering(self.session.checkers)
        asking = _Asking(self, checkers, on_sketch, self._least())
        asking.run()
        self.rounds += 1
        return self._together(asking, checkers)

    def follow(self, user: Edits) -> LongRewriting | Dropped:
        """Carry it over to the document as the user has edited it meanwhile; dropped when an edit touches a part.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        moved = carried(self.document, self.spans, user)
        if isinstance(moved, Dropped):
            return moved
        document, spans = moved
        regions = tuple(
            Span(_moved(span.start, user), _moved(span.end, user)) for span in self.regions
        )
        shown = {number: list(texts) for number, texts in self.shown.items()}
        return replace(self, document=document, spans=spans, regions=regions, shown=shown, parts=())

    def _least(self) -> float | None:
        judge = self.session.of_rewrites
        if not self.outside or judge is None:
            return self.session.least
        return stricter(self.session.least, judge.floor)

    def _together(self, asking: _Asking, checkers: Sequence[Checker]) -> Proposal | NoEdit:
        """All changes that fit as one proposal; what became of the parts is told in `parts`."""
        edits, unfit, broken = fitting(
            Consistency(self.anatomist, self.document, self.ask, self.spans), asking.edits
        )
        for number, why in unfit.items():
            asking.parts[number] = Part(self.spans[number], "unfit", why)
        self.parts = tuple(asking.parts)
        if broken:
            return NoEdit(f"a change of one part would not fit the rest: {broken}", MORE)
        if not edits:
            return self._nothing()
        told = [part.confidence for part in self.parts if part.confidence is not None]
        effort = replace(
            Effort.total(asking.efforts), confidence=min(told, default=None), nfe=asking.steps,
            seconds=asking.seconds,
        )  # fmt: skip
        outcome = propose(self.document, Edits(tuple(edits.values())), self.spans, checkers, effort)
        if isinstance(outcome, Proposal):
            for number, edit in edits.items():
                self.shown.setdefault(number, []).append(edit.text)
        return outcome

    def _nothing(self) -> NoEdit:
        """Say why no part is changed."""
        reasons = [part for part in self.parts if part.became in ("declined", "unfit")]
        if not reasons:
            return LEFT if all(p.became == "unchanged" for p in self.parts) else _late(self.parts)
        first = reasons[0]
        where = lines_of(self.document.text, first.span)
        count = f"none of {len(self.parts)} parts is changed, and {len(reasons)} of them"
        return NoEdit(f"{count} could not be: of {where} {first.reason}", MORE)


@dataclass
class _Asking:
    """One round of asking for all parts."""

    rewriting: LongRewriting
    checkers: Sequence[Checker]
    on_sketch: OnSketch
    least: float | None
    edits: dict[int, TextEdit] = field(default_factory=dict)
    """Of the parts that change, by their numbers, in the document as it is."""
    efforts: list[Effort] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    steps: int = 0
    """Network evaluations for all parts so far, the declined ones too."""
    seconds: float = 0.0
    """Wall time of the same."""
    _step: int = 0
    """The last one that was seen of the part that is asked."""

    def run(self) -> None:
        """Ask for one part after the other, as long as there is time."""
        rewriting = self.rewriting
        begun, now = rewriting.clock(), rewriting.document
        for number, span in enumerate(rewriting.spans):
            self.seconds = rewriting.clock() - begun
            if self.seconds >= rewriting.seconds:
                self.parts.append(Part(span, "late", "there was no time left for it"))
                continue
            outcome = self._ask(number, span, now)
            self.steps, self._step = self.steps + self._step, 0
            if isinstance(outcome, NoEdit):
                same = outcome.reason in (LEFT.reason, UNCHANGED)
                self.parts.append(Part(span, "unchanged" if same else "declined", outcome.reason))
                continue
            (edit,) = outcome.edits
            self.edits[number] = edit.shift(-self._growth)
            now = outcome.after
            self.efforts.append(outcome.effort)
            self.parts.append(Part(span, "changed", "", outcome.effort.confidence))
        self.seconds = rewriting.clock() - begun

    @property
    def _growth(self) -> int:
        return sum(edit.growth for edit in self.edits.values())

    def _ask(self, number: int, span: Span, now: Document) -> Proposal | NoEdit:
        rewriting, session = self.rewriting, self.rewriting.session
        seed = session.options.seed + rewriting.rounds
        return rewrite(
            now,
            span.shift(self._growth),
            rewriting.ask,
            session.engine,
            replace(session.options, seed=seed),
            self.checkers,
            exclude=rewriting.shown.get(number, ()),
            on_sketch=self._among(number),
            calibration=session.of_rewrites,
            least=self.least,
            named_outside=(),
        )

    def _among(self, number: int) -> OnSketch:
        """Show a sketch of one part among the others."""
        text, spans = self.rewriting.document.text, self.rewriting.spans
        done = [
            (Place(self.edits[n].text if n in self.edits else span.slice(text), True, 1.0),)
            for n, span in enumerate(spans[:number])
        ]
        waiting = [tuple(_as_it_is(span.slice(text))) for span in spans[number + 1 :]]
        doing = f"part {number + 1} of {len(spans)}, {lines_of(text, spans[number])}"

        def shown(sketch: Sketch) -> None:
            self._step = sketch.step
            gaps = (*done, *sketch.gaps, *waiting)
            self.on_sketch(Sketch(self.steps + sketch.step, gaps, doing))

        return shown


def fitting(
    consistency: Consistency, edits: Mapping[int, TextEdit]
) -> tuple[dict[int, TextEdit], dict[int, str], str]:
    """Changes that fit each other, by the numbers of their parts; why others do not; and why none may be made."""
    kept, unfit = dict(edits), dict[int, str]()
    while kept and (found := consistency.unfit(kept)):
        unfit |= found
        kept = {number: edit for number, edit in kept.items() if number not in found}
    return kept, unfit, consistency.broken(kept)


def summary(parts: Sequence[Part], text: str, most: int = 4) -> str:
    """What became of the parts of a text, in a sentence that names some of those that stay; empty without any."""
    if not parts:
        return ""
    changed = sum(part.became == "changed" for part in parts)
    same = sum(part.became == "unchanged" for part in parts)
    left = [part for part in parts if part.became not in ("changed", "unchanged")]
    told = [f"{changed} of {len(parts)} parts are changed"]
    told += [f"{same} would stay the same"] if same else []
    sentence = ", ".join(told)
    if left:
        named = "; ".join(f"{lines_of(text, part.span)}: {part.reason}" for part in left[:most])
        more = f"; and {len(left) - most} more" if len(left) > most else ""
        sentence += f", {len(left)} are left as they are ({named}{more})"
    return sentence


def _as_it_is(text: str) -> Iterator[Place]:
    """A text that waits, line by line, so that it can be read."""
    lines = LINE_ENDING.split(text)
    for number, line in enumerate(lines):
        yield Place(line, False, 1.0)
        if number + 1 < len(lines):
            yield Place("\n", True, 1.0)


def _moved(offset: int, user: Edits) -> int:
    return offset + sum(edit.growth for edit in user if edit.span.end <= offset)


def _late(parts: Sequence[Part]) -> NoEdit:
    late = sum(part.became == "late" for part in parts)
    return NoEdit(f"there was no time left for {late} of {len(parts)} parts", MORE)
