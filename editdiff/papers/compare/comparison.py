"""The papers' objectives side by side: same trunk, same text, equal tokens, several seeds.

`python -m editdiff.papers.compare.comparison --text PATH --minutes 20 --out DIR [--seeds 2] [--jobs 2]` trains one
arm after the other, or some side by side, and writes comparison.json and .md, comparison.png (the curves) and
clipping.png (how much training varies at which times) into DIR. Ctrl-C or SIGTERM writes a checkpoint and the
tables of what is finished; the same command goes on from there. The minutes are those of the first arm, and say
how many tokens all arms get: once, when DIR is new.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from editdiff.errors import EditdiffError, InputError, UsageError
from editdiff.papers.compare.report import Clipping, Report, summarise, write
from editdiff.papers.compare.runs import (
    ARMS,
    Outcome,
    compare,
    compare_side_by_side,
    folder_of,
    judged_rows,
    on_stderr,
    plan_of,
)
from editdiff.papers.compare.speed import cached_sampling, vectorised_training
from editdiff.papers.run import byte_text, paper_model
from editdiff.papers.run.byte_text import ByteText
from editdiff.papers.run.gradients import by_interval
from editdiff.papers.run.objective_run import ObjectiveRun
from editdiff.training.run.interrupt import interruptible

WARM_STEPS, TIMED_STEPS = 2, 12
"""Steps of the first arm: its tokens a second are measured after the one and up to the other."""
INTERRUPTED = 130


def clippings(
    text: ByteText, out: Path, outcomes: Sequence[Outcome], stop: Callable[[], bool]
) -> list[Clipping]:
    """Measure every arm of blocks that is finished, on what it was trained on, until `stop`."""
    rows = []
    for arm in ARMS:
        logs = [outcome.log for outcome in outcomes if outcome.arm == arm.name]
        if arm.objective != "bd3lm" or not logs or stop():
            continue
        chosen = [_searched(log) for log in logs]
        model = paper_model.load(folder_of(out, arm, 0) / "model")
        assert model.about.block_size
        measured = by_interval(model, text.train)
        rows.append(Clipping(arm.name, model.about.block_size, chosen, measured))
    return rows


def _searched(log: Sequence[dict[str, float]]) -> tuple[float, float]:
    """What the last search found; all times before the first."""
    at = [entry for entry in log if "low" in entry]
    return (at[-1]["low"], at[-1]["high"]) if at else (0.0, 1.0)


def affordable(text: ByteText, out: Path, minutes: float) -> int:
    """Ids that the first arm trains on in `minutes` on this machine, in thousands."""
    run = ObjectiveRun(plan_of(ARMS[0], 0, TIMED_STEPS + 1), text, out / "timing")
    run.run(stop=lambda: run.progress.step >= WARM_STEPS)
    tokens, seconds = run.progress.tokens, run.progress.seconds
    run.run(stop=lambda: run.progress.step >= TIMED_STEPS)
    speed = (run.progress.tokens - tokens) / (run.progress.seconds - seconds)
    return max(1, round(speed * 60 * minutes / 1000)) * 1000


def _tokens(text: ByteText, out: Path, args: argparse.Namespace) -> int:
    """Tokens that each arm is trained on: read from `out`, where an earlier start decided them."""
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
    parser = argparse.ArgumentParser(prog="python -m editdiff.papers.compare.comparison")
    parser.add_argument("--text", type=Path, required=True, help="a UTF-8 file or a folder of them")
    parser.add_argument("--out", type=Path, required=True, help="folder of all runs and the tables")
    parser.add_argument("--minutes", type=float, default=20.0, help="of the first arm")
    parser.add_argument("--tokens", type=int, help="of each arm, instead of --minutes")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--threads", type=int, default=0, help="of each run; 0 for all, shared out")
    args = parser.parse_args(argv)
    try:
        for flag in ("seeds", "jobs", "tokens"):
            given = getattr(args, flag)
            if given is not None and given < 1:
                raise UsageError(f"--{flag} must be at least 1, not {given}", "leave it out")
        if not args.minutes > 0:
            raise UsageError(f"--minutes must be above 0, not {args.minutes:g}", "try 20")
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
