import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.cli.common.region import parse_regions, parse_target
from editdiff.errors import EditdiffError, InputError, UsageError
from editdiff.text import markup
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span


@pytest.mark.parametrize(
    ("lines", "span", "marked"),
    [
        ("1", None, "«one»\ntwo\nthree\n"),
        ("2-3", None, "one\n«two\nthree»\n"),
        ("2", None, "one\r\n«two»\r\nthree"),
        ("2-2", None, "one\n«»\nthree"),
        ("3", None, "one\ntwo\n«»"),
        ("2", None, "one\n«  two  »\n"),
        ("1", None, "«a\x0cb\u2028c»\nd"),
        (None, "1:1-1:1", "«»one"),
        (None, "1:2-1:4", "o«ne»\ntwo"),
        (None, "1:4-2:1", "one«\n»two"),
        (None, "1:2-2:3", "😀«é\nab»c"),
        (None, "2:1-2:4", "one\n«two»"),
    ],
)
def test_a_region_is_the_marked_text(lines, span, marked):
    expected = markup.parse(marked)
    regions = parse_regions(*given_once(lines, span))
    assert regions.resolve(Document("a", expected.text)).spans == expected.spans


def given_once(*values: str | None) -> list[tuple[str, ...]]:
    """Values of flags, None for one that is not given."""
    return [() if value is None else (value,) for value in values]


@pytest.mark.parametrize(
    ("lines", "span", "message"),
    [
        (None, None, "no region to fill"),
        ("", None, "--lines must be a line or two as 12-14, not ''"),
        ("a-b", None, "--lines must be a line or two as 12-14, not 'a-b'"),
        ("1-", None, "--lines must be a line or two as 12-14, not '1-'"),
        ("-1", None, "--lines must be a line or two as 12-14, not '-1'"),
        ("1:2", None, "--lines must be a line or two as 12-14, not '1:2'"),
        ("١", None, "--lines must be a line or two as 12-14, not '١'"),
        ("14-12", None, "--lines 14-12 runs backwards"),
        (None, "1-2", "--span must be LINE:COLUMN-LINE:COLUMN, not '1-2'"),
        (None, "1:2-3", "--span must be LINE:COLUMN-LINE:COLUMN, not '1:2-3'"),
        (None, "2:1-1:9", "--span 2:1-1:9 runs backwards"),
        (None, "1:3-1:2", "--span 1:3-1:2 runs backwards"),
    ],
)
def test_a_region_that_makes_no_sense_is_refused_with_a_hint(lines, span, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as caught:
        parse_regions(*given_once(lines, span))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("lines", "span", "text", "message"),
    [
        ("1", None, "", "a.py is empty"),
        ("0", None, "one\n", "--lines 0: line 0 is not in a.py, which has 1 line"),
        ("2-4", None, "one\ntwo\n", "--lines 2-4: line 4 is not in a.py, which has 2 lines"),
        ("4", None, "one\ntwo", "--lines 4: line 4 is not in a.py, which has 2 lines"),
        (None, "3:1-3:1", "one\ntwo", "--span 3:1-3:1: line 3 is not in a.py, which has 2 lines"),
        (
            None,
            "1:1-1:5",
            "one\n",
            "--span 1:1-1:5: column 5 is not in line 1, which has 3 characters",
        ),
        (
            None,
            "1:0-1:2",
            "one\n",
            "--span 1:0-1:2: column 0 is not in line 1, which has 3 characters",
        ),
    ],
)
def test_a_region_outside_the_file_is_refused_with_a_hint(lines, span, text, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$") as caught:
        parse_regions(*given_once(lines, span)).resolve(Document("a.py", text))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("argument", "file", "marked"),
    [
        ("a.py:1", "a.py", "«one»\ntwo"),
        ("a.py:1-2", "a.py", "«one\ntwo»"),
        ("a.py:1:2-2:3", "a.py", "o«ne\ntw»o"),
        ("C:\\a.py:2", "C:\\a.py", "one\n«two»"),
        ("a:3:2", "a:3", "one\n«two»"),
        ("a\nb:2", "a\nb", "one\n«two»"),
        ("a.py:1,3", "a.py", "«one»\ntwo\n«three»"),
        ("a.py:3,1", "a.py", "«one»\ntwo\n«three»"),
        ("a.py:3,1:1-1:2,2-2", "a.py", "«o»ne\n«two»\n«three»"),
        ("a,1:2", "a,1", "one\n«two»"),
        ("a:1,b:2", "a:1,b", "one\n«two»"),
    ],
)
def test_a_target_is_a_file_and_its_regions(argument, file, marked):
    expected = markup.parse(marked)
    named, regions = parse_target(argument)
    assert named == file
    assert regions.resolve(Document("a", expected.text)).spans == expected.spans


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("a.py", "no region to fill in a.py"),
        ("a.py:", "no region to fill in a.py:"),
        (":3", "no region to fill in :3"),
        ("a.py:x", "no region to fill in a.py:x"),
        ("a.py:1,", "no region to fill in a.py:1,"),
        ("a.py:1,,2", "no region to fill in a.py:1,,2"),
        ("a.py:1;2", "no region to fill in a.py:1;2"),
        ("a.py:1,3-2", "a.py:3-2 runs backwards"),
        ("a.py:3-2", "a.py:3-2 runs backwards"),
        ("a.py:2:1-1:9", "a.py:2:1-1:9 runs backwards"),
    ],
)
def test_a_target_without_a_sensible_region_is_refused_with_a_hint(argument, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as caught:
        parse_target(argument)
    assert caught.value.hint


def test_a_region_outside_its_file_is_named_as_it_was_written():
    with pytest.raises(InputError, match=r"^a\.py:9-10: line 9 is not in a\.py, which has 1 line$"):
        parse_target("a.py:9-10")[1].resolve(Document("a.py", "one\n"))


def test_regions_of_every_kind_are_put_in_order():
    marked = markup.parse("«one»\n«two\n?»\n«th»re«e»\nfour «??»?\n«»end")
    regions = parse_regions(["2-3", "1"], ["4:5-4:6", "6:1-6:1", "4:1-4:3"], ["??"])
    assert regions.resolve(Document("a", marked.text)).spans == marked.spans


@pytest.mark.parametrize(
    ("markers", "marked"),
    [
        (["???"], "a = «???»\nb = «???»\n"),
        (["aba"], "«aba»ba «aba»"),
        (["?", "!!"], "«?» «!!» «?» !"),
        ([".*"], "x «.*» y"),
        (["é😀"], "é «é😀»😀"),
        (["\n"], "a«\n»b«\n»"),
        (["TODO: write it"], "if x:\r\n    «TODO: write it»\r\n"),
    ],
)
def test_every_place_where_a_marker_stands_is_a_gap(markers, marked):
    expected = markup.parse(marked)
    regions = parse_regions(markers=markers)
    assert regions.resolve(Document("a", expected.text)).spans == expected.spans


def test_with_a_marker_a_target_may_be_a_file_alone_or_have_regions_too():
    assert parse_target("a.py", ["?"]) == ("a.py", parse_regions(markers=["?"]))
    file, regions = parse_target("a.py:1", ["?"])
    assert file == "a.py"
    assert regions.resolve(Document("a.py", "one\n?")).spans == (Span(0, 3), Span(4, 5))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((["1", "1"], [], []), "--lines 1 is named twice"),
        (([], [], ["?", "?"]), "--marker '?' is named twice"),
        ((["1-2", "2-3"], [], []), "--lines 1-2 and --lines 2-3 overlap in line 2 of a.py"),
        ((["3"], ["2:1-3:2"], []), "--span 2:1-3:2 and --lines 3 overlap in line 3 of a.py"),
        ((["2"], [], ["?"]), "--lines 2 and --marker '?' overlap in line 2 of a.py"),
        ((["3"], ["3:2-3:2"], []), "--lines 3 and --span 3:2-3:2 overlap in line 3 of a.py"),
        ((["3"], ["3:1-3:4"], []), "--lines 3 and --span 3:1-3:4 overlap in line 3 of a.py"),
        (
            ([], ["1:1-1:2", "1:2-1:3"], []),
            "--span 1:1-1:2 and --span 1:2-1:3 touch in line 1 of a.py: they would be one gap",
        ),
        (
            (["2"], ["2:1-2:1"], []),
            "--span 2:1-2:1 and --lines 2 touch in line 2 of a.py: they would be one gap",
        ),
        (
            ([], [], ["!"]),
            "two of --marker '!' touch in line 4 of a.py: they would be one gap",
        ),
        (([], [], [""]), "--marker is empty"),
    ],
)
def test_regions_that_cannot_be_filled_together_are_refused_with_a_hint(flags, message):
    document = Document("a.py", "one\nt?o\nthr\n!!\ne e e e e e e e")
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as caught:
        parse_regions(*flags).resolve(document)
    assert caught.value.hint


