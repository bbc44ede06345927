"""The benchmark `everyday-faults`: files of other people's packages, each with one fault as people make them.

The kinds are those of `everyday_kinds`, each as often as the others. A fault counts if a check notices it, and the
file without it had nothing wrong. `fix` is asked with its defaults, and with ruff's finding of names that are not
defined. What it offers is right if it is the file as it was, or the same program or data, and else wrong. A marker
that a merge left over is named and not mended: such a fault is declined on purpose, as which lines belong to it is
not to be guessed.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path, PurePath
from statistics import mean
from types import MappingProxyType
from typing import NamedTuple

from editdiff.check.registry import choose_checkers, guards
from editdiff.check.remember import remembering
from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.run import Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Engine, FillOptions
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.same_code import forms
from editdiff.evaluation.core.same_tree import events, leaves
from editdiff.evaluation.data.everyday_kinds import KINDS
from editdiff.evaluation.data.folder_files import drawn, in_turn
from editdiff.text.document import Document
from editdiff.text.shown import unix

NAME = "everyday-faults"
LANGUAGES = ("python", "javascript", "typescript", "json", "toml", "yaml", "shellscript")
LEAST, LARGEST = 300, 20_000
"""Bytes of a file."""
FILES = 100
"""Files of each language to draw from."""
TRIED = 30
"""Faults of a kind that are tried before the kind is left out."""
LIMITS = Limits(seconds=10.0)
NAMES = 'lint.select = ["F821"]\n'
"""What ruff is to find: names that are not defined."""
COLUMNS = {
    "faults": "faults", "restored": "restored", "wrong": "wrong", "declined": "declined", "seconds": "time, mean",
}  # fmt: skip
SAME: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "json": json.loads,
        "python": lambda text: forms([text])[0],
        "toml": tomllib.loads,
        "yaml": events,
    }
)
"""Language to what two texts have in common that mean the same; of others it is the tree of their grammar."""


@dataclass(frozen=True)
class Item:
    """A file with a fault in it."""

    kind: str
    path: str
    language: str
    right: str
    wrong: str
    package: str = ""
    """In which the file lay."""


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    kind: str
    result: str
    """`restored`, `wrong` or `declined`."""
    seconds: float
    after: str = ""
    """The text that was offered."""
    reason: str = ""
    """Why none was."""
    confidence: float | None = None
    """How sure the model was of it; None where nobody measured that."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Break files of the folder `request.data`, and have each of them fixed.

    Raises:
        InputError: when there is no such folder, or no file in it.
    """
    with tempfile.TemporaryDirectory(prefix="editdiff-faults-") as folder:
        Path(folder, "ruff.toml").write_text(NAMES, encoding="utf-8")
        items = draw(request.data, request.limit, request.seed, folder)
        outcomes, floor = list[Outcome](), list[Outcome]()
        for item in items:
            outcomes.append(judge(item, engine, request.options, request.of_fixes))
            progress(engine.name, len(outcomes), len(items))
        for item in items:
            floor.append(judge(item, NoModel(), request.options))
            progress("no model", len(floor), len(items))
    rows = rows_of(outcomes, floor)
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options), "limits": asdict(LIMITS),
        "largest": LARGEST,
    }  # fmt: skip
    told = [asdict(item) for item in items]
    return RowReport(
        NAME, f"{NAME}: {len(items)} faults, one a file", settings, COLUMNS, rows, (), told
    )


def draw(
    data: Path | None, limit: int, seed: int, folder: str, without: Collection[str] = ()
) -> list[Item]:
    """At most `limit` faults, each kind in turn; the files are named as if they lay in `folder`.

    Kinds in `without` are left out.

    Raises:
        InputError: when there is no such folder, or no file in it.
    """
    checks, rng = checks_of_everyday(), random.Random(seed)
    piles = dict[str, Iterator[_Sound]]()
    for language, files in drawn(data, FILES * len(LANGUAGES), seed, LARGEST, LANGUAGES).items():
        documents = [
            _Sound(_as_if_in(folder, file), _package(file.path, data))
            for file in files
            if len(file.text) >= LEAST
        ]
        if sound := [each for each in documents if not any(found(each.document, checks))]:
            piles[language] = cycle(sound)
    faults = [_of_kind(kind, piles, checks, rng) for kind in KINDS if kind not in without]
    return in_turn(faults, limit)


def judge(
    item: Item,
    engine: Engine,
    options: FillOptions,
    trust: Trust = UNTOLD,
    checks: Checks | None = None,
) -> Outcome:
    """Fix a file, and compare it with what it was; without `checks` by those that find everyday faults."""
    document = Document(item.path, item.wrong, language=item.language)
    started = time.perf_counter()
    checks = checks or checks_of_everyday()
    outcome = fix(document, engine, checks, options, LIMITS, trust).outcome
    seconds = time.perf_counter() - started
    if not isinstance(outcome, Proposal):
        return Outcome(item.kind, "declined", seconds, reason=outcome.reason)
    after = outcome.after.text
    result = "restored" if same(item.language, after, item.right) else "wrong"
    return Outcome(item.kind, result, seconds, after, confidence=outcome.effort.confidence)


def same(language: str, text: str, other: str) -> bool:
    """Whether two texts are equal, or mean the same as their language's parser reads them."""
    if text == other:
        return True
    with suppress(ValueError):
        meaning = _meaning(language, text)
        return meaning is not None and meaning == _meaning(language, other)
    return False


