import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.base import Checker, Problem
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.complete import GHOST, MAX_CHECKED, UNSURE, Suggestion, complete
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.text.document import Document
from editdiff.text.markup import parse

SYNTAX: tuple[Checker, ...] = (SyntaxChecker(),)


def suggest(marked: str, *drafts: str | Draft, **options: object) -> Suggestion | NoEdit:
    """Ask at the cursor `ˇ`; a draft given as text has the probability 1 / 4, and the canvas is certain."""
    case = parse(marked)
    document = Document("m.py", case.text, language="python")
    script = [d if isinstance(d, Draft) else Draft((d,), math.log(0.25), 1) for d in drafts]
    return complete(document, case.cursors[0], ScriptedEngine([script]), **options)  # type: ignore[arg-type]


def text(outcome: Suggestion | NoEdit) -> str:
    return outcome.text if isinstance(outcome, Suggestion) else ""


def reason(outcome: Suggestion | NoEdit) -> str:
    assert isinstance(outcome, NoEdit)
    return outcome.reason


def test_a_suggestion_is_the_rest_of_the_line_with_its_confidence_and_effort():
    found = suggest("def f():\n    retˇ\n", "urn 1")
    assert isinstance(found, Suggestion)
    assert (found.text, found.offset, found.before.text) == ("urn 1", 16, "def f():\n    ret\n")
    assert found.probability == pytest.approx(0.25)
    assert found.confidence == pytest.approx(0.5)
    assert (found.effort.nfe, found.effort.drafts) == (1, 1)
    assert found.effort.seconds > 0


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_of_several_lines_only_the_first_is_shown(newline):
    assert text(suggest("x = ˇ", f"1{newline}y = 2{newline}")) == "1"


def test_white_space_at_the_end_of_the_line_is_not_shown_but_before_a_closer_it_is():
    assert text(suggest("x =ˇ\n", " 1  ")) == " 1"
    assert text(suggest("f(ˇ)\n", "a, ")) == "a, "


def test_white_space_behind_white_space_is_shown_at_the_start_of_a_line_alone():
    assert reason(suggest("x = ˇ\n", "    1")).startswith("the line goes on with white space")
    assert text(suggest("if x:\n ˇ\n", "   y()")) == "   y()"
    assert text(suggest("returnˇ\n", "  x")) == "  x"


def test_the_model_sees_unix_line_endings_and_an_empty_gap_at_the_cursor():
    engine = ScriptedEngine(["1"])
    complete(Document("d/m.py", "a\r\nx = \r\nb"), 7, engine)
    assert engine.tasks[0].text == "a\nx = \nb"
    assert [(gap.start, gap.end) for gap in engine.tasks[0].gaps] == [(6, 6)]
    assert engine.options[0] == replace(GHOST, lookup=0)  # that was done before


def test_one_draft_is_asked_for_whatever_the_options_say():
    engine = ScriptedEngine(["1"])
    complete(Document("m.py", "x = "), 4, engine, FillOptions(drafts=4, seed=3))
    assert (engine.options[0].drafts, engine.options[0].seed) == (1, 3)


class Sketching:
    """Shows these places, a step each, then a draft of all of them with the probability 1 / 4."""

    name = "sketching"

    def __init__(self, *places: Place) -> None:
        self.places = places
        self.done = False

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        masked = tuple(replace(place, committed=False) for place in self.places)
        for step in range(1, len(masked) + 1):
            yield Sketch(step, (self.places[:step] + masked[step:],))
        self.done = True
        yield Draft(("".join(p.text for p in self.places),), math.log(0.25), len(masked))


def ask(engine: Engine, least: float = 0.0) -> Suggestion | NoEdit:
    return complete(Document("m.py", "x = \n"), 4, engine, least=least)


def test_the_confidence_is_the_geometric_mean_of_what_both_modes_give_the_first_line():
    found = ask(Sketching(Place("1", True, 0.5), Place(" + 2", True, 0.5)))
    assert isinstance(found, Suggestion)
    assert found.confidence == pytest.approx(math.sqrt(0.25 * 0.25))
    found = ask(Sketching(Place("1", True, 0.5), Place("\n", True, 0.8), Place("y", True, 0.1)))
    assert isinstance(found, Suggestion)
    assert found.confidence == pytest.approx(math.sqrt(0.25 * 0.4))


def test_without_sketches_the_probability_is_all_there_is():
    found = ask(Sketching())
    assert isinstance(found, NoEdit)

    class Silent(Sketching):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            yield Draft(("1",), math.log(0.25), 0)

    found = ask(Silent())
    assert isinstance(found, Suggestion)
    assert found.confidence == found.probability == pytest.approx(0.25)


