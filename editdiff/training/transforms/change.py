"""What is kept of a file's sites: a region of whole lines, what it becomes, and wider regions around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest

from editdiff.text.edit import Edits
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span
from editdiff.training.transforms.kinds import KINDS
from editdiff.training.transforms.source import Site, Source, read_source

PER_FILE = 24
"""Sites kept of a file, the kinds in turn."""
MAX_LINES = 16
"""A region may have as many, before and after."""
MAX_FUNCTION = 12
"""Lines; a longer function is no region of its own."""
MAX_WIDTH = 100
"""Code points; a site whose new lines would be longer is not used."""


@dataclass(frozen=True, slots=True)
class Change:
    """One transformation at one place, without the file's text."""

    kind: str
    """Key of `KINDS`."""
    span: Span
    """Whole lines of the author's text, the last line ending left out: the smallest region that changes."""
    text: str
    """What stands there after the transformation."""
    words: Mapping[str, str]
    """What an instruction may mention."""
    wider: tuple[Span, ...] = ()
    """Whole lines of a statement, or of a short function, that hold the region and more."""


@lru_cache(maxsize=20_000)
def changes(text: str) -> tuple[Change, ...]:
    """Up to `PER_FILE` changes of a file, of as many kinds as it has; kept, for many rows are cut from one file."""
    source = read_source(text)
    if source is None:
        return ()
    return tuple(found for found, _ in zip(_in_turn(source), range(PER_FILE), strict=False))


def _in_turn(source: Source) -> Iterator[Change]:
    """One change of every kind, then another of every kind that has more, and so on."""
    turns = zip_longest(*(of_kind(source, name) for name in KINDS))
    return (change for change in chain.from_iterable(turns) if change)


def all_changes(source: Source) -> Iterator[Change]:
    """Every change of a file."""
    return chain.from_iterable(of_kind(source, name) for name in KINDS)


def of_kind(source: Source, name: str) -> Iterator[Change]:
    """Changes of one kind in random order."""
    sites = list(KINDS[name].find(source))
    source.random.shuffle(sites)
    return (change for site in sites if (change := condensed(source, name, site)))


def condensed(source: Source, kind: str, site: Site) -> Change | None:
    """A site as the smallest run of lines that it changes; None where that is too long, or too wide afterwards."""
    edits = Edits(site.edits)
    first = source.row(edits.items[0].span.start)
    last = source.row(max(e.span.end for e in edits))
    if last - first >= MAX_LINES + 4:
        return None
    span = Span(source.rows[first].start, source.rows[last].end)
    new = Edits(tuple(edit.shift(-span.start) for edit in edits)).apply(span.slice(source.text))
    trimmed = _trimmed(_split(span.slice(source.text)), _split(new))
    if trimmed is None:
        return None
    before, old, text = trimmed
    span = Span(span.start + before, span.start + before + len(old))
    if max(_count(old), _count(text)) > MAX_LINES or _too_wide(old, text) or old == text:
        return None
    return Change(kind, span, text, site.words, tuple(_wider(source, span)))


def _split(text: str) -> list[str]:
    """Lines with their endings."""
    ends = [match.end() for match in LINE_ENDING.finditer(text)]
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]


def _trimmed(old: list[str], new: list[str]) -> tuple[int, str, str] | None:
    """Without the lines that are the same at both ends, but for one line at least; and what is left out before.

    None where what is left ends in different line endings.
    """
    before = 0
    while min(len(old), len(new)) > 1 and old[0] == new[0]:
        before += len(old[0])
        old, new = old[1:], new[1:]
    while min(len(old), len(new)) > 1 and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    endings = {_ending(old[-1]), _ending(new[-1])}
    if len(endings) > 1:
        return None
    size = len(endings.pop())
    a, b = "".join(old), "".join(new)
    return before, a[: len(a) - size], b[: len(b) - size]


def _ending(line: str) -> str:
    ending = LINE_ENDING.search(line)
    return ending[0] if ending else ""


def _count(text: str) -> int:
    return len(LINE_ENDING.findall(text)) + 1


def _too_wide(old: str, new: str) -> bool:
    widest = max(map(len, _split(new)))
    return widest > MAX_WIDTH and widest > max(map(len, _split(old)))


def _wider(source: Source, region: Span) -> Iterator[Span]:
    """The smallest statement, and the functions, whose lines hold a region and more."""
    statements, functions = source.line_runs
    for spans, longest in ((statements, MAX_LINES), (functions, MAX_FUNCTION)):
        holding = [s for s in spans if s[0] <= region.start and region.end <= s[1]]
        smallest = min((Span(*s) for s in holding if Span(*s) != region), key=_length, default=None)
        if smallest and _count(smallest.slice(source.text)) <= longest:
            yield smallest


def _length(span: Span) -> int:
    return span.length
