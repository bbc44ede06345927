"""The papers' objectives side by side: same trunk, same text, equal tokens, several seeds.

`python -m editdiff.training.comparison --text PATH --minutes 20 --out DIR [--seeds 2] [--jobs 2]` trains one arm
after the other, or some side by side, and writes comparison.json, comparison.md and comparison.png into DIR. Ctrl-C
or SIGTERM writes a checkpoint and the tables of what is finished; the same command goes on from there. The minutes
are those of the first arm, and say how many tokens all arms get: once, when DIR is new.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from editdiff.errors import EditdiffError, InputError, UsageError
from editdiff.training import byte_text, paper_model
from editdiff.training.byte_text import ByteText
from editdiff.training.comparison_runs import (
    ARMS,
    SHORT,
    Outcome,
    compare,
    compare_side_by_side,
    folder_of,
    judged_rows,
    on_stderr,
    plan_of,
)
from editdiff.training.comparison_speed import Ratio, cached_sampling, vectorised_training
from editdiff.training.gradients import PAIRS, ROWS, Clipped, by_interval
from editdiff.training.interrupt import interruptible
from editdiff.training.objective_plot import draw_curves, of_log
from editdiff.training.objective_run import ObjectiveRun, per_byte

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
WARM_STEPS, TIMED_STEPS = 2, 12
"""Of the first arm: from these on to those its tokens a second are measured."""
BASELINE = "mdlm"
INTERRUPTED = 130


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


@dataclass(frozen=True)
class Clipping:
    """BD3-LM's interval of times in one arm."""

    arm: str
    block_size: int
    chosen: list[tuple[float, float]]
    """By the search at the end of training, seed by seed."""
    measured: list[Clipped]
    """At the weights of the first seed."""


def clippings(
    text: ByteText, out: Path, outcomes: Sequence[Outcome], stop: Callable[[], bool]
) -> list[Clipping]:
    """Measure every arm of blocks that is finished, on what it was trained on, until `stop`."""
    found = []
    for arm in ARMS:
        logs = [outcome.log for outcome in outcomes if outcome.arm == arm.name]
        if arm.objective != "bd3lm" or not logs or stop():
            continue
        chosen = [_searched(log) for log in logs]
        model = paper_model.load(folder_of(out, arm, 0) / "model")
        assert model.about.block_size
        measured = by_interval(model, text.train)
        found.append(Clipping(arm.name, model.about.block_size, chosen, measured))
    return found


def _searched(log: Sequence[dict[str, float]]) -> tuple[float, float]:
    """What the last search found; all times before the first."""
    at = [entry for entry in log if "low" in entry]
    return (at[-1]["low"], at[-1]["high"]) if at else (0.0, 1.0)


@dataclass(frozen=True)
class Report:
    """Everything that was found."""

    lines: list[Line]
    clipping: list[Clipping]
    ratios: list[Ratio]
    rows: int

    @property
    def markdown(self) -> str:
        """The tables."""
        return "\n".join(part for part in (self._arms(), self._clipping(), self._ratios()) if part)

    def _arms(self) -> str:
        head = (
            "arm", "bits a byte, held out", "less MDLM, same rows", "M tokens", "seconds", "tokens/s",
        )  # fmt: skip
        table = [head]
        for line in self.lines:
            paired = "–" if line.difference is None else "{:+.3f} ± {:.3f}".format(*line.difference)
            bits = "{:.3f} ± {:.3f}".format(*line.bits)
            cells = (
                f"{line.tokens / 1e6:.2f}",
                f"{line.seconds:.0f}",
                f"{line.tokens / line.seconds:,.0f}",
            )
            table.append((line.arm, bits, paired, *cells))
        seeds = max((line.seeds for line in self.lines), default=0)
        return _table(table) + (
            f"\nUpper bounds but for ar; {self.rows} rows, {seeds} seeds, 95 % intervals over both. Short arms "
            f"get a {SHORT}th of the tokens. Seconds of training, with looks at the held-out rows and searches.\n"
        )

    def _clipping(self) -> str:
        if not self.clipping:
            return ""
        head = (
            "arm", "times", "variance of a block's loss", "variance of the gradient",
            "… over the squared norm of its mean",
        )  # fmt: skip
        table = [head]
        for arm in self.clipping:
            for one in arm.measured:
                relative = one.gradient.value / one.signal.value
                table.append((
                    arm.arm, "{:g} … {:g}".format(*one.interval), f"{one.of_blocks:.3g}",
                    f"{one.gradient.value:.3g} ± {Z95 * one.gradient.error:.2g}",
                    f"{relative:.3g}" if one.signal.value > Z95 * one.signal.error else "–",
                ))  # fmt: skip
        chosen = "; ".join(
            f"{arm.arm}: {', '.join('{:g} … {:g}'.format(*interval) for interval in arm.chosen)}"
            for arm in self.clipping
        )
        return _table(table) + (
            f"\nAt the weights of the first seed, {2 * PAIRS} batches of {ROWS} rows, the same for every interval; "
            f"losses in nats a token. Chosen by the last search, seed by seed: {chosen}.\n"
        )

    def _ratios(self) -> str:
        if not self.ratios:
            return ""
        head = (
            "| ratio of times, paired | median | quartiles | rounds |\n| --- | --- | --- | --- |\n"
        )
        return head + "".join(f"{ratio.markdown}\n" for ratio in self.ratios)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(out: Path, outcomes: Sequence[Outcome], report: Report, about: Any) -> None:
    """Write comparison.json, .md and .png."""
    content = {
        **about,
        "arms": [asdict(line) for line in report.lines],
        "clipping": [asdict(arm) for arm in report.clipping],
        "ratios": [asdict(ratio) for ratio in report.ratios],
        "runs": [asdict(outcome) for outcome in outcomes],
    }
    (out / "comparison.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / "comparison.md").write_text(report.markdown, encoding="utf-8")
    curves = {o.arm: of_log(o.log, "heldout") for o in outcomes if o.seed == 0}
    draw_curves(curves, out / "comparison.png", "bits a byte, held out")


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
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--threads", type=int, default=0, help="of each run; 0 for all, shared out")
    args = parser.parse_args(argv)
    try:
        for flag in ("seeds", "jobs"):
            if getattr(args, flag) < 1:
                raise UsageError(f"--{flag} must be at least 1, not {getattr(args, flag)}", "try 2")
        args.threads = args.threads or max(1, (os.cpu_count() or 1) // args.jobs)
        torch.set_num_threads(args.threads)
        with interruptible() as stop:
            return _run(args, stop)
    except EditdiffError as error:
        on_stderr(f"error: {error.message}\nhint: {error.hint}")
        return 2


def _run(args: argparse.Namespace, stop: Callable[[], bool]) -> int:
    text = byte_text.read(args.text)
    tokens = _tokens(text, args.out, args)
    common = tokens, args.seeds
    outcomes = (
        list(compare(text, args.out, *common, stop, plan_of, ARMS, on_stderr))
        if args.jobs == 1
        else compare_side_by_side(args.text, args.out, *common, args.jobs, args.threads, stop)
    )
    clipping = clippings(text, args.out, outcomes, stop)
    ratios = [] if stop() else [*vectorised_training(stop), *cached_sampling(stop)]
    if outcomes:
        rows = judged_rows(text, plan_of(ARMS[0], 0, 1))
        report = Report(summarise(outcomes, rows), clipping, ratios, len(rows))
        about = {"text_sha256": text.sha256, "tokens": tokens, "seeds": args.seeds}
        write(args.out, outcomes, report, about)
        print(report.markdown, end="")
    if stop():
        on_stderr("interrupted; the same command goes on from here")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
