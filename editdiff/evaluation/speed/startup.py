"""Starting an engine in a process of its own: time to the first answer, memory; and the files it reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from editdiff.errors import ModelError
from editdiff.evaluation.core.table import NONE
from editdiff.evaluation.speed.timing import Row
from editdiff.families.load import describe
from editdiff.families.running import AS_IT_COMES, Running

_MB = 1e6


def start_rows(
    model: str | None, folder: Path, starts: int, running: Running = AS_IT_COMES
) -> list[Row]:
    """Start, memory and files of the engine in `folder`, named `model` on a command line.

    Beside it stands a process that loads the same libraries and does nothing. A start before the others, which is
    not measured, tells which.

    Raises:
        ModelError: when the engine cannot be started.
    """
    told = [model or "", running.engine, str(running.threads), ""]
    probe = ["-m", "editdiff.evaluation.speed.probe", *told]
    libraries = json.loads(first_line(probe)[1])["libraries"]
    alone = f"import {', '.join(libraries)}; print(flush=True)"
    ours: list[tuple[float, str]] = []
    bare: list[float] = []
    for _ in range(starts):
        bare.append(first_line(["-c", alone])[0])
        ours.append(first_line([*probe, *libraries]))
    said = [json.loads(line) for _, line in ours]
    seconds = tuple(s for s, _ in ours)
    beside = tuple(s / b for s, b in zip(seconds, bare, strict=True))
    return [
        Row("engine start: process start to first answer", seconds, "s", "4 drafts of one line"),
        Row(f"the same / importing {' and '.join(libraries)}", beside),
        Row("session creation", tuple(1000 * s["session"] for s in said), "ms"),
        _memory_row("resident memory, loaded", [s["loaded"] for s in said], "VmRSS"),
        _memory_row("resident memory, after a fill", [s["filled"] for s in said], "VmRSS"),
        _memory_row("resident memory, at most", [s["filled"] for s in said], "VmHWM"),
        *_file_rows(folder),
    ]


def first_line(arguments: list[str]) -> tuple[float, str]:
    """Run Python with `arguments`; seconds from its start to its first line, and that line.

    Raises:
        ModelError: when it says nothing.
    """
    # the package may be importable only from where we are
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
        _, errors = process.communicate()
    if process.returncode != 0 or not line:
        reason = errors.strip().split("\n")[-1]
        raise ModelError(
            f"the engine could not be started in a process of its own: {reason}",
            "try `editdiff demo` with the same model",
        )
    return seconds, line


def _memory_row(what: str, said: list[dict[str, Any]], field: str) -> Row:
    values = tuple(s[field] / _MB for s in said if field in s)
    return Row(what, values, "MB", field if values else f"{NONE}: this system does not say")


def _file_rows(folder: Path) -> list[Row]:
    """Files of a model folder; of a model whose files lie elsewhere, the weights alone."""
    about = describe(folder)
    there = [path for name in about.files if (path := folder / name).is_file()]
    if not there:
        return [Row("weights", (about.weights_size / _MB,), "MB")]
    return [Row(f"file {path.name}", (path.stat().st_size / _MB,), "MB") for path in there]
