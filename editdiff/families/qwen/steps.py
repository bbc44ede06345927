"""What forwards of a trunk cost on this machine: measured once, when it is packed, and kept beside its weights.

Measured once, because what is drafted ahead depends on it, and the same document must be answered the same way.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median

import numpy as np

from editdiff.families.base import USUAL, StepCosts
from editdiff.families.qwen.trunk import Rows, Runtime

FILE = "steps.json"
CONTEXT = 256
"""Tokens that the rows of a forward attend to."""
REPEATS = 5


def measure(trunk: Runtime, repeats: int = REPEATS) -> StepCosts:
    """Time forwards of several numbers of rows, by turns; it takes two seconds with `coder`.

    A row never costs less than none, and never more than a forward of its own: what says otherwise was disturbed.
    """
    slots, _ = trunk.infer(trunk.empty(), _rows(CONTEXT, 0))
    seconds: dict[int, list[float]] = {rows: [] for rows in USUAL.rows}
    for turn in range(1 + repeats):
        for rows, told in seconds.items():
            started = time.perf_counter()
            with slots.lent():
                _, hidden = trunk.infer(slots, _rows(rows, CONTEXT))
            trunk.follows(hidden, np.zeros((rows, 1), dtype=np.int64))
            if turn:  # the first time a number of rows is run, the graph is prepared for it
                told.append(time.perf_counter() - started)
    first = median(seconds[1])
    shares = (min(rows, median(told) / first) for rows, told in seconds.items())
    return StepCosts(USUAL.rows, tuple(np.maximum.accumulate([1.0, *shares])[1:].tolist()))


def write(folder: Path, costs: StepCosts) -> None:
    """Keep what was measured in a folder of packed weights."""
    told = {"rows": costs.rows, "times": [round(each, 3) for each in costs.times]}
    (folder / FILE).write_text(json.dumps(told) + "\n", encoding="utf-8")


def read(folder: Path) -> StepCosts:
    """What was measured; what is usual where nothing was, or nobody can read it."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        rows, times = tuple(map(int, told["rows"])), tuple(map(float, told["times"]))
        rises = rows[0] == 1 and len(rows) == len(times) > 1 and list(rows) == sorted(set(rows))
        return StepCosts(rows, times) if rises and min(times) > 0 else USUAL
    except (OSError, ValueError, LookupError, TypeError):
        return USUAL


def _rows(count: int, before: int) -> Rows:
    """Any tokens, one behind the other."""
    ids = np.arange(count, dtype=np.int64)
    sees = np.tri(count, before + count, before, dtype=np.bool_)
    return Rows(ids, before + ids, sees)
