from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.span import Span

TASK = FillTask("ab", (Span(1, 1),))


def drafts(engine: ScriptedEngine) -> list[Draft]:
    return [update for update in engine.fill(TASK, FillOptions()) if isinstance(update, Draft)]


def test_the_script_answers_one_fill_after_the_other_and_then_falls_silent():
    engine = ScriptedEngine(["first", "second"])
    assert [draft.texts for draft in drafts(engine)] == [("first",)]
    assert [draft.texts for draft in drafts(engine)] == [("second",)]
    assert drafts(engine) == []


def test_an_entry_may_be_several_drafts():
    both = [Draft(("a", "b"), -1.0, 3), Draft(("c", "d"), -2.0, 3, ended=False)]
    assert drafts(ScriptedEngine([both])) == both


def test_a_sketch_of_the_best_draft_comes_first():
    sketch, *_ = ScriptedEngine(["text"]).fill(TASK, FillOptions())
    assert isinstance(sketch, Sketch)
    assert [place.text for place in sketch.places] == ["text"]


def test_tasks_and_options_are_recorded():
    engine = ScriptedEngine(["x"])
    list(engine.fill(TASK, FillOptions(seed=3)))
    assert (engine.tasks, engine.options) == ([TASK], [FillOptions(seed=3)])
