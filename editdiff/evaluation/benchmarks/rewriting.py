"""The benchmark `rewriting`: how much of what is asked for in words a model does, and how well it knows.

Protocol: program transformations in files of other people's packages (`training.transforms`), asked for in one of
many wordings, in the direction that the mixture of tasks draws: so what is right is known. Right is a file with
the syntax tree that it should have. An item is rewritten as `rewrite` does it, and counts as declined where
nothing is proposed. The packages are halved, a calibration is fitted on one half, and the table is of the other;
what is kept is fitted on both. Without a folder the held-out packages are reported, with the calibration that the
model has. A folder with reports of this benchmark (`--json`) tells what was asked for them, and nothing is asked
anew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from editdiff.check.base import Checker
from editdiff.check.registry import writing_guards
from editdiff.edits.proposal import NoEdit
from editdiff.edits.rewrite import rewrite
from editdiff.engines.base import Draft, Engine, FillTask, Reading
from editdiff.engines.confidence import RewriteCalibration, rewrite_features
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.calibrated import CalibratedReport, items_of
from editdiff.evaluation.core.fitted import fitted
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.evaluation.core.logistic import (
    Bin,
    auroc,
    error_by_chance,
    expected_calibration_error,
    reliability,
)
from editdiff.evaluation.core.rows import Figure, Number, Row, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.same_code import forms
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import by_language
from editdiff.evaluation.data.packages import held_out
from editdiff.text.document import Document
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray

NAME = "rewriting"
LARGEST = 40_000
"""Bytes of a file: transformations are looked for in its whole syntax tree."""
WANTED = 0.8
"""Least share of right ones among what is proposed, where the floor is chosen; many transformations are stranger
than what people ask for."""
OPEN = frozenset(("add_docstring", "better_name"))
"""What can be done well in many ways: what is right is not known."""
BINS = 10
FOLDS = 5
LEAST_OFFERED = 20
"""Fewest proposals from which a floor is chosen."""
COLUMNS = {
    "done": "done, of all % [95 %]",
    "offered": "proposed % [95 %]",
    "wrong": "wrong, of what is proposed % [95 %]",
    "best": "best answer right % [95 %]",
    "any": "any answer right % [95 %]",
    "auroc": "AUROC",
    "ece": "calibration error %",
    "chance": "by chance alone %",
    "seconds": "time, median",
}


class Item(NamedTuple):
    """Something to be done."""

    package: str
    path: str
    kind: str
    """Key of `training.transforms.kinds.KINDS`; with `, back` where the author's text is asked for."""
    text: str
    span: Span
    ask: str
    truth: str
    """The whole file as it should become."""


@dataclass(frozen=True)
class Tried:
    """What became of an item: its answers, as far as they pass their checks, the likeliest first."""

    package: str
    path: str
    kind: str
    ask: str
    old: str
    wanted: str
    answers: Sequence[Mapping[str, Any]] = ()
    """Of each its `text`, `right` and `features`."""
    seconds: float = 0.0
    nfe: int = 0


