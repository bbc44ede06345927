from dataclasses import fields

import pytest

from editdiff.engines.base import REOPEN, FillOptions
from editdiff.errors import UsageError
from editdiff.settings import limits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("threshold", 1.1),
        ("threshold", float("nan")),
        ("temperature", -0.1),
        ("drafts", 0),
        ("canvas", 4),
        ("max_tokens", 0),
        ("seed", -1),
        ("critic_rounds", 17),
    ],
)
def test_an_option_out_of_range_is_refused_by_name_and_value(name, value):
    with pytest.raises(UsageError, match=f"{name} has to be from .* but is {value}"):
        FillOptions(**{name: value})


def test_options_are_a_cache_key():
    assert {FillOptions(): 1}[FillOptions()] == 1
    assert FillOptions() != FillOptions(seed=1)


def test_a_reopening_rule_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match=r"one of none, cap, .*, again, but is 'caps'"):
        FillOptions(reopen="caps")


@pytest.mark.parametrize("reopen", REOPEN)
def test_every_reopening_rule_can_be_asked_for(reopen):
    assert FillOptions(reopen=reopen) == FillOptions(reopen=reopen)


@pytest.mark.parametrize("name", limits(FillOptions))
def test_an_option_may_lie_on_its_limits_and_not_beyond(name):
    low, high = limits(FillOptions)[name]
    for value in (low, high):
        assert getattr(FillOptions(**{name: value}), name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(UsageError, match=f"^{name} has to be from {low} to {high}, but is"):
            FillOptions(**{name: value})


def test_all_that_is_a_number_has_limits():
    numbers = [f.name for f in fields(FillOptions) if isinstance(f.default, int | float)]
    assert numbers == list(limits(FillOptions))
