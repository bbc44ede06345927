import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.meant import AGAINST, FOR, GAIN, LESS, Meaning
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import NO_BETTER, NO_DOUBT, NO_OTHER, Revision, begin
from editdiff.edits.session import Session
from editdiff.edits.weighed import AHEAD, better, rivals
from editdiff.engines.base import Doubt, FillOptions, Place, Rival, Weight
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


def revision(text, *learnt, selection=None, window=512):
    network = ChainDenoiser(learnt or (LEARNT,), order=6, smooth=1e-7)
    doubter = BranchingDoubter(network, window=window, piece=16)
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


def test_of_a_line_that_is_read_in_several_stretches_one_place_is_changed():
    text = "x = size * width\ny = [size + width, size * width, size + width]\n"
    drafting = revision(text, text.replace("+", "*"), selection=Span(17, len(text)), window=24)
    outcome = drafting.draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == text.replace("+", "*", 1)


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


def meaning(text, start=0):
    return Meaning(Document("a.py", text, language="python"), Span(start, len(text)))


def weight(text, old, new, gain, rest=0.0):
    at = text.index(old)
    return Weight(Rival(Span(at, at + len(old)), new), gain - rest, (rest / 2, rest / 2), -1.0)


PAIR = "left = right + up.left\nup.size = right\n"


@pytest.mark.parametrize(
    ("old", "new", "nats"),
    [
        ("right", "left", GAIN),
        ("1", "2", GAIN),
        ("+", "-", LESS),
        ("sise", "size", LESS),
        ("sise", "left", GAIN),
    ],
)
def test_a_word_has_to_be_likelier_by_a_margin(old, new, nats):
    text = PAIR.replace("size", "sise") + "size[1]\n"
    assert not meaning(text).is_clear(weight(text, old, new, nats))
    assert meaning(text).is_clear(weight(text, old, new, nats + 0.1))


def test_of_two_words_that_are_about_as_likely_none_is_taken():
    one, other = weight(PAIR, "right", "left", 30.0), weight(PAIR, "+", "-", 30.1 - AHEAD)
    assert better([], meaning(PAIR)) == better([one, other], meaning(PAIR)) == []
    assert better([other._replace(place=1.0), one], meaning(PAIR)) == [one]


def test_of_two_words_for_one_that_stands_nowhere_else_the_one_a_slip_away_is_meant():
    text = PAIR.replace("size", "sise") + "size\n"
    near, far = weight(text, "sise", "size", 20.0), weight(text, "sise", "left", 22.0)
    assert better([near, far], meaning(text)) == [near, far]
    assert better([near, far], meaning(f"{text}sise")) == [far, near]


def test_a_slip_may_be_of_a_name_that_stands_nowhere_else():
    rival = Rival(Span(PAIR.index("size"), PAIR.index("size") + 4), "sizes")
    assert meaning(PAIR).may_be(rival)
    assert not meaning(f"{PAIR}size\n").may_be(rival)
    assert not meaning(PAIR).may_be(rival._replace(text="bytes"))


def test_what_follows_has_its_say():
    told = meaning(PAIR)
    assert told.is_clear(weight(PAIR, "right", "left", 30.0, rest=-AGAINST))
    assert not told.is_clear(weight(PAIR, "right", "left", 30.0, rest=-AGAINST - 0.1))


def test_a_name_that_the_file_knows_is_not_given_up_for_one_that_the_selection_does_not_hold():
    text = f"other = 1\n{PAIR}"
    selected = meaning(text, len("other = 1\n"))
    assert not selected.is_clear(weight(text, "right", "other", 30.0, rest=FOR - 0.1))
    assert selected.is_clear(weight(text, "right", "other", 30.0, rest=FOR))
    assert meaning(text).is_clear(weight(text, "right", "other", 30.0))


def test_a_name_has_to_stand_in_the_file_in_the_same_role():
    def may_be(old, new, at=0):
        start = PAIR.index(old, at)
        return meaning(PAIR).may_be(Rival(Span(start, start + len(old)), new))

    assert may_be("right", "left")
    assert may_be("right", "len")  # Python knows it
    assert not may_be("right", "down")
    assert not may_be("right", "size")  # a member
    assert may_be("left", "size", PAIR.index("."))
    assert not may_be("left", "right", PAIR.index("."))
    assert not may_be("left", "len", PAIR.index("."))


def test_in_a_comment_alone_any_word_may_be_meant():
    text = "x = 1  # teh first\n"
    selection = Span(text.index("teh"), len(text) - 1)
    told = Meaning(Document("a.py", text, language="python"), selection)
    assert told.may_be(Rival(Span(selection.start, selection.start + 3), "the"))
    assert told.is_clear(weight(text, "teh", "the", GAIN + 0.1))
    other = Rival(Span(selection.start, selection.start + 3), "another")
    assert told.may_be(other)
    assert not meaning(text).may_be(other)


class Told:
    """Doubts some words and weighs as it is told: by the start of a place and the word."""

    name, calibrated = "told", True

    def __init__(self, text, doubted, gains):
        self.text, self.doubted, self.gains, self.until = text, doubted, gains, []

    @property
    def doubts(self):
        starts = [self.text.rindex(word) for word in self.doubted]
        return [Doubt(Span(s, s + len(w)), 0.5) for s, w in zip(starts, self.doubted, strict=True)]

    def standing(self, text, spans, path):
        yield self

    def write(self, places):
        yield []

    def weigh(self, rivals, until=None):
        self.until.append(until)
        known = [(r, self.gains.get((r.span.start, r.text))) for r in rivals]
        yield [Weight(r, gain - 6.0, (6.0,), -1.0) for r, gain in known if gain is not None]


TURNED = "def f(a):\n    size = a\n    sum(a)\n    return side\n\n\nside = 1\n"


@pytest.mark.parametrize(
    ("turned", "after"),
    [
        (10.0, TURNED.replace("return side", "return size")),
        (30.0, TURNED.replace("size = a", "side = a")),
        (20.0, None),
    ],
)
def test_a_name_that_does_not_fit_an_earlier_one_may_be_right_and_the_earlier_one_wrong(
    turned, after
):
    here, earlier = TURNED.index("side"), TURNED.index("size")
    gains = {(here, "size"): 20.0, (earlier, "side"): turned}
    told = Told(TURNED[: here + len("side")], ["side"], gains)
    session = Session(lambda: TwinEngine(ChainDenoiser(("",))), doubt=lambda: told)
    selection = Span(0, here + len("side"))
    document = Document("a.py", TURNED, language="python")
    outcome = Revision(session, document, (selection,)).draft()
    assert told.until == [None, here + len("side")]
    if after is None:
        assert outcome == NO_BETTER
    else:
        assert outcome.after.text == after


def test_what_is_declared_is_not_tried_the_other_way_round():
    text = "def size(a):\n    size = a\n    return side + a.size\n"
    rival = Rival(Span(text.index("side"), text.index("side") + 4), "size")
    assert [r.span.start for r in meaning(text).turned(rival)] == [text.index("size = a")]
    assert meaning(text).turned(Rival(Span(text.index("+"), text.index("+") + 1), "-")) == []


def test_words_of_another_kind_and_keywords_for_names_are_no_rivals():
    text = "if left and right < 2:\n    pass\n"

    def others(word, *written):
        place = Span(text.index(word), text.index(word) + len(word))
        found = rivals(meaning(text), [place], [Rival(place, other) for other in written])
        return {rival.text for rival in found}

    assert others("left", "up", "2", "while", "None", "max") == {"None", "max", "right"}
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
