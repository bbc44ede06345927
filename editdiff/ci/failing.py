"""Tests that fail, put together where they are likely to fail for one reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from editdiff.ci.base import Problem
from editdiff.edits.tested.files import is_test
from editdiff.report.diagnostics.base import one_line
from editdiff.report.suspected import cases_told, stood
from editdiff.trials.proving import Baseline
from editdiff.trials.told import Case

TESTS = "tests"


@dataclass(frozen=True)
class Failing:
    """Some tests that fail; none by name where the runner does not tell them apart."""

    cases: tuple[Case, ...]
    problem: Problem
    """Where it shows: in the test, or where the own code raised."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(case.id for case in self.cases)


def failing(root: Path, baseline: Baseline, cases: Sequence[Case]) -> Failing:
    """Some of the tests that fail, as one problem; without any by name, all of them."""
    if not cases:
        places = stood(root, baseline)
        path, line = places[-1] if places else ("", 0)
        told = one_line(f"the tests fail: {baseline.outcome.telling}")
        return Failing((), Problem(path, line, told, TESTS))
    path, line = _place(root, cases[0])
    return Failing(tuple(cases), Problem(path, line, one_line(cases_told(cases)), TESTS))


def parts(cases: Sequence[Case]) -> list[list[Case]]:
    """The same tests in smaller groups, which may fail for reasons of their own; one group where there are none.

    By the place in the own code at which they fail, else by their file; then by the function that is the test.
    """
    for same in (_cause, _function):
        found = _grouped(cases, same)
        if len(found) > 1:
            return found
    return [list(cases)]


def _grouped(cases: Sequence[Case], same: Callable[[Case], object]) -> list[list[Case]]:
    found = defaultdict[object, list[Case]](list)
    for case in cases:
        found[same(case)].append(case)
    return [*found.values()]


def _cause(case: Case) -> object:
    own = [frame for frame in case.frames if not is_test(frame.path)]
    return own[-1] if own else case.id.partition("::")[0]


def _function(case: Case) -> object:
    return case.id.partition("[")[0]


def _place(root: Path, case: Case) -> tuple[str, int]:
    """The last place in the project at which a test stood when it failed, else its file."""
    there = [frame for frame in case.frames if (root / frame.path).is_file()]
    if there:
        return there[-1]
    file = case.id.partition("::")[0]
    return (file, 1) if (root / file).is_file() else ("", 0)
