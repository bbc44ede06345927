import subprocess
import sys

import pytest

from editdiff.check import registry
from editdiff.check.base import Checker
from editdiff.check.registry import (
    Entry,
    check_names,
    choose_checkers,
    guard_names,
    guards,
    keystroke_guards,
)
from editdiff.check.syntax import SyntaxChecker
from editdiff.errors import UsageError


def names(checkers: tuple[Checker, ...]) -> list[str]:
    return [checker.name for checker in checkers]


def test_syntax_comes_first_whatever_the_order_of_the_names():
    assert names(choose_checkers(["ruff", "syntax"])) == ["syntax", "python", "parser", "ruff"]


@pytest.mark.parametrize("name", check_names())
def test_every_name_gives_checkers_with_names_of_their_own(name):
    chosen = choose_checkers([name])
    expected = [entry for entry in registry.CHECKERS if entry.name == name]
    assert len(set(names(chosen))) == len(chosen) == len(expected)


def test_what_says_whether_a_text_parses_guards_every_draft_and_the_grammar_every_keystroke():
    assert names(guards()) == ["syntax", "python", "parser"]
    assert [type(checker) for checker in keystroke_guards()] == [SyntaxChecker]
    assert guard_names() == ("syntax",)


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


def test_neither_the_table_nor_its_names_import_a_checker():
    program = (
        "import sys; from editdiff.check import registry; registry.check_names()\n"
        "print(sorted(m for m in sys.modules if m.startswith('editdiff.check.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"['editdiff.check.base', 'editdiff.check.registry']\n"


def test_an_entry_guards_nothing_unless_it_says_so(monkeypatch):
    line = Entry("toy", "editdiff.check.syntax:SyntaxChecker")
    monkeypatch.setattr(registry, "CHECKERS", (*registry.CHECKERS, line))
    assert names(choose_checkers(["toy"])) == ["syntax"]
    assert names(guards()) == ["syntax", "python", "parser"]
