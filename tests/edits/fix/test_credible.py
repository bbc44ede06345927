"""One list of fixes of all regions, how likely each is right, and lines that were broken off."""

import time
from dataclasses import replace

import pytest

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.credible import ALONE, UNTOLD, Trust, distinct, features, lead
from editdiff.edits.fix.mending import Mending
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixing, Limits, fix, together
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.engines.confidence import FixCalibration
from editdiff.engines.fakes.words import UNLIKELY, Words
from editdiff.text.document import Document
from editdiff.text.span import Span

PARSERS = Checks((SyntaxChecker(), PythonCompileChecker()))
RIGHT = "def area(width, height):\n    if width > height:\n        return width * height\n    return 0\n"
BROKEN = RIGHT.replace("height):\n    if", "height:\n    if")
HALF = RIGHT.replace("if width > height:", "if width > hei")


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


CLOSED = HALF.replace("> hei", "> hei:")


def engine(*texts: str, drafts=("ght:",)) -> Words:
    """The first text is likeliest, each other one less so by a nat."""
    return Words({text: -float(n) for n, text in enumerate(texts)}, drafts)


def trust(p: float, least: float | None = None, *, together: bool = False) -> Trust:
    """Each fix is as likely right as `p`."""

    class Fixed(FixCalibration):
        def probability(self, told, language=""):
            return p

    return Trust(Fixed(0.0, {}, 0.5), least, together)


def test_what_is_likely_enough_is_offered_with_its_probability():
    outcome = fix(python(BROKEN), engine(RIGHT), PARSERS, trust=trust(0.75)).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == RIGHT
    assert outcome.effort.confidence == 0.75


@pytest.mark.parametrize(("least", "offered"), [(None, False), (0.3, True), (0.31, False)])
def test_what_is_not_likely_enough_is_left_and_the_caller_may_want_less(least, offered):
    fixed = fix(python(BROKEN), engine(RIGHT), PARSERS, trust=trust(0.3, least))
    assert isinstance(fixed.outcome, Proposal) == offered
    if not offered:
        first = fixed.left[0].outcome
        assert isinstance(first, NoEdit)
        assert f"not sure enough of its best fix (0.300 of {least or 0.5:.3f})" in first.reason


@pytest.mark.parametrize("together", [False, True])
def test_a_line_that_was_broken_off_is_written_to_its_end_where_that_is_likely(together):
    asked = trust(0.8, together=together)
    outcome = fix(python(HALF), engine(RIGHT), PARSERS, trust=asked).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == RIGHT


@pytest.mark.parametrize("asked", [UNTOLD, trust(0.4), Trust(None, None, together=True)])
def test_elsewhere_no_line_is_written_to_its_end(asked):
    assert isinstance(fix(python(HALF), engine(RIGHT), PARSERS, trust=asked).outcome, NoEdit)


def ways(text: str, p: float = 0.1):
    told = []
    fixing = Fixing(
        python(text),
        lambda: engine(RIGHT, CLOSED),
        PARSERS,
        trust=lambda: trust(p, together=True),
        on_ways=told.append,
    )
    for _ in fixing.run():
        pass
    return told[0]


def test_all_regions_stand_in_one_list_each_text_once_the_likeliest_first():
    found = ways(HALF)
    texts = [way.proposal.after.text for way in found]
    assert texts[0] == RIGHT
    assert len(set(texts)) == len(texts) > 1
    assert {way.completes for way in found} == {True, False}
    assert [way.worth for way in found] == sorted((way.worth for way in found), reverse=True)
    again = [replace(found[0], worth=found[0].worth - 1), *found]
    assert distinct(again) == [*found]


def test_once_one_is_sure_no_other_region_is_looked_at():
    assert len({way.rung for way in ways(HALF, 0.95)}) == 1
    assert len({way.rung for way in ways(HALF, 0.85)}) > 1


@pytest.mark.parametrize(("p", "offered"), [(0.95, True), (0.85, False)])
def test_what_has_no_rivals_for_want_of_time_has_to_be_sure(p, offered):
    class Slow(Words):
        def score(self, task, texts):
            told = super().score(task, texts)
            time.sleep(2.1 * (max(told) > UNLIKELY))
            return told

    limits = Limits(fault_seconds=2.0)
    slow = Slow({RIGHT: -1.0})
    fixed = fix(python(BROKEN), slow, PARSERS, limits=limits, trust=trust(p))
    assert isinstance(fixed.outcome, Proposal) == offered
    if not offered:
        assert "2 s for a fault are over" in fixed.left[0].outcome.reason


def test_a_fix_that_is_not_sure_is_compared_with_a_line_written_to_its_end_next():
    sure, unsure = ([way.completes for way in ways(HALF, p)] for p in (0.95, 0.85))
    assert sure == [False]
    assert True in unsure


def test_half_a_word_is_strange_and_what_stands_elsewhere_is_not():
    found = ways(HALF)
    told = {way.proposal.after.text: features(way, found) for way in found}
    assert told[RIGHT]["strange"] == 0 < told[CLOSED]["strange"]
    assert told[RIGHT]["completes"] == 1 > told[CLOSED]["completes"]


def test_the_lead_is_the_log_odds_among_all():
    assert lead(3.0, []) == ALONE
    assert lead(3.0, [1.0]) == pytest.approx(2.0)
    assert lead(1.0, [1.0, 1.0]) == pytest.approx(-0.693, abs=1e-3)
    assert lead(500.0, [-500.0]) == ALONE


def test_several_fixes_are_as_likely_right_as_all_of_them():
    outcome = fix(python(BROKEN), engine(RIGHT), PARSERS, trust=trust(0.8)).outcome
    assert isinstance(outcome, Proposal)
    unknown = replace(outcome, effort=replace(outcome.effort, confidence=None))
    assert together([outcome, outcome]) == pytest.approx(0.64)
    assert together([outcome, unknown]) is None
    assert together([]) is None


def test_fixes_to_choose_from_are_to_be_so_likely_together():
    text = "import os\n\n\nx = (1 + 2\nprint(x)\n"
    rights = [text.replace("(1 + 2", right) for right in ("(1 + 2)", "(1) + 2")]
    session = Session(
        lambda: engine(*rights, drafts=()), least=0.6, calibrate_fixes=lambda: trust(0.4).assessor
    )
    place = Span(text.index("("), text.index("(") + 1)
    mending = Mending(session, python(text), (place,), PARSERS, "reported")
    assert [each.after.text for each in mending.collect()] == rights
    alone = fix(python(text), session.engine, PARSERS, trust=Trust.of(session))
    assert isinstance(alone.outcome, NoEdit)


def test_a_span_that_may_not_be_edited_is_not_written_to_its_end():
    whole = Span(0, len("def area(width, height):\n"))
    fixing = Fixing(
        python(HALF), lambda: engine(RIGHT), PARSERS, editable=[whole], trust=lambda: trust(0.9)
    )
    for _ in fixing.run():
        pass
    assert isinstance(fixing.result().outcome, NoEdit)


def test_cells_of_a_notebook_are_told_as_files_are():
    cell = '{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": %s}'
    text = '{"cells": [%s], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'
    source = '["def area(width, height:\\n", "    return width\\n"]'
    right = "def area(width, height):\n    return width\n"
    document = Document("a.ipynb", text % (cell % source), language="json")
    fixing = NotebookFixing(document, lambda: engine(right), PARSERS, trust=lambda: trust(0.7))
    for _ in fixing.run():
        pass
    outcome = fixing.result().outcome
    assert isinstance(outcome, Proposal)
    assert outcome.effort.confidence == 0.7
