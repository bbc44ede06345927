from collections import Counter

import pytest
from evaluation_zoo import CODE, MODULE, File, sources
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.core.gaps import MIN_CHARS, Gap, code_lines, draw
from editdiff.text.span import Span

EVERYTHING = 10_000


def identity(gap: Gap) -> tuple[str, str, int]:
    return gap.package, gap.path, gap.line


def test_exactly_the_lines_of_code_long_enough_are_drawn():
    gaps = draw([File("p", "m.py", MODULE)], EVERYTHING, seed=0)
    assert {gap.truth for gap in gaps} == CODE
    assert len(gaps) == len(CODE)


def test_a_gap_is_the_content_of_its_line_behind_the_indentation():
    for gap in draw([File("p", "m.py", MODULE)], EVERYTHING, seed=0):
        line = MODULE.split("\n")[gap.line - 1]
        assert gap.truth == line.strip()
        assert gap.text[: gap.span.start].endswith("\n" + line[: len(line) - len(line.lstrip())])
        assert gap.text[gap.span.end] == "\n"
        assert gap.fill(gap.truth) == gap.text


LINES = st.sampled_from(
    [
        "x = compute(1)",
        "",
        "   ",
        "# a comment",
        "if x:  # why",
        "    y = 'text'",
        "\ty += 1",
        "f(",
        ")",
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(0, 5))
def test_no_gap_is_ever_blank_or_a_comment_or_too_short(lines, newline, seed):
    for gap in draw([File("p", "m.py", newline.join(lines))], EVERYTHING, seed):
        assert not gap.truth.startswith("#")
        assert len("".join(gap.truth.split())) >= MIN_CHARS
        assert gap.truth == gap.truth.strip()
        assert "\n" not in gap.truth
        assert "\r" not in gap.text


def test_the_same_seed_draws_the_same_gaps_in_whatever_order_the_files_come():
    files = sources()
    assert draw(files, 20, seed=3) == draw(files[::-1], 20, seed=3)
    assert draw(files, 20, seed=3) != draw(files, 20, seed=4)


def test_a_smaller_limit_draws_the_first_of_the_same_gaps():
    assert draw(sources(), 7, seed=0) == draw(sources(), 30, seed=0)[:7]


def test_gaps_are_spread_evenly_over_packages_and_their_files():
    gaps = draw(sources(packages=3, files=4), 24, seed=0)
    assert Counter(gap.package for gap in gaps) == {"p0": 8, "p1": 8, "p2": 8}
    assert set(Counter((gap.package, gap.path) for gap in gaps).values()) == {2}


def test_a_package_that_runs_out_leaves_its_share_to_the_others():
    files = [File("small", "s.py", "import math\n"), *sources(packages=1)]
    gaps = draw(files, 12, seed=0)
    assert Counter(gap.package for gap in gaps) == {"small": 1, "p0": 11}


def test_no_gap_is_drawn_twice():
    gaps = draw(sources(), EVERYTHING, seed=0)
    assert len({identity(gap) for gap in gaps}) == len(gaps) == 12 * len(CODE)


def test_an_engine_is_shown_neither_the_hidden_text_nor_its_length():
    hidden = "value = secret_of_some_length()"
    short, long = (
        Gap("p", "a/m.py", f"x = 1\n{text}\ny = 2\n", Span(6, 6 + len(text)), 2)
        for text in ("v = secret()", hidden)
    )
    assert short.task == long.task
    assert "secret" not in long.task.text
    assert long.task.gaps[0].length == 0
    assert long.task.path == "m.py"
    assert long.fill("pass") == "x = 1\npass\ny = 2\n"


@pytest.mark.parametrize(
    "text", ["", "x = '''never closed\n", "def f(:\n    (\n", "if x:\n        y\n    z\n"]
)
def test_a_text_that_cannot_be_cut_into_tokens_has_no_gaps(text):
    assert code_lines(text) == set()


def test_a_gap_of_several_lines_is_lines_of_code_that_follow_each_other():
    gaps = draw([File("p", "m.py", MODULE)], EVERYTHING, seed=0, lines=2)
    code, rows = code_lines(MODULE), MODULE.split("\n")
    assert len(gaps) == sum(line + 1 in code for line in code)
    for gap in gaps:
        assert gap.truth == "\n".join(rows[gap.line - 1 : gap.line + 1]).strip()
        assert gap.fill(gap.truth) == gap.text
