"""A process that loads an engine, fills one gap and says what that took; `python -m editdiff.evaluation.probe`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from editdiff.engines.base import FillOptions, FillTask
from editdiff.engines.choose import choose
from editdiff.families.running import Running
from editdiff.text.span import Span

BEFORE, AFTER = "def area(width, height):\n    return ", "\n\n\nprint(area(2, 3))\n"
STATUS = Path("/proc/self/status")


def main(arguments: Sequence[str]) -> None:
    """Fill a gap with the model folder named, or the embedded model; print seconds and bytes as JSON.

    Behind the folder may stand the engine and the number of its threads.
    """
    import onnxruntime  # noqa: F401  # what loading the libraries takes is no part of the session

    started = time.perf_counter()
    model, kind, threads = (*arguments, "", "", "")[:3]
    engine = choose(model or None, Running.of(kind or None, int(threads or 0)))
    seconds = time.perf_counter() - started
    loaded = memory()
    gap = Span(len(BEFORE), len(BEFORE))
    for _ in engine.fill(FillTask(BEFORE + AFTER, (gap,), "area.py"), FillOptions()):
        pass
    print(json.dumps({"session": seconds, "loaded": loaded, "filled": memory()}), flush=True)


def memory() -> dict[str, int]:
    """Resident bytes now (VmRSS) and at most so far (VmHWM); nothing where the system does not say."""
    try:
        lines = STATUS.read_text(encoding="ascii").split("\n")
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {n: 1024 * int(fields[n].split()[0]) for n in ("VmRSS", "VmHWM") if n in fields}


if __name__ == "__main__":
    main(sys.argv[1:])
