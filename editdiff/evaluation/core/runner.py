"""Fills gaps with an engine and measures every fill: the model and its floors alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from editdiff.check.base import Checker, new_problems
from editdiff.check.remember import remembering
from editdiff.engines.base import Draft, Engine, FillOptions, Recaller, Sketch, Update
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.metrics import exact, lex, similarity
from editdiff.text.document import Document

Progress = Callable[[str, int, int], None]
"""Told the row's name, the gaps done and all gaps, after each gap."""


@dataclass(frozen=True)
class Filler:
    """One row of the table: an engine under one setting."""

    name: str
    engine: Engine
    options: FillOptions
    floor: bool = False
    """Whether it is there only to be compared with."""


@dataclass(frozen=True)
class Outcome:
    """What became of one gap."""

    fill: str
    """Best-ranked draft, as it came; empty without a draft."""
    answered: bool
    """Whether there was a draft at all; without one the gap is missed, and nothing parses."""
    ended: bool
    """Whether the draft came to its end within its token budget."""
    exact: bool
    parses: bool
    """Whether the file has no new problem with the fill in it."""
    right_length: bool
    """Whether it has as many lexical tokens as the hidden text."""
    similarity: float
    """Edit similarity, 0 to 1."""
    seconds: float
    """Wall time from the task to the last draft, context encoding and ranking included."""
    nfe: int
    """Network evaluations; 0 for an engine without a network."""
    score: float | None
    """Causal log-probability of the draft in nats, as the engine says; None without a draft."""


def fillers(engine: Engine, floors: Iterable[Engine], options: FillOptions) -> list[Filler]:
    """Rows of the table: the engine as asked, the engine with its greedy draft alone, the floors."""
    rows = []
    if options.drafts > 1 and options.temperature > 0:
        rows.append(Filler(f"{engine.name}, best of {options.drafts} drafts", engine, options))
    greedy = replace(options, drafts=1, temperature=0.0)
    rows.append(Filler(f"{engine.name}, greedy", engine, greedy))
    if isinstance(engine, Recaller) and options.lookup:
        without = f"{engine.name}, nothing looked up"
        rows.append(Filler(without, engine, replace(options, lookup=0)))
    return rows + [Filler(floor.name, floor, greedy, floor=True) for floor in floors]


def run(gaps: Sequence[Gap], filler: Filler, checkers: Sequence[Checker]) -> Iterator[Outcome]:
    """Fill one gap after the other and judge the engine's first draft, with no test as an oracle."""
    checkers = remembering(checkers)
    for gap in gaps:
        started = time.perf_counter()
        updates = list(filler.engine.fill(gap.task, filler.options))
        seconds = time.perf_counter() - started
        yield judge(gap, updates, seconds, checkers)


def judge(
    gap: Gap, updates: Sequence[Update], seconds: float, checkers: Sequence[Checker]
) -> Outcome:
    """Measure the best-ranked draft of a fill, its first, against what was hidden."""
    draft = next((update for update in updates if isinstance(update, Draft)), None)
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    fill, truth = draft.texts[0] if draft else "", gap.truth
    return Outcome(
        fill=fill,
        answered=draft is not None,
        ended=draft is not None and draft.ended,
        exact=exact(fill, truth),
        parses=draft is not None and parses(gap.document, gap.fill(fill), checkers),
        right_length=len(lex(fill.strip())) == len(lex(truth.strip())),
        similarity=similarity(fill, truth),
        seconds=seconds,
        nfe=draft.nfe if draft else max(steps, default=0),
        score=draft.score if draft else None,
    )


def parses(before: Document, text: str, checkers: Sequence[Checker]) -> bool:
    """Whether no checker finds a problem in `text` that the file did not have before."""
    try:
        after = before.with_text(text)
    except InputError:  # a NUL, which no source file can hold
        return False
    return not any(new_problems(checker, before, after) for checker in checkers)
