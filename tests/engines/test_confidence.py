import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.base import Draft, FillTask, Reading
from editdiff.engines.confidence import (
    ALONE,
    CLEAR,
    LEAST_SCORE,
    MOST_GAIN,
    DraftCalibration,
    LineCalibration,
    Unread,
    features,
    line_features,
)
from editdiff.text.span import Span

TASK = FillTask("a = ()\nb\n", (Span(5, 5),))
AT_END = FillTask("a = \nb\n", (Span(4, 4),))


def told(draft: Draft, *others: Draft, task: FillTask = TASK) -> dict[str, float]:
    return features(task, draft, [draft, *others])


def draft(text: str, score: float, **more) -> Draft:
    return Draft((text,), score, 1, **more)


def test_a_draft_is_told_with_its_score_its_size_and_its_place():
    assert told(draft(" x\ny\n", -2.5, found=True)) == {
        "score": -2.5,
        "unlikely": math.log(3.5),
        "share": ALONE,
        "read": 0.0,
        "gain": 0.0,
        "whole": 0.0,
        "part": math.log(4),
        "lines": 3.0,
        "follows": 1.0,
        "found": 1.0,
    }
    plain = told(draft("", 0.0), task=AT_END)
    assert (plain["follows"], plain["found"], plain["lines"]) == (0.0, 0.0, 1.0)
    assert plain["part"] == 0.0


@pytest.mark.parametrize(
    ("before", "after", "text", "whole"),
    [
        ("a\n    ", "\nb\n", "return x", 1.0),
        ("", "", "x", 1.0),
        ("a = ", "\nb\n", "x", 0.0),
        ("a\n", " + 1\n", "x", 0.0),
        ("a\n", "\nb\n", "x\ny", 0.0),
    ],
)
def test_the_size_of_a_line_that_stands_alone_does_not_count(before, after, text, whole):
    task = FillTask(before + after, (Span(len(before), len(before)),), "a.py")
    found = told(draft(text, -1.0), task=task)
    assert found["whole"] == whole
    assert found["part"] == (0.0 if whole else math.log1p(len(text)))


def test_its_share_is_that_of_its_probability_among_all_drafts_that_ended():
    best, second, third = draft("a", -1.0), draft("b", -2.0), draft("c", -3.0)
    unfinished = draft("d", 0.0, ended=False)
    p = math.exp(-1) / (math.exp(-1) + math.exp(-2) + math.exp(-3))
    share = told(best, second, third, unfinished)["share"]
    assert share == pytest.approx(math.log(p / (1 - p)))
    assert told(second, best)["share"] == pytest.approx(-1.0)


def test_the_same_text_twice_is_no_rival_of_its_own():
    assert told(draft("a", -1.0), draft("a", -1.0))["share"] == ALONE


@pytest.mark.parametrize("rival", [-500.0, -math.inf])
def test_what_is_hopeless_or_beyond_doubt_counts_only_so_much(rival):
    assert told(draft("a", 0.0), draft("b", rival))["share"] == CLEAR
    assert told(draft("a", -500.0), draft("b", 0.0))["share"] == -CLEAR
    assert told(draft("a", rival))["score"] == LEAST_SCORE


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.text("a \n", max_size=9))
def test_every_draft_has_finite_features_and_a_probability(scores, text):
    drafts = [draft(text + str(i), score) for i, score in enumerate(scores)]
    calibration = DraftCalibration(1.0, dict.fromkeys(DraftCalibration.NAMES, 3.0), 0.5)
    assert all(map(math.isfinite, features(TASK, drafts[0], drafts).values()))
    assert 0 <= calibration.assess(TASK, drafts[0], drafts) <= 1


def test_the_probability_is_that_of_the_regression_and_what_has_no_weight_does_not_count():
    calibration = DraftCalibration(-1.0, {"score": 0.5, "found": 2.0}, 0.1)
    found = draft("x", -4.0, found=True)
    assert calibration.assess(TASK, found, [found]) == pytest.approx(1 / (1 + math.exp(1.0)))


def test_what_is_written_is_read():
    calibration = DraftCalibration(-1.0, dict.fromkeys(DraftCalibration.NAMES, 0.25), 0.125)
    assert DraftCalibration.of(calibration.to_json()) == calibration


GOOD = {"bias": 0.0, "weights": {"score": 1.0}, "floor": 0.1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"bias": "x"},
        {"bias": math.nan},
        {"weights": {"beauty": 1.0}},
        {"weights": [1.0]},
        {"weights": {"score": math.inf}},
        {"floor": 1.5},
        {"floor": -0.1},
        {"floor": None},
        {"languages": {"python": math.nan}},
        {"languages": [1.0]},
    ],
)
def test_what_is_no_calibration_is_refused(wrong):
    assert DraftCalibration.of(GOOD).floor == 0.1
    with pytest.raises((KeyError, TypeError, ValueError)):
        DraftCalibration.of(GOOD | wrong)


@pytest.mark.parametrize("missing", GOOD)
def test_a_calibration_without_a_part_is_refused(missing):
    with pytest.raises(KeyError):
        DraftCalibration.of({name: value for name, value in GOOD.items() if name != missing})


def test_a_reading_tells_how_likely_a_draft_is_and_how_much_likelier_than_nothing():
    told = features(TASK, draft("a", -1.0), [], Reading(-2.0, -5.0))
    assert (told["read"], told["gain"]) == (-2.0, 3.0)
    told = features(TASK, draft("a", -1.0), [], Reading(-90.0, -1.0))
    assert (told["read"], told["gain"]) == (LEAST_SCORE, -MOST_GAIN)
    never = features(TASK, draft("a", -1.0), [], Reading(-math.inf, -math.inf))
    assert (never["read"], never["gain"]) == (LEAST_SCORE, 0.0)


def test_a_language_has_a_bias_of_its_own_and_an_unknown_one_none():
    calibration = DraftCalibration(-1.0, {}, 0.1, {"python": 2.0})
    (python, other) = (
        calibration.assess(FillTask("a = ", (Span(4, 4),), path), draft("1", -1.0), [])
        for path in ("a.py", "a.css")
    )
    assert python == pytest.approx(1 / (1 + math.exp(-1)))
    assert other == pytest.approx(1 / (1 + math.exp(1)))


def test_a_line_is_told_with_its_log_probability_its_reading_and_its_size():
    assert line_features(" x\n", -0.5, -1.0) == {
        "logp": -0.5,
        "read": -1.0,
        "characters": math.log(2),
    }
    assert line_features("x", -90.0, -math.inf)["read"] == LEAST_SCORE
    unread = Unread(-1.0, {"characters": 1.0}, 0.0)
    calibration = LineCalibration(0.0, {"read": 0.5}, 0.3, {"go": 1.0}, unread)
    assert calibration.assess("x", -0.5, -2.0, "go") == pytest.approx(0.5)
    assert calibration.assess("x", -0.5, None, "go") == pytest.approx(0.4239, abs=1e-4)
    assert LineCalibration.of(calibration.to_json()) == calibration


@pytest.mark.parametrize(
    ("told", "least", "is_open"),
    [(0.5, 0.5, True), (0.5, 0.7, True), (0.5, 0.74, False), (0.9, 0.3, False), (0.1, 0.0, False)],
)
def test_a_reading_decides_only_near_what_is_wanted(told, least, is_open):
    assert LineCalibration(0.0, {}, 0.0).is_open(told, least) == is_open
