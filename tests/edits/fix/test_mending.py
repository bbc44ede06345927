"""A report is mended as our own checks see it, with further fixes behind the best; what none sees, by the model."""

from dataclasses import dataclass

import pytest

from editdiff.check.base import Problem
from editdiff.check.registry import guards
from editdiff.edits.fix.mending import MOST, NO_JUDGE, NO_MORE, Mending
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.fakes.words import Words
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

PYTHON = Checks(guards())
BROKEN = "import os\n\n\nx = (1 + 2\nprint(x)\n"
TYPED = "import os\n\nname = 'a'\ntotal = nme + 1\n"


@dataclass(frozen=True)
class Named:
    """Finds a word wrong, and knows three others for it."""

    word: str
    name: str = "named"

    def supports(self, language):
        return True

    def check(self, document):
        at = document.text.find(self.word)
        if at < 0:
            return []
        texts = ("one", "two", "three", "four")
        return [Problem(Span(at, at + len(self.word)), "wrong", self.name, texts)]


def mending(text, place, engine, checks=PYTHON, name="a.py", language="python"):
    document = Document(name, text, 0, language)
    start = text.index(place)
    span = Span(start, start + len(place))
    return Mending(Session(lambda: engine), document, (span,), checks, "reported")


def test_the_best_fix_is_proposed_then_those_that_are_credible_beside_it():
    two = BROKEN.replace("x = (1 + 2", "x = (1) + 2")
    one = BROKEN.replace("x = (1 + 2", "x = (1 + 2)")
    far = BROKEN.replace("x = (1 + 2", "x = 1 + 2")
    mended = mending(BROKEN, "(", Words({one: -1.0, two: -4.0, far: -9.0}))
    assert [each.after.text for each in mended.collect()] == [one, two]
    assert mended.draft().after.text == one
    assert mended.draft().after.text == two
    assert mended.draft() == NO_MORE


def test_what_was_found_is_not_looked_for_again():
    engine = Words({BROKEN.replace("2\n", "2)\n"): -1.0})
    mended = mending(BROKEN, "(", engine)
    mended.collect()
    asked = engine.asked
    assert isinstance(mended.draft(), Proposal)
    assert engine.asked == asked


def test_in_a_hurry_the_first_one_is_enough():
    two = BROKEN.replace("x = (1 + 2", "x = (1) + 2")
    engine = Words({BROKEN.replace("2\n", "2)\n"): -1.0, two: -2.0})
    mended = mending(BROKEN, "(", engine)
    scored = engine.score

    def hurried(task, texts):
        mended.hurry()
        return scored(task, texts)

    engine.score = hurried
    assert len(mended.collect()) == 1
    assert len(mended.collect()) == 2


def test_a_parser_that_noticed_the_fault_a_line_away_means_the_same():
    engine = Words({BROKEN.replace("2\n", "2)\n"): -1.0})
    assert isinstance(mending(BROKEN, "print", engine).draft(), Proposal)


def test_a_problem_elsewhere_is_none_of_what_was_reported():
    outcome = mending(BROKEN, "import", Words({BROKEN.replace("2\n", "2)\n"): -1.0})).draft()
    assert isinstance(outcome, NoEdit)


def test_a_checkers_own_texts_are_offered_in_its_order_and_no_more_than_are_shown():
    mended = mending("say wrong now\n", "wrong", ScriptedEngine([]), Checks((), (Named("wrong"),)))
    texts = [each.after.text for each in mended.collect()]
    assert texts == ["say one now\n", "say two now\n", "say three now\n"]
    assert len(texts) == MOST


def test_what_none_of_our_checks_sees_is_mended_where_the_model_finds_the_draft_likelier():
    right = TYPED.replace("nme", "name")
    engine = Words({right: -1.0, TYPED: -20.0}, ["name", "nam"])
    outcome = mending(TYPED, "nme", engine).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == right


def test_it_is_left_where_what_stands_there_is_as_likely():
    right = TYPED.replace("nme", "name")
    engine = Words({right: -1.0, TYPED: -2.0}, ["name"])
    assert isinstance(mending(TYPED, "nme", engine).draft(), NoEdit)


def test_a_draft_that_breaks_the_text_is_none():
    broken = TYPED.replace("nme", "nam(")
    engine = Words({broken: -1.0, TYPED: -90.0}, ["nam("])
    assert isinstance(mending(TYPED, "nme", engine).draft(), NoEdit)


def test_a_model_that_cannot_judge_what_stands_there_is_not_asked():
    engine = ScriptedEngine([])
    assert mending(TYPED, "nme", engine).draft() == NO_JUDGE


def test_a_report_of_many_lines_is_left():
    text = "def f():\n" + "    pass\n" * 20
    outcome = mending(text, text.strip(), Words(drafts=["x"])).draft()
    assert isinstance(outcome, NoEdit)
    assert "it covers 21 lines" in outcome.reason


def test_an_edit_elsewhere_moves_it_and_one_at_the_place_drops_it():
    engine = Words({"# new\n" + BROKEN.replace("2\n", "2)\n"): -1.0})
    mended = mending(BROKEN, "(", engine)
    moved = mended.follow(Edits((TextEdit(Span(0, 0), "# new\n"),)))
    assert isinstance(moved, Mending)
    assert moved.draft().after.text.startswith("# new\n")
    at = BROKEN.index("(")
    assert isinstance(mended.follow(Edits((TextEdit(Span(at, at + 1), ""),))), Dropped)


def test_what_was_cancelled_begins_anew():
    engine = Words({BROKEN.replace("2\n", "2)\n"): -1.0})
    mended = mending(BROKEN, "(", engine)
    scored = engine.score

    def cancelled(task, texts):
        engine.score = scored
        raise KeyboardInterrupt

    engine.score = cancelled
    with pytest.raises(KeyboardInterrupt):
        mended.collect()
    assert isinstance(mended.draft(), Proposal)
