"""Which build of onnxruntime is installed, and whether it is whole.

There are two, `onnxruntime` for the CPU and `onnxruntime-gpu`, and both write the folder `onnxruntime`. Neither pip
nor uv knows that they exclude each other: installed together, the one written last has replaced files of the other,
silently, and removing one removes files of both. So editdiff's extras `[cpu]` and `[gpu]` bring one each and the
base none; environments that came to hold both in another way are found here, and told how to mend it.
"""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from editdiff.errors import MissingDependencyError

BUILDS = ("onnxruntime-gpu", "onnxruntime")
"""Distributions; where both are installed the first was wanted, because it can do what the other can."""


def load() -> Any:
    """Import onnxruntime.

    Raises:
        MissingDependencyError: when it is not installed, cannot be imported, or is damaged by its other build.
    """
    found = [build for build in BUILDS if _distribution(build)]
    if len(found) > 1 and _is_damaged(found[0]):
        raise _damaged(found[0])
    try:
        import onnxruntime

        onnxruntime.InferenceSession  # noqa: B018  # the rest of a folder imports well, and is empty
    except (ImportError, AttributeError) as error:
        raise _unusable(found, error) from error
    return onnxruntime


def _is_damaged(build: str) -> bool:
    """Whether files of an installed distribution are gone, or not of the size that was installed."""
    distribution = _distribution(build)
    files = (distribution.files if distribution else None) or []
    return any(_size(file) != file.size for file in files if file.size is not None)


def _distribution(build: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(build)
    except metadata.PackageNotFoundError:
        return None


def _size(file: metadata.PackagePath) -> int | None:
    """Bytes; None where there is no such file."""
    try:
        return Path(str(file.locate())).stat().st_size
    except OSError:
        return None


def _unusable(found: list[str], error: Exception) -> MissingDependencyError:
    """What to say when the import of onnxruntime fails."""
    if not found:
        return MissingDependencyError(
            "the model runs on onnxruntime, which is not installed",
            f"{_installer('install')} onnxruntime  (or, with an NVIDIA GPU, onnxruntime-gpu; never both)",
        )
    if _is_damaged(found[0]):
        return _damaged(found[0])
    return MissingDependencyError(
        f"{found[0]} {metadata.version(found[0])} cannot be imported: {error}", _anew(found[0])
    )


def _damaged(build: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"files of {build} {metadata.version(build)} are missing or replaced: onnxruntime and onnxruntime-gpu "
        "were installed into the same folder",
        _anew(build),
    )


def _anew(build: str) -> str:
    """The lines that leave one build alone and whole."""
    both = " ".join(BUILDS)
    return f"first `{_installer('uninstall')} {both}`, then `{_installer('install')} {build}`"


def _installer(verb: str) -> str:
    """Start of a command line that changes this very environment; one made by uv has no pip."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    if find_spec("pip") is None:
        return f"uv pip {verb} --python {python}"
    return f"{python} -m pip {verb}{' -y' * (verb == 'uninstall')}"
