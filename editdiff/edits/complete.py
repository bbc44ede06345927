"""Ghost text: what the model would write on the rest of the cursor's line, and how sure of it the model is.

The gap at the cursor is empty and filled from both sides, as any other is. What is shown is one line, or as many
lines as the model is sure of (`edits.block`); a small model is often wrong, so most lines are better not shown:
`least` decides, and `several` of more than one line. With a calibration of the model that is the probability that
the line is right, for which the text behind the cursor is read with the line and without it; else it is how sure
both modes of the network are. How often what is above a threshold is right is measured by the benchmarks `ghost`
and `ghost-lines`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from editdiff.check.base import Checker, Problem, new_problems
from editdiff.check.remember import remembering
from editdiff.edits.balance import closers, unbalanced, without_repeat
from editdiff.edits.block import MOST_TOKENS, Lines, around, write
from editdiff.edits.infill import OnSketch, fill_task
from editdiff.edits.proposal import Effort, NoEdit
from editdiff.engines.base import (
    Draft,
    Engine,
    FillOptions,
    FillTask,
    LineAssessor,
    Reader,
    Recaller,
    Scorer,
    Sketch,
)
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.doubled import doubled
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LINE_ENDING
from editdiff.text.shown import newline, unix
from editdiff.text.span import Span

GHOST = FillOptions(drafts=1, temperature=0.0, canvas=16, max_tokens=64, lines=1, context=512)
"""One line, and as much context as a keystroke can wait for: the setting that thresholds are measured with."""
SEVERAL = replace(GHOST, lines=0, max_tokens=MOST_TOKENS, lookup=0)
"""Several lines: they end where the model, the text below, or their number ends them."""
MAX_CHECKED = 100_000
"""Code points of the longest document that is checked: parsing a longer one takes longer than the next key."""
UNSURE = "the model is not sure enough of the line"
TINY = 1e-30
"""Least probability in a logarithm."""
SURE = 0.5
"""Probability from which a looked-up line is shown without asking the network."""


@dataclass(frozen=True)
class Suggestion:
    """Text to be shown behind the cursor, for one version of one document."""

    before: Document
    """The version that it belongs to."""
    offset: int
    """Where the cursor stands, in code points."""
    text: str
    """Part of one line, or several lines with the document's own line endings; not empty."""
    confidence: float
    """Probability that it is right, 0 to 1, where that was measured of the model.

    Else how sure both modes of the network are of it: the geometric mean of `probability` and of the canvas's own,
    the product over the tokens of `text`, and the line break if the draft goes on, of the probability with which
    each was committed. It tells right lines from wrong ones better than either. Of an engine without sketches, and
    of a line that was looked up, it is `probability`."""
    probability: float
    """That the model, writing from left to right in view of what stands on both sides, fills the gap at the
    cursor with `text` and ends it there: the product over the tokens of `text`, as the tokenizer cuts it, and
    `<end>`. 0 to 1. It does not count that the model might go on with further lines. Of a line that was looked up:
    how often one found so is right."""
    effort: Effort
    tokens: tuple[float, ...] = ()
    """Probabilities with which the tokens of the line were committed, and the line break if the draft goes on;
    empty where the engine shows no sketches, and for what was looked up."""


def complete(
    document: Document,
    offset: int,
    engine: Engine,
    options: FillOptions = GHOST,
    checkers: Sequence[Checker] = (),
    *,
    least: float = 0.0,
    several: float | None = None,
    calibration: LineAssessor | None = None,
    anchor: int | None = None,
    on_sketch: OnSketch = lambda sketch: None,
) -> Suggestion | NoEdit:
    """Suggest the rest of the line at `offset`, up to what follows the cursor on it.

    What stands in a place like this one elsewhere in the text comes first, where the engine looks that up and it
    is likely right; it costs milliseconds. Else the network makes one draft, the greedy one, whatever the options
    say: more were not worth their time. The surer one of the two is suggested. Nothing is
    suggested where its first line is empty, repeats what follows the cursor on its line or the line above, is less
    sure than `least`, or brings new problems. As soon as it can no longer be sure enough, the draft is given up.
    With `several`, the first lines of the model's draft that it is that sure of come before a looked-up line.
    With a `calibration` of the model all of this is the probability that a line is right.
    `anchor` is where the cursor stood when the place was first asked about: what was typed since then is told to
    the model as the beginning of its line. `on_sketch` sees every step; it may raise to cancel.

    Raises:
        ValueError: when `offset` lies outside the text.
    """
    task, checkers = fill_task(document, [Span(offset, offset)]), remembering(checkers)
    if anchor is not None:
        task = replace(task, typed=len(unix(document.text[anchor:offset])))
    looked_up = _look_up(document, offset, task, engine, options, checkers, least)
    bar = max(least, looked_up.confidence) if looked_up else least
    if several is not None:
        lines = suggest_lines(
            document,
            offset,
            task,
            engine,
            checkers,
            line=bar,
            several=several,
            calibration=calibration,
            context=options.context,
            on_sketch=on_sketch,
        )
        return next(lines, looked_up) or NoEdit(UNSURE)
    if looked_up is not None and looked_up.confidence >= SURE:
        return looked_up
    written = _write(document, offset, task, engine, options, bar, calibration, on_sketch)
    if isinstance(written, Suggestion):
        reason = _silent(written, _follows(task), bar) or _broken(written, checkers)
        written = NoEdit(reason) if reason else written
    return looked_up if looked_up is not None and isinstance(written, NoEdit) else written


