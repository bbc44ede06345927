from collections.abc import Iterator

import pytest
from evaluation_zoo import Knowing, sources

from editdiff.check.base import Problem
from editdiff.check.syntax import SyntaxChecker
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.gaps import Gap, draw
from editdiff.evaluation.core.runner import Filler, Outcome, parses, run
from editdiff.text.document import Document
from editdiff.text.span import Span

ONE = FillOptions(drafts=1)
GAP = Gap("p", "m.py", "def f(x):\n    return x + 1\n", Span(14, 26), 2)
SYNTAX = (SyntaxChecker(),)


def outcomes(engine: Engine, gaps: list[Gap], options: FillOptions = ONE) -> list[Outcome]:
    return list(run(gaps, Filler(engine.name, engine, options), SYNTAX))


def outcome(script: str | list[Draft]) -> Outcome:
    (only,) = outcomes(ScriptedEngine([script]), [GAP])
    return only


def test_an_oracle_fills_every_gap_exactly_through_the_real_loop():
    gaps = draw(sources(packages=2, files=1), 10, seed=0)
    results = outcomes(Knowing(gaps), gaps)
    assert len(results) == 10
    for result in results:
        assert (result.exact, result.parses, result.right_length) == (True, True, True)
        assert (result.similarity, result.score, result.ended) == (1.0, 0.0, True)
        assert result.nfe > 0
        assert result.seconds > 0


def test_an_empty_fill_is_never_exact():
    gaps = draw(sources(), 50, seed=0)
    empty = simple_floors()[0]
    assert not any(result.exact or result.similarity for result in outcomes(empty, gaps))


def test_only_the_best_ranked_draft_counts():
    better = [Draft(("return x",), -1.0, 3), Draft((GAP.truth,), -2.0, 3)]
    assert not outcome(better).exact
    assert outcome(better[::-1]).exact


def test_a_fill_is_judged_in_its_file():
    assert outcome("return x - 1").parses
    assert not outcome("return (x").parses
    assert not outcome("return \0").parses


def test_length_is_counted_in_lexical_tokens():
    assert outcome("return y - 2").right_length
    assert not outcome("return y").right_length


def test_without_a_draft_the_gap_is_missed_and_its_work_still_counted():
    class Silent:
        name = "silent"

        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            yield Sketch(7, (Place("x", True, 1.0),))

    (missed,) = outcomes(Silent(), [GAP])
    assert (missed.answered, missed.exact, missed.parses, missed.ended) == (False,) * 4
    assert (missed.nfe, missed.score, missed.similarity) == (7, None, 0.0)


def test_an_unfinished_draft_is_told_apart():
    assert not outcome([Draft((GAP.truth,), 0.0, 1, ended=False)]).ended


def test_the_engine_gets_the_row_s_options_and_the_text_around():
    engine = ScriptedEngine(["a"])
    outcomes(engine, [GAP], FillOptions(canvas=16))
    assert engine.options == [FillOptions(canvas=16)]
    assert engine.tasks == [FillTask("def f(x):\n    \n", (Span(14, 14),), "m.py")]


@pytest.mark.parametrize("verdicts", [(True, False), (False, True)])
def test_every_checker_has_to_agree(verdicts):
    class Fixed:
        def __init__(self, good: bool) -> None:
            self.name, self.good = "fixed", good

        def supports(self, language: str) -> bool:
            return True

        def check(self, document: Document) -> list[Problem]:
            bad = not self.good and "bad" in document.text
            return [Problem(Span(0, 0), "bad", self.name)] if bad else []

    assert not parses(GAP.document, GAP.fill("bad"), [Fixed(good) for good in verdicts])
    assert parses(GAP.document, GAP.fill("fine"), [Fixed(good) for good in verdicts])
