import json
import string

import pytest

from editdiff.errors import InputError
from editdiff.report import sarif
from editdiff.report.diagnostics import parse, read_report
from editdiff.report.diagnostics.formats import FORMATS
from editdiff.report.diagnostics.uris import path_of
from editdiff.text.document import Document
from editdiff.text.span import Span


def log(*results: dict, **run) -> str:
    return json.dumps({"version": "2.1.0", "runs": [{"results": list(results), **run}]})


def result(uri: str | None = "src/a.py", **more) -> dict:
    location = {"uri": uri} if uri is not None else {}
    location |= more.pop("location", {})
    physical = {"artifactLocation": location, "region": {"startLine": 3, "startColumn": 5}}
    return {"message": {"text": "bad"}, "locations": [{"physicalLocation": physical}], **more}


def paths(text: str) -> list[str]:
    return [found.path for found in parse(text, "report")]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"version": "2.1.0", "runs": []}',
        '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}',
        '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}',
        '{"version": "1.1", "generalDiagnostics": [], "summary": {"errorCount": 0}}',
        '[{"filePath": "/a.js", "messages": []}]',
        '<testsuites/>',
        '<?xml version="1.0"?><testsuite tests="1"><testcase name="a"/></testsuite>',
        "",
        "\n",
        "Success: no issues found in 3 source files\n",
        "0 errors, 0 warnings, 0 informations \n",
        "All checks passed!\n",
        "...                          [100%]\n3 passed in 0.12s\n",
        "\x1b[32m\x1b[1m3 passed\x1b[0m\x1b[32m in 0.12s\x1b[0m\n",
    ],
)  # fmt: skip
def test_a_report_of_nothing_is_no_error(text):
    assert parse(text, "report") == []


def test_a_uri_is_decoded_and_its_bases_are_put_before_it():
    bases = {
        "%SRCROOT%": {"uri": "file:///builds/my%20shop/"},
        "SRC": {"uri": "src/", "uriBaseId": "%SRCROOT%"},
    }
    results = (
        result("gr%C3%B6%C3%9Fe%20a.py", location={"uriBaseId": "SRC"}),
        result("a%23b.py", location={"uriBaseId": "%SRCROOT%"}),
        result("src/a.py", location={"uriBaseId": "UNKNOWN"}),
        result("file:///builds/a.py", location={"uriBaseId": "SRC"}),
        result("./b.py"),
    )
    assert paths(log(*results, originalUriBaseIds=bases)) == [
        "/builds/my shop/src/größe a.py",
        "/builds/my shop/a#b.py",
        "src/a.py",
        "/builds/a.py",
        "./b.py",
    ]


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/c.py", "/a b/c.py"),
        ("file:/a/c.py", "/a/c.py"),
        ("file://localhost/a/c.py", "/a/c.py"),
        ("FILE:///C:/a/c.py", "C:/a/c.py"),
        ("file:///c%3A/a.py", "c:/a.py"),
        ("file://host/share/c.py", "//host/share/c.py"),
        ("C:\\a\\c.py", "C:\\a\\c.py"),
        ("a/b%2Bc.py", "a/b+c.py"),
        ("a/%FF.py", "a/\udcff.py"),
        ("https://example.org/a.py", ""),
        ("git:a.py", ""),
        ("", ""),
    ],
)
def test_a_uri_stands_for_a_path(uri, path):
    assert path_of(uri) == path


def test_bases_that_name_each_other_end():
    bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}
    text = log(result("x.py", location={"uriBaseId": "A"}), originalUriBaseIds=bases)
    assert paths(text) == ["b/a/x.py"]


def test_a_file_may_be_told_by_its_place_in_the_table_of_the_run():
    table = [{"location": {"uri": "a.py"}}, {"location": {"uri": "b.py"}}]
    found = paths(log(*(result(None, location={"index": i}) for i in (1, 7, -1)), artifacts=table))
    assert found == ["b.py"]


def test_what_is_suppressed_passed_or_gone_is_left_out():
    results = (
        result("1.py", suppressions=[{"kind": "inSource"}]),
        result("2.py", suppressions=[{"kind": "external", "status": "rejected"}]),
        result("3.py", suppressions=[]),
        result("4.py", kind="pass"),
        result("5.py", baselineState="absent"),
        result("6.py", kind="review"),
        result("7.ipynb"),
    )
    found = parse(log(*results), "report")
    assert [(each.path, each.error) for each in found] == [
        ("2.py", False), ("3.py", False), ("6.py", False)
    ]  # fmt: skip


