"""The corpus in figures, as Markdown: packages and licences, what was left out, near-duplicates, contamination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from editdiff.training.corpus.assemble import Corpus, NearDuplicate
from editdiff.training.corpus.contamination import MIN_LINE, Hit, Scan
from editdiff.training.corpus.duplicates import BANDS, ROWS, SHINGLE, THRESHOLD
from editdiff.training.corpus.sources import Package, SourceFile
from editdiff.training.corpus.windows import WIDTH

INTRODUCTION = """\
# The training corpus

Pinned, hashed packages of the Python Package Index (`models/corpus.toml`), each under a permissive licence
that the wheel's own metadata confirms. This page is made by `editdiff.training.corpus.report.report`;
characters are code points.
"""
PROSE = """Prose is the README of each package and documentation that lies in its wheel; docstrings count as code.
"""
PACKAGES = """## Packages

The last column is what the wheel says, and in which field of its metadata.
"""
DUPLICATES = f"""## Near-duplicates

Files whose sets of shingles of {SHINGLE} lexical tokens have a Jaccard index of at least {THRESHOLD}. MinHash
({BANDS} bands of {ROWS}) finds candidates, the exact index decides. A held-out file always stays, then that of
the first package, then the longest.
"""
CONTAMINATION = f"""
On both sides comments and white space were stripped; looked for was any window of {WIDTH} characters, and any three
consecutive lines that are not trivial (trivial: fewer than {MIN_LINE} characters, nothing but keywords, an import,
the main guard). A file with a hit is dropped, however common the text may be. Ruled lines (windows with less
than a third of letters and digits) are counted apart and drop no file. `models/contaminated.json` holds the
result: a corpus built without the benchmarks at hand lacks the same files.
"""


def report(corpus: Corpus) -> str:
    """The page `docs/corpus.md`."""
    sections = [
        INTRODUCTION,
        *_totals(corpus),
        *_packages(corpus),
        *_left_out(corpus),
        *_duplicates(corpus.duplicates),
        *_contamination(corpus.scan),
    ]
    return "\n".join(sections) + "\n"


def _totals(corpus: Corpus) -> Iterable[str]:
    yield from _table(
        ("", "files of code", "characters", "files of prose", "characters"),
        [
            ("training", *_size(corpus.train), *_size(corpus.prose)),
            ("held out", *_size(corpus.heldout), *_size(corpus.prose_heldout)),
        ],
    )
    yield PROSE


def _size(files: Sequence[SourceFile]) -> tuple[str, str]:
    return f"{len(files):,}", f"{sum(len(f.text) for f in files):,}"


def _packages(corpus: Corpus) -> Iterable[str]:
    yield PACKAGES
    rows = [_package(p, corpus) for p in corpus.manifest.packages]
    head = ("package", "version", "split", "files", "characters", "prose", "licence", "wheel")
    yield from _table(head, rows)


def _package(package: Package, corpus: Corpus) -> tuple[str, ...]:
    counted = corpus.statistics
    sizes = (counted.files, counted.characters, counted.prose)
    said = "; ".join(f"{d.field}: {d.text}" for d in corpus.licences[package.name])
    numbers = (f"{table.get(package.name, 0):,}" for table in sizes)
    split = "held out" if package.split == "heldout" else "training"
    return (package.name, package.version, split, *numbers, package.licence, said)


def _left_out(corpus: Corpus) -> Iterable[str]:
    yield "## Left out\n"
    reasons = sorted(corpus.statistics.left_out.items(), key=lambda entry: (-entry[1], entry[0]))
    yield from _table(("reason", "files"), [(reason, f"{count:,}") for reason, count in reasons])


def _duplicates(duplicates: Sequence[NearDuplicate]) -> Iterable[str]:
    yield DUPLICATES
    rows = [
        (
            f"{d.dropped.package}: {d.dropped.path}",
            f"{d.kept.package}: {d.kept.path}",
            f"{d.similarity:.2f}",
        )
        for d in duplicates
    ]
    yield from _table(("dropped", "kept", "Jaccard"), rows)


def _contamination(scan: Scan | None) -> Iterable[str]:
    yield "## Contamination\n"
    if scan is None:
        yield "This corpus has not been searched for benchmarks.\n"
        return
    yield f"{scan.files:,} training files of {scan.characters:,} characters were searched.\n{CONTAMINATION}"
    rows = []
    for b in scan.benchmarks:
        hits = [h for h in scan.hits if h.benchmark == b.name]
        ruled = sum(h.boilerplate for h in hits)
        numbers = (b.items, b.items_hit, len(hits) - ruled, ruled)
        rows.append((b.name, *(f"{n:,}" for n in numbers)))
    head = ("benchmark", "items", "items hit", "files dropped", "files with ruled lines alone")
    yield from _table(head, rows)
    yield from _table(
        ("dropped", "benchmark", "items", "rule", "shared"),
        [_hit(h) for h in scan.hits if not h.boilerplate],
    )


def _hit(hit: Hit) -> tuple[str, ...]:
    shared = hit.shared.replace("|", "\\|").replace("`", "'")
    return (f"{hit.package}: {hit.path}", hit.benchmark, str(hit.items), hit.rule, f"`{shared}`")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A Markdown table, or a word that there is nothing to list."""
    if not rows:
        yield "None.\n"
        return
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""
