"""Fetches and packs the weights of one model; a program of its own, see `getting`.

Its argument says what to do, as JSON; it tells its progress in lines of JSON. It ends early when its input does:
then nobody waits for it any more, and what has arrived is kept for the next time.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

PATIENCE = 5.0
"""Seconds in which it tidies up before it ends all the same."""
NICE = 5
"""How far it stands back for ghost text, which runs on the same cores."""
OFTEN = 0.1
"""Seconds between two lines of one stage."""
_AT_WORK = Event()
"""Set once there may be something to tidy up."""


def fetch(job: dict[str, Any]) -> dict[str, str]:
    """Do it, and return what to tell in the end."""
    from editdiff.engines.weights import Weights, origin
    from editdiff.errors import EditdiffError, ModelError

    _AT_WORK.set()
    told, last = "", 0.0

    def progress(stage: str, share: float) -> None:
        nonlocal told, last
        now = time.monotonic()
        if stage != told or now - last >= OFTEN:
            told, last = stage, now
            _say({"stage": stage, "share": share})

    try:
        weights = Weights.of(Path(job["folder"]))
        if weights is None:
            raise ModelError("nothing has to be fetched for this model", "use it as it is")
        given = Path(job["from"]) if job["from"] else None
        return {"there": str(weights.fetch(origin(given, job["source"]), progress))}
    except EditdiffError as error:
        return {"reason": error.message, "hint": error.hint}


def main() -> None:
    """Do what the argument says; an error that the user can do something about is an answer, too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may ignore it
    if os.name == "posix":
        os.nice(NICE)
    try:
        Thread(target=_end_with_input, daemon=True).start()
        _say(fetch(json.loads(sys.argv[1])))
        os._exit(0)  # at once: the end of the input is no interruption any more
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(1)


def _end_with_input() -> None:
    """Interrupt the work when our input ends; imports, which make other errors of that, end at once."""
    while sys.stdin.buffer.read(1):
        pass
    if not _AT_WORK.is_set():
        os._exit(1)
    _thread.interrupt_main()
    time.sleep(PATIENCE)
    os._exit(1)


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
