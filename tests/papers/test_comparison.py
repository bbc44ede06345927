import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from paper_zoo import ROW, SENTENCE, SHAPE, TEXT, tiny_plan

from editdiff.errors import InputError
from editdiff.papers.compare import comparison
from editdiff.papers.compare.comparison import clippings, main
from editdiff.papers.compare.report import Clipping, Report, summarise, write
from editdiff.papers.compare.runs import (
    ARMS,
    Arm,
    Outcome,
    compare,
    compare_side_by_side,
    judged_rows,
)
from editdiff.papers.compare.speed import Ratio, cached_sampling, vectorised_training
from editdiff.papers.run.byte_text import n_bytes, read
from editdiff.papers.run.gradients import INTERVALS, Clipped, Variance, by_interval
from editdiff.papers.run.objective_run import Plan

PAIR = (Arm("ar"), Arm("mdlm"), Arm("bd3lm", 4), Arm("md4", short=True), Arm("mdlm", short=True))


def make(arm: Arm, seed: int, steps: int) -> Plan:
    plan = tiny_plan(arm.objective, arm.block_size, steps)
    return replace(plan, optim=replace(plan.optim, seed=seed))


ROWS = judged_rows(TEXT, make(PAIR[0], 0, 1))


def run(out: Path, tokens: int = 8 * 8 * ROW, **more) -> list[Outcome]:
    return list(compare(TEXT, out, tokens, 2, make=make, arms=PAIR, **more))


def test_all_arms_get_the_same_rows_and_the_short_ones_a_fourth(tmp_path):
    outcomes = run(tmp_path)
    assert [(o.arm, o.seed) for o in outcomes] == [
        (arm.name, seed) for arm in PAIR for seed in ((0,) if arm.short else (0, 1))
    ]
    assert [o.tokens for o in outcomes] == [1024] * 6 + [256] * 2
    assert all(len(o.nats) == len(ROWS) for o in outcomes)
    assert outcomes[0].nats != outcomes[1].nats


def test_what_is_finished_is_passed_over_and_what_is_not_goes_on(tmp_path):
    whole = run(tmp_path / "whole")
    left = iter([False] * 12 + [True] * 99)
    part = run(tmp_path / "part", stop=lambda: next(left))
    assert len(part) == 1  # 8 looks at the first arm, one while it is judged, 3 at the second
    told: list[str] = []
    again = run(tmp_path / "part", tell=told.append)
    assert told[0] == "ar-seed-1: from step 3 to 8"
    assert [o.nats for o in again] == [o.nats for o in whole]
    told.clear()
    assert [o.nats for o in run(tmp_path / "part", tell=told.append)] == [o.nats for o in whole]
    assert told == []


def outcome(arm: str, seed: int, each: float) -> Outcome:
    return Outcome(arm, seed, 1000, 2.0, [each * n for n in n_bytes(ROWS)], [])


def test_a_line_has_the_interval_over_rows_and_seeds_and_the_paired_difference():
    bit = math.log(2)
    found = [outcome("ar", s, (1 + s) * bit) for s in (0, 1)]
    found += [outcome("mdlm", s, (2 + s) * bit) for s in (0, 1)]
    ar, mdlm = summarise(found, ROWS)
    assert ar.bits == pytest.approx((1.5, 1.96 * 0.5), rel=1e-3)  # rows alike: seeds alone
    assert ar.difference == pytest.approx((-1.0, 0.0), abs=1e-9)
    assert mdlm.difference is None
    assert (ar.seeds, ar.seconds) == (2, 2.0)


def test_seeds_that_only_one_arm_has_so_far_are_not_paired():
    found = [outcome("mdlm", 0, 1.0), outcome("ar", 0, 2.0), outcome("ar", 1, 9.0)]
    _, ar = summarise(found, ROWS)
    assert ar.difference == pytest.approx((1 / math.log(2), 0.0), abs=1e-9)


