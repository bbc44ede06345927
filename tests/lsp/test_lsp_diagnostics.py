"""What is wrong is told after a pause, by its language's own tool, and taken back when it is right."""

import asyncio

import pytest
from editdiff_lsp.diagnostics import MATHS_LANGUAGES, SYNTAX_LANGUAGES, shown
from lsprotocol import types as lsp

from editdiff.check.maths.checker import MathsChecker
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONGER = 0.8
"""Seconds: the pause, and time to look."""


async def told(editor, document, count=1):
    """What the server says is wrong with a document, once it says so much."""
    await editor.until(lambda: len(editor.diagnostics.get(document.uri, ())) == count)
    return list(editor.diagnostics[document.uri])


async def silent(editor, *documents):
    """Make sure that nothing is told of documents in the time in which it would be."""
    await asyncio.sleep(LONGER)
    await editor.text_of(documents[0])
    return all(not editor.diagnostics.get(document.uri) for document in documents)


async def test_what_the_languages_own_tool_rejects_is_told_once(editor):
    places = {
        editor.open("import os\nx = (1\ny = 2\n", "a1.py").uri: (1, 4),
        editor.open("if true; then\n  echo\n", "a1.sh", "shellscript").uri: (2, 0),
        editor.open("a = 1\nb = [1\n", "a1.toml", "toml").uri: (2, 0),
        editor.open("a: [1\nb: 2\n", "a1.yaml", "yaml").uri: (1, 1),
    }
    await editor.until(lambda: all(editor.diagnostics.get(uri) for uri in places))
    for uri, place in places.items():
        (found,) = editor.diagnostics[uri]
        assert (found.source, found.code) == ("editdiff", "syntax")
        assert found.severity == lsp.DiagnosticSeverity.Error
        assert (found.range.start.line, found.range.start.character) == place


async def test_an_equation_that_does_not_hold_is_a_warning(editor):
    documents = [
        editor.open("We have 12 apples.\n\nSo 3 * 4 = 13 of them.\n", "a2.md", "markdown"),
        editor.open("\\begin{document}\n\n$3 \\cdot 4 = 13$\n\\end{document}\n", "a2.tex", "latex"),
        editor.open("\n\n3 * 4 = 13\n", "a2.txt", "plaintext"),
        editor.open("x = 1\n\n# 3 * 4 = 13\n", "a2.py"),
    ]
    for document in documents:
        (found,) = await told(editor, document)
        assert "is 12, not 13" in found.message
        assert (found.code, found.severity) == ("maths", lsp.DiagnosticSeverity.Warning)
        assert found.range.start.line == 2


async def test_what_is_right_what_nobody_can_judge_and_what_the_editor_checks_is_not_told(editor):
    documents = [
        editor.open("x = 1  # 3 * 4 = 12\n", "a3.py"),
        editor.open("%time f(\n", "a4.py"),
        editor.open("x = (1  # editdiff: ignore\n", "a5.py"),
        editor.open("const x = (1;\n", "a3.js", "javascript"),
        editor.open('{"a": 1,,}\n', "a3.json", "json"),
        editor.open("int main( {\n", "a3.c", "c"),
        editor.open("x = (1\n", "a3", "klingon"),
        editor.open("a: {{ b }}\n{% if c %}\n  d: [\n", "a3.yaml", "yaml"),
        editor.open("x = (1\n" + "y = 2\n" * 40_000, "a6.py"),
    ]
    assert await silent(editor, *documents)


async def test_it_is_told_of_the_version_that_was_looked_at_and_taken_back(editor):
    document = editor.open("x = (1\n", "a7.py")
    await told(editor, document)
    editor.change(document, (lsp.Range(lsp.Position(0, 6), lsp.Position(0, 6)), ")"))
    assert await told(editor, document, 0) == []


async def test_nothing_is_told_while_somebody_types(editor):
    document = editor.open("x = 1\n", "a8.py")
    where = lsp.Position(1, 0)
    for character in "y = (2 +":
        where = editor.write(document, character, where)
        await asyncio.sleep(0.1)
        assert not editor.diagnostics.get(document.uri)
    await told(editor, document)


async def test_of_a_document_that_was_closed_meanwhile_nothing_is_told(editor):
    document = editor.open("x = (1\n", "a9.py")
    editor.close(document)
    await asyncio.sleep(LONGER)
    assert not editor.diagnostics.get(document.uri)


async def test_each_kind_may_be_turned_off_and_languages_named(start):
    editor = await start({"diagnostics": {"syntax": False, "maths": False, "merges": False}})
    program = editor.open("x = (1  # 3 * 4 = 13\n")
    merge = editor.open("<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n", "b.md", "markdown")
    assert await silent(editor, program, merge)
    editor.configure({"diagnostics": {"syntaxLanguages": ["json"], "mathsLanguages": ["c"]}})
    await told(editor, merge)
    json = editor.open("[1\n", "b.json", "json")
    assert [found.code for found in await told(editor, json)] == ["syntax"]
    c = editor.open("int x; /* 3 * 4 = 13 */\n", "b.c", "c")
    assert [found.code for found in await told(editor, c)] == ["maths"]
    assert not editor.diagnostics.get(program.uri)
    editor.configure({"diagnostics": {"merges": False}})
    await told(editor, merge, 0)
    await told(editor, json, 0)


async def test_an_untitled_document_is_looked_at_and_a_notebooks_cell_is_not(editor):
    def opened(uri):
        item = lsp.TextDocumentItem(uri, "python", 1, "x = (1\n")
        editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    opened("untitled:Untitled-1")
    opened("vscode-notebook-cell:/a.ipynb#W0")
    await editor.until(lambda: editor.diagnostics.get("untitled:Untitled-1"))
    assert not editor.diagnostics.get("vscode-notebook-cell:/a.ipynb#W0")


async def test_the_usual_languages_are_those_that_are_known():
    assert {"python", "shellscript", "toml", "yaml"} == SYNTAX_LANGUAGES
    assert all(MathsChecker().supports(language) for language in MATHS_LANGUAGES)


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("a\nb\n", Span(0, 4), "a"),
        ("a\n\n  b\nc\n", Span(1, 8), "b"),
        ("a\n", Span(1, 1), ""),
        ("a\n\n\n", Span(1, 3), "\n\n"),
    ],
)
async def test_of_a_long_problem_its_first_line_is_underlined(text, span, expected):
    assert shown(LineTable(text), text, span).slice(text) == expected
