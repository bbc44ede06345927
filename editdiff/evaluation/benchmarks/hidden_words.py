"""Words inside of lines that are hidden: of the files of a folder, of mended programs, of worked solutions.

Of a folder's file they are drawn as `drafters` draws them. Of an accepted program of ConDefects it is what differs
from the wrong one, where something does that can be hidden; of a solution of GSM8K the result of an equation with
its copy, `54>>54`, for either would tell the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from editdiff.edits.infill import fill_task
from editdiff.evaluation.benchmarks import condefects, gsm8k
from editdiff.evaluation.benchmarks.drafters_gaps import WORD, Place, kinds
from editdiff.evaluation.benchmarks.revision import PATH
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data import corruption
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.data.upstream import in_random_order
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span


def of_folder(request: Request) -> Sequence[Place]:
    """Words inside of lines of the files in a folder.

    Raises:
        InputError: when there is no such folder, or nothing in it that can be hidden.
    """
    inside, *_ = kinds(by_language(request.data, LARGEST), request)
    return inside.places


def of_programs(request: Request) -> list[Place]:
    """What was mended in programs, see `condefects`.

    Raises:
        UsageError: without `--data`.
        InputError: when the file cannot be read.
    """
    items = in_random_order(condefects.all_items(request), request.seed)
    found = (mended(item) for item in items)
    return list(islice((place for place in found if place is not None), request.limit))


def mended(item: condefects.Item) -> Place | None:
    """The words of the accepted line that are not those of the wrong one; None where it only lost some."""
    line = LineTable(item.fixed).content(item.line)
    wrong, right = (_words(text) for text in (item.span.slice(item.text), line.slice(item.fixed)))
    first = _alike(wrong, right)
    last = len(right) - _alike(wrong[first:][::-1], right[first:][::-1])
    if first >= last:
        return None
    words = list(WORD.finditer(line.slice(item.fixed)))
    span = Span(words[first].start(), words[last - 1].end()).shift(line.start)
    return _place(item.id, condefects.PATH, "python", item.fixed, span)


def of_solutions(request: Request) -> list[Place]:
    """Results in worked solutions, see `gsm8k`.

    Raises:
        UsageError: without `--data`.
        InputError: when the file cannot be read.
    """
    found = _results(
        corruption.draw_items(gsm8k.read_solutions(request), 4 * request.limit, request.seed)
    )
    return list(islice(found, request.limit))


def _results(items: Sequence[corruption.Item]) -> Iterator[Place]:
    """A result and its copy, as one stretch."""
    for number, item in enumerate(items):
        if item.kind == "result":
            span = Span(item.place.spans[0].start, item.place.spans[-1].end)
            yield _place(str(number), PATH, "markdown", item.text, span)


def _place(package: str, path: str, language: str, text: str, span: Span) -> Place:
    document = Document(path, text[: span.start] + text[span.end :], language=language)
    task = fill_task(document, [Span(span.start, span.start)])
    return Place(package, path, language, task, (span.slice(text),))


def _words(text: str) -> list[str]:
    return WORD.findall(text)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = zip(one, other, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
