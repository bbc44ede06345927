"""The weights of a model that comes without them: what they are, and where they lie when they are fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from editdiff.families import load
from editdiff.store import packed, source, where


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

    @property
    def place(self) -> Path:
        """Where they lie, or would."""
        return where.place(self.source.sha256, self.packing)

    @property
    def there(self) -> Path | None:
        """Where they lie, when they are fetched."""
        return self.place if packed.is_whole(self.place, self.source.sha256) else None
