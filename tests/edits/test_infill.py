import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.infill import fill_task, infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft, FillOptions, Place, Sketch
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

BEFORE = Document("src/a.txt", "one two three\n")
GAP = [Span(4, 7)]


def test_the_task_is_the_text_its_gap_and_the_bare_file_name():
    task = fill_task(BEFORE, GAP)
    assert (task.text, task.gaps, task.path) == (BEFORE.text, (Span(4, 7),), "a.txt")


def test_the_model_is_shown_unix_line_endings_and_the_gaps_move_along():
    text = "a\r\nb\rc\r\nd\r\ne"
    spans = [Span(3, 5), Span(8, 9)]
    task = fill_task(Document("a", text), spans)
    assert task.text == "a\nb\nc\nd\ne"
    assert [gap.slice(task.text) for gap in task.gaps] == ["b\n", "d"]


@pytest.mark.parametrize(
    "spans", [[Span(4, 99)], [Span(4, 7), Span(0, 3)], [Span(0, 4), Span(3, 5)]]
)
def test_gaps_must_be_disjoint_in_order_and_inside_the_text(spans):
    with pytest.raises(ValueError, match="span"):
        infill(BEFORE, spans, ScriptedEngine(["x"]))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_draft_takes_the_line_endings_of_the_document(newline):
    before = Document("a", newline.join(["one", "two", "three", ""]))
    start = before.text.index("two")
    outcome = infill(before, [Span(start, start + 3)], ScriptedEngine(["2\n2\r\n2"]))
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == newline.join(["one", "2", "2", "2", "three", ""])


def test_a_region_of_mixed_line_endings_that_the_model_repeats_is_unchanged():
    before = Document("a", "a\nb\r\nc\nd")
    assert isinstance(infill(before, [Span(0, 8)], ScriptedEngine(["a\nb\nc\nd"])), NoEdit)


def test_every_sketch_is_passed_on_in_order():
    seen = []
    infill(BEFORE, GAP, ScriptedEngine([[Draft(("2",), 0.0, 1)]]), on_sketch=seen.append)
    assert seen == [Sketch(1, ((Place("2", True, 1.0),),))]


