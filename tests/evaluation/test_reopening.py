import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from evaluation_zoo import Knowing, sources, write_corpus

from editdiff.check.syntax import SyntaxChecker
from editdiff.engines.base import AGAIN, Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import condefects, gsm8k, reopening
from editdiff.evaluation.benchmarks.registry import find
from editdiff.evaluation.benchmarks.reopening import DRAFTS, Arm, arms, calibrated, evaluate, part
from editdiff.evaluation.benchmarks.reopening_items import Control, Hidden, Program, Solution, judge
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import draw
from editdiff.evaluation.core.metrics import lex
from editdiff.evaluation.data.corruption import draw_items

OPTIONS = FillOptions(drafts=1, temperature=0.0, steps=16, max_tokens=40)
NAMES = [
    "none",
    "cap",
    "rescale",
    "conf",
    "loop",
    "token",
    "critic",
    AGAIN,
    "critic, saving nothing",
    "again, saving nothing",
    "none, at the critic's price",
    *(
        f"first of {DRAFTS} drafts that passes{more}"
        for more in ("", ", another round", ", critic", ", both")
    ),
]


def hidden(count: int) -> list[Hidden]:
    return [Hidden(gap, [SyntaxChecker()]) for gap in draw(sources(), count, 0)]


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
    for arm in found[:11]:
        assert (arm.options.drafts, arm.options.temperature) == (1, 0.0)
        spends_all = arm.name in ("cap", "rescale", "conf", "loop")
        assert arm.options.steps == (12 if spends_all else reopening.MOST_STEPS)
        assert arm.options.threshold == (reopening.FAST if spends_all else OPTIONS.threshold)
        assert arm.criticised == bool(arm.options.critic_rounds) == (arm.name.startswith("critic"))
    assert all(arm.options.drafts == DRAFTS and arm.fixed for arm in found[11:])


def test_an_arm_that_stops_by_itself_gets_the_threshold_that_spends_the_target():
    gaps = hidden(2)
    arm = calibrated(Arm("none", FillOptions(threshold=0.9)), Careful(), gaps, 31.0)
    assert abs(100 * arm.options.threshold - 31) <= 2


def test_an_arm_that_spends_its_whole_budget_is_left_alone():
    engine = Careful()
    arm = Arm("cap", OPTIONS, fixed=True)
    assert calibrated(arm, engine, hidden(2), 5.0) is arm
    assert not engine.asked


def test_only_the_arm_of_a_checker_has_a_critic():
    engine, (item,) = Careful("pass"), hidden(1)
    for arm in arms(OPTIONS, 8):
        arm.outcome(engine, item)
    critics = [task.critic is not None for task, _ in engine.asked]
    assert critics == [
        name.startswith("critic") or name.endswith(("critic", "both")) for name in NAMES
    ]
    assert all(task.text == item.task.text for task, _ in engine.asked)


def test_all_arms_fill_the_same_gaps_and_those_that_chose_are_others():
    items = hidden(5)
    ticks = []
    done = part(
        "lines", items[:1], items[1:], LocalEngine(NoiseDenoiser(1, special_bias=6.0)),
        replace(OPTIONS, canvas=8, max_tokens=7),
        lambda name, so_far, total: ticks.append((name, so_far, total)),
    )  # fmt: skip
    assert [arm.name for arm, _ in done.rows] == NAMES
    assert all(len(outcomes) == 4 for _, outcomes in done.rows)
    assert ticks[:4] == [("lines, none", i, 4) for i in (1, 2, 3, 4)]
    for arm, outcomes in done.rows[1:5]:
        assert all(outcome.nfe == arm.options.steps == round(done.target) for outcome in outcomes)


def test_the_truth_is_found_by_every_arm_of_a_network_that_knows_it():
    gaps = draw(sources(), 4, 0)
    items = [Hidden(gap, [SyntaxChecker()]) for gap in gaps]
    done = part("lines", items[:1], items[1:], Knowing(gaps), OPTIONS)
    plain = dict(zip(NAMES, [outcomes for _, outcomes in done.rows], strict=True))
    for name in ("none", "cap", "conf", "token", "critic", *NAMES[11:]):
        assert all(outcome.exact and outcome.passes for outcome in plain[name])


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
    assert content["parts"][1]["items"]
    packages = {item["package"] for p in content["parts"] for item in p["items"]}
    assert packages == {"kept"}


def test_a_mean_that_misses_the_target_is_marked():
    items = hidden(3)
    done = part("lines", items[:1], items[1:], Careful(), OPTIONS)
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
    with pytest.raises(InputError, match="too few"):
        evaluate(Careful(), Request(OPTIONS, 4, 0, manifest, tmp_path), lambda *a: None)


