import json
import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.report.sarif import Result, Rule, dumps, message_text, report, uri
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

RULE = Rule("doubt", "Short.", "Full.")


def log(*results: Result, documents=(), **more):
    return json.loads(dumps(report(results, documents, **more)))


def region(text: str, start: int, end: int):
    document = Document("a.py", text)
    (result,) = log(Result(document, Span(start, end), "m", RULE))["runs"][0]["results"]
    return result["locations"][0]["physicalLocation"]["region"]


def test_a_report_has_all_that_the_standard_requires():
    document = Document("a.py", "x = 1\n", language="python")
    result = Result(document, Span(4, 5), "wrong", RULE, "note", "2", 61.5)
    found = log(result, documents=[document, Document("b.txt", "")])
    assert found["version"] == "2.1.0"
    (run,) = found["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "editdiff"
    assert [rule["id"] for rule in driver["rules"]] == ["doubt"]
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["columnKind"] == "utf16CodeUnits"
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == ["a.py", "b.txt"]
    assert run["artifacts"][0]["sourceLanguage"] == "python"
    assert {artifact["encoding"] for artifact in run["artifacts"]} == {"UTF-8"}
    (told,) = run["results"]
    assert (told["ruleId"], told["ruleIndex"], told["level"], told["rank"]) == (
        "doubt",
        0,
        "note",
        61.5,
    )
    assert told["message"] == {"text": "wrong"}
    physical = told["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "a.py", "uriBaseId": "%SRCROOT%", "index": 0}
    (fix,) = told["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == physical["artifactLocation"]
    assert change["replacements"] == [
        {"deletedRegion": physical["region"], "insertedContent": {"text": "2"}}
    ]


def test_a_result_without_a_replacement_has_no_fix_and_one_that_removes_inserts_nothing():
    document = Document("a.py", "x = 1\n")
    first, second = log(
        Result(document, Span(0, 1), "m", RULE),
        Result(document, Span(0, 1), "m", RULE, "error", ""),
    )["runs"][0]["results"]
    assert "fixes" not in first
    assert "insertedContent" not in second["fixes"][0]["artifactChanges"][0]["replacements"][0]


def test_a_run_that_was_broken_off_says_so():
    assert log(finished=False)["runs"][0]["invocations"] == [{"executionSuccessful": False}]


def test_columns_count_utf_16_code_units_from_1_and_ends_are_exclusive():
    assert region("é😀x = 1", 2, 3) == {
        "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5
    }  # fmt: skip
    assert region("a\r\nb\rc\n", 5, 6)["startLine"] == 3
    assert region("a\n    b", 1, 6) == {
        "startLine": 1, "startColumn": 2, "endLine": 2, "endColumn": 5
    }  # fmt: skip
    empty = region("ab", 2, 2)
    assert (empty["startColumn"], empty["endColumn"]) == (3, 3)


@given(st.text(st.sampled_from("a😀é\r\n"), max_size=12), st.data())
def test_a_region_names_the_very_characters(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    inside_crlf = any(text[at - 1 : at + 1] == "\r\n" for at in (start, end) if at)
    found = region(text, start, end)
    lines = [text[m[0] : m[1]] for m in _lines(text)]

    def offset(line: int, column: int) -> int:
        head = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)].decode("utf-16-le")
        return sum(map(len, lines[: line - 1])) + len(head)

    if not inside_crlf:
        assert offset(found["startLine"], found["startColumn"]) == start
        assert offset(found["endLine"], found["endColumn"]) == end


def _lines(text: str):
    starts = [0, *(m.end() for m in LINE_ENDING.finditer(text))]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "a.py",
        "with space.py",
        "100%.py",
        "a#b?.py",
        "c:d.py",
        "ü.py",
        "b\udcff.py",
        "src/[x].py",
        "a\nb",
    ],
)
def test_file_names_come_back_from_their_uris(name):
    parts = urlsplit(uri(name))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote_to_bytes(parts.path) == os.fsencode(name)
    assert uri(name).isascii()


def test_a_file_outside_of_the_current_folder_has_an_absolute_uri(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    outside = str(tmp_path / "a b.py")
    assert uri(outside) == Path(outside).as_uri() == uri("../a b.py")
    assert uri(str(inside / "c.py")) == "c.py"
    artifact = log(documents=[Document(outside, "")])["runs"][0]["artifacts"][0]
    assert "uriBaseId" not in artifact["location"]


def test_a_message_holds_no_placeholder_no_link_and_no_control_character():
    assert message_text("{0} [a](b)") == "{{0}} [a] (b)"
    assert message_text("a\x1b[1m\ud800") == "a␛[1m\ufffd"


def test_the_report_is_ascii_and_an_insertion_keeps_every_character():
    document = Document("a.py", "x\n")
    text = dumps(report([Result(document, Span(0, 1), "é", RULE, "note", "😀\u2028\x07")]))
    assert text.isascii()
    fix = json.loads(text)["runs"][0]["results"][0]["fixes"][0]
    replacement = fix["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"]["text"] == "😀\u2028\x07"
