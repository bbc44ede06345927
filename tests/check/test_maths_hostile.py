"""Text made to stall, crash or fool the mathematics checker: bounded, named, nothing lost."""

import os
import signal
import sys
import time

import pytest

from editdiff.check.maths.checker import MAX_PASSAGE, MathsChecker, Survey
from editdiff.check.maths.parser import MAX_DEPTH, MAX_TOKENS, ParseError, TooLongError, parse
from editdiff.check.maths.plain import tokens
from editdiff.check.maths.symbolic import MAX_DEATHS, Sympy, UndecidedError
from editdiff.check.maths.tree import Apply, Name, Number
from editdiff.text.document import Document

TRUE_FAULT = "\n\n1 + 1 = 3\n"
SECONDS = 5.0
"""Of processor time in our process, for what takes tenths of one."""


CHECKER = MathsChecker()


def survey(text: str, language: str = "markdown", checker: MathsChecker = CHECKER) -> Survey:
    started = time.process_time()
    found = checker.survey(Document("a", text, language=language))
    assert time.process_time() - started < SECONDS
    return found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9**9**9 = 4", "too large"),
        ("2^99999999 = 4", "too large"),
        ("3^9999 = 4", "too large"),
        ("(2^9999)^9999 = 1", "too large"),
        ("1000000000! = 7", "too large"),
        ("3!!!!! = 7", ""),
        ("(" * 10_000 + "1 + 1" + ")" * 10_000 + " = 3", "too long"),
        ("(" * 100 + "1 + 1" + ")" * 100 + " = 3", "too long"),
        ("-" * 10_000 + "1 = 3", ""),
        ("1+" * 20_000 + "1 = 3", "too long"),
        ("9" * 100_000 + " + 1 = 3", ""),
        ("9" * 399 + " * " + "9" * 399 + " = 9", None),
        ("2^" * 30 + "2 = 4", "too large"),
        ("sqrt(" * 30 + "2" + ")" * 30 + " = 4", None),
        ("(x+1)^99999999 = x + 1 = x + 2", None),
        ("(a+b+c+d+f+g+h+k)^24 = (a+b+c+d+f+g+h+k)^23 = a+b+c+d+f+g+h+k", None),
        ("exp(exp(exp(exp(exp(9))))) = 5", "no real value"),
        ("exp(x)^exp(x)^exp(x) = x^x^x^x = x^2 + x", None),
        ("sin(pi^pi^pi^pi^pi) = 0", "no answer"),
    ],
)
def test_mathematics_that_explodes_is_undecided_and_hides_nothing(text, reason):
    found = survey(text + TRUE_FAULT, checker=MathsChecker())
    others = [problem for problem in found.problems if problem.span.start > len(text)]
    assert [problem.message for problem in others] == ["1 + 1 is 2, not 3"]
    if reason is not None:
        assert len(found.problems) == 1
        assert (reason in " ".join(u.reason for u in found.undecided)) or not reason


LENGTH = 20_000
"""Code points: enough for a few seconds to become minutes where time is not linear."""
PIECES = {
    "prose": "Only words stand in this line, nothing is to be worked out.\n",
    "Markdown": "A `code`, a [link](http://a.b/c?d=1), $5 and 12 * 3 = 36.\n\n```\n1 + 1 = 3\n```\n\n",
    "equations": "1+1=2\n",
    "one line of equations": "1+1=2, ",
    "one chain": "1=",
    "one sum": "1+",
    "digits": "1",
    "thousands": ",111",
    "backquotes": "1=`",
    "dollars": "1=$ ",
    "links": "1=](",
    "tags": "1=<a ",
    "opened maths": "1=\\( ",
    "opened environments": "\\begin{align} 1=",
    "fences": "1=1 ```\n```\n",
    "annotations": "<<1=",
    "quotations": "> ",
    "marks": "# - * ",
    "fractions": "$1=\\frac{",
    "brackets": "(",
    "words": "a1 b = 2 ",
    "commands": "\\a=1",
}