def test_a_draft_that_can_no_longer_be_sure_enough_is_given_up():
    engine = Sketching(Place("1", True, 0.3), Place(" + 2", True, 0.9))
    assert reason(ask(engine, least=0.6)) == UNSURE
    assert not engine.done
    assert reason(ask(engine, least=0.5)) == UNSURE, "only the other mode decides it"
    assert engine.done


def test_the_probability_of_a_line_of_a_longer_draft_is_asked_of_the_engine():
    class Scoring(ScriptedEngine):
        def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
            asked.extend(texts)
            return [math.log(0.125)]

    asked: list[tuple[str, ...]] = []
    document = Document("m.py", "x = \n")
    found = complete(document, 4, Scoring([[Draft(("1\ny",), -9.0, 1)]]))
    assert isinstance(found, Suggestion)
    assert found.probability == pytest.approx(0.125)
    assert asked == [("1",)]
    single = complete(document, 4, Scoring([[Draft(("1",), math.log(0.5), 1)]]))
    assert isinstance(single, Suggestion)
    assert single.probability == pytest.approx(0.5)
    assert asked == [("1",)], "a draft of one line has its probability already"


def test_that_probability_is_asked_for_in_the_context_of_the_draft():
    class Reading(ScriptedEngine):
        def score_with(
            self, task: FillTask, texts: Sequence[tuple[str, ...]], options: FillOptions
        ) -> list[float]:
            contexts.append(options.context)
            return [math.log(0.125)]

    contexts: list[int] = []
    complete(Document("m.py", "x = \n"), 4, Reading([[Draft(("1\ny",), -9.0, 1)]]))
    assert contexts == [GHOST.context], "another context would have to be encoded first"


def test_a_line_of_which_the_model_is_less_sure_is_not_shown():
    assert text(suggest("x = ˇ\n", "1", least=0.49)) == "1"
    assert reason(suggest("x = ˇ\n", "1", least=0.51)) == UNSURE


@pytest.mark.parametrize("draft", ["", "  ", "\n    y = 2"])
def test_nothing_more_on_the_line_is_no_suggestion(draft):
    assert reason(suggest("x = 1ˇ\n", draft)) == "the model would add nothing to the line"


@pytest.mark.parametrize("draft", ["foo(1)", "foo", " foo(1)\n"])
def test_what_follows_the_cursor_is_not_suggested_again(draft):
    assert "repeats" in reason(suggest("x = ˇfoo(1)\n", draft))
    assert text(suggest("x =ˇ\nfoo(1)\n", draft)) == draft.rstrip()


@pytest.mark.parametrize("draft", ["total += price", "return total"])
def test_the_line_above_and_the_one_below_are_not_suggested_again(draft):
    document = Document("a.txt", "total += price\n\nreturn total\n")
    outcome = complete(document, 15, ScriptedEngine([draft]))
    assert isinstance(outcome, NoEdit)
    assert outcome.reason == "the line repeats its neighbour"


def test_a_line_that_was_cut_off_is_no_suggestion_unless_its_end_had_come():
    cut = Draft(("abc",), -1.0, 1, ended=False)
    assert "no line" in reason(suggest("x = ˇ\n", cut))
    assert "no line" in reason(suggest("x = ˇ\n"))
    assert text(suggest("x = ˇ\n", Draft(("abc\nd",), -1.0, 1, ended=False))) == "abc"


@pytest.mark.parametrize(
    ("marked", "draft"),
    [
        ("x = ˇ\n", "foo(1)"),
        ("def foˇ\n\nx = 1\n", "o(self):"),
        ("x = ˇ\ny = 1\n", "foo("),  # its rest is still to come
        ("xˇ\ny = 1\n", " = [{"),
        ("x = foo(ˇ)\n", "a, b"),
        ("x = foo(aˇ\ny = 2\n", ", b"),  # was broken and stays so
        ("if aˇ\n    pass\n", ":"),
    ],
)
def test_a_half_typed_line_may_be_completed(marked, draft):
    assert text(suggest(marked, draft, checkers=SYNTAX)) == draft


@pytest.mark.parametrize(
    ("marked", "draft"),
    [
        ("x = foo(ˇ)\n", "a b"),
        ("xˇ\n", " = = ("),
    ],
)
def test_a_line_that_breaks_the_document_is_withheld(marked, draft):
    assert "new problem" in reason(suggest(marked, draft, checkers=SYNTAX))
    assert text(suggest(marked, draft)) == draft


