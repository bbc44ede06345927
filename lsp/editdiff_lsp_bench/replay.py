"""The server measured through its own protocol: `python -m editdiff_lsp_bench.replay`, for those who develop it.

Three measurements, each of a server started for it:

    handshake     process start to the answer of `initialize`, and until the model is ready
    keystrokes    function bodies taken out of a real file and typed again: how long ghost text takes
    memory        resident bytes while requests of all sorts are answered
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from editdiff_lsp.options import GhostText

from editdiff.errors import EditdiffError, EngineError, InputError
from editdiff.evaluation.machine import facts
from editdiff.evaluation.table import NONE, Table
from editdiff_lsp_bench.endurance import OPTIONS, SHARES, Endurance, Growth, Sample
from editdiff_lsp_bench.probe import SERVER, Asked, Probe, probing
from editdiff_lsp_bench.typist import KINDS, Typist, bodies

FILE = Path(shlex.__file__)
"""A module of ordinary size, and no part of any training corpus of ours: standard library."""
STARTS = 5
FUNCTIONS = 4
"""Bodies taken out of the file."""
HEAVY = ("torch", "onnxruntime", "transformers", "sympy", "tokenizers", "tree_sitter", "numpy")
"""Packages that a quick start does without, the first four by contract."""
EDITOR_WAIT = 0.05
"""Seconds that VS Code lets pass between a change and its automatic request (`InlineCompletionsDebounce`)."""
_IMPORTED = re.compile(rb"^import time: .*\| +([\w.]+)$", re.MULTILINE)


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


@dataclass(frozen=True)
class Outcome:
    """What came of one keystroke."""

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

    def rows(self) -> list[tuple[str, ...]]:
        """One row for each kind of keystroke, and one for all."""
        rows: list[tuple[str, ...]] = []
        for kind in (*KINDS, "all"):
            chosen = [o for o in self.outcomes if kind in (o.kind, "all")]
            if chosen:
                answered = [o for o in chosen if o.seconds is not None]
                total = self.encoded if kind == "all" else sum(o.encoded for o in chosen)
                known = kind == "all" or len(answered) == len(chosen)
                rows.append(
                    (
                        f"{self.pace}: {kind}",
                        str(len(chosen)),
                        _share(len(chosen) - len(answered), len(chosen)),
                        _share(sum(bool(o.line) for o in chosen), len(chosen)),
                        _share(sum(not o.model for o in answered if o.line), len(chosen)),
                        *_times([o.seconds for o in answered if o.seconds is not None]),
                        *_times([o.seconds for o in answered if o.model and o.seconds is not None]),
                        f"{total / len(chosen):.0f}" if known else NONE,
                        _per_key(self.worked, len(chosen)) if kind == "all" else NONE,
                    )
                )
        return rows


HEADER = (
    "keystrokes", "n", "cancelled", "with a line", "without the model", "p50", "p95", "model p50", "model p95",
    "tokens per key", "work per key",
)  # fmt: skip


async def handshakes(command: Sequence[str], starts: int) -> dict[str, Any]:
    """Seconds of some starts, and what is imported before the handshake's answer.

    Raises:
        EngineError: when the server does not answer.
    """
    answered, ready, worked = [], [], []
    for _ in range(starts):
        async with probing(command, {}) as probe:
            answered.append(probe.seconds)
            worked.append(probe.worked)
            ready.append(await probe.load())
    traced = [command[0], "-X", "importtime", *command[1:]]
    async with probing(traced, {}) as probe:
        await asyncio.sleep(0.5)  # until all that it said is read
        modules = {name.decode() for name in _IMPORTED.findall(probe.said)}
    heavy = [name for name in HEAVY if name in modules]
    return {
        "answered": answered,
        "worked": [seconds for seconds in worked if seconds is not None],
        "ready": ready,
        "modules": len(modules),
        "heavy": heavy,
    }


async def replay(
    command: Sequence[str],
    text: str,
    pace: Pace,
    keystrokes: int,
    seed: int,
    confidence: float | None = None,
) -> Replay:
    """Type at a pace; `confidence` is the option of that name.

    Raises:
        EngineError: when a request is not answered.
        InputError: when there is nothing in the text to take out.
    """
    typist = Typist(text, bodies(text, FUNCTIONS), seed)
    ghost = {"languages": ["python"], "debounce": pace.debounce, "confidence": confidence}
    async with probing(command, {"ghostText": ghost}) as probe:
        await probe.load()
        return await _typed(probe, typist, pace, keystrokes, seed)


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
    if probe.errors:
        raise EngineError(f"the server reports: {probe.errors[0]}", "look at its log")
    encoded, now = (await probe.status()).encoded, probe.processor()
    used = now - worked if now is not None and worked is not None else None
    return Replay(pace.name, outcomes, encoded, used)


def _outcome(kind: str, asked: Asked, changed: float, before: Any, status: Any) -> Outcome:
    items = asked.future.result().items
    return Outcome(
        kind,
        (asked.answered or 0.0) - changed,
        items[0].insert_text if items else "",
        status.latency != before.latency,  # the model gave an answer meanwhile
        status.encoded - before.encoded,
    )


async def endure(command: Sequence[str], text: str, requests: int, seed: int) -> Endurance:
    """Send requests of all sorts.

    Raises:
        EngineError: when one is not answered.
    """
    async with probing(command, OPTIONS) as probe:
        await probe.load()
        endurance = Endurance(probe, text, seed, _tell)
        await endurance.run(requests)
        if probe.errors:
            raise EngineError(f"the server reports: {probe.errors[0]}", "look at its log")
        return endurance


def _tell(sample: Sample) -> None:
    """Show whoever waits how far it has come."""
    if sys.stderr.isatty():
        print(f"{sample.requests} requests, {sample.memory / 1e6:.1f} MB", file=sys.stderr)


def handshake_table(measured: dict[str, Any]) -> Table:
    """What `handshakes` measured."""
    rows = [
        (what, f"{median(values):.2f} s", f"{min(values):.2f}–{max(values):.2f} s")
        for what, values in (
            ("start of the process to the answer of initialize", measured["answered"]),
            ("processor time until then", measured["worked"]),
            ("start of the process to the model being ready", measured["ready"]),
        )
        if values
    ]
    heavy = ", ".join(measured["heavy"]) or "none"
    note = f"Before the answer {measured['modules']} modules are imported; of {', '.join(HEAVY)}: {heavy}."
    count = len(measured["answered"])
    return Table(f"Handshake, {count} starts", ("", "median", "range"), rows, [note])


def keystroke_table(replays: Sequence[Replay], name: str) -> Table:
    """What `replay` measured at each pace."""
    notes = [
        "p50 and p95 in milliseconds, from the notification of the change to the answer; for those the model",
        "gave, once more alone. Where keys do not wait, only requests answered before the next key count.",
        "Work is the server's processor time on all cores, which depends little on what else the machine does.",
    ]
    rows = [row for each in replays for row in each.rows()]
    return Table(f"Ghost text while {name} is typed", HEADER, rows, notes)


def memory_table(endurance: Endurance) -> Table:
    """What `endure` measured."""
    samples = endurance.samples
    tenths = samples[:: max(1, len(samples) // 10)]
    rows = [(f"{s.requests}", f"{s.memory / 1e6:.1f} MB") for s in tenths]
    growth = Growth.of(samples[len(samples) // 5 :])
    verdict = f"{growth}: {growth.verdict}" if growth else "too few samples for a verdict"
    done = "; ".join(f"{sort} {endurance.done[sort]}" for sort in SHARES)
    notes = [f"The last four fifths: {verdict}.", f"Requests: {done}."]
    return Table("Resident memory", ("requests", "memory"), rows, notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, or 2 for wrong usage and for a server that does not answer."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_measure(options))
    except EditdiffError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return 2
    return 0


async def _measure(options: argparse.Namespace) -> None:
    text, command = _read(options.file), shlex.split(options.server)
    measured: dict[str, Any] = {"file": options.file.name, "seed": options.seed}
    if options.starts:
        measured["handshake"] = await handshakes(command, options.starts)
        print(handshake_table(measured["handshake"]).plain())
    if options.keystrokes:
        replays = [
            await replay(command, text, pace, options.keystrokes, options.seed, options.confidence)
            for pace in PACES
        ]
        measured["keystrokes"] = [asdict(each) for each in replays]
        print(keystroke_table(replays, options.file.name).plain())
    if options.requests:
        endurance = await endure(command, text, options.requests, options.seed)
        measured["memory"] = [sample._asdict() for sample in endurance.samples]
        measured["requests"] = endurance.done
        print(memory_table(endurance).plain())
    measured["machine"] = facts()
    print(*measured["machine"], sep="\n")
    if options.json:
        try:
            options.json.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(
                f"{options.json} cannot be written: {error}", "name another"
            ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "editdiff_lsp_bench.replay", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("file", nargs="?", type=Path, default=FILE, help="Python file to type (%(default)s)")
    add("--keystrokes", type=_count, default=200, help="at each pace; 0 for none (%(default)s)")
    add("--requests", type=_count, default=5000, help="for the memory; 0 for none (%(default)s)")
    add("--starts", type=_count, default=STARTS, help="of the handshake; 0 for none (%(default)s)")
    add("--seed", type=int, default=0, help="of what is typed, and when (%(default)s)")
    add("--confidence", type=float, help="least probability of a shown line (the model's own)")
    add("--server", default=shlex.join(SERVER), help="another server to be measured (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write every keystroke and every sample")
    return parser


def _count(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", "name another file") from error


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


if __name__ == "__main__":
    sys.exit(main())
