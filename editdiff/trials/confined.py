"""The process that runs a test command within limits: started by `trials.running`, as a script, never imported.

Its only argument is JSON: the command for a shell, its folder, the limits, and how it is to be confined. It writes
one line of JSON to the file `result`: how the command ended, or why it was ended. All that the command has started
is gone when this process is.

Three levels, as far as the system lets a user go:

    full   own process, mount and network namespaces: no network but its own loopback, the user's tree read-only,
           and nothing outlives the command, whatever it does
    kept   the same without a process namespace
    plain  limits and a watch alone
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from typing import Any

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18,
)  # fmt: skip
KEPT_FLAGS = {os.ST_NOSUID: MS_NOSUID, os.ST_NODEV: MS_NODEV, os.ST_NOEXEC: MS_NOEXEC}
"""What a mount must not lose when it is made read-only."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41
HEARD = {signal.SIGCHLD, signal.SIGTERM}
"""Signals that are waited for: something has ended, and everything is to end, as when who started this is gone."""
LOOK = 0.1
"""Seconds between two looks at what the command has started."""
LARGEST_FILE = 1 << 30
"""Bytes that the command may write to one file."""
THREADS = 4
"""For each process that is allowed, so many of the user's processes and threads: the watch counts processes alone,
and says so, where a program that may not start one more would only be seen to fail."""
UNCONFINED = 3
"""Exit status where the level cannot be had here."""

libc = ctypes.CDLL(None, use_errno=True)


def main(job: dict[str, Any]) -> None:
    """Run the command of a job, and write what became of it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # what its processes leave behind becomes ours
    with contextlib.suppress(
        OSError
    ):  # no limit of processes holds for root: the watch has to come before them
        first = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, first, os.sched_param(1))
    try:
        if job["level"] != "plain":
            _separate(job)
    except OSError:
        os._exit(UNCONFINED)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        if job["level"] == "full":
            _first(job)
        _command(job)
    told = _watched(child, started, job)
    told["seconds"] = time.monotonic() - started
    with open(job["result"], "w", encoding="utf-8") as file:
        json.dump(told, file)


def _separate(job: dict[str, Any]) -> None:
    """Leave the namespaces of the user: no network, and the tree read-only."""
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS | (0 if job["network"] else CLONE_NEWNET)
    _unshare(flags | (CLONE_NEWUSER if user else 0))
    if user:  # the same one as outside, so that nothing runs as root that was not meant to
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    tree = job["tree"]
    _mount(tree, tree, None, MS_BIND | MS_REC)
    held = os.statvfs(tree).f_flag
    kept = sum(flag for known, flag in KEPT_FLAGS.items() if held & known)
    _mount(None, tree, None, MS_REMOUNT | MS_BIND | MS_RDONLY | kept)
    if not job["network"]:
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
    if job["level"] == "full":
        _unshare(CLONE_NEWPID)


def _first(job: dict[str, Any]) -> None:
    """Be the first process of a namespace, with which all others in it end; what returns is a second one."""
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _unshare(CLONE_NEWNS)
        _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except OSError:
        os._exit(UNCONFINED)
    child = os.fork()
    if child == 0:
        return
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            os._exit(_code(status) & 0xFF)


def _command(job: dict[str, Any]) -> None:
    """Become the command."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    seconds = int(job["seconds"]) + 5
    for limit, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, _own() + THREADS * job["processes"]),
    ):
        _, most = resource.getrlimit(limit)
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (value, value))
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 256)
    os.chdir(job["folder"])
    try:
        os.execve("/bin/sh", ["sh", "-c", job["command"]], job["environment"])
    finally:
        os._exit(127)


def _watched(child: int, started: float, job: dict[str, Any]) -> dict[str, Any]:
    """Wait for the command, look after what it has started, and end all of it."""
    why, status = "", None
    while status is None and not why:
        left = started + job["seconds"] - time.monotonic()
        if left <= 0:
            why = "time"
            break
        heard = signal.sigtimedwait(HEARD, min(LOOK, left))
        if heard is not None and heard.si_signo == signal.SIGTERM:
            why = "lost"
            break
        status = _reaped(child)
        if status is None:
            why = _exceeded(job)
    if status is None:
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)  # with the first of a namespace all others in it end
    _end()
    return {"code": None if status is None else _code(status), "why": why}


def _reaped(child: int) -> int | None:
    """Status of the command if it has ended; orphans that became ours are taken leave of."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, told = os.waitpid(-1, os.WNOHANG)
            if ended == 0:
                break
            if ended == child:
                status = told
    return status


def _exceeded(job: dict[str, Any]) -> str:
    """Which limit the command and all that it has started exceed together."""
    running = list(_descendants(os.getpid()))
    if len(running) > job["processes"]:
        return "processes"
    if sum(map(_memory, running)) > job["memory"]:
        return "memory"
    return ""


def _end() -> None:
    """End the command and all that it has started: stopped first, so that nothing starts anew meanwhile."""
    for _ in range(100):
        running = list(_descendants(os.getpid()))
        for signalled in (signal.SIGSTOP, signal.SIGKILL):
            for pid in running:
                with contextlib.suppress(OSError):
                    os.kill(pid, signalled)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not running:
            return
        time.sleep(0.01)


def _descendants(top: int) -> list[int]:
    """Processes that one has started, and those that these have."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found, waiting = [], [top]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _memory(pid: int) -> int:
    """Bytes that a process holds in memory; 0 of one that is gone."""
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
    return 0


def _own() -> int:
    """Processes and threads of this user, who may have no more than the limit in all."""
    user, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _code(status: int) -> int:
    """Exit status as a shell tells it: 128 and more for a signal."""
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _prctl(option: int, value: int) -> None:
    libc.prctl(option, value, 0, 0, 0)


def _unshare(flags: int) -> None:
    _done(libc.unshare(flags))


def _mount(source: str | None, target: str, kind: str | None, flags: int) -> None:
    told = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    _done(libc.mount(*told, ctypes.c_ulong(flags), None))


def _done(result: int) -> None:
    if result:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