def test_tables_and_picture_are_written(tmp_path):
    outcomes = run(tmp_path)
    ratio = Ratio("one by the other", [2.0, 3.0, 4.0], (3.0, 1.0))
    half = Clipped((0.5, 1.0), 0.25, Variance(8.0, 1.0))
    clipping = Clipping("bd3lm-4", 4, [(0.5, 1.0), (0.45, 0.95)], [half])
    report = Report(summarise(outcomes, ROWS), [clipping], [ratio], len(ROWS))
    write(tmp_path, outcomes, report, {"tokens": 1024})
    text = report.markdown
    assert "| one by the other (3 s / 1 s) | 3.00 | 2.50 … 3.50 | 3 |" in text
    assert "| bd3lm-4 | 0.5 … 1 | 0.25 | 8 ± 2 |" in text
    assert "seed by seed: bd3lm-4: 0.5 … 1, 0.45 … 0.95." in text
    assert [line.split(" | ")[0] for line in text.split("\n")[2:7]] == [f"| {a.name}" for a in PAIR]
    content = json.loads((tmp_path / "comparison.json").read_text())
    assert [arm["arm"] for arm in content["arms"]] == [arm.name for arm in PAIR]
    assert content["clipping"][0]["chosen"] == [[0.5, 1.0], [0.45, 0.95]]
    assert (tmp_path / "comparison.md").read_text() == text
    for picture in ("comparison.png", "clipping.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_side_by_side_the_outcomes_are_those_of_one_after_the_other(tmp_path):
    source = tmp_path / "text.txt"
    source.write_bytes(SENTENCE * 100)
    arms, tokens = (Arm("ar"), Arm("bd3lm", 4)), 4 * 8 * ROW
    text = read(source)
    alone = list(compare(text, tmp_path / "alone", tokens, 2, make=make, arms=arms))
    both = compare_side_by_side(
        source, tmp_path / "both", tokens, 2, jobs=2, threads=1, make=make, arms=arms
    )
    assert [(o.arm, o.seed) for o in both] == [(o.arm, o.seed) for o in alone]
    for one, other in zip(alone, both, strict=True):
        assert one.nats == pytest.approx(other.nats, rel=1e-5)


def test_side_by_side_a_stop_and_a_failure_end_it(tmp_path):
    source = tmp_path / "text.txt"
    source.write_bytes(SENTENCE * 100)
    arms = (Arm("ar"), Arm("mdlm"))
    how = {"jobs": 1, "threads": 1, "make": make, "arms": arms}
    assert compare_side_by_side(source, tmp_path, 10**9, 1, stop=lambda: True, **how) == []
    (tmp_path / "ar-seed-0").mkdir(exist_ok=True)
    (tmp_path / "ar-seed-0" / "plan.json").write_text("{}")
    with pytest.raises(InputError, match="another objective"):
        compare_side_by_side(source, tmp_path, 1024, 1, **how)


def test_every_arm_of_blocks_is_asked_at_which_times_it_varies(tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "ARMS", PAIR)
    monkeypatch.setattr(
        comparison, "by_interval", lambda model, stream: by_interval(model, stream, 2)
    )
    outcomes = run(tmp_path)
    (found,) = clippings(TEXT, tmp_path, outcomes, lambda: False)
    assert (found.arm, found.block_size, len(found.chosen)) == ("bd3lm-4", 4, 2)
    assert [one.interval for one in found.measured] == list(INTERVALS)
    assert clippings(TEXT, tmp_path, outcomes, lambda: True) == []


def test_the_arms_are_those_of_the_papers():
    assert [arm.name for arm in ARMS] == [
        "ar", "bd3lm-4", "bd3lm-16", "mdlm", "d3pm",
        "mdlm-short", "sedd-short", "md4-short", "genmd4-short", "gidd-short",
    ]  # fmt: skip


def test_both_ways_are_timed_in_every_round_and_a_stop_leaves_nothing_half():
    training = vectorised_training(config=SHAPE, sizes=(4,), row=ROW, rounds=2)
    sampling = cached_sampling(config=SHAPE, lengths=(8,), size=4, rounds=2)
    for (ratio,) in (training, sampling):
        assert len(ratio.values) == 2
        assert all(value > 0 for value in ratio.values)
    assert vectorised_training(lambda: True, SHAPE, (4,), ROW) == []


def test_the_command_runs_to_its_end_and_keeps_to_its_tokens(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(comparison, "plan_of", make)
    monkeypatch.setattr(comparison, "ARMS", PAIR[:2])
    for name in ("vectorised_training", "cached_sampling"):
        monkeypatch.setattr(comparison, name, lambda stop: [])
    (tmp_path / "text.txt").write_text("some text, again and again\n" * 200)
    args = ["--text", str(tmp_path / "text.txt"), "--out", str(tmp_path / "out"), "--seeds", "1"]
    assert main([*args, "--tokens", "256"]) == 0
    assert "| mdlm | " in capsys.readouterr().out
    assert main([*args, "--tokens", "512"]) == 2
    assert "begun with 256 tokens" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--seeds", "--jobs", "--tokens", "--minutes"])
def test_a_number_that_means_nothing_is_refused_before_anything_is_made(flag, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["--text", "text", "--out", str(out), flag, "0"]) == 2
    assert f"{flag} must be" in capsys.readouterr().err
    assert not out.exists()
