import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from evaluation_zoo import Knowing, sources, write_corpus

from editdiff.check.syntax import SyntaxChecker
from editdiff.engines.base import AGAIN, Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.local import LocalEngine
from editdiff.engines.noise import NoiseDenoiser
from editdiff.errors import InputError
from editdiff.evaluation import reopening
from editdiff.evaluation.benchmark import BENCHMARKS, Request, find
from editdiff.evaluation.gaps import draw
from editdiff.evaluation.metrics import lex
from editdiff.evaluation.reopening import Arm, arms, calibrated, evaluate, part

OPTIONS = FillOptions(drafts=1, temperature=0.0, steps=16, max_tokens=40)
NAMES = [
    "none",
    "cap",
    "rescale",
    "conf",
    "loop",
    "token",
    "syntax",
    AGAIN,
    "syntax, saving nothing",
    "again, saving nothing",
]


class Careful:
    """Takes as many evaluations as its threshold has hundredths, and writes what it is told."""

    name = "careful"

    def __init__(self, text: str = "x") -> None:
        self.text = text
        self.asked: list[tuple[FillTask, FillOptions]] = []

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.asked.append((task, options))
        yield Sketch(1, ())
        yield Draft((self.text,), -1.0, round(100 * options.threshold))


def test_every_rule_of_the_loop_is_an_arm_and_plain_denoising_comes_first():
    found = arms(OPTIONS, 12)
    assert [arm.name for arm in found] == NAMES
    assert {arm.options.reopen for arm in found} >= {"cap", "rescale", "conf", "loop", "token"}
    for arm in found:
        assert (arm.options.drafts, arm.options.temperature) == (1, 0.0)
        spends_all = arm.name in ("cap", "rescale", "conf", "loop")
        assert arm.options.steps == (12 if spends_all else reopening.MOST_STEPS)
        assert arm.options.threshold == (reopening.FAST if spends_all else OPTIONS.threshold)
        assert bool(arm.checkers) == bool(arm.options.critic_rounds) == ("syntax" in arm.name)


def test_an_arm_that_stops_by_itself_gets_the_threshold_that_spends_the_target():
    gaps = draw(sources(), 2, 0)
    arm = calibrated(Arm("none", FillOptions(threshold=0.9)), Careful(), gaps, 31.0)
    assert abs(100 * arm.options.threshold - 31) <= 2


def test_an_arm_that_spends_its_whole_budget_is_left_alone():
    engine = Careful()
    arm = Arm("cap", OPTIONS, fixed=True)
    assert calibrated(arm, engine, draw(sources(), 2, 0), 5.0) is arm
    assert not engine.asked


def test_only_the_arm_of_a_checker_has_a_critic():
    engine, (gap,) = Careful(), draw(sources(), 1, 0)
    for arm in arms(OPTIONS, 8):
        arm.outcome(engine, gap, ())
    critics = [task.critic is not None for task, _ in engine.asked]
    assert critics == ["syntax" in name for name in NAMES]
    assert all(task.text == gap.task.text for task, _ in engine.asked)


def test_all_arms_fill_the_same_gaps_and_those_that_chose_are_others():
    files = sources()
    gaps = draw(files, 5, 0)
    ticks = []
    done = part(
        "lines", gaps[:1], gaps[1:], LocalEngine(NoiseDenoiser(1, special_bias=6.0)),
        replace(OPTIONS, canvas=8, max_tokens=7),
        lambda name, so_far, total: ticks.append((name, so_far, total)), [SyntaxChecker()],
    )  # fmt: skip
    assert [arm.name for arm, _ in done.rows] == NAMES
    assert all(len(outcomes) == 4 for _, outcomes in done.rows)
    assert ticks[:4] == [("lines, none", i, 4) for i in (1, 2, 3, 4)]
    for arm, outcomes in done.rows[1:5]:
        assert all(outcome.nfe == arm.options.steps == round(done.target) for outcome in outcomes)


def test_the_truth_is_found_by_every_arm_of_a_network_that_knows_it():
    gaps = draw(sources(), 4, 0)
    done = part("lines", gaps[:1], gaps[1:], Knowing(gaps), OPTIONS, judges=[SyntaxChecker()])
    plain = dict(zip(NAMES, [outcomes for _, outcomes in done.rows], strict=True))
    for name in ("none", "cap", "conf", "token", "syntax"):
        assert all(outcome.exact and outcome.parses for outcome in plain[name])


def test_the_report_compares_each_arm_with_plain_denoising(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    request = Request(OPTIONS, 2, 0, manifest, tmp_path)
    report = evaluate(Careful("pass"), request, lambda name, done, total: None)
    table = report.table
    assert len(table.rows) == 2 * len(NAMES)
    assert table.rows[0][0] == "single lines: none"
    assert table.rows[0][-3].startswith("+0.0")
    content = json.loads(json.dumps(report.to_json()))
    assert [arm["name"] for arm in content["parts"][0]["arms"]] == NAMES
    assert content["parts"][1]["gaps"]
    packages = {gap["package"] for p in content["parts"] for gap in p["gaps"]}
    assert packages == {"kept"}


def test_a_mean_that_misses_the_target_is_marked():
    gaps = draw(sources(), 3, 0)
    done = part("lines", gaps[:1], gaps[1:], Careful(), OPTIONS, judges=[SyntaxChecker()])
    cells = reopening._cells(done)
    assert any(row[3].endswith("!") for row in cells), (
        "the budget of the fixed arms means nothing here"
    )


def test_gaps_of_several_lines_have_as_many_lexical_tokens_as_asked():
    (file, *_) = sources()
    for gap in reopening._several(file, random.Random(0)):
        assert reopening.LONG[0] <= len(lex(gap.truth)) <= reopening.LONG[1]
        assert "\n" in gap.truth


def test_too_few_gaps_are_refused(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout"}, text="")
    with pytest.raises(InputError, match="too few gaps"):
        evaluate(Careful(), Request(OPTIONS, 4, 0, manifest, tmp_path), lambda *a: None)


def test_it_is_a_benchmark():
    assert find("reopening") is reopening
    assert "reopening" in BENCHMARKS
