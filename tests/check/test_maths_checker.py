"""What the mathematics checker finds, what it proposes, and what it leaves alone."""

import gc
import subprocess
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from editdiff.check.base import new_problems
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.maths.symbolic import WORKER, Sympy
from editdiff.text.document import Document
from editdiff.text.markup import parse

CHECKER = MathsChecker()


def found(text: str, language: str = "") -> list[tuple[str, tuple[str, ...]]]:
    problems = CHECKER.check(Document("a", text, language=language))
    return [(problem.span.slice(text), problem.candidates) for problem in problems]


WRONG = {
    "a calculation": ("So 12 * 3 = «35» pens.", ["36"]),
    "with brackets": ("(3 + 4) * 2 = «15»", ["14"]),
    "a difference below nought": ("3 - 10 = «7»", ["-7"]),
    "typographic signs": ("12 × 3 − 6 = «31»", ["30"]),
    "x between numbers": ("2 x 3 = «7»", ["6"]),
    "the first wrong side of a chain": ("2 + 2 = «5» = 8 - 4", ["4"]),
    "the last side of a chain": ("3 * 4 + 1 = 12 + 1 = «14»", ["13"]),
    "a definition before a calculation": ("s = 1 + 2 = «4»", ["3"]),
    "a number before a calculation": ("so 12 = «3 * 5»", []),
    "decimals": ("1.5 * 3 = «4.6»", ["4.5"]),
    "decimals kept": ("1.5 * 2 = «3.10»", ["3.00", "3"]),
    "a wrong rounding": ("2/3 = «0.68»", ["0.67"]),
    "no decimals where some are needed": ("10/4 = «4»", ["2.5"]),
    "endless decimals": ("10/3 = «5»", ["3.33", "3"]),
    "an approximation": ("1/3 ≈ «0.35»", ["0.33"]),
    "fractions": ("1/2 + 1/4 = «4/4»", ["3/4"]),
    "vulgar fractions": ("½ + ¼ = «2»", ["0.75"]),
    "thousands": ("1,000 * 3 = «3,100»", ["3,000"]),
    "currency": ("$5 + $3 = $«9»", ["8"]),
    "a percentage": ("20% of 50 = «11»", ["10"]),
    "a result in per cent": ("3/4 = «70%»", ["75%"]),
    "a power": ("2^10 = «1025»", ["1024"]),
    "a power of Python": ("2**10 = «1025»", ["1024"]),
    "a superscript": ("2³ = «9»", ["8"]),
    "a factorial": ("5! = «121»", ["120"]),
    "a root": ("sqrt(16) = «5»", ["4"]),
    "a root with endless decimals": ("√2 = «1.42»", ["1.41"]),
    "an annotation of GSM8K": ("18*3 = <<18*3=«55»>>54", ["54"]),
    "a power of ten": ("3 * 10^3 = «4000»", ["3000"]),
    "an identity": ("(x + 1)^2 = «x^2 + 2x + 2»", ["x^2 + 2x + 1"]),
    "an identity with two names": ("(a + b)^2 = «a^2 + 3ab + b^2»", ["a^2 + 2ab + b^2"]),
    "a derivation": ("(x + 1)^2 = (x + 1)(x + 1) = «x^2 + 3x + 1»", ["x^2 + 2x + 1"]),
    "a middle side": ("(5 + 7) * 3 = «13 * 3» = 36", ["12 * 3"]),
    "a middle side with decimals": ("1.5 * 4 = «2.5 * 3» = 6", ["2.0 * 3"]),
    "a middle side with thousands": ("1,000 * 6 = «1,500 * 6» = 6,000", ["1,000 * 6"]),
    "a middle side with currency": ("$24 * 2 = $«50 + $2» = $48", ["46 + $2"]),
    "a middle exponent": ("2^10 = «2^9» = 1024", ["2^10"]),
    "a middle side with one number carried over": ("(53 + 7) * 4 = «30 * 4» = 240", ["60 * 4"]),
    "a middle side in which either number may be wrong": ("(30 + 20) * 6 = «30 * 6» = 300", []),
    "a middle side in which a number or a sign may be wrong": ("14 * 3 - 2 = «42 + 2» = 40", []),
    "a middle side with two wrong numbers": ("7 * 11 = «5 * 5» = 77", []),
    "a fault that is carried on": ("(31 + 12) * 2 = «73 * 2» = 146", []),
    "a fault that is only repeated": ("1 + 1 = «3» = 3", []),
    "an operand where another calculation proves the result": ("«7 * 6» = 48 = 50 - 2", ["8 * 6"]),
    "one of two operands": ("«2 + 3» = 7 = 8 - 1", []),
    "a result before its calculation": ("«12» = 3 * 5 = 15", ["15"]),
    "behind a wrong side": ("2 * 3 = «4 + 5» = «8 * 2»", []),
    "an identity with a wrong sign": ("(x - 1)^2 = «x^2 + 2x + 1»", ["x^2 - 2x + 1"]),
    "an identity with a sign and no number": ("(x-3)(x+2) = «x^2 + x - 6»", ["x^2 - x - 6"]),
    "an identity without a number": ("(a + b)^2 = «a^2 + ab + b^2»", ["a^2 + 2ab + b^2"]),
    "an identity from right to left": ("«x^2 + 7x + 6» = (x + 2)(x + 3)", ["x^2 + 5x + 6"]),
    "a factor of a derivation": ("(x + 2)^2 = «(x + 3)(x + 2)» = x^2 + 4x + 4", ["(x + 2)(x + 2)"]),
    "a derivation with two wrong numbers": ("(x + 1)^2 = (x + 1)(x + 1) = «x^2 + 3x + 2»", []),
    "a derivation whose fault is carried on": ("(x + 2)^2 = «(x + 3)(x + 2)» = x^2 + 5x + 6", []),
    "a derivation in which a number or a sign may be wrong": (
        "3(x + 2) - 2(x + 1) = «3x + 6 - 2x + 2» = x + 4",
        [],
    ),
    "an identity with a coefficient that is no decimal": (
        "3(x + 1/3) + 1 = «3x + 3» = 3x + 2",
        ["3x + 2"],
    ),
    "at the first and last character": ("1+1=«3»", ["2"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_with_what_would_be_right(name):
    marked, candidates = WRONG[name]
    expected = parse(marked)
    problems = CHECKER.check(Document("a", expected.text))
    assert tuple(problem.span for problem in problems) == expected.spans
    for problem in problems:
        assert list(problem.candidates) == candidates
        assert problem.source == "math"


@pytest.mark.parametrize("name", [name for name in WRONG if WRONG[name][1]])
def test_a_candidate_in_its_place_leaves_no_problem(name):
    marked = parse(WRONG[name][0])
    (span,) = marked.spans
    for candidate in WRONG[name][1]:
        assert found(marked.text[: span.start] + candidate + marked.text[span.end :]) == []


def test_messages_say_what_it_is_and_what_is_written():
    def messages(text: str) -> list[str]:
        return [problem.message for problem in CHECKER.check(Document("a", text))]

    assert messages("12 * 3 = 35") == ["12 * 3 is 36, not 35"]
    assert messages("1/3 = 0.4") == ["1/3 is 0.333333…, not 0.4"]
    assert messages("2 + 2 = 5 = 6") == ["2 + 2 is 4, not 5", "2 + 2 is 4, not 6"]
    assert messages("1 + 1 = 3 * 2") == ["1 + 1 is 2, not 3 * 2"]
    assert messages("2(x + 3) = 2x + 5") == ["2(x + 3) is not 2x + 5 for every x"]
    assert messages("so 11 = 2^3 + 2^2 + 1") == ["2^3 + 2^2 + 1 is 13, not 11"]
    assert messages("2 + 2 ≥ 5") == ["2 + 2 is 4, not at least 5"]


RIGHT = [
    "12 * 3 = 36", "1/3 = 0.333", "2/3 = 0.67", "2/3 = 0.66", "2/3 ≈ 0.66", "7/2 = 3.5", "10/3 = 3",
    "1/3 = 0.333...",
    "20% of 50 = 10", "3/4 = 75%", "3/4 * 100 = 75%", "100% - 20% = 80%", "1,000 + 1 = 1,001",
    "2^64 = 1.8e19",
    "2^10 ≈ 1000", "10^9 / 3 = 333,333,333", "21^7 = 1.8 * 10^9", "0.1 + 0.2 = 0.30000000000000004",
    "5! = 5 * 4! = 120",
    "sqrt(8) = 2*sqrt(2) = 2.83", "2 * pi = 6.28", "(x+1)^2 = x^2 + 2x + 1", "(a+b)(a-b) = a^2 - b^2",
    "1/3 * 3 = 0.33 * 3 = 1",
    "sqrt(x^2 + 2x + 1) = x + 1", "2/3 * 6 = 0.67 * 6", "3 + 4 = 7! And so on.", "-3 + 5 = 2",
    "(3 + 4 = 7), 5 + 6 = 11.",
    "(1/262)^15 ≈ 10^-36", "floor(7/2) = 3", "1½ + ½ = 2",
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_no_problem(text):
    survey = CHECKER.survey(Document("a", text))
    assert survey.problems == ()
    assert survey.undecided == ()
    assert survey.right


ALONE = {
    "assignments and definitions": [ "x = 3 items", "a = b", "f(x) = x + 1", "let y = 2x", "i = i + 1",
        "pi = 22/7"],
    "equations to be solved": ["2x + 1 = 7", "x^2 = 2x + 3", "2(x - 1) = 3x - 5", "x = 3"],
    "functions": [ "T(n) = 2T(n/2) + n", "f(1) = 2 f(2)", "P(A) = 1/2 * P(B)", "f'(1-0) = -1",
        "a(n) = a(n-1) + 1"],
    "units": [ "5 km = 5000 m", "60 * 60 = 1 hour", "1024 * 1024 = 1 MB", "3 * 4 = 13 cm", "2 dozen = 24",
        "10 * 100 = 1k"],
    "sums with a blank cell": ["64+ + +16 = 81", "64+ +8+16 = 89"],
    "versions, dates, ranges": [ "version = 1.2.3", "2024-01-02 = Tuesday", "90-100 = 4 points",
        "2024-01-02 = 5", "3:4 = 6:9"],
    "addresses and paths": ["10.0.0.1/24 = 256", "http://a.b/?q=1+1=3", "see src/1/2=3", "www.a.b/1+1=3"],
    "codes": [ "0x10 + 1 = 18", "007 + 1 = 9", "1 << 3 = 9", "7 // 2 = 4", "7 % 4 = 4", "1 + 1 == 3",
        "a[1] + 2 = 4", "1 + 1 != 2"],
    "other arithmetic": [ "7 + 8 = 3 (mod 12)", "1 + 1 = 10", "in binary 1 + 1 = 11", "5 ^ 3 = 6",
        "sin(30) = 0.5"],
    "not stated": [ "if 2 + 2 = 5", "2 + 2 = 5 is wrong", "is 3 * 4 = 13?", "suppose 1 + 1 = 3",
        "never 1 + 1 = 3"],
    "parts of more": [ "the sum of 3 and 4 * 2 = 14", "1 + 2 + ... + 10 = 55", "total + 3 = 5",
        "3 plus 4 * 2 = 14", "5 (3 + 4) = 7"],
    "labels": ["Room 4 = 2 + 3 beds", "p = 0.05", "n = 1, 2", "width = 10, height = 5 + 6"],
    "unclear": [ "-2^2 = 4", "6/2(1+2) = 1", "1/2x = 3", "50 + 10% = 55", "2000 / 2/3 = 3000",
        "$9 – ($4 + $2) = $9 – $6 = $3",
        "2 + 2 = 8 – 4",
        "2/ 1/5 = 10", "17/3 = 5 and 2/3", "14, 400 / 80 = 180",
        "$9 + ($9*2 = $27", "5e - 100 = e",
        "AB = BA = 2AB"],
    "without a value": ["1/0 = 5", "0/0 = 1", "sqrt(-1) = 1", "(1/2)! = 1"],
    "decimal commas": ["1,5 + 1,5 = 4", "1 000 + 1 = 2"],
}  # fmt: skip


@pytest.mark.parametrize("text", [text for texts in ALONE.values() for text in texts])
def test_what_may_be_meant_otherwise_is_left_alone(text):
    for line in (text, f"Here {text}.", f"- {text}, and so on"):
        assert found(line) == []
        assert found(line, "markdown") == []


def test_languages_without_prose_are_not_its_business():
    assert not CHECKER.supports("klingon")
    assert CHECKER.supports("markdown") and CHECKER.supports("latex") and CHECKER.supports("python")
    assert CHECKER.check(Document("a", "1 + 1 = 3", language="klingon")) == []


def test_a_mended_equation_is_no_new_problem_and_a_broken_one_is():
    right, wrong = (Document("a", f"1 + 1 = {n}") for n in (2, 3))
    assert not new_problems(CHECKER, wrong, right)
    assert len(new_problems(CHECKER, right, wrong)) == 1


SIGNS = "0123456789+-*/^=.,()[]{}$%\\!x<>≈√ \n\r`'\"_&|#:²½e"
NUMBERS = st.integers(1, 10**6)


@settings(max_examples=60, deadline=None)
@given(
    NUMBERS,
    NUMBERS,
    st.sampled_from("+-*"),
    st.sampled_from(["", "markdown", "latex", "python"]),
    st.integers(1, 9),
)
def test_a_true_equation_is_never_reported_and_the_same_made_wrong_always(
    a, b, sign, language, off
):
    result = {"+": a + b, "-": a - b, "*": a * b}[sign]
    before = "# It was " if language == "python" else "It was "
    assert found(f"{before}{a} {sign} {b} = {result}, so.", language) == []
    wrong = result + off if (result + off) % 1000 else result + off + 1
    assume((result, wrong) != (2, 10))  # which is binary
    assert found(f"{before}{a} {sign} {b} = {wrong}, so.", language) == [
        (str(wrong), (str(result),))
    ]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9999), st.integers(2, 99), st.integers(1, 6))
def test_every_rounding_of_a_quotient_is_right_and_one_more_is_wrong(a, b, places):
    scaled = a * 10**places
    rounded, rest = divmod(scaled * 2 + b, 2 * b)
    assert found(f"{a}/{b} = {rounded / 10**places:.{places}f}") == []
    if rest and scaled % b:
        wrong = f"{(rounded + 2) / 10**places:.{places}f}"
        assert [span for span, _ in found(f"{a}/{b} = {wrong}")] == [wrong]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5))
