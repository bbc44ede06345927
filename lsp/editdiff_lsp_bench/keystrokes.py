"""How long ghost text takes while a file is typed, and when another one is opened: the server's own path, timed.

Every key is a change of the document and a request through the protocol, as an editor sends them, so what is
measured is what the server does with its anchors, its caches and its cancelled requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from editdiff_lsp.options import GhostText

from editdiff.errors import EngineError, InputError
from editdiff.evaluation.core.table import NONE, Table
from editdiff_lsp_bench.probe import Asked, Probe, probing
from editdiff_lsp_bench.typist import CHARACTER, JUMP, KINDS, PAIR, Typist, bodies

FUNCTIONS = 4
"""Bodies taken out of the file."""
LONGEST = 100_000
"""Code points of the longest file that is opened."""
EDITOR_WAIT = 0.05
"""Seconds that VS Code lets pass between a change and its automatic request (`InlineCompletionsDebounce`)."""


@dataclass(frozen=True)
class Pace:
    """How somebody types, and what the server is told about it."""

    name: str
    wait: float
    """Seconds between a change and the request."""
    debounce: int
    """Milliseconds."""
    awaited: bool = False
    """Whether the next key waits for the answer; else it cancels the request."""
    shortest: float = 0.0
    longest: float = 0.0
    """Seconds between two keys, any time between these two alike."""
    pauses: float = 0.0
    """Share of the keys after which there are 0.5 to 1.5 seconds."""

    def gaps(self, seed: int) -> Iterator[float]:
        """Seconds after each key."""
        draw = random.Random(seed)
        while True:
            paused = draw.random() < self.pauses
            yield draw.uniform(0.5, 1.5) if paused else draw.uniform(self.shortest, self.longest)


DEBOUNCE = GhostText().debounce
PACES = (
    Pace("each answer awaited, no debounce", 0, 0, awaited=True),
    Pace(f"each answer awaited, debounce {DEBOUNCE} ms", 0, DEBOUNCE, awaited=True),
    Pace(
        "typed in VS Code: 80–250 ms, one pause in ten",
        EDITOR_WAIT,
        DEBOUNCE,
        shortest=0.08,
        longest=0.25,
        pauses=0.1,
    ),
    Pace("typed in haste: 10–60 ms", 0, DEBOUNCE, shortest=0.01, longest=0.06),
)


OPENED, ALL = "a file opened", "all"
GROUPS = {
    "typed on: character, bracket or quote": (CHARACTER, PAIR),
    "elsewhere: after a jump, a file opened": (JUMP, OPENED),
    ALL: KINDS,
}
"""Kinds that are told together as well."""


@dataclass(frozen=True)
class Outcome:
    """What came of one keystroke, or of opening a file."""

    kind: str
    seconds: float | None
    """Time from the notification of the change to the answer; None when the next key came before it."""
    line: str = ""
    """What was suggested; empty for nothing."""
    model: bool = False
    """Whether the model was asked: what goes on with the last suggestion is answered without it."""
    encoded: int = 0
    """Context tokens encoded since the last answer."""


@dataclass(frozen=True)
class Replay:
    """All keystrokes at one pace."""

    pace: str
    outcomes: Sequence[Outcome]
    encoded: int
    """Context tokens encoded for all of them, those that were cancelled included."""
    worked: float | None
    """Processor seconds of the server; None where the system does not tell."""
    model: str = ""
    """Name of the model that was used."""
    memory: int = 0
    """Resident bytes of the server at the end."""

    def rows(self) -> list[tuple[str, ...]]:
        """One row for each kind of keystroke, for opening a file, for what is told together, and for all keys."""
        rows: list[tuple[str, ...]] = []
        alone = {kind: (kind,) for kind in (*KINDS, OPENED)}
        for name, kinds in (alone | GROUPS).items():
            chosen = [o for o in self.outcomes if o.kind in kinds]
            if {o.kind for o in chosen} >= set(kinds) or (chosen and name == ALL):
                answered = [o for o in chosen if o.seconds is not None]
                total = self.encoded if name == ALL else sum(o.encoded for o in chosen)
                known = name == ALL or len(answered) == len(chosen)
                rows.append(
                    (
                        f"{self.pace}: {name}",
                        str(len(chosen)),
                        _share(len(chosen) - len(answered), len(chosen)),
                        _share(sum(bool(o.line) for o in chosen), len(chosen)),
                        _share(sum(not o.model for o in answered if o.line), len(chosen)),
                        *_times([o.seconds for o in answered if o.seconds is not None]),
                        *_times([o.seconds for o in answered if o.model and o.seconds is not None]),
                        f"{total / len(chosen):.0f}" if known else NONE,
                        _per_key(self.worked, len(chosen)) if name == ALL else NONE,
                    )
                )
        return rows


HEADER = (
    "keystrokes", "n", "cancelled", "with a line", "without the model", "p50", "p95", "model p50", "model p95",
    "tokens per key", "work per key",
)  # fmt: skip


async def replay(
    command: Sequence[str],
    text: str,
    pace: Pace,
    keystrokes: int,
    seed: int,
    confidence: float | None = None,
    model: str | None = None,
    others: Sequence[str] = (),
) -> Replay:
    """Type at a pace, then open other files if answers are awaited; `confidence` and `model` are options.

    Raises:
        EngineError: when a request is not answered.
        InputError: when there is nothing in the text to take out.
    """
    typist = Typist(text, bodies(text, FUNCTIONS), seed)
    ghost = {"languages": ["python"], "debounce": pace.debounce, "confidence": confidence}
    async with probing(command, {"ghostText": ghost, "model": model}) as probe:
        await probe.load()
        typed = await _typed(probe, typist, pace, keystrokes, seed)
        opened = await _opened(probe, others, pace, seed) if pace.awaited else []
        if probe.errors:
            raise EngineError(f"the server reports: {probe.errors[0]}", "look at its log")
        status = await probe.status()
        outcomes = [*typed.outcomes, *opened]
        return replace(typed, outcomes=outcomes, model=status.model, memory=status.memory or 0)


async def _typed(probe: Probe, typist: Typist, pace: Pace, keystrokes: int, seed: int) -> Replay:
    buffer = probe.open("file:///replay/typed.py", typist.text)
    outcomes, asked = [], list[Asked]()
    status, worked = await probe.status(), probe.processor()
    for stroke, gap in zip(islice(typist, keystrokes), pace.gaps(seed), strict=False):
        changed = time.perf_counter()
        probe.change(buffer, stroke.edit)
        if asked and asked[-1].answered is None:
            probe.cancel(asked[-1])
        if pace.wait:
            await asyncio.sleep(pace.wait)
        request = probe.suggest(buffer, stroke.cursor)
        asked.append(request)
        if pace.awaited:
            await request.answer()
        elif not await request.within(gap - pace.wait):
            outcomes.append(Outcome(stroke.kind, None))
            continue
        before, status = status, await probe.status()
        outcomes.append(_outcome(stroke.kind, request, changed, before, status))
        if not pace.awaited:
            await asyncio.sleep(max(0.0, changed + gap - time.perf_counter()))
    for each in asked:
        if not await each.within(60):
            raise EngineError("a request was never answered", "look at the server's log")
    encoded, now = (await probe.status()).encoded, probe.processor()
    used = now - worked if now is not None and worked is not None else None
    return Replay(pace.name, outcomes, encoded, used)


async def _opened(probe: Probe, texts: Sequence[str], pace: Pace, seed: int) -> list[Outcome]:
    """Open files in which a function lacks all but its first key, and ask there."""
    outcomes = []
    for number, text in enumerate(texts):
        typist = Typist(text, bodies(text, 1), seed)
        stroke, before = next(iter(typist)), await probe.status()
        began = time.perf_counter()
        buffer = probe.open(f"file:///replay/opened{number}.py", typist.text)
        await asyncio.sleep(pace.wait)
        request = probe.suggest(buffer, stroke.cursor)
        await request.answer()
        outcomes.append(_outcome(OPENED, request, began, before, await probe.status()))
        probe.close(buffer)
    return outcomes


def _outcome(kind: str, asked: Asked, changed: float, before: Any, status: Any) -> Outcome:
    items = asked.future.result().items
    return Outcome(
        kind,
        (asked.answered or 0.0) - changed,
        items[0].insert_text if items else "",
        status.latency != before.latency,  # the model gave an answer meanwhile
        status.encoded - before.encoded,
    )


def keystroke_table(replays: Sequence[Replay], name: str) -> Table:
    """What `replay` measured at each pace."""
    notes = [
        "p50 and p95 in milliseconds, from the notification of the change to the answer; for those the model",
        "gave, once more alone. Where keys do not wait, only requests answered before the next key count.",
        "Work is the server's processor time on all cores, which depends little on what else the machine does.",
    ]
    for each in replays:
        notes.append(f"{each.pace}: {each.model}, server's memory {each.memory / 1e6:.0f} MB")
    rows = [row for each in replays for row in each.rows()]
    return Table(f"Ghost text while {name} is typed", HEADER, rows, notes)


def read(path: Path) -> str:
    """Text of a file.

    Raises:
        InputError: when it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", "name another file") from error


def neighbours(path: Path, count: int, seed: int) -> list[str]:
    """Texts of at most `count` other Python files of a folder, of ordinary size, with a function to take out."""
    others = sorted(other for other in path.parent.glob("*.py") if other.name != path.name)
    texts: list[str] = []
    for other in random.Random(seed).sample(others, len(others)):
        if len(texts) == count:
            break
        with contextlib.suppress(InputError):
            text = read(other)
            bodies(text, 1)
            if len(text) <= LONGEST:
                texts.append(text)
    return texts


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %"


def _per_key(worked: float | None, keys: int) -> str:
    return NONE if worked is None else f"{1000 * worked / keys:.0f} ms"


def _times(seconds: Sequence[float]) -> tuple[str, str]:
    """Median and 95th percentile, in milliseconds."""
    if not seconds:
        return NONE, NONE
    last = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return f"{1000 * median(seconds):.0f}", f"{1000 * last:.0f}"
