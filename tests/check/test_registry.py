import subprocess
import sys

import pytest

from editdiff.check.registry import CHECKERS, choose_checkers
from editdiff.errors import UsageError


def test_syntax_comes_first_whatever_the_order_of_the_names():
    assert [c.name for c in choose_checkers(["ruff", "syntax"])] == ["syntax", "python", "ruff"]


@pytest.mark.parametrize("name", CHECKERS)
def test_every_name_gives_checkers_with_names_of_their_own(name):
    found = choose_checkers([name])
    assert len({checker.name for checker in found}) == len(found) == len(CHECKERS[name])


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with pytest.raises(UsageError, match="there is no check 'rufff'") as caught:
        choose_checkers(["syntax", "rufff"])
    assert caught.value.hint == "did you mean ruff? the checks: syntax, ruff, math"


def test_no_name_is_refused():
    with pytest.raises(UsageError, match="no check is named"):
        choose_checkers([])


def test_a_checker_that_was_not_asked_for_is_not_imported():
    program = (
        "import sys; from editdiff.check.registry import choose_checkers; choose_checkers(['ruff'])\n"
        "print(sorted(m for m in sys.modules if m in ('sympy', 'lark', 'editdiff.check.syntax')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
