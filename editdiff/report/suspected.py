"""Files in which the cause of a failing test may be, and the words in which a failure is told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from editdiff.edits.tested.files import is_test
from editdiff.errors import InputError, UsageError
from editdiff.report import diagnostics
from editdiff.report.diagnostics import Diagnostic
from editdiff.report.git import changed_files, root_of
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.trials.proving import Baseline
from editdiff.trials.told import Case, Frame

HEAD = "HEAD"
"""Since when files have changed where nothing else says which to suspect."""
MOST_FILES = 40
"""Files that are suspected where none is named, those in which tests failed first."""


def below(root: Path, file: Path) -> str | None:
    """Path of a file below a tree, links followed; None of one outside of it."""
    real = Path(os.path.realpath(file))
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else None


def read_below(root: Path, names: Iterable[str]) -> dict[str, Document]:
    """Files by their path below a tree, as many as are suspected at once; tests and notebooks are none of them."""
    documents = dict[str, Document]()
    for name in dict.fromkeys(below(root, root / name) for name in names):
        if name is None or is_test(name) or is_notebook(name):  # or a link leads out of the tree
            continue
        if len(documents) < MOST_FILES:
            try:
                documents[name] = disk.read(root / name)
            except InputError:  # it went, or is no text
                continue
    return documents


def suspected(root: Path, cases: Sequence[Case], frames: Sequence[Frame]) -> dict[str, Document]:
    """Files of which something is known: those of places that are named, and what failing tests ran."""
    names = [frame.path for frame in frames]
    for case in cases:
        names += [frame.path for frame in case.frames] if case.failed else ()
    for case in cases:
        names += sorted(case.lines) if case.failed else ()
    return read_below(root, names)


def changed_since(root: Path, revision: str | None) -> dict[str, Document]:
    """Files that changed since a revision: what fails now is likely there; none without one or a repository.

    Raises:
        UsageError: when the repository has no such revision.
    """
    if revision is None or root_of(root) is None:
        return {}
    try:
        names = changed_files(root, revision)
    except UsageError:
        if revision != HEAD:
            raise
        return {}  # nothing is committed yet
    return read_below(root, (name for name in names if language_of(name)))


def diagnosed(root: Path, file: Path | None) -> list[Frame]:
    """Places that a report names in a tree.

    Raises:
        InputError: for a file that is no report, or names nothing there.
    """
    if file is None:
        return []
    told = diagnostics.read(file)
    frames = frames_of(root, told)
    if told and not frames:
        raise InputError(
            f"{file} names no file of {root}",
            f"it tells of {told[0].path}: run it in the project that it is of",
        )
    return frames


def frames_of(root: Path, told: Sequence[Diagnostic]) -> list[Frame]:
    """The places of diagnostics in a tree."""
    return [
        Frame(name, each.line)
        for file, each in diagnostics.resolve(told, root)
        if (name := below(root, file)) is not None
    ]


def stood(root: Path, baseline: Baseline) -> list[Frame]:
    """Where calls stood by the output of tests of which nothing else is told."""
    return frames_of(root, diagnostics.places(baseline.outcome.output))


def failure_of(cases: Sequence[Case], baseline: Baseline) -> str:
    """How tests fail, in their own words."""
    own = next((case.message for case in cases if case.failed and case.message), "")
    return own or baseline.outcome.telling


def failing_told(baseline: Baseline) -> str:
    """Which tests fail, and how the first of them does; one line."""
    failed = [case for case in baseline.cases if case.failed]
    if not failed:
        return printable(f"the tests fail: {baseline.outcome.telling}")
    return cases_told(failed)


def cases_told(failed: Sequence[Case]) -> str:
    """The same of some tests, at least one."""
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    how = failed[0].message.split("\n")[0]
    return printable(f"{failed[0].id} fails{more}: {how}")
