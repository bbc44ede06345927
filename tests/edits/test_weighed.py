import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import NO_BETTER, NO_DOUBT, NO_OTHER, Revision, begin
from editdiff.edits.session import Session
from editdiff.edits.weighed import AHEAD, GAIN, better, rivals
from editdiff.engines.base import FillOptions, Place, Rival, Weight
from editdiff.engines.branching import BranchingDoubter
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

RIGHT = (
    "def area(width, height):\n    size = width * height\n    half = size / 2\n    return half\n"
)
LEARNT = RIGHT[RIGHT.index("\n") + 1 :]
WRONG = RIGHT.replace("*", "+")


def revision(text, *learnt, selection=None, smooth=1e-7):
    network = ChainDenoiser(learnt or (LEARNT,), order=6, smooth=smooth)
    doubter = BranchingDoubter(network, piece=16)
    session = Session(
        lambda: TwinEngine(network),
        FillOptions(drafts=1),
        (SyntaxChecker(),),
        doubt=lambda: doubter,
    )
    span = selection or Span(text.index("\n") + 1, len(text))
    return Revision(session, Document("a.py", text, language="python"), (span,))


@pytest.mark.parametrize(("right", "wrong"), [("*", "+"), ("= size", "= half"), ("/ 2", "/ 3")])
def test_a_wrong_word_is_found_and_mended_by_one_reading(right, wrong):
    outcome = revision(RIGHT.replace(right, wrong)).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == RIGHT
    assert outcome.checked == ("syntax",)


def test_what_is_right_is_left_alone():
    assert revision(RIGHT).draft() in (NO_BETTER, NO_DOUBT)


def test_nothing_but_the_selection_is_read_and_changed():
    wrong = WRONG.replace("= size", "= half")
    start = wrong.index("    half")
    outcome = revision(wrong, selection=Span(start, len(wrong))).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == WRONG


def test_lines_end_as_they_end():
    outcome = revision(WRONG.replace("\n", "\r\n")).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == RIGHT.replace("\n", "\r\n")


def test_a_comment_stays_whatever_the_model_would_say():
    text = RIGHT.replace("half\n", "half  # two\n")
    learnt = text.replace("two", "one")
    assert revision(text, learnt[learnt.index("\n") + 1 :]).draft() in (NO_BETTER, NO_DOUBT)


def test_what_does_not_parse_is_withheld():
    text = RIGHT.replace("size / 2", "size[2]")
    assert revision(text, LEARNT.replace("size / 2", "size+2]")).draft() == NO_BETTER


def test_another_draft_is_one_that_was_not_proposed_yet():
    drafting, texts = revision(WRONG), []
    while isinstance(outcome := drafting.draft(), Proposal):
        texts.append(outcome.after.text)
    assert texts[0] == RIGHT
    assert len(set(texts)) == len(texts)
    assert outcome == NO_OTHER


def test_masks_come_first_then_what_is_written_and_at_last_what_is_proposed():
    drafting, seen = revision(WRONG), []

    def look(sketch):
        assert len(sketch.gaps) == len(drafting.drawn)
        seen.append([(s.slice(WRONG), p) for s, p in zip(drafting.drawn, sketch.gaps, strict=True)])

    drafting.draft(look)
    plus = [dict(each).get("+") for each in seen]
    assert plus[0] is None  # it reads
    told = [place for places in plus if places for place in places]
    assert told[0] == Place("+", False, 0.0)
    assert told[-1] == Place("*", True, 1.0)
    assert Place("*", False, 0.0) in told


@pytest.mark.parametrize("after", range(6))
def test_who_looks_may_cancel_at_any_step(after):
    left = [None] * after

    def stop(sketch):
        if not left:
            raise InterruptedError
        left.pop()

    with pytest.raises(InterruptedError):
        revision(WRONG).draft(stop)


def weight(text, gain):
    return Weight(Rival(Span(0, 1), text), gain - 1.0, (0.5, 0.5), -1.0)


def test_a_word_has_to_be_likelier_by_a_margin_and_ahead_of_the_next():
    assert better([]) == better([weight("a", GAIN)]) == []
    assert [w.rival.text for w in better([weight("a", 1.0), weight("b", GAIN + 0.1)])] == ["b"]
    assert better([weight("a", GAIN + 2), weight("b", GAIN + 2 - AHEAD + 0.1)]) == []


def test_words_of_another_kind_and_keywords_for_names_are_no_rivals():
    text = "if left and right < 2:\n    pass\n"
    document = Document("a.py", text, language="python")

    def others(word, *written):
        place = Span(text.index(word), text.index(word) + len(word))
        found = rivals(document, Span(0, len(text)), [place], [Rival(place, w) for w in written])
        return {rival.text for rival in found}

    assert others("left", "up", "2", "while", "None") == {"up", "None", "right"}
    assert {"or", "if", "pass"} <= others("and")
    assert "left" not in others("and")
    assert others("<", "is") == {"<=", ">", ">=", "==", "!="}
    assert others("2") == {"1", "3"}


@given(st.text(st.sampled_from("ab1 =+(\n\ré😀"), max_size=30), st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_stands_there_nothing_outside_the_selection_changes(text, data):
    start = data.draw(st.integers(0, len(text)))
    selection = Span(start, data.draw(st.integers(start, len(text))))
    drafting = revision(text, "a = b + 1\n", text.replace("a", "b"), selection=selection)
    started = begin(drafting.session, Document("a.txt", text), selection)
    outcome = started.draft() if isinstance(started, Revision) else started
    if isinstance(outcome, Proposal):
        assert outcome.after.text.startswith(text[: selection.start])
        assert outcome.after.text.endswith(text[selection.end :])
    else:
        assert isinstance(outcome, NoEdit)
        assert outcome.reason
