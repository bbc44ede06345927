"""The benchmark `joint-places`: two hidden lines on one canvas, the locked text between them on it, too.

A line that binds a name and the line that reads it are hidden (`data.pairs`), and how many tokens each has is told:
a canvas over a trunk has no end of its own. Both gaps and the locked text between them are one middle behind the
same context, so what is named in one gap is named in view of the other, and the order in which places settle is
free: the surest first wherever it stands, all at once, the gap that binds first, the gap that reads first. Beside
them the trunk writes the same number of tokens from left to right: through both gaps in the same middle, the locked
text given; and one gap after the other, each with the text behind it in its context.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

import numpy as np

from editdiff.check.base import Checker
from editdiff.check.registry import guards
from editdiff.denoise.guess import Guess
from editdiff.denoise.history import Run
from editdiff.denoise.policy import make_policy
from editdiff.denoise.rules import Policy, best, ready
from editdiff.engines.base import Engine, FillTask
from editdiff.engines.local.engine import context_parts
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.drafters import drafting
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.metrics import exact, paired_difference
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress, parses
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.packages import held_out
from editdiff.evaluation.data.pairs import Pair, agreed, draw_pairs
from editdiff.families.base import CausalDenoiser
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import FloatArray
from editdiff.tokens.canvas import Canvas

NAME = "joint-places"
CONTEXT = 512
"""Most tokens of the text on both sides."""
MOST = 120
"""Most places of a canvas, the locked text among them."""
COLUMNS = {
    "agree": "agree % [95 %]",
    "exact": "both exact % [95 %]",
    "right": "tokens right %",
    "parses": "parses % [95 %]",
    "nfe": "NFE, mean",
    "seconds": "ms, mean",
}


@dataclass(frozen=True)
class Item:
    """A pair, read by the network."""

    pair: Pair
    prompt: Prompt
    context: Any
    """What the network has read."""
    ids: tuple[int, ...]
    """[n] what both gaps and the text between them hold."""
    gaps: tuple[range, range]
    """Which of them are hidden."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    texts: tuple[str, str]
    agree: bool
    """Whether the second text reads a name that the first one binds."""
    exact: bool
    right: int
    tokens: int
    parses: bool
    nfe: int
    seconds: float


Ids = Sequence[int]
Written = tuple[Ids, Ids, int]
"""What fills both gaps, and the network's evaluations."""
Way = Callable[[CausalDenoiser, Item], Written]


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Draw `request.limit` pairs of the held-out packages, and fill them in every order.

    Raises:
        UsageError: when the model has no canvas at hand.
        InputError: when the manifest cannot be used or holds out no pair that fits.
    """
    network = drafting(engine).denoiser
    pairs = draw_pairs(held_out(request.manifest, request.cache), request.limit, request.seed)
    return report(network, pairs, request, progress)


def report(
    network: CausalDenoiser,
    pairs: Sequence[Pair],
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Fill all pairs in every order."""
    checkers, orders = guards(), ways(request.seed)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in orders}
    read_ones = []
    for done, pair in enumerate(pairs, 1):
        if (item := read(network, pair)) is not None:
            read_ones.append(pair)
            for name, way in orders.items():
                outcomes[name].append(judge(network, item, way, checkers))
        progress(NAME, done, len(pairs))
    if not read_ones:
        raise InputError(
            f"{request.manifest} holds out no pair of lines that a canvas has room for",
            'give packages in it `split = "heldout"`',
        )
    title = f"{NAME}: {len(read_ones)} of {len(pairs)} pairs of a name's lines, their lengths told"
    settings = {"limit": request.limit, "seed": request.seed, "most": MOST, "context": CONTEXT}
    items = [{"path": p.path, "package": p.package, "truths": p.truths} for p in read_ones]
    rows = [_row(name, some) for name, some in outcomes.items()]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(outcomes), items)


def read(network: CausalDenoiser, pair: Pair) -> Item | None:
    """Read the context of a pair; None where its gaps and what is between them are more than a canvas holds."""
    prompt = _prompt(network, pair.task())
    encode = network.tokenizer.encode
    first = encode(prompt.begins.decode() + pair.truths[0])
    second = encode(pair.truths[1])
    ids = (*first, *prompt.locked[0], *second)
    if len(ids) > MOST:
        return None
    gaps = range(len(first)), range(len(ids) - len(second), len(ids))
    return Item(pair, prompt, network.encode(prompt), ids, gaps)


def ways(seed: int) -> dict[str, Way]:
    """Every order by its name; the surest place first is the one that others are compared with."""
    surest, at_once = make_policy("top_k", k=1), make_policy("threshold", tau=0.0)
    return {
        "canvas, the surest place first": on_canvas(lambda item: surest, seed),
        "canvas, all places at once": on_canvas(lambda item: at_once, seed),
        "canvas, the binding gap first": on_canvas(lambda item: gap_first(item.gaps[0]), seed),
        "canvas, the reading gap first": on_canvas(lambda item: gap_first(item.gaps[1]), seed),
        "trunk, from left to right": left_to_right,
        "trunk, one gap after the other": one_by_one,
    }


def gap_first(gap: range) -> Policy:
    """Commit the surest place of a gap as long as it has one, then those of the other."""
    return Policy(lambda guess, canvas, state: best(1, _rather(gap, guess), ready(guess, canvas)))


