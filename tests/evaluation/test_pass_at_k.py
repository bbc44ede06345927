from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.core.pass_at_k import BUDGETS, Search, passed, search, shares
from editdiff.evaluation.core.sandbox import UNPARSED, Verdict
from editdiff.evaluation.core.table import Share

PASS, FAIL, BROKEN = "pass", "fail", "broken"
OUTCOMES = st.lists(st.sampled_from([PASS, FAIL, FAIL, FAIL, BROKEN]), max_size=250)


def judge(text: str) -> Verdict:
    return Verdict(text == PASS, {BROKEN: UNPARSED, FAIL: "AssertionError"}.get(text, ""))


@given(OUTCOMES)
def test_the_first_that_passes_counts_at_its_place_among_those_that_parse(candidates):
    found = search(candidates, judge)
    parsed = [candidate for candidate in candidates if candidate != BROKEN][: BUDGETS[-1]]
    assert found.rank == (parsed.index(PASS) + 1 if PASS in parsed else None)
    assert found.tests == (found.rank or len(parsed))


def test_no_more_is_tested_than_needed():
    tested = []

    def watch(text: str) -> Verdict:
        tested.append(text)
        return judge(text)

    search([FAIL, BROKEN, PASS, FAIL], watch)
    assert tested == [FAIL, BROKEN, PASS]
    tested.clear()
    search([FAIL] * 300, watch)
    assert len(tested) == 100


def test_a_budget_holds_what_stands_within_it():
    searches = [Search(1, "a", 1), Search(10, "b", 10), Search(11, "c", 11), Search(None, None, 40)]
    assert passed(searches, 1) == [True, False, False, False]
    assert passed(searches, 10) == [True, True, False, False]
    assert shares(searches) == {
        "pass@1": Share(1, 4),
        "pass@10": Share(2, 4),
        "pass@100": Share(3, 4),
    }
