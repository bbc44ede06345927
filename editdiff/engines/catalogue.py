"""The models that there are, in facts for who chooses one: a menu of an editor, say. No network is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from editdiff.engines.choose import PREFERRED, default, fetchable, shipped
from editdiff.engines.weights import Weights, origin
from editdiff.errors import ModelError
from editdiff.families.manifest import Manifest
from editdiff.store import packed


@dataclass(frozen=True)
class Entry:
    """A model of this installation."""

    name: str
    licence: str
    """As SPDX names it."""
    measured: tuple[str, ...]
    """Figures, each with its benchmark and interval."""
    present: bool
    """Whether it can be used now: it comes with editdiff, or was fetched."""
    default: bool
    """Whether it is what is used now where none is named."""
    preferred: bool
    """Whether it would be that, once it is fetched."""
    parameters: int = 0
    """0 of a model that comes with editdiff, and so what follows but for `disk`."""
    download: int = 0
    """Bytes to fetch, if nothing has arrived yet."""
    disk: int = 0
    """Bytes that it takes for good."""
    memory: int = 0
    """Bytes that it takes in use, about."""
    source: tuple[str, ...] = ()
    """Sentences: where it would come from, if nobody says otherwise."""
    index: tuple[str, ...] = ()
    """The same of the package index."""
    obstacle: str = ""
    """What is in the way of getting or using it, with figures; empty where nothing is."""


def catalogue() -> list[Entry]:
    """All models, by name."""
    return [_entry(folder) for folder in sorted({*shipped(), *fetchable()})]


def _entry(folder: Path) -> Entry:
    """One of them; what is wrong with a broken one is in its way."""
    name, used = folder.name, folder == default()
    try:
        manifest, weights = Manifest.read(folder), Weights.of(folder)
    except ModelError as error:
        return Entry(name, "", (), False, used, False, obstacle=f"{error.message}; {error.hint}")
    if weights is None:
        size = sum(packed.sizes(folder).values())
        return Entry(name, manifest.licence, manifest.measured, True, used, False, disk=size)
    source, hub = weights.source, origin(None, None)
    present = weights.there is not None
    return Entry(
        name,
        source.licence,
        manifest.measured,
        present,
        used,
        name == PREFERRED,
        source.parameters,
        source.size,
        source.packed,
        weights.in_use,
        tuple(hub.told(source)),
        tuple(origin(None, "index").told(source)),
        "" if present else weights.obstacle(hub),
    )
