"""A draft of which the model is not sure enough is declined; how sure it is, is told with every other one."""

import pytest

from editdiff.edits.infill import fill_task, infill
from editdiff.edits.proposal import UNCHANGED, NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.edits.sure import _compared, reading
from editdiff.engines.base import Draft, FillOptions, Reading
from editdiff.engines.confidence import DraftCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

BEFORE = Document("a.txt", "one two three\n")
GAP = [Span(4, 7)]
BY_SHARE = DraftCalibration(0.0, {"share": 1.0}, 0.5)
"""As sure as a draft's share in the probability of all is large."""
BEST, SECOND, BAD = Draft(("2",), -1.0, 1), Draft(("zwei",), -3.0, 1), Draft(("\0",), -0.5, 1)


def confidence(outcome: Proposal | NoEdit) -> float | None:
    assert isinstance(outcome, Proposal)
    return outcome.effort.confidence


def test_a_proposal_tells_how_sure_the_model_is_of_it():
    outcome = infill(BEFORE, GAP, ScriptedEngine([[BEST, SECOND]]), calibration=BY_SHARE)
    assert confidence(outcome) == pytest.approx(0.8808, abs=1e-4)


def test_a_draft_is_read_if_and_only_if_that_counts():
    class Reads(ScriptedEngine):
        def score_with(self, task, texts, options):
            read.append(texts)
            return [-1.0 - len(text) for (text,) in texts]

    read: list = []
    infill(BEFORE, GAP, Reads([[BEST]]), calibration=BY_SHARE)
    assert read == []
    by_gain = DraftCalibration(0.0, {"gain": 1.0}, 0.0)
    outcome = infill(BEFORE, GAP, Reads([[BAD, BEST]]), calibration=by_gain)
    assert read == [[("2",), ("",)]], "and only what passes its checks is"
    assert confidence(outcome) == pytest.approx(0.2689, abs=1e-4)
    assert confidence(infill(BEFORE, GAP, ScriptedEngine([[BEST]]), calibration=by_gain)) == 0.5


def test_without_a_calibration_nothing_is_told_and_nothing_declined():
    script = [[BEST, Draft(("3",), 0.0, 1)]]
    assert confidence(infill(BEFORE, GAP, ScriptedEngine(script), least=1.0)) is None


def test_a_draft_below_the_floor_is_declined_with_both_numbers_and_a_way_to_see_it():
    script = [[BEST, Draft(("3",), 0.0, 1)]]
    outcome = infill(BEFORE, GAP, ScriptedEngine(script), calibration=BY_SHARE)
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == "the model is not sure enough of its draft (0.269 of 0.500)"
    assert "--confidence 0" in outcome.hint


@pytest.mark.parametrize(("least", "declined"), [(0.0, False), (0.26, False), (0.28, True)])
def test_the_caller_may_say_how_sure_the_model_has_to_be(least, declined):
    engine = ScriptedEngine([[BEST, Draft(("3",), 0.0, 1)]])
    outcome = infill(BEFORE, GAP, engine, calibration=BY_SHARE, least=least)
    assert isinstance(outcome, NoEdit) == declined


def test_at_the_floor_itself_a_draft_is_proposed():
    outcome = infill(BEFORE, GAP, ScriptedEngine(["2"]), calibration=BY_SHARE)
    assert confidence(outcome) == 0.5 == BY_SHARE.floor


def test_a_declined_draft_ends_the_search_for_all_others_are_less_likely():
    engine = ScriptedEngine([[SECOND, BEST], [BEST]])
    assert isinstance(infill(BEFORE, GAP, engine, calibration=BY_SHARE), NoEdit)
    assert len(engine.tasks) == 1


def test_a_draft_that_fails_its_checks_is_a_rival_all_the_same():
    outcome = infill(BEFORE, GAP, ScriptedEngine([[BAD, BEST]]), calibration=BY_SHARE, least=0.0)
    assert confidence(outcome) == pytest.approx(0.3775, abs=1e-4)


def test_each_round_has_rivals_of_its_own():
    outcome = infill(BEFORE, GAP, ScriptedEngine([[BAD], [BEST]]), calibration=BY_SHARE)
    assert confidence(outcome) == 0.5


def test_another_draft_is_judged_beside_those_that_were_shown_before():
    engine = ScriptedEngine([[BEST, SECOND]])
    outcome = infill(BEFORE, GAP, engine, exclude={("2",)}, calibration=BY_SHARE)
    assert isinstance(outcome, NoEdit)
    assert "(0.119 of 0.500)" in outcome.reason


def test_what_stands_there_already_is_said_to_and_not_declined():
    script = [[Draft(("two",), -9.0, 1), Draft(("2",), 0.0, 1)]]
    outcome = infill(BEFORE, GAP, ScriptedEngine(script), calibration=BY_SHARE)
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == UNCHANGED


def test_of_several_gaps_nothing_is_known():
    gaps = [Span(0, 3), Span(4, 7)]
    script = [[Draft(("1", "2"), -9.0, 1), Draft(("a", "b"), 0.0, 1)]]
    outcome = infill(BEFORE, gaps, ScriptedEngine(script), calibration=BY_SHARE, least=1.0)
    assert confidence(outcome) is None


def test_a_session_asks_once_who_says_how_sure_the_engine_is_and_only_when_a_draft_is_wanted():
    asked = []

    def calibrate() -> DraftCalibration:
        asked.append("calibration")
        return BY_SHARE

    engine = ScriptedEngine([[BEST, SECOND]] * 2)
    session = Session(lambda: engine, FillOptions(), (), calibrate=calibrate, least=0.9)
    filling = session.begin(BEFORE, GAP)
    assert not asked
    assert isinstance(filling.draft(), NoEdit)
    session.least = None
    assert confidence(filling.draft()) == pytest.approx(0.8808, abs=1e-4)
    assert asked == ["calibration"]


def test_texts_are_read_with_nothing_beside_them_and_not_where_the_engine_cannot():
    class Reads(ScriptedEngine):
        def score_with(self, task, texts, options):
            return [-float(len(text)) for (text,) in texts]

    assert reading(Reads([]), fill_task(BEFORE, GAP), ["ab", "c"], FillOptions()) == [
        Reading(-2.0, 0.0),
        Reading(-1.0, 0.0),
    ]
    assert reading(ScriptedEngine([]), fill_task(BEFORE, GAP), ["ab"], FillOptions()) == []


def test_what_is_hardly_below_the_floor_is_told_in_enough_places():
    assert _compared(0.59261, 0.59312) == "0.5926 of 0.5931"
    assert _compared(0.4, 0.5) == "0.400 of 0.500"
    assert _compared(0.5, 0.5) == "0.500000000 of 0.500000000"
