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
    from editdiff.engines.onnx_denoiser import OnnxDenoiser

DEFAULT = "nano"
"""The embedded model."""
GHOST_FILE = "ghost.json"
"""Of a model folder: from which confidence on ghost text is shown, by language."""


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
    from editdiff.engines.onnx_denoiser import OnnxDenoiser

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
    from editdiff.engines.local import LocalEngine

    return LocalEngine(denoiser(spec), name=folder(spec).name)


@cache
def choose_twin(spec: str | None = None) -> Engine:
    """Return the same network from left to right, with which `choose(spec)` is compared.

    Raises:
        ModelError: as `choose` does.
    """
    from editdiff.engines.causal import CausalEngine

    return CausalEngine(denoiser(spec), name=f"{folder(spec).name}, left to right")


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
    path = folder(spec) / GHOST_FILE
    content = {"weights": _weights(spec), "languages": dict(languages)}
    try:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror}", "name a model folder that can be written"
        ) from error
    ghost_thresholds.cache_clear()
    return path


def _weights(spec: str | None) -> str:
    """SHA-256 of the weights, in hex."""
    return hashlib.sha256((folder(spec) / "model.safetensors").read_bytes()).hexdigest()
