"""Import every module of a package, and report what that does besides: `python tripwire.py PACKAGE`.

What others wrote is not on trial: a process apart finds out which of their modules are needed, and
those are imported before the wires are up. Prints one line for each thing done.
"""

import contextlib
import importlib
import logging
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

FORBIDDEN = (
    *("socket.", "subprocess.", "urllib.", "http.", "ftplib.", "smtplib.", "shutil.", "tempfile."),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.putenv", "os.unsetenv"),
    *("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chdir", "os.chmod", "os.chown", "os.utime", "os.scandir", "os.listdir", "glob."),
)
"""Prefixes of audit events (docs.python.org/3/library/audit_events.html)."""
MODULE_FILES = (".py", ".pyc", ".so", ".pyd")


class WatchedEnvironment(dict[str, str]):
    """`os.environ` that tells when it is read."""

    def __init__(self, variables: dict[str, str], report: list[str]) -> None:
        super().__init__(variables)
        self.report = report

    def __getitem__(self, key: str) -> str:
        self.report.append(f"read the environment variable {key}")
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.report.append(f"read the environment variable {key}")
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.report.append(f"read the environment variable {key}")
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self.report.append("read the environment")
        return super().__iter__()


def modules(package: str) -> list[str]:
    """Name the package and everything below it."""
    paths = importlib.import_module(package).__path__
    found = pkgutil.walk_packages(paths, f"{package}.")
    return [package, *sorted(module.name for module in found)]


def needed(package: str) -> list[str]:
    """Name what importing all of the package imports besides, in the order of import."""
    for name in modules(package):
        importlib.import_module(name)
    return [name for name in sys.modules if name.split(".")[0] not in (package, "__main__")]


def import_needed(package: str) -> None:
    """Import what the package needs, but nothing of the package."""
    command = [sys.executable, __file__, package, "--needed"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    for name in names:
        with contextlib.suppress(ImportError):  # an attribute that poses as a module
            importlib.import_module(name)


def state() -> dict[str, object]:
    """Collect the process-wide settings that an import must leave alone."""
    loggers = {
        name: (logger.level, tuple(logger.handlers))
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    return {
        "logging": (logging.root.level, tuple(logging.root.handlers), loggers),
        "warnings": tuple(warnings.filters),
        "signals": tuple(signal.getsignal(number) for number in signal.valid_signals()),
        "threads": threading.active_count(),
        "sys.path": tuple(sys.path),
        "sys.stdout": (sys.stdout, sys.stderr, sys.excepthook),
        "working folder": os.getcwd(),
    }


def trip(package: str) -> list[str]:
    """Import all modules of the package with the wires up; return what they did."""
    import_needed(package)
    report: list[str] = []
    armed = True

    def wire(event: str, arguments: tuple[Any, ...]) -> None:
        if not armed:
            return
        if event == "open" and not str(arguments[0]).endswith(MODULE_FILES):
            report.append(f"opened {arguments[0]}")
        elif event.startswith(FORBIDDEN) and not searches_modules(event):
            report.append(f"{event} {arguments}")

    before = state()
    watched = WatchedEnvironment(dict(os.environ), report)
    sys.addaudithook(wire)
    with patch.object(os, "environ", watched):
        for name in modules(package):
            seen = len(report)
            importlib.import_module(name)
            report[seen:] = [f"{name}: {line}" for line in report[seen:]]
    armed = False
    after = state()
    return report + [f"changed {what}" for what in before if before[what] != after[what]]


def searches_modules(event: str) -> bool:
    """Whether it is the import system, or `modules` above, that lists a folder."""
    frame = sys._getframe(2)
    asker = frame.f_code.co_filename
    return event == "os.listdir" and ("importlib._bootstrap" in asker or asker == pkgutil.__file__)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    package, *flags = sys.argv[1:]
    print(*(needed(package) if flags else trip(package)), sep="\n", end="")