def _look_up(
    document: Document,
    offset: int,
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    checkers: Sequence[Checker],
    least: float,
) -> Suggestion | None:
    """What stands in a place like the cursor's elsewhere in the text: the best line that may be shown."""
    started = time.perf_counter()
    drafts = engine.recall(task, options.lookup) if isinstance(engine, Recaller) else []
    for draft in drafts:
        text, probability = _line(draft, document, offset), math.exp(draft.score)
        if text:
            effort = Effort(draft.score, 0, time.perf_counter() - started, len(drafts))
            suggestion = Suggestion(document, offset, text, probability, probability, effort)
            if not (_silent(suggestion, _follows(task), least) or _broken(suggestion, checkers)):
                return suggestion
    return None


def suggest_lines(
    document: Document,
    offset: int,
    task: FillTask,
    engine: Engine,
    checkers: Sequence[Checker] = (),
    *,
    line: float,
    several: float,
    calibration: LineAssessor | None = None,
    context: int = GHOST.context,
    on_sketch: OnSketch = lambda sketch: None,
) -> Iterator[Suggestion]:
    """Suggest the first lines of the model's draft for a `task` that it is sure enough of, the most lines first.

    A single line needs the confidence `line`, more of them `several`. Those that bring problems are left out.
    """
    started, steps = time.perf_counter(), [0]

    def count(sketch: Sketch) -> None:
        steps[0] = sketch.step
        on_sketch(sketch)

    options, share = replace(SEVERAL, context=context), _floor(calibration)
    found = write(
        task, engine, options, line=share * line, several=share * several, on_sketch=count
    )
    if calibration is not None:
        found = [
            lines._replace(confidence=told)
            for lines, told in zip(
                found,
                _judged(document, task, engine, options, calibration, found, several),
                strict=True,
            )
        ]
        found = [lines for lines in found if lines.sure(line, several)]
    ending = newline(document.text)
    for text, confidence in reversed(found):
        effort = Effort(math.log(confidence), steps[0], time.perf_counter() - started, 1)
        text = text.replace("\n", ending)
        suggestion = Suggestion(document, offset, text, confidence, confidence, effort)
        if not (_silent(suggestion, _follows(task), 0.0) or _broken(suggestion, checkers)):
            yield suggestion


def _write(
    document: Document,
    offset: int,
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    least: float,
    calibration: LineAssessor | None,
    on_sketch: OnSketch,
) -> Suggestion | NoEdit:
    """Have the model write the line, as long as it can be as sure as `least`."""
    started = time.perf_counter()
    sketch = draft = None
    bar = _floor(calibration) * least
    for update in engine.fill(task, replace(options, drafts=1, lookup=0)):
        if isinstance(update, Sketch):
            on_sketch(sketch := update)
            if math.sqrt(committed(sketch)) < bar:
                return NoEdit(UNSURE)
        else:
            draft = draft or update
    text = _line(draft, document, offset) if draft else None
    if draft is None or text is None:
        return NoEdit("the engine gave no line", "choose another model")
    score = draft.score if text == draft.texts[0] else _logp(engine, task, text, draft, options)
    probability = min(1.0, math.exp(score))
    confidence = math.sqrt(probability * committed(sketch)) if sketch else probability
    if calibration is not None and text.strip() and confidence >= bar:
        line = Lines(text, probability)
        (confidence,) = _judged(document, task, engine, options, calibration, [line], least)
        if confidence < least:
            return NoEdit(f"{UNSURE}: {100 * confidence:.0f} % likely, {100 * least:.0f} wanted")
    effort = Effort(score, draft.nfe, time.perf_counter() - started, 1)
    tokens = first_line(sketch) if sketch else ()
    return Suggestion(document, offset, text, confidence, probability, effort, tokens)


def _floor(calibration: LineAssessor | None) -> float:
    """By what the confidence that is wanted is multiplied, for what a line must have to be worth writing on."""
    return 1.0 if calibration is None else calibration.floor