def test_of_several_drafts_the_first_that_passes_counts_and_all_evaluations_do():
    class Improving(Careful):
        def fill(self, task, options):
            self.asked.append((task, options))
            yield Draft(("(",), -1.0, 7)
            if options.seed:
                yield Draft(("pass",), -2.0, 7)

    (item,), engine = hidden(1), Improving()
    once, twice = (
        Arm("arm", replace(OPTIONS, drafts=2), fixed=True, retries=retries).outcome(engine, item)
        for retries in (0, 1)
    )
    assert (once.fill, once.passes, once.nfe) == ("", False, 7)
    assert (twice.fill, twice.passes, twice.nfe) == ("pass", True, 14)


PROGRAM = condefects.Item(
    "1", "x = 1\nif x = 1:\n    print(x)\n", "x = 1\nif x  == 1: print(x)\n", 1
)


def test_a_program_is_right_when_it_is_the_accepted_one_layout_apart():
    item, engine = Program(PROGRAM), Careful()
    assert item.task.old == item.truth == "if x = 1:"
    assert item.right(engine, Draft(("if x == 1:",), 0.0, 1))
    assert not item.right(engine, Draft(("if x == 2:",), 0.0, 1))
    assert item.passes(("if x == 2:",)) and not item.passes(("if x = 1:",))


def test_the_critic_of_a_program_blames_the_line_that_stays_as_it_was():
    faults = Program(PROGRAM).critic()
    assert [fault.why for fault in faults(("if x = 1:",))] == ["the line is as it was"]
    assert not faults(("if x == 1:",))
    assert faults(("if x == (1:",))


def solution(kind: type[Solution]) -> Solution:
    (item,) = draw_items([("How many?", "3 boxes of 4 are 3*4=<<3*4=12>>12.\n#### 12")], 1, 0)
    return kind(item)


def test_the_critic_of_a_number_wants_one_number_that_makes_the_equation_hold():
    item = solution(Solution)
    faults, right = item.critic(), item.truth
    assert not faults((right, right)) and item.passes((right, right))
    assert {fault.why for fault in faults((right, "7"))} == {"the copies differ"}
    assert {fault.why for fault in faults(("x", "x"))} == {"this is no number"}
    assert {fault.why for fault in faults(("7", "7"))} == {"the equation does not hold"}
    assert [fault.gap for fault in faults(("7", "7"))] == [0, 1]


class Scoring(Careful):
    """Finds one number likelier than any other."""

    def __init__(self, likely: str) -> None:
        super().__init__()
        self.likely = likely

    def score(self, task, texts):
        return [0.0 if set(text) == {self.likely} else -1.0 for text in texts]


def test_a_correct_number_stays_unless_another_one_is_likelier():
    item = solution(Control)
    other = Draft(("77", "77"), 0.0, 3)
    assert item.task.text != solution(Solution).task.text
    assert not item.right(Scoring("77"), other)
    assert item.right(Scoring(item.truth), other)
    assert item.right(Scoring("77"), Draft(("77", "7"), 0.0, 3))
    judged = judge(item, Scoring("77"), [Sketch(2, ()), other], 0.5)
    assert (judged.exact, judged.passes, judged.nfe, judged.seconds) == (False, False, 3, 0.5)
    assert judge(item, Scoring("77"), [Sketch(2, ())], 0.5).exact, "nothing was changed"
    assert not judge(solution(Solution), Scoring("77"), [Sketch(2, ())], 0.5).exact


def test_programs_and_solutions_are_measured_from_their_upstream_files(tmp_path):
    change = {"buggy_start": 1, "buggy_lines": ["if x = 1:"], "fixed_lines": ["if x == 1:"]}
    record = {"buggy": PROGRAM.text, "fixed": PROGRAM.fixed, "ops": [change]}
    lines = [json.dumps({"id": str(i), **record}) for i in range(2)]
    (tmp_path / condefects.FILE).write_text("\n".join(lines), encoding="utf-8")
    answer = "3 boxes of 4 are 3*4=<<3*4=12>>12.\n#### 12"
    lines = [json.dumps({"question": f"How many {i}?", "answer": answer}) for i in range(4)]
    (tmp_path / gsm8k.FILE).write_text("\n".join(lines), encoding="utf-8")
    engine = LocalEngine(NoiseDenoiser(1, special_bias=6.0))
    request = Request(replace(OPTIONS, canvas=8, max_tokens=7), 1, data=tmp_path)
    (programs,) = reopening.PROGRAMS.evaluate(engine, request, lambda *a: None).parts
    solutions = reopening.SOLUTIONS.evaluate(engine, request, lambda *a: None)
    assert len(programs.items) == 1 and len(programs.rows) == len(NAMES)
    assert [p.name for p in solutions.parts] == ["gsm8k", "gsm8k, control"]
    json.dumps(solutions.to_json())


def test_they_are_benchmarks():
    assert find("reopening") is reopening
    assert find("reopening-condefects") is reopening.PROGRAMS
    assert find("reopening-gsm8k") is reopening.SOLUTIONS
