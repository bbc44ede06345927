"""Rewriting by instruction: which answer is proposed, and that nothing else changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits import rewrite as operation
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.rewrite import MOST_ASKED, MOST_LINES, rewrite
from editdiff.edits.rewriting import Rewriting
from editdiff.edits.session import Session
from editdiff.engines.base import Draft, FillOptions, Told
from editdiff.engines.confidence import RewriteCalibration, rewrite_features
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

TEXT = "def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n"
BODY = Span(TEXT.index("    return"), TEXT.index("\n\n\nprint"))
DOCUMENT = Document("area.py", TEXT, language="python")
EMPTY = Span(BODY.end + 1, BODY.end + 2)
SURE = RewriteCalibration(0.0, {"lead": 1.0}, 0.5)
"""As sure as an answer is ahead of what stands there."""


def told(lead: float = 2.0, plain: float = -9.0, wrote: int = 1) -> Told:
    return Told((lead - 5, lead - 5), plain, wrote, (-5.0, -5.0), -1.0)


def answer(text: str, lead: float = 2.0) -> Draft:
    return Draft((text,), lead, 7, told=told(lead))


def ask(
    *answers: Draft, span: Span = BODY, document: Document = DOCUMENT, what="double it", **more
):
    engine = ScriptedEngine([answers])
    return rewrite(document, span, what, engine, **more), engine


def test_the_answer_is_proposed_with_its_confidence():
    outcome, engine = ask(answer("    return 2 * w * h"), calibration=SURE)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("return w", "return 2 * w")
    assert outcome.effort.confidence == pytest.approx(0.88, abs=0.01)
    (task,) = engine.tasks
    assert (task.old, task.ask, task.path) == ("    return w * h", "double it", "area.py")
    assert engine.options[0].drafts == 1


def test_the_likeliest_answer_that_passes_its_checks_is_proposed():
    answers = [
        answer("    return h", 1.0),
        answer("    return (w", 3.0),
        answer("    return w", 2.0),
    ]
    outcome, _ = ask(*answers, calibration=SURE, checkers=[SyntaxChecker()])
    assert outcome.after.text == TEXT.replace("w * h", "w")
    assert outcome.checked == (SyntaxChecker().name,)


def test_an_answer_that_is_not_likely_enough_is_declined():
    outcome, _ = ask(answer("    return w", -1.0), calibration=SURE)
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == "the model is not sure enough of its draft (0.269 of 0.500)"
    assert "more precisely" in outcome.hint
    seen, _ = ask(answer("    return w", -1.0), calibration=SURE, least=0.0)
    assert isinstance(seen, Proposal)


def test_without_an_answer_that_changes_something_there_is_no_edit():
    outcome, _ = ask()
    assert outcome == operation.LEFT
    same, _ = ask(answer("    return w * h"))
    assert same == operation.LEFT


@pytest.mark.parametrize(
    ("span", "what", "refused"),
    [(BODY, " \n", operation.NOTHING_ASKED), (EMPTY, "x", operation.NOTHING_THERE)],
)
def test_what_cannot_be_rewritten_is_refused_without_the_model(span, what, refused):
    outcome, engine = ask(span=span, what=what)
    assert (outcome, engine.tasks) == (refused, [])


def test_too_much_is_refused_without_the_model():
    outcome, engine = ask(what="a" * (MOST_ASKED + 1))
    assert "2,001 characters" in outcome.reason and not engine.tasks
    long = Document("a.py", "x = 1\n" * (MOST_LINES + 1), language="python")
    outcome, engine = ask(span=Span(0, len(long.text) - 1), document=long)
    assert f"{MOST_LINES + 1} lines" in outcome.reason and not engine.tasks
    with pytest.raises(ValueError, match="past the end"):
        ask(span=Span(0, len(TEXT) + 1))


def test_inside_of_a_line_the_rest_of_it_stays():
    span = Span(TEXT.index("w * h"), TEXT.index("w * h") + 5)
    outcome, engine = ask(answer("    return h * w"), span=span)
    assert engine.tasks[0].old == "    return w * h"
    assert outcome.after.text == TEXT.replace("w * h", "h * w")
    (edit,) = outcome.edits
    assert edit.span == span


def test_an_answer_that_changes_the_line_beside_the_region_is_none():
    span = Span(TEXT.index("w * h"), TEXT.index("w * h") + 5)
    outcome, _ = ask(answer("    yield h * w"), answer("return h"), span=span)
    assert outcome == operation.OUTSIDE


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        ("a\n«b\nc\n»d\n", "b\nc"), ("a«\n\n  b\n\n»c", "  b"), ("«a»\n", "a"), ("x «y» z", "y"),
        ("x «  y \r\n»z", "  y"), ("a\n«  \n»b", "  \n"),
    ],
)  # fmt: skip
def test_blank_ends_of_a_selection_are_not_meant(marked, meant):
    start, end = marked.index("«"), marked.index("»") - 1
    document = Document("a.txt", marked.replace("«", "").replace("»", ""))
    found = operation.without_blank_ends(document, Span(start, end))
    assert found.slice(document.text) == meant
    assert operation.without_blank_ends(document, found) == found


def test_what_was_shown_is_not_shown_again_and_others_are_drawn():
    outcome, engine = ask(
        answer("    return 1"),
        answer("    return 2"),
        exclude=["    return 1"],
        options=FillOptions(drafts=3),
    )
    assert outcome.after.text == TEXT.replace("w * h", "2")
    assert engine.options[0].drafts == 3


def test_line_endings_stay():
    document = Document("area.py", TEXT.replace("\n", "\r\n"), language="python")
    span = Span(document.text.index("    return"), document.text.index("\r\n\r\n\r\nprint"))
    outcome, engine = ask(answer("    x = w\n    return x * h"), span=span, document=document)
    assert engine.tasks[0].old == "    return w * h"
    assert outcome.after.text == TEXT.replace("return w", "x = w\n    return x").replace(
        "\n", "\r\n"
    )


@given(st.text("ab\n é", min_size=1, max_size=30), st.data())
def test_nothing_outside_of_the_region_changes(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    new = data.draw(st.text("abc\n", max_size=12))
    document = Document("a.txt", text)
    outcome, _ = ask(answer(new), document=document, span=Span(start, end))
    if isinstance(outcome, Proposal):
        after = outcome.after.text
        assert after.startswith(text[:start]) and after.endswith(text[end:])


def session(*script, **more) -> Session:
    engine = ScriptedEngine(script)
    return Session(lambda: engine, calibrate_rewrites=lambda: SURE, **more)


TWO = (Span(0, 15), BODY)


def test_several_regions_are_one_edit_each_in_view_of_the_ones_before():
    here = session([answer("def area(a, h):")], [answer("    return a * h", 1.0)])
    outcome = Rewriting(here, DOCUMENT, TWO, "rename w to a").draft()
    assert outcome.after.text == TEXT.replace("w, h", "a, h").replace("w * h", "a * h")
    assert len(outcome.edits) == 2
    assert here.engine.tasks[1].text.startswith("def area(a, h):")
    assert outcome.effort.confidence == pytest.approx(0.73, abs=0.01), "of the less likely one"


def test_where_one_of_several_cannot_be_rewritten_none_is():
    here = session([answer("def area(a, h):")], [])
    outcome = Rewriting(here, DOCUMENT, TWO, "rename w to a").draft()
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == "the region of line 2: the model would leave the text as it is"


def test_asked_again_another_answer_is_proposed():
    both = [answer("    return 1", 3.0), answer("    return 2")]
    rewriting = Rewriting(session(both, both), DOCUMENT, (BODY,), "simplify")
    first, second = rewriting.draft(), rewriting.draft()
    assert [o.after.text for o in (first, second)] == [TEXT.replace("w * h", n) for n in "12"]
    assert [o.seed for o in rewriting.session.engine.options] == [0, 1]


def test_a_sketch_shows_all_regions():
    sketches = []
    here = session([answer("def area(a, h):")], [answer("    return a * h")])
    Rewriting(here, DOCUMENT, TWO, "rename").draft(sketches.append)
    assert [[g[0].text for g in s.gaps] for s in sketches] == [
        ["def area(a, h):", "    return w * h"],
        ["def area(a, h):", "    return a * h"],
    ]


def test_it_follows_what_is_typed_elsewhere_and_is_dropped_where_that_touches_it():
    rewriting = Rewriting(session(), DOCUMENT, (BODY,), "x")
    moved = rewriting.follow(Edits((TextEdit(Span(0, 0), "# a\n"),)))
    assert moved.spans == (BODY.shift(4),) and moved.document.text == "# a\n" + TEXT
    assert isinstance(rewriting.follow(Edits((TextEdit(Span(20, 21), ""),))), Dropped)


def test_features_tell_what_is_asked_from_what_would_come_anyway():
    task = replace(operation.rewrite_task(DOCUMENT, BODY, "x"))
    wanted = Draft(("    return 2",), 0.0, 1, told=Told((-1.0, -2.0), -20.0, 2, (-6.0, -4.0), -1.0))
    habit = Draft(("    return 3",), -1.0, 1, told=Told((-1.0, -2.0), -4.0, 1, (-6.0, -4.0), -1.0))
    of_wanted, of_habit = (rewrite_features(task, d, [wanted, habit]) for d in (wanted, habit))
    assert of_wanted["lead"] == of_habit["lead"] == 3.5
    assert (of_wanted["asked"], of_habit["asked"]) == (22.5, 6.5)
    assert of_wanted["most"] == -1.0 and of_wanted["sure"] == -1.5 / (5 + 28 / 4) ** 0.5
    assert tuple(of_wanted) == RewriteCalibration.NAMES
    with pytest.raises(ValueError, match="answer"):
        rewrite_features(task, Draft(("a",), 0.0, 1), [])


def test_python_itself_judges_too():
    outcome, _ = ask(answer("    return w\n  x"), checkers=[PythonCompileChecker()])
    assert isinstance(outcome, NoEdit) and "new problem" in outcome.reason


def test_who_assesses_an_answer_is_told_what_was_asked_for():
    class Noting(RewriteCalibration):
        def assess(self, task, draft, drafts, read=None):
            asked.append(task.ask)
            return 1.0

    asked = list[str | None]()
    ask(answer("    return 2 * w * h"), calibration=Noting(0.0, {}, 0.5))
    assert set(asked) == {"double it"}


def test_a_comment_that_was_asked_for_is_as_likely_as_was_counted():
    counted = replace(SURE, floor=0.6, prose=0.64)
    commented = answer("    # width by height\n    return w * h", -9.0)
    outcome, _ = ask(commented, what="add a comment", calibration=counted)
    assert isinstance(outcome, Proposal) and outcome.effort.confidence == 0.64
    other, _ = ask(commented, what="double it", calibration=counted)
    assert isinstance(other, NoEdit)
