"""Where gaps end, to be learnt: gaps of every kind in the files of the corpus, and what a trunk sees on its way.

Each gap gives a row: the prompt, the hidden text, and for each of its tokens and the place before the first whether
the gap ends there. A line's content, the rest of a line behind a cursor, whole lines and blocks end with a line;
spans end inside one. Some gaps are empty: where nothing is missing nothing should be written.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.stop import FEATURES, KINDS, Regression, Stop
from editdiff.prompt.base import ContextParts
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.training.corpus import SourceFile

CONTEXT = 256
"""Tokens around a gap: fewer than a fill has, for an ending shows near it."""
MOST_TOKENS = 160
"""Tokens of the longest hidden text."""
LONGEST_BLOCK = 8
"""Lines."""


class Ending(NamedTuple):
    """A gap."""

    text: str
    span: Span
    path: str


@dataclass(frozen=True)
class Seen:
    """Rows of one kind of gap: R places where a gap might end."""

    hidden: FloatArray
    """[R, width]"""
    features: FloatArray
    """[R, len(FEATURES)]"""
    ends: BoolArray
    """[R]"""
    gap: FloatArray
    """[R] number of the gap: places of one stand together."""


def draw(files: Sequence[SourceFile], count: int, seed: int) -> Iterator[Ending]:
    """Draw `count` gaps, each of another file as far as there are enough."""
    rng = random.Random(seed)
    order = list(files)
    rng.shuffle(order)
    kinds, weights = zip(*_KINDS.items(), strict=True)
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


def see(
    model: QwenDenoiser, endings: Iterable[Ending], progress: Callable[[int], object]
) -> dict[str, Seen]:
    """What the trunk sees at every place of the gaps, by their kind."""
    rows: dict[str, list[tuple[NDArray[Any], ...]]] = {k: [] for k in KINDS}
    for number, ending in enumerate(endings):
        parts = ContextParts.around(ending.text, [ending.span], ending.path)
        prompt = model.prompt.encode(parts, CONTEXT)
        text = prompt.begins.decode() + ending.span.slice(ending.text)
        ids = np.array([prompt.heads[0], *model.tokenizer.encode(text)], dtype=np.int64)
        if len(ids) <= MOST_TOKENS:
            around, hidden, features = model.places(model.encode(prompt), ids)
            least = len(model.tokenizer.encode(prompt.begins.decode())) if prompt.begins else 0
            ends = np.arange(len(ids)) == len(ids) - 1
            at = slice(min(least, len(ids) - 1), None)  # nothing ends inside what is already there
            gap = np.full(len(ids), float(number))
            rows[around.kind].append((hidden[at], features[at], ends[at], gap[at]))
        progress(number + 1)
    return {
        kind: Seen(*(np.concatenate(part) for part in zip(*some, strict=True)))
        for kind, some in rows.items()
        if some
    }


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


def stop_of(fitted: dict[str, Regression], weights: str) -> Stop:
    """The head of a trunk whose file has the SHA-256 `weights`."""
    assert set(fitted) == set(KINDS) and len(FEATURES)
    return Stop(fitted, weights)
