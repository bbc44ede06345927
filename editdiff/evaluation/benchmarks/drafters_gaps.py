"""Gaps of four kinds in the files of a folder, evenly over its languages and packages: what `drafters` fills."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from editdiff.edits.infill import fill_task
from editdiff.engines.base import FillOptions, FillTask
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.infill_lines import of_file
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import spread
from editdiff.evaluation.data.folder_files import FolderFile, in_turn
from editdiff.text.document import Document
from editdiff.text.span import Span

SEVERAL = 3
"""Lines of the longest gaps."""
APART = 12
"""Most lines between the two gaps of a pair."""
WORD = re.compile(r"\w+|[^\w\s]")
"""A word, a number, or a sign."""


class Place(NamedTuple):
    """One gap, or two that are filled together."""

    package: str
    path: str
    language: str
    task: FillTask
    truths: tuple[str, ...]
    """What stood there."""


class Kind(NamedTuple):
    """Gaps that are alike, and how they are filled."""

    name: str
    places: Sequence[Place]
    options: FillOptions


def kinds(files: Mapping[str, Sequence[FolderFile]], request: Request) -> list[Kind]:
    """At most `request.limit` gaps of each kind, three fifths of it pairs and a fifth long ones.

    Raises:
        InputError: when there are none of a kind.
    """
    greedy = replace(request.options, drafts=1, temperature=0.0)

    def draw(
        name: str, hide: Hide, options: FillOptions, lines: int = 1, share: float = 1.0
    ) -> Kind:
        limit = math.ceil(share * request.limit)
        each = -(-limit // len(files))
        drawn = [
            partial(_drawn, files, each, request.seed, language, lines, hide)()
            for language in files
        ]
        found = in_turn(drawn, limit)
        if not found:
            raise InputError(
                f"--data: {request.data} holds no line to be filled",
                "name a folder with more packages",
            )
        return Kind(name, found, options)

    one = replace(greedy, lines=1)
    return [
        draw("inside of a line", _inside, one),
        draw("a line", _whole, one),
        draw(f"{SEVERAL} lines", _whole, greedy, SEVERAL, share=0.2),
        draw("two lines together", _pair, one, share=0.6),
    ]


class Hidden(NamedTuple):
    """Spans of a text that are hidden."""

    text: str
    spans: tuple[Span, ...]


Hide = Callable[[str, Span, random.Random], Hidden | None]
"""A text, a line or some of it, and what draws -> what is hidden; None where nothing fits."""


def _whole(text: str, span: Span, rng: random.Random) -> Hidden | None:
    return Hidden(text, (span,))


def _inside(text: str, span: Span, rng: random.Random) -> Hidden | None:
    """Some words inside of a line, with something on both sides of them."""
    words = [Span(*m.span()).shift(span.start) for m in WORD.finditer(span.slice(text))]
    if len(words) < 4:
        return None
    first = rng.randrange(1, len(words) - 2)
    last = rng.randrange(first, min(len(words) - 1, first + 6))
    return Hidden(text, (Span(words[first].start, words[last].end),))


def _pair(text: str, span: Span, rng: random.Random) -> Hidden | None:
    """A line, and another one shortly behind it."""
    behind = [
        Span(m.start() + len(m[0]) - len(m[0].lstrip()), m.end())
        for m in re.finditer(r"[^\n]*\w[^\n]*", text[span.end :])
    ]
    near = [line.shift(span.end) for line in behind[1 : 1 + APART] if line.length > 3]
    return Hidden(text, (span, rng.choice(near))) if near else None


def _drawn(
    files: Mapping[str, Sequence[FolderFile]],
    limit: int,
    seed: int,
    language: str,
    lines: int,
    hide: Hide,
) -> Iterator[Place]:
    """Gaps of one language."""
    of_language = partial(of_file, language=language, count=lines)
    for line in spread(files[language], limit, seed, of_language):
        text, span, _ = line.hidden.ending
        rng = random.Random(f"{seed} {line.path} {span.start}")
        hidden = hide(text, span, rng)
        if hidden is None:
            continue
        truths = tuple(each.slice(text) for each in hidden.spans)
        kept, gaps, end = "", list[Span](), 0
        for each in hidden.spans:
            kept += text[end : each.start]
            gaps.append(Span(len(kept), len(kept)))
            end = each.end
        document = Document(line.path, kept + text[end:], language=line.language)
        task = fill_task(document, gaps)
        yield Place(line.hidden.package, line.path, language, task, truths)
