import pytest
from evaluation_zoo import File
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.data.pairs import NEAR, Pair, agreed, bound_names, draw_pairs, read_names

MODULE = """\
import os

def size(path):
    full = os.path.join("a", path)
    found = os.stat(full)
    twice = found.st_size
    print(twice)
    return twice

def far(path):
    origin = path
{filler}
    return origin

def shown(path):
    mentioned = path
    # a comment about mentioned
    return mentioned
"""


def pairs_of(text: str) -> list[Pair]:
    return draw_pairs([File("p", "p/m.py", text)], 100, seed=0)


def test_a_pair_is_a_name_s_only_two_lines():
    text = MODULE.format(filler="    pass\n" * NEAR)
    assert {(p.name, p.lines, p.truths) for p in pairs_of(text)} == {
        ("full", (4, 5), ('full = os.path.join("a", path)', "found = os.stat(full)")),
        ("found", (5, 6), ("found = os.stat(full)", "twice = found.st_size")),
    }


def test_a_pair_may_be_as_far_apart_as_the_window():
    text = MODULE.format(filler="    pass\n" * (NEAR - 2))
    assert "origin" in {pair.name for pair in pairs_of(text)}


def test_two_names_of_the_same_lines_make_one_pair():
    assert len(pairs_of("def f(p):\n    a, b = p\n    return a + b\n")) == 1


def test_the_same_seed_draws_the_same_pairs():
    files = [File(f"p{i % 2}", f"m{i}.py", MODULE.format(filler="")) for i in range(4)]
    assert draw_pairs(files, 7, seed=1) == draw_pairs(files[::-1], 7, seed=1)
    assert draw_pairs(files, 3, seed=1) == draw_pairs(files, 7, seed=1)[:3]


@given(st.text("ab =\n", max_size=9), st.text("ab()", max_size=9))
def test_tasks_hide_both_lines_and_their_lengths_and_put_the_gaps_where_they_stood(first, second):
    (pair, *_) = pairs_of(MODULE.format(filler=""))
    both, before, behind = pair.task(), pair.task(second=False), pair.task(first)
    assert both.text == before.text == pair.fill("", "")
    assert behind.text == pair.fill(first, "")
    for task in (both, before, behind):
        assert all(gap.length == 0 for gap in task.gaps)
        assert not any(truth in task.text for truth in pair.truths if truth != first)
    at = both.gaps[1].start
    assert before.gaps == both.gaps[:1]
    assert both.text[:at] + second + both.text[at:] == pair.fill("", second)
    at = behind.gaps[0].start
    assert behind.text[:at] + second + behind.text[at:] == pair.fill(first, second)
    assert pair.fill(*pair.truths) == pair.text


@pytest.mark.parametrize(
    ("line", "bound"),
    [
        ("x = 1", "x"),
        ("a, (b, *c) = d", "abc"),
        ("x: int = 1", "x"),
        ("x += 1", "x"),
        ("for k, v in items():", "kv"),
        ("with open(p) as f:", "f"),
        ("if (n := len(a)) > 10:", "n"),
        ("elif x := y:", "x"),
        ("except OSError as e:", "e"),
        ("import os.path, sys as s", ["os", "s"]),
        ("def g(x, y=1):", "gxy"),
        ("names = {", ["names"]),
        ('text = ", ".join(', ["text"]),
        ("for i, x in enumerate(", "ix"),
        ("and (m := match(x))", "m"),
        ("x = = 1", "x"),
        ("for q in in r", "q"),
        ("print(x == y)", ""),
        ("f(key=value", ""),
        ("", ""),
        ("x = 1\n    y = 2", "xy"),
    ],
)
def test_names_that_a_line_binds(line, bound):
    assert bound_names(line) == set(bound)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("return x.y + z", "xz"),
        ("x = y", "y"),
        ("p.name for p in q.values()", "pq"),
        ("max_depth=n)", "n"),
        ("'key': value,", ["value"]),
        ("elif a:", "a"),
        ("print(f'{x} y')", ["print", "x"]),
        ("items[i] = 'x'", ["items", "i"]),
        ("else:", ""),
        ("return return x.y 'z' # q", "x"),
        ("x = = y", "y"),
    ],
)
def test_names_that_a_line_reads(line, read):
    assert read_names(line) == set(read)


def test_lines_agree_on_what_one_binds_and_the_other_reads():
    assert agreed("x = f(y)", "return x + y") == {"x"}
    assert not agreed("x = 1", "x = 2")


@given(st.text("abfor in=():,.'\"[]{}\n#", max_size=20))
def test_whatever_a_model_writes_has_names_or_none(text):
    assert bound_names(text) | read_names(text) | agreed(text, text) >= set()
