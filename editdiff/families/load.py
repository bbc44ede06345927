"""From a model folder to the family that reads it: only that one is imported.

A family is a module or package here; its name in a manifest can name nothing else. So a folder from elsewhere
chooses among what is installed, and brings no code.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from editdiff import families
from editdiff.errors import ModelError
from editdiff.families.base import CausalDenoiser, Description, Family, Traits
from editdiff.families.manifest import Manifest
from editdiff.families.running import AS_IT_COMES, Running
from editdiff.store import packed, where
from editdiff.store.source import Source

NO_FAMILIES = frozenset({"base", "load", "manifest", "running", "runtime"})
"""Modules here that are no families."""


def names() -> list[str]:
    """Names of the families, sorted."""
    return sorted({module.name for module in pkgutil.iter_modules(families.__path__)} - NO_FAMILIES)


def family_of(folder: Path) -> Family:
    """The family that reads a model folder.

    Raises:
        ModelError: when the folder is missing, or of a family that is not known.
    """
    if not folder.is_dir():
        raise ModelError(
            f"there is no model folder {folder}",
            "leave out --model for the embedded model, or name one of `editdiff models`, or a model folder",
        )
    family = Manifest.read(folder).family
    if family not in names():
        raise ModelError(
            f"{folder} is of a family that this version does not know: {family!r}",
            f"the families: {', '.join(names())}; it may need a newer editdiff",
        )
    module = importlib.import_module(f"{families.__name__}.{family}")
    if not isinstance(module, Family):
        raise ModelError(f"{module.__name__} is no family", "see CONTRIBUTING for what one needs")
    return module


def load(folder: Path, running: Running = AS_IT_COMES) -> CausalDenoiser:
    """Load the network of a model folder.

    Raises:
        ModelError: when it cannot be used.
        MissingDependencyError: when what runs it is not installed.
        UsageError: for an engine that cannot run it.
    """
    return family_of(folder).load(folder, running)


def packing(folder: Path) -> int:
    """Number of the form in which a family keeps fetched weights: another number, another folder.

    Raises:
        ModelError: when the folder cannot be read, or its family fetches nothing.
    """
    return int(_fetching(folder).PACKING)


def pack(folder: Path, file: Path, into: Path, progress: Callable[[float], object]) -> None:
    """Make of a fetched file what the family of a model folder reads, in the empty folder `into`.

    `progress` is told how much is done, 0 to 1. What depends on this machine is measured once and kept there, too.

    Raises:
        ModelError: when the folder or the file cannot be read, or the family fetches nothing.
    """
    family = _fetching(folder)
    family.pack(folder, file, into, progress)
    if hasattr(family, "measure"):
        family.measure(into)


def is_fetched(folder: Path) -> bool:
    """Whether a model folder needs fetched weights and they are there, whole; nothing is raised."""
    try:
        weights = Source.read(folder)
        return packed.is_whole(where.place(weights.sha256, packing(folder)), weights.sha256)
    except ModelError:
        return False


def _fetching(folder: Path) -> Any:
    """The module of a family that packs what is fetched."""
    module: Any = family_of(folder)
    if not hasattr(module, "pack") or not hasattr(module, "PACKING"):
        raise ModelError(
            f"{folder.name} is of a family that takes no fetched weights",
            "use it as it is; a source.json beside it may need a newer editdiff",
        )
    return module


def traits_of(folder: Path) -> Traits:
    """What the model of a folder can do; no network is loaded.

    Raises:
        ModelError: when the folder cannot be read.
    """
    traits = family_of(folder).traits(folder)
    return replace(traits, languages=Manifest.read(folder).languages)


def identity(folder: Path) -> str:
    """SHA-256 of a folder's weights, in hex: what was measured of others does not hold for it.

    Raises:
        ModelError: when there are none.
    """
    return family_of(folder).identity(folder)


def describe(folder: Path) -> Description:
    """A model folder in facts; no network is loaded.

    Raises:
        ModelError: when a part is missing or broken.
    """
    return family_of(folder).describe(folder)
