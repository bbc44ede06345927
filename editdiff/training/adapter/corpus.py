"""The files that an adapter is trained and judged on, in all languages of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from editdiff.errors import InputError
from editdiff.training.adapter.languages import MOST, SHARES
from editdiff.training.corpus.assemble import KINDS, SCAN
from editdiff.training.corpus.contamination import fingerprint, read_scan
from editdiff.training.corpus.licences import check_licence
from editdiff.training.corpus.sources import (
    EVERY,
    SourceFile,
    Split,
    fetch,
    of_split,
    read_manifest,
    read_sources,
)


@dataclass(frozen=True)
class Mixture:
    """What rows are made of; may change from one command to the next, and is noted."""

    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    """Of the languages."""
    several: float = 0.15
    """Of rows with several gaps."""


@dataclass(frozen=True)
class Corpus:
    """Files by split."""

    train: list[SourceFile]
    heldout: list[SourceFile]

    @classmethod
    def of(cls, manifest: Path, cache: Path, judged: bool) -> Corpus:
        """Fetch and read what a manifest names; held-out packages only if something is judged.

        Files that share text with a benchmark, as the scan beside the manifest has found, are left out.

        Raises:
            InputError: when the manifest cannot be used, a package has another licence, or a split is empty.
        """
        splits: tuple[Split, ...] = ("train", "heldout") if judged else ("train",)
        found = {split: _read(manifest, cache, split) for split in splits}
        for split, files in found.items():
            if not files:
                what = "to be trained on" if split == "train" else "that is held out to judge on"
                raise InputError(
                    f"{manifest} has no package {what}",
                    "name another --manifest" + ("" if split == "train" else ", or --judge 0"),
                )
        scan = manifest.with_name(SCAN)
        dropped = read_scan(scan).dropped if scan.exists() else frozenset()
        train = [f for f in found["train"] if (f.package, f.path, f.sha256) not in dropped]
        return cls(train, found.get("heldout", []))

    def told(self, mixture: Mixture) -> dict[str, Any]:
        """What it is, for the card of what is trained on it."""
        return {
            "sha256": fingerprint(self.train),
            "files": len(self.train),
            "packages": len({file.package for file in self.train}),
            "most_of_a_package": MOST,
            "several": mixture.several,
            "shares": dict(mixture.shares),
        }


def _read(manifest: Path, cache: Path, split: Split) -> list[SourceFile]:
    kept = of_split(read_manifest(manifest, EVERY), split)
    archives = fetch(kept, cache)
    for package in kept.packages:
        check_licence(package.name, package.licence, archives[package.name])
    return list(read_sources(kept, archives, split, kinds=KINDS))
