from collections import Counter

import pytest
from evaluation_zoo import MODULE, File, sources
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.data.keystrokes import CLOSERS, Cursor, closed, draw, halves, pairs

EVERYTHING = 10_000


def finished(cursor: Cursor) -> str:
    """The cursor's line once the truth is typed."""
    text = cursor.text[: cursor.offset] + cursor.truth + cursor.text[cursor.offset :]
    return text.split("\n")[cursor.line - 1]


def test_every_line_with_something_on_it_is_drawn_once_comments_and_strings_too():
    drawn = Counter(c.line for c in draw([File("p", "m.py", MODULE)], EVERYTHING, seed=0))
    lines = MODULE.split("\n")
    assert drawn == Counter(n for n, line in enumerate(lines, 1) if line.strip())


@pytest.mark.parametrize("seed", range(5))
def test_what_is_typed_completes_the_line_and_nothing_else_is_touched(seed):
    for cursor in draw([File("p", "m.py", MODULE)], EVERYTHING, seed):
        line, was = finished(cursor), MODULE.split("\n")[cursor.line - 1]
        assert was.startswith(line) if cursor.closers else line == was
        others = cursor.text.split("\n")
        del others[cursor.line - 1]
        assert others == MODULE.split("\n")[: cursor.line - 1] + MODULE.split("\n")[cursor.line :]


def test_cursors_stand_anywhere_from_the_first_character_of_a_line_to_its_end():
    files = [File("p", f"{n}.py", "    abc  \n") for n in range(60)]
    drawn = {(c.offset, c.truth) for c in draw(files, EVERYTHING, seed=0)}
    assert drawn == {(4, "abc"), (5, "bc"), (6, "c"), (7, "")}


def test_about_a_third_of_the_cursors_in_brackets_have_their_closers():
    files = [File("p", f"{n}.py", "foo(a, [b, c])\n") for n in range(600)]
    inside = [c for c in draw(files, EVERYTHING, seed=0) if 4 <= c.offset <= 13]
    assert 0.25 < sum(bool(c.closers) for c in inside) / len(inside) < 0.42
    assert {c.closers for c in inside} == {"", ")", "])"}
    nested = {c.text[c.offset :]: c.truth for c in inside if c.offset == 8 and c.closers}
    assert nested == {"])\n": "b, c"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("f(|a)", (")", 1)),
        ("f(a|)", (")", 0)),
        ("f(a)|", None),
        ("|f(a)", None),
        ("x = {'a|b': [1]}", ("'}", 1)),
        ("x = 'it\\'|s'", ("'", 1)),
        ("x = '(|'", ("'", 0)),
        ("f(a, |", None),
        ("f(g(a|), ", None),
        ("f(a)  # see (|b)", None),
        ('"""doc (|x)"""', None),
        ("f(a|]", None),
    ],
)
def test_an_editor_closes_what_is_open_and_closes_on_the_line(line, expected):
    column = line.index("|")
    assert closed(line.replace("|", ""), column) == expected


@given(st.text("([{}])'\"#\\ a", max_size=20))
def test_pairs_open_in_order_close_after_they_open_and_match(content):
    found = pairs(content)
    assert [start for start, _ in found] == sorted({start for start, _ in found})
    for start, end in found:
        if end is not None:
            assert start < end
            assert content[end] == CLOSERS[content[start]]
    ends = [end for _, end in found if end is not None]
    assert len(set(ends)) == len(ends)


def test_the_same_seed_draws_the_same_cursors_in_whatever_order_the_files_come():
    files = sources()
    assert draw(files, 20, seed=3) == draw(files[::-1], 20, seed=3)
    assert draw(files, 20, seed=3) != draw(files, 20, seed=4)
    assert draw(files, 7, seed=0) == draw(files, 30, seed=0)[:7]


def test_halves_share_no_file_and_have_half_of_every_package():
    files = sources(packages=3, files=4)
    first, second = halves(files[::-1])
    assert sorted([*first, *second], key=str) == sorted(files, key=str)
    for half in (first, second):
        assert Counter(file.package for file in half) == {"p0": 2, "p1": 2, "p2": 2}
    assert halves(files) == (first, second)


def test_other_line_endings_are_shown_as_the_model_has_learnt_them():
    (one, two) = draw([File("p", "m.py", "ab\r\ncd\r")], EVERYTHING, seed=0)
    assert {len(one.text), len(two.text)} <= {4, 5, 6}
    assert "\r" not in one.text + two.text


def test_in_other_languages_nothing_closes_behind_a_comment_or_inside_a_string():
    text = "f(a, b) // and (so\n/* it (has\n   f(a) */\nlet s = `one (\ntwo (a)`;\n"
    files = [File("p", f"{n}.js", text) for n in range(300)]
    drawn = draw(files, EVERYTHING, seed=0, language="javascript")
    assert {c.document.language for c in drawn} == {"javascript"}
    assert {(c.line, c.closers) for c in drawn if c.closers} == {(1, ")")}


def test_of_a_generated_file_nothing_is_drawn():
    assert (
        draw([File("p", "a.js", "a\n" + "x" * 501)], EVERYTHING, seed=0, language="javascript")
        == []
    )