def test_the_level_is_the_results_else_the_rules_else_a_warning():
    tool = {
        "driver": {"rules": [{"id": "A", "defaultConfiguration": {"level": "error"}}, {"id": "B"}]},
        "extensions": [{"rules": [{"id": "C", "defaultConfiguration": {"level": "error"}}]}],
    }
    results = (
        result("1", ruleId="A"),
        result("2", ruleId="A", level="note"),
        result("3", ruleIndex=1),
        result("4", level="error"),
        result("5", rule={"index": 0, "toolComponent": {"index": 0}}),
        result("6", ruleIndex=9),
    )
    found = parse(log(*results, tool=tool), "report")
    assert [(each.path, each.rule, each.error) for each in found] == [
        ("1", "A", True), ("2", "A", False), ("3", "B", False), ("4", "", True),
        ("5", "C", True), ("6", "", False),
    ]  # fmt: skip


def test_a_message_is_put_together_as_the_standard_says():
    rules = [{"id": "A", "messageStrings": {"default": {"text": "{0} is {{not}} {1}, {2}"}}}]
    by_name = result(ruleIndex=0, message={"id": "default", "arguments": ["x", "y"]})
    linked = result(message={"text": "see [the call](1) and [a page](https://example.org), [not]"})
    found = parse(log(by_name, linked, tool={"driver": {"rules": rules}}), "report")
    assert [each.message for each in found] == [
        "x is {not} y, {2}",
        "see the call and a page, [not]",
    ]


def test_what_editdiff_writes_it_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rule = sarif.Rule("doubt", "Short.", "Full.")
    spot = sarif.Result(Document("größe a.py", "a\nb = {1}\n"), Span(2, 5), "f{x} [a](b)", rule)
    (found,) = parse(sarif.dumps(sarif.report([spot])), "report")
    assert (found.path, found.line, found.column, found.end_line) == ("größe a.py", 2, 1, 2)
    assert (found.rule, found.error, found.message) == ("doubt", False, "f{x} [a] (b)")


def test_another_version_of_sarif_is_refused():
    with pytest.raises(InputError, match=r"version is 1\.0\.0"):
        parse('{"version": "1.0.0", "runs": []}', "report")


def test_a_single_line_of_json_is_a_report_too():
    line = {"file": "a.py", "line": 3, "column": 0, "message": "bad", "severity": "note"}
    (found,) = parse(json.dumps(line), "report")
    assert (found.line, found.column, found.error) == (3, 1, False)


def test_what_has_no_place_is_left_out():
    mypy = {"file": "a.py", "line": -1, "column": -1, "message": "bad", "severity": "error"}
    assert parse(json.dumps(mypy) + "\n" + json.dumps(mypy), "report") == []
    eslint = [{"filePath": "a.js", "messages": [{"severity": 1, "message": "file ignored"}]}]
    assert parse(json.dumps(eslint), "report") == []
    pyright = {"generalDiagnostics": [{"file": "a.py", "severity": "error", "message": "bad"}]}
    assert parse(json.dumps(pyright), "report") == []
    ruff = [{"filename": "a.py", "location": None, "message": "bad", "code": None}]
    assert parse(json.dumps(ruff), "report") == []


SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.shop.AreaTest" time="0.05" tests="3"
 errors="1" skipped="1" failures="1">
  <properties><property name="java.version" value="17"/></properties>
  <testcase name="adds" classname="com.shop.AreaTest" time="0.01">
    <failure message="expected: &lt;6&gt; but was: &lt;5&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: expected: <6> but was: <5>
\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)
\tat com.shop.AreaTest.adds(AreaTest.java:12)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)
]]></failure>
    <system-out>at Other.java:99: noise</system-out>
  </testcase>
  <testcase name="flaky" classname="com.shop.AreaTest">
    <flakyFailure message="x"><stackTrace>\tat com.shop.AreaTest.flaky(AreaTest.java:20)</stackTrace></flakyFailure>
  </testcase>
  <testcase name="skipped" classname="com.shop.AreaTest"><skipped message="later"/></testcase>
  <testcase name="throws" classname="com.shop.AreaTest">
    <error type="java.lang.NullPointerException">java.lang.NullPointerException
