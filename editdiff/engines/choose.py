"""From a name to an engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from editdiff.engines.base import Engine
from editdiff.errors import ModelError

DEFAULT = "nano"
"""The embedded model."""


def embedded(name: str) -> Path:
    """Folder of a model that comes with editdiff: inside the wheel, or in the source tree."""
    package = Path(__file__).parents[1]
    inside = package / "models" / name
    return inside if inside.is_dir() else package.parent / "models" / name


@cache
def choose(spec: str | None = None) -> Engine:
    """Load the engine that `spec` names: None the embedded model, else a model folder.

    Raises:
        ModelError: when there is no such folder, or it cannot be used.
    """
    from editdiff.engines.local import LocalEngine
    from editdiff.engines.onnx_denoiser import OnnxDenoiser

    folder = embedded(DEFAULT) if spec is None else Path(spec)
    if not folder.is_dir():
        raise ModelError(
            f"there is no model folder {folder}",
            "leave out --model for the embedded model, or name a folder with config.json, "
            "tokenizer.json, model.safetensors and model.onnx",
        )
    return LocalEngine(OnnxDenoiser(folder), name=folder.name)
