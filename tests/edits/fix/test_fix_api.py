from __future__ import annotations

import pytest

import editdiff
from editdiff import Document, NoEdit, Proposal, PythonCompileChecker, Span, SyntaxChecker
from editdiff.check.maths.checker import MathsChecker
from editdiff.engines.confidence import FixCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.fakes.words import Words

BROKEN = "def area(w, h)\n    return w * h\n"
SYNTAX = (SyntaxChecker(), PythonCompileChecker())


def test_what_does_not_parse_is_mended_as_one_edit():
    outcome = editdiff.fix(
        Document("area.py", BROKEN, language="python"), ScriptedEngine([]), SYNTAX
    )
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == BROKEN.replace(")\n", "):\n", 1)


def test_other_checkers_are_asked_besides():
    document = Document("notes.md", "So 7 * 8 = 54 in all.\n")
    outcome = editdiff.fix(document, ScriptedEngine([]), (), (MathsChecker(),))
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "So 7 * 8 = 56 in all.\n"


def test_nothing_is_edited_outside_of_the_spans():
    document = Document("area.py", BROKEN + BROKEN.replace("area", "volume"), language="python")
    second = Span(len(BROKEN), len(document.text))
    outcome = editdiff.fix(document, ScriptedEngine([]), SYNTAX, spans=[second])
    edited = outcome.after.text if isinstance(outcome, Proposal) else document.text
    assert edited.startswith(BROKEN)


def test_a_document_that_is_right_stays_as_it_is():
    document = Document("area.py", BROKEN.replace(")\n", "):\n", 1), language="python")
    assert isinstance(editdiff.fix(document, ScriptedEngine([]), SYNTAX), NoEdit)


@pytest.mark.parametrize(("least", "proposed"), [(0.3, True), (0.5, False), (None, False)])
def test_a_fix_has_to_be_as_likely_as_is_wanted(least, proposed):
    class Fixed(FixCalibration):
        def probability(self, told, language=""):
            return 0.4

    right = BROKEN.replace(")\n", "):\n", 1)
    outcome = editdiff.fix(
        Document("area.py", BROKEN, language="python"),
        Words({right: 0.0}, ()),
        SYNTAX,
        calibration=Fixed(0.0, {}, 0.5),
        least=least,
    )
    assert isinstance(outcome, Proposal) == proposed


def test_a_span_past_the_end_is_the_callers_fault():
    with pytest.raises(ValueError, match="reaches past the end"):
        editdiff.fix(Document("a.py", "x = 1\n"), ScriptedEngine([]), SYNTAX, spans=[Span(0, 99)])