def test_a_marker_that_does_not_occur_is_refused_with_the_name_of_the_file():
    with pytest.raises(InputError, match=r"^--marker '\?\?' does not occur in a\.py$") as caught:
        parse_regions(markers=["??"]).resolve(Document("a.py", "?\n"))
    assert caught.value.hint


def test_a_marker_in_an_empty_file_is_refused_as_any_region_is():
    with pytest.raises(InputError, match=r"^a\.py is empty$"):
        parse_regions(markers=["?"]).resolve(Document("a.py", ""))


rows = st.lists(st.sampled_from(["abcdef", "ab?def", "é😀 xyz", "x"]), min_size=6, max_size=9)
numbers, columns = st.integers(1, 7), st.integers(1, 6)


@st.composite
def short_spans(draw):
    line, column = draw(numbers), draw(columns)
    return f"{line}:{column}-{line}:{column + draw(st.integers(0, 2))}"


@given(
    text=st.tuples(st.sampled_from(["\n", "\r\n", "\r"]), rows).map(lambda t: t[0].join(t[1])),
    lines=st.lists(numbers.map(str), max_size=2),
    spans=st.lists(short_spans(), max_size=2),
    markers=st.lists(st.sampled_from("?z"), max_size=1),
)
def test_what_is_not_refused_is_apart_in_order_and_as_it_was_named(text, lines, spans, markers):
    try:
        gaps = parse_regions(lines, spans, markers).resolve(Document("a", text)).spans
    except EditdiffError as error:
        assert error.hint
        return
    assert all(left.end < right.start for left, right in pairwise(gaps))
    assert gaps[-1].end <= len(text)
    occurrences = sum(map(text.count, markers))
    assert len(lines) + len(spans) + occurrences == len(gaps) <= 8
    table = LineTable(text)
    assert {table.content(int(line) - 1) for line in lines} <= set(gaps)
    assert sum(gap.slice(text) in markers for gap in gaps) >= occurrences