\tat com.shop.Area.of(Area.java:7)
\tat app//com.shop.AreaTest$Inner.throws(AreaTest.java:30)</error>
    <rerunFailure message="again"><stackTrace>\tat com.shop.Area.of(Area.java:8)</stackTrace></rerunFailure>
  </testcase>
</testsuite>
"""  # noqa: E501


def test_of_surefire_the_failures_and_errors_are_read_from_the_outermost_frame_on():
    found = parse(SUREFIRE, "report")
    assert [(each.path, each.line) for each in found] == [
        ("java/util/ArrayList.java", 1511),
        ("com/shop/AreaTest.java", 12),
        ("org/junit/jupiter/api/AssertionUtils.java", 55),
        ("com/shop/AreaTest.java", 30),
        ("com/shop/Area.java", 7),
    ]
    assert found[1].message == "expected: <6> but was: <5>"
    assert found[-1].message == "java.lang.NullPointerException"


def test_a_test_case_that_names_its_own_place_begins_with_it():
    text = """<testsuites><testsuite name="jest"><testcase name="adds" file="src/a.test.js" line="4">
    <failure message="bad">Error: bad
    at Object.toBe (src/a.js:2:58)</failure></testcase></testsuite></testsuites>"""
    assert [(found.path, found.line) for found in parse(text, "report")] == [
        ("src/a.test.js", 4),
        ("src/a.js", 2),
    ]


def test_the_lines_that_pytest_gives_test_cases_count_from_0():
    text = '<testsuite name="{}"><testcase file="a.py" line="9"><error>x</error></testcase></testsuite>'
    assert [found.line for found in parse(text.format("pytest"), "report")] == [10]
    assert [found.line for found in parse(text.format("phpunit"), "report")] == [9]


def test_of_eslints_junit_the_suite_is_the_file():
    text = """<?xml version="1.0" encoding="utf-8"?><testsuites>
    <testsuite package="org.eslint" time="0" tests="1" errors="1" name="/builds/shop/src/c.js">
    <testcase time="0" name="org.eslint.no-undef" classname="/builds/shop/src/c"><failure
    message="&apos;foo&apos; is not defined."><![CDATA[line 2, col 1, Error - 'foo' (no-undef)]]></failure>
    </testcase></testsuite></testsuites>"""
    (found,) = parse(text, "report")
    assert (found.path, found.line, found.column) == ("/builds/shop/src/c.js", 2, 1)
    assert (found.rule, found.message) == ("no-undef", "'foo' is not defined.")


def test_an_encoding_that_a_document_claims_is_not_asked_for_again():
    text = """<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase><failure>größe.py:3: x
    </failure></testcase></testsuite>"""
    assert paths(text) == ["größe.py"]


def test_the_same_diagnostic_comes_once():
    assert len(parse("a.c:3:1: error: x\na.c:3:1: error: x\na.c:3:1: error: y\n", "report")) == 2


def test_every_format_is_named_where_a_text_is_none():
    with pytest.raises(InputError, match="names no line of a file") as caught:
        parse("all is lost", "report")
    for form in FORMATS:
        assert form.name in caught.value.hint
    assert "FILE:LINE" in caught.value.hint


@pytest.mark.parametrize("text", ['{"a": 1}', '[{"a": 1}]', '{"a": 1}\n{"a": 2}', "{}"])
def test_other_json_is_said_to_be_that(text):
    with pytest.raises(InputError, match="is JSON, but no report"):
        parse(text, "report")


def test_messages_hold_nothing_that_a_terminal_would_obey():
    told = [
        {"filename": "a.py", "location": {"row": 1}, "message": "a\x1b[31mb\x07\r\nc\u2028d\ud800"}
    ]
    (found,) = parse(json.dumps(told), "report")
    assert found.message == "ab␇ c d\ufffd"
    assert all(character in found.message for character in "abcd")
    assert not set(found.message) & set(string.whitespace) - {" "}


def test_who_reports_is_told_with_what_is_reported(tmp_path):
    (tmp_path / "a").write_text(json.dumps({"version": "2.1.0", "runs": []}))
    (tmp_path / "b").write_text("a.py:1: error: odd\n")
    (tmp_path / "c").write_text("<testsuites/>")
    assert [read_report(tmp_path / name).source for name in "abc"] == ["sarif", "text", "junit"]
