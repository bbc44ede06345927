"""The process in which generated code runs: started by `sandbox`, as a script, never imported by it.

It reads one job a line (JSON: program, test, entry_point) and answers each with one line (JSON: passed, why). It
runs nothing itself: each candidate gets a fork of this interpreter, which has run no other candidate.

The token. A candidate has passed when its process hands over a token of 16 random bytes, made for it alone and
written only behind the return of `check()`. So neither an exit code, nor output, nor an early end counts.

The test has a copy of the builtins of its own, taken before the candidate ran: a candidate that patches
`builtins` changes nothing for the test, nor for what writes the token.

The audit hook (PEP 578; it cannot be taken off) refuses what no exercise needs: writing, moving or removing
files, starting or killing processes, networks, loading C libraries, reading other objects' memory.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

UNPARSED = "does not parse"
TIME_LIMIT = "time limit"
DIED = "died without a result"
PRELOADED = (
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "hashlib", "heapq",
    "itertools", "math", "operator", "random", "re", "statistics", "string", "typing",
)  # fmt: skip
"""Modules that exercises import: loaded once here instead of in every fork."""
REFUSED = (
    "ctypes.", "fcntl.", "gc.get_", "mmap.", "os.", "pty.", "resource.", "shutil.", "signal.", "socket.",
    "subprocess.", "syslog.", "tempfile.",
)  # fmt: skip
"""Audit events, by how they begin, that a candidate may not raise."""
ALLOWED = {"os.listdir", "os.scandir"}
"""Events among those that importing a module raises."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REASON_BYTES = 200


def main(cpu: int, wall: float, memory: int) -> None:
    """Serve jobs until standard input ends. Seconds, seconds, bytes."""
    for name in PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        passed, why = supervise(job, cpu, wall, memory)
        print(json.dumps({"passed": passed, "why": why}), flush=True)


def supervise(job: dict[str, str], cpu: int, wall: float, memory: int) -> tuple[bool, str]:
    """Run one candidate in a fork of its own; say whether it passed, or else what became of it."""
    token = os.urandom(16)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        confine(writing, cpu, wall, memory)
        attempt(job, token, writing)
    os.close(writing)
    answer = receive(reading, wall)
    os.close(reading)
    for kill in (
        os.killpg,
        os.kill,
    ):  # its group, and itself where it had not got as far as having one
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    _, status = os.waitpid(pid, 0)
    if answer == token:
        return True, ""
    if answer is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return False, TIME_LIMIT
    return False, answer.decode("utf-8", "replace") or DIED


def receive(reading: int, wall: float) -> bytes | None:
    """All that is written until the other end closes, at most REASON_BYTES; None when `wall` seconds are over."""
    answer, deadline = b"", time.monotonic() + wall
    while len(answer) < REASON_BYTES:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        more = os.read(reading, REASON_BYTES)
        if not more:
            break
        answer += more
    return answer


def confine(writing: int, cpu: int, wall: float, memory: int) -> None:
    """Take from this process all that a candidate does not need; `writing` stays open."""
    os.setsid()
    signal.setitimer(signal.ITIMER_REAL, wall + 1)  # should the process that watches it be gone
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.closerange(3, writing)
    os.closerange(writing + 1, 1024)
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    for limit, values in limits.items():
        resource.setrlimit(limit, values)
    sys.addaudithook(audit)


def audit(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what an exercise does not need."""
    if event == "open":
        flags = args[2]
        if isinstance(flags, int) and flags & WRITING:
            raise PermissionError("no file is written here")
    elif event.startswith(REFUSED) and event not in ALLOWED:
        raise PermissionError(f"{event} is refused here")


def attempt(job: dict[str, str], token: bytes, writing: int) -> None:
    """Run program and test, then write the token, or the name of what went wrong; never returns."""
    execute, write, leave, own = exec, os.write, os._exit, dict(vars(builtins))
    try:
        program = compile(job["program"], "program.py", "exec", dont_inherit=True)
    except BaseException:
        write(writing, UNPARSED.encode())
        leave(0)
    try:
        test = compile(job["test"], "test.py", "exec", dont_inherit=True)
        scope: dict[str, Any] = {"__name__": "program"}
        execute(program, scope)
        scope = {**scope, "__builtins__": own}
        execute(test, scope)
        scope["check"](scope[job["entry_point"]])
        write(writing, token)
    except BaseException as error:
        write(writing, type(error).__name__.encode("utf-8", "replace")[:REASON_BYTES])
    finally:  # also when nothing can be written any more: this fork never goes back to serving jobs
        leave(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
