"""The weights of a model that comes without them: what they are, where they lie, and how they are had."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from editdiff.engines.choose import Choice, fetchable, shipped
from editdiff.errors import EditdiffError, ModelError, UsageError
from editdiff.families import load
from editdiff.store import get, packed, room, source, where
from editdiff.store.given import Given
from editdiff.store.hub import FromHub
from editdiff.store.index import FromIndex
from editdiff.store.origin import Origin


@dataclass(frozen=True)
class Weights:
    """Of one model folder."""

    folder: Path
    source: source.Source
    packing: int
    """Number of the form in which the model's family keeps them."""

    @classmethod
    def of(cls, folder: Path) -> Weights | None:
        """Those of a model folder; None when nothing has to be fetched for it.

        Raises:
            ModelError: when the folder does not say what, or this version cannot pack it.
        """
        if not (folder / source.FILE).is_file():
            return None
        return cls(folder, source.Source.read(folder), load.packing(folder))

    @classmethod
    def named(cls, name: str) -> Weights:
        """Those of a model that has to be fetched, by its name.

        Raises:
            UsageError: for a model that comes whole.
            ModelError: for one that is not known, or cannot be read.
        """
        known = {folder.name: folder for folder in fetchable()}
        weights = cls.of(known[name]) if name in known else None
        if weights is not None:
            return weights
        had = f"to be had: {', '.join(known) or 'nothing'}"
        if name in {folder.name for folder in shipped()}:
            raise UsageError(
                f"{name} comes with editdiff: there is nothing to get or remove",
                f"use it with --model {name}; {had}",
            )
        raise ModelError(f"there is no model {name} to get or remove", had)

    @property
    def place(self) -> Path:
        """Where they lie, or would."""
        return where.place(self.source.sha256, self.packing)

    @property
    def there(self) -> Path | None:
        """Where they lie, when they are fetched."""
        return self.place if packed.is_whole(self.place, self.source.sha256) else None

    @property
    def in_use(self) -> int:
        """Bytes of memory that the model takes in use, about: the weights, and more than that for contexts."""
        return self.source.packed * 9 // 4

    def obstacle(self, origin: Origin) -> str:
        """What is in the way of getting them from there, or of using them; empty where nothing is."""
        try:
            get.check_room(self.source, self.place, origin)
            self.check_memory()
        except EditdiffError as error:
            return f"{error.message}; {error.hint}"
        return ""

    def check_memory(self) -> None:
        """Raise ModelError when the model would take more memory than there is, where the system tells."""
        free = room.available_memory()
        if free is not None and free < self.in_use:
            raise ModelError(
                f"{self.folder.name} takes {room.gigabytes(self.in_use)} of memory in use, "
                f"{room.gigabytes(free)} are free",
                "end other programs, or take a smaller model",
            )

    def fetch(self, origin: Origin, progress: get.Progress) -> Path:
        """Fetch, verify and pack them, unless they are there; return their place.

        Raises:
            EditdiffError: as `store.get.get` does.
        """
        pack = partial(load.pack, self.folder)
        return get.get(self.source, self.packing, origin, pack, progress)


def check_memory(named: str | None) -> None:
    """Raise ModelError when the model that is named was fetched, and would take more memory than there is."""
    weights = Weights.of(Choice.of(named).folder)
    if weights is not None and weights.there is not None:
        weights.check_memory()


def origin(given: Path | None, kind: str | None) -> Origin:
    """The user's own file if there is one, else the `index`, if that is the kind, else the hub."""
    if given is not None:
        return Given(given)
    return FromIndex() if kind == "index" else FromHub()
