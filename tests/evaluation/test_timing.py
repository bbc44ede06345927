import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.core.table import NONE
from editdiff.evaluation.speed.timing import Quartiles, Ratio, Row, interleaved, ratio


@pytest.mark.parametrize(
    ("values", "quartiles"),
    [
        ([1, 2, 3, 4, 5], (2, 3, 4)),
        ([5, 1, 4, 2, 3], (2, 3, 4)),
        ([1, 2, 3, 4], (1.75, 2.5, 3.25)),
        ([7], (7, 7, 7)),
    ],
)
def test_quartiles_are_interpolated_between_two_values(values, quartiles):
    found = Quartiles.of(values)
    assert (found.low, found.median, found.high) == quartiles


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_quartiles_are_in_order_and_among_the_values(values):
    found = Quartiles.of(values)
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


def test_quartiles_of_nothing_are_refused():
    with pytest.raises(ValueError, match="of nothing"):
        Quartiles.of([])


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def call(self, name: str, seconds: float):
        def run() -> None:
            self.order.append(name)
            self.now += seconds

        return run


def test_calls_take_turns_after_a_round_that_is_not_measured():
    clock = Clock()
    calls = {name: clock.call(name, cost) for name, cost in [("a", 1.0), ("b", 2.0), ("c", 4.0)]}
    seconds = interleaved(calls, 4, lambda: clock.now)
    assert {name: list(times) for name, times in seconds.items()} == {
        "a": [1.0] * 4,
        "b": [2.0] * 4,
        "c": [4.0] * 4,
    }
    rounds = ["".join(clock.order[i : i + 3]) for i in range(0, 15, 3)]
    assert all(sorted(turn) == ["a", "b", "c"] for turn in rounds)
    assert rounds[1:] == ["abc", "bca", "cab", "abc"]


def test_what_is_made_ready_for_a_call_is_not_timed():
    clock = Clock()
    calls = {name: clock.call(name, 1.0) for name in "ab"}
    before = {"b": clock.call("ready", 100.0)}
    seconds = interleaved(calls, 2, lambda: clock.now, before)
    assert [list(times) for times in seconds.values()] == [[1.0, 1.0], [1.0, 1.0]]
    assert clock.order.count("ready") == 3
    assert all(clock.order[i + 1] == "b" for i, name in enumerate(clock.order) if name == "ready")


def test_a_ratio_is_taken_round_by_round():
    seconds = {"slow": np.array([2.0, 8.0, 3.0]), "quick": np.array([1.0, 2.0, 3.0])}
    row = ratio("slow / quick", seconds, "slow", "quick")
    assert row.values == (2.0, 4.0, 1.0)
    assert row.cells == ("slow / quick", "2×", "[1.5, 3]", "3", "3e+03 ms / 2e+03 ms")


def test_a_row_shows_its_unit_and_one_without_values_claims_nothing():
    assert Row("memory", (120.0,), "MB").cells[1] == "120 MB"
    assert Row("evaluations", (7.0,), "").cells[1] == "7"
    empty = Row("speed", (), detail="no equal-quality point")
    assert empty.cells == ("speed", NONE, "", "0", "no equal-quality point")
    assert empty.to_json()["quartiles"] is None
    assert Row("x", (1.0, 3.0)).to_json()["quartiles"]["median"] == 2.0


def test_a_ratio_of_sums_is_ruled_by_long_pairs_and_one_of_pairs_by_most():
    over, under = [1.0, 1.0, 1.0, 40.0], [2.0, 2.0, 2.0, 10.0]
    assert Ratio.of_sums(over, under).value == pytest.approx(43 / 16)
    assert Ratio.of_pairs(over, under).value == pytest.approx(0.5)


def test_the_interval_of_a_ratio_holds_it_and_narrows_with_more_pairs():
    rng = np.random.default_rng(1)
    under = rng.uniform(1, 2, size=400)
    over = under * rng.uniform(0.4, 0.6, size=400)
    for make in (Ratio.of_sums, Ratio.of_pairs):
        few, many = make(over[:20], under[:20]), make(over, under)
        assert few.low < few.value < few.high
        assert many.low < 0.5 < many.high
        assert many.high - many.low < few.high - few.low
        assert str(many) == f"{many.value:.2f} [{many.low:.2f}, {many.high:.2f}]"
        assert many.to_json() == {"value": many.value, "interval95": (many.low, many.high)}


def test_of_pairs_that_are_all_alike_the_ratio_is_certain():
    assert Ratio.of_sums([1.0, 2.0], [2.0, 4.0]) == Ratio(0.5, 0.5, 0.5)
