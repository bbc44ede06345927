import pytest

from editdiff.engines.base import FillOptions
from editdiff.errors import UsageError


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
    ],
)
def test_an_option_out_of_range_is_refused_by_name_and_value(name, value):
    with pytest.raises(UsageError, match=f"{name} has to be from .* but is {value}"):
        FillOptions(**{name: value})


def test_options_are_a_cache_key():
    assert {FillOptions(): 1}[FillOptions()] == 1
    assert FillOptions() != FillOptions(seed=1)