def _meaning(language: str, text: str) -> object:
    return SAME[language](text) if language in SAME else leaves(text, language)


class _Sound(NamedTuple):
    """A file with which nothing is wrong, and the package in which it lay."""

    document: Document
    package: str


def _package(path: str, data: Path | None) -> str:
    return PurePath(path).relative_to(data or "").parts[0]


def _of_kind(
    name: str, piles: Mapping[str, Iterator[_Sound]], checks: Checks, rng: random.Random
) -> Iterator[Item]:
    """Faults of one kind, in the languages in which it is made, one after the other."""
    kind, missed = KINDS[name], 0
    for language in cycle([language for language in piles if language in kind.languages]):
        document, package = next(piles[language])
        wrong = kind.apply(document.text, rng)
        if wrong in (None, document.text) or not found(document.with_text(wrong), checks)[0]:
            missed += 1
            if missed >= TRIED:
                return
            continue
        missed = 0
        yield Item(name, document.path, language, document.text, wrong, package)


def _as_if_in(folder: str, document: Document) -> Document:
    """The document under its own name in another folder, with the line endings that everything here has."""
    path = str(PurePath(folder, PurePath(document.path).name))
    return Document(path, unix(document.text), language=document.language)


def found(document: Document, checks: Checks) -> tuple[bool, bool]:
    """Whether the checks find problems in a document, and whether anything that they cannot judge."""
    try:
        return bool(checks.problems(document)), bool(checks.doubts(document))
    except InputError:
        return False, True


def checks_of_everyday() -> Checks:
    """Parsers, and ruff with what `NAMES` says."""
    return Checks(remembering(guards()), remembering(choose_checkers(["ruff"])))


def rows_of(outcomes: Sequence[Outcome], floor: Sequence[Outcome]) -> list[Row]:
    """All faults, those of each kind, and what comes of all without a model; of one fault at least."""
    rows = [_row("all", outcomes, told=True)]
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        rows.append(_row(kind, [outcome for outcome in outcomes if outcome.kind == kind]))
    return [*rows, _row("no model", floor, told=True, floor=True)]


def _row(name: str, outcomes: Sequence[Outcome], *, told: bool = False, floor: bool = False) -> Row:
    results = [outcome.result for outcome in outcomes]
    counts = {result: Number(results.count(result)) for result in ("restored", "wrong", "declined")}
    seconds = Seconds(mean(outcome.seconds for outcome in outcomes))
    figures: dict[str, Figure] = {"faults": Number(len(outcomes)), **counts, "seconds": seconds}
    return Row(name, figures, [asdict(outcome) for outcome in outcomes] if told else (), floor)
