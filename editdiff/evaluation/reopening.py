"""The benchmark `reopening`: what taking committed tokens back is worth, at the same number of evaluations.

Every arm writes one greedy draft of the same gaps and spends the same mean number of network evaluations: that of
plain denoising. So what an arm spends on reopening it saves on its commits. Those that reopen for as long as their
budget lasts commit fast and get that number as their budget; those that stop by themselves get the threshold of
commitment at which their mean on some other gaps comes nearest to it. Beside them stand two that save on nothing,
with their price.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, stdev
from typing import Any

from editdiff.check.base import Checker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.critic import critic
from editdiff.engines.base import AGAIN, Engine, FillOptions, FillTask, Update
from editdiff.errors import InputError
from editdiff.evaluation.benchmark import Request
from editdiff.evaluation.equal_quality import several_lines
from editdiff.evaluation.gaps import Gap, Source, draw, spread
from editdiff.evaluation.lines import CHECKERS, held_out
from editdiff.evaluation.metrics import Z95, lex, paired_difference
from editdiff.evaluation.runner import Outcome, Progress, judge
from editdiff.evaluation.table import Share, Table

NAME = "reopening"
FAST = 0.3
"""Threshold of commitment of the arms that reopen to the end of their budget."""
NEAR = 0.05
"""By how much the mean of an arm may miss that; one that misses it by more is marked."""
SEARCH = 6
"""Thresholds tried for an arm that stops by itself."""
MOST_STEPS = 64
LONG = (16, 40)
"""Fewest and most lexical tokens of a gap of several lines."""
HEADER = (
    "arm",
    "threshold",
    "steps",
    "NFE",
    "exact % [95 %]",
    "parses % [95 %]",
    "similarity %",
    "less none: exact",
    "parses",
    "similarity",
)


@dataclass(frozen=True)
class Arm:
    """One way to spend evaluations."""

    name: str
    options: FillOptions
    fixed: bool = False
    """Whether its threshold stays: it spends its whole budget, or saves on nothing."""
    checkers: tuple[Checker, ...] = ()
    """Critics of its drafts."""

    def fill(self, engine: Engine, gap: Gap) -> list[Update]:
        """Fill one gap."""
        task = gap.task
        if (
            self.checkers
        ):  # as in use: the file that the line was taken out of is what a draft must not break
            filled = FillTask(gap.text, (gap.span,))
            task = replace(task, critic=critic(gap.document, filled, self.checkers))
        return list(engine.fill(task, self.options))

    def outcome(self, engine: Engine, gap: Gap, judges: Sequence[Checker] = CHECKERS) -> Outcome:
        """Fill one gap, and ask the `judges` whether the file parses."""
        started = time.perf_counter()
        updates = self.fill(engine, gap)
        return judge(gap, updates, time.perf_counter() - started, judges)

    def spent(self, engine: Engine, gaps: Sequence[Gap]) -> float:
        """Mean network evaluations of a gap."""
        return mean(self.outcome(engine, gap, ()).nfe for gap in gaps)

    def at(self, threshold: float) -> Arm:
        """The same with another threshold of commitment."""
        return replace(self, options=replace(self.options, threshold=threshold))


def arms(options: FillOptions, budget: int) -> list[Arm]:
    """All arms; plain denoising first."""
    plain = replace(options, drafts=1, temperature=0.0, steps=MOST_STEPS, lookup=0)
    spend = replace(plain, steps=budget, threshold=FAST)
    syntax = Arm("syntax", replace(plain, critic_rounds=3), checkers=(SyntaxChecker(),))
    again = Arm(AGAIN, replace(plain, reopen=AGAIN))
    return [
        Arm("none", plain),
        *(
            Arm(name, replace(spend, reopen=name), fixed=True)
            for name in ("cap", "rescale", "conf", "loop")
        ),
        Arm("token", replace(plain, reopen="token")),
        syntax,
        again,
        *(replace(arm, name=f"{arm.name}, saving nothing", fixed=True) for arm in (syntax, again)),
    ]


def calibrated(arm: Arm, engine: Engine, gaps: Sequence[Gap], target: float) -> Arm:
    """Give an arm the threshold at which it spends `target` evaluations, by bisection; fixed ones keep theirs."""
    if arm.fixed:
        return arm
    low, high = 0.0, 1.0
    tried: dict[float, float] = {}
    for _ in range(SEARCH):
        middle = (low + high) / 2 if tried else arm.options.threshold
        tried[middle] = arm.at(middle).spent(engine, gaps)
        low, high = (middle, high) if tried[middle] < target else (low, middle)
    return arm.at(min(tried, key=lambda threshold: abs(tried[threshold] - target)))


@dataclass(frozen=True)
class Part:
    """One kind of gap: every arm on the same gaps."""

    name: str
    gaps: Sequence[Gap]
    target: float
    """Evaluations that each arm was to spend."""
    rows: Sequence[tuple[Arm, Sequence[Outcome]]]


@dataclass(frozen=True)
class ReopeningReport:
    """The benchmark, run."""

    settings: dict[str, Any]
    parts: Sequence[Part]

    @property
    def table(self) -> Table:
        """For people."""
        rows = [row for part in self.parts for row in _cells(part)]
        total = sum(len(part.gaps) for part in self.parts)
        title = f"{NAME}: {total} gaps of held-out packages, one greedy draft each"
        return Table(title, HEADER, rows, self._notes())

    def _notes(self) -> list[str]:
        notes = [
            f"{part.name}: {len(part.gaps)} gaps, {part.target:.1f} evaluations wanted of each arm"
            for part in self.parts
        ]
        return [
            *notes,
            f"! marks a mean NFE that is more than {100 * NEAR:g} % off; differences in points, with 95 % "
            "intervals of the paired items; `again` ranks its two drafts with one more pass of the causal mode.",
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
                    "gaps": [
                        {"package": g.package, "path": g.path, "line": g.line, "truth": g.truth}
                        for g in part.gaps
                    ],
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
    kinds: list[tuple[str, Callable[[int], list[Gap]], FillOptions]] = [
        ("single lines", lambda n: draw(files, n, request.seed), request.options),
        (
            "several lines",
            lambda n: spread(files, n, request.seed, _several),
            replace(request.options, canvas=64),
        ),
    ]
    parts = []
    for name, drawn, options in kinds:
        half = max(1, request.limit // 2)
        known = max(1, half // 4)
        gaps = drawn(half + known)
        if len(gaps) <= known:
            raise InputError(
                f"{request.manifest} holds out too few gaps of {name}", "hold out more packages"
            )
        parts.append(part(name, gaps[:known], gaps[known:], engine, options, progress))
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
    known: Sequence[Gap],
    gaps: Sequence[Gap],
    engine: Engine,
    options: FillOptions,
    progress: Progress = lambda name, done, total: None,
    judges: Sequence[Checker] = CHECKERS,
) -> Part:
    """Calibrate every arm on the `known` gaps and run it on the others."""
    plain = arms(options, 1)[0]
    target = plain.spent(engine, known)
    rows = []
    for arm in arms(options, max(1, round(target))):
        chosen = calibrated(arm, engine, known, target)
        outcomes: list[Outcome] = []
        for gap in gaps:
            outcomes.append(chosen.outcome(engine, gap, judges))
            progress(f"{name}, {arm.name}", len(outcomes), len(gaps))
        rows.append((chosen, outcomes))
    return Part(name, gaps, target, rows)


def _several(file: Source, rng: random.Random) -> Iterator[Gap]:
    return several_lines(file, rng, lambda text: len(lex(text)), *LONG)


def _cells(part: Part) -> list[tuple[str, ...]]:
    plain = part.rows[0][1]
    cells: list[tuple[str, ...]] = []
    for arm, outcomes in part.rows:
        spent = mean(outcome.nfe for outcome in outcomes)
        off = abs(spent - part.target) > NEAR * part.target
        cells.append(
            (
                f"{part.name}: {arm.name}",
                f"{arm.options.threshold:.3g}",
                f"{arm.options.steps}",
                f"{spent:.1f}{'!' if off else ''}",
                str(Share.of([outcome.exact for outcome in outcomes])),
                str(Share.of([outcome.parses for outcome in outcomes])),
                f"{100 * mean(outcome.similarity for outcome in outcomes):.1f}",
                *_differences(outcomes, plain),
            )
        )
    return cells


def _differences(outcomes: Sequence[Outcome], plain: Sequence[Outcome]) -> tuple[str, str, str]:
    """Exact, parsing and similarity less those of plain denoising, item by item."""
    shares = [
        paired_difference([getattr(o, name) for o in outcomes], [getattr(o, name) for o in plain])
        for name in ("exact", "parses")
    ]
    by = [o.similarity - p.similarity for o, p in zip(outcomes, plain, strict=True)]
    half = Z95 * stdev(by) / len(by) ** 0.5 if len(by) > 1 else 1.0
    similar = (mean(by), mean(by) - half, mean(by) + half)
    exact, parses, similarity = (
        f"{100 * x:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
        for x, low, high in (*shares, similar)
    )
    return exact, parses, similarity