def test_a_listener_may_cancel():
    def stop(sketch: Sketch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        infill(BEFORE, GAP, ScriptedEngine(["2"]), on_sketch=stop)


def test_the_effort_counts_all_rounds():
    rounds = [
        [Draft(("\0",), 0.0, nfe=5), Draft(("\0\0",), -1.0, nfe=5)],
        [Draft(("\0",), 0.0, nfe=6), Draft(("2",), -2.0, nfe=7)],
    ]
    outcome = infill(BEFORE, GAP, ScriptedEngine(rounds))
    assert isinstance(outcome, Proposal)
    assert (outcome.effort.score, outcome.effort.nfe, outcome.effort.drafts) == (-2.0, 12, 3)
    assert outcome.effort.seconds > 0


def test_later_rounds_have_another_seed_and_sample_even_if_one_draft_was_asked():
    engine = ScriptedEngine(["\0", "\0\0", "2"])
    infill(BEFORE, GAP, engine, FillOptions(seed=7, drafts=1), retries=2)
    assert [(o.seed, o.drafts) for o in engine.options] == [(7, 1), (8, 2), (9, 2)]


def test_a_draft_that_says_a_line_twice_is_withheld_and_the_next_one_taken():
    document, line = Document("a.txt", "total += price\n\nreturn total\n"), [Span(15, 15)]
    drafts = [Draft(("total += price",), -1.0, 1), Draft(("total -= rebate",), -2.0, 1)]
    outcome = infill(document, line, ScriptedEngine([drafts]))
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "total += price\ntotal -= rebate\nreturn total\n"
    withheld = infill(document, line, ScriptedEngine([drafts[:1]]), retries=0)
    assert isinstance(withheld, NoEdit)
    assert "line 2: it is the line above it once more" in withheld.reason


LINES = Document("a.py", "a = 1\n\nc = a\n", language="python")
EMPTY_LINE, THIRD = [Span(6, 6)], [Span(7, 12)]


def empty_then(*texts):
    return [Draft((text,), -1.0 - i, 1) for i, text in enumerate(("", "  ", *texts))]


@pytest.mark.parametrize("gap", [EMPTY_LINE, THIRD])
def test_whole_lines_that_would_stay_empty_are_not_offered_before_a_line(gap):
    outcome = infill(LINES, gap, ScriptedEngine([empty_then("b = 2")]))
    assert isinstance(outcome, Proposal) and outcome.edits.items[0].text == "b = 2"


@pytest.mark.parametrize(
    ("gap", "which"), [(EMPTY_LINE, "line"), (THIRD, "line"), ([Span(0, 12)], "lines")]
)
def test_where_the_model_has_no_line_at_all_that_is_said(gap, which):
    outcome = infill(LINES, gap, ScriptedEngine([empty_then(), empty_then()]))
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == f"the model would leave the {which} empty"


def test_another_seed_is_tried_where_lines_would_stay_empty():
    outcome = infill(LINES, EMPTY_LINE, ScriptedEngine([empty_then(), "b = 2"]))
    assert isinstance(outcome, Proposal)


@pytest.mark.parametrize("gap", [Span(3, 5), Span(0, 4)])
def test_a_gap_inside_of_a_line_may_stay_empty(gap):
    outcome = infill(LINES, [gap], ScriptedEngine([empty_then("b = 2")]))
    assert isinstance(outcome, Proposal) and outcome.edits.items[0].text == ""


def test_none_of_several_whole_lines_stays_empty():
    gaps, full = [Span(0, 5), *THIRD], Draft(("b = 3", "d = 4"), -2.0, 1)
    for texts in (("", "d = 4"), ("b = 3", " ")):
        outcome = infill(LINES, gaps, ScriptedEngine([[Draft(texts, -1.0, 1), full]]))
        assert isinstance(outcome, Proposal) and outcome.after.text == "b = 3\n\nd = 4\n"
        refused = infill(LINES, gaps, ScriptedEngine([[Draft(texts, -1.0, 1)]]), retries=0)
        assert (
            isinstance(refused, NoEdit) and refused.reason == "the model would leave a line empty"
        )


def test_of_several_gaps_one_inside_of_a_line_may_stay_empty():
    both = [Draft(("", "d = 4"), -1.0, 1)]
    outcome = infill(LINES, [Span(3, 5), *THIRD], ScriptedEngine([both]))
    assert isinstance(outcome, Proposal)


def test_an_empty_draft_counts_in_how_sure_the_model_is_of_the_next_one():
    class Counting:
        floor, reads = 0.0, False

        def assess(self, task, draft, drafts, read=None):
            return 1 / len(drafts)

    drafts = empty_then("b = 2")
    outcome = infill(LINES, EMPTY_LINE, ScriptedEngine([drafts]), calibration=Counting())
    assert isinstance(outcome, Proposal) and outcome.effort.confidence == 1 / 3


def test_whoever_mends_may_empty_a_line():
    outcome = infill(LINES, THIRD, ScriptedEngine([empty_then("b = 2")]), may_empty=True)
    assert isinstance(outcome, Proposal) and outcome.after.text == "a = 1\n\n\n"


def test_rounds_are_bounded():
    engine = ScriptedEngine(["\0" * n for n in range(1, 99)])
    assert isinstance(infill(BEFORE, GAP, engine, retries=4), NoEdit)
    assert len(engine.tasks) == 5


def test_without_temperature_nothing_is_tried_again():
    engine = ScriptedEngine(["\0", "2"])
    assert isinstance(infill(BEFORE, GAP, engine, FillOptions(temperature=0)), NoEdit)
    assert len(engine.tasks) == 1


def test_through_the_real_loop_the_same_seed_gives_the_same_proposal():
    def run() -> Proposal | NoEdit:
        engine = LocalEngine(OracleDenoiser(("zwei",), before="one "))
        return infill(BEFORE, GAP, engine, FillOptions(canvas=8))

    first, second = run(), run()
    assert isinstance(first, Proposal)
    assert isinstance(second, Proposal)
    assert first.after.text == "one zwei three\n"
    assert (first.after, first.effort.nfe) == (second.after, second.effort.nfe)


pieces = st.text("ab\r\n é😀", max_size=9)


@given(before=pieces, old=pieces, after=pieces, draft=pieces)
def test_whatever_is_drafted_the_rest_of_the_document_stays(before, old, after, draft):
    document = Document("a", before + old + after)
    gap = Span(len(before), len(before + old))
    outcome = infill(document, [gap], ScriptedEngine([draft]))
    if isinstance(outcome, Proposal):
        assert outcome.after.text.startswith(before)
        assert outcome.after.text[len(before) :].endswith(after)
        assert len(outcome.after.text) >= len(before + after)


@st.composite
def documents_with_gaps(draw):
    """Text outside and inside of up to four gaps, and a draft of them."""
    gaps = draw(st.integers(1, 4))
    outside = draw(st.lists(pieces, min_size=gaps + 1, max_size=gaps + 1))
    inside = draw(st.lists(pieces, min_size=gaps, max_size=gaps))
    return outside, inside, draw(st.lists(pieces, min_size=gaps, max_size=gaps))


@given(documents_with_gaps())
def test_of_several_gaps_each_gets_its_text_and_what_is_between_them_stays(parts):
    outside, inside, draft = parts
    text, gaps = outside[0], []
    for old, after in zip(inside, outside[1:], strict=True):
        gaps.append(Span(len(text), len(text + old)))
        text += old + after
    document = Document("a", text)
    outcome = infill(document, gaps, ScriptedEngine([[Draft(tuple(draft), 0.0, 1)]]))
    if isinstance(outcome, Proposal):
        assert [edit.span for edit in outcome.edits] == gaps
        assert [unix(edit.text) for edit in outcome.edits] == [unix(new) for new in draft]
        filled = (edit.text for edit in outcome.edits)
        assert outcome.after.text == outside[0] + "".join(
            new + after for new, after in zip(filled, outside[1:], strict=True)
        )
    # of gaps that touch, other texts may come to the same
    elif not re.search("once more|empty", outcome.reason):
        filled = [new + after for new, after in zip(draft, outside[1:], strict=True)]
        assert unix(outside[0] + "".join(filled)) == unix(text)


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_of_several_gaps_a_draft_is_excluded_only_with_all_its_texts():
    script = [[Draft(("1", "2"), 0.0, 1), Draft(("1", "3"), -1.0, 1)]]
    gaps = [Span(0, 3), Span(4, 7)]
    outcome = infill(BEFORE, gaps, ScriptedEngine(script), exclude=[("1", "2"), ("3", "1")])
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "1 3 three\n"


def test_an_excluded_draft_is_passed_over_also_in_other_line_endings():
    engine = ScriptedEngine([[Draft(("2\n2",), 0.0, 1), Draft(("22",), -1.0, 1)]])
    outcome = infill(BEFORE, GAP, engine, exclude=[("2\r\n2",)])
    assert isinstance(outcome, Proposal)
    assert (outcome.after.text, outcome.effort.drafts) == ("one 22 three\n", 1)


def test_with_exclusions_the_first_round_samples_and_another_may_follow():
    engine = ScriptedEngine(["2", "22"])
    options = FillOptions(seed=4, drafts=1)
    assert isinstance(infill(BEFORE, GAP, engine, options, exclude=[("2",)]), Proposal)
    assert [(o.seed, o.drafts) for o in engine.options] == [(4, 2), (5, 2)]


def test_when_all_drafts_are_excluded_that_is_the_reason():
    outcome = infill(BEFORE, GAP, ScriptedEngine(["2", "2"]), exclude=[("2",)])
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == "the model has no other draft"


def test_the_text_that_stands_there_can_be_excluded():
    engine = ScriptedEngine([[Draft(("two",), 0.0, 1), Draft(("2",), -1.0, 1)]])
    assert isinstance(infill(BEFORE, GAP, engine, exclude=[("two",)]), Proposal)


def test_a_draft_that_is_not_text_is_withheld_in_a_whole_sentence():
    outcome = infill(BEFORE, GAP, ScriptedEngine(["\0"]), FillOptions(temperature=0.0))
    assert isinstance(outcome, NoEdit)
    assert outcome.reason.startswith(
        "the only draft has a new problem: the draft is not text: src/a.txt"
    )
