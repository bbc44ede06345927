import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.proposal import UNCHANGED, NoEdit, Proposal
from editdiff.edits.revise import LENGTH, revise
from editdiff.engines.base import Draft, FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

TEXT = "def f(a, b):\n    return a - b\n"
BEFORE = Document("a.py", TEXT, language="python")
MINUS = Span(TEXT.index("-"), TEXT.index("-") + 1)
ONE = FillOptions(drafts=1)


def engine(line: str) -> LocalEngine:
    return LocalEngine(OracleDenoiser((line,)))


def test_a_doubted_operator_is_replaced_and_nothing_else():
    outcome = revise(BEFORE, [MINUS], engine("    return a + b"), ONE, [SyntaxChecker()])
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("-", "+")
    assert outcome.checked == ("syntax",)


def test_two_doubted_places_of_one_line():
    last = TEXT.rindex("b")
    spans = [Span(last, last + 1), MINUS]
    outcome = revise(BEFORE, spans, engine("    return a * c"), ONE)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text.endswith("return a * c\n")


def test_what_the_model_would_write_again_is_left_alone():
    outcome = revise(BEFORE, [MINUS], engine("    return a - b"), ONE)
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == UNCHANGED


def test_what_is_wrong_is_not_written_again():
    outcome = revise(BEFORE, [MINUS], engine("    return a - b"), ONE, wrong=True)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("-", "x")


def test_lines_before_the_region_end_as_they_end():
    before = Document("a.py", TEXT.replace("\n", "\r\n"), language="python")
    at = before.text.index("-")
    outcome = revise(before, [Span(at, at + 1)], engine("    return a + b"), ONE)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == before.text.replace("-", "+")


def test_where_something_is_missing_the_length_has_to_change():
    outcome = revise(BEFORE, [Span(14, 14)], engine(""), ONE)
    assert isinstance(outcome, NoEdit)
    assert (outcome.reason, outcome.hint) == ("line 2: something may be missing, not wrong", LENGTH)


def test_a_revision_that_fails_its_checks_says_that_the_length_may_have_to_change():
    scripted = ScriptedEngine([[Draft(("(",), 0.0, 1)], [Draft(("[",), 0.0, 1)]])
    outcome = revise(BEFORE, [MINUS], scripted, FillOptions(), [SyntaxChecker()])
    assert isinstance(outcome, NoEdit)
    assert outcome.hint == LENGTH


@pytest.mark.parametrize(
    ("doubted", "region", "reason"),
    [
        ([], None, "nothing is doubted"),
        ([MINUS], Span(0, 4), "a doubted place lies outside the region"),
    ],
)
def test_what_cannot_be_revised_is_no_edit_with_a_reason(doubted, region, reason):
    outcome = revise(BEFORE, doubted, ScriptedEngine([]), ONE, region=region)
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == reason


def test_places_too_far_apart_are_no_edit_with_a_hint():
    outcome = revise(BEFORE.with_text("x" * 200), [Span(0, 1), Span(150, 151)], engine("x"), ONE)
    assert isinstance(outcome, NoEdit)
    assert "151 tokens apart" in outcome.reason
    assert outcome.hint == "Revise fewer of them at once"


def test_spans_that_overlap_or_touch_are_one():
    spans = [Span(17, 20), Span(19, 22), Span(22, 23)]
    scripted = ScriptedEngine([[Draft(("RETURN",), 0.0, 1)]])
    revise(BEFORE, spans, scripted, ONE)
    assert scripted.tasks[0].gaps == (Span(17, 23),)


@given(
    st.text(st.sampled_from("ab =\r\n\té日😀"), min_size=1, max_size=40),
    st.data(),
    st.integers(0, 200),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_nothing_outside_the_doubted_spans_ever_changes(text, data, seed, wrong):
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    network = LocalEngine(NoiseDenoiser(seed, special_bias=2.0))
    outcome = revise(
        Document("a.txt", text), [span], network, FillOptions(drafts=2, steps=4), wrong=wrong
    )
    if isinstance(outcome, Proposal):
        after = outcome.after.text
        assert after.startswith(text[: span.start])
        assert after.endswith(text[span.end :])
        assert len(after) >= len(text) - span.length


def without_canvas(*learnt: str) -> TwinEngine:
    return TwinEngine(ChainDenoiser(learnt), "chain")


def test_without_a_canvas_a_place_may_have_another_length():
    engine = without_canvas("* min(a, b)\n", "- b\n", "* min(a, b)\n")
    last = Span(MINUS.start, len(TEXT) - 1)
    outcome = revise(BEFORE, [last], engine, ONE, [SyntaxChecker()])
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("- b", "* min(a, b)")


def test_without_a_canvas_something_may_be_put_where_nothing_stands():
    before = Document("a.py", TEXT.replace(":", ""), language="python")
    at = before.text.index("\n")
    outcome = revise(before, [Span(at, at)], without_canvas(":\n    return a - b\n"), ONE)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT


def test_without_a_canvas_what_stands_there_stays_where_it_is_likelier():
    engine = without_canvas("- b\n", "- b\n", "* b\n")
    last = Span(MINUS.start, len(TEXT) - 1)
    outcome = revise(BEFORE, [last], engine, FillOptions(drafts=8, temperature=1.0))
    assert isinstance(outcome, NoEdit)
    assert (outcome.reason, outcome.hint) == (UNCHANGED, "")
