"""Review: what of a document the model doubts, token by token, and what it would rather read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import NamedTuple

from editdiff.engines.base import Doubt, Doubter
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.notebook_code import NotebookCode
from editdiff.text.shown import Shown
from editdiff.text.span import Span


@dataclass(frozen=True)
class LineDoubt:
    """How doubtful a line is."""

    line: int
    """From 0."""
    probability: float
    """Of its most doubtful token, indentation among them."""


@dataclass(frozen=True)
class Review:
    """What was judged of a document."""

    document: Document
    doubts: tuple[Doubt, ...]
    """Of every token, in the order of the text; spans and alternatives as they are in the document. White space is
    among them, and no finding: nobody wants to hear that a line could have been broken elsewhere."""
    calibrated: bool
    """Whether the probabilities were measured to be such; otherwise only their order says something."""
    finished: bool = True
    """Whether all was judged that was asked for."""
    left_out: int = 0
    """Code points that were asked for and not judged."""
    code: NotebookCode | None = None
    """Of a notebook, the code that the document is."""

    @cached_property
    def table(self) -> LineTable:
        """The document's lines."""
        return LineTable(self.document.text)

    @cached_property
    def findings(self) -> list[Doubt]:
        """The doubts that are none of white space alone."""
        return _findings(self.doubts, self.document.text)

    def top(self, count: int | None = None, least: float = 0.0) -> list[Doubt]:
        """The most doubtful findings, at most `count`, of at least a probability; of equal ones the first."""
        likely = [doubt for doubt in self.findings if doubt.probability >= least]
        return sorted(likely, key=lambda doubt: -doubt.probability)[:count]

    def lines(self) -> list[LineDoubt]:
        """The judged lines, in the order of the text."""
        greatest = dict[int, float]()
        for doubt in self.doubts:
            line = self.line(doubt)
            greatest[line] = max(greatest.get(line, 0.0), doubt.probability)
        return [LineDoubt(line, greatest[line]) for line in sorted(greatest)]

    def line(self, doubt: Doubt) -> int:
        """Line of a doubt, from 0."""
        return self.table.position(first_character(self.document.text, doubt.span)).line

    def numbered(self, line: int) -> tuple[int, int]:
        """Cell and line, both from 1, of a line of the document, from 0; the cell is 0 where there are none."""
        if self.code is None:
            return 0, line + 1
        cell, _ = self.code.cell_at(self.table.start(line))
        return cell.number, self.code.line_in_cell(line) + 1

    def counted(self, doubt: Doubt) -> Span:
        """The span of a doubt as it is told: in its cell, where there are cells."""
        at = first_character(self.document.text, doubt.span)
        return doubt.span if self.code is None else self.code.in_cell(doubt.span, at)


def review(document: Document, doubter: Doubter, spans: Sequence[Span] | None = None) -> Review:
    """Judge what stands in `spans`, or all of a document.

    Raises:
        ValueError: unless the spans are disjoint, in order and inside the text.
    """
    doubts = (doubt for part in doubted(document, doubter, spans) for doubt in part)
    return Review(document, tuple(doubts), doubter.calibrated)


def doubted(
    document: Document, doubter: Doubter, spans: Sequence[Span] | None = None
) -> Iterator[list[Doubt]]:
    r"""Doubts of one stretch after the other, so that one can stop between any two.

    The model is shown `\n` for every line ending, as it has learned.

    Raises:
        ValueError: unless the spans are disjoint, in order and inside the text.
    """
    text = document.text
    spans = [Span(0, len(text))] if spans is None else spans
    shown = Shown.of(text, spans)
    name = PurePath(document.path).name.encode(errors="replace").decode()  # it need not be UTF-8
    for doubts in doubter.doubts(shown.text, [shown.span_to_shown(span) for span in spans], name):
        yield [_in_document(doubt, text, shown) for doubt in doubts]


class Stretch(NamedTuple):
    """Whole lines that were judged."""

    span: Span
    """The last line of what was asked for is without its ending."""
    findings: list[Doubt]
    """In the order of the text, none of white space alone."""