@pytest.mark.parametrize(
    ("marked", "draft", "why"),
    [
        ('x = ["a"ˇ]\n', '",', "leaves a quotation mark open"),
        ("x = ˇ\n", "'it", "leaves a quotation mark open"),
        ("x = foo(ˇ)\n", "a))", "closes a bracket that is not open"),
        ("ˇ\n", "f(1)]", "closes a bracket that is not open"),
        ("x = f(ˇ) + 1\n", "g(", "leaves a bracket open before"),
    ],
)
def test_a_line_that_its_text_leaves_unbalanced_is_withheld_by_no_checker(marked, draft, why):
    assert why in reason(suggest(marked, draft))


@pytest.mark.parametrize(
    ("marked", "draft"),
    [
        ("x = f(\n    1,\nˇ\n", ")[0]"),  # closes what a line above opens
        ("x = f('(',\n    1ˇ\n", ")"),
        ("# it was ˇ\n", "Ann's :-)"),
        ('def f():\n    """It is ˇ\n    """\n', "Ann's :-)"),
        ("x = 'it'  # ˇ\n", "don't"),
        ('x = """ˇ\n', "it's"),
        ("x = foo(ˇ\n", "[1, 2], {"),
        ("x = 'aˇ\n", "b'"),
    ],
)
def test_what_is_balanced_with_the_lines_above_or_is_prose_is_shown(marked, draft):
    assert text(suggest(marked, draft)) == draft


@pytest.mark.parametrize(
    ("marked", "draft", "shown"),
    [
        ('with open(path, "ˇ")\n', 'r")', "r"),
        ('with open(path, "ˇ")\n', 'r"', "r"),
        ("x = f(g(ˇ))\n", "a))", "a"),
        ("x = [1, ˇ]\n", "2]", "2"),
        ("x = f(ˇ, b)\n", "a, b)", "a"),
        ("x = loadˇ(path) + 1\n", "_all(path)", "_all"),
        ("x = ˇa + b\n", "c + a", "c + "),
        ("x = ˇ + ab\n", "c + a", "c + a"),  # no part of a word
        ("x = f(ˇ)\n", "g(y)", "g(y)"),  # nor a bracket that is balanced
        ("if xˇ:\n", " == 1:", " == 1"),
    ],
)
def test_what_closes_the_line_behind_the_cursor_is_not_repeated(marked, draft, shown):
    assert text(suggest(marked, draft)) == shown


def test_between_quotation_marks_nothing_is_shown_that_leaves_them():
    before = 'def load_more(path, default=None):\n    with open(path, "ˇ")\n'
    assert "quotation mark" in reason(suggest(before, '"):', checkers=SYNTAX))
    assert text(suggest(before, "r", checkers=SYNTAX)) == "r"


def test_a_draft_that_is_not_text_is_withheld():
    assert "not text" in reason(suggest("x = ˇ\n", "a\0b", checkers=SYNTAX))


class Refusing:
    """Finds fault with whatever it is shown, and counts how often it was asked."""

    name = "refusing"
    asked = 0

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        self.asked += 1
        raise AssertionError("not to be asked")


def test_nothing_is_checked_that_is_not_shown_nor_a_very_long_document():
    assert isinstance(suggest("x = ˇ\n", "1", least=0.9, checkers=(Refusing(),)), NoEdit)
    long = "x = ˇ\n" + "#" * MAX_CHECKED
    assert text(suggest(long, "1", checkers=(Refusing(),))) == "1"
    with pytest.raises(AssertionError, match="not to be asked"):
        suggest("x = ˇ\n", "1", checkers=(Refusing(),))


