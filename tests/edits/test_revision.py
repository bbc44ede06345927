import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import (
    LEAD,
    MARGIN,
    MOST_LINES,
    NO_BETTER,
    NO_DOUBT,
    NO_JUDGE,
    NO_OTHER,
    NOTHING,
    Revision,
    begin,
)
from editdiff.edits.session import Session
from editdiff.engines.base import Doubt, Draft, FillOptions, Place, Sketch
from editdiff.engines.doubt import LocalDoubter
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.surprise import CausalDoubter
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

TEXT = "def area(width, height):\n    size = width - height\n    half = sise / 2\n    return half\n"
BODY = Span(TEXT.index("\n") + 1, len(TEXT))


class Doubting:
    """Doubts some texts wherever they stand in what it is asked about, the first of them most."""

    name, calibrated = "doubting", True

    def __init__(self, *texts):
        self.texts = texts

    def doubts(self, text, spans, path):
        for span in spans:
            yield [
                Doubt(Span(at, at + len(doubted)), 0.9 / (rank + 1))
                for rank, doubted in enumerate(self.texts)
                if (at := text.find(doubted, span.start, span.end)) >= 0
            ]


class Judging(ScriptedEngine):
    """Writes what it is told for each text that is doubted, and likes some lines by so many nats."""

    def __init__(self, writes, likes=None):
        super().__init__(())
        self.writes, self.likes = writes, likes or {}

    def fill(self, task, options):
        self.tasks.append(task)
        (gap,) = task.gaps
        texts = self.writes.get(gap.slice(task.text), ())
        yield Sketch(1, (tuple(Place(text, False, 0.5) for text in texts[:1]),))
        yield from (Draft((text,), 0.0, 1) for text in texts)

    def score(self, task, texts):
        return [sum(n for liked, n in self.likes.items() if liked in t) for (t,) in texts]


def revision(engine, doubter, text=TEXT, selection=BODY, **more):
    session = Session(lambda: engine, checkers=(SyntaxChecker(),), doubt=lambda: doubter, **more)
    return Revision(session, Document("a.py", text, language="python"), (selection,))


BOTH = Judging({"-": ["*"], "sise": ["size"]}, {"width * height": 20.0, "= size": 20.0})


def test_what_is_doubted_is_done_again_and_nothing_else():
    outcome = revision(BOTH, Doubting("-", "sise")).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("-", "*").replace("sise", "size")
    assert outcome.checked == ("syntax",)


def test_a_part_of_a_word_that_is_doubted_is_the_whole_word():
    engine = Judging({"sise": ["size"]}, {"= size": 20.0})
    revision(engine, Doubting("is")).draft()
    assert [task.gaps[0].slice(task.text) for task in engine.tasks] == ["sise"]


@pytest.mark.parametrize(("nats", "proposed"), [(MARGIN - 0.1, False), (MARGIN + 0.1, True)])
def test_a_line_has_to_be_likelier_by_a_margin(nats, proposed):
    outcome = revision(Judging({"-": ["*"]}, {"*": nats}), Doubting("-")).draft()
    assert isinstance(outcome, Proposal) == proposed
    if not proposed:
        assert outcome == NO_BETTER


@pytest.mark.parametrize(("ahead", "proposed"), [(LEAD - 0.1, False), (LEAD + 0.1, True)])
def test_where_two_texts_are_about_as_likely_neither_is_proposed(ahead, proposed):
    engine = Judging({"-": ["*", "+"]}, {"*": 20.0, "+": 20.0 - ahead})
    outcome = revision(engine, Doubting("-")).draft()
    assert isinstance(outcome, Proposal) == proposed


@pytest.mark.parametrize("written", ["size + 1", "2", "*", ""])
def test_a_word_is_done_again_as_a_word(written):
    engine = Judging({"sise": [written]}, {written: 20.0})
    assert revision(engine, Doubting("sise")).draft() == NO_BETTER


def test_a_name_of_the_selection_is_tried_where_the_model_does_not_write_it():
    engine = Judging({}, {"= size /": 20.0})
    outcome = revision(engine, Doubting("sise")).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("sise", "size")


def test_what_does_not_parse_is_withheld():
    engine = Judging({"-": ["!"]}, {"!": 20.0})
    assert revision(engine, Doubting("-")).draft() == NO_BETTER


def test_of_one_line_one_place_is_changed():
    engine = Judging({"width": ["a"], "height": ["b"]}, {"= a": 20.0, "- b": 30.0})
    outcome = revision(engine, Doubting("width", "height"), selection=BODY).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("- height", "- b")


def test_declarations_comments_and_strings_are_left_alone():
    text = 'def area(\n    width,\n):\n    # a side\n    return rb"side"\n'
    engine, doubted = Judging({}, {}), ("area", "width", "side", "rb", '"side"')
    found = revision(engine, Doubting(*doubted), text=text, selection=Span(0, len(text)))
    assert found.draft() == NO_DOUBT
    assert engine.tasks == []


def test_a_line_of_data_is_left_alone():
    text = f"x = [{'1, ' * 200}sise]\n"
    found = revision(BOTH, Doubting("sise"), text=text, selection=Span(0, len(text)))
    assert found.draft() == NO_DOUBT


