"""The benchmark `reopening-places`: what taking tokens back is worth on a canvas over a pretrained trunk.

Some words inside of lines are hidden (`hidden_words`), and how many tokens they have is told: such a canvas has no
end of its own. The same network denoises the same places by each rule; the rules that reopen have as many
evaluations as `none` takes one place at a time, and more. Beside them stands the trunk from left to right, that
many tokens of it, which sees what stands behind the places in its context, as the canvas does, and not beside it.
The canvas without the tokens behind the hidden ones shows what these are worth, and as a control with the text of
another file behind them, in its context and beside them, what the right side is worth at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import mean
from typing import Any, cast

import numpy as np

from editdiff.denoise.history import Run
from editdiff.denoise.policy import make_policy
from editdiff.engines.base import Engine
from editdiff.engines.local.engine import context_parts
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks import hidden_words
from editdiff.evaluation.benchmarks.drafters import drafting
from editdiff.evaluation.benchmarks.drafters_gaps import Place
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.metrics import paired_difference
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.families.base import Denoiser
from editdiff.prompt.base import Prompt
from editdiff.text.language import language_of
from editdiff.tokens.base import IntArray
from editdiff.tokens.canvas import Canvas

NAME = "reopening-places"
BESIDE = 8
"""Tokens behind the hidden ones that stand on the canvas, the rest of the line among them."""
STEPS = 24
"""Evaluations of the rules that reopen to the end of their budget."""
COLUMNS = {
    "exact": "exact % [95 %]",
    "right": "tokens right %",
    "nfe": "NFE, mean",
    "changed": "taken back, a gap",
    "seconds": "ms, mean",
}


@dataclass(frozen=True)
class Item:
    """Hidden tokens of one line."""

    place: Place
    context: Any
    """What the network has read."""
    head: int
    ids: IntArray
    """[n + beside] the hidden tokens, and those behind them."""
    hidden: int
    strange: Any
    """What the network has read with the text of another file behind the hidden one."""
    strange_ids: IntArray
    """[n + beside] the hidden tokens, and those of the other file."""

    def canvas(self, network: Denoiser, behind: bool, strange: bool = False) -> Canvas:
        """One draft of it, with what stands `behind` or without, or what is `strange` there."""
        ids = self.strange_ids if strange else self.ids
        ids = ids if behind else ids[: self.hidden]
        special = network.tokenizer.special
        doubted = range(self.hidden)
        return Canvas.standing(special, 1, ids.tolist(), doubted, len(ids) + 2, self.head)


@dataclass(frozen=True)
class Outcome:
    """What became of one item."""

    right: int
    tokens: int
    nfe: int
    changed: int
    """Places that were taken back."""
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether every token is the one that stood there."""
        return self.right == self.tokens


Way = Callable[[Denoiser, Item], Outcome]


@dataclass(frozen=True)
class Places:
    """The benchmark on what is drawn from `request.data`."""

    draw: Callable[[Request], Sequence[Place]]

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> RowReport:
        """Draw at most `request.limit` gaps, and denoise them by every rule.

        Raises:
            UsageError: when the model has no canvas at hand, or nothing is named to draw from.
            InputError: when that cannot be read, or nothing in it can be hidden.
        """
        network = drafting(engine).denoiser
        return report(network, self.draw(request), request, progress)


LINES = Places(hidden_words.of_folder)
PROGRAMS = Places(hidden_words.of_programs)
SOLUTIONS = Places(hidden_words.of_solutions)


