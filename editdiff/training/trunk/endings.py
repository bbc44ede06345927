"""Where gaps end, to be learnt: gaps of every kind in the files of the corpus, and what a trunk sees on its way.

Each gap gives a row: the prompt, the hidden text, and for each of its tokens and the place before the first whether
the gap ends there. A line's content, the rest of a line behind a cursor, whole lines and blocks end with a line;
spans end inside one. Some gaps are empty: where nothing is missing nothing should be written.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.families.qwen.packed import Float32
from editdiff.families.qwen.stop import KINDS, Around, Regression, Stop, features
from editdiff.prompt.base import ContextParts, Prompt, PromptFormat
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray, IntArray, Tokenizer

CONTEXT = 256
"""Tokens around a gap: fewer than a fill has, for an ending shows near it."""
MOST_TOKENS = 160
"""Tokens of the longest hidden text."""
LONGEST_BLOCK = 12
"""Lines."""
AT_ONCE = 16
"""Gaps that are read at once."""
APART = 5
"""Every so-manieth gap is kept out of a first fit, to choose the strength of the penalty and to measure."""
STRENGTHS = (30.0, 100.0, 300.0, 1000.0)
"""Of the penalty, that are tried."""


class Source(Protocol):
    """A file to draw gaps from."""

    @property
    def path(self) -> str:
        """Path inside the distribution, with `/` between folders."""
        ...

    @property
    def text(self) -> str:
        """All of it."""
        ...


class Ending(NamedTuple):
    """A gap."""

    text: str
    span: Span
    path: str


@dataclass(frozen=True)
class Seen:
    """Rows of one kind of gap: R places where a gap might end."""

    hidden: Float32
    """[R, width]"""
    features: FloatArray
    """[R, len(FEATURES)]"""
    ends: BoolArray
    """[R]"""
    gap: FloatArray
    """[R] number of the gap: places of one stand together."""


def draw(
    files: Sequence[Source], count: int, seed: int, *, longer: bool = False
) -> Iterator[Ending]:
    """Draw `count` gaps, each of another file as far as there are enough; `longer` ones where that is wanted."""
    rng = random.Random(seed)
    order = list(files)
    rng.shuffle(order)
    kinds, weights = zip(*(_LONGER if longer else _KINDS).items(), strict=True)
    for number in range(count):
        file = order[number % len(order)]
        text = file.text
        table = LineTable(text)
        (kind,) = rng.choices(kinds, weights)
        span = kind(text, table, rng)
        if span is not None:
            yield Ending(text, span, PurePosixPath(file.path).name)


def _line(text: str, table: LineTable, rng: random.Random) -> Span:
    """What one line holds, without its line break; one with content, where a few tries find one."""
    for _ in range(20):
        content = table.content(rng.randrange(len(table)))
        if content.slice(text).strip():
            break
    return content


def _content(text: str, table: LineTable, rng: random.Random) -> Span:
    line = _line(text, table, rng)
    return Span(line.start + _indent(line.slice(text)), line.end)


def _rest(text: str, table: LineTable, rng: random.Random) -> Span:
    content = _content(text, table, rng)
    return Span(rng.randint(content.start, content.end), content.end)


def _block(text: str, table: LineTable, rng: random.Random) -> Span:
    first = rng.randrange(len(table))
    last = min(len(table) - 1, first + rng.randint(1, LONGEST_BLOCK - 1))
    start = table.content(first)
    inside = _indent(start.slice(text)) if rng.random() < 0.5 else 0
    return Span(start.start + inside, table.content(last).end)


def _last(text: str, table: LineTable, rng: random.Random) -> Span:
    """The last lines of a file, the line break at its end apart."""
    end = len(text.rstrip("\n"))
    last = table.position(end).line
    first = max(0, last - rng.randrange(LONGEST_BLOCK))
    return Span(min(end, table.content(first).start), end)


def _inside(text: str, table: LineTable, rng: random.Random) -> Span:
    content = _content(text, table, rng)
    start, end = sorted(rng.randint(content.start, content.end) for _ in range(2))
    return Span(start, end)


def _across(text: str, table: LineTable, rng: random.Random) -> Span:
    start = rng.randrange(len(text) + 1)
    return Span(start, min(len(text), start + rng.randint(1, 200)))


def _empty(text: str, table: LineTable, rng: random.Random) -> Span:
    line = _line(text, table, rng)
    at = line.end if rng.random() < 0.5 else rng.randint(line.start, line.end)
    return Span(at, at)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_Kind = Callable[[str, LineTable, random.Random], Span | None]
_KINDS: dict[_Kind, float] = {
    _content: 22,
    _line: 15,
    _rest: 20,
    _block: 15,
    _inside: 15,
    _across: 6,
    _empty: 7,
}
"""How gaps are cut, and how often."""
_LONGER: dict[_Kind, float] = {
    _block: 22,
    _last: 12,
    _content: 14,
    _line: 10,
    _rest: 14,
    _inside: 14,
    _across: 10,
    _empty: 4,
}
"""The same where several lines and spans are wanted."""


States = Callable[[Sequence["Row"]], Iterable[tuple[Float32, Guess, FloatArray]]]
"""Of each row: hidden states [R, width], what follows them [1, R, TOP], and the log-probability [R] of the first
token of the text after the gap."""


class Row(NamedTuple):
    """A gap as the trunk reads it."""

    prompt: Prompt
    ids: IntArray
    """[R] the gap's head and what fills it: behind each the gap might end, behind the last it does."""
    known: int
    """How many of them are written already: nothing ends before they are."""
    after: str
    """Text after the gap."""


