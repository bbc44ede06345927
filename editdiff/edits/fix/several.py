"""Several faults in one text: each is one slip, and behind the first one the parser meets the next.

A parser that stops at its first fault tells how far a text is right. A slip that lets it get past the place mends
this fault; where no slip lets it reach the end, there is another fault behind, or the fault is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from editdiff.check.base import Checker, Problem, quick, stops_at_first
from editdiff.edits.fix.regions import Region
from editdiff.edits.fix.standards import ask, is_past
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

MOST = 800
"""Texts that are parsed for a fault."""
_HEAD = re.compile(r"([ \t]*)(?:async[ \t]+def|def|class)\b")
"""Of Python: where a part of a text begins that parses by itself, once its indentation is accounted for."""
_BLOCK = "if 1:\n"
"""What makes indented lines a text."""


@dataclass(frozen=True)
class Several:
    """A text that does not parse, and a problem of it."""

    document: Document
    problem: Problem
    """Its span counts in the document."""
    syntax: Sequence[Checker]

    def regions(self, regions: Sequence[Region]) -> list[Region]:
        """Of regions those texts after which the next fault is another one; none where one text mends all."""
        first = self._first(self.document.text) if self._checker else None
        if first is None:
            return []
        left, kept = MOST, list[Region]()
        for region in regions:
            past = list[str]()
            for text in region.texts[: max(0, left)]:
                found = self._after(region, text, first)
                if found is None:
                    return []
                if is_past(first, found, region.span, len(text) - region.span.length):
                    past.append(text)
            left -= len(region.texts)
            if past:
                kept.append(replace(region, gaps=(), texts=tuple(past)))
        return kept

    @cached_property
    def _checker(self) -> Checker | None:
        found = next((checker for checker in self.syntax if stops_at_first(checker)), None)
        return None if found is None else quick(found)

    def _after(self, region: Region, text: str, first: Problem) -> Problem | None:
        """The first fault with a text in a region; None where there is none at all."""
        whole, growth = self.document.text, len(text) - region.span.length
        after = whole[: region.span.start] + text + whole[region.span.end :]
        part = self._part
        if not part.contains(region.span):
            return self._first(after)
        inside = self._first(after, Span(part.start, part.end + growth))
        return inside or self._first(after)

    def _first(self, text: str, part: Span | None = None) -> Problem | None:
        """The first fault of a text, or of a part of it as if that stood alone."""
        assert self._checker is not None
        part = part or Span(0, len(text))
        indented = text[part.start : part.start + 1] in (" ", "\t")
        before = _BLOCK if indented else ""
        try:
            found = ask(self._checker, self.document.with_text(before + part.slice(text)))
        except InputError as error:
            return Problem(Span(part.start, part.start), error.message, self._checker.name)
        shift = part.start - len(before)
        return replace(found[0], span=_moved(found[0].span, shift, part)) if found else None

    @cached_property
    def _part(self) -> Span:
        """The least part that shows the same first fault as the whole."""
        whole = self.document.text
        first = self._first(whole)
        for part in self._parts():
            alone = self._first(whole, part)
            if (
                alone
                and first
                and (alone.message, alone.span.start) == (first.message, first.span.start)
            ):
                return part
        return Span(0, len(whole))

    def _parts(self) -> Iterator[Span]:
        """Functions and classes around the problem, the innermost first."""
        text, table = self.document.text, LineTable(self.document.text)
        line = table.position(self.problem.span.start).line
        least: int | None = None
        for number in range(line, -1, -1):
            head = _HEAD.match(text, table.start(number))
            if head is None or (least is not None and len(head[1]) >= least):
                continue
            least = len(head[1])
            yield Span(table.start(number), self._end(table, line, least))

    def _end(self, table: LineTable, line: int, indent: int) -> int:
        """Where lines end that are indented deeper than that, behind a line."""
        for number in range(line + 1, len(table)):
            content = table.content(number).slice(self.document.text)
            body = content.lstrip()
            if body and len(content) - len(body) <= indent and body[0] not in ")]}#":
                return table.start(number)
        return len(self.document.text)


def _moved(span: Span, by: int, within: Span) -> Span:
    start = min(max(span.start + by, within.start), within.end)
    return Span(start, max(start, min(span.end + by, within.end)))