def report(
    network: Denoiser,
    drawn: Sequence[Place],
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Denoise all gaps by every rule."""
    rules = ways(request.seed)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in rules}
    places = []
    for done, place in enumerate(drawn, 1):
        if (item := read(network, place, drawn[done % len(drawn)])) is not None:
            places.append(place)
            for name, way in rules.items():
                outcomes[name].append(way(network, item))
        progress("places", done, len(drawn))
    if not places:
        raise UsageError(
            f"--data: {request.data} holds no gap whose tokens stand apart from those around",
            "name more to draw from, or a greater --limit",
        )
    rows = [_row(name, some) for name, some in outcomes.items()]
    settings = {"limit": request.limit, "seed": request.seed, "beside": BESIDE, "steps": STEPS}
    languages = {language_of(place.path) for place in places}
    title = f"{NAME}: {len(places)} gaps inside of lines, {len(languages)} languages, their lengths told"
    items = [{"path": p.path, "package": p.package, "truths": p.truths} for p in places]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(outcomes), items)


def read(network: Denoiser, place: Place, other: Place) -> Item | None:
    """Read the context of a gap, and with what stands behind an `other` one's.

    None where the text of the gap shares a token with what stands beside it.
    """
    after, strange = (each.task.text[each.task.gaps[0].end :] for each in (place, other))
    prompt, ids = _read(network, place, after)
    _, hidden = _read(network, place, "")
    strange_prompt, strange_ids = _read(network, place, strange)
    count = len(hidden)
    if not np.array_equal(ids[:count], hidden):
        return None
    if not np.array_equal(strange_ids[:count], hidden):
        strange_ids = hidden  # the other text would be spelt as one with it
    contexts = network.encode(prompt), network.encode(strange_prompt)
    return Item(place, contexts[0], prompt.heads[0], ids, count, contexts[1], strange_ids)


def _read(network: Denoiser, place: Place, after: str) -> tuple[Prompt, IntArray]:
    """What the network is told of a place with a text behind it; the hidden tokens, and BESIDE of that text."""
    task, (truth,), tokenizer = place.task, place.truths, network.tokenizer
    text = task.text[: task.gaps[0].end] + after
    parts = context_parts(task, text, task.gaps, network.traits)
    prompt = network.prompt.encode(parts, min(network.traits.context, 512))
    whole = prompt.begins.decode() + truth  # the piece of a word before the gap is written again
    both = tokenizer.encode(whole + after.partition("\n")[0])
    return prompt, np.array(both[: len(tokenizer.encode(whole)) + BESIDE], dtype=np.int64)


def ways(seed: int) -> dict[str, Way]:
    """Every rule by its name; plain denoising one place at a time first."""
    one = make_policy("top_k", k=1)
    rules: dict[str, Way] = {"none, a place at a time": denoised(one, seed)}
    rules["none, all places at once"] = denoised(make_policy("threshold", tau=0.0), seed)
    for name in ("cap", "rescale", "conf", "loop", "token"):
        rules[name] = denoised(make_policy("top_k", reopen=name, k=1), seed)
    rules["none, nothing seen behind"] = denoised(one, seed, behind=False)
    rules["none, another file's text behind"] = denoised(one, seed, strange=True)
    rules["the trunk from left to right"] = left_to_right
    return rules


def denoised(policy: Any, seed: int, *, behind: bool = True, strange: bool = False) -> Way:
    """Denoise the places of an item by a policy, greedily."""

    def fill(network: Denoiser, item: Item) -> Outcome:
        started, canvas = time.perf_counter(), item.canvas(network, behind, strange)
        context = item.strange if strange else item.context
        run = Run(canvas, policy, max(STEPS, 2 * item.hidden), 0.0, seed, (0,))
        steps = list(run.denoise(lambda now: network.propose(context, now)))
        found = steps[-1].canvas.ids[0, 1 : 1 + item.hidden]
        changed = sum(int(step.reopened.sum()) for step in steps) + _replaced(steps)
        seconds = time.perf_counter() - started
        right = int((found == item.ids[: item.hidden]).sum())
        return Outcome(right, item.hidden, steps[-1].nfe, changed, seconds)

    return fill


def _replaced(steps: Sequence[Any]) -> int:
    """Places whose token was written over by another one."""
    pairs = pairwise(steps)
    return sum(
        int((~a.canvas.masked & ~b.canvas.masked & (a.canvas.ids != b.canvas.ids)).sum())
        for a, b in pairs
    )


def left_to_right(network: Denoiser, item: Item) -> Outcome:
    """As many tokens as are hidden, written by the trunk alone."""
    started, cache, pending = time.perf_counter(), item.context, item.head
    found = []
    for _ in range(item.hidden):
        cache, guess = cast(Any, network).extend(cache, np.array([pending], dtype=np.int64))
        kept = network.tokenizer.special.is_text(guess.ids[0, 0])
        pending = int(guess.ids[0, 0][kept][0])
        found.append(pending)
    seconds = time.perf_counter() - started
    right = int((np.array(found) == item.ids[: item.hidden]).sum())
    return Outcome(right, item.hidden, item.hidden, 0, seconds)


def _row(name: str, outcomes: Sequence[Outcome]) -> Row:
    figures: dict[str, Figure] = {
        "exact": Share.of([outcome.exact for outcome in outcomes]),
        "right": Number(100 * sum(o.right for o in outcomes) / sum(o.tokens for o in outcomes)),
        "nfe": Number(mean(outcome.nfe for outcome in outcomes)),
        "changed": Number(mean(outcome.changed for outcome in outcomes)),
        "seconds": Number(1000 * mean(outcome.seconds for outcome in outcomes)),
    }
    return Row(name, figures, [asdict(outcome) for outcome in outcomes])


def _notes(outcomes: dict[str, list[Outcome]]) -> list[str]:
    (plain, first), *others = outcomes.items()
    notes = [
        f"a place at a time: the surest first; the rules that reopen have {STEPS} evaluations, or twice as many as "
        "there are places.",
    ]
    for name, some in others:
        pair = [outcome.exact for outcome in some], [outcome.exact for outcome in first]
        middle, low, high = (100 * x for x in paired_difference(*pair))
        notes.append(f"exact, {name} less {plain}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}].")
    return notes