def rows(tokenizer: Tokenizer, form: PromptFormat, endings: Iterable[Ending]) -> Iterator[Row]:
    """Gaps as rows; those with more than MOST_TOKENS are left out."""
    for ending in endings:
        parts = ContextParts.around(ending.text, [ending.span], ending.path)
        prompt = form.encode(parts, CONTEXT)
        hidden = prompt.begins.decode() + ending.span.slice(ending.text)
        ids = [prompt.heads[0], *as_written(tokenizer, hidden, parts.after)]
        if len(ids) <= MOST_TOKENS:
            written = np.cumsum([len(tokenizer.decode_bytes([token])) for token in ids])  # bytes
            known = int(np.searchsorted(written, len(prompt.begins)))
            yield Row(prompt, np.array(ids, dtype=np.int64), known, parts.after)


def as_written(tokenizer: Tokenizer, text: str, after: str) -> list[int]:
    """Tokens of a gap's text as a model writes them: line breaks that follow may share the last one.

    `)` and a line break are one token in many vocabularies, and a model that has learnt so writes no other.
    """
    ids = tokenizer.encode(text)
    breaks = after[: len(after) - len(after.lstrip("\n"))]
    joined_up = tokenizer.encode(text + breaks)
    return joined_up if len(joined_up) <= len(ids) else ids


def see(
    states: States, tokenizer: Tokenizer, gaps: Iterable[Row], progress: Callable[[int], object]
) -> dict[str, Seen]:
    """What a trunk sees at every place of the gaps, by their kind; some gaps at a time."""
    kinds: dict[str, list[Seen]] = {kind: [] for kind in KINDS}
    done = 0
    for batch in _batches(gaps):
        for row, (hidden, guess, logp) in zip(batch, states(batch), strict=True):
            around, done = Around.of(row.prompt, tokenizer), done + 1
            told = features(guess, logp, around)
            ends = np.arange(len(row.ids)) == len(row.ids) - 1
            number = np.full(len(row.ids), float(done))
            k = row.known
            kinds[around.kind].append(Seen(hidden[k:], told[k:], ends[k:], number[k:]))
        progress(done)
    return {kind: joined(seen) for kind, seen in kinds.items() if seen}


