"""The benchmark `half-changes`: files in the middle of a change that somebody really made, mended.

Data: a folder of packages, each with two sub-folders, in the order of their names an older and a newer version. Of
a file that both have, the changes between them are replayed from top to bottom and broken off in one: its first
lines are typed, the last of them in part, and what they replace is gone already or still there below. It counts if
a check notices it, and both versions have nothing wrong. What `fix` offers is restored if each line of the change
is whole in one version or the other; only added to, if all that stood there still does; and else wrong.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import product
from pathlib import Path
from statistics import mean

from editdiff.edits.fix.change import Change
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.run import Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Engine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.everyday_faults import (
    LANGUAGES,
    LARGEST,
    NAMES,
    checks_of_everyday,
    found,
    same,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.folder_files import in_turn
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.lines import LINE_ENDING
from editdiff.text.shown import unix

NAME = "half-changes"
LIMITS = Limits(seconds=10.0)
MOST_LINES = 8
"""Of a change, in either version."""
WIDEST = 400
"""Characters of a line that somebody may have typed."""
CUTS = 3
"""Ways in which a change is broken off, until a check notices one."""
LEAST = 6
"""Characters of a line that is typed in part."""
RESTORED, ADDED, WRONG, DECLINED = "restored", "only added to", "wrong", "declined"
COLUMNS = {
    "states": "states", **{name: name for name in (RESTORED, ADDED, WRONG, DECLINED)}, "seconds": "time, mean",
}  # fmt: skip


@dataclass(frozen=True)
class Half:
    """A file in the middle of a change."""

    package: str
    path: str
    language: str
    text: str
    whole: tuple[str, ...]
    """The file with each line of the change whole in one version or the other."""


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    result: str
    seconds: float
    confidence: float | None = None
    after: str = ""
    reason: str = ""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Mend files that were broken off in a change; beside it the same without a model.

    Raises:
        InputError: when the folder `request.data` holds no such packages, or no change of theirs breaks a file.
    """
    with tempfile.TemporaryDirectory(prefix="editdiff-halves-") as folder:
        Path(folder, "ruff.toml").write_text(NAMES, encoding="utf-8")
        halves = draw(request.data, request.limit, request.seed, folder)
        rows = []
        for name, each, floor in ((engine.name, engine, False), ("no model", NoModel(), True)):
            outcomes = list[Outcome]()
            for half in halves:
                outcomes.append(mend(half, each, request))
                progress(name, len(outcomes), len(halves))
            rows.append(_row(name, outcomes, floor))
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options), "limits": asdict(LIMITS),
        "largest": LARGEST,
    }  # fmt: skip
    title = f"{NAME}: {len(halves)} files of {len({half.package for half in halves})} packages"
    told = [asdict(half) for half in halves]
    return RowReport(NAME, title, settings, COLUMNS, rows, (), told)


def draw(data: Path | None, limit: int, seed: int, folder: str) -> list[Half]:
    """At most `limit` states, of the packages in turn, named as if the files lay in `folder`.

    Raises:
        InputError: when there are none.
    """
    checks, rng = checks_of_everyday(), random.Random(seed)
    packages = (
        sorted(path for path in data.iterdir() if path.is_dir()) if data and data.is_dir() else []
    )
    halves = in_turn([_of_package(each, folder, checks, rng) for each in packages], limit)
    if not halves:
        raise InputError(
            f"--data: {data} holds no package of which a change in the middle breaks a file"
            if data
            else "--data: no folder is named",
            "name a folder of packages, each with an older and a newer version in folders of their own",
        )
    return halves


def mend(half: Half, engine: Engine, request: Request) -> Outcome:
    """Fix a file, and see what became of the change."""
    document = Document(half.path, half.text, language=half.language)
    started = time.perf_counter()
    fixed = fix(
        document, engine, checks_of_everyday(), request.options, LIMITS, request.of_fixes
    ).outcome
    seconds = time.perf_counter() - started
    if not isinstance(fixed, Proposal):
        return Outcome(DECLINED, seconds, reason=fixed.reason)
    after = fixed.after.text
    if any(same(half.language, after, whole) for whole in half.whole):
        result = RESTORED
    else:
        taken = any(old.length for old, _ in Change(document, fixed.after).pieces)
        result = WRONG if taken else ADDED
    return Outcome(result, seconds, fixed.effort.confidence, after)


def _of_package(package: Path, folder: str, checks: Checks, rng: random.Random) -> Iterator[Half]:
    """States of a package's files, in random order, one of each change."""
    older, *_, newer = [*sorted(path for path in package.iterdir() if path.is_dir()), None, None][
        :2
    ]
    if older is None or newer is None:
        return
    paths = sorted(path.relative_to(newer) for path in newer.rglob("*") if path.is_file())
    rng.shuffle(paths)
    for path in paths:
        pair = [_sound(root / path, folder, checks) for root in (older, newer)]
        old, new = pair
        if old is not None and new is not None and old.text != new.text:
            for broken, whole in _broken_off(old.text, new.text, rng):
                at = new.with_text(broken)
                if found(at, checks) == (True, False):
                    yield Half(package.name, new.path, new.language, broken, whole)
                    break


def _sound(path: Path, folder: str, checks: Checks) -> Document | None:
    """A file with which nothing is wrong."""
    if not path.is_file() or not 0 < path.stat().st_size <= LARGEST:
        return None
    try:
        document = disk.read(path)
    except InputError:
        return None
    if language_of(path, document.text) not in LANGUAGES:
        return None
    if max(map(len, LINE_ENDING.split(document.text))) > WIDEST:  # a program wrote it
        return None
    named = Document(str(Path(folder, path.name)), unix(document.text), language=document.language)
    return None if any(found(named, checks)) else named


def _broken_off(old: str, new: str, rng: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Changes broken off, in random order, each with the texts in which all of it is whole."""
    before, after = old.split("\n"), new.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    changes = [
        change
        for change in matcher.get_opcodes()
        if change[0] in ("replace", "insert")
        and change[2] - change[1] <= MOST_LINES
        and change[4] - change[3] <= MOST_LINES
    ]
    for _, i1, i2, j1, j2 in rng.sample(changes * CUTS, len(changes) * CUTS):
        lines = [j for j in range(j1, j2) if len(after[j].strip()) >= LEAST]
        if not lines:
            continue
        typed = rng.choice(lines)
        line = after[typed]
        first = len(line) - len(line.lstrip())
        half = line[: rng.randrange(first + 2, len(line.rstrip()))]
        goes = rng.random() < 0.5
        replaced = [] if goes else before[i1:i2]
        head, tail = after[:j1], before[i2:]
        broken = "\n".join([*head, *after[j1:typed], half, *replaced, *tail])
        whole = {
            "\n".join([*head, *after[j1:j], *rest, *tail])
            for j, rest in product(range(j1, j2 + 1), ([], before[i1:i2]))
        }
        yield broken, tuple(sorted(whole))


def _row(name: str, outcomes: Sequence[Outcome], floor: bool) -> Row:
    results = [outcome.result for outcome in outcomes]
    figures: dict[str, Figure] = {
        "states": Number(len(outcomes)),
        **{each: Number(results.count(each)) for each in (RESTORED, ADDED, WRONG, DECLINED)},
        "seconds": Seconds(mean(outcome.seconds for outcome in outcomes)),
    }
    return Row(name, figures, [asdict(outcome) for outcome in outcomes], floor)
