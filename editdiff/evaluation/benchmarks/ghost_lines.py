"""The benchmark `ghost-lines`: what is shown on an empty line under an opened block, and how much of it is right.

Protocol: of code of held-out packages all lines of a block are taken out, and what is suggested where the first one
began is exact when it is the first lines that stood there, blanks at the ends of lines apart. What has one line is
what the benchmark `ghost` measures; it counts here as not shown. A threshold shows the most lines that are above
it; it is chosen on one half of the files, by the rule of `ghost`, and the table is of the other half.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, NamedTuple

from editdiff.check.base import Checker
from editdiff.check.registry import keystroke_guards
from editdiff.edits.block import MOST_LINES, takes_several
from editdiff.edits.complete import SEVERAL, suggest_lines
from editdiff.edits.infill import fill_task
from editdiff.engines.base import Engine
from editdiff.evaluation.benchmarks.ghost import (
    AIM,
    LANGUAGE,
    LEAST_SHOWN,
    Z975,
    GhostReport,
    Threshold,
    drawn_halves,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import Source, code_lines, spread
from editdiff.evaluation.core.metrics import quantile, wilson
from editdiff.evaluation.core.rows import Figure, Number, Row, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

NAME = "ghost-lines"
FLOOR = 0.1
"""Confidence below which nothing is written: no threshold will be that low."""
COLUMNS = {
    "exact": "exact, of what is shown % [95 %]",
    "shown": "shown % [95 %]",
    "lines": "lines shown, mean",
    "right": "right lines, of those shown % [95 %]",
    "threshold": "threshold",
    "seconds": "time, median",
    "seconds_p90": "p90",
}


@dataclass(frozen=True)
class Block:
    """A cursor under the head of a block whose lines are gone."""

    package: str
    path: str
    """Path inside the package's distribution."""
    text: str
    r"""The file without the block's lines, its line endings `\n`."""
    offset: int
    """Where the cursor stands in `text`, in code points: behind the indentation of the first of these lines."""
    line: int
    """Line number, from 1."""
    truth: str
    """The lines that stood there, the first without its indentation."""

    @property
    def document(self) -> Document:
        """The file at this keystroke."""
        return Document(self.path, self.text, language=LANGUAGE)


class Judged(NamedTuple):
    """The first lines of a draft."""

    text: str
    confidence: float
    """0 to 1."""
    right: int
    """How many of them, from the first one on, are those that stood there."""

    @property
    def size(self) -> int:
        """Number of lines."""
        return self.text.count("\n") + 1

    @property
    def exact(self) -> bool:
        """Whether all of them are those that stood there."""
        return self.right == self.size


@dataclass(frozen=True)
class Keystroke:
    """What became of one cursor."""

    lines: tuple[Judged, ...]
    """What may be shown, the most lines first."""
    seconds: float
    """Wall time, the context encoded anew and every one of `lines` checked."""

    def shown(self, threshold: float | None) -> Judged | None:
        """What a threshold shows; None where that is one line at most."""
        several = (each for each in self.lines if each.size > 1)
        return next(
            (e for e in several if threshold is not None and e.confidence >= threshold), None
        )


def evaluate(engine: Engine, request: Request, progress: Progress) -> GhostReport:
    """Draw blocks in both halves of the held-out files, ask at each, choose a threshold and report.

    Raises:
        InputError: when the manifest cannot be used or holds out too little code.
    """
    choose, test = drawn_halves(request, draw, "blocks")
    return report(engine, choose, test, request, progress)


def report(
    engine: Engine,
    choose: Sequence[Block],
    test: Sequence[Block],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> GhostReport:
    """Ask the engine at every cursor; the threshold from `choose`, the table of `test`."""
    checkers = keystroke_guards() if checkers is None else checkers
    keystrokes: list[Keystroke] = []
    for block in (*choose, *test):
        keystrokes.append(ask(engine, block, checkers))
        progress(engine.name, len(keystrokes), len(choose) + len(test))
    first, second = keystrokes[: len(choose)], keystrokes[len(choose) :]
    least = choose_threshold(first)
    known, tested = (tried(least, part) for part in (first, second))
    row = _row(f"{engine.name}, {LANGUAGE}", tested, second)
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(SEVERAL),
        "lines": MOST_LINES,
        "aim": AIM,
    }
    title = f"{NAME}: {len(test)} blocks of held-out files, threshold from {len(choose)} in others"
    notes = _notes([*choose, *test], known, tested)
    items = [asdict(block) | {"text": ""} for block in test]  # the files would be megabytes
    thresholds, curves = {LANGUAGE: tested}, {row.name: curve(second)}
    parts = NAME, title, settings, COLUMNS, [row], notes, items
    return GhostReport(*parts, thresholds=thresholds, curves=curves)


def draw(files: Iterable[Source], limit: int, seed: int) -> list[Block]:
    """Draw at most `limit` blocks, spread evenly over packages and, within one, over its files.

    The rest is as `gaps.draw` says.
    """
    return spread(files, limit, seed, _of_file)


