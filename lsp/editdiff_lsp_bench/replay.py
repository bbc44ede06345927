"""The server measured through its own protocol: `python -m editdiff_lsp_bench.replay`, for those who develop it.

Three measurements, each of a server started for it:

    handshake     process start to the answer of `initialize`, and until the model is ready
    keystrokes    function bodies taken out of a real file and typed again, and other files opened: how long ghost
                  text takes
    memory        resident bytes while requests of all sorts are answered
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from editdiff.errors import EditdiffError, EngineError, InputError
from editdiff.evaluation.core.table import Table
from editdiff.evaluation.speed.machine import facts
from editdiff_lsp_bench.endurance import (
    LONGEST,
    OPTIONS,
    SHARES,
    Endurance,
    Growth,
    Sample,
    committed,
)
from editdiff_lsp_bench.keystrokes import (
    PACES,
    keystroke_table,
    neighbours,
    read,
    replay,
)
from editdiff_lsp_bench.probe import SERVER, probing

FILE = Path(shlex.__file__)
"""A module of ordinary size, and no part of any training corpus of ours: standard library."""
STARTS = 5
HEAVY = ("torch", "onnxruntime", "transformers", "sympy", "tokenizers", "tree_sitter", "numpy")
"""Packages that a quick start does without, the first four by contract."""
_IMPORTED = re.compile(rb"^import time: .*\| +([\w.]+)$", re.MULTILINE)


async def handshakes(
    command: Sequence[str], starts: int, model: str | None = None
) -> dict[str, Any]:
    """Seconds of some starts, and what is imported before the handshake's answer.

    Raises:
        EngineError: when the server does not answer.
    """
    answered, ready, worked = [], [], []
    for _ in range(starts):
        async with probing(command, {"model": model}) as probe:
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


async def endure(
    command: Sequence[str], text: str, requests: int, seed: int, model: str | None = None
) -> Endurance:
    """Send requests of all sorts.

    Raises:
        EngineError: when one is not answered.
    """
    options = {**OPTIONS, "model": model}
    with tempfile.TemporaryDirectory() as folder:
        committed(Path(folder), text)
        async with probing(command, options) as probe:
            await probe.load()
            endurance = Endurance(probe, text, Path(folder), options, seed, _tell)
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


def memory_table(endurance: Endurance) -> Table:
    """What `endure` measured."""
    samples = endurance.samples
    tenths = samples[:: max(1, len(samples) // 10)]
    rows = [(f"{s.requests}", f"{s.memory / 1e6:.1f} MB") for s in tenths]
    growth = Growth.of(samples[len(samples) // 5 :])
    verdict = f"{growth}: {growth.verdict}" if growth else "too few samples for a verdict"
    done = "; ".join(f"{sort} {endurance.done[sort]}" for sort in SHARES)
    done += f"; diagnostics told {endurance.probe.diagnostics} times"
    done += f"; given up after {LONGEST:g} seconds {endurance.given_up}"
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
    text, command = read(options.file), shlex.split(options.server)
    measured: dict[str, Any] = {"file": options.file.name, "seed": options.seed}
    model = options.model
    if options.starts:
        measured["handshake"] = await handshakes(command, options.starts, model)
        print(handshake_table(measured["handshake"]).plain())
    if options.keystrokes:
        others = neighbours(options.file, options.openings, options.seed)
        asked = (options.keystrokes, options.seed, options.confidence, model, others)
        replays = [await replay(command, text, pace, *asked) for pace in PACES]
        measured["keystrokes"] = [asdict(each) for each in replays]
        print(keystroke_table(replays, options.file.name).plain())
    if options.requests:
        endurance = await endure(command, text, options.requests, options.seed, model)
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
    add(
        "--openings", type=_count, default=20, help="other files of its folder opened (%(default)s)"
    )
    add("--requests", type=_count, default=5000, help="for the memory; 0 for none (%(default)s)")
    add("--starts", type=_count, default=STARTS, help="of the handshake; 0 for none (%(default)s)")
    add("--seed", type=int, default=0, help="of what is typed, and when (%(default)s)")
    add("--confidence", type=float, help="least probability of a shown line (the model's own)")
    add("--model", help="name or folder of the model (the user's own choice)")
    add("--server", default=shlex.join(SERVER), help="another server to be measured (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write every keystroke and every sample")
    return parser


def _count(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
