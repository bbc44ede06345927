import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.groups import GroupedFilling, begin, groups
from editdiff.edits.proposal import UNCHANGED, NoEdit, Proposal
from editdiff.edits.session import Filling, Session
from editdiff.engines.base import Draft, FillOptions, Sketch
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import TOUCHED, Dropped
from editdiff.text.span import Span

DOCUMENT = Document("a.txt", "a @ b @ c @ d @ e\r\n")
SPANS = [Span(at, at + 1) for at in (2, 6, 10, 14)]


def filling(*script: object, most: int = 2) -> tuple[GroupedFilling, ScriptedEngine]:
    engine = ScriptedEngine(script)
    made = begin(
        Session(lambda: engine, FillOptions(temperature=0.0)), DOCUMENT, SPANS, lambda: most
    )
    assert isinstance(made, GroupedFilling)
    return made, engine


def drafts(*texts: str) -> list[Draft]:
    return [Draft(texts, -1.0, 2)]


@given(count=st.integers(1, 99), most=st.integers(1, 12))
def test_groups_hold_every_gap_once_and_are_of_one_size_as_far_as_can_be(count, most):
    spans = [Span(i, i) for i in range(count)]
    made = list(groups(spans, most))
    assert [span for group in made for span in group] == spans
    sizes = [len(group) for group in made]
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert len(made) == -(-count // most)


def test_gaps_that_the_model_fills_at_once_are_one_filling_and_an_only_gap_asks_nobody():
    session = Session(lambda: ScriptedEngine([]))
    assert isinstance(begin(session, DOCUMENT, SPANS, lambda: 4), Filling)
    assert isinstance(begin(session, DOCUMENT, SPANS[:1], lambda: pytest.fail("asked")), Filling)


def test_each_group_sees_what_the_ones_before_were_filled_with():
    grouped, engine = filling(drafts("long", ""), drafts("3", "4"))
    outcome = grouped.draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "a long b  c 3 d 4 e\r\n"
    assert (outcome.before, len(outcome.edits)) == (DOCUMENT, 4)
    assert engine.tasks[1].text == "a long b  c @ d @ e\n"
    assert (outcome.effort.nfe, outcome.effort.score, outcome.effort.drafts) == (4, -2.0, 2)


def test_a_group_that_stays_as_it_is_keeps_the_others():
    grouped, _ = filling(drafts("@", "@"), drafts("3", "4"))
    outcome = grouped.draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "a @ b @ c 3 d 4 e\r\n"
    grouped, _ = filling(drafts("@", "@"), drafts("@", "@"))
    assert grouped.draft() == NoEdit(UNCHANGED)


def test_a_group_that_cannot_be_filled_is_named():
    grouped, _ = filling(drafts("1", "2"), ())
    outcome = grouped.draft()
    assert outcome.reason == "2 of 4 gaps, in line 1: the engine gave no draft"
    assert outcome.hint


def test_asked_again_every_group_has_another_draft():
    both = [Draft(("1", "2"), -1.0, 1), Draft(("3", "4"), -2.0, 1)]
    grouped, _ = filling(both, both, both, both)
    made = [grouped.draft() for _ in range(2)]
    assert [outcome.after.text for outcome in made] == [
        "a 1 b 2 c 1 d 2 e\r\n",
        "a 3 b 4 c 3 d 4 e\r\n",
    ]


def test_edits_elsewhere_move_the_gaps_and_what_was_shown_stays_shown():
    both = [Draft(("1", "2"), -1.0, 1), Draft(("3", "4"), -2.0, 1)]
    grouped, _ = filling(both, both, both, both)
    grouped.draft()
    moved = grouped.follow(Edits((TextEdit(Span(0, 0), "zero "),)))
    assert isinstance(moved, GroupedFilling)
    assert [span.slice(moved.document.text) for span in moved.spans] == ["@"] * 4
    assert [len(group) for group in moved.groups] == [2, 2]
    outcome = moved.draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "zero a 3 b 4 c 3 d 4 e\r\n"


@pytest.mark.parametrize("at", [2, 3, 14, 15])
def test_an_edit_that_touches_a_gap_drops_all_groups(at):
    grouped, _ = filling()
    assert grouped.follow(Edits((TextEdit(Span(at, at), "x"),))) == Dropped(TOUCHED)


def test_a_viewer_sees_the_gaps_in_order_with_those_that_are_filled():
    grouped, _ = filling(drafts("1", "2"), drafts("3", "4"))
    seen: list[Sketch] = []
    grouped.draft(seen.append)
    told = [(sketch.step, "".join(place.text for place in sketch.places)) for sketch in seen]
    assert told == [(1, "12"), (2 + 1, "1234")]