def test_a_listener_may_cancel():
    def stop(sketch: Sketch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        suggest("x = ˇ\n", "1", on_sketch=stop)


def test_a_cursor_outside_the_text_is_refused():
    with pytest.raises(ValueError, match="span"):
        complete(Document("m.py", "x"), 2, ScriptedEngine(["1"]))


def test_through_the_real_loop_typing_encodes_a_few_tokens_a_keystroke():
    before, line = "x = 1\n" * 30 + "y = ", "call(argument)"
    engine = LocalEngine(OracleDenoiser((line,), before=before))
    costs, done = [], 0
    for typed in range(len(line)):
        document = Document("m.py", before + line[:typed] + "\nz = 3\n", language="python")
        found = complete(document, len(before) + typed, engine, checkers=SYNTAX)
        assert isinstance(found, Suggestion)
        assert (found.text, found.probability) == (line[typed:], 1.0)
        assert found.confidence == pytest.approx(math.sqrt(0.95 ** len(found.text)))
        costs.append(engine.encoded - done)
        done = engine.encoded
    assert max(costs[1:]) == 3  # the key, <tail>, <fill>


@given(st.lists(st.floats(0.3, 1.0), max_size=4), st.floats(0, 1))
def test_giving_up_early_changes_no_answer(confidences, least):
    known = dict(enumerate(confidences))
    engine = LocalEngine(OracleDenoiser(("a + 1",), "x = ", confidences=known, confidence=1.0))
    free, bound = (complete(Document("m.py", "x = \n"), 4, engine, least=x) for x in (0.0, least))
    assert isinstance(free, Suggestion)
    assert free.confidence == pytest.approx(math.sqrt(math.prod(confidences)))
    assert text(bound) == ("a + 1" if free.confidence >= least else "")


PIECES = st.text("ab\r\n ()'é😀", max_size=9)


@given(before=PIECES, after=PIECES, draft=PIECES, least=st.sampled_from([0.0, 0.9]))
def test_whatever_is_drafted_a_suggestion_is_a_part_of_one_line_and_the_document_stays(
    before, after, draft, least
):
    document = Document("m.py", before + after, language="python")
    engine = ScriptedEngine([[Draft((draft,), math.log(0.5), 1)]])
    found = complete(document, len(before), engine, checkers=SYNTAX, least=least)
    if isinstance(found, Suggestion):
        assert found.text.strip()
        assert not {"\n", "\r"} & set(found.text)
        assert draft.startswith(found.text)
        assert found.confidence >= least
        assert (found.before, found.offset) == (document, len(before))


class Remembering(ScriptedEngine):
    """Has looked something up, with a probability; and writes, with that of 1 / 4."""

    def __init__(self, looked_up: Sequence[tuple[str, float]], *drafts: str) -> None:
        super().__init__([[Draft((d,), math.log(0.25), 1) for d in drafts]])
        self.looked_up = looked_up

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        found = [Draft((t,), math.log(p), 0, found=True) for t, p in self.looked_up]
        return found[:most]


def recall(marked: str, looked_up: Sequence[tuple[str, float]], *drafts: str, **more: object):  # type: ignore[no-untyped-def]
    case, engine = parse(marked), Remembering(looked_up, *drafts)
    document = Document("m.py", case.text, language="python")
    return complete(document, case.cursors[0], engine, **more), engine  # type: ignore[arg-type]


def test_a_line_that_is_likely_found_elsewhere_is_shown_without_asking_the_network():
    outcome, engine = recall("x = ˇ\n", [("found", 0.8)], "written")
    assert text(outcome) == "found"
    assert not engine.tasks
    assert isinstance(outcome, Suggestion)
    assert (outcome.confidence, outcome.effort.nfe) == (pytest.approx(0.8), 0)


@pytest.mark.parametrize(("probability", "shown"), [(0.4, "written"), (0.49999, "written")])
def test_of_an_unlikely_one_and_the_models_line_the_surer_is_shown(probability, shown):
    outcome, _ = recall("x = ˇ\n", [("found", probability)], shown)  # of confidence 1 / 2
    assert text(outcome) == shown
    outcome, _ = recall("x = ˇ\n", [("found", probability)], "yield  ")
    assert text(outcome) == "yield"


def test_where_the_models_line_is_not_sure_enough_what_was_found_is_shown():
    outcome, engine = recall("x = ˇ\n", [("found", 0.45)], "")
    assert (text(outcome), len(engine.tasks)) == ("found", 1)


def test_what_was_found_is_checked_as_everything_else_is():
    outcome, _ = recall("xˇ\n", [(")", 0.9), (" = 1", 0.8)], "", checkers=SYNTAX)
    assert text(outcome) == " = 1"
    outcome, _ = recall("x = ˇ\n", [("found", 0.45)], "", least=0.6)
    assert isinstance(outcome, NoEdit)


@pytest.mark.parametrize(
    ("marked", "anchor", "typed"),
    [("x = widˇ\n", 4, 3), ("x = widˇ\n", 7, 0), ("f(\r\n  aˇ)\r\n", 2, 4), ("x = 😀ˇ\n", 4, 1)],
)
def test_what_was_typed_since_the_anchor_is_told(marked, anchor, typed):
    case = parse(marked)
    for said, told in ((anchor, typed), (None, 0)):
        engine = ScriptedEngine([])
        complete(Document("m.py", case.text), case.cursors[0], engine, anchor=said)
        assert engine.tasks[0].typed == told


@given(st.integers(0, 100), st.integers(0, 7))
def test_a_model_with_a_canvas_takes_no_notice_of_an_anchor_nor_of_limits_of_other_models(
    seed, anchor
):
    engine = LocalEngine(NoiseDenoiser(seed))
    document, plain = Document("m.py", "x = wid\ny = 2\n"), replace(GHOST, lines=0, context=1024)
    with_anchor = complete(document, 7, engine, anchor=anchor)
    without = complete(document, 7, engine, plain)
    assert text(with_anchor) == text(without)
    if isinstance(with_anchor, Suggestion) and isinstance(without, Suggestion):
        assert with_anchor.confidence == without.confidence
