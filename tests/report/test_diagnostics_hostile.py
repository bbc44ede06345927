import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from editdiff.errors import InputError
from editdiff.report.diagnostics import parse, places, read
from editdiff.report.diagnostics.formats import MAX_BYTES

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<testsuite><testcase><failure>a.py:3: &c;</failure></testcase></testsuite>"""
OUTSIDE = """<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<testsuite><testcase><failure>&x;</failure></testcase></testsuite>"""
BETWEEN = '<?xml version="1.0"?><!-- --><!DOCTYPE testsuite SYSTEM "http://example.org/a.dtd"><testsuite/>'
RUFF = {"filename": "a.py", "location": {"row": 1, "column": 1}, "message": "bad", "code": "X"}
HOSTILE = {
    "a billion laughs": (LAUGHS, "DOCTYPE"),
    "an entity of another file": (OUTSIDE, "DOCTYPE"),
    "a document type of the web": (BETWEEN, "DOCTYPE"),
    "an entity that nothing defines": ("<testsuite>&x;</testsuite>", "undefined entity"),
    "XML that breaks off": ("<testsuite><testcase><failure>a.py:3", "well-formed"),
    "XML whose elements cross": ("<testsuite><testcase></testsuite></testcase>", "mismatched tag"),
    "XML with a NUL": ("<testsuite>\0</testsuite>", "well-formed"),
    "XML with a lone surrogate": ("<testsuite>\ud800</testsuite>", "surrogate"),
    "XML of another kind": ('<?xml version="1.0"?><checkstyle/>', "root is <checkstyle>"),
    "two documents": ("<testsuite/><testsuite/>", "well-formed"),
    "JSON that breaks off": (json.dumps([RUFF])[:-5], "breaks off"),
    "lines of JSON that break off": ((json.dumps(RUFF) + "\n") * 2 + '{"file', "breaks off"),
    "JSON nested too deeply": ('{"a":' * 200_000, "nested too deeply"),
    "a list nested too deeply": ('[{"a":' * 200_000, "nested too deeply"),
    "a number without end": ('{"version": ' + "9" * 5000 + "}", "breaks off"),
    "a line that is a text": (json.dumps([RUFF | {"location": {"row": "1"}}]), "whole number"),
    "a line that is true": (json.dumps([RUFF | {"location": {"row": True}}]), "whole number"),
    "a line that is infinite": ('[{"filename": "a", "location": {"row": Infinity}}]', "number"),
    "a name that is a list": (json.dumps([RUFF | {"filename": ["a.py"]}]), "should be a text"),
    "a place that is a text": (json.dumps([RUFF | {"location": "1:1"}]), "an object should"),
    "runs that are an object": ('{"version": "2.1.0", "runs": {"a": 1}}', "should be a list"),
    "results that are numbers": ('{"version": "2.1.0", "runs": [{"results": [1]}]}', "an object"),
    "a version that is a number": ('{"version": 2.1, "runs": []}', "should be a text"),
    "brackets alone": ("[ [ [", "names no line"),
    "binary": ("\x00\x01\x02PK\x03\x04", "names no line"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_refused_in_one_sentence_is(kind):
    text, reason = HOSTILE[kind]
    with pytest.raises(InputError, match=reason) as caught:
        parse(text, "report.txt")
    assert caught.value.message.startswith("report.txt")
    assert "\n" not in caught.value.message
    assert caught.value.hint.startswith("editdiff reads SARIF")


TIMED = {
    "one word": "a" * 2_000_000,
    "one word of marks": "-/." * 700_000,
    "dots and colons": "a.b:" * 500_000,
    "places in one line": "a.py:1:1 " * 100_000,
    "brackets": "a(1,2)" * 300_000,
    "open brackets": "(" * 2_000_000,
    "spaces": " " * 2_000_000 + "x",
    "arrows": "  --> " * 300_000,
    "quotes": 'File "' * 300_000,
    "escapes": "\x1b[" * 1_000_000,
    "links that do not end": "\x1b]" * 1_000_000,
    "frames": '  File "a.py", line 3\n' * 50_000,
    "frames of a stack": "\n    at a.b.c.d.e(f.js:1:1)" * 30_000,
    "names of Java": "    at " + "a." * 500_000,
    "lines that say little": "a.py:3: \n" * 50_000,
    "rows": "a.py\n" + "  1:1  error  " + "x  " * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", TIMED)
def test_no_text_takes_more_than_time_as_its_length(kind):
    began = time.process_time()
    places(TIMED[kind])
    assert time.process_time() - began < 8  # seconds; the square of these lengths is hours


def test_a_report_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "report.json"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="has 32 MB"):
        read(file)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("a.py:3: x".encode("utf-16"), "not UTF-8|NUL"),
        (b"a.py:3: \xff", "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "NUL"),
    ],
)
def test_what_is_not_utf_8_is_refused(tmp_path, data, reason):
    file = tmp_path / "report"
    file.write_bytes(data)
    with pytest.raises(InputError, match=reason):
        read(file)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "missing")
    with pytest.raises(InputError, match="is a directory"):
        read(tmp_path)


PIECES = st.sampled_from(
    ["a.py:3", ":", "\n", " ", "12:30", 'File "a.py", line 3', "{", "[", '"', "<testsuite>", "</testsuite>",
     "<failure>", "C:\\", "http://", "\x1b[31m", "(3,5)", " error: ", "  at ", "-->", "E   ",
     '{"version": "2.1.0", "runs": [', "]}", "\ud800", "null", "1", ","]
)  # fmt: skip
ANY = st.one_of(
    st.text(st.characters()), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["version", "runs", "results", "locations", "physicalLocation", "artifactLocation", "uri", "region",
                 "startLine", "message", "text", "filename", "location", "row", "filePath", "messages", "line",
                 "file", "severity", "generalDiagnostics", "range", "start", "rule", "tool", "driver", "rules"]
            ),
            inner,
        ),
    ),
    max_leaves=30,
)  # fmt: skip


@given(ANY)
@example("[")
@example("<!")
@example("<testsuite")
def test_any_text_is_a_report_or_refused(text):
    try:
        found = parse(text, "report")
    except InputError as error:
        assert error.message and error.hint
    else:
        assert all(each.line >= 1 and each.path and "\n" not in each.message for each in found)


@given(JSON)
def test_any_json_is_a_report_or_refused(value):
    for shape in (
        value,
        [value],
        {"version": "2.1.0", "runs": value},
        {"generalDiagnostics": value},
    ):
        try:
            parse(json.dumps(shape), "report")
        except InputError as error:
            assert error.hint


@given(ANY)
def test_any_text_has_places_or_none(text):
    found = places(text)
    assert len({(each.path, each.line, each.cell) for each in found}) == len(found)
