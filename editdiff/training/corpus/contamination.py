"""Contamination: text that the training corpus shares with public benchmarks, and which files are dropped for it.

Comments and white space are stripped on both sides. A file is hit by any shared window of 60 code points, and by
three consecutive lines that are not trivial; trivial lines in between do not break the row. Nothing is excused
because it is common; only windows that are less than a third letters and digits (ruled lines of tables and
headings) are counted apart, as boilerplate, and drop no file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from keyword import kwlist
from pathlib import Path

import numpy as np

from editdiff.errors import InputError
from editdiff.training.corpus.benchmark_texts import Benchmark
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.corpus.windows import WIDTH, Stripped, Windows, strip, window_hashes

MIN_LINE = 8
"""Code points of a line, stripped; a shorter one is trivial."""
RULER = 1 / 3
"""Share of letters and digits below which a window is a ruled line."""
SHOWN = 120
"""Code points of shared text that the report quotes."""
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"(?:from[\w.]+)?import[\w.,(*]+")
MAIN = re.compile(r"if__name__==.__main__.:")
KEYWORDS = re.compile("(?:" + "|".join(sorted(kwlist, key=len, reverse=True)) + ")+")

Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Hit:
    """One file that shares text with one benchmark."""

    package: str
    path: str
    sha256: str
    """Hash of the file's text, in hex."""
    benchmark: str
    items: int
    """Items of the benchmark that hold some of what is shared."""
    rule: str
    shared: str
    """The longest shared text, stripped; its beginning."""
    boilerplate: bool
    """Nothing but ruled lines: the file stays."""


@dataclass(frozen=True)
class Searched:
    """One benchmark that was looked for."""

    name: str
    items: int
    items_hit: int
    """Items that share text with a dropped file."""


@dataclass(frozen=True)
class Scan:
    """What was found; which files were looked at is part of it."""

    scanned: str
    """`fingerprint` of the files."""
    files: int
    characters: int
    benchmarks: tuple[Searched, ...]
    hits: tuple[Hit, ...]

    @property
    def dropped(self) -> frozenset[tuple[str, str, str]]:
        """Package, path and hash of every file that must not be trained on."""
        return frozenset((h.package, h.path, h.sha256) for h in self.hits if not h.boilerplate)

    def to_json(self) -> str:
        """Text of `contaminated.json`."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read_scan(path: Path) -> Scan:
    """Read `contaminated.json`.

    Raises:
        InputError: when it is missing or damaged.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        benchmarks = tuple(Searched(**entry) for entry in table.pop("benchmarks"))
        return Scan(
            **table | {"benchmarks": benchmarks, "hits": tuple(Hit(**h) for h in table["hits"])}
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read the contamination scan {path}: {error}",
            "make it anew with `editdiff corpus --benchmarks DIR`",
        ) from error


def fingerprint(files: Iterable[SourceFile]) -> str:
    """SHA-256 over package, path and text of every file, in order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.package}\0{file.path}\0{file.sha256}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Needle:
    """A benchmark's text as it is looked for, and the items that hold it."""

    benchmark: str
    text: Stripped
    items: frozenset[str]


@dataclass(frozen=True)
class _Found:
    """What one file shares with all benchmarks."""

    file: SourceFile
    joined: str
    windows: dict[int, int]
    """Where a shared window begins, and its hash."""
    triples: frozenset[Triple]


def scan(files: Sequence[SourceFile], benchmarks: Sequence[Benchmark]) -> Scan:
    """Search all files for all benchmarks."""
    needles = list(_needles(benchmarks))
    windows = Windows(needle.text.joined for needle in needles)
    triples: dict[Triple, list[_Needle]] = defaultdict(list)
    for needle in needles:
        for triple in set(_triples(needle.text)):
            triples[triple].append(needle)
    shared = [f for f in (_search(file, windows, triples) for file in files) if f is not None]
    owners = _owners(needles, {h for f in shared for h in f.windows.values()})
    items_hit: dict[str, set[str]] = defaultdict(set)
    hits = []
    for one in shared:
        for hit, items in _hits(one, owners, triples):
            hits.append(hit)
            items_hit[hit.benchmark] |= set() if hit.boilerplate else items
    searched = (Searched(b.name, b.items, len(items_hit[b.name])) for b in benchmarks)
    size = sum(len(file.text) for file in files)
    return Scan(fingerprint(files), len(files), size, tuple(searched), tuple(hits))