def test_where_a_comment_alone_is_selected_it_is_revised():
    text = "x = 1  # teh first\n"
    engine = Judging({"teh": ["the"]}, {"the": 20.0})
    selection = Span(text.index("teh"), len(text) - 1)
    outcome = revision(engine, Doubting("teh"), text=text, selection=selection).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "x = 1  # the first\n"


def test_nothing_outside_the_selection_is_done_again():
    selection = Span(TEXT.index("    half"), len(TEXT))
    outcome = revision(BOTH, Doubting("-", "sise"), selection=selection).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("sise", "size")


def test_lines_end_as_they_end():
    text = TEXT.replace("\n", "\r\n")
    outcome = revision(BOTH, Doubting("-", "sise"), text=text, selection=Span(0, len(text))).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == text.replace("-", "*").replace("sise", "size")


def test_another_draft_is_one_that_was_not_proposed_yet():
    engine = Judging({"-": ["*", "+"]}, {"*": 30.0, "+": 20.0})
    drafting = revision(engine, Doubting("-"))
    texts = [drafting.draft() for _ in range(2)]
    assert [each.after.text for each in texts] == [TEXT.replace("-", mark) for mark in "*+"]
    assert drafting.draft() == NO_OTHER


def test_the_steps_show_masks_first_then_what_is_written_and_at_last_what_is_proposed():
    engine = Judging({"-": ["*"], "half": ["quarter"]}, {"*": 20.0})
    drafting, seen = revision(engine, Doubting("-", "half")), []

    def look(sketch):
        assert len(sketch.gaps) == len(drafting.drawn)
        seen.append([(s.slice(TEXT), p) for s, p in zip(drafting.drawn, sketch.gaps, strict=True)])

    drafting.draft(look)
    mask = ("-", (Place("-", False, 0.0),))
    assert seen[0] == []  # it reads
    assert [place for _, (place,) in seen[1]] == [Place("-", False, 0.0), Place("half", False, 0.0)]
    assert seen[1][0] == mask
    assert seen[-1] == [("-", (Place("*", True, 1.0),))]


def test_who_looks_may_cancel():
    def stop(sketch):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        revision(BOTH, Doubting("-")).draft(stop)


@pytest.mark.parametrize(
    ("engine", "doubter", "reason"),
    [
        (BOTH, None, NO_JUDGE),
        (ScriptedEngine([]), Doubting("-"), NO_JUDGE),
        (BOTH, Doubting(), NO_DOUBT),
        (BOTH, Doubting("    "), NO_DOUBT),
    ],
)
def test_where_nothing_can_be_revised_the_reason_is_told(engine, doubter, reason):
    assert revision(engine, doubter).draft() == reason


@pytest.mark.parametrize("selected", ["", "\n", "  \t\n\n"])
def test_an_empty_selection_is_refused_before_a_model_is_loaded(selected):
    document = Document("a.py", selected + "x = 1\n", language="python")
    assert begin(Session(lambda: 1 / 0), document, Span(0, len(selected))) == NOTHING


def test_a_selection_of_too_many_lines_is_refused_with_its_number():
    text = "x = 1\n" * MOST_LINES + "y"
    refused = begin(Session(lambda: 1 / 0), Document("a.py", text), Span(0, len(text)))
    assert isinstance(refused, NoEdit)
    assert f"{MOST_LINES + 1} lines" in refused.reason


def test_it_follows_edits_before_and_inside_of_the_selection():
    drafting = revision(BOTH, Doubting("-", "sise"))
    at = TEXT.index("-")
    moved = drafting.follow(
        Edits((TextEdit(Span(0, 0), "#\n"), TextEdit(Span(at, at + 1), "minus")))
    )
    assert isinstance(moved, Revision)
    (selection,) = moved.spans
    assert selection.slice(moved.document.text) == BODY.slice(TEXT).replace("-", "minus")


def test_an_edit_over_its_border_drops_it():
    edit = TextEdit(Span(BODY.start - 3, BODY.start + 3), "")
    assert isinstance(revision(BOTH, Doubting()).follow(Edits((edit,))), Dropped)


def test_a_network_from_left_to_right_finds_and_mends_a_wrong_operator():
    network = ChainDenoiser(("    return a + b\n", "+", "+"), order=6)
    text = "def f(a, b):\n    return a - b\n"
    outcome = revision(
        TwinEngine(network, "chain"),
        CausalDoubter(network),
        text=text,
        selection=Span(13, len(text)),
        options=FillOptions(drafts=2),
    ).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == text.replace("-", "+")


@given(st.text(st.sampled_from("ab1 =+(\n\ré😀"), max_size=30), st.data(), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_whatever_a_network_says_nothing_outside_the_selection_changes(text, data, seed):
    start = data.draw(st.integers(0, len(text)))
    selection = Span(start, data.draw(st.integers(start, len(text))))
    network = NoiseDenoiser(seed, special_bias=2.0)
    session = Session(
        lambda: LocalEngine(network),
        FillOptions(drafts=2, steps=4),
        doubt=lambda: LocalDoubter(network, "noise"),
    )
    drafting = begin(session, Document("a.txt", text), selection)
    outcome = drafting.draft() if isinstance(drafting, Revision) else drafting
    if isinstance(outcome, Proposal):
        after = outcome.after.text
        assert after.startswith(text[: selection.start])
        assert after.endswith(text[selection.end :])
    else:
        assert outcome.reason