def test_identities_hold_and_fail_in_their_constant(a, b, off):
    left, middle = f"(x + {a})(x + {b})", f"x^2 + {a + b}x"
    assert found(f"{left} = {middle} + {a * b}") == []
    assert len(found(f"{left} = {middle} + {a * b + off}")) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 50), min_size=3, max_size=3),
    st.lists(st.integers(1, 60), min_size=2, max_size=2),
    st.sampled_from("+*"),
)
def test_a_candidate_for_a_calculation_changes_one_number_and_makes_the_line_true(abc, made, sign):
    a, b, c = abc
    result = (a + b) * c if sign == "*" else a + b + c
    text = f"({a} + {b}) {sign} {c} = {made[0]} {sign} {made[1]} = {result}"
    for problem in CHECKER.check(Document("a", text)):
        for candidate in problem.candidates:
            numbers = [problem.span.slice(text).split(), candidate.split()]
            assert sum(one != other for one, other in zip(*numbers, strict=True)) == 1
            whole = text[: problem.span.start] + candidate + text[problem.span.end :]
            assert CHECKER.survey(Document("a", whole)).problems == ()
            assert len(CHECKER.survey(Document("a", whole)).right) == 2


def test_numbers_to_be_changed_are_looked_for_in_some_sides_of_a_document_only(monkeypatch):
    monkeypatch.setattr("editdiff.check.maths.checker.MAX_REPAIRS", 3)
    line = "(5 + 7) * 3 = 13 * 3 = 36\n"
    assert [bool(candidates) for _, candidates in found(line * 5)] == [True] * 3 + [False] * 2
    assert [bool(candidates) for _, candidates in found(line)] == [True]


