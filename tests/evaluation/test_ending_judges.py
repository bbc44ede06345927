"""The second regression of a stop head: which endings are read on from, and what is fitted on them."""

import math

import numpy as np
import pytest
from tiny_gguf import tiny_qwen

from editdiff.engines.twin.stream import WORTH_READING
from editdiff.evaluation.benchmarks.judges import Read, fit_judges, read_gaps
from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.stop import LAST, LINE, READ, SPAN, Stop
from editdiff.text.span import Span
from editdiff.training.trunk.endings import Ending, rows

TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
BLOCK, INSIDE = Ending(TEXT, Span(29, 50), "m.py"), Ending(TEXT, Span(36, 41), "m.py")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> QwenDenoiser:
    return tiny_qwen(tmp_path_factory.mktemp("trunk"))


def inclined(model: QwenDenoiser, bias: float) -> QwenDenoiser:
    """The same trunk, all of whose places are as likely to be an ending."""
    kinds = {
        kind: each._replace(bias=bias, hidden=0 * each.hidden, features=0 * each.features)
        for kind, each in model.stop.kinds.items()
    }
    return QwenDenoiser(model.trunk, model.tokenizer, Stop(kinds), model.traits)


def seen(model: QwenDenoiser, *gaps: Ending) -> dict[str, Read]:
    return read_gaps(model, rows(model.tokenizer, model.prompt, gaps))


def test_all_places_are_read_where_each_may_be_the_last_and_one_of_a_gap_is(model):
    told = seen(inclined(model, 0.0), BLOCK, INSIDE, BLOCK)
    assert set(told) == {LINE, SPAN}
    places = [row for row in rows(model.tokenizer, model.prompt, [BLOCK])]
    assert (told[LINE].gap == 1).sum() == len(places[0].ids) - places[0].known
    assert told[LINE].features.shape == (len(told[LINE].ends), len(READ))
    for read in told.values():
        for gap in np.unique(read.gap):
            assert read.ends[read.gap == gap].tolist().count(True) == 1
            assert read.ends[read.gap == gap][-1], "the last place"
    assert set(told[SPAN].gap.tolist()) == {2}


def test_the_odds_are_those_of_the_first_regression_and_the_likelihoods_those_of_what_follows(
    model,
):
    told = seen(inclined(model, math.log(3)), BLOCK)[LINE].features
    assert told[:, 0] == pytest.approx(math.log(3), abs=1e-5)
    assert (told[:, 1:] < 0).all()
    assert (told[:, 1] <= told[:, 2] + 1e-9).all(), "all of them are no likelier than one"
    assert (told[:, 2] <= told[:, 3] + 1e-9).all()


def test_unlikely_endings_are_not_read(model):
    odds = math.log(WORTH_READING / (1 - WORTH_READING))
    assert seen(inclined(model, odds - 0.1), BLOCK) == {}
    assert len(seen(inclined(model, odds + 0.1), BLOCK)[LINE].ends) > 0


@pytest.mark.parametrize("after", ["", "\n"])
def test_gaps_at_the_end_of_a_file_are_a_kind_of_their_own(after, model):
    told = seen(inclined(model, 0.0), Ending("a = b" + after, Span(4, 5), "m.py"))
    assert set(told) == {LAST}


def rows_of(count: int, tells: bool) -> Read:
    """Gaps of three endings, of which the last is right; the first regression knows nothing."""
    rng = np.random.default_rng(0)
    ends = np.tile([False, False, True], count)
    features = rng.normal(0, 1, (3 * count, len(READ)))
    features[:, 0] = 0
    if tells:
        features[:, 1] += np.where(ends, 3, -3)
    return Read(features, ends, np.repeat(np.arange(1, count + 1), 3))


def test_a_judge_learns_from_what_follows_and_its_worth_is_measured_on_other_gaps():
    judges, measured = fit_judges({LINE: rows_of(200, tells=True)})
    assert judges[LINE].weights[1] > 1
    told = measured[LINE]
    assert told["gaps"] == 40
    assert told["judged_right"] > 0.95 > told["unread_right"]
    assert told["judged_nats"] < 0.1 < told["unread_nats"]
    _, measured = fit_judges({LINE: rows_of(200, tells=False)})
    assert measured[LINE]["judged_right"] < 0.6, "nothing tells them apart"


def test_a_kind_that_cannot_be_learnt_gets_no_judge():
    few = Read(np.zeros((3, len(READ))), np.array([True] * 3), np.array([1, 2, 3]))
    assert fit_judges({LINE: few, SPAN: rows_of(50, tells=True)})[0].keys() == {SPAN}
