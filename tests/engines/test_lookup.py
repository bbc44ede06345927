import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.base import (
    Draft,
    FillOptions,
    FillTask,
    Reader,
    Recaller,
    Scorer,
    Sketch,
)
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.lookup import LONGEST, REACH, Candidate, look_up
from editdiff.engines.recall import WithLookup, merged, recall
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.span import Span

BEFORE = """\
for name in names:
    if name in seen:
        continue
    seen.add(name)

for path in paths:
    if path in seen:
        """
AFTER = "\n    seen.add(path)\n"


def task(text: str = BEFORE + AFTER, at: int = len(BEFORE), **more: object) -> FillTask:
    return FillTask(text, (Span(at, at),), "m.py", **more)  # type: ignore[arg-type]


def texts(before: str, after: str) -> list[str]:
    return [candidate.text for candidate in look_up(before, after)]


def test_what_stood_between_the_same_things_comes_first() -> None:
    best, *_ = look_up(BEFORE, AFTER)
    assert best.text == "continue"
    assert (best.left, best.right) == (len("inseen:"), len("seen.add("))


def test_it_is_found_behind_the_gap_too() -> None:
    assert texts("x = ", "\ny = 2\nx = 41\ny = 2\n")[0] == "41"


def test_what_is_typed_counts_and_the_line_ends_where_the_line_goes_on() -> None:
    assert texts("print(value)\nprint(va", "\n")[0] == "lue)"
    assert texts("print(value)\nprint(va", ")\n")[0] == "lue"


def test_the_gap_itself_is_no_place_to_copy_from() -> None:
    assert texts("unique = ", "\n") == []
    assert texts("", "") == texts("", "a") == texts("a", "") == []


def test_a_gap_at_the_end_of_the_text_ends_with_its_line() -> None:
    assert texts("result = f(1)\nb = 2\nresult = ", "")[0] == "f(1)"


def test_places_that_agree_are_counted() -> None:
    once, often = (look_up("key: 1\n" * n + "key: ", "\n")[0] for n in (1, 3))
    assert (once.count, often.count) == (1, 3)
    assert often.probability > once.probability


def test_the_more_agrees_the_likelier_it_is() -> None:
    told = [Candidate("x", left, right).probability for left, right in ((1, 1), (9, 9), (99, 99))]
    assert told == sorted(told)
    assert 0 < told[0] < 0.5 < told[-1] < 1


@given(st.text("ab \n", max_size=80), st.text("ab \n", max_size=80))
def test_every_candidate_stands_in_the_text_where_it_says(before: str, after: str) -> None:
    for found in look_up(before, after):
        assert found.text.strip()
        assert len(found.text) <= REACH
        assert found.text in before or found.text in after
        assert found.left <= LONGEST
        assert 0 < found.probability < 1


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_bearable(before: str, after: str) -> None:
    look_up(before, after)
    look_up(before + "\ud800", "\ud800" + after)


def test_a_long_text_takes_milliseconds_not_seconds() -> None:
    from timeit import timeit

    lines = [f"value_{i} = compute({i % 97})\n" for i in range(20_000)]
    before = "".join(lines) + "value_7 = "
    assert timeit(lambda: look_up(before, "\n" + before), number=1) < 2


def engine() -> WithLookup:
    return WithLookup(LocalEngine(OracleDenoiser(("return",)), "oracle"))


def test_drafts_of_both_kinds_come_in_one_order() -> None:
    both = engine()
    assert isinstance(both, Recaller) and isinstance(both, Scorer)
    updates = list(both.fill(task(), FillOptions()))
    drafts = [update for update in updates if isinstance(update, Draft)]
    assert any(isinstance(update, Sketch) for update in updates)
    assert {draft.texts[0]: draft.found for draft in drafts}.items() >= {
        ("continue", True),
        ("return", False),
    }
    assert len({draft.nfe for draft in drafts}) == 1
    scores = [draft.score for draft in drafts if draft.ended]
    assert scores == sorted(scores, reverse=True)


def test_nothing_is_looked_up_where_that_is_not_wanted_or_would_be_no_answer() -> None:
    assert recall(task(), 4)
    assert not recall(task(), 0)
    assert not recall(task(old="pass"), 4)
    assert not recall(task(ask="shorten it"), 4)
    two = FillTask(BEFORE + AFTER, (Span(0, 3), Span(40, 40)))
    assert not recall(two, 4)
    drafts = [u for u in engine().fill(task(), FillOptions(lookup=0)) if isinstance(u, Draft)]
    assert not any(draft.found for draft in drafts)


def test_the_better_of_two_equal_drafts_stays() -> None:
    own, found = Draft(("a",), -3.0, 5), Draft(("a",), -1.0, 5, found=True)
    assert merged([own], [found]) == [found]
    assert merged([Draft(("a",), -0.5, 5)], [found])[0].score == -0.5
    unfinished = Draft(("b",), -0.1, 5, ended=False)
    assert merged([unfinished], [found]) == [found, unfinished]


def test_scores_are_the_networks_alone() -> None:
    both = engine()
    assert both.score(task(), [("continue",)]) == both.inner.score(task(), [("continue",)])


@pytest.mark.parametrize("at", [0, len(BEFORE + AFTER)])
def test_the_ends_of_the_text_are_places_like_any_other(at: int) -> None:
    for draft in recall(task(at=at), 4):
        assert math.isfinite(draft.score)
        assert np.exp(draft.score) < 1


HEAD = "value = compute(first, second, third)\nresult = transform(value, options)\n"
TAIL = "\nwrite(result, destination)\nreturn result\n"
AT = len(f"{HEAD}check(result){TAIL}{HEAD}")
TWICE = FillTask(f"{HEAD}check(result){TAIL}{HEAD}{TAIL}", (Span(AT, AT),))


def twin(*learnt: str) -> WithLookup:
    return WithLookup(TwinEngine(ChainDenoiser(tuple(text + TAIL for text in learnt)), "chain"))


def best(engine: WithLookup, lookup: int = 4) -> Draft:
    options = FillOptions(lookup=lookup, temperature=0)
    return next(u for u in engine.fill(TWICE, options) if isinstance(u, Draft))


def test_of_two_texts_that_a_twin_may_write_the_one_that_was_surely_looked_up_is_first() -> None:
    (found, *_) = recall(TWICE, 4)
    assert found.texts == ("check(result)",) and math.exp(found.score) > 0.5
    learnt = twin("apply(result)", "check(result)")
    assert best(learnt, lookup=0).texts == ("apply(result)",)
    first = best(learnt)
    assert (first.texts, first.found) == (found.texts, True)


def test_what_a_twin_finds_impossible_is_not_taken_for_being_found() -> None:
    assert best(twin("drop(result)")).texts == ("drop(result)",)


def test_a_network_with_a_canvas_is_not_asked_about_what_was_looked_up() -> None:
    assert isinstance(twin("break").inner, Reader)
    assert not isinstance(engine().inner, Reader)
