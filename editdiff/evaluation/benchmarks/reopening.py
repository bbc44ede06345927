"""The benchmarks `reopening…`: what taking committed tokens back is worth, at the same number of evaluations.

Every arm writes one greedy draft of the same items and spends the same mean number of network evaluations: that of
plain denoising. So what an arm spends on reopening it saves on its commits. Those that reopen for as long as their
budget lasts commit fast and get that number as their budget; those that stop by themselves get the threshold of
commitment at which their mean on some other items comes nearest to it. Beside them stand two that save on nothing,
and plain denoising at the price of the critic. Last, as in use: of several drafts the first that passes the checks
counts; where none does there is another round of drafts, or a critic has them mended.

The items: held-out lines; wrong lines of programs (`condefects`); wrong numbers of worked solutions (`gsm8k`), with
the same places of the correct solutions as the control.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, stdev
from typing import Any

from editdiff.engines.base import AGAIN, Draft, Engine, FillOptions, Sketch, Update
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import condefects, gsm8k
from editdiff.evaluation.benchmarks.reopening_items import (
    Control,
    Hidden,
    Item,
    Judged,
    Program,
    Solution,
    judge,
    spent,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import Gap, Source, draw, spread
from editdiff.evaluation.core.metrics import Z95, lex, paired_difference
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share, Table
from editdiff.evaluation.data.corruption import draw_items
from editdiff.evaluation.data.packages import held_out
from editdiff.evaluation.speed.equal_quality import several_lines

NAME = "reopening"
FAST = 0.3
"""Threshold of commitment of the arms that reopen to the end of their budget."""
NEAR = 0.05
"""Share by which the mean evaluations of an arm may miss the budget; one that misses it by more is marked."""
SEARCH = 6
"""Thresholds tried for an arm that stops by itself."""
MOST_STEPS = 64
DRAFTS, TEMPERATURE = 4, 0.7
"""Drafts of the arms in which the checks choose; the temperature where the options have none."""
ROUNDS = 1
"""Rounds of the critic in the arms that ask it."""
LONG = (16, 40)
"""Fewest and most lexical tokens of a gap of several lines."""
HEADER = (
    "arm",
    "threshold",
    "steps",
    "NFE",
    "exact % [95 %]",
    "passes % [95 %]",
    "similarity %",
    "less none: exact",
    "passes",
    "similarity",
)


@dataclass(frozen=True)
class Arm:
    """One way to spend evaluations."""

    name: str
    options: FillOptions
    fixed: bool = False
    """Whether its threshold stays: it spends its whole budget, or saves on nothing."""
    criticised: bool = False
    """Whether the item's critic finds fault with its drafts."""
    costs: Arm | None = None
    """Another one, whose evaluations it is to spend; None for those of plain denoising."""
    retries: int | None = None
    """Rounds more, while no draft passes the checks; None where the checks choose nothing."""

    def fill(self, engine: Engine, item: Item) -> list[Update]:
        """Fill one item; where the checks choose, the first draft that passes is all that comes of it."""
        task = replace(item.task, critic=item.critic()) if self.criticised else item.task
        if self.retries is None:
            return list(engine.fill(task, self.options))
        nfe = 0
        for attempt in range(self.retries + 1):
            seeded = replace(self.options, seed=self.options.seed + attempt)
            updates = list(engine.fill(task, seeded))
            nfe += spent(updates)
            for draft in updates:
                if isinstance(draft, Draft) and draft.ended and item.passes(draft.texts):
                    return [replace(draft, nfe=nfe)]
        return [Sketch(nfe, ())]

    def outcome(self, engine: Engine, item: Item) -> Judged:
        """Fill one item and judge its first draft."""
        started = time.perf_counter()
        updates = self.fill(engine, item)
        return judge(item, engine, updates, time.perf_counter() - started)

    def spent(self, engine: Engine, items: Sequence[Item]) -> float:
        """Mean network evaluations of an item."""
        return mean(spent(self.fill(engine, item)) for item in items)

    def at(self, threshold: float) -> Arm:
        """The arm with another threshold of commitment."""
        return replace(self, options=replace(self.options, threshold=threshold))


