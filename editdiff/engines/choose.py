"""From a name to an engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from editdiff.engines.base import Engine
from editdiff.errors import ModelError

if TYPE_CHECKING:
    from editdiff.engines.doubt import Calibration, LocalDoubter
    from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser

DEFAULT = "nano"
"""The embedded model."""
GHOST_FILE = "ghost.json"
"""Of a model folder: from which confidence on ghost text is shown, by language."""
REVIEW_FILE = "review.json"
"""Of a model folder: how doubt becomes a probability."""


def embedded(name: str) -> Path:
    """Folder of a model that comes with editdiff: inside the wheel, or in the source tree."""
    package = Path(__file__).parents[1]
    inside = package / "models" / name
    return inside if inside.is_dir() else package.parent / "models" / name


@cache
def denoiser(spec: str | None = None) -> OnnxDenoiser:
    """Load the network that `spec` names: None the embedded model's, else a model folder's.

    Raises:
        ModelError: when there is no such folder, or it cannot be used.
    """
    from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser

    path = folder(spec)
    if not path.is_dir():
        raise ModelError(
            f"there is no model folder {path}",
            "leave out --model for the embedded model, or name a folder with config.json, "
            "tokenizer.json, model.safetensors and model.onnx",
        )
    return OnnxDenoiser(path)


@cache
def choose(spec: str | None = None) -> Engine:
    """Load the engine that `spec` names: None the embedded model, else a model folder.

    Raises:
        ModelError: when there is no such folder, or it cannot be used.
    """
    from editdiff.engines.local.engine import LocalEngine
    from editdiff.engines.recall import WithLookup

    return WithLookup(LocalEngine(denoiser(spec), name=folder(spec).name))


@cache
def choose_twin(spec: str | None = None) -> Engine:
    """Return the same network from left to right, with which `choose(spec)` is compared.

    Raises:
        ModelError: as `choose` does.
    """
    from editdiff.engines.causal import CausalEngine

    return CausalEngine(denoiser(spec), name=f"{folder(spec).name}, left to right")


@cache
def choose_doubter(spec: str | None = None) -> LocalDoubter:
    """Load the network that `spec` names, to be asked what it doubts, calibrated where the folder says how.

    Raises:
        ModelError: as `choose` does, or when the calibration cannot be used.
    """
    from editdiff.engines.doubt import LocalDoubter

    return LocalDoubter(denoiser(spec), folder(spec).name, review_calibration(spec))


def folder(spec: str | None) -> Path:
    """Folder that `spec` names, whether it is there or not."""
    return embedded(DEFAULT) if spec is None else Path(spec)


@cache
def ghost_thresholds(spec: str | None = None) -> Mapping[str, float]:
    """Least confidence of a shown line, 0 to 1, by language identifier; ghost text is off in every other one.

    Empty where the model folder tells none, or tells those of other weights. Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    path = folder(spec) / GHOST_FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        known = {name: entry["threshold"] for name, entry in told["languages"].items()}
        thresholds = {name: float(known[name]) for name in known if known[name] is not None}
        if told["weights"] != _weights(spec):
            return {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the thresholds {path}: {error!r}",
            "restore the file, or write it again with `editdiff eval ghost --write-threshold`",
        ) from error
    return thresholds


def write_ghost_thresholds(languages: Mapping[str, Mapping[str, Any]], spec: str | None) -> Path:
    """Keep what was measured of each language, its `threshold` among it (None: off), with the weights' SHA-256.

    Raises:
        ModelError: when the file cannot be written.
    """
    path = _write(GHOST_FILE, {"languages": dict(languages)}, spec)
    ghost_thresholds.cache_clear()
    return path


def review_calibration(spec: str | None = None) -> Calibration | None:
    """From doubt to probability; None where the model folder tells nothing, or tells it of other weights.

    Raises:
        ModelError: when the file cannot be used.
    """
    from editdiff.engines.doubt import Calibration

    path = folder(spec) / REVIEW_FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        calibration = Calibration.of(told["calibration"])
        return calibration if told["weights"] == _weights(spec) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the calibration {path}: {error!r}",
            "restore the file, or write it again with `editdiff eval review --write-calibration`",
        ) from error


def write_review_calibration(
    calibration: Mapping[str, Any], measured: Mapping[str, Any], spec: str | None
) -> Path:
    """Keep a calibration and what was measured with it, with the weights' SHA-256.

    Raises:
        ModelError: when the file cannot be written.
    """
    content = {"calibration": dict(calibration), "measured": dict(measured)}
    path = _write(REVIEW_FILE, content, spec)
    choose_doubter.cache_clear()
    return path


def _write(name: str, content: Mapping[str, Any], spec: str | None) -> Path:
    """Write a file of a model folder, with the hash of the weights that it belongs to."""
    path = folder(spec) / name
    whole = {"weights": _weights(spec), **content}
    try:
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror}", "name a model folder that can be written"
        ) from error
    return path


def _weights(spec: str | None) -> str:
    """SHA-256 of the weights, in hex."""
    return hashlib.sha256((folder(spec) / "model.safetensors").read_bytes()).hexdigest()