def by_lines(
    document: Document, doubter: Doubter, spans: Sequence[Span]
) -> Iterator[Stretch | None]:
    """Judge spans of whole lines, one after the other in this order.

    Whatever was read, one may stop: what is told then are the lines judged since, or None where none is whole yet.

    Raises:
        ValueError: for a span that reaches past the end of the text.
    """
    text, table = document.text, LineTable(document.text)
    for span in spans:
        held, start = list[Doubt](), span.start
        for part in doubted(document, doubter, [span]):
            held += part
            last = first_character(text, held[-1].span) if held else start
            line = table.start(table.position(last).line)  # it may go on
            if line <= start:
                yield None
                continue
            whole = sum(first_character(text, doubt.span) < line for doubt in held)
            yield Stretch(Span(start, line), _findings(held[:whole], text))
            held, start = held[whole:], line
        yield Stretch(Span(start, span.end), _findings(held, text))


def _findings(doubts: Iterable[Doubt], text: str) -> list[Doubt]:
    """The doubts that are none of white space alone."""
    return [doubt for doubt in doubts if not _is_layout(doubt, text)]


def first_character(text: str, span: Span) -> int:
    """Where a token has its first character that is no line ending: on its line it belongs to the reader."""
    inside = span.slice(text)
    endings = [match.end() for match in LINE_ENDING.finditer(inside)]
    return span.start + max((end for end in endings if end < len(inside)), default=0)


def bare(doubt: Doubt, text: str) -> Doubt:
    """The same doubt without the white space with which its text and all alternatives begin, or end."""
    own, offers = doubt.span.slice(text), doubt.alternatives
    start = min([len(own) - len(own.lstrip()), *(common_ends(own, each)[0] for each in offers)])
    own, offers = own[start:], tuple(each[start:] for each in offers)
    end = min([len(own) - len(own.rstrip()), *(common_ends(own, each)[1] for each in offers)])
    span = Span(doubt.span.start + start, doubt.span.end - end)
    return doubt._replace(span=span, alternatives=tuple(e[: len(e) - end] for e in offers))


def _is_layout(doubt: Doubt, text: str) -> bool:
    """Whether white space is all that is doubted, or likeliest, or all in which the likeliest differs."""
    own = doubt.span.slice(text)
    likeliest = doubt.alternatives[0] if doubt.alternatives else None
    return any(map(str.isspace, (own, likeliest or ""))) or (
        likeliest is not None and likeliest.strip() == own.strip()
    )


def whole_lines(document: Document, lines: Iterable[int]) -> list[Span]:
    """Spans of some lines, counted from 0, without the last ending; neighbours together.

    Raises:
        IndexError: when there is no such line.
    """
    table, spans = LineTable(document.text), list[Span]()
    before = -2
    for line in sorted(set(lines)):
        content = table.content(line)
        if line == before + 1:
            spans[-1] = Span(spans[-1].start, content.end)
        else:
            spans.append(content)
        before = line
    return spans


def lines_of(document: Document, span: Span) -> Iterator[Span]:
    """What of a span stands on each of its lines, without the ending, where that is anything."""
    table = LineTable(document.text)
    first, last = (table.position(at).line for at in (span.start, span.end))
    for content in map(table.content, range(first, last + 1)):
        start, end = max(content.start, span.start), min(content.end, span.end)
        if start < end:
            yield Span(start, end)


def _in_document(doubt: Doubt, text: str, shown: Shown) -> Doubt:
    """A doubt of what was shown as one of the document."""
    span = shown.span_to_original(doubt.span)
    endings = [match[0] for match in LINE_ENDING.finditer(span.slice(text))]
    offers = tuple(_with_endings(offer, endings) for offer in doubt.alternatives)
    return doubt._replace(span=span, alternatives=offers)


def _with_endings(text: str, endings: Sequence[str]) -> str:
    r"""A text with each `\n` as one of `endings`, in their order, and further ones as the last."""
    left = iter(endings)
    return "".join(next(left, (endings or "\n")[-1]) if c == "\n" else c for c in text)
