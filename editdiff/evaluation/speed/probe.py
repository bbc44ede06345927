"""A process that loads an engine, fills one gap and says what that took.

Run as `python -m editdiff.evaluation.speed.probe`.
"""

from __future__ import annotations

import importlib
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
LIBRARIES = ("numpy", "onnxruntime", "openvino", "tokenizers", "torch")
"""What an engine may have to load before it can begin."""


def main(arguments: Sequence[str]) -> None:
    """Fill a gap with a model; print seconds, bytes and the LIBRARIES that it took as JSON.

    The arguments: a model's name or folder, or nothing for the default; the engine and the number of its threads;
    the number of drafts; and libraries that are loaded first, for that is no part of the session.
    """
    model, kind, threads, drafts, *libraries = (*arguments, *[""] * 4)[: max(4, len(arguments))]
    for name in libraries:
        importlib.import_module(name)
    started = time.perf_counter()
    engine = choose(model or None, Running.of(kind or None, int(threads or 0)))
    seconds = time.perf_counter() - started
    loaded = memory()
    gap = Span(len(BEFORE), len(BEFORE))
    options = FillOptions(drafts=int(drafts or FillOptions().drafts))
    for _ in engine.fill(FillTask(BEFORE + AFTER, (gap,), "area.py"), options):
        pass
    said = {
        "session": seconds,
        "loaded": loaded,
        "filled": memory(),
        "libraries": [name for name in LIBRARIES if name in sys.modules],
    }
    print(json.dumps(said), flush=True)


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