@dataclass(frozen=True, kw_only=True)
class RewritingReport(CalibratedReport[RewriteCalibration]):
    """The benchmark, run."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RewritingReport:
    """Draw transformations, ask for them, fit and report.

    Raises:
        InputError: when there is no such folder, or nothing in it, or too few answers are right, or wrong.
        MissingDependencyError: when libcst is not installed.
    """
    if tried := items_of(request.data, NAME, lambda item: Tried(**item)):
        return told(engine.name, *halved(tried), request)
    if request.data is None:
        files: Sequence[Source] = [*held_out(request.manifest, request.cache)]
    else:
        files = by_language(request.data, LARGEST, ("python",))["python"]
    items = spread(files, request.limit, request.seed, of_file)
    if not items:
        raise InputError("there is nothing to be asked for in these files", "name a larger folder")
    tried, checkers = [], writing_guards()
    for item in items:
        tried.append(attempt(engine, item, request, checkers))
        progress(engine.name, len(tried), len(items))
    if request.data is None and request.of_rewrites is not None:
        return reported(engine.name, request.of_rewrites, tried, request, "held-out packages")
    return told(engine.name, *halved(tried), request)


def of_file(file: Source, rng: random.Random) -> Iterator[Item]:
    """Transformations of one file, of another kind as long as there is one; none of a text that does not parse."""
    from editdiff.training.transforms.change import changes
    from editdiff.training.transforms.kinds import KINDS, phrase

    text, numbers = unix(file.text), np.random.default_rng(rng.randrange(2**32))
    by_kind: dict[str, list[Any]] = {}
    for change in changes(text):
        by_kind.setdefault(change.kind, []).append(change)
    for name in rng.sample(sorted(by_kind), len(by_kind)):
        change, kind = rng.choice(by_kind[name]), KINDS[name]
        changed = text[: change.span.start] + change.text + text[change.span.end :]
        after = Span(change.span.start, change.span.start + len(change.text))
        forward, backward = (
            [key for key in keys if key not in OPEN] for keys in (kind.forward, kind.backward)
        )
        if backward and (not forward or numbers.random() < kind.share):
            ask = phrase(backward, change.words, numbers)
            yield Item(file.package, file.path, f"{name}, back", changed, after, ask, text)
        elif forward:
            ask = phrase(forward, change.words, numbers)
            yield Item(file.package, file.path, name, text, change.span, ask, changed)


def attempt(engine: Engine, item: Item, request: Request, checkers: Sequence[Checker]) -> Tried:
    """Rewrite one item; all answers that pass their checks are told."""
    note = _Note()
    document = Document(PurePosixPath(item.path).name, item.text, language="python")
    started, answers, nfe = time.perf_counter(), list[dict[str, Any]](), 0
    old = item.span.slice(item.text)
    outcome = rewrite(
        document,
        item.span,
        item.ask,
        engine,
        request.options,
        checkers,
        calibration=note,
        least=0,
        named_outside=(),
    )
    seconds = time.perf_counter() - started
    if not isinstance(outcome, NoEdit):
        nfe = outcome.effort.nfe
        (edit,) = outcome.edits
        texts = [edit.text, *(text for text in note.seen if text != edit.text)]
        whole = [item.text[: item.span.start] + t + item.text[item.span.end :] for t in texts]
        answers = [
            {"text": text, "right": right, "features": note.seen[text]}
            for text, right in zip(texts, _right(item, whole), strict=True)
        ]
    after = item.truth[item.span.start : len(item.truth) - (len(item.text) - item.span.end)]
    return Tried(item.package, item.path, item.kind, item.ask, old, after, answers, seconds, nfe)


def _right(item: Item, texts: Sequence[str]) -> list[bool]:
    """Whether each file is the one that was asked for: by its tree, or by its text where that stays the same."""
    before, wanted, *found = forms([item.text, item.truth, *texts])
    if before == wanted:
        return [text == item.truth for text in texts]
    return [form is not None and form == wanted for form in found]


@dataclass
class _Note:
    """An `Assessor` that writes down the features of all drafts, and leaves their order as it is."""

    floor: float = 0.0
    reads: bool = False
    seen: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        """Note the draft's features."""
        self.seen[draft.texts[0]] = rewrite_features(task, draft, drafts)
        return 1.0


def halved(tried: Sequence[Tried]) -> tuple[list[Tried], list[Tried]]:
    """Items of every other package, by name, and of the others."""
    names = sorted({each.package for each in tried})
    first, second = ([each for each in tried if each.package in names[k::2]] for k in (0, 1))
    return first, second


def told(
    name: str, known: Sequence[Tried], test: Sequence[Tried], request: Request
) -> RewritingReport:
    """Fit on `known`, report `test`; what is kept is fitted on both.

    Raises:
        InputError: when too few answers are right, or wrong.
    """
    calibration = calibrate(known)
    where = f"{len({each.package for each in test})} packages, calibrated on {len(known)} in others"
    report = reported(name, calibration, test, request, where)
    items = [asdict(each) for each in (*known, *test)]
    return replace(report, calibration=calibrate([*known, *test]), items=items)


