"""The benchmark `lines`: single lines of packages that the model was not trained on.

Protocol: pass@1, the engine's best-ranked draft and nothing else; no length is known to anyone; no
test or checker chooses among drafts. Floors run under the same protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from editdiff.check.base import Checker
from editdiff.check.registry import guards
from editdiff.engines.base import Engine, Recaller
from editdiff.errors import InputError
from editdiff.evaluation.benchmark import Request
from editdiff.evaluation.floors import ngram_floor, simple_floors
from editdiff.evaluation.gaps import Gap, draw
from editdiff.evaluation.report import Report
from editdiff.evaluation.runner import Filler, Outcome, Progress, run
from editdiff.training.corpus import Manifest, SourceFile, fetch, read_manifest, read_sources

NAME = "lines"
NGRAM_CHARS = 5_000_000
"""Text that the 3-gram learns from, in code points, taken evenly from the training packages."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> Report:
    """Fetch the held-out packages, draw the gaps, fill them with `engine` and the floors.

    Raises:
        InputError: when the manifest cannot be used or holds out no package with code.
    """
    gaps = draw(held_out(request.manifest, request.cache), request.limit, request.seed)
    if not gaps:
        raise InputError(
            f"{request.manifest} holds out no line to be filled",
            'give packages in it `split = "heldout"`',
        )
    learnt, missing = trained_floors(request)
    rows = fillers(engine, [*simple_floors(), *learnt], request)
    return report(gaps, rows, request, [*_notes(gaps, request), *missing], progress)


def held_out(manifest: Path, cache: Path) -> Iterator[SourceFile]:
    """Files of the packages that are kept out of training; fetched where they are missing."""
    kept = _packages(read_manifest(manifest), "heldout")
    return read_sources(kept, fetch(kept, cache), "heldout")


def trained_floors(request: Request) -> tuple[list[Engine], list[str]]:
    """Floors that learn from the training packages, and a note where those are not at hand."""
    texts = training_texts(read_manifest(request.manifest), request.cache)
    if texts:
        return [ngram_floor(texts)], []
    missing = f"The 3-gram floor is missing: not all training packages are in {request.cache}."
    return [], [missing]


def fillers(engine: Engine, floors: Iterable[Engine], request: Request) -> list[Filler]:
    """Rows of the table: the engine as asked, the engine with its greedy draft alone, the floors."""
    options = request.options
    rows = []
    if options.drafts > 1 and options.temperature > 0:
        rows.append(Filler(f"{engine.name}, best of {options.drafts} drafts", engine, options))
    greedy = replace(options, drafts=1, temperature=0.0)
    rows.append(Filler(f"{engine.name}, greedy", engine, greedy))
    if isinstance(engine, Recaller) and options.lookup:
        without = f"{engine.name}, nothing looked up"
        rows.append(Filler(without, engine, replace(options, lookup=0)))
    return rows + [Filler(floor.name, floor, greedy, floor=True) for floor in floors]


def report(
    gaps: list[Gap],
    rows: Iterable[Filler],
    request: Request,
    notes: Iterable[str] = (),
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> Report:
    """Run every filler over all gaps; by default the guards of every draft judge the fills."""
    checkers = guards() if checkers is None else checkers
    done = []
    for filler in rows:
        outcomes: list[Outcome] = []
        for outcome in run(gaps, filler, checkers):
            outcomes.append(outcome)
            progress(filler.name, len(outcomes), len(gaps))
        done.append((filler, outcomes))
    packages = sorted({gap.package for gap in gaps})
    files = len({(gap.package, gap.path) for gap in gaps})
    title = (
        f"{NAME}: {len(gaps)} single-line gaps from {files} files of {len(packages)} held-out "
        f"packages ({', '.join(packages)})"
    )
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "checkers": [checker.name for checker in checkers],
        "ngram_chars": NGRAM_CHARS,
    }
    return Report(NAME, title, settings, gaps, done, list(notes))


def training_texts(manifest: Manifest, cache: Path, limit: int = NGRAM_CHARS) -> list[str]:
    """About `limit` code points of the training packages, as much of each; none unless all are there.

    Nothing is downloaded for a floor, and one that depended on what happens to lie in the cache
    would be no floor to compare with.
    """
    train = _packages(manifest, "train")
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
    train = _packages(read_manifest(path), "train")
    return list(read_sources(train, fetch(train, cache), "train")) if _at_hand(train, cache) else []


def _at_hand(train: Manifest, cache: Path) -> bool:
    return bool(train.packages) and all(
        _has_wheel(cache, p.name, p.version) for p in train.packages
    )


def _packages(manifest: Manifest, split: str) -> Manifest:
    """Return the manifest with the packages of one split only."""
    return replace(manifest, packages=tuple(p for p in manifest.packages if p.split == split))


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


def _notes(gaps: list[Gap], request: Request) -> list[str]:
    options = request.options
    return [
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places; the fill's length is never given.",
        "exact: equal after strip; parses: neither tree-sitter nor Python's compiler finds a new "
        "problem; length in lexical tokens.",
    ]
