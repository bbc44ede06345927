"""Rewriting by instruction: a text that stands there is changed as it was asked for, and nothing else is.

The answers of the model are judged by what did not write them: by how likely it finds each one in the other forms
in which it was asked, by how likely that change would be had nobody asked for it, and by the checks of every
draft. Where that was measured of the model, an answer that is not likely enough is declined, as `infill` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from editdiff.check.base import Checker
from editdiff.check.remember import remembering
from editdiff.edits.infill import DEFAULTS, OnSketch, draft, task_of
from editdiff.edits.outside import Outside, outside, refused, stricter
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.sure import SEE_IT, Requirement
from editdiff.engines.base import Assessor, Draft, Engine, FillOptions, FillTask, Sketch, Update
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.shown import Shown, unix
from editdiff.text.span import Span

MOST_LINES = 120
"""Lines of a text that is rewritten at once."""
MOST_ASKED = 2000
"""Characters of an instruction."""
MOST_TOKENS = 4096
"""Tokens of an answer; how long one may become hangs on what stands there."""
NOTHING_ASKED = NoEdit("nothing is asked for", "say what to do, such as --ask 'add type hints'")
NOTHING_THERE = NoEdit("there is nothing in the region", "infill writes where nothing stands")
LEFT = NoEdit(
    "the model would leave the text as it is", "say more precisely what is to become of it"
)
UNMEASURED = NoEdit(
    "nobody has measured how well this model does what it is asked to",
    f"fetch one of which that is known: `editdiff models get coder`, or {SEE_IT}",
)
OUTSIDE = NoEdit(
    "what the model wrote changes more than the region", "name whole lines, and all that change"
)


def rewrite(
    document: Document,
    span: Span,
    ask: str,
    engine: Engine,
    options: FillOptions = DEFAULTS,
    checkers: Sequence[Checker] = (),
    *,
    exclude: Collection[str] = (),
    on_sketch: OnSketch = lambda sketch: None,
    calibration: Assessor | None = None,
    least: float | None = None,
    named_outside: Sequence[Outside] | None = None,
) -> Proposal | NoEdit:
    """Propose `span` as `ask` wants it: the likeliest answer that passes its checks.

    The model is asked to rewrite the whole lines of the span; an answer that changes these outside of it is none.
    `exclude` holds texts of the span that are not to be proposed: then every form of the question also samples.
    `on_sketch` sees every step; it may raise to cancel. With a `calibration` of the model an answer is told with
    its confidence, and declined where that is below `least`, by default the calibration's floor; 0 never
    declines. Where the instruction names something that lies outside of the span, an answer has to be clearly
    likelier; what is to be renamed or removed has to be in it. `named_outside` is that, where it is known already.

    Raises:
        ValueError: when the span is not inside the text.
        UsageError: for an engine that cannot be told what to do.
    """
    if (why := refusal(document, span, ask)) is not None:
        return why
    if named_outside is None:
        named_outside = tuple(outside(document, [span], ask))
    if (why := refused(named_outside)) is not None:
        return why
    if named_outside and calibration is not None:
        least = stricter(least, calibration.floor)
    span = without_blank_ends(document, span)
    task = rewrite_task(document, span, ask)
    answers = Answers(engine, task, unix(span.slice(document.text)), calibration)
    options = replace(
        options, drafts=options.drafts if exclude else 1, max_tokens=MOST_TOKENS, lines=0
    )
    outcome = draft(
        document,
        [span],
        replace(
            task_of(document, Shown.of(document.text, [span]), [span]),
            old=answers.old,
            ask=task.ask,
        ),
        answers,
        options,
        remembering(checkers),
        retries=0,
        exclude=[(text,) for text in exclude],
        on_sketch=on_sketch,
        requirement=Requirement(calibration, least, "say it more precisely"),
    )
    if isinstance(outcome, NoEdit) and not answers.seen:
        return OUTSIDE if answers.outside else LEFT
    return outcome


def refusal(document: Document, span: Span, ask: str, *, long: bool = False) -> NoEdit | None:
    """Why a text cannot be rewritten, which may be `long` where it is cut into parts; None where it can.

    Raises:
        ValueError: when the span is not inside the text.
    """
    if span.end > len(document.text):
        raise ValueError(f"the span {span.start}-{span.end} reaches past the end of the text")
    if not ask.strip():
        return NOTHING_ASKED
    if len(ask) > MOST_ASKED:
        why = f"the instruction has {len(ask):,} characters, and at most {MOST_ASKED:,} are read"
        return NoEdit(why, "say it shorter")
    inside = unix(span.slice(document.text))
    if not inside.strip():
        return NOTHING_THERE
    if not long and (lines := 1 + inside.count("\n")) > MOST_LINES:
        why = f"the region has {lines} lines, and at most {MOST_LINES} are rewritten at once"
        return NoEdit(why, "name fewer of them")
    return None


def without_blank_ends(document: Document, span: Span) -> Span:
    """A span without the blank lines, and ends of lines, at both its ends; one that holds nothing else stays.

    A selection of whole lines ends where the next line begins, and that line is not meant.
    """
    inside = span.slice(document.text)
    text = inside.rstrip()
    if not text:
        return span
    first = len(inside) - len(inside.lstrip())
    table = LineTable(document.text)
    line = table.start(table.position(span.start + first).line)
    return Span(max(span.start, line), span.start + len(text))


def rewrite_task(document: Document, span: Span, ask: str) -> FillTask:
    """Return the task of rewriting the whole lines of a span, as an engine is given it."""
    table = LineTable(document.text)
    first, last = table.position(span.start).line, table.position(span.end).line
    lines = Span(table.start(first), max(span.end, table.content(last).end))
    shown = Shown.of(document.text, [lines])
    task = task_of(document, shown, [lines])
    return replace(task, old=task.gaps[0].slice(shown.text), ask=" ".join(ask.split()))


@dataclass
class Answers:
    """An engine whose answers, cut to a part of them, come in the order of how likely they are right."""

    engine: Engine
    task: FillTask
    """Of whole lines."""
    old: str
    """What stands in the part of these lines that may change."""
    calibration: Assessor | None = None
    seen: int = 0
    """Answers that change nothing else."""
    outside: int = 0
    """Answers that do."""
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.engine.name

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the sketches, then the answers for the gap of a task, the likeliest first."""
        drafts = list[Draft]()
        for update in self.engine.fill(self.task, options):
            if isinstance(update, Sketch):
                yield update
            elif update.flaw or not update.ended:
                drafts.append(update)
            elif (text := self._inside(task, update.texts[0])) is None:
                self.outside += 1
            elif text != self.old:
                drafts.append(replace(update, texts=(text,)))
        self.seen += len(drafts)
        yield from self._ranked(task, drafts)

    def _ranked(self, task: FillTask, drafts: list[Draft]) -> list[Draft]:
        if (assessor := self.calibration) is None:
            return drafts
        return sorted(drafts, key=lambda each: -assessor.assess(task, each, drafts))

    def _inside(self, task: FillTask, text: str) -> str | None:
        """The part of an answer that stands in the gap of a task; None where it changes what stands beside it."""
        (gap,), (lines,) = task.gaps, self.task.gaps
        head = task.text[lines.start : gap.start]
        tail = task.text[gap.end : lines.end]
        if len(text) < len(head) + len(tail):
            return None
        whole = text.startswith(head) and text.endswith(tail)
        return text[len(head) : len(text) - len(tail)] if whole else None
