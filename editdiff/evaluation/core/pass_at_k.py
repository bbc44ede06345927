"""Pass@k of a ranked list: candidates are tested in their order until one passes or k of them are spent.

So k is a budget of test runs, as a user has one, and a list is as good as its order. The estimator of Chen et
al. 2021 (arXiv 2107.03374, eq. 1) answers another question, what k draws at random out of n would give; it needs
independent samples, and here duplicates are gone and the rest is ranked. At k = 1 the tests choose nothing.

A candidate that does not parse costs nothing, whoever made it: to see that, no test is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from editdiff.evaluation.core.sandbox import Verdict
from editdiff.evaluation.core.table import Share

BUDGETS = (1, 10, 100)
"""Values of k."""


@dataclass(frozen=True)
class Search:
    """What became of one list."""

    rank: int | None
    """Place of the first candidate that passed, from 1, among those that parse; None without one."""
    found: str | None
    """The first candidate that passed."""
    tests: int
    """Candidates tested."""


def search(candidates: Iterable[str], judge: Callable[[str], Verdict]) -> Search:
    """Test candidates in order, at most the largest budget of them; ask for no more than that takes."""
    tests = 0
    for candidate in candidates:
        verdict = judge(candidate)
        tests += verdict.parsed
        if verdict.passed:
            return Search(tests, candidate, tests)
        if tests == BUDGETS[-1]:
            break
    return Search(None, None, tests)


def passed(searches: Sequence[Search], k: int) -> list[bool]:
    """Whether each list held a passing candidate within the budget."""
    return [search.rank is not None and search.rank <= k for search in searches]


def shares(searches: Sequence[Search], budgets: Sequence[int] = BUDGETS) -> dict[str, Share]:
    """Pass@k by the column's key."""
    return {f"pass@{k}": Share.of(passed(searches, k)) for k in budgets}
