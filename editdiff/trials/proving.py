"""Tries edits of files by the user's own tests, in copies of their tree.

What passes is worth nothing unless the tests see the copy: with an editable install, or a whole path in the
command, they would import what the user has. So an error is planted first, and they have to notice
(`Prover.sees`). What is offered in the end has passed all tests in a copy in which nothing else was tried, and
they fail there without it (`Prover.confirm`).
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Self

from editdiff.errors import InputError, UsageError
from editdiff.trials import tree
from editdiff.trials.running import Confinement, Limits, Outcome
from editdiff.trials.told import IMPORTED, NAME, Asking, Case, failing

NOT_RUN = {126, 127}
"""Exit statuses of a shell that could not run the command."""
PYTEST_NOT_RUN = {3: "an internal error", 4: "wrong usage", 5: "no tests"}
"""Exit statuses with which pytest says that it has not run anything."""
FAILING = {0, 1}
"""Exit statuses with which a runner says that it has run, whether or not tests failed."""
SLOWER, MORE = 4.0, 2.0
"""A try may take so many times what the failing tests take, and so many seconds more: what is slower hangs."""
TRACED, TRACED_MORE = 20.0, 30.0
"""The same where the lines are noted that each test runs."""
MOST_COPIES = 4
"""Of the tree, in which tests run side by side."""
_CHANGING = re.compile(r"0x[0-9a-fA-F]+|\d+(?:[.:,]\d+)*|/[^\s:'\"]*")
"""What differs between two runs of the same: addresses, times, folders for temporary files."""


def side_by_side(wanted: int) -> int:
    """Copies in which tests run side by side: as many as there are cores, or as the user wants."""
    return min(wanted or os.cpu_count() or 1, MOST_COPIES)


class Edited(NamedTuple):
    """A file with another content."""

    path: str
    """Below the tree, `/` between folders."""
    data: bytes


@dataclass(frozen=True)
class Baseline:
    """The tests, before anything is changed."""

    outcome: Outcome
    cases: tuple[Case, ...] = ()
    """What the runner told of each test; nothing where it is none that tells."""

    @property
    def failing(self) -> tuple[str, ...]:
        """Ids of the tests that failed, where they are known."""
        return failing(self.cases)


class Confirmed(NamedTuple):
    """What came of a whole run with an edit, and of one more without it."""

    passed: bool
    fails_without: bool


@dataclass
class Prover:
    """The tests of one tree; a context manager, with which its copies go."""

    root: Path
    """The user's tree."""
    command: str
    confinement: Confinement
    limits: Limits = field(default_factory=Limits)
    folder: str = "."
    """Where in the tree the command runs."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    workers: int = 1
    """Copies in which tries run side by side."""
    runs: int = field(default=0, init=False)
    baseline: Baseline | None = field(default=None, init=False)
    excused: frozenset[str] = field(default=frozenset(), init=False)
    """Ids of tests that fail and may go on failing."""
    _asks: bool = field(default=True, init=False)
    """Whether pytest is asked for more than passing or not."""
    _seen: dict[str, str] = field(default_factory=dict, init=False)

    def __enter__(self) -> Self:
        self._place = Path(tempfile.mkdtemp(prefix="editdiff-tests-")).resolve()
        self._asking = Asking(self._place / "told")
        self._copies = SimpleQueue[Path]()
        self._lock, self._stamp = threading.Lock(), 0.0
        try:
            self.before = tree.snapshot(self.root)
            for number in range(self.workers):
                self._copies.put(self._copy(f"copy{number}"))
        except BaseException:
            _remove(self._place)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _remove(self._place)

    def begin(self) -> Baseline:
        """Run the tests as everything stands.

        Raises:
            UsageError: when the command cannot be run, or runs no tests.
            InputError: when it exceeds its limits.
        """
        with self._free() as copy:
            self.baseline = self._run(copy, self.limits)
            if NAME in self.baseline.outcome.output and not self.baseline.cases:
                self._asks = False  # a Python that is not led to the plugin: it is left as it is
                self.baseline = self._run(copy, self.limits)
        outcome = self.baseline.outcome
        if outcome.why:
            raise InputError(
                f"the tests were ended: {_ended(outcome, self.limits)}",
                "name fewer of them, or raise the limit with --test-seconds",
            )
        if outcome.code in NOT_RUN:
            raise UsageError(
                f"the test command does not run: {outcome.last or self.command}",
                "try it by hand in that folder; it is given to a shell as it is",
            )
        if outcome.code in PYTEST_NOT_RUN and _is_pytest(self.command, outcome):
            raise UsageError(
                f"pytest reports {PYTEST_NOT_RUN[outcome.code]}: {outcome.last}",
                "try the command by hand in that folder; files that git ignores are copied, .git is not",
            )
        return self.baseline

    def excuse(self, ids: Collection[str]) -> None:
        """Let some of the failing tests go on failing: an edit is asked to mend the others, and to break none."""
        self.excused = frozenset(ids)
        self._seen.clear()  # which files are noticed depends on what is run

    def run_with(self, edits: Collection[Edited]) -> Baseline:
        """Run all tests in a copy in which nothing was tried, with some edits, each of another file."""
        fresh = self._copy(f"fresh{self.runs}")
        try:
            with ExitStack() as stack:
                for edited in edits:
                    stack.enter_context(self._edited(fresh, edited))
                return self._run(fresh, self.limits)
        finally:
            _remove(fresh)

    def breaks(self, run: Baseline) -> bool:
        """Whether a run ended otherwise than well or with tests that failed before, or misses one that passed.

        A test of a file that could not be read before failed before.
        """
        if run.outcome.passed:
            return False
        known = self._known
        passed = {case.id for case in known.cases if not case.failed and case.id != IMPORTED}
        still = {case.id for case in run.cases if not case.failed}
        failed = set(known.failing)
        new = [name for name in run.failing if failed.isdisjoint((name, name.partition("::")[0]))]
        ended = bool(run.outcome.why) or run.outcome.code not in FAILING
        return not run.cases or ended or bool(new) or not passed <= still

    def traced(self) -> list[Case]:
        """The tests of the files in which some fail, with the lines that each runs; nothing if none tells."""
        known = self._known
        files = {name.partition("::")[0] for name in known.failing}
        only = [case.id for case in known.cases if case.id.partition("::")[0] in files]
        if not only:
            return []
        seconds = min(self.limits.seconds, TRACED * known.outcome.seconds + TRACED_MORE)
        with self._free() as copy:
            return list(
                self._run(copy, replace(self.limits, seconds=seconds), only, lines=True).cases
            )

    def sees(self, path: str) -> bool:
        """Whether the tests notice an error that is planted in a file of the copy; each is asked of once."""
        if path not in self._seen:
            token = f"editdiff_planted_error_{secrets.token_hex(8)}"
            planted = Edited(path, f"{token} (((\n".encode())
            with self._free() as copy, self._edited(copy, planted):
                found = self._run(copy, self.limits, self._wanted)
            self._seen[path] = "seen" if self._noticed(found, token) else ""
        return bool(self._seen[path])

    def passes(self, edited: Edited) -> bool:
        """Whether the tests that fail pass with an edit; several threads may ask at once."""
        known = self._known.outcome
        seconds = min(self.limits.seconds, SLOWER * known.seconds + MORE)
        with self._free() as copy, self._edited(copy, edited):
            found = self._run(copy, replace(self.limits, seconds=seconds), self._wanted)
        return found.outcome.passed and pass_all(self._wanted, found.cases)

    def confirm(self, edited: Edited) -> Confirmed:
        """Run all tests with an edit in a copy in which nothing was tried, then once more without it."""
        fresh = self._copy(f"fresh{self.runs}")
        try:
            with self._edited(fresh, edited):
                found = self._run(fresh, self.limits)
            well = not self.breaks(found) if self.excused else found.outcome.passed
            if not (well and pass_all(self._wanted, found.cases)):
                return Confirmed(False, True)
            again = self._run(fresh, self.limits, self._wanted)
            return Confirmed(True, not again.outcome.passed)
        finally:
            _remove(fresh)

    def end(self) -> None:
        """End what other threads try."""
        self.confinement.end()

    def changed(self) -> list[str]:
        """Files of the user's tree that are not what they were when this began."""
        return tree.differences(self.before, tree.snapshot(self.root))

    @property
    def _known(self) -> Baseline:
        assert self.baseline is not None
        return self.baseline

    @property
    def _wanted(self) -> tuple[str, ...]:
        """Ids of the tests that an edit has to mend, where they are known."""
        return tuple(name for name in self._known.failing if name not in self.excused)

    def _noticed(self, found: Baseline, token: str) -> bool:
        """Whether a run with a planted error is another one than without, which is steady."""
        known = self._known
        if token in found.outcome.output:
            return True
        if not known.cases and found.outcome.code != known.outcome.code:
            return True
        if _heard(found, str) == _heard(known, str):
            return False
        with self._free() as copy:
            again = self._run(copy, self.limits, self._wanted)
        return any(
            _heard(again, how) == _heard(known, how) != _heard(found, how) for how in (str, _steady)
        )

    def _run(
        self, copy: Path, limits: Limits, only: Collection[str] = (), lines: bool = False
    ) -> Baseline:
        with self._lock:
            self.runs += 1
            name = f"run{self.runs}"
        environment = {**self.environment, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
        command = self.command
        if self._asks:
            environment = self._asking.environment(environment, copy, name, only, lines)
            command = self._asking.command(command)
        outcome = self.confinement.run(command, copy / self.folder, environment, limits)
        output = outcome.output.replace(str(copy), str(self.root))  # where the user finds it
        return Baseline(replace(outcome, output=output), tuple(self._asking.told(name)))

    def _copy(self, name: str) -> Path:
        to = self._place / name
        tree.copy(self.root, to)
        return to

    @contextmanager
    def _free(self) -> Iterator[Path]:
        """A copy that nobody else uses meanwhile."""
        copy = self._copies.get()
        try:
            yield copy
        finally:
            self._copies.put(copy)

    @contextmanager
    def _edited(self, copy: Path, edited: Edited) -> Iterator[None]:
        """A copy with another content of one file, which gets its own back.

        Raises:
            InputError: for what a link leads to outside of the copy, or what cannot be read or written.
        """
        file = Path(os.path.realpath(copy / edited.path))
        if not file.is_relative_to(copy):
            raise InputError(
                f"{edited.path} leads out of the folder that is copied for the tests",
                "run it where the file itself lies",
            )
        try:
            own = (self.root / edited.path).read_bytes()  # in the copy, tests may have removed it
            self._write(file, edited.data)
            try:
                yield
            finally:
                self._write(file, own)
        except OSError as error:
            raise InputError(
                f"cannot edit the copy of {edited.path}: {error.strerror}",
                "see what the tests do with it",
            ) from error

    def _write(self, file: Path, data: bytes) -> None:
        """Write a file with a time of its own: what is compiled anew only for another time in seconds must be."""
        written = file.stat().st_mtime if file.exists() else 0.0  # it may have been a moment ago
        with self._lock:
            self._stamp = stamp = max(time.time(), self._stamp + 1.0, written + 1.0)
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            file.chmod(file.stat().st_mode | stat.S_IWUSR)
        file.write_bytes(data)
        os.utime(file, (stamp, stamp))


def pass_all(wanted: Collection[str], cases: Collection[Case]) -> bool:
    """Whether all tests pass that are wanted; of a file that could not be read before, all, and at least one."""
    passed = {case.id for case in cases if not case.failed}
    failed = {case.id for case in cases if case.failed}
    files = {name.partition("::")[0] for name in passed} - {
        name.partition("::")[0] for name in failed
    }
    return all(name in passed or ("::" not in name and name in files) for name in wanted)


def _heard(run: Baseline, how: Callable[[str], str]) -> dict[str, str]:
    """What a run tells of what failed, each text as `how` makes it."""
    if not run.cases:
        return {"": how(run.outcome.output)}
    return {case.id: how(case.message) for case in run.cases if case.failed}


def _remove(folder: Path) -> None:
    """Remove a folder in which tests have run; they may have closed some below it."""
    for top, folders, _ in os.walk(folder):
        for path in (Path(top, name) for name in folders):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _is_pytest(command: str, outcome: Outcome) -> bool:
    return "pytest" in command or "pytest" in outcome.output


def _steady(output: str) -> str:
    return _CHANGING.sub("", output)


def _ended(outcome: Outcome, limits: Limits) -> str:
    told = {
        "time": f"they took longer than {limits.seconds:g} s",
        "memory": f"they held more than {limits.memory / 2**30:g} GiB of memory",
        "processes": f"they started more than {limits.processes} processes",
        "lost": "they took the process with them that watches them",
    }
    return told[outcome.why]
