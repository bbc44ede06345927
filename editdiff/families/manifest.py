"""The manifest of a model folder: which family reads it, where it comes from, and what was measured with it.

    manifest.json   format, family, source, licence, languages, measured
    ghost.json      from which confidence on ghost text is shown, by language; of these weights alone
    review.json     how doubt becomes a probability; of these weights alone
    infill.json     how likely a draft is right, and from where on it is proposed; of these weights alone
    rewrite.json    the same of an answer to an instruction
    README.md       the model's card

All other files belong to the family. A folder without a manifest, as earlier versions wrote it, is read by the
family that they had.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from editdiff.errors import ModelError

MANIFEST, CARD = "manifest.json", "README.md"
GHOST, REVIEW, INFILL, FIX = "ghost.json", "review.json", "infill.json", "fix.json"
REWRITE = "rewrite.json"
FORMAT = 1
"""What this version reads and writes."""
EARLIER = "canvas"
"""Family of a folder without a manifest."""


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself."""

    family: str
    """Name of a module of `families`."""
    source: str = ""
    """Where the weights come from."""
    licence: str = ""
    """Of the weights, as SPDX names it."""
    languages: tuple[str, ...] = ()
    """Identifiers of the languages that the model was measured on."""
    measured: tuple[str, ...] = ()
    """Figures of the model as it is shipped, each with its benchmark, its interval and how many items it is of."""

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a folder's manifest.

        Raises:
            ModelError: when there is no such folder, or its manifest is broken or of a later version.
        """
        path = folder / MANIFEST
        if not path.exists() and folder.is_dir():
            return cls(EARLIER)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            version = told.pop("format")
            unknown = sorted(told.keys() - {entry.name for entry in fields(cls)})
            if version != FORMAT or unknown:
                raise _later(path, f"format {version!r}, unknown entries {unknown}")
            several = {name: tuple(told.get(name, ())) for name in ("languages", "measured")}
            return cls(**{**told, **several})
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(
                f"cannot read the manifest {path}: {error!r}",
                "restore the model folder, or name another one with --model",
            ) from error

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        told: dict[str, Any] = {"format": FORMAT, **asdict(self)}
        kept = {name: value for name, value in told.items() if value not in ("", ())}
        (folder / MANIFEST).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _later(path: Path, why: str) -> ModelError:
    return ModelError(f"cannot use the manifest {path}: {why}", "it may need a newer editdiff")