def ask(engine: Engine, block: Block, checkers: Sequence[Checker]) -> Keystroke:
    """Ask for all that may be shown at one cursor."""
    started = time.perf_counter()
    document, offset = block.document, block.offset
    task = fill_task(document, [Span(offset, offset)])
    found = suggest_lines(document, offset, task, engine, checkers, line=1.0, several=FLOOR)
    lines = [Judged(s.text, s.confidence, _right(s.text, block.truth)) for s in found]
    return Keystroke(tuple(lines), time.perf_counter() - started)


def choose_threshold(keystrokes: Sequence[Keystroke]) -> float | None:
    """Least threshold with at least AIM of what it shows exact, at 97.5 % confidence; None without one."""
    for threshold in sorted(_confidences(keystrokes)):
        exact = tried(threshold, keystrokes).exact
        if exact.total >= LEAST_SHOWN and wilson(exact.hits, exact.total, Z975)[0] >= AIM:
            return threshold
    return None


def tried(threshold: float | None, keystrokes: Sequence[Keystroke]) -> Threshold:
    """Count what a threshold shows."""
    shown = _shown(threshold, keystrokes)
    exact = Share.of([each.exact for each in shown])
    return Threshold(threshold, exact, Share(len(shown), len(keystrokes)))


def curve(keystrokes: Sequence[Keystroke]) -> dict[str, list[float]]:
    """Share shown and share of it that is exact, at each confidence that occurs, the highest first."""
    thresholds = sorted(_confidences(keystrokes), reverse=True)
    found = [tried(threshold, keystrokes) for threshold in thresholds]
    return {
        "threshold": thresholds,
        "shown": [each.shown.hits / each.shown.total for each in found],
        "exact": [each.exact.hits / each.exact.total for each in found],
    }


def _of_file(file: Source, rng: random.Random) -> Iterator[Block]:
    """Blocks of one file in random order; nothing is read before the first is asked for."""
    text = unix(file.text)
    table, code = LineTable(text), code_lines(text)
    lines = [table.content(number).slice(text) for number in range(len(table))]
    heads = [n for n in sorted(code) if n + 1 < len(lines) and lines[n + 1].strip()]
    for head in rng.sample(heads, len(heads)):
        last = _last_of_block(lines, head + 1)
        margin = len(lines[head + 1]) - len(lines[head + 1].lstrip())
        start, end = table.start(head + 1) + margin, table.content(last).end
        without = text[:start] + text[end:]
        block = Block(file.package, file.path, without, start, head + 2, text[start:end])
        deeper = margin > len(lines[head]) - len(lines[head].lstrip())
        if deeper and takes_several(block.document, start):
            yield block


def _last_of_block(lines: Sequence[str], first: int) -> int:
    """The last line of those that are indented as the `first` one at least, blank ones apart."""
    margin, last = len(lines[first]) - len(lines[first].lstrip()), first
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) < margin:
            break
        last = number if line.strip() else last
    return last


def _right(text: str, truth: str) -> int:
    """How many lines of a text, from the first one on, are those of the truth."""
    pairs = zip(text.split("\n"), truth.split("\n"), strict=False)
    same = [line.rstrip() == stood.rstrip() for line, stood in pairs]
    return (*same, False).index(False)


def _shown(threshold: float | None, keystrokes: Sequence[Keystroke]) -> list[Judged]:
    return [lines for k in keystrokes if (lines := k.shown(threshold)) is not None]


def _confidences(keystrokes: Sequence[Keystroke]) -> set[float]:
    """Of all that has several lines."""
    return {lines.confidence for k in keystrokes for lines in k.lines if lines.size > 1}


def _row(name: str, tested: Threshold, keystrokes: Sequence[Keystroke]) -> Row:
    shown = _shown(tested.threshold, keystrokes)
    seconds = [k.seconds for k in keystrokes]
    figures: dict[str, Figure] = {
        "exact": tested.exact,
        "shown": tested.shown,
        "seconds": Seconds(median(seconds)),
        "seconds_p90": Seconds(quantile(seconds, 0.9)),
    }
    if tested.threshold is not None:
        figures["threshold"] = Number(tested.threshold)
    if shown:
        count = sum(lines.size for lines in shown)
        figures["lines"] = Number(count / len(shown))
        figures["right"] = Share(sum(lines.right for lines in shown), count)
    outcomes: list[dict[str, Any]] = [asdict(k) for k in keystrokes]
    return Row(name, figures, outcomes)


def _notes(blocks: Sequence[Block], known: Threshold, tested: Threshold) -> list[str]:
    files = {(block.package, block.path) for block in blocks}
    single = sum("\n" not in block.truth for block in blocks)
    verdict = "confirmed" if tested.confirmed else "not confirmed, so editors show one line"
    return [
        f"{len(blocks)} blocks in {len(files)} files, {single} of them of one line.",
        f"threshold: the least above which, at 97.5 % confidence, {100 * AIM:.0f} % of what is shown is exact, "
        f"with at least {LEAST_SHOWN} blocks shown. On the files that it was chosen on it shows "
        f"{known.shown} %, {known.exact} % of it exact; {verdict}.",
    ]
