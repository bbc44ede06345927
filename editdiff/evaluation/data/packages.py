"""Packages of the corpus: the files kept out of training, and texts of the others, which floors learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from editdiff.engines.base import Engine
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import ngram_floor
from editdiff.training.corpus.sources import (
    Manifest,
    SourceFile,
    fetch,
    of_split,
    read_manifest,
    read_sources,
)

NGRAM_CHARS = 5_000_000
"""Text that the 3-gram learns from, in code points, taken evenly from the training packages."""


def held_out(manifest: Path, cache: Path) -> Iterator[SourceFile]:
    """Files of the packages that are kept out of training; fetched where they are missing."""
    kept = of_split(read_manifest(manifest), "heldout")
    return read_sources(kept, fetch(kept, cache), "heldout")


def trained_floors(request: Request) -> tuple[list[Engine], list[str]]:
    """Floors that learn from the training packages, and a note where those are not at hand."""
    texts = training_texts(read_manifest(request.manifest), request.cache)
    if texts:
        return [ngram_floor(texts)], []
    missing = f"The 3-gram floor is missing: not all training packages are in {request.cache}."
    return [], [missing]


def training_texts(manifest: Manifest, cache: Path, limit: int = NGRAM_CHARS) -> list[str]:
    """About `limit` code points of the training packages, as much of each; none unless all are there.

    Nothing is downloaded for a floor, and one that depended on what happens to lie in the cache
    would be no floor to compare with.
    """
    train = of_split(manifest, "train")
    if not _at_hand(train, cache):
        return []
    wheels, share = fetch(train, cache), limit // len(train.packages)
    texts: list[str] = []
    for package in train.packages:
        alone = replace(train, packages=(package,))
        texts += _until(read_sources(alone, wheels, "train"), share)
    return texts


def training_files(path: Path, cache: Path) -> list[SourceFile]:
    """Files of the training packages of a manifest; none unless all packages are there."""
    train = of_split(read_manifest(path), "train")
    return list(read_sources(train, fetch(train, cache), "train")) if _at_hand(train, cache) else []


def _at_hand(train: Manifest, cache: Path) -> bool:
    return bool(train.packages) and all(
        _has_wheel(cache, p.name, p.version) for p in train.packages
    )


def _has_wheel(cache: Path, name: str, version: str) -> bool:
    stem = name.replace("-", "_").lower()
    return any(wheel.name.lower().startswith(f"{stem}-{version}-") for wheel in cache.glob("*.whl"))


def _until(files: Iterable[SourceFile], characters: int) -> Iterator[str]:
    """Texts of the first files, `characters` in all; the last one is cut."""
    for file in files:
        text = file.text[:characters]
        characters -= len(text)
        yield text
        if characters <= 0:
            return
