import pytest

from editdiff.check.base import Problem
from editdiff.edits.fix.regions import BLOCK_CHARS, BLOCK_LINES, block, ladder
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

CODE = """\
class A:
    def f(self, x):
        if x
            return 1
        return 2

    def g(self):
        return 3
"""


def rungs(text: str, start: int, end: int | None = None, *, syntax: bool = True) -> list[str]:
    problem = Problem(Span(start, start if end is None else end), "wrong", "test")
    regions = ladder(text, problem, syntax=syntax)
    return [region.span.slice(text) for region in regions if not region.accepted]


def test_the_reported_line_comes_first_then_the_one_above_then_larger_ones():
    lines = CODE.split("\n")
    assert rungs(CODE, CODE.index("if x") + 4) == [
        lines[2],
        lines[1],
        "\n".join(lines[1:3]),
        "\n".join(lines[1:5]),
    ]


def test_of_a_problem_of_several_lines_its_last_lines_are_tried_too():
    start, end = CODE.index("def f"), CODE.index(" 3")
    lines = CODE.split("\n")
    assert rungs(CODE, start, end)[:4] == [lines[1], lines[0], lines[7], lines[6]]


def test_a_blank_line_above_is_passed_over():
    assert rungs("a\n\n\nb\n", 4)[:2] == ["b", "a"]


@pytest.mark.parametrize("text", ["", "x", "\n", "\r\n", "x\n\n"])
def test_every_text_has_a_first_rung_even_at_its_ends(text):
    for at in (0, len(text)):
        assert all(region in text for region in rungs(text, at))


def test_other_problems_than_those_of_syntax_have_their_lines_only():
    assert rungs(CODE, CODE.index("return 2"), syntax=False) == ["        return 2"]


def test_a_line_that_stands_twice_or_is_indented_otherwise_is_tried_first():
    problem = Problem(Span(2, 2), "wrong", "test")
    first, second, third, *_ = ladder("a\na\nb\nc\n", problem, syntax=True)
    assert (first.span, first.texts) == (Span(0, 5), ("a\nb",))
    assert second.span == Span(0, 5) and "a\n    a\nb" in second.texts
    assert first.one_slip and second.one_slip and not third.one_slip


def test_whole_lines_are_told_apart_by_any_line_ending():
    first, *_ = ladder("a\r\na\r\n", Problem(Span(0, 0), "wrong", "test"), syntax=True)
    assert first.texts == ("a",)


def test_what_the_checker_would_accept_is_tried_before_all_else():
    problem = Problem(Span(0, 1), "wrong", "test", ("1", "2"))
    first, second = ladder("x = 3\n", problem, syntax=False)
    assert (first.span, first.gaps, first.texts) == (Span(0, 1), (), ("1", "2"))
    assert second.span == Span(0, 5)


def test_the_model_is_asked_for_the_place_and_for_the_line_behind_its_indentation():
    start = CODE.index("return 2")
    problem = Problem(Span(start, start + 6), "wrong", "test")
    (region,) = ladder(CODE, problem, syntax=False)
    assert [gap.slice(CODE) for gap in region.gaps] == ["return", "return 2"]


def test_of_a_line_that_does_not_parse_the_first_word_is_asked_for_too():
    text = "    retrun x\n"
    regions = ladder(text, Problem(Span(11, 12), "wrong", "test"), syntax=True)
    region = next(region for region in regions if not region.accepted)
    assert [gap.slice(text) for gap in region.gaps] == ["x", "retrun", "retrun x"]


def test_between_a_line_and_the_one_above_the_model_may_put_one_that_was_lost():
    text = "if x:\n    pass\n        y = 1\n"
    at = text.index("y = 1")
    regions = ladder(text, Problem(Span(at, at), "unexpected indent", "test"), syntax=True)
    (pair,) = [region for region in regions if region.span.slice(text).count("\n") == 1]
    assert pair.gaps == (Span(14, 14),)


def test_a_very_long_line_is_cut_around_the_place():
    text = "x" * 5000
    (region,) = rungs(text, 2500, syntax=False)
    assert len(region) == BLOCK_CHARS


def test_a_block_is_bounded_and_holds_its_line():
    text = "if x:\n" + "    y = 1\n" * 100
    table = LineTable(text)
    for line in range(100):
        first, last = block(text, table, line)
        assert first <= line <= last < first + BLOCK_LINES
