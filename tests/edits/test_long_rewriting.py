"""A long text rewritten part by part: what is asked, what is kept, and what is told."""

import pytest

from editdiff.check.anatomy import NamesChecker, TextAnatomist
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits import rewriting
from editdiff.edits.hunks import apart
from editdiff.edits.long_rewriting import LongRewriting, parts_of, summary
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.rewriting import Rewriting
from editdiff.edits.session import Session
from editdiff.engines.base import Draft, Told
from editdiff.engines.confidence import RewriteCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

SURE = RewriteCalibration(0.0, {"lead": 1.0}, 0.5)


def function(name: str, lines: int = 30) -> str:
    return f"def {name}(a):\n" + "    a += 1\n" * (lines - 2) + "    return a"


NAMES = ("first", "second", "third", "fourth", "fifth")
TEXT = "\n\n\n".join(map(function, NAMES)) + "\n"
DOCUMENT = Document("a.py", TEXT, language="python")
WHOLE = Span(0, len(TEXT))


def answer(text: str, lead: float = 2.0) -> list[Draft]:
    told = Told((lead - 5, lead - 5), -9.0, 1, (-5.0, -5.0), -1.0)
    return [Draft((text,), lead, 7, told=told)]


def doubled(name: str, lead: float = 2.0) -> list[Draft]:
    return answer(function(name).replace("+= 1", "+= 2"), lead)


def begun(*script, ask="add 2", document=DOCUMENT, spans=None, **more) -> LongRewriting:
    engine = ScriptedEngine(script)
    session = Session(
        lambda: engine, checkers=(SyntaxChecker(),), calibrate_rewrites=lambda: SURE,
        anatomist=TextAnatomist(), **more,
    )  # fmt: skip
    whole = Span(0, len(document.text))
    found = rewriting.begin(session, document, spans or [whole], ask)
    assert isinstance(found, LongRewriting)
    return found


def became(found: LongRewriting) -> list[str]:
    return [part.became for part in found.parts]


def test_each_function_is_asked_in_order_in_view_of_what_became_of_those_before_it():
    found = begun(*map(doubled, NAMES))
    outcome = found.draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("+= 1", "+= 2")
    tasks = found.session.engine.tasks
    assert [task.old for task in tasks] == list(map(function, NAMES))
    assert [task.text.count("+= 2") for task in tasks] == [28 * n for n in range(5)]
    assert became(found) == ["changed"] * 5 and outcome.checked == ("syntax",)


def test_what_is_declined_or_stays_the_same_is_named_and_the_rest_is_one_proposal():
    broken = answer(function("third").replace("a += 1", "a += (", 1))
    script = [doubled("first", 3.0), [], broken, doubled("fourth", -1.0), doubled("fifth", 1.0)]
    found = begun(*script)
    outcome = found.draft()
    assert isinstance(outcome, Proposal) and len(outcome.edits) == 2
    assert became(found) == ["changed", "unchanged", "declined", "declined", "changed"]
    assert outcome.effort.nfe == 4, "a step of each answer, declined ones too"
    assert outcome.effort.confidence == pytest.approx(0.731, abs=1e-3), "of the least likely one"
    told = summary(found.parts, TEXT)
    assert told.startswith(
        "2 of 5 parts are changed, 1 would stay the same, 2 are left as they are (lines 65-94: "
    )
    assert "not sure enough" in told


def test_a_part_that_reads_what_nothing_says_is_left_out():
    wrong = answer(function("second").replace("(a)", "(a: Optional[int])"))
    found = begun(doubled("first"), wrong)
    outcome = found.draft()
    assert isinstance(outcome, Proposal) and "Optional" not in outcome.after.text
    assert became(found)[:2] == ["changed", "unfit"] and "`Optional`" in found.parts[1].reason


def test_a_change_that_is_made_here_and_not_there_changes_nothing():
    text = TEXT.replace(
        "a += 1\n    return a\n\n\ndef third", "a += first(a)\n    return a\n\n\ndef third"
    )
    document = Document("a.py", text, language="python")
    renamed = answer(function("first").replace("first", "one"))
    found = begun(renamed, ask="rename first to one", document=document)
    outcome = found.draft()
    assert isinstance(outcome, NoEdit)
    assert "`first` is gone from lines 1-30" in outcome.reason and "line 61" in outcome.reason


def test_a_change_that_is_made_everywhere_is_proposed():
    text = TEXT + "\n\nfirst(1)\n"
    document = Document("a.py", text, language="python")
    renamed = answer(function("first").replace("first", "one"))
    found = begun(
        renamed, [], [], [], [], answer("one(1)"), ask="rename first to one", document=document
    )
    outcome = found.draft()
    assert isinstance(outcome, Proposal) and "first" not in outcome.after.text


def test_a_name_that_changes_in_two_places_is_one_part_to_take_or_leave():
    document = Document("a.py", TEXT + "\n\nfirst(1)\n", language="python")
    renamed = answer(function("first").replace("first", "one").replace("+= 1", "+= 2", 1))
    found = begun(renamed, doubled("second"), [], [], [], answer("one(1)"), ask="rename first to one",
                  document=document)  # fmt: skip
    outcome = found.draft()
    assert isinstance(outcome, Proposal)
    assert len(outcome.hunks) == 3
    hunks = apart(outcome, (SyntaxChecker(), NamesChecker()))
    assert [len(hunk) for hunk in hunks] == [2, 1], (
        "the function with its call, and the other function"
    )