def arms(options: FillOptions, budget: int) -> list[Arm]:
    """All arms; plain denoising first."""
    plain = replace(options, drafts=1, temperature=0.0, steps=MOST_STEPS, lookup=0, critic_rounds=0)
    spend = replace(plain, steps=budget, threshold=FAST)
    critic = Arm("critic", replace(plain, critic_rounds=3), criticised=True)
    again = Arm(AGAIN, replace(plain, reopen=AGAIN))
    several = replace(plain, drafts=DRAFTS, temperature=options.temperature or TEMPERATURE)
    criticised = replace(several, critic_rounds=ROUNDS)
    offered = f"first of {DRAFTS} drafts that passes"
    return [
        Arm("none", plain),
        *(
            Arm(name, replace(spend, reopen=name), fixed=True)
            for name in ("cap", "rescale", "conf", "loop")
        ),
        Arm("token", replace(plain, reopen="token")),
        critic,
        again,
        *(replace(arm, name=f"{arm.name}, saving nothing", fixed=True) for arm in (critic, again)),
        Arm("none, at the critic's price", plain, costs=critic),
        Arm(offered, several, fixed=True, retries=0),
        Arm(f"{offered}, another round", several, fixed=True, retries=1),
        Arm(f"{offered}, critic", criticised, fixed=True, criticised=True, retries=0),
        Arm(f"{offered}, both", criticised, fixed=True, criticised=True, retries=1),
    ]


def calibrated(arm: Arm, engine: Engine, items: Sequence[Item], target: float) -> Arm:
    """Give an arm the threshold at which it spends `target` evaluations, by bisection; fixed ones keep theirs."""
    if arm.fixed:
        return arm
    low, high = 0.0, 1.0
    tried: dict[float, float] = {}
    for _ in range(SEARCH):
        middle = (low + high) / 2 if tried else arm.options.threshold
        tried[middle] = arm.at(middle).spent(engine, items)
        low, high = (middle, high) if tried[middle] < target else (low, middle)
    return arm.at(min(tried, key=lambda threshold: abs(tried[threshold] - target)))


@dataclass(frozen=True)
class Part:
    """One kind of item: every arm on the same items."""

    name: str
    items: Sequence[Item]
    target: float
    """Evaluations that each arm was to spend."""
    rows: Sequence[tuple[Arm, Sequence[Judged]]]


@dataclass(frozen=True)
class ReopeningReport:
    """The benchmark, run."""

    settings: dict[str, Any]
    parts: Sequence[Part]

    @property
    def table(self) -> Table:
        """For people."""
        rows = [row for part in self.parts for row in _cells(part)]
        total = sum(len(part.items) for part in self.parts)
        title = f"{NAME}: {total} items, what taking tokens back is worth"
        return Table(title, HEADER, rows, self._notes())

    def _notes(self) -> list[str]:
        notes = [
            f"{part.name}: {len(part.items)} items, {part.target:.1f} evaluations wanted of each arm"
            for part in self.parts
        ]
        return [
            *notes,
            f"! marks a mean NFE that is more than {100 * NEAR:g} % off; differences in points, with 95 % "
            "intervals of the paired items; `again` ranks its two drafts with one more pass of the causal mode.",
            "passes: the checkers find nothing new (of a number: it makes the equation hold, in all copies). "
            "Exact, of the control: the correct number would stay, as no draft is likelier.",
        ]

    def to_json(self) -> dict[str, Any]:
        """Return settings, and every item of every arm."""
        return {
            "benchmark": NAME,
            "settings": self.settings,
            "notes": self._notes(),
            "parts": [
                {
                    "name": part.name,
                    "target": part.target,
                    "items": [item.to_json() for item in part.items],
                    "arms": [
                        {
                            "name": arm.name,
                            "options": asdict(arm.options),
                            "outcomes": [asdict(outcome) for outcome in outcomes],
                        }
                        for arm, outcomes in part.rows
                    ],
                }
                for part in self.parts
            ],
        }


