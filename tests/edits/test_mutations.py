import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.mutations import mutations, names_in

NAMES = ["total", "item", "limit"]
LINES = st.lists(
    st.sampled_from(
        ["total", "item", "x", "1", "20", "'a'", '"', "+", "-=", "==", "<", "not", "in", "if", "(", ")",
         "[", "]", " ", ".", ":", "é", "\t", "#"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(LINES, st.integers(1, 200))
def test_mutations_are_distinct_different_bounded_and_nested(line, k):
    found = mutations(line, NAMES, k)
    assert len(found) == len(set(found)) <= k
    assert line not in found
    assert all(text.strip() for text in found)
    assert mutations(line, NAMES, 2 * k)[:k] == found


@pytest.mark.parametrize(
    ("line", "mutated"),
    [
        ("if a < b:", "if a <= b:"),
        ("if a == b:", "if a != b:"),
        ("x = a + b", "x = a - b"),
        ("x += 1", "x -= 1"),
        ("if a and b:", "if a or b:"),
        ("return True", "return False"),
        ("return a", "return not a"),
        ("if not a:", "if a:"),
        ("if x in y:", "if x not in y:"),
        ("return a", "return -a"),
        ("x = y[i]", "x = y[i - 1]"),
        ("range(n)", "range(n + 1)"),
        ("range(1, n)", "range(0, n)"),
        ("range(1, n)", "range(2, n)"),
        ("s = 'a'", "s = ''"),
        ("s = b'a'", "s = b' '".replace("b' '", "' '")),
        ("x = a", "x = limit"),
        ("f(a, b)", "f(b, a)"),
        ("return max(a)", "return min(a)"),
        ("x = a + 1", "x = a"),
        ("x = 1 + a", "x = a"),
        ("return sorted(a)", "return a"),
        ("x = a[1:]", "x = a"),
        ("continue", "break"),
        ("x = a // b", "x = a / b"),
        ("a b", "a "),
        ("a b", "a bb"),
    ],
)
def test_each_kind_of_small_change_is_among_them(line, mutated):
    assert mutated in mutations(line, NAMES, 500)


def test_the_kinds_take_turns_so_that_a_small_budget_has_some_of_each():
    first = mutations("if total < 10:", ["limit"], 6)
    assert first[:4] == [
        "if total <= 10:",
        "if total < 11:",
        "if limit < 10:",
        "if total - 1 < 10:",
    ]


def test_a_line_without_anything_to_change_has_few_mutations():
    assert mutations("", NAMES, 10) == []
    assert mutations("pass", [], 10) == ["passpass"]


def test_loops_are_not_turned_into_membership_tests():
    assert "for x not in y:" not in mutations("for x in y:", [], 500)


def test_names_come_from_code_alone():
    program = (
        'def area(radius):\n    """of a circle"""\n    # comment\n    return pi * radius ** 2\n'
    )
    assert names_in(program) == ["area", "radius", "pi"]


def test_names_of_a_text_that_is_no_program_are_those_up_to_there():
    assert names_in("a = b\nc = '''\n") == ["a", "b", "c"]


def test_most_mutations_of_a_plain_line_are_python():
    found = mutations("return total + item[0]", NAMES, 30)

    def parses(text: str) -> bool:
        try:
            ast.parse(text)
        except SyntaxError:
            return False
        return True

    assert sum(map(parses, found)) > 20