def test_when_time_is_over_what_was_done_is_kept_if_it_fits():
    ticks = iter(range(100))
    found = begun(*map(doubled, NAMES))
    found.clock, found.seconds = lambda: float(next(ticks)), 2.5
    outcome = found.draft()
    assert isinstance(outcome, Proposal)
    assert became(found) == ["changed", "changed", "late", "late", "late"]
    text = TEXT.replace("    a += 1\n", "    a += first(a)\n")
    renamed = answer(function("first").replace("first", "one").replace("+= 1", "+= one(a)"))
    ticks = iter(range(100))
    here = begun(
        renamed, ask="rename first to one", document=Document("a.py", text, language="python")
    )
    here.clock, here.seconds = lambda: float(next(ticks)), 1.5
    assert isinstance(here.draft(), NoEdit)


def test_without_time_for_any_part_that_is_the_reason():
    found = begun()
    found.seconds = 0.0
    outcome = found.draft()
    assert isinstance(outcome, NoEdit) and "no time left for 5 of 5 parts" in outcome.reason


def test_where_no_part_changes_the_reason_is_that_of_the_first_that_could_not():
    found = begun([], doubled("second", -1.0))
    outcome = found.draft()
    assert isinstance(outcome, NoEdit)
    assert (
        "none of 5 parts is changed, and 1 of them could not be: of lines 33-62" in outcome.reason
    )
    assert begun().draft().reason == "the model would leave the text as it is"


def test_a_sketch_shows_all_parts_and_says_which_one_it_is():
    sketches = []
    begun(*map(doubled, NAMES)).draft(sketches.append)
    assert [sketch.doing for sketch in sketches][:2] == [
        "part 1 of 5, lines 1-30",
        "part 2 of 5, lines 33-62",
    ]
    assert all(len(sketch.gaps) == 5 for sketch in sketches)
    second = sketches[1]
    assert "".join(place.text for place in second.gaps[0]).count("+= 2") == 28
    assert "".join(place.text for place in second.gaps[4]) == function("fifth")
    assert not all(place.committed for place in second.gaps[4])


def test_it_can_be_cancelled():
    def stop(sketch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun(*map(doubled, NAMES)).draft(stop)


def test_asked_again_another_answer_of_each_part_is_proposed():
    third = answer(function("first").replace("+= 1", "+= 3"))
    found = begun(doubled("first"), [], [], [], [], [*doubled("first"), *third])
    assert "+= 2" in found.draft().after.text
    assert "+= 3" in found.draft().after.text
    assert found.session.engine.options[5].seed == 1


def test_short_regions_are_asked_as_before():
    engine = ScriptedEngine([])
    session = Session(lambda: engine, anatomist=TextAnatomist())
    short = Span(0, TEXT.index("\n\n\ndef second"))
    assert isinstance(rewriting.begin(session, DOCUMENT, [short], "x"), Rewriting)
    alone = Session(lambda: engine)
    refused = rewriting.begin(alone, DOCUMENT, [WHOLE], "x")
    assert isinstance(refused, NoEdit) and "at most 120" in refused.reason


def test_it_follows_what_is_typed_between_the_parts_and_is_dropped_where_that_touches_one():
    found = begun()
    gap = TEXT.index("\n\n\ndef second") + 2
    moved = found.follow(Edits((TextEdit(Span(gap, gap), "# a"),)))
    assert isinstance(moved, LongRewriting)
    assert moved.spans[1] == found.spans[1].shift(3)
    assert moved.regions[0].end == found.regions[0].end + 3
    assert isinstance(found.follow(Edits((TextEdit(Span(5, 6), ""),))), Dropped)


def test_small_parts_grow_until_there_are_few_enough():
    text = "\n\n\n".join(function(f"f{n}", 10) for n in range(120)) + "\n"
    document = Document("a.py", text, language="python")
    parts = parts_of(document, [Span(0, len(text))], TextAnatomist())
    assert len(parts) == 30 and all(part.slice(text).count("def ") == 4 for part in parts)
    long = text * 4
    refused = parts_of(document.with_text(long), [Span(0, len(long))], TextAnatomist())
    assert isinstance(refused, NoEdit) and "at most 40" in refused.reason


def test_nothing_of_markdown_sections_is_lost():
    words = "\n".join(f"Some words of line {n}." for n in range(20))
    sections = [f"# Part {n}\n\n{words}" for n in range(8)]
    text = "\n\n".join(sections) + "\n"
    document = Document("a.md", text, language="markdown")
    changed = [answer(section.replace("Some", "Other")) for section in sections]
    found = begun(*changed, document=document)
    assert found.draft().after.text == text.replace("Some", "Other")


def test_what_lies_outside_needs_a_clearly_likelier_answer():
    short = Span(0, TEXT.index("\n\n\ndef fifth"))
    found = begun(
        doubled("first", 2.0), doubled("second", 3.0), ask="use 2 in `fifth`", spans=[short]
    )
    assert [each.name for each in found.outside] == ["fifth"]
    found.draft()
    assert became(found)[:2] == ["declined", "changed"]
