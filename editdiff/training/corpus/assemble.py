"""The whole corpus in one go: licences checked, files read, contaminated ones and near-duplicates dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from editdiff.errors import InputError
from editdiff.training.corpus.benchmark_texts import read_benchmarks
from editdiff.training.corpus.contamination import Scan, fingerprint, read_scan, scan
from editdiff.training.corpus.duplicates import find_duplicates
from editdiff.training.corpus.licences import Declared, check_licence
from editdiff.training.corpus.quality import Kind
from editdiff.training.corpus.sources import (
    Manifest,
    SourceFile,
    Statistics,
    fetch,
    read_manifest,
    read_sources,
)

SCAN = "contaminated.json"
"""Beside the manifest: what the scan for benchmarks found, for those who do not have them."""
KINDS: tuple[Kind, ...] = ("code", "prose")


@dataclass(frozen=True)
class NearDuplicate:
    """A training file that was dropped, and the file that it nearly equals."""

    dropped: SourceFile
    kept: SourceFile
    similarity: float
    """Jaccard index of the shingles."""
    heldout: bool
    """The kept file is held out."""


@dataclass(frozen=True)
class Corpus:
    """What training and evaluation read, and how it came about."""

    manifest: Manifest
    train: tuple[SourceFile, ...]
    """Code, in the manifest's order."""
    prose: tuple[SourceFile, ...]
    heldout: tuple[SourceFile, ...]
    prose_heldout: tuple[SourceFile, ...]
    statistics: Statistics
    """Counts over the training files and the held-out ones together; a package is in one of the two."""
    licences: dict[str, list[Declared]]
    """Licences that each package's wheel declares, by the package's name."""
    duplicates: tuple[NearDuplicate, ...]
    scan: Scan | None
    """None: nobody has looked for benchmarks in this corpus."""


def read_corpus(
    manifest_path: Path,
    cache: Path,
    benchmarks: Path | None = None,
    say: Callable[[str], None] = print,
) -> Corpus:
    """Fetch, check and read the manifest's packages.

    With `benchmarks`, a folder that holds a folder of each of them, the scan is made anew and written
    beside the manifest; without, the one that lies there is used.

    Raises:
        InputError: a licence that is not as declared, a benchmark that is missing, a scan of other files.
    """
    manifest = read_manifest(manifest_path)
    wheels = fetch(manifest, cache)
    licences = {p.name: check_licence(p.name, p.licence, wheels[p.name]) for p in manifest.packages}
    reading = Statistics()
    heldout = tuple(read_sources(manifest, wheels, "heldout", reading, KINDS))
    train = tuple(read_sources(manifest, wheels, "train", reading, KINDS))
    scanned = _scan(train, manifest_path.with_name(SCAN), benchmarks, say)
    dropped = scanned.dropped if scanned else frozenset()
    clean = [f for f in train if (f.package, f.path, f.sha256) not in dropped]
    duplicates = near_duplicates(heldout, clean, [p.name for p in manifest.packages])
    twins = {d.dropped for d in duplicates}
    kept = [f for f in clean if f not in twins]
    statistics = _count([*kept, *heldout], reading, len(train) - len(clean), duplicates)
    return Corpus(
        manifest,
        *_parted(kept),
        *_parted(heldout),
        statistics,
        licences,
        tuple(duplicates),
        scanned,
    )


def _parted(files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], tuple[SourceFile, ...]]:
    """Code and prose."""
    code = tuple(f for f in files if f.kind == "code")
    return code, tuple(f for f in files if f.kind == "prose")


def near_duplicates(
    heldout: Sequence[SourceFile], train: Sequence[SourceFile], packages: Sequence[str]
) -> list[NearDuplicate]:
    """Training files to be dropped: a held-out file is always kept, then the first package's, then the longest."""
    order = {name: i for i, name in enumerate(packages)}
    ranked = sorted(train, key=lambda f: (order[f.package], -len(f.text)))
    files = [*heldout, *ranked]
    return [
        NearDuplicate(files[d.dropped], files[d.kept], d.similarity, d.kept < len(heldout))
        for d in find_duplicates([f.text for f in files])
        if d.dropped >= len(heldout)
    ]


def _count(
    kept: Sequence[SourceFile],
    reading: Statistics,
    shared: int,
    duplicates: Sequence[NearDuplicate],
) -> Statistics:
    """Statistics of the files that are left, with the reasons of those that were read first and dropped then."""
    statistics = Statistics(left_out=dict(reading.left_out))
    for _ in range(shared):
        statistics.skip("shares text with a benchmark")
    for duplicate in duplicates:
        statistics.skip(
            "near-duplicate of a held-out file" if duplicate.heldout else "near-duplicate"
        )
    for file in kept:
        statistics.keep(file)
    return statistics


def _scan(
    files: Sequence[SourceFile], path: Path, benchmarks: Path | None, say: Callable[[str], None]
) -> Scan | None:
    """The scan of these files: made and written, or read."""
    if benchmarks is not None:
        made = scan(files, read_benchmarks(benchmarks))
        text = made.to_json().encode()
        changed = not path.exists() or path.read_bytes() != text
        path.write_bytes(text)
        say(
            f"{len(made.dropped)} files share text with a benchmark; "
            f"{path} {'written' if changed else 'is as it was'}"
        )
        return made
    if not path.exists():
        say(f"there is no {path}: this corpus was not searched for benchmarks")
        return None
    earlier = read_scan(path)
    if earlier.scanned != fingerprint(files):
        raise InputError(
            f"{path} was made for other files than those of the manifest",
            "search them with `editdiff corpus --benchmarks DIR`",
        )
    return earlier