def joined(seen: Sequence[Seen]) -> Seen:
    """One after the other."""
    names = ("hidden", "features", "ends", "gap")
    return Seen(*(np.concatenate([getattr(part, name) for part in seen]) for name in names))


def parted(seen: Seen, every: int) -> tuple[Seen, Seen]:
    """Rows of all gaps but every so-manieth, and of those."""
    apart = seen.gap % every == 0
    first, second = (
        Seen(seen.hidden[which], seen.features[which], seen.ends[which], seen.gap[which])
        for which in (~apart, apart)
    )
    return first, second


def _batches(gaps: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(gaps)
    while batch := list(islice(waiting, AT_ONCE)):
        yield batch


def fit(seen: Seen, strength: float, rounds: int = 30) -> Regression:
    """A logistic regression with an L2 penalty, by Newton's method.

    `strength` of the penalty counts rows: that of one whose features have the variance of all.
    """
    raw = np.hstack((seen.hidden.astype(np.float64), seen.features))
    mean, scale = raw.mean(axis=0), raw.std(axis=0) + 1e-6
    x = np.hstack((np.ones((len(raw), 1)), (raw - mean) / scale))
    y = seen.ends.astype(np.float64)
    penalty = np.full(x.shape[1], strength)
    penalty[0] = 0
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (p - y) + penalty * w
        weight = np.maximum(p * (1 - p), 1e-6)
        step = np.linalg.solve((x * weight[:, None]).T @ x + np.diag(penalty), gradient)
        w -= step
        if np.abs(step).max() < 1e-5:
            break
    plain = w[1:] / scale
    width = seen.hidden.shape[1]
    return Regression(float(w[0] - plain @ mean), plain[:width], plain[width:])


def log_odds(regression: Regression, seen: Seen) -> FloatArray:
    """[R] of every place."""
    linear = seen.hidden @ regression.hidden + seen.features @ regression.features
    return np.asarray(regression.bias + linear)


def measure(regression: Regression, seen: Seen) -> dict[str, float]:
    """How well ends are told: area under the curve, log-loss in nats, and gaps that end where they should.

    A gap ends where its probability is first a half.
    """
    odds, ends = log_odds(regression, seen), seen.ends
    order = np.argsort(odds, kind="stable")
    rank = np.empty(len(odds))
    rank[order] = np.arange(1, len(odds) + 1)
    positive, negative = int(ends.sum()), int((~ends).sum())
    area = (rank[ends].sum() - positive * (positive + 1) / 2) / max(1, positive * negative)
    loss = np.logaddexp(0, np.where(ends, -odds, odds)).mean()
    right = early = 0
    for gap in np.unique(seen.gap):
        stops = np.flatnonzero(odds[seen.gap == gap] >= 0)
        last = int((seen.gap == gap).sum()) - 1
        right += bool(len(stops)) and int(stops[0]) == last
        early += bool(len(stops)) and int(stops[0]) < last
    gaps = len(np.unique(seen.gap))
    return {
        "gaps": gaps,
        "places": len(odds),
        "auc": float(area),
        "nats": float(loss),
        "right": right / gaps,
        "early": early / gaps,
    }


def fit_stop(
    seen: Mapping[str, Seen], weights: str, strengths: Sequence[float] = STRENGTHS
) -> tuple[Stop, dict[str, dict[str, float]]]:
    """The head of a trunk whose file has the SHA-256 `weights`, and what it does on gaps that it was not fitted on.

    Of the `strengths` of the penalty the one with the least log-loss there is taken, and the head fitted on all.
    """
    regressions, measured = {}, {}
    for kind in KINDS:
        known, apart = parted(seen[kind], APART)
        tried = {s: measure(fit(known, s), apart) for s in strengths}
        best = min(strengths, key=lambda s: tried[s]["nats"])
        measured[kind] = {"strength": best, **tried[best]}
        regressions[kind] = fit(seen[kind], best)
    return Stop(regressions, weights), measured
