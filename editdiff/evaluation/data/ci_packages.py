"""Packages put into git, each with all of its source in one commit and with tests that pass there.

The tests run as the bot runs them: in confined copies, with `pytest` of this Python and none of its plugins, as the
package's own flags for pytest may name some that are not here. A package is left out if they do not pass, or take
so long that a change of it could not be judged in minutes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from editdiff.check.registry import choose_checkers, guards
from editdiff.check.ruff_lint import RuffChecker, ask_of_project
from editdiff.ci.environment import without_secrets
from editdiff.ci.excluded import Excluded, why_not
from editdiff.ci.pieces import Key, key_of
from editdiff.edits.fix.standards import Checks
from editdiff.edits.tested.files import is_test
from editdiff.errors import EditdiffError, InputError
from editdiff.report.git import REDIRECTS
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.trials.proving import Baseline, Edited, Prover
from editdiff.trials.running import Confinement, Limits

COMMAND = (
    f"PYTHONPATH=.:src {shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider -o addopts="
)
BASE = "base"
"""The tag of the first commit."""
SLOWEST = Limits(10.0)
"""Of the tests of a package, at the base and while commits are made."""
LIMITS = Limits(60.0)
"""Of the same when the bot runs them."""
SMALLEST, LARGEST = 300, 60_000
"""Bytes of a file that is changed."""
APART = frozenset({"bin", "benchmark", "benchmarks", "doc", "docs", "examples", "scripts", "tools"})
"""Folders of code that no test runs."""
PAGE, PAGE_BEGINS = "docs/worked-example.md", "# A worked example\n\n"
"""Where a package without Markdown tells something: a page that is new."""
UNJUDGED = ("", "cannot be judged")


@dataclass(frozen=True)
class Package:
    """A repository at its base."""

    name: str
    folder: Path
    prover: Prover
    checks: Checks
    """As the bot looks for problems, with a memory."""
    sources: tuple[str, ...]
    """Its own code that is changed, from its top."""
    pages: tuple[str, ...]
    """Its documentation."""

    def text(self, path: str) -> str:
        """A file as the base has it; the page that may come has its heading."""
        file = self.folder / path
        return disk.read(file).text if file.is_file() else PAGE_BEGINS

    def found(self, path: str, text: str) -> Counter[Key]:
        """How often a file with this text has each problem."""
        document = Document(str(self.folder / path), text, language=language_of(path))
        try:
            return Counter(map(key_of, self.checks.problems(document)))
        except InputError:
            return Counter([UNJUDGED])

    def tested(self, texts: Mapping[str, str]) -> Baseline:
        """A run of the tests with other texts of some files."""
        return self.prover.run_with([Edited(path, text.encode()) for path, text in texts.items()])

    def commit(self, texts: Mapping[str, str]) -> None:
        """Make the working tree a commit on top of the base, with other texts of some files.

        Raises:
            InputError: when git fails.
        """
        self.reset()
        for path, text in texts.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(text.encode())
        _git(self.folder, "add", "-A")
        _git(self.folder, "commit", "-qm", "a change")

    def reset(self) -> None:
        """Back to the base.

        Raises:
            InputError: when git fails.
        """
        _git(self.folder, "checkout", "-q", "--force", "--detach", BASE)


def opened(data: Path | None, place: Path, stack: ExitStack) -> tuple[list[Package], list[str]]:
    """The packages of a folder as repositories in `place`, as long as the stack is open; why others are left out.

    Raises:
        InputError: when there is no such folder, or no package in it whose tests pass.
    """
    packages, reasons = list[Package](), list[str]()
    for source in _folders(data):
        made = _package(source, place / source.name, stack)
        if isinstance(made, Package):
            packages.append(made)
        else:
            reasons.append(f"{source.name} is left out: {made}")
    if not packages:
        raise InputError(
            f"--data: {data} holds no package whose tests pass here within {SLOWEST.seconds:g} s",
            "; ".join(reasons) or "name one that holds unpacked packages with their tests",
        )
    return packages, reasons


def environment() -> dict[str, str]:
    """What tests see: nothing that leads another Python or pytest, no plugins of pytest."""
    ours = ("PYTEST_ADDOPTS", "PYTHONPATH")
    known = {name: value for name, value in os.environ.items() if name not in ours}
    return {**without_secrets(known), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _folders(data: Path | None) -> list[Path]:
    found = (
        sorted(path for path in data.iterdir() if path.is_dir()) if data and data.is_dir() else []
    )
    if not found:
        said = f"{data} holds no folder" if data else "no folder is named"
        raise InputError(
            f"--data: {said}",
            "name one that holds unpacked packages with their tests, each in its own folder",
        )
    return found


def _package(source: Path, folder: Path, stack: ExitStack) -> Package | str:
    """The package; else why it is none."""
    shutil.copytree(
        source, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", "__pycache__")
    )
    _git(folder, "init", "-q")
    sources, pages = _files(folder)
    if not sources:
        return "it has no Python file of its own to change"
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "the base")
    _git(folder, "tag", BASE)
    prover = Prover(folder, COMMAND, Confinement(folder), SLOWEST, environment=environment())
    stack.enter_context(prover)
    try:
        baseline = prover.begin()
    except EditdiffError as error:
        return error.message
    if not baseline.outcome.passed:
        return f"its tests do not pass: {baseline.outcome.last}"
    checks = Checks(guards(), (*choose_checkers(["math"]), RuffChecker(ask=ask_of_project)))
    return Package(folder.name, folder, prover, checks.remembering(), sources, pages or (PAGE,))


def _files(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Its own code, and its pages of Markdown."""
    names = sorted(_listed(folder))
    excluded = Excluded(folder, names)
    found: dict[str, list[str]] = {"python": [], "markdown": []}
    for name in names:
        language = language_of(name)
        code = language == "python"
        apart = is_test(name) or (code and not APART.isdisjoint(PurePosixPath(name).parts[:-1]))
        if language in found and not apart and not excluded.why(name) and _is_plain(folder / name):
            found[language].append(name)
    return tuple(found["python"]), tuple(found["markdown"])


def _listed(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            smallest = SMALLEST if path.suffix == ".py" else 1
            if path.suffix != ".pyi" and smallest <= path.stat().st_size <= LARGEST:
                yield path.relative_to(folder).as_posix()


def _is_plain(file: Path) -> bool:
    """Whether it is text, written by somebody, that its characters and line feeds are all of."""
    try:
        document = disk.read(file)
    except InputError:
        return False
    plain = document.text.encode() == file.read_bytes() and "\r" not in document.text
    return plain and document.text.endswith("\n") and not why_not(document)


def _git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular, whatever the user has set up.

    Raises:
        InputError: when it fails.
    """
    known = {name: value for name, value in os.environ.items() if name not in REDIRECTS}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=editdiff", "-c", "user.email=editdiff@localhost", "-c", "gc.auto=0")
    try:
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, env={**known, **alone}, capture_output=True
        )
    except OSError as error:
        raise InputError(
            f"git cannot be started: {error.strerror}", "install it: the bot looks at repositories"
        ) from error
    if done.returncode:
        told = os.fsdecode(done.stderr).strip() or f"exit status {done.returncode}"
        raise InputError(
            f"git {arguments[0]} fails in {folder}: {told}", "see that git works in a new folder"
        )
