import json
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.maths.checker import MathsChecker
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks import maths_lines
from editdiff.evaluation.benchmarks.maths_lines import Bench
from editdiff.evaluation.benchmarks.registry import find
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.maths_items import FORMATS, SHAPES, Item, make

CHECKER = MathsChecker()


def ignore(name: str, done: int, total: int) -> None:
    pass


class Knowing:
    """Writes what stands in the right line, behind drafts that are wrong."""

    name = "knowing"

    def __init__(self, items: list[Item], junk: tuple[str, ...] = ()) -> None:
        self.right = {item.wrong: item.text for item in items}
        self.junk = junk

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield Sketch(3, ((),))
        (gap,) = task.gaps
        right = self.right[task.text]
        for text in (*self.junk, right[gap.start : len(right) - (len(task.text) - gap.end)]):
            yield Draft((text,), -1.0, 3)


def test_items_come_in_every_format_and_shape_and_a_wrong_one_differs_in_one_digit():
    items = make(22, seed=3)
    equations = [item for item in items if not item.is_trap]
    assert Counter(item.format for item in equations) == dict.fromkeys(FORMATS, 22)
    assert {item.shape for item in equations} == set(SHAPES)
    assert len(items) - len(equations) == len(FORMATS) * 8
    for item in equations:
        changed = [k for k, (a, b) in enumerate(zip(item.text, item.wrong, strict=True)) if a != b]
        assert len(changed) == 1
        assert item.result.start <= changed[0] < item.result.end
        assert item.text[changed[0]].isdecimal() and item.wrong[changed[0]].isdecimal()
        assert "\ue000" not in item.text


def test_the_same_seed_makes_the_same_items_and_another_one_others():
    assert make(5, seed=1) == make(5, seed=1)
    assert make(5, seed=1) != make(5, seed=2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_plain_calculations_are_true_by_a_calculation_of_our_own(seed):
    for item in make(11, seed):
        match = re.search(r"(\d+) ([-+*]) (\d+) = (\d+)(?![\d./])", item.text)
        if match and item.shape == "calculation":
            a, sign, b, c = int(match[1]), match[2], int(match[3]), int(match[4])
            assert {"+": a + b, "-": a - b, "*": a * b}[sign] == c, item.text
        fraction = re.search(r"(\d+)/(\d+) \+ (\d+)/(\d+) = (\d+)/(\d+)", item.text)
        if fraction:
            a, b, c, d, e, f = map(int, fraction.groups())
            assert Fraction(a, b) + Fraction(c, d) == Fraction(e, f)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return make(11, seed=7)


def outcomes(items: list[Item], engine: object, way: str) -> list[maths_lines.Outcome]:
    bench = Bench(CHECKER, engine, FillOptions())  # type: ignore[arg-type]
    return [bench.judge(item, getattr(bench, way)) for item in items]


def test_the_checker_leaves_right_lines_and_traps_alone_and_writes_nothing_wrong(items):
    found = outcomes(items, ScriptedEngine([]), "calculate")
    assert all(outcome.alone for outcome in found)
    assert all(outcome.fixed for outcome in found if outcome.written is not None)
    assert sum(outcome.fixed for outcome in found) > len(items) // 2


def test_a_knowing_model_mends_what_is_found_where_the_checker_chooses(items):
    junk = ("x", "999999", "")
    chosen = outcomes(items, Knowing(items, junk), "chosen_draft")
    assert all(outcome.fixed == outcome.found for outcome in chosen)
    assert {outcome.nfe for outcome in chosen if outcome.found} == {3}
    first = outcomes(items, Knowing(items, junk), "first_draft")
    assert not any(outcome.fixed for outcome in first)
    assert all(
        outcome.fixed == outcome.found for outcome in outcomes(items, Knowing(items), "first_draft")
    )


def test_a_model_that_writes_nothing_changes_nothing(items):
    for way in ("first_draft", "chosen_draft"):
        assert not any(
            outcome.written for outcome in outcomes(items, ScriptedEngine([[]] * 200), way)
        )


def test_the_report_has_a_row_for_each_format_and_way():
    report = find("maths").evaluate(Knowing(make(3, 0)), Request(FillOptions(), limit=12), ignore)
    content = json.loads(json.dumps(report.to_json()))
    names = [row["name"] for row in content["rows"]]
    assert names[:5] == ["checker", *(f"checker, {name}" for name in FORMATS)]
    assert len(names) == 7
    assert content["rows"][0]["figures"]["found"]["total"] == 12
    assert content["rows"][0]["figures"]["traps"]["total"] == 4
    assert "12 equations" in report.table.plain()


def test_a_model_is_asked_once_for_a_place_and_its_time_counts_for_each_way(items):
    engine = Knowing(items)
    bench = Bench(CHECKER, engine, FillOptions())
    item = next(
        item for item in items if not item.is_trap and CHECKER.check(item.document(item.wrong))
    )
    problems = CHECKER.check(item.document(item.wrong))
    first = bench.first_draft(item, problems)
    engine.right = {}  # it would fail if it were asked again
    chosen = bench.chosen_draft(item, problems)
    assert first.text == chosen.text == item.text
    assert first.kept == 0.0 < chosen.kept


def test_fewer_equations_than_formats_are_refused():
    with pytest.raises(UsageError, match="less than one for each"):
        maths_lines.evaluate(ScriptedEngine([]), Request(FillOptions(), limit=3), ignore)
