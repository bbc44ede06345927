"""How much BD3-LM's training varies by the interval its times are drawn in."""

import pytest
from paper_zoo import TEXT, trained

from editdiff.papers.clipping import LOWEST
from editdiff.papers.run.gradients import INTERVALS, by_interval
from editdiff.papers.run.paper_model import PaperModel


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PaperModel:
    return trained(tmp_path_factory.mktemp("bd3lm"), "bd3lm", 4)


def test_early_times_vary_most_and_late_ones_least(model):
    """At small t few tokens are masked, and weigh 1/t."""
    found = {one.interval: one for one in by_interval(model, TEXT.train, pairs=12)}
    assert list(found) == list(INTERVALS)
    early, late = found[LOWEST, 0.5], found[0.5, 1.0]
    assert early.of_blocks > 4 * late.of_blocks
    assert early.gradient.value > 2 * late.gradient.value
    assert found[LOWEST, 1.0].of_blocks > late.of_blocks


def test_a_network_without_blocks_is_no_case(tmp_path):
    with pytest.raises(ValueError, match="mdlm has no blocks"):
        by_interval(trained(tmp_path, "mdlm"), TEXT.train)
