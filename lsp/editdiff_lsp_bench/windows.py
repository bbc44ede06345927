"""Several windows: `python -m editdiff_lsp_bench.windows`, for those who develop the server.

By turns one process serves them all, or each has one of its own. Of both: memory, the time until a window is ready,
and how long ghost text takes in one window while the others are quiet, and while another one fills gaps.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from editdiff_lsp.messages import FILL
from lsprotocol import types

from editdiff.evaluation.core.table import Table
from editdiff.evaluation.speed.machine import facts
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff_lsp_bench.probe import SERVER, Probe, probing

FILE = Path(shlex.__file__)
SHARED, APART = "one process for all", "a process each"
COMMANDS = {SHARED: SERVER[:-1], APART: SERVER}
TYPED = "    for name in sorted(self.punctuation_chars):\n"
"""What is typed again and again, a key at a time."""
SETTLES = 3.0
"""Seconds after which the memory of a window that was opened is read."""
_PROPORTIONAL = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


@dataclass
class Measured:
    """One way to serve windows."""

    memory: list[int] = field(default_factory=list)
    """Bytes of all processes after each window; of what several hold, each has its part."""
    ready: list[float] = field(default_factory=list)
    """Seconds from a window's start until its model is there."""
    quiet: list[float] = field(default_factory=list)
    """Seconds of ghost text, one a key."""
    busy: list[float] = field(default_factory=list)


async def measure(command: Sequence[str], model: str, windows: int, keys: int) -> Measured:
    """Open windows, and type in the first one.

    Raises:
        EngineError: when the server does not answer.
    """
    measured, text = Measured(), FILE.read_text(encoding="utf-8")
    async with contextlib.AsyncExitStack() as stack:
        probes: list[Probe] = []
        for number in range(windows):
            probe = await stack.enter_async_context(probing(command, {"model": model}))
            measured.ready.append(await probe.load())
            buffer = probe.open(f"file:///{number}/shlex.py", text)
            await probe.suggest(buffer, len(text) // 2, invoked=True).answer()
            probes.append(probe)
            await asyncio.sleep(SETTLES)
            measured.memory.append(memory())
        measured.quiet = await typed(probes[0], text, keys)
        working = asyncio.create_task(fill(probes[-1], text))
        await asyncio.sleep(SETTLES)
        measured.busy = await typed(probes[0], text, keys)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    return measured


async def typed(probe: Probe, text: str, keys: int) -> list[float]:
    """Seconds from each key to its answer; every answer is awaited."""
    buffer = probe.open("file:///typed/shlex.py", text)
    at, times = text.index("    def push_token"), []
    for number in range(keys):
        key = TYPED[number % len(TYPED)]
        probe.change(buffer, TextEdit(Span(at, at), key))
        at += 1
        asked = probe.suggest(buffer, at)
        await asked.answer()
        times.append((asked.answered or 0.0) - asked.sent)
    probe.close(buffer)
    return times[2:]  # the first ones jump


async def fill(probe: Probe, text: str) -> None:
    """Fill one line after the other."""
    buffer = probe.open("file:///filled/shlex.py", text)
    while True:
        for line in range(40, 200, 7):
            place = types.Range(types.Position(line, 0), types.Position(line + 1, 0))
            document = types.VersionedTextDocumentIdentifier(buffer.version, buffer.uri)
            await probe.ask(FILL, {"textDocument": document, "ranges": [place]}).answer()


def memory() -> int:
    """Bytes of all that serves windows for us, and of what started it."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (folder / "cmdline").read_text(errors="replace").split("\0")
            told = (folder / "environ").read_bytes()
            ours = f"XDG_RUNTIME_DIR={os.environ['XDG_RUNTIME_DIR']}".encode() in told.split(b"\0")
            if ours and ("lsp" in said or "editdiff_lsp.host" in said):
                found = _PROPORTIONAL.search((folder / "smaps_rollup").read_text())
                total += 1024 * int(found[1]) if found else 0
    return total


def table(found: dict[str, list[Measured]]) -> Table:
    """What was measured, side by side."""
    rows: list[tuple[str, ...]] = []
    windows = len(found[SHARED][0].memory)
    for number in range(windows):
        told = (median(each.memory[number] for each in found[way]) / 1e6 for way in found)
        rows.append((f"memory, windows: {number + 1}", *(f"{value:,.0f} MB" for value in told)))
    for what, pick in (("first", slice(0, 1)), ("next", slice(1, None))):
        told = (median(s for each in found[way] for s in each.ready[pick]) for way in found)
        rows.append((f"ready, the {what} window", *(f"{value:.2f} s" for value in told)))
    for name, what in (("quiet", "the others quiet"), ("busy", "another one fills")):
        cells = []
        for way in found:
            times = sorted(1000 * s for each in found[way] for s in getattr(each, name))
            cells.append(f"{median(times):.0f} / {quantiles(times, n=20)[-1]:.0f} ms")
        rows.append((f"a key, {what}: p50 / p95", *cells))
    return Table("Several windows", ("", *found), rows, [])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m editdiff_lsp_bench.windows", description=__doc__
    )
    parser.add_argument("--model", default="nano")
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--keys", type=int, default=42)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if options.windows < 2 or options.keys < 4 or options.rounds < 1:
        parser.error("it takes two windows, four keys and a round at least")
    found: dict[str, list[Measured]] = {way: [] for way in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # apart from what serves whoever measures
        for number in range(options.rounds):
            for way in list(COMMANDS)[:: -1 if number % 2 else 1]:
                measured = measure(COMMANDS[way], options.model, options.windows, options.keys)
                found[way].append(asyncio.run(measured))
    print(table(found).plain(), *facts(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