def _judged(
    document: Document,
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    calibration: LineAssessor,
    found: Sequence[Lines],
    least: float,
) -> list[float]:
    """Probabilities that lines are right; those of which a reading may decide whether that is `least` are read."""
    language, logp = document.language, [math.log(max(f.confidence, TINY)) for f in found]
    told = [
        calibration.assess(lines.text, each, None, language)
        for lines, each in zip(found, logp, strict=True)
    ]
    near = [i for i, each in enumerate(told) if calibration.is_open(each, least)]
    if near and isinstance(engine, Reader):
        read = engine.score_with(task, [(found[i].text,) for i in near], options)
        for i, each in zip(near, read, strict=True):
            told[i] = calibration.assess(found[i].text, logp[i], each, language)
    return told


def committed(sketch: Sketch) -> float:
    """Product of the probabilities with which the first line was committed, as far as it stands, break included.

    No later step makes it greater.
    """
    return math.prod(first_line(sketch))


def first_line(sketch: Sketch) -> tuple[float, ...]:
    """Probabilities with which the tokens of the first line were committed, as far as it stands, break included."""
    found = list[float]()
    for place in sketch.places:
        if not place.committed:
            break
        found.append(place.confidence)
        if LINE_ENDING.search(place.text):
            break
    return tuple(found)


def _line(draft: Draft, document: Document, offset: int) -> str | None:
    """First line of a draft, without white space at the end of the line; None if the draft was cut off in it.

    What stands behind the cursor is not repeated: closing brackets and quotation marks that are there already.
    """
    first, *more = LINE_ENDING.split(draft.texts[0], maxsplit=1)
    if not (more or draft.ended):
        return None
    above, head, tail = around(document, offset)
    first = first if tail.strip() else first.rstrip()
    return without_repeat(above, head, first, tail, document.language)


def _logp(engine: Engine, task: FillTask, line: str, draft: Draft, options: FillOptions) -> float:
    """Log-probability of a line that is a part of a draft; where the engine cannot say, that of the draft."""
    if isinstance(engine, Reader):
        return engine.score_with(task, [(line,)], options)[0]
    return engine.score(task, [(line,)])[0] if isinstance(engine, Scorer) else draft.score


def _follows(task: FillTask) -> str:
    """What stands behind the cursor on its line."""
    return task.text[task.gaps[0].end :].partition("\n")[0].strip()


def _silent(suggestion: Suggestion, follows: str, least: float) -> str:
    """Say why a line is not worth showing; empty when it is."""
    text = suggestion.text.strip()
    if not text:
        return "the model would add nothing to the line"
    if follows.startswith(text):
        return "the line repeats what follows the cursor"
    if _indented(suggestion):  # VS Code would write a tab where the user means to accept it
        return "the line goes on with white space after white space"
    if suggestion.confidence < least:
        return UNSURE
    if _is_doubled(suggestion):
        return "the line repeats its neighbour"
    above, head, tail = around(suggestion.before, suggestion.offset)
    return unbalanced(above, head, suggestion.text, tail, suggestion.before.language)


def _indented(suggestion: Suggestion) -> bool:
    """Whether white space is suggested behind white space, and something stands before that on the line."""
    before = LINE_ENDING.split(suggestion.before.text[: suggestion.offset])[-1]
    return before[-1:].isspace() and bool(before.strip()) and suggestion.text[0].isspace()


def _is_doubled(suggestion: Suggestion) -> bool:
    """Whether the line would be the one above or below it once more."""
    document, here = suggestion.before, suggestion.offset
    after = document.text[:here] + suggestion.text + document.text[here:]
    return doubled(after, Span(here, here + len(suggestion.text)), document.language) is not None


def _broken(suggestion: Suggestion, checkers: Sequence[Checker]) -> str:
    """Say which new problem the line brings; empty when there is none, or the document is too long to look."""
    document = suggestion.before
    if len(document.text) > MAX_CHECKED:
        return ""
    for checker in checkers:
        try:
            problem = _problem(suggestion, checker) if checker.supports(document.language) else None
        except InputError as error:
            return f"the line is not text: {error.message}"
        if problem is not None:
            return f"the line brings a new problem: {problem.message}"
    return ""


def _problem(suggestion: Suggestion, checker: Checker) -> Problem | None:
    """First new problem.

    A line that is being typed is mostly broken already; one that stays broken brings nothing new. One that
    opens brackets may be right although its rest is still to come: it has to be right with them closed.
    """
    first = None
    for after in _outcomes(suggestion):
        problems = new_problems(checker, suggestion.before, after)
        if not problems:
            return None
        first = first or problems[0]
    return first


def _outcomes(suggestion: Suggestion) -> Iterator[Document]:
    """The document with the line in it, and where that leaves brackets open, with them closed."""
    document, here = suggestion.before, Span(suggestion.offset, suggestion.offset)
    for end in dict.fromkeys(("", closers(suggestion.text, document.language))):
        edit = TextEdit(here, suggestion.text + end)
        yield document.with_text(Edits((edit,)).apply(document.text))
