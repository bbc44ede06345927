"""The papers' objectives side by side: same trunk, same text, equal tokens, several seeds.

`python -m editdiff.training.comparison --text PATH --minutes 20 --out DIR [--seeds 2]` trains one arm after the
other and writes comparison.json, comparison.md and comparison.png into DIR. SIGTERM or Ctrl-C writes a checkpoint
and the tables of what is finished; the same command goes on from there. The minutes are those of the first arm, and
say how many tokens all arms get: once, when DIR is new.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from editdiff.errors import EditdiffError, InputError
from editdiff.training import byte_text
from editdiff.training.byte_text import ByteText
from editdiff.training.checkpoint import Progress
from editdiff.training.comparison_speed import Ratio, cached_sampling, vectorised_training
from editdiff.training.interrupt import interruptible
from editdiff.training.objective_plot import draw_curves, of_log
from editdiff.training.objective_run import ObjectiveRun, Plan, make_plan, per_byte

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
JUDGED = 256
"""Held-out rows, the same for all arms and seeds."""
JUDGED_AT_ONCE = 16
"""Between two looks at whether to stop."""
DRAWS = 2
"""Estimates of the bound of each of them."""
WARM_STEPS, TIMED_STEPS = 2, 12
"""Of the first arm: from these on to those its tokens a second are measured."""
SHORT = 4
"""The short arms get one part of so many of the tokens."""
BASELINE = "mdlm"
INTERRUPTED = 130


@dataclass(frozen=True)
class Arm:
    """One objective in the comparison."""

    objective: str
    block_size: int | None = None
    short: bool = False

    @property
    def name(self) -> str:
        """Names its folder and its row."""
        size = "" if self.block_size is None else f"-{self.block_size}"
        return f"{self.objective}{size}{'-short' if self.short else ''}"


ARMS = (
    Arm("ar"), Arm("bd3lm", 4), Arm("bd3lm", 16), Arm("mdlm"), Arm("d3pm"),
    *(Arm(name, short=True) for name in ("mdlm", "sedd", "md4", "genmd4", "gidd")),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of one arm with one seed."""

    arm: str
    seed: int
    tokens: int
    seconds: float
    """Of training, looks at the held-out rows and searches included."""
    nats: list[float]
    """Of each held-out row."""
    log: list[dict[str, float]]


Make = Callable[[Arm, int, int], Plan]
"""(arm, seed, steps) -> the plan of a run."""


def plan_of(arm: Arm, seed: int, steps: int) -> Plan:
    """The plan of an arm, at the size of `train --objective`."""
    return make_plan(arm.objective, arm.block_size, seed, steps)