@pytest.mark.parametrize("language", ["markdown", "latex"])
@pytest.mark.parametrize("name", PIECES)
def test_much_of_anything_takes_little_time_and_a_fault_behind_it_is_found_or_named(name, language):
    piece = PIECES[name]
    text = piece * (LENGTH // len(piece)) + "\n" + TRUE_FAULT
    found = survey(text, language)
    last = [*found.problems, *found.undecided]
    unclosed = {"fences", "dollars", "opened environments", "opened maths", "fractions"}
    if name not in unclosed:
        assert any(entry.span.end >= len(text) - 1 for entry in last)


def test_of_too_many_equations_the_last_ones_are_undecided(monkeypatch):
    monkeypatch.setattr("editdiff.check.maths.checker.MAX_EQUATIONS", 1000)
    text = "1+1=2\n" * 1000 + "1+1=3\n"
    found = survey(text)
    assert found.problems == ()
    assert [undecided.span.start for undecided in found.undecided] == [len(text) - 6]
    assert "behind 1000 equations" in found.undecided[0].reason


def test_a_line_too_long_for_prose_is_undecided_and_the_next_one_is_judged():
    line = "1+1=2, " * (MAX_PASSAGE // 7 + 1)
    found = survey(line + TRUE_FAULT)
    assert [problem.message for problem in found.problems] == ["1 + 1 is 2, not 3"]
    assert [undecided.reason for undecided in found.undecided] == ["longer than 50000 characters"]


def test_a_large_program_is_read_in_seconds():
    text = "x = 1  # so 1 + 1 = 2\n" * 2_000 + "# 1 + 1 = 3\n"
    assert [problem.message for problem in survey(text, "python").problems] == ["1 + 1 is 2, not 3"]


def test_depth_and_length_are_bounded_where_they_should_be():
    assert parse(tokens("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH))
    with pytest.raises(TooLongError, match="deeper"):
        parse(tokens("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1)))
    assert parse(tokens("+".join("1" * (MAX_TOKENS // 2))))
    with pytest.raises(TooLongError, match="tokens"):
        parse(tokens("+".join("1" * MAX_TOKENS)))
    with pytest.raises(ParseError, match="operand"):
        parse(tokens("1 +"))


X = Name("x")
HUGE = Apply("^", (Apply("+", (X, Number("1", 1))), Apply("^", (X, X))))


def test_a_question_that_takes_too_long_ends_its_child_and_the_next_one_is_answered():
    sympy = Sympy(10.0)
    two = Apply("sqrt", (Number("2", 2),))
    assert round(float(sympy.value(two)), 6) == 1.414214
    assert sympy._child is not None
    os.kill(sympy._child.process.pid, signal.SIGSTOP)
    sympy.seconds = 0.01
    with pytest.raises(UndecidedError, match="no answer within"):
        sympy.identity(HUGE, X)
    sympy.seconds = 10.0
    assert round(float(sympy.value(Apply("sqrt", (Number("3", 3),)))), 6) == 1.732051
    assert sympy.deaths == 1


def test_after_a_few_deaths_nothing_is_asked_any_more(tmp_path, monkeypatch):
    worker = tmp_path / "worker.py"
    # the real one may be quicker than any limit
    worker.write_text("import time\nprint('[\"ready\"]', flush=True)\ntime.sleep(60)\n")
    monkeypatch.setattr("editdiff.check.maths.symbolic.WORKER", worker)
    sympy = Sympy(1e-5)
    for _ in range(MAX_DEATHS):
        with pytest.raises(UndecidedError, match="no answer"):
            sympy.identity(HUGE, X)
    with pytest.raises(UndecidedError, match=f"died {MAX_DEATHS} times"):
        sympy.identity(HUGE, X)


def test_a_child_that_is_killed_is_replaced():
    sympy = Sympy(10.0)
    assert sympy.identity(X, X) == "holds"
    assert sympy._child is not None
    sympy._child.process.kill()
    sympy._child.process.wait()
    with pytest.raises(UndecidedError):
        sympy.identity(X, HUGE)
    assert sympy.identity(Apply("+", (X, X)), Apply("*", (Number("2", 2), X))) == "holds"


def test_a_budget_of_time_is_kept():
    sympy = Sympy(10.0)
    sympy.left = 0.0
    with pytest.raises(UndecidedError, match="all the time"):
        sympy.identity(X, X)


def test_without_an_interpreter_it_says_so(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(UndecidedError, match="does not start"):
        Sympy(1.0).identity(X, X)


def test_text_is_never_evaluated(tmp_path):
    path = tmp_path / "ran"
    code = f"__import__('os').mkdir('{path}')"
    for text in (
        f"{code} + 1 = 2",
        f"sqrt({code}) = 2",
        f"$\\sqrt{{{code}}} = 2$",
        f"x = {code} = 2",
    ):
        survey(text)
    assert not path.exists()
