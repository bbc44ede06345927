"""The judges one by one: what they accept, reject with a place, and cannot judge."""

import time

import pytest

from editdiff.check.judged import considered
from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.declared import declared_python
from editdiff.check.judges.table import entry_of, judge_of
from editdiff.edits.markers import find_markers
from editdiff.text.conflicts import conflicts
from editdiff.text.document import Document


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch) -> None:
    """A folder of no project, which declares nothing."""
    monkeypatch.chdir(tmp_path)


def verdict(text: str, name: str) -> Verdict:
    document = Document.from_bytes(text.encode(), name)
    entry = entry_of(document.language)
    assert entry is not None
    return considered(document, judge_of(entry))


@pytest.mark.parametrize(
    "text",
    ["1e400", "-0", "[1E+5, 2e-3]", '"\\ud800"', " \t\r\n0\n", "1" * 5000, '{"a": 1, "a": 2}', '"\u2028"'],
)  # fmt: skip
def test_json_is_what_the_standard_says(text):
    assert verdict(text, "a.json") == Accepted()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('{"a": 01}', 7), ("[1,]", 3), ("{'a': 1}", 1), ('"a\tb"', 2), ('{"a" 1}', 5), ("[1 2]", 3),
        ("+1", 0), ('["a"', 4), ("tru", 0),
    ],
)  # fmt: skip
def test_json_is_rejected_where_it_went_wrong(text, at):
    found = verdict(text, "a.json")
    assert isinstance(found, Rejected)
    assert abs(found.span.start - at) <= 1  # newer Pythons point at the comma of `[1,]`
    assert not found.keep


@pytest.mark.parametrize("text", ["[NaN]", '{"NaN": -Infinity}'])
def test_a_number_that_json_does_not_have_is_told_and_not_replaced(text):
    found = verdict(text, "a.json")
    assert isinstance(found, Rejected)
    assert found.keep
    assert found.span.slice(text) in ("NaN", "-Infinity")


@pytest.mark.parametrize(
    "name",
    ["a.jsonc", "tsconfig.json", "tsconfig.a.json", ".eslintrc.json", ".vscode/settings.json", "devcontainer.json"],
)  # fmt: skip
def test_json_has_comments_and_trailing_commas_where_its_name_says_so(name):
    text = '// a\n{"a": [1, /* , */ ], "b": "// ,]", // c\n}\n'
    assert verdict(text, name) == Accepted()
    assert isinstance(verdict(text, "data.json"), Unjudged)
    assert isinstance(verdict(text.replace("[1,", "[1,,"), name), Rejected)
    assert isinstance(verdict('{"a": 1,}', "data.json"), Rejected)


@pytest.mark.parametrize("text", ["", "\n", "1\n2\n", '{"a": {{ b }}}', "[" * 100_000])
def test_what_is_no_single_text_of_json_is_not_judged(text):
    assert isinstance(verdict(text, "a.json"), Unjudged)


def test_toml_is_judged_with_its_meaning():
    assert verdict("a = 1\r\n[b]\r\nc = '😀'\r\n", "a.toml") == Accepted()
    found = verdict("a = '😀'\r\nb = = 2\r\n", "a.toml")
    assert isinstance(found, Rejected)
    assert found.span.start == 13
    assert isinstance(verdict("a = 1\na = 2\n", "a.toml"), Rejected)
    assert isinstance(verdict("a = [", "a.toml"), Rejected)
    assert isinstance(verdict("a = {{ cookiecutter.a }}\n", "a.toml"), Unjudged)


def test_yaml_is_judged_by_its_shape():
    assert verdict("a: !x &b 1\n---\nc: *unknown\n", "a.yaml") == Accepted()
    found = verdict("a: 😀\nb: [1, 2\nc: 3\n", "a.yaml")
    assert isinstance(found, Rejected)
    assert found.span.start > 5
    assert isinstance(verdict("a: {{ x }}\n{{- if y }}\n", "a.yaml"), Unjudged)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%matplotlib inline\nx = 1\n", "magics"),
        ("files = !ls\n", "magics"),
        ("{% if a %}\nimport b\n{% endif %}\n", "template"),
        ("class {{ cookiecutter.name }}:\n    pass\n", "template"),
    ],
)
def test_python_that_is_not_yet_python_is_not_judged(text, reason):
    found = verdict(text, "a.py")
    assert isinstance(found, Unjudged)
    assert reason in found.reason