def compare(
    text: ByteText,
    out: Path,
    tokens: int,
    seeds: int,
    stop: Callable[[], bool] = lambda: False,
    make: Make = plan_of,
    arms: Sequence[Arm] = ARMS,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Outcome]:
    """Train and judge every arm on `tokens` ids, with one seed after the other, until `stop`.

    Raises:
        InputError: when a folder in `out` holds a run of another text or plan.
    """
    for seed in range(seeds):
        for arm in arms:
            a_step = (plan := make(arm, seed, 1)).rows * plan.row
            steps = max(1, tokens // (SHORT if arm.short else 1) // a_step)
            folder = out / f"{arm.name}-seed-{seed}"
            outcome = _run_arm(arm, make(arm, seed, steps), text, folder, stop, tell)
            if outcome is None:
                return
            yield outcome


def _run_arm(
    arm: Arm,
    plan: Plan,
    text: ByteText,
    folder: Path,
    stop: Callable[[], bool],
    tell: Callable[[str], None],
) -> Outcome | None:
    seed = plan.optim.seed
    kept = folder / f"judged-{plan.optim.steps}.json"
    run = ObjectiveRun(plan, text, folder)
    run.resume()
    if kept.exists():
        nats = json.loads(kept.read_text(encoding="utf-8"))
    else:
        tell(f"{folder.name}: from step {run.progress.step} to {plan.optim.steps}")

        def report(progress: Progress) -> None:
            last = progress.log[-1]
            if "heldout" in last:
                tell(f"{folder.name}: step {progress.step}, {last['heldout']:.3f} bits a byte")

        if not run.run(report, stop):
            return None
        run.write_model(folder / "model")
        rows, nats = judged_rows(text, plan), []
        for start in range(0, len(rows), JUDGED_AT_ONCE):
            if stop():
                return None
            some = rows[start : start + JUDGED_AT_ONCE]
            nats += run.held_out_nats(some, DRAWS, seed=start)
        kept.write_text(json.dumps(nats) + "\n", encoding="utf-8")
    progress = run.progress
    return Outcome(arm.name, seed, progress.tokens, progress.seconds, nats, progress.log)


def judged_rows(text: ByteText, plan: Plan) -> byte_text.Ids:
    """The held-out rows [n, row] that all arms are judged on."""
    return byte_text.spread_rows(text.held_out, JUDGED, plan.row)


@dataclass(frozen=True)
class Line:
    """One arm over all its seeds."""

    arm: str
    bits: tuple[float, float]
    """A byte, and half of the 95 % interval over rows and seeds."""
    difference: tuple[float, float] | None
    """To MDLM on as many tokens, on the same rows and with the same seeds."""
    tokens: int
    seconds: float
    """Mean over the seeds."""
    seeds: int


def summarise(outcomes: Sequence[Outcome], rows: byte_text.Ids) -> list[Line]:
    """A line for each arm, in their order."""
    size = byte_text.n_bytes(rows)
    by_arm: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_arm.setdefault(outcome.arm, []).append(outcome)
    lines = []
    for name, group in by_arm.items():
        other = by_arm.get(BASELINE + ("-short" if name.endswith("-short") else ""), [])
        paired = [
            [a - b for a, b in zip(x.nats, y.nats, strict=True)]
            for x in group
            for y in other
            if x.seed == y.seed and x.arm != y.arm
        ]
        seconds = statistics.fmean(outcome.seconds for outcome in group)
        found = _over_rows_and_seeds([outcome.nats for outcome in group], size)
        difference = _over_rows_and_seeds(paired, size) if paired else None
        lines.append(Line(name, found, difference, group[0].tokens, seconds, len(group)))
    return lines


def _over_rows_and_seeds(nats: list[list[float]], size: byte_text.Ids) -> tuple[float, float]:
    """Bits a byte and half of its 95 % interval: the variance over rows of the mean, and that over seeds."""
    mean = [statistics.fmean(row) for row in zip(*nats, strict=True)]
    bits, error = per_byte(mean, size)
    of_seeds = [per_byte(one, size)[0] for one in nats]
    spread = statistics.variance(of_seeds) / len(of_seeds) if len(of_seeds) > 1 else 0.0
    return bits, Z95 * math.sqrt(error**2 + spread)


def markdown(lines: Sequence[Line], ratios: Sequence[Ratio], seeds: int, rows: int) -> str:
    """Both tables."""
    head = (
        "arm",
        "bits a byte, held out",
        "less MDLM, same rows",
        "M tokens",
        "seconds",
        "tokens/s",
    )
    table = [head, ("---",) * len(head)]
    for line in lines:
        paired = "–" if line.difference is None else "{:+.3f} ± {:.3f}".format(*line.difference)
        bits = "{:.3f} ± {:.3f}".format(*line.bits)
        cells = (
            f"{line.tokens / 1e6:.2f}",
            f"{line.seconds:.0f}",
            f"{line.tokens / line.seconds:,.0f}",
        )
        table.append((line.arm, bits, paired, *cells))
    text = "".join(f"| {' | '.join(row)} |\n" for row in table)
    text += (
        f"\nUpper bounds but for ar; {rows} rows, {seeds} seeds, 95 % intervals over both. Short arms get a "
        f"{SHORT}th of the tokens. Seconds of training, with looks at the held-out rows and searches. "
        "The trunk adds to a place the inputs of the places beside it where both see each other: "
        "on both sides under full attention, inside of a block, and never from left to right.\n"
    )
    if ratios:
        text += "\n| ratio of times, paired | median | quartiles | rounds |\n| --- | --- | --- | --- |\n"
        text += "".join(f"{ratio.markdown}\n" for ratio in ratios)
    return text


def write(
    out: Path, outcomes: Sequence[Outcome], ratios: Sequence[Ratio], rows: byte_text.Ids, about: Any
) -> str:
    """Write comparison.json, .md and .png; return the tables."""
    lines = summarise(outcomes, rows)
    seeds = max(line.seeds for line in lines)
    content = {
        **about,
        "arms": [asdict(line) for line in lines],
        "ratios": [asdict(ratio) for ratio in ratios],
        "runs": [asdict(outcome) for outcome in outcomes],
    }
    (out / "comparison.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    text = markdown(lines, ratios, seeds, len(rows))
    (out / "comparison.md").write_text(text, encoding="utf-8")
    curves = {o.arm: of_log(o.log, "heldout") for o in outcomes if o.seed == 0}
    draw_curves(curves, out / "comparison.png", "bits a byte, held out")
    return text


def affordable(text: ByteText, out: Path, minutes: float) -> int:
    """Ids that the first arm trains on in `minutes` on this machine, in thousands."""
    run = ObjectiveRun(plan_of(ARMS[0], 0, TIMED_STEPS + 1), text, out / "timing")
    run.run(stop=lambda: run.progress.step >= WARM_STEPS)
    tokens, seconds = run.progress.tokens, run.progress.seconds
    run.run(stop=lambda: run.progress.step >= TIMED_STEPS)
    speed = (run.progress.tokens - tokens) / (run.progress.seconds - seconds)
    return max(1, round(speed * 60 * minutes / 1000)) * 1000


def _tokens(text: ByteText, out: Path, args: argparse.Namespace) -> int:
    """As they were decided when `out` was new."""
    path = out / "tokens.json"
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if args.tokens not in (None, kept):
            raise InputError(
                f"{out} was begun with {kept} tokens an arm",
                "leave out --tokens, or name another --out",
            )
        return int(kept)
    out.mkdir(parents=True, exist_ok=True)
    tokens: int = args.tokens or affordable(text, out, args.minutes)
    path.write_text(json.dumps(tokens) + "\n", encoding="utf-8")
    return tokens


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison; 130 if it was stopped."""
    parser = argparse.ArgumentParser(prog="python -m editdiff.training.comparison")
    parser.add_argument("--text", type=Path, required=True, help="a UTF-8 file or a folder of them")
    parser.add_argument("--out", type=Path, required=True, help="folder of all runs and the tables")
    parser.add_argument("--minutes", type=float, default=20.0, help="of the first arm")
    parser.add_argument("--tokens", type=int, help="of each arm, instead of --minutes")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 for all")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        with interruptible() as stop:
            return _run(args, stop)
    except EditdiffError as error:
        _tell(f"error: {error.message}\nhint: {error.hint}")
        return 2


def _run(args: argparse.Namespace, stop: Callable[[], bool]) -> int:
    text = byte_text.read(args.text)
    tokens = _tokens(text, args.out, args)
    outcomes = list(compare(text, args.out, tokens, args.seeds, stop, plan_of, ARMS, _tell))
    ratios = [] if stop() else [*vectorised_training(stop), *cached_sampling(stop)]
    if outcomes:
        rows = judged_rows(text, plan_of(ARMS[0], 0, 1))
        about = {"text_sha256": text.sha256, "tokens": tokens, "seeds": args.seeds}
        print(write(args.out, outcomes, ratios, rows, about), end="")
    if stop():
        _tell("interrupted; the same command goes on from here")
        return INTERRUPTED
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