@settings(max_examples=150, deadline=None)
@given(
    st.text(SIGNS, max_size=60),
    st.sampled_from(["", "markdown", "latex", "python"]),
)
def test_any_text_has_problems_inside_itself_only_and_the_same_each_time(text, language):
    document = Document("a", text, language=language)
    problems = CHECKER.check(document)
    assert all(problem.span.end <= len(text) and problem.span.length for problem in problems)
    assert CHECKER.check(document) == problems


def test_without_sympy_radicals_are_undecided_and_all_else_is_checked(monkeypatch, tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text(
        f"import sys\nsys.modules['sympy'] = None\nexec(open({str(WORKER)!r}).read())\n"
    )
    monkeypatch.setattr("editdiff.check.maths.symbolic.WORKER", worker)
    survey = MathsChecker().survey(Document("a", "sqrt(2) = 1.5, then 1 + 1 = 3"))
    assert [problem.message for problem in survey.problems] == ["1 + 1 is 2, not 3"]
    (undecided,) = survey.undecided
    assert "pip install 'editdiff[check]'" in undecided.reason
    assert undecided.span.slice("sqrt(2) = 1.5") == "1.5"


def test_the_child_ends_with_its_checker():
    sympy = Sympy(10.0)
    checker = MathsChecker()
    checker._judge.sympy = sympy
    assert len(checker.check(Document("a", "sqrt(2) = 1.5"))) == 1
    assert sympy._child is not None
    process = sympy._child.process
    assert process.poll() is None
    del checker, sympy
    gc.collect()
    assert process.poll() is not None


def test_plain_arithmetic_imports_no_sympy():
    program = (
        "import sys\nfrom editdiff.check.maths.checker import MathsChecker\n"
        "from editdiff.text.document import Document\n"
        "print(len(MathsChecker().check(Document('a', '1 + 1 = 3'))), 'sympy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["1", "False"], done.stderr


@pytest.mark.parametrize(
    ("line", "candidates", "instead"),
    [
        ("1 - .5 = .4", (".5",), ["1 - .6"]),  # no nought where none stood
        ("48/2 = 25", ("24",), ["50/2"]),
        ("2 + 2 = 5", ("4",), ["3 + 2", "2 + 3"]),
        ("3 * 4 = 13", ("12",), []),  # no whole number would do
        ("17 = 12 + 6", (), ["18", "11 + 6", "12 + 5"]),
        ("1 + 1,000 = 1,002", ("1,001",), ["2 + 1,000", "1 + 1,001"]),
        ("2*3 = 6 = 7", ("6",), []),
    ],
)
def test_what_may_have_been_meant_instead_is_told(line, candidates, instead):
    (problem,) = CHECKER.check(Document("a.md", line + "\n", language="markdown"))
    assert problem.candidates == candidates
    assert [edit.text for edit in problem.instead] == instead
    for edit in problem.instead:
        after = line[: edit.span.start] + edit.text + line[edit.span.end :]
        assert CHECKER.check(Document("a.md", after + "\n", language="markdown")) == []


def test_what_may_have_been_meant_is_looked_for_in_some_equations_of_a_document_only(monkeypatch):
    monkeypatch.setattr("editdiff.check.maths.checker.MAX_REPAIRS", 3)
    told = CHECKER.check(Document("a.md", "2 + 2 = 5\n" * 5, language="markdown"))
    assert [len(problem.instead) for problem in told] == [2, 2, 2, 0, 0]
