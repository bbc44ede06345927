"""The benchmark `ci`: what the bot proposes for commits of other people's packages, with faults and without.

Data: a folder of unpacked packages with their tests. Each is put into git, and commits are made on top of it
(`ci_commits`), each judged against the base alone. The bot looks at each with its defaults and, where a test is to
fail or nothing is wrong, with the package's tests.

A fix is right if with it the file is what it was without the fault, or the same program. One of a fault of the
tests that is neither, and with which all tests pass, is told apart: they cannot tell. Another one is wrong. A fix
that meets no fault is a false alarm, and so is any of a clean commit.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from editdiff.ci.base import Fix, Proposed
from editdiff.ci.run import propose
from editdiff.edits.others import on_disk
from editdiff.edits.session import Session
from editdiff.engines.base import Engine
from editdiff.errors import EditdiffError, InputError
from editdiff.evaluation.benchmarks.everyday_faults import same
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.ci_commits import KINDS, TESTS, Commit, Fault, draw
from editdiff.evaluation.data.ci_packages import BASE, COMMAND, LIMITS, Package, environment, opened
from editdiff.text.edit import Edits
from editdiff.text.language import language_of
from editdiff.text.lines import LineTable

NAME = "ci"
MINUTES = 3.0
"""For one commit."""
MARGIN = 1
"""Lines beside those of a fault in which a fix of it may lie."""
RIGHT, OTHER, WRONG, DECLINED = "right", "passes", "wrong", "declined"
RESULTS = (RIGHT, OTHER, WRONG, DECLINED)
COLUMNS = {
    "commits": "commits", "faults": "faults", RIGHT: "right", OTHER: "passes, another text", WRONG: "wrong",
    DECLINED: "declined", "alarms": "false alarms", "seconds": "a commit, mean", "minutes": "minutes in all",
}  # fmt: skip
Shown = tuple[str, str]
"""Lines of a fix: as they are, and what they become."""


@dataclass(frozen=True)
class Outcome:
    """What became of one fault."""

    kind: str
    words: str
    package: str
    path: str
    result: str
    seconds: float
    """Of the commit."""
    judged: str = ""
    """Who judged the fix."""
    confidence: float | None = None
    shown: tuple[Shown, ...] = ()
    """The fix."""
    reason: str = ""
    """Why there is none."""


@dataclass(frozen=True)
class Alarm:
    """A fix of something that was not wrong."""

    package: str
    path: str
    message: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Judged:
    """What became of one commit."""

    commit: Commit
    seconds: float
    outcomes: tuple[Outcome, ...]
    alarms: tuple[Alarm, ...]
    blamed: tuple[str, ...]
    """Of a clean commit: what was called wrong, with a fix or without."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Make commits of the packages in the folder `request.data`, and have the bot look at each.

    Raises:
        InputError: when there is no such folder, no package in it whose tests pass, or no place for a fault.
        UsageError: where tests cannot be confined.
    """
    session = Session(
        lambda: engine,
        request.options,
        find=on_disk,
        least=request.of_fixes.named,
        calibrate_fixes=lambda: request.of_fixes.assessor,
    )
    with tempfile.TemporaryDirectory(prefix="editdiff-ci-") as place, ExitStack() as stack:
        packages, left_out = opened(request.data, Path(place).resolve(), stack)
        commits = draw(
            packages,
            request.limit,
            request.seed,
            lambda done: progress("commits made", done, request.limit),
        )
        if not commits:
            raise InputError(
                f"--data: no package of {request.data} has a place for a fault that is seen",
                "name a folder of larger packages, or more of them",
            )
        known, judged = {package.name: package for package in packages}, list[Judged]()
        for commit in commits:
            judged.append(judge(commit, known[commit.package], session, request.model))
            progress(engine.name, len(judged), len(commits))
    names = ", ".join(package.name for package in packages)
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options), "minutes": MINUTES,
        "packages": [package.name for package in packages], "command": COMMAND,
    }  # fmt: skip
    faults = sum(len(commit.faults) for commit in commits)
    title = f"{NAME}: {faults} faults in {len(commits)} commits of {names}"
    told = [_told(each) for each in judged]
    notes = [*left_out, *_notes(judged)]
    return RowReport(NAME, title, settings, COLUMNS, rows_of(judged), notes, told)


def judge(commit: Commit, package: Package, session: Session, model: str | None) -> Judged:
    """Have the bot look at a commit, and compare what it proposes with what was right."""
    tested = not commit.faults or any(fault.kind == TESTS for fault in commit.faults)
    package.commit(commit.wrong)
    started, refused = time.perf_counter(), ""
    try:
        proposed = propose(
            package.folder,
            BASE,
            session=session,
            model=model,
            test=COMMAND if tested else None,
            test_seconds=LIMITS.seconds,
            environ=environment(),
            max_minutes=MINUTES,
        )
    except EditdiffError as error:
        proposed, refused = Proposed("", "", ()), error.message
    seconds = time.perf_counter() - started
    package.reset()
    mine = {
        fault: [fix for fix in proposed.fixes if meets(fix, commit, fault)]
        for fault in commit.faults
    }
    outcomes = [
        _outcome(commit, package, fault, fixes, _others(mine, fixes), _reason(proposed, fault) or refused, seconds)
        for fault, fixes in mine.items()
    ]  # fmt: skip
    met = [fix for fixes in mine.values() for fix in fixes]
    alarms = [
        Alarm(package.name, fix.path, fix.problems[0].message, shown(fix))
        for fix in proposed.fixes
        if fix not in met
    ]
    blamed = () if commit.faults else _blamed(proposed)
    return Judged(commit, seconds, tuple(outcomes), tuple(alarms), blamed)


def meets(fix: Fix, commit: Commit, fault: Fault) -> bool:
    """Whether a fix changes lines of a fault, or beside them."""
    if fix.path != fault.path:
        return False
    table, undone = LineTable(commit.wrong[fault.path]), commit.undone(fault).items
    first = table.position(undone[0].span.start).line + 1 - MARGIN
    last = table.position(undone[-1].span.end).line + 1 + MARGIN
    return any(part.first <= last and first <= part.last for part in fix.parts)


def shown(fix: Fix) -> tuple[Shown, ...]:
    """The lines that a fix changes."""
    return tuple((part.old, part.new) for part in fix.parts)


def rows_of(judged: Sequence[Judged]) -> list[Row]:
    """All faults, those of each kind, and the clean commits."""
    faulty = [each for each in judged if each.commit.faults]
    clean = [each for each in judged if not each.commit.faults]
    rows = [_row("all faults", faulty, KINDS)] if faulty else []
    for kind in KINDS:
        of_kind = [each for each in faulty if any(o.kind == kind for o in each.outcomes)]
        rows += [_row(kind, of_kind, (kind,))] if of_kind else []
    return [*rows, *([_row("clean commits", clean, ())] if clean else [])]


def _others(mine: dict[Fault, list[Fix]], fixes: Sequence[Fix]) -> list[Fault]:
    """The faults that none of some fixes meets."""
    return [fault for fault, some in mine.items() if not any(fix in fixes for fix in some)]


def _outcome(
    commit: Commit,
    package: Package,
    fault: Fault,
    fixes: Sequence[Fix],
    others: Sequence[Fault],
    reason: str,
    seconds: float,
) -> Outcome:
    about = (fault.kind, fault.words, package.name, fault.path)
    if not fixes:
        return Outcome(*about, DECLINED, seconds, reason=reason)
    edits = [edit for fix in fixes for edit in fix.proposal.edits]
    edits += [
        edit
        for other in others
        if other.path == fault.path and other != fault
        for edit in commit.undone(other)
    ]
    text = Edits(tuple(edits)).apply(commit.wrong[fault.path])
    result = WRONG
    if same(language_of(fault.path), text, commit.right[fault.path]):
        result = RIGHT
    elif fault.kind == TESTS and _passes(package, {**commit.right, fault.path: text}):
        result = OTHER
    first = fixes[0]
    lines = tuple(pair for fix in fixes for pair in shown(fix))
    return Outcome(*about, result, seconds, first.judged, first.confidence, lines)


def _passes(package: Package, texts: dict[str, str]) -> bool:
    return package.tested(texts).outcome.passed


def _reason(proposed: Proposed, fault: Fault) -> str:
    """Why nothing was proposed: what is said of its file, or of the tests."""
    mine = [
        left
        for left in proposed.left
        if left.problem.path == fault.path or (left.problem.source == fault.kind == TESTS)
    ]
    told = [f"{left.problem.source}: {left.reason}" for left in mine]
    return "; ".join(dict.fromkeys(told or proposed.notes))


def _blamed(proposed: Proposed) -> tuple[str, ...]:
    """What a run calls wrong in a change."""
    problems = [problem for fix in proposed.fixes for problem in fix.problems]
    problems += [left.problem for left in proposed.left if left.blamed]
    return tuple(f"{each.path}:{each.line}: {each.message} [{each.source}]" for each in problems)


def _row(name: str, judged: Sequence[Judged], kinds: Collection[str]) -> Row:
    outcomes = [each for one in judged for each in one.outcomes if each.kind in kinds]
    results = [each.result for each in outcomes]
    seconds = [each.seconds for each in judged]
    figures: dict[str, Figure] = {"commits": Number(len(judged))}
    if outcomes:
        figures["faults"] = Number(len(outcomes))
        figures |= {result: Number(results.count(result)) for result in RESULTS}
    if len(kinds) != 1:
        figures["alarms"] = Number(sum(len(each.alarms) for each in judged))
        figures["minutes"] = Number(sum(seconds) / 60)
    figures["seconds"] = Seconds(mean(seconds))
    told = [asdict(each) for each in outcomes] if len(kinds) != 1 else []
    return Row(name, figures, told)


def _notes(judged: Sequence[Judged]) -> list[str]:
    """What was proposed and is not right, and what was called wrong where nothing is."""
    notes = []
    for each in judged:
        for outcome in each.outcomes:
            if outcome.result in (WRONG, OTHER):
                verdict = f"{outcome.result}, judged by {outcome.judged}"
                where = f"{outcome.package}/{outcome.path}, {outcome.words}"
                notes.append(f"{verdict}: {where}: {_lines(outcome.shown)}")
        for alarm in each.alarms:
            where = f"{alarm.package}/{alarm.path}, {alarm.message}"
            notes.append(f"false alarm: {where}: {_lines(alarm.shown)}")
        for told in each.blamed:
            notes.append(f"called wrong in a clean commit of {each.commit.package}: {told}")
    return notes


def _lines(parts: Sequence[Shown]) -> str:
    return "; ".join(f"{old.strip()!r} -> {new.strip()!r}" for old, new in parts)


def _told(judged: Judged) -> dict[str, object]:
    """A commit for programs: each file as it is and as it would be right, where it has faults."""
    commit = judged.commit
    return {
        "package": commit.package,
        "harmless": list(commit.harmless),
        "faults": [
            {
                "kind": fault.kind,
                "words": fault.words,
                "path": fault.path,
                "lines": _faulty_lines(commit, fault),
            }
            for fault in commit.faults
        ],
        "seconds": judged.seconds,
        "alarms": [asdict(alarm) for alarm in judged.alarms],
        "blamed": list(judged.blamed),
    }


def _faulty_lines(commit: Commit, fault: Fault) -> Shown:
    """Whole lines of a fault: as they are committed, and as they would be right."""
    text, undone = commit.wrong[fault.path], commit.undone(fault)
    start = text.rfind("\n", 0, undone.items[0].span.start) + 1
    end = text.find("\n", undone.items[-1].span.end) % (len(text) + 1)
    moved = Edits(tuple(edit.shift(-start) for edit in undone))
    return text[start:end], moved.apply(text[start:end])