def evaluate(engine: Engine, request: Request, progress: Progress) -> ReopeningReport:
    """Fetch the held-out packages, calibrate the arms on some gaps, run them on others.

    Raises:
        InputError: when the manifest cannot be used or holds out too few gaps.
    """
    files = list(held_out(request.manifest, request.cache))
    half = max(1, request.limit // 2)
    wanted = half + known_of(half)
    lines = draw(files, wanted, request.seed)
    several = spread(files, wanted, request.seed, _several)
    long = replace(request.options, canvas=64)
    return report(
        [
            ("single lines", [Hidden(gap) for gap in lines], request.options),
            ("several lines", [Hidden(gap) for gap in several], long),
        ],
        engine, request, progress,
    )  # fmt: skip


@dataclass(frozen=True)
class Programs:
    """The benchmark `reopening` on programs with a wrong line, see `condefects`."""

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> ReopeningReport:
        """Read the programs, calibrate on some, run on others.

        Raises:
            UsageError: without `--data`.
            InputError: when the file cannot be read or holds too few.
        """
        wanted = replace(request, limit=request.limit + known_of(request.limit))
        items = [Program(item) for item in condefects.read_items(wanted)]
        return report([("condefects", items, request.options)], engine, request, progress)


@dataclass(frozen=True)
class Solutions:
    """The benchmark `reopening` on solutions with a wrong number, see `gsm8k`, and on correct ones."""

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> ReopeningReport:
        """Read the solutions, calibrate on some, run on others.

        Raises:
            UsageError: without `--data`.
            InputError: when the file cannot be read or holds too few.
        """
        wanted = request.limit + known_of(request.limit)
        solutions = gsm8k.read_solutions(request)
        items = draw_items(solutions, wanted, request.seed)
        options = gsm8k.number_options(request.options)
        return report(
            [
                ("gsm8k", [Solution(item) for item in items], options),
                ("gsm8k, control", [Control(item) for item in items], options),
            ],
            engine, request, progress,
        )  # fmt: skip


PROGRAMS, SOLUTIONS = Programs(), Solutions()


def known_of(measured: int) -> int:
    """Items that set the thresholds, for as many that are measured."""
    return max(1, measured // 4)


def report(
    kinds: Sequence[tuple[str, Sequence[Item], FillOptions]],
    engine: Engine,
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> ReopeningReport:
    """Run all arms on all kinds of items; a fifth of each sets the thresholds.

    Raises:
        InputError: when there are too few of a kind.
    """
    parts = []
    for name, items, options in kinds:
        known = max(1, len(items) // 5)
        if len(items) <= known:
            raise InputError(f"there are too few items of {name}", "hold out or give more of them")
        parts.append(part(name, items[:known], items[known:], engine, options, progress))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "fast": FAST,
    }
    return ReopeningReport(settings, parts)


def part(
    name: str,
    known: Sequence[Item],
    items: Sequence[Item],
    engine: Engine,
    options: FillOptions,
    progress: Progress = lambda name, done, total: None,
) -> Part:
    """Calibrate every arm on the `known` items and run it on the others."""
    plain = arms(options, 1)[0]
    target = plain.spent(engine, known)
    rows = []
    for arm in arms(options, max(1, round(target))):
        price = target if arm.costs is None else arm.costs.spent(engine, known)
        chosen = calibrated(arm, engine, known, price)
        outcomes: list[Judged] = []
        for item in items:
            outcomes.append(chosen.outcome(engine, item))
            progress(f"{name}, {arm.name}", len(outcomes), len(items))
        rows.append((chosen, outcomes))
    return Part(name, items, target, rows)


def _several(file: Source, rng: random.Random) -> Iterator[Gap]:
    return several_lines(file, rng, lambda text: len(lex(text)), *LONG)


def _cells(part: Part) -> list[tuple[str, ...]]:
    plain = part.rows[0][1]
    cells: list[tuple[str, ...]] = []
    for arm, outcomes in part.rows:
        spent = mean(outcome.nfe for outcome in outcomes)
        off = abs(spent - part.target) > NEAR * part.target and not arm.costs
        cells.append(
            (
                f"{part.name}: {arm.name}",
                f"{arm.options.threshold:.3g}",
                f"{arm.options.steps}",
                f"{spent:.1f}{'!' if off else ''}",
                str(Share.of([outcome.exact for outcome in outcomes])),
                str(Share.of([outcome.passes for outcome in outcomes])),
                f"{100 * mean(outcome.similarity for outcome in outcomes):.1f}",
                *_differences(outcomes, plain),
            )
        )
    return cells


def _differences(outcomes: Sequence[Judged], plain: Sequence[Judged]) -> tuple[str, str, str]:
    """Exact, parsing and similarity less those of plain denoising, item by item."""
    shares = [
        paired_difference([getattr(o, name) for o in outcomes], [getattr(o, name) for o in plain])
        for name in ("exact", "passes")
    ]
    by = [o.similarity - p.similarity for o, p in zip(outcomes, plain, strict=True)]
    half = Z95 * stdev(by) / len(by) ** 0.5 if len(by) > 1 else 1.0
    similar = (mean(by), mean(by) - half, mean(by) + half)
    exact, parses, similarity = (
        f"{100 * x:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
        for x, low, high in (*shares, similar)
    )
    return exact, parses, similarity