def test_what_its_first_line_calls_another_language_is_not_judged_by_its_name():
    found = verdict("#!/bin/bash\nif true; then\n  echo hi\nfi\n", "a.py")
    assert isinstance(found, Unjudged)
    assert found.reason == "its first line names an interpreter of shellscript, its name python"
    assert isinstance(verdict("#!/usr/bin/env python3\nif true; then\n", "a.py"), Rejected)
    assert isinstance(verdict("#!/bin/sh\nx = 1\n", "a.py"), Accepted)


@pytest.mark.parametrize(
    "text",
    [
        "a = {\n  b = 1,\n}\n",
        "a = { # note\r\n  b = 1\r\n}\r\n",
        "a = {b = 1,}\n",
        'a = "\\e[0m"\n',
        'a = "\\x41"\n',
        "a = 07:32\n",
        "a = 1979-05-27 07:32\n",
    ],
)
def test_what_a_newer_toml_allows_cannot_be_judged(text):
    assert isinstance(verdict(text, "a.toml"), Unjudged)


@pytest.mark.parametrize("text", ["a = {b = 1\n", "a = 07:32:\n", "a = {b 1}\n", 'a = "\\q"\n'])
def test_what_no_toml_allows_is_rejected(text):
    assert isinstance(verdict(text, "a.toml"), Rejected)


@pytest.mark.parametrize(
    "piece",
    ["/*", "{% ", "{{", "<%", "<<<<<<< a\n", "<<<<<<< a\n=======\n", "// ", '"', "=======\n"],
)
@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.toml", "a.py"])
def test_no_text_keeps_a_judge_busy(piece, name):
    document = Document.from_bytes((piece * 20_000).encode(), name)
    began = time.monotonic()
    verdict(document.text, name)
    list(conflicts(document.text))
    find_markers(document.text + "???", language=document.language)
    assert time.monotonic() - began < 10


def test_a_stub_is_parsed_and_not_compiled():
    late = "import os\nfrom __future__ import annotations\n"
    assert verdict(late, "a.pyi") == Accepted()
    assert isinstance(verdict(late, "a.py"), Rejected)
    assert isinstance(verdict("x = (1\n", "a.pyi"), Rejected)


NEWER = {
    12: 'type X = int\n\n\ndef f[T](x: T) -> str:\n    return f"{x["a"]}"\n',
    13: "class A[T = int]:\n    pass\n",
    14: "try:\n    pass\nexcept A, B:\n    pass\n",
}


@pytest.mark.parametrize("minor", NEWER)
@pytest.mark.parametrize(
    ("file", "declares"),
    [
        ("", None),
        ('[project]\nrequires-python = ">=3.99"\n', None),
        ('[project]\nrequires-python = "banana"\n', None),
        ("[project\n", None),
        ('[project]\nrequires-python = ">=3.14"\n', 14),
        ('[project]\nrequires-python = ">=3.9,<4"\n', 9),
        ('[tool.poetry.dependencies]\npython = "^3.10"\n', 10),
        ('[tool.ruff]\ntarget-version = "py38"\n', 8),
        ('[tool.black]\ntarget-version = ["py39", "py310"]\n', 9),
    ],
)
def test_newer_python_is_accepted_unless_the_project_declares_an_older_one(
    tmp_path, minor, file, declares
):
    (tmp_path / "pyproject.toml").write_text(file)
    path = str(tmp_path / "src" / "a.py")
    assert declared_python(path) == declares
    found = verdict(NEWER[minor], path)
    if declares in (None, 14):
        assert found == Accepted()
    else:
        assert found == Unjudged(
            f"it needs Python 3.{minor}, and its project declares 3.{declares}"
        )


def test_a_fault_beside_newer_syntax_is_the_one_that_is_told():
    found = verdict(NEWER[12] + "return 1\n", "a.py")
    assert isinstance(found, Rejected)
    assert not found.grammar
    assert found.span.start >= len(NEWER[12])


def test_without_ruff_what_may_be_newer_is_not_judged(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ruff.__main__", None)
    found = verdict("type Y = str  # nobody was asked before\n", "a.py")
    assert isinstance(found, Unjudged)
    assert "ruff is not installed" in found.reason
    assert isinstance(verdict("x = (1\n", "a.py"), Rejected)