def _needles(benchmarks: Iterable[Benchmark]) -> Iterator[_Needle]:
    """Each text as code, without comments, and as prose, in which a # is a letter like others."""
    for benchmark in benchmarks:
        views: dict[Stripped, set[str]] = defaultdict(set)
        for text, items in benchmark.texts.items():
            for kind in {benchmark.kind, "prose"}:
                views[strip(text, kind)] |= items
        for view, items in views.items():
            yield _Needle(benchmark.name, view, frozenset(items))


def _search(file: SourceFile, windows: Windows, triples: Mapping[Triple, object]) -> _Found | None:
    text = strip(file.text, file.kind)
    starts, hashes = windows.find(text.joined)
    common = frozenset(triple for triple in _triples(text) if triple in triples)
    if not len(starts) and not common:
        return None
    at = dict(zip(starts.tolist(), hashes.tolist(), strict=True))
    return _Found(file, text.joined, at, common)


def _owners(needles: Sequence[_Needle], wanted: set[int]) -> dict[int, list[_Needle]]:
    """Which needles hold each of the windows that were found."""
    hashes = np.array(sorted(wanted), dtype=np.uint64)
    owners: dict[int, list[_Needle]] = defaultdict(list)
    for needle in needles:
        for h in np.intersect1d(window_hashes(needle.text.joined), hashes).tolist():
            owners[h].append(needle)
    return owners


def _hits(
    shares: _Found, owners: Mapping[int, list[_Needle]], triples: Mapping[Triple, list[_Needle]]
) -> Iterator[tuple[Hit, set[str]]]:
    """One hit for each benchmark, with the items concerned."""
    holders: dict[str, dict[int, set[str]]] = defaultdict(dict)
    for start, h in shares.windows.items():
        for needle in owners[h]:
            holders[needle.benchmark].setdefault(start, set()).update(needle.items)
    rows: dict[str, dict[Triple, set[str]]] = defaultdict(dict)
    for triple in shares.triples:
        for needle in triples[triple]:
            rows[needle.benchmark].setdefault(triple, set()).update(needle.items)
    for name in sorted(holders.keys() | rows.keys()):
        starts = {s: items for s, items in holders[name].items() if not _ruled(shares.joined, s)}
        boilerplate = not starts and not rows[name]
        starts = holders[name] if boilerplate else starts
        rule = f"{WIDTH} characters" if starts else "three lines"
        shared = _longest(shares.joined, sorted(starts)) if starts else " ".join(min(rows[name]))
        items = set().union(*starts.values(), *rows[name].values())
        file = shares.file
        where = (file.package, file.path, file.sha256)
        yield Hit(*where, name, len(items), rule, shared[:SHOWN], boilerplate), items


def _ruled(joined: str, start: int) -> bool:
    return sum(map(str.isalnum, joined[start : start + WIDTH])) < RULER * WIDTH


def _longest(joined: str, starts: Sequence[int]) -> str:
    """Text of the longest run of windows that begin one after the other."""
    breaks = np.flatnonzero(np.diff(starts) != 1) + 1
    longest = max(np.split(np.array(starts), breaks), key=len)
    return joined[int(longest[0]) : int(longest[-1]) + WIDTH]


def _triples(text: Stripped) -> Iterator[Triple]:
    lines = [line for line in text.lines if not trivial(line)]
    return zip(lines, lines[1:], lines[2:], strict=False)


def trivial(line: str) -> bool:
    """Whether a stripped line says nothing of its own: short, nothing but keywords, an import, the main guard."""
    if len(line) < MIN_LINE or IMPORT.fullmatch(line) or MAIN.fullmatch(line):
        return True
    return not any(KEYWORDS.sub("", word) for word in WORD.findall(line))