def _rather(gap: range, guess: Guess) -> FloatArray:
    """[B, L] the confidence of each place, and 1 more in a gap, which begins behind a head."""
    told = guess.confidence.copy()
    told[:, 1 + gap.start : 1 + gap.stop] += 1
    return told


def on_canvas(policy: Callable[[Item], Policy], seed: int) -> Way:
    """Denoise both gaps together by a policy, greedily."""

    def fill(network: CausalDenoiser, item: Item) -> Written:
        special, head = network.tokenizer.special, item.prompt.heads[0]
        hidden = [*item.gaps[0], *item.gaps[1]]
        canvas = Canvas.standing(special, 1, item.ids, hidden, len(item.ids) + 2, head)
        run = Run(canvas, policy(item), len(hidden), 0.0, seed, (0,))
        steps = list(run.denoise(lambda now: network.propose(item.context, now)))
        found = steps[-1].canvas.ids[0, 1 : 1 + len(item.ids)].tolist()
        first, second = ([found[place] for place in gap] for gap in item.gaps)
        return first, second, steps[-1].nfe

    return fill


def left_to_right(network: CausalDenoiser, item: Item) -> Written:
    """Both gaps in one middle, the locked text between them given."""
    first, second = item.gaps
    locked = item.ids[first.stop : second.start]
    cache, one, nfe = _greedy(network, item.context, [item.prompt.heads[0]], len(first))
    _, other, more = _greedy(network, cache, [one[-1], *locked], len(second))
    return one, other, nfe + more


def one_by_one(network: CausalDenoiser, item: Item) -> Written:
    """The first gap while the second line is empty, then the second behind what fills the first."""
    pair, prompt = item.pair, _prompt(network, item.pair.task(second=False))
    count = len(item.gaps[0])
    _, one, nfe = _greedy(network, network.encode(prompt), [prompt.heads[0]], count)
    text = network.tokenizer.decode(one).removeprefix(prompt.begins.decode())
    prompt = _prompt(network, pair.task(text))
    count = len(network.tokenizer.encode(prompt.begins.decode() + pair.truths[1]))
    _, other, more = _greedy(network, network.encode(prompt), [prompt.heads[0]], count)
    told = network.tokenizer.decode(other).removeprefix(prompt.begins.decode())
    return one, network.tokenizer.encode(told), nfe + more


def _greedy(
    network: CausalDenoiser, cache: Any, pending: Ids, count: int
) -> tuple[Any, list[int], int]:
    """As many tokens of text behind what is `pending`; the cache holds all of them but the last."""
    found = list[int]()
    for _ in range(count):
        cache, guess = network.extend(cache, np.array(pending, dtype=np.int64))
        row = guess.ids[0, -1]
        found.append(int(row[network.tokenizer.special.is_text(row)][0]))
        pending = found[-1:]
    return cache, found, count


def judge(network: CausalDenoiser, item: Item, way: Way, checkers: Sequence[Checker]) -> Outcome:
    """Fill a pair in one way, and measure it against what was hidden."""
    started = time.perf_counter()
    first, second, nfe = way(network, item)
    seconds = time.perf_counter() - started
    decode, pair = network.tokenizer.decode, item.pair
    texts = decode(first).removeprefix(item.prompt.begins.decode()), decode(second)
    wanted = [[item.ids[place] for place in gap] for gap in item.gaps]
    right = sum(
        one == other
        for made, truth in zip((first, second), wanted, strict=True)
        for one, other in zip(made, truth, strict=False)
    )
    return Outcome(
        texts,
        bool(agreed(*texts)),
        all(map(exact, texts, pair.truths)),
        right,
        sum(map(len, wanted)),
        parses(pair.document, pair.fill(*texts), checkers),
        nfe,
        seconds,
    )


def _prompt(network: CausalDenoiser, task: FillTask) -> Prompt:
    parts = context_parts(task, task.text, task.gaps, network.traits)
    return network.prompt.encode(parts, min(network.traits.context, CONTEXT))


def _row(name: str, outcomes: Sequence[Outcome]) -> Row:
    figures: dict[str, Figure] = {
        "agree": Share.of([outcome.agree for outcome in outcomes]),
        "exact": Share.of([outcome.exact for outcome in outcomes]),
        "right": Number(100 * sum(o.right for o in outcomes) / sum(o.tokens for o in outcomes)),
        "parses": Share.of([outcome.parses for outcome in outcomes]),
        "nfe": Number(mean(outcome.nfe for outcome in outcomes)),
        "seconds": Number(1000 * mean(outcome.seconds for outcome in outcomes)),
    }
    return Row(name, figures, [asdict(outcome) for outcome in outcomes])


def _notes(outcomes: dict[str, list[Outcome]]) -> list[str]:
    (plain, first), *others = outcomes.items()
    notes = []
    for name, some in others:
        told = []
        for what in ("agree", "exact", "parses"):
            ours, theirs = ([getattr(each, what) for each in side] for side in (some, first))
            middle, low, high = (100 * x for x in paired_difference(ours, theirs))
            told.append(f"{what} {middle:+.1f} [{low:+.1f}, {high:+.1f}]")
        notes.append(f"{name} less {plain}, points: {', '.join(told)}.")
    return notes
