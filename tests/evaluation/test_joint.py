import json
from collections.abc import Iterator

import pytest
from evaluation_zoo import File, write_corpus

from editdiff.check.anatomy import TextAnatomist
from editdiff.check.syntax import SyntaxChecker
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch, Update
from editdiff.engines.causal import CausalEngine
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import joint
from editdiff.evaluation.benchmarks.joint import Way, at_once, in_turn, judge, report, ways
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.table import NONE
from editdiff.evaluation.data.pairs import draw_pairs

TEXT = "def area(width):\n    half = width / 2\n    print(width)\n    return half * half\n"
LONG = "print('a file of a corpus is not too short')\n" * 20
(PAIR,) = draw_pairs([File("p", "m.py", TEXT)], 1, seed=0)
GREEDY = FillOptions(drafts=1, temperature=0.0)
SYNTAX = (SyntaxChecker(),)


def ignore(name: str, done: int, total: int) -> None:
    pass


def pair_draft(first: str, second: str, nfe: int = 3) -> list[Draft]:
    return [Draft((first, second), -1.0, nfe)]


def outcome(first: str, second: str) -> joint.Outcome:
    engine = ScriptedEngine([pair_draft(first, second)])
    return judge(PAIR, Way("w", at_once(engine, GREEDY)), SYNTAX)


@pytest.mark.parametrize("engine", [LocalEngine, CausalEngine])
def test_an_oracle_agrees_and_is_exact_through_the_real_engines(engine):
    way = Way("w", at_once(engine(OracleDenoiser(PAIR.truths)), GREEDY))
    seen = judge(PAIR, way, SYNTAX)
    assert (seen.agree, seen.new_name, seen.exact, seen.parses, seen.answered) == (True,) * 5
    assert seen.nfe > 0
    assert seen.seconds > 0


def test_drafts_that_agree_come_first_where_they_are_ranked_so():
    drafts = [Draft(("x = width", "return y"), -1.0, 3), Draft(("x = width", "return x"), -2.0, 3)]
    made = joint.Made(ScriptedEngine([drafts]), FillOptions())
    best, agree = (made.first(anatomist)(PAIR) for anatomist in (None, TextAnatomist()))
    assert best.texts == ("x = width", "return y") and best.seconds == 0
    assert agree.texts == ("x = width", "return x") and agree.answered and agree.nfe == 3
    assert agree.seconds > 0, "what it took to make them counts, though they are made once"


def test_the_row_that_agrees_is_compared_with_the_same_drafts_as_the_engine_ranks_them(tmp_path):
    rows = ways(engine(), None, [], FillOptions(drafts=3))
    notes = report([PAIR], rows, Request(GREEDY, 1, 0, tmp_path, tmp_path), checkers=SYNTAX).notes
    row = "both at once, 3 drafts that agree"
    assert sum(f"both at once, greedy less {row}, points: " in note for note in notes) == 1
    assert sum(f"{row} less both at once, best of 3 drafts" in note for note in notes) == 1


def test_another_name_agrees_where_it_is_the_same_in_both():
    seen = outcome("x = width", "return x")
    assert (seen.agree, seen.new_name, seen.exact, seen.parses) == (True, True, False, True)
    assert not outcome("x = width", "return y").agree


def test_a_name_that_stands_elsewhere_is_no_new_one():
    seen = outcome("width = 2", "return width")
    assert (seen.agree, seen.new_name) == (True, False)


def test_each_half_may_be_exact_alone_and_both_are_judged_in_the_file():
    seen = outcome("half = width / 2 ", "return (")
    assert (seen.exact_first, seen.exact_second, seen.exact, seen.parses) == (
        True,
        False,
        False,
        False,
    )
    assert not outcome("\0", "return 1").parses


def test_one_after_the_other_shows_the_first_draft_to_the_second_fill():
    engine = ScriptedEngine(["x = 1", "return x"])
    filled = in_turn(engine, GREEDY)(PAIR)
    assert filled.texts == ("x = 1", "return x")
    assert filled.nfe == 2
    first, second = engine.tasks
    assert first.text == PAIR.fill("", "")
    assert second.text == PAIR.fill("x = 1", "")
    assert len(first.gaps) == len(second.gaps) == 1


def test_without_a_draft_nothing_is_right_and_the_work_still_counts():
    class Silent:
        name = "silent"

        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            yield Sketch(7, ((), ()))

    for way in (at_once(Silent(), GREEDY), in_turn(Silent(), GREEDY)):
        seen = judge(PAIR, Way("w", way), SYNTAX)
        assert not any(
            (seen.answered, seen.agree, seen.exact_first, seen.exact_second, seen.parses)
        )
        assert seen.nfe == 7
    half = ScriptedEngine(["half = width / 2"])
    assert not judge(PAIR, Way("w", in_turn(half, GREEDY)), SYNTAX).parses


def engine() -> Engine:
    return ScriptedEngine([pair_draft(*PAIR.truths)] * 50)


def test_the_rows_are_joint_then_its_rivals_then_the_floors():
    names = [way.name for way in ways(engine(), engine(), [engine()], FillOptions(drafts=3))]
    assert names == [
        "both at once, greedy",
        "both at once, best of 3 drafts",
        "both at once, 3 drafts that agree",
        "one after the other, greedy",
        "left to right, greedy",
        "scripted",
    ]
    assert len(ways(engine(), None, [], GREEDY)) == 2


def test_the_report_counts_compares_and_says_what_is_missing(tmp_path):
    request = Request(GREEDY, 5, 0, tmp_path, tmp_path)
    rows = [
        Way("joint", at_once(engine(), GREEDY)),
        Way("other", at_once(ScriptedEngine([]), GREEDY)),
        Way("none", at_once(ScriptedEngine([]), GREEDY), floor=True),
    ]
    result = report([PAIR], rows, request, ["a note"], checkers=SYNTAX)
    first, other, floor = result.table.rows
    assert first[1].startswith("100.0 [")
    assert other[1].startswith("0.0 [")
    assert floor[0] == "floor: none"
    assert floor[-2:] == (NONE, NONE)
    notes = "\n".join(result.table.notes)
    assert "5 pairs were asked for; there are 1." in notes
    assert "agree in 1 of 1" in notes
    assert "joint less other, points: agreement +100.0 [" in notes
    assert notes.endswith("a note")
    content = json.loads(json.dumps(result.to_json()))
    assert content["ways"][0]["figures"]["exact"]["hits"] == 1
    assert content["ways"][0]["outcomes"][0]["second"] == PAIR.truths[1]
    assert content["pairs"][0]["name"] == "half"


def test_pairs_come_from_held_out_packages_only(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"}, TEXT + LONG)
    request = Request(FillOptions(drafts=2), 4, 0, manifest, tmp_path, twin=engine())
    result = joint.evaluate(engine(), request, ignore)
    assert {pair.package for pair in result.pairs} == {"kept"}
    assert [way.name for way, _ in result.rows][-2:] == ["pass", "3-gram"]
    assert len(result.rows) == 7


def test_a_corpus_without_such_pairs_is_refused(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout"}, LONG)
    with pytest.raises(InputError, match="holds out no pair"):
        joint.evaluate(engine(), Request(GREEDY, 4, 0, manifest, tmp_path), ignore)
