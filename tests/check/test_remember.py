from dataclasses import dataclass, field

import pytest

from editdiff.check import remember
from editdiff.check.base import Problem, affirmed, new_problems, stops_at_first
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.remember import Remembering, remembering
from editdiff.check.syntax import SyntaxChecker
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.span import Span

SUM = "# 1 + 1 = 2, 1 + 1 = 3\n"


@dataclass
class Counting:
    """Finds every `!`, and counts how often it was asked."""

    name: str = "counting"
    asked: list[Document] = field(default_factory=list)

    def supports(self, language: str) -> bool:
        return language != "klingon"

    def check(self, document: Document) -> list[Problem]:
        self.asked.append(document)
        if "raise" in document.text:
            raise InputError("it does not want to", "ask another")
        places = [i for i, character in enumerate(document.text) if character == "!"]
        return [Problem(Span(i, i + 1), "!", "counting") for i in places]


def test_it_says_what_the_checker_says_and_asks_it_once_about_a_text():
    counting = Counting()
    checker = Remembering(counting)
    first = Document("a.py", "a!b!", 1, "python")
    assert checker.check(first) == Counting().check(first)
    assert checker.check(Document("a.py", "a!b!", 7, "python")) == Counting().check(first)
    assert checker.check(first.with_text("ab")) == []
    assert [document.text for document in counting.asked] == ["a!b!", "ab"]
    assert (checker.name, checker.supports("python"), checker.supports("klingon")) == (
        "counting", True, False,
    )  # fmt: skip


def test_what_it_gives_away_is_nobody_elses():
    checker = Remembering(Counting())
    document = Document("a", "!")
    checker.check(document).clear()
    assert len(checker.check(document)) == 1


@pytest.mark.parametrize(
    "other", [Document("b.py", "!", 0, "python"), Document("a.py", "!", 0, "json")]
)
def test_the_same_text_elsewhere_or_in_another_language_is_another(other):
    counting = Counting()
    checker = Remembering(counting)
    checker.check(Document("a.py", "!", 0, "python"))
    checker.check(other)
    assert len(counting.asked) == 2


def test_a_checker_that_refuses_is_asked_again():
    counting = Counting()
    checker = Remembering(counting)
    for _ in range(2):
        with pytest.raises(InputError, match="does not want"):
            checker.check(Document("a", "raise"))
    assert len(counting.asked) == 2


def test_a_path_that_is_not_utf_8_is_a_path():
    assert len(Remembering(Counting()).check(Document("\udcff", "!é😀"))) == 1


def test_when_its_memory_is_full_it_forgets_what_was_not_asked_for_longest(monkeypatch):
    monkeypatch.setattr(remember, "KEPT", 6)
    counting = Counting()
    checker = Remembering(counting)
    for text in ["a", "b", "!!", "a", "c", "d", "a"]:  # of size 1, but for `!!` of size 3
        checker.check(Document("", text))
    assert [document.text for document in counting.asked] == ["a", "b", "!!", "c", "d"]
    checker.check(Document("", "b"))
    assert counting.asked[-1].text == "b"
    assert checker._problems.size <= 6


def test_a_verdict_that_is_larger_than_the_memory_is_kept_alone(monkeypatch):
    monkeypatch.setattr(remember, "KEPT", 3)
    counting = Counting()
    checker = Remembering(counting)
    for _ in range(3):
        checker.check(Document("", "!" * 100))
    assert len(counting.asked) == 1


def test_what_was_found_right_is_remembered_where_the_checker_can_tell():
    document = Document("a.py", SUM, language="python")
    maths = MathsChecker()
    checker = Remembering(maths)
    right = maths.affirmed(document)
    assert right
    assert affirmed(checker, document) == right
    maths.affirmed = None  # it must not be asked again
    assert affirmed(checker, document) == right
    assert affirmed(Remembering(SyntaxChecker()), document) is None


def test_whether_a_checker_stops_at_its_first_problem_is_handed_on():
    assert stops_at_first(PythonCompileChecker())
    assert stops_at_first(Remembering(PythonCompileChecker()))
    assert not stops_at_first(Remembering(SyntaxChecker()))


def test_one_that_remembers_keeps_its_memory():
    (first,) = remembering([Counting()])
    assert remembering((first,)) == (first,)


def test_new_problems_are_the_same_with_a_memory():
    before, after = Document("a", "a!"), Document("a", "a!!b")
    counting = Counting()
    checker = Remembering(counting)
    for _ in range(2):
        assert new_problems(checker, before, after) == new_problems(Counting(), before, after)
    assert len(counting.asked) == 2
