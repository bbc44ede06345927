"""A few lines for each model: size, licence, whether its weights are there, and what was measured of it."""

from __future__ import annotations

from pathlib import Path

from editdiff.engines.choose import default
from editdiff.engines.weights import Weights
from editdiff.errors import ModelError
from editdiff.families.load import describe
from editdiff.families.manifest import Manifest
from editdiff.store import packed
from editdiff.text.printable import printable

WIDTH = 11
"""Characters of a name."""


def list_entry(folder: Path) -> str:
    """Describe a model in a line, and in one more for each figure; a broken one by what is wrong with it."""
    try:
        weights = Weights.of(folder)
        missing = weights is not None and weights.there is None
        facts = _to_fetch(weights) if weights and missing else _here(folder, weights)
        measured = Manifest.read(folder).measured
    except ModelError as error:
        facts, measured = [f"cannot be used: {error.message}"], ()
    first = f"{folder.name:<{WIDTH}} {' · '.join(filter(None, facts))}"
    return printable("\n".join([first, *(f"{'':<{WIDTH}}   {figure}" for figure in measured)]))


def _to_fetch(weights: Weights) -> list[str]:
    """What is known before the weights are there."""
    source = weights.source
    return [
        f"{millions(source.parameters)} parameters",
        f"{megabytes(source.size)} to fetch",
        source.licence,
        f"get it with `editdiff models get {weights.folder.name}`",
    ]


def _here(folder: Path, weights: Weights | None) -> list[str]:
    """What a model is that can be used."""
    found = describe(folder)
    return [
        f"{millions(found.parameters)} parameters",
        megabytes(size_of(folder, weights)),
        weights.source.licence if weights else Manifest.read(folder).licence,
        f"{found.traits.context} tokens of context",
        f"in {weights.place}" if weights else "",
        "default" if folder == default() else "",
    ]


def size_of(folder: Path, weights: Weights | None) -> int:
    """Bytes of all files of a folder, and of what was fetched for it."""
    fetched = packed.sizes(weights.place) if weights else {}
    return sum(packed.sizes(folder).values()) + sum(fetched.values())


def millions(count: int) -> str:
    """Write a number of parameters for people."""
    return f"{count / 1e6:,.1f} M"


def megabytes(size: int) -> str:
    """Write a size in bytes for people."""
    return f"{size / 1e6:,.1f} MB"
