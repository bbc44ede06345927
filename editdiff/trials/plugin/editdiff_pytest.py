"""Tells what pytest knows of a run: which tests failed, where, and which lines each of them ran.

Loaded by the `pytest` of a user's project, in whatever Python that is (3.8 or newer): it needs nothing but the
standard library, imports nothing of ours, and is never imported by us. What is told goes to files named by the
environment:

    EDITDIFF_TOLD    beginning of the name of the file that is written at the end, one for each process
    EDITDIFF_ROOT    the folder whose files are told of
    EDITDIFF_ONLY    a file with the tests that are to run, a JSON list of their ids; without it, all
    EDITDIFF_LINES   whether the lines are told that each test runs
"""

from __future__ import annotations

import json
import os
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

MOST_MESSAGE, MOST_FRAMES = 2000, 200
ROOT = os.path.realpath(os.environ.get("EDITDIFF_ROOT", os.curdir)) + os.sep
TESTS: dict[str, dict[str, Any]] = {}
_NAMES: dict[str, str | None] = {}


def _below(file: str) -> str | None:
    """Name of a file below the root; None of any other. Remembered: it is asked for every function that runs."""
    if file not in _NAMES:
        real = "" if file.startswith("<") else os.path.realpath(file)  # <string>, <frozen os>
        _NAMES[file] = real[len(ROOT) :] if real.startswith(ROOT) else None
    return _NAMES[file]


def _test(name: str) -> dict[str, Any]:
    return TESTS.setdefault(name, {"outcome": "", "message": "", "frames": [], "lines": {}})


def _file(test: str) -> str:
    return test.partition("::")[0]


class _Tracer:
    """Notes the lines that run while a test does."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = _below(frame.f_code.co_filename)
        if name is None:
            return None
        seen = self.lines.setdefault(name, set())

        def local(inner: FrameType, what: str, value: Any) -> Any:
            if what == "line":
                seen.add(inner.f_lineno)
            return local

        return local


_tracer: _Tracer | None = None


def _wanted() -> set[str]:
    """Ids of the tests that are to run, files among them, whose tests nobody knows yet; nothing for all."""
    file = os.environ.get("EDITDIFF_ONLY")
    if not file:
        return set()
    with open(file, encoding="utf-8") as stream:
        return set(json.load(stream))


WANTED = _wanted()


def _ignored(path: str, config: Any) -> bool | None:
    """Whether a file need not be read, as no test is wanted of it."""
    if not WANTED or not os.path.isfile(path) or os.path.basename(path) == "__init__.py":
        return None
    top = str(getattr(config, "rootpath", None) or config.rootdir)
    name = os.path.relpath(path, top).replace(os.sep, "/")
    return None if name in {_file(wanted) for wanted in WANTED} else True


if int(getattr(sys.modules.get("pytest"), "__version__", "0").partition(".")[0]) >= 7:

    def pytest_ignore_collect(collection_path: Any, config: Any) -> bool | None:
        """Read no file of which no test is wanted: of a large suite that takes longer than a test."""
        return _ignored(str(collection_path), config)


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out all tests but those that are wanted."""
    wanted = WANTED
    if wanted:
        kept = [item for item in items if not wanted.isdisjoint((item.nodeid, _file(item.nodeid)))]
        names = {item.nodeid for item in kept}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in names])
        items[:] = kept


def _begin() -> None:
    """Begin to note lines, unless somebody else does that already, such as a coverage tool."""
    global _tracer
    if os.environ.get("EDITDIFF_LINES") and sys.gettrace() is None:
        _tracer = _Tracer()
        threading.settrace(_tracer)
        sys.settrace(_tracer)


def pytest_collection(session: Any) -> None:
    """Begin to note what runs while the files are read: what is made then, every test uses."""
    _begin()


def pytest_collection_finish(session: Any) -> None:
    """Keep these lines by the name of no test."""
    _keep("")


def pytest_runtest_logstart(nodeid: str) -> None:
    """Begin to note the lines of a test."""
    _begin()


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Keep the lines of a test."""
    _keep(nodeid)


def _keep(nodeid: str) -> None:
    global _tracer
    if _tracer is not None:
        sys.settrace(None)
        threading.settrace(None)
        told = {name: sorted(lines) for name, lines in _tracer.lines.items() if lines}
        _test(nodeid)["lines"] = told
        _tracer = None


def pytest_runtest_logreport(report: Any) -> None:
    """Keep how a test ended: it failed if a phase of it did."""
    told = _test(report.nodeid)
    if told["outcome"] != "failed" and (report.failed or report.when == "call" or report.skipped):
        told["outcome"] = report.outcome


def pytest_exception_interact(node: Any, call: Any, report: Any) -> None:
    """Keep where a test failed, or the collection of a file, from the outermost call inwards."""
    told = _test(node.nodeid)
    told["outcome"] = "failed"
    told["message"] = call.excinfo.exconly()[:MOST_MESSAGE]
    frames: list[list[Any]] = []
    error = call.excinfo.value
    while error is not None and len(frames) < MOST_FRAMES:
        frames = _frames(error, error.__traceback__) + frames
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    told["frames"] = frames


def _frames(error: BaseException, trace: TracebackType | None) -> list[list[Any]]:
    found: list[list[Any]] = []
    while trace is not None:
        name = _below(trace.tb_frame.f_code.co_filename)
        if name is not None:
            found.append([name, trace.tb_lineno])
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        name = _below(error.filename)
        if name is not None:
            found.append([name, error.lineno or 1])
    return found


def pytest_sessionfinish(session: Any) -> None:
    """Write it all down; every process of several its own part."""
    name = os.environ.get("EDITDIFF_TOLD")
    if name:
        with open(f"{name}.{os.getpid()}.json", "w", encoding="utf-8") as stream:
            json.dump(TESTS, stream)
