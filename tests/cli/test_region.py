import re

import pytest

from editdiff.cli.region import parse_region, parse_target
from editdiff.errors import InputError, UsageError
from editdiff.text import markup
from editdiff.text.document import Document


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
    region = parse_region(lines, span)
    assert region.resolve(Document("a", expected.text)) == expected.spans[0]


@pytest.mark.parametrize(
    ("lines", "span", "message"),
    [
        (None, None, "no region to fill"),
        ("1", "1:1-1:2", "--lines and --span exclude each other"),
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
        parse_region(lines, span)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("lines", "span", "text", "message"),
    [
        ("1", None, "", "a.py is empty"),
        ("0", None, "one\n", "--lines: line 0 is not in a.py, which has 1 line"),
        ("2-4", None, "one\ntwo\n", "--lines: line 4 is not in a.py, which has 2 lines"),
        ("4", None, "one\ntwo", "--lines: line 4 is not in a.py, which has 2 lines"),
        (None, "3:1-3:1", "one\ntwo", "--span: line 3 is not in a.py, which has 2 lines"),
        (None, "1:1-1:5", "one\n", "--span: column 5 is not in line 1, which has 3 characters"),
        (None, "1:0-1:2", "one\n", "--span: column 0 is not in line 1, which has 3 characters"),
    ],
)
def test_a_region_outside_the_file_is_refused_with_a_hint(lines, span, text, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$") as caught:
        parse_region(lines, span).resolve(Document("a.py", text))
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
    ],
)
def test_a_target_is_a_file_and_its_region(argument, file, marked):
    expected = markup.parse(marked)
    named, region = parse_target(argument)
    assert named == file
    assert region.resolve(Document("a", expected.text)) == expected.spans[0]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("a.py", "no region to fill in a.py"),
        ("a.py:", "no region to fill in a.py:"),
        (":3", "no region to fill in :3"),
        ("a.py:x", "no region to fill in a.py:x"),
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
