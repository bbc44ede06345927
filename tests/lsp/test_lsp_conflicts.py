"""Merges in conflict: told as such and as nothing else, and settled by the user's choice alone."""

import pytest
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

MERGE = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n"
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


async def told(editor, document):
    """What the server says is wrong with a document, after all that it heard of it; None where it said nothing."""
    await editor.text_of(document)
    found = editor.diagnostics.get(document.uri)
    return None if found is None else list(found)


async def actions(editor, document, where=TOP, only=None):
    context = lsp.CodeActionContext([], only)
    identifier = lsp.TextDocumentIdentifier(document.uri)
    params = lsp.CodeActionParams(identifier, where, context)
    answer = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
    return [editor.structure(each, lsp.CodeAction) for each in answer]


async def test_a_merge_in_conflict_is_told_by_its_name(editor):
    document = editor.open("import os\n" + MERGE)
    (diagnostic,) = await told(editor, document)
    assert diagnostic.range == lsp.Range(lsp.Position(1, 0), lsp.Position(5, 13))
    assert diagnostic.message == "a merge in conflict: the markers of git stand in the text"
    assert (diagnostic.source, diagnostic.code) == ("editdiff", "merge-conflict")
    assert diagnostic.severity == lsp.DiagnosticSeverity.Error


@pytest.mark.parametrize("language", ["markdown", "plaintext", "klingon"])
async def test_it_is_told_whatever_the_language(editor, language):
    assert len(await told(editor, editor.open(MERGE * 2, "a", language))) == 2


@pytest.mark.parametrize(
    "text",
    [
        f'"""\n{MERGE}"""\n',
        f"# editdiff: ignore\n{MERGE}",
        'x = """\nTitle\n=======\n"""\n',
        "# editdiff: ignore\n>>>>>>> other\n",
    ],
)
async def test_nothing_else_is_told_of_a_document(editor, text):
    assert await told(editor, editor.open(text, "nothing.py")) is None


async def test_a_settled_conflict_is_told_no_more(editor):
    document = editor.open(MERGE)
    assert await told(editor, document)
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(5, 0)), "x = 3\n"))
    assert await told(editor, document) == []


async def test_a_half_settled_conflict_is_told_line_by_line_and_not_offered(editor):
    document = editor.open(MERGE.replace("<<<<<<< HEAD\n", ""))
    found = await told(editor, document)
    assert [(d.range.start.line, d.message, d.code) for d in found] == [
        (1, "a leftover of a merge conflict", "merge-leftover"),
        (3, "a leftover of a merge conflict", "merge-leftover"),
    ]
    everywhere = lsp.Range(lsp.Position(0, 0), lsp.Position(4, 0))
    assert await actions(editor, document, everywhere, only=["quickfix"]) == []


async def test_where_the_sides_cannot_be_told_apart_none_is_offered(editor):
    document = editor.open(MERGE.replace("x = 1", "Title\n======="), "a.md", "markdown")
    assert len(await told(editor, document)) == 1
    assert await actions(editor, document) == []


async def test_typing_above_moves_it(editor):
    document = editor.open(MERGE)
    editor.change(document, (TOP, "import os\n"))
    (diagnostic,) = await told(editor, document)
    assert diagnostic.range.start.line == 1


async def test_nothing_is_told_of_a_closed_document(editor):
    document = editor.open(MERGE)
    assert await told(editor, document)
    editor.close(document)
    await editor.ask("editdiff/status")
    assert not editor.diagnostics[document.uri]


@pytest.mark.parametrize(
    ("side", "left"), [("ours", "x = 1\n"), ("theirs", "x = 2\n"), ("both", "x = 1\nx = 2\n")]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
async def test_either_side_or_both_may_be_taken(editor, side, left, ending):
    document = editor.open(f"a = 1\n{MERGE}{MERGE}".replace("\n", ending))
    inside = lsp.Range(lsp.Position(2, 1), lsp.Position(2, 1))
    (chosen,) = [a for a in await actions(editor, document, inside) if side in a.title]
    assert chosen.kind == f"quickfix.editdiff.{side}"
    assert [d.code for d in chosen.diagnostics] == ["merge-conflict"]
    assert editor.apply(chosen.edit)
    assert document.text == f"a = 1\n{left}{MERGE}".replace("\n", ending)
    assert len(await told(editor, document)) == 1


async def test_elsewhere_nothing_is_to_be_settled(editor):
    document = editor.open(f"a = 1\nb = 2\n{MERGE}")
    assert await actions(editor, document) == []


async def test_only_the_kinds_that_are_asked_for_are_offered(editor):
    document = editor.open(MERGE)
    assert len(await actions(editor, document, only=["quickfix"])) == 3
    assert len(await actions(editor, document, only=["quickfix.editdiff.ours"])) == 1
    assert await actions(editor, document, only=["refactor"]) == []


async def test_an_edit_for_a_text_that_has_changed_since_is_refused(editor):
    document = editor.open(MERGE)
    chosen, *_ = await actions(editor, document)
    editor.change(document, (TOP, "y = 3\n"))
    assert not editor.apply(chosen.edit)


@pytest.mark.parametrize("without", [[], ["resolve", "documentChanges", "annotations"]])
async def test_its_edit_is_in_the_form_that_the_client_understands(client, without):
    editor = await client(without=without)
    document = editor.open(MERGE)
    ours, *_ = await actions(editor, document)
    assert ours.command is None
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(5, 0))
    if without:
        edit = lsp.TextEdit(whole, "x = 1\n")
        assert ours.edit == lsp.WorkspaceEdit(changes={document.uri: (edit,)})
    else:
        (change,) = ours.edit.document_changes
        assert change.edits == (lsp.AnnotatedTextEdit("editdiff", whole, "x = 1\n"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_positions_count_in_the_unit_that_was_agreed_upon(client, encoding):
    editor = await client(encodings=(encoding,))
    document = editor.open(MERGE.replace("other", "😀"))
    (diagnostic,) = await told(editor, document)
    assert diagnostic.range.end == document.place(document.length(document.text) - 1)


async def test_resolved_it_is_what_it_was_and_nothing_is_shown(editor):
    chosen, *_ = await actions(editor, editor.open(MERGE))
    assert await editor.ask(lsp.CODE_ACTION_RESOLVE, chosen) == chosen
    assert editor.messages == []


async def test_a_merge_in_conflict_is_not_in_the_models_way(editor):
    document = editor.open(f'{MERGE}y = «0»\n#: {{"drafts": [["3"]]}}\n')
    answer = await editor.fill(document)
    assert answer["kind"] == "proposal"
