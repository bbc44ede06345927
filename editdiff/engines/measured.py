"""What was measured of a model and lies in its folder: calibrations, and thresholds of ghost text.

Each file holds the identity of the weights that it was measured with, and counts for no others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from editdiff.engines.choose import Choice
from editdiff.engines.confidence import (
    DraftCalibration,
    FixCalibration,
    LineCalibration,
    RewriteCalibration,
)
from editdiff.errors import ModelError
from editdiff.families import load, manifest

if TYPE_CHECKING:
    from editdiff.engines.doubt import Calibration

T = TypeVar("T")
THRESHOLDS = {"languages", "several"}
"""Thresholds of ghost text in a file: of one line, and of several."""
CALIBRATIONS: Mapping[str, str] = {
    "ghost-confidence": manifest.GHOST,
    "infill-confidence": manifest.INFILL,
    "fix-confidence": manifest.FIX,
    "review": manifest.REVIEW,
    "rewriting": manifest.REWRITE,
}
"""Benchmarks that fit a calibration, and the file of a model's folder that keeps it."""


@cache
def ghost_thresholds(named: str | None = None) -> Mapping[str, float]:
    """Least confidence of a shown line, 0 to 1, by language identifier; ghost text is off in every other one.

    Empty where the model folder tells none, or tells those of other weights. Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _thresholds("languages", "ghost", named)


@cache
def ghost_calibration(named: str | None = None) -> LineCalibration | None:
    """How likely a line of ghost text is right; None where the model folder tells nothing, or of other weights.

    With one, all thresholds of ghost text are probabilities. Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _calibration(manifest.GHOST, LineCalibration.of, named, "ghost-confidence")


@cache
def several_thresholds(named: str | None = None) -> Mapping[str, float]:
    """The same of ghost text of several lines: it has one line in every other language."""
    return _thresholds("several", "ghost-lines", named)


def _thresholds(kind: str, benchmark: str, named: str | None) -> Mapping[str, float]:
    folder = Choice.of(named).folder
    path = folder / manifest.GHOST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = told.get(kind, {})
        known = {name: entry["threshold"] for name, entry in entries.items()}
        thresholds = {name: float(known[name]) for name in known if known[name] is not None}
        return thresholds if told["weights"] == load.identity(folder) else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the thresholds {path}: {error!r}",
            f"restore the file, or write it again with `editdiff eval {benchmark} --write-threshold`",
        ) from error


def write_ghost_thresholds(languages: Mapping[str, Mapping[str, Any]], named: str | None) -> Path:
    """Keep what was measured of each language, its `threshold` among it (None: off), with the weights' SHA-256.

    What is known of other languages with the same weights stays.

    Raises:
        ModelError: when the file cannot be written.
    """
    return _write_thresholds("languages", languages, named)


def write_several_thresholds(languages: Mapping[str, Mapping[str, Any]], named: str | None) -> Path:
    """The same of ghost text of several lines."""
    return _write_thresholds("several", languages, named)


def _write_thresholds(
    kind: str, languages: Mapping[str, Mapping[str, Any]], named: str | None
) -> Path:
    """Keep one kind of thresholds beside those of the other kind, if they are of the same weights."""
    folder = Choice.of(named).folder
    try:
        told = json.loads((folder / manifest.GHOST).read_text(encoding="utf-8"))
        kept = dict(told) if told["weights"] == load.identity(folder) else {}
    except (OSError, ValueError, KeyError, TypeError):
        kept = {}
    kept.pop("weights", None)
    return _write(manifest.GHOST, {**kept, kind: {**kept.get(kind, {}), **languages}}, named)


def review_calibration(named: str | None = None) -> Calibration | None:
    """From doubt to probability; None where the model folder tells nothing, or tells it of other weights.

    Raises:
        ModelError: when the file cannot be used.
    """
    from editdiff.engines.doubt import Calibration

    return _calibration(manifest.REVIEW, Calibration.of, named, "review")


@cache
def infill_calibration(named: str | None = None) -> DraftCalibration | None:
    """How likely a draft of one gap is right; None where the model folder tells nothing, or of other weights.

    Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _calibration(manifest.INFILL, DraftCalibration.of, named, "infill-confidence")


@cache
def fix_calibration(named: str | None = None) -> FixCalibration | None:
    """How likely a fix is right; None where the model folder tells nothing, or of other weights.

    Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _calibration(manifest.FIX, FixCalibration.of, named, "fix-confidence")


@cache
def rewrite_calibration(named: str | None = None) -> RewriteCalibration | None:
    """How likely an answer to an instruction is right; None where the model folder tells nothing, or of others.

    Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _calibration(manifest.REWRITE, RewriteCalibration.of, named, "rewriting")


def _calibration(
    name: str, of: Callable[[Mapping[str, Any]], T], named: str | None, benchmark: str
) -> T | None:
    """Read a calibration from a file of a model folder; None where it tells none, or that of other weights."""
    folder = Choice.of(named).folder
    path = folder / name
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if "calibration" not in told and THRESHOLDS & told.keys():
            return None  # they may stand alone
        calibration = of(told["calibration"])
        return calibration if told["weights"] == load.identity(folder) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the calibration {path}: {error!r}",
            f"restore the file, or write it again with `editdiff eval {benchmark} --write-calibration`",
        ) from error


def write_calibration(benchmark: str, told: Mapping[str, Any], named: str | None) -> Path:
    """Keep what a benchmark of `CALIBRATIONS` fitted and measured, with the weights' SHA-256.

    `told` is its report: `calibration`, `measured`, and the `thresholds` that were chosen with it, if any were.
    Thresholds of ghost text that were chosen without it mean something else, and go.

    Raises:
        ModelError: when the file cannot be written.
    """
    content = {name: dict(told[name]) for name in ("calibration", "measured")}
    if "thresholds" in told:
        content["languages"] = dict(told["thresholds"])
    return _write(CALIBRATIONS[benchmark], content, named)


def _write(name: str, content: Mapping[str, Any], named: str | None) -> Path:
    """Write a file of a model folder, with the hash of the weights that it belongs to."""
    folder = Choice.of(named).folder
    path = folder / name
    whole = {"weights": load.identity(folder), **content}
    try:
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror}", "name a model folder that can be written"
        ) from error
    for read in (
        ghost_thresholds, several_thresholds, ghost_calibration, infill_calibration, fix_calibration,
        rewrite_calibration,
    ):  # fmt: skip
        read.cache_clear()
    return path
