"""The benchmarks `fix-candidates` and `half-candidates`: all fixes that pass, and how to choose among them.

Faults as `everyday-faults` makes them, one a file, or files in the middle of a change, as of `half-changes`. All
regions are looked at as long as there is time, and of each fix it is noted what speaks for it, and whether it
is right. The table tells what each way to choose would offer: the best fix of the first region that has one, the
likeliest of all, and any right one, which nobody can do better than. From reports of these (`--json`)
`fix-confidence` fits how likely a fix is right.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from editdiff.edits.fix.change import Change
from editdiff.edits.fix.credible import Trust, Way, distinct, features
from editdiff.edits.fix.doubtful import doubts
from editdiff.edits.fix.run import Fixing, Limits
from editdiff.engines.base import Engine
from editdiff.evaluation.benchmarks import half_changes
from editdiff.evaluation.benchmarks.everyday_faults import (
    LARGEST,
    NAMES,
    checks_of_everyday,
    draw,
    same,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.text.document import Document

NAME, HALVES_NAME = "fix-candidates", "half-candidates"
HALF = "half a change"
"""The kind of these."""
SEVERAL = ("two faults close together", "three faults close together")
"""Kinds that are left out: what mends the first of several faults is no right file yet."""
LIMITS = Limits(seconds=20.0, fault_seconds=20.0)
COLUMNS = {
    "faults": "faults", "right": "right", "wrong": "wrong", "none": "none", "fixes": "fixes a fault, mean",
    "seconds": "time, mean",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A fix that passed its checks."""

    right: bool
    rung: int
    worth: float
    """Nats."""
    doubts: str
    """Why it would not be offered all the same."""
    features: dict[str, float]
    lines: str
    """The changed lines."""


@dataclass(frozen=True)
class Tried:
    """A fault, and the fixes of its first problem, the likeliest first."""

    kind: str
    language: str
    package: str
    ways: tuple[Told, ...]
    other: str
    """What became of it where no list was made: `right`, `wrong` or nothing."""
    seconds: float


@dataclass
class _All:
    """Hears of the ways to mend each problem; an assessor that is sure of none, so that all are looked for."""

    floor: float = 0.0
    lists: list[Sequence[Way]] = field(default_factory=list)

    def probability(self, told: Any, language: str = "") -> float:
        """None."""
        return 0.0


@dataclass(frozen=True)
class Broken:
    """A file that does not pass, and what would be right."""

    kind: str
    package: str
    path: str
    language: str
    text: str
    right: tuple[str, ...]
    """Any of these texts, or what means the same."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Break files of the folder `request.data`, and look for all fixes.

    Raises:
        InputError: when there is no such folder, or no file in it.
    """

    def faults(folder: str) -> list[Broken]:
        return [
            Broken(item.kind, item.package, item.path, item.language, item.wrong, (item.right,))
            for item in draw(request.data, request.limit, request.seed, folder, SEVERAL)
        ]

    return _report(NAME, faults, engine, request, progress)


class Halves:
    """The same of files in the middle of a change."""

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> RowReport:
        """Break off changes between versions of packages, and look for all fixes.

        Raises:
            InputError: as `half_changes.draw`.
        """

        def halves(folder: str) -> list[Broken]:
            return [
                Broken(HALF, half.package, half.path, half.language, half.text, half.whole)
                for half in half_changes.draw(request.data, request.limit, request.seed, folder)
            ]

        return _report(HALVES_NAME, halves, engine, request, progress)


HALVES = Halves()


def _report(
    name: str,
    draw_in: Callable[[str], list[Broken]],
    engine: Engine,
    request: Request,
    progress: Progress,
) -> RowReport:
    with tempfile.TemporaryDirectory(prefix="editdiff-faults-") as folder:
        Path(folder, "ruff.toml").write_text(NAMES, encoding="utf-8")
        files = draw_in(folder)
        tried = list[Tried]()
        for file in files:
            tried.append(candidates(file, engine, request))
            progress(engine.name, len(tried), len(files))
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options), "limits": asdict(LIMITS),
        "largest": LARGEST,
    }  # fmt: skip
    rows = [
        _row("the first region that has a fix", tried, first),
        _row("the likeliest of all", tried, likeliest),
        _row("any right one", tried, best),
    ]
    told = [asdict(each) for each in tried]
    return RowReport(name, f"{name}: {len(files)} files", settings, COLUMNS, rows, (), told)


def candidates(file: Broken, engine: Engine, request: Request) -> Tried:
    """Look for all fixes of a file's first problem."""
    document, hears = Document(file.path, file.text, language=file.language), _All()
    fixing = Fixing(
        document,
        lambda: engine,
        checks_of_everyday(),
        request.options,
        LIMITS,
        trust=lambda: Trust(hears),
        on_ways=hears.lists.append,
    )
    started = time.perf_counter()
    repairs = fixing.run()
    next(repairs, None)
    seconds = time.perf_counter() - started
    ways = distinct(hears.lists[0]) if hears.lists else []

    def is_right(text: str) -> bool:
        return any(same(file.language, text, right) for right in file.right)

    told = [
        Told(
            is_right(way.proposal.after.text),
            way.rung,
            way.worth,
            doubts(way.proposal, None),
            features(way, ways),
            Change(way.proposal.before, way.proposal.after).new_text,
        )
        for way in ways
    ]
    other = ""
    if not ways and fixing.edits:
        other = "right" if is_right(fixing.now.text) else "wrong"
    return Tried(file.kind, file.language, file.package, tuple(told), other, seconds)


def first(tried: Tried) -> Told | None:
    """The best of the first region that has any."""
    rung = min((way.rung for way in tried.ways), default=0)
    return next((way for way in tried.ways if way.rung == rung), None)


def likeliest(tried: Tried) -> Told | None:
    """The best of all."""
    return next(iter(tried.ways), None)


def best(tried: Tried) -> Told | None:
    """A right one, where there is one."""
    return next((way for way in tried.ways if way.right), likeliest(tried))


def _row(name: str, tried: Sequence[Tried], choose: Any) -> Row:
    results = [_result(each, choose(each)) for each in tried]
    counts = {result: Number(results.count(result)) for result in ("right", "wrong", "none")}
    figures: dict[str, Figure] = {
        "faults": Number(len(tried)),
        **counts,
        "fixes": Number(mean(len(each.ways) for each in tried)),
        "seconds": Seconds(mean(each.seconds for each in tried)),
    }
    return Row(name, figures)


def _result(tried: Tried, chosen: Told | None) -> str:
    if chosen is None:
        return tried.other or "none"
    if chosen.doubts:
        return "none"
    return "right" if chosen.right else "wrong"
