from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.data.equations import (
    MAX_CHARS,
    MAX_DEPTH,
    content,
    equations,
    numbers,
    parse,
    solve,
    value,
    write,
)

VALUES = {
    "7": 7,
    " 2 + 3 * 4 ": 14,
    "(2+3)*4": 20,
    "20-6-4": 10,
    "20/5/2": 2,
    "-3+5": 2,
    "2*-3": -6,
    "+.5*4": 2,
    "1/3": Fraction(1, 3),
    "0.1+0.2": Fraction(3, 10),
    "((9))": 9,
    "6*(1-1)": 0,
}


@pytest.mark.parametrize("text", VALUES)
def test_an_expression_has_its_exact_value(text):
    assert value(parse(text)) == VALUES[text]


@pytest.mark.parametrize(
    "text",
    ["", " ", "1+", "*2", "(1", "1)", "2**3", "1e5", "1,000", "5%", "x", "3 4", "1.", "__import__('os')", "٣"],
)  # fmt: skip
def test_what_is_no_arithmetic_is_no_expression(text):
    assert parse(text) is None


def test_long_and_deep_texts_are_refused():
    assert parse("1" * MAX_CHARS) is not None
    assert parse("1" * (MAX_CHARS + 1)) is None
    inside = MAX_DEPTH - 1
    assert parse("(" * inside + "1" + ")" * inside) is not None
    assert parse("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) is None
    assert parse("-" * MAX_DEPTH + "1") is None


def test_division_by_nought_has_no_value():
    assert value(parse("4/(2-2)")) is None
    assert value(parse("1+4/0")) is None


@st.composite
def sums(draw, depth=3):
    """An expression as text, and its value, None where it divides by nought."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.integers(0, 99))
        return str(number), Fraction(number)
    (left, a), (right, b) = draw(sums(depth=depth - 1)), draw(sums(depth=depth - 1))
    symbol = draw(st.sampled_from("+-*/"))
    text = f"({left}){symbol}({right})"
    if a is None or b is None or (symbol == "/" and b == 0):
        return text, None
    return text, {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[symbol]


@given(sums())
def test_any_expression_has_the_value_of_its_parts(case):
    text, expected = case
    assert value(parse(text)) == expected


@given(sums(), st.data())
def test_a_solution_put_in_makes_the_equation_true(case, data):
    text, _ = case
    expression = parse(text)
    target = Fraction(data.draw(st.integers(0, 50)))
    unknown = data.draw(st.sampled_from(numbers(expression)))
    found = solve(expression, unknown, target)
    digits = None if found is None else write(found)
    if digits is not None:
        span = unknown.span
        assert value(parse(text[: span.start] + digits + text[span.end :])) == target


@pytest.mark.parametrize(
    ("text", "number", "target", "expected"),
    [
        ("18*3", 0, 60, 20),
        ("18*3", 1, 90, 5),
        ("40-9", 0, 30, 39),
        ("40-9", 1, 30, 10),
        ("12/4", 0, 5, 20),
        ("12/4", 1, 6, 2),
        ("2*(3+4)", 1, 20, 6),
        ("0*4", 1, 8, None),
        ("12/4", 1, 0, None),
        ("5/0", 0, 3, None),
        ("-8+9", 0, 4, 5),
    ],
)
def test_the_number_that_an_equation_needs(text, number, target, expected):
    expression = parse(text)
    assert solve(expression, numbers(expression)[number], Fraction(target)) == expected


@given(st.integers(0, 10**9), st.integers(0, 6), st.integers(0, 6))
def test_a_number_is_written_exactly(n, twos, fives):
    number = Fraction(n, 2**twos * 5**fives)
    assert Fraction(write(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [("3", "3"), ("0.5", "0.5"), ("1/8", "0.125"), ("120/100", "1.2"), ("1/3", None), ("-2", None)],
)
def test_a_number_is_written_with_no_digit_too_many(number, text):
    assert write(Fraction(number)) == text


def test_equations_are_found_with_their_places():
    text = "He has 6*7 = <<6*7=42>>42 nuts, <<x=1>> and <<4 = 5>>."
    first, second, third = equations(text)
    assert (first.left.slice(text), first.right.slice(text)) == ("6*7", "42")
    assert [first.holds, second.holds, third.holds] == [True, False, False]
    assert not content(text)
    assert content("<<6*7=42>>42 nuts")
    assert content("no equation")


@pytest.mark.parametrize("text", ["<<1=1=1>>", "<<1\n=1>>", "<1=1>", "<<>>", "<<11>>"])
def test_what_is_no_annotation_is_no_equation(text):
    assert list(equations(text)) == []