def reported(
    name: str,
    calibration: RewriteCalibration,
    test: Sequence[Tried],
    request: Request,
    where: str,
) -> RewritingReport:
    """What a calibration makes of items."""
    chosen = [best(calibration, each) for each in test]
    p = np.array([each.p for each in chosen if each is not None])
    right = np.array([each.right for each in chosen if each is not None], dtype=np.bool_)
    bins: Sequence[Bin] = reliability(p, right, BINS)
    kinds = sorted({each.kind for each in test})
    rows = [_row(name, calibration, test, chosen)]
    for kind in kinds:
        pairs = [(t, c) for t, c in zip(test, chosen, strict=True) if t.kind == kind]
        part, of_part = zip(*pairs, strict=True)
        rows.append(_row(f"{name}, {kind}", calibration, part, of_part))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(request.options),
        "wanted": WANTED,
    }
    found = ", ".join(f"{100 * b.told:.0f}: {100 * b.found:.0f}" for b in bins)
    notes = [
        f"proposed: at least {100 * calibration.floor:.0f} % likely, the least from which {100 * WANTED:.0f} % "
        "were right where it was fitted. wrong: another syntax tree than that of the transformation, though it may "
        "be what was asked for all the same.",
        "best, any: of the answers that pass their checks, the likeliest one, and one of them at least.",
        f"told and found, %, in {len(bins)} bins of as many: {found}.",
    ]
    title = f"{NAME}: {len(test)} transformations in {where}"
    items = [asdict(each) for each in test]
    return RewritingReport(
        NAME,
        title,
        settings,
        COLUMNS,
        rows,
        notes,
        items,
        calibration=calibration,
        bins={name: bins},
    )


class Best(NamedTuple):
    """The likeliest answer to an item."""

    p: float
    right: bool


def best(calibration: RewriteCalibration, tried: Tried) -> Best | None:
    """The likeliest of all answers; None where there is none."""
    found = (
        Best(calibration.probability(each["features"]), each["right"]) for each in tried.answers
    )
    return max(found, default=None)


def calibrate(tried: Sequence[Tried]) -> RewriteCalibration:
    """Fit the probability that an answer is right, and choose the floor.

    Raises:
        InputError: unless some answers are right, and some are not.
    """
    answers = [answer for each in tried for answer in each.answers]
    if len({answer["right"] for answer in answers}) < 2:
        raise InputError(
            f"of {len(answers)} answers all are right, or none: a calibration needs both",
            "raise --limit",
        )
    whole = _fitted(answers)
    chosen = list[Best]()
    for part in range(FOLDS):
        others = [a for i, each in enumerate(tried) if i % FOLDS != part for a in each.answers]
        by = _fitted(others) if len({a["right"] for a in others}) == 2 else whole
        chosen += [b for each in tried[part::FOLDS] if (b := best(by, each)) is not None]
    return replace(whole, floor=floor(chosen))


def floor(chosen: Iterable[Best]) -> float:
    """The least probability from which on a share WANTED is right; 1 where there is none."""
    ranked = sorted(chosen, reverse=True)
    right = np.cumsum([each.right for each in ranked])
    good = [
        i for i in range(len(ranked)) if i + 1 >= LEAST_OFFERED and right[i] >= WANTED * (i + 1)
    ]
    return ranked[good[-1]].p if good else 1.0


def _fitted(answers: Sequence[Mapping[str, Any]]) -> RewriteCalibration:
    right: BoolArray = np.array([answer["right"] for answer in answers], dtype=np.bool_)
    features = [answer["features"] for answer in answers]
    languages = ["python"] * len(answers)
    made = fitted(features, languages, right, RewriteCalibration.NAMES, len(answers) + 1)
    return RewriteCalibration(made.bias, made.weights, 0.0, made.languages)


def _row(
    name: str,
    calibration: RewriteCalibration,
    tried: Sequence[Tried],
    chosen: Sequence[Best | None],
) -> Row:
    offered = [each for each in chosen if each is not None and each.p >= calibration.floor]
    made = [each for each in chosen if each is not None]
    figures: dict[str, Figure] = {
        "done": Share(sum(each.right for each in offered), len(tried)),
        "offered": Share(len(offered), len(tried)),
        "wrong": Share.of([not each.right for each in offered]),
        "best": Share(sum(each.right for each in made), len(tried)),
        "any": Share.of([any(answer["right"] for answer in each.answers) for each in tried]),
        "seconds": Seconds(median(each.seconds for each in tried)),
    }
    p: FloatArray = np.array([each.p for each in made])
    right = np.array([each.right for each in made], dtype=np.bool_)
    if len(made) >= BINS:
        figures["ece"] = Number(100 * expected_calibration_error(reliability(p, right, BINS)))
        figures["chance"] = Number(100 * error_by_chance(p, BINS))
    if len(set(right.tolist())) == 2:
        figures["auroc"] = Number(auroc(p, right))
    return Row(name, figures)
