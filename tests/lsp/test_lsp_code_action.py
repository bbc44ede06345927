"""`textDocument/codeAction` and `codeAction/resolve`: the operations as an editor's own menu offers them."""

import pytest
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = 'def add(a, b):\n    return «0»\n#: {"drafts": [["a + b"], ["b + a"]]}\n'
MARKED = 'def add(a, b):\n    ˇ...\n\n\nx = ???\n#: {"drafts": [["return a + b", "1"]]}\n'
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


async def actions(editor, document, where=None, only=None):
    """What the server offers at a range, by the last part of its kind."""
    context = lsp.CodeActionContext([], only)
    identifier = lsp.TextDocumentIdentifier(document.uri)
    params = lsp.CodeActionParams(identifier, where or document.ranges[0], context)
    answer = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
    return [editor.structure(each, lsp.CodeAction) for each in answer]


async def action(editor, document, title, where=None):
    """The only action with these words in its title."""
    (found,) = [a for a in await actions(editor, document, where) if title in a.title]
    return found


async def resolve(editor, chosen):
    return await editor.ask(lsp.CODE_ACTION_RESOLVE, chosen)


async def test_a_selection_may_be_infilled(editor):
    offered = await actions(editor, editor.open(ADD))
    assert [(a.title, a.kind, a.edit, a.command) for a in offered] == [
        ("editdiff: infill selection", "refactor.rewrite.editdiff.infill", None, None),
        ("editdiff: revise selection", "refactor.rewrite.editdiff.revise", None, None),
    ]


async def test_at_a_marked_gap_all_of_them_may_be_filled(editor):
    document = editor.open(MARKED)
    chosen = await action(editor, document, "fill all 2 gaps")
    assert chosen.kind == "refactor.rewrite.editdiff.fillAll"


async def test_markers_in_strings_are_told_as_those_that_are_left(editor):
    document = editor.open('x = ˇ???\ns = "what ???"\n')
    chosen = await action(editor, document, "fill the gap")
    assert chosen.title == "editdiff: fill the gap (1 in strings or comments left)"


async def test_an_empty_selection_has_nothing_to_infill(editor):
    assert await actions(editor, editor.open("x = ˇ1\n")) == []


async def test_only_the_kinds_that_are_asked_for_are_offered(editor):
    document = editor.open(ADD)
    assert await actions(editor, document, only=["quickfix"]) == []
    assert len(await actions(editor, document, only=["refactor"])) == 2
    assert len(await actions(editor, document, only=["refactor.rewrite.editdiff.infill"])) == 1


async def test_to_offer_costs_no_model(editor):
    before = (await editor.ask("editdiff/status"))["encoded"]
    await actions(editor, editor.open(ADD))
    assert (await editor.ask("editdiff/status"))["encoded"] == before


async def test_resolved_it_is_an_annotated_edit_of_the_version(editor):
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    (change,) = resolved.edit.document_changes
    assert change == lsp.TextDocumentEdit(
        lsp.OptionalVersionedTextDocumentIdentifier(document.uri, 1),
        (lsp.AnnotatedTextEdit("editdiff", document.ranges[0], "a + b"),),
    )
    (annotation,) = resolved.edit.change_annotations.values()
    assert "nfill" in annotation.label
    assert "2 drafts" in annotation.description


async def test_applied_it_fills_the_selection(editor):
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    assert editor.apply(resolved.edit)
    assert "    return a + b\n" in document.text


async def test_all_gaps_are_filled_together(editor):
    document = editor.open(MARKED)
    resolved = await resolve(editor, await action(editor, document, "gaps"))
    assert editor.apply(resolved.edit)
    assert document.text.startswith("def add(a, b):\n    return a + b\n\n\nx = 1\n")


async def test_more_gaps_than_the_model_fills_at_once_are_offered_and_filled(editor):
    document = editor.open("x = ˇ???\n" + "x = ???\n" * 9 + '#: {"drafts": [["1"]]}\n')
    resolved = await resolve(editor, await action(editor, document, "fill all 10 gaps"))
    assert editor.apply(resolved.edit)
    assert document.text.startswith("x = 1\n" * 10)


async def test_the_grammar_tells_which_markers_stand_in_strings_and_comments(editor):
    document = editor.open(
        "s = f\"??? {ˇ???}\"  # ???\nt = '''\n???\n'''\n#: {\"drafts\": [[\"1\"]]}\n"
    )
    resolved = await resolve(editor, await action(editor, document, "fill the gap"))
    assert editor.apply(resolved.edit)
    assert document.text.startswith('s = f"??? {1}"  # ???\n')


async def test_markers_may_be_chosen(editor):
    editor.configure({"markers": ["<here>"]})
    document = editor.open('x = ˇ<here> + 1\n#: {"drafts": [["2"]]}\n')
    resolved = await resolve(editor, await action(editor, document, "fill the gap"))
    assert editor.apply(resolved.edit)
    assert document.text.startswith("x = 2 + 1\n")


# --- stale


async def test_an_edit_elsewhere_before_it_is_resolved_moves_it(editor):
    document = editor.open(ADD)
    chosen = await action(editor, document, "infill")
    editor.change(document, (TOP, "import os\n"))
    resolved = await resolve(editor, chosen)
    assert editor.apply(resolved.edit)
    assert document.text.startswith("import os\ndef add(a, b):\n    return a + b\n")


async def test_an_edit_elsewhere_while_it_is_resolved_moves_it(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "steps": 10, "pause": 0.03}\n')
    chosen = await action(editor, document, "infill")
    working = editor.ask(lsp.CODE_ACTION_RESOLVE, chosen)
    editor.change(document, (TOP, "import os\n"))
    assert editor.apply((await working).edit)
    assert document.text.startswith("import os\nx = 2\n")


async def test_an_edit_of_the_selection_before_it_is_resolved_drops_it(editor):
    document = editor.open(ADD)
    chosen = await action(editor, document, "infill")
    editor.change(document, (document.ranges[0], "1"))
    assert (await resolve(editor, chosen)).edit is None
    (shown,) = editor.messages
    assert shown.message


async def test_a_document_that_was_opened_again_before_it_is_resolved_is_another_one(editor):
    document = editor.open(ADD)
    chosen = await action(editor, document, "infill")
    editor.close(document)
    editor.open("# another text, of the same version\n" * 3)
    assert (await resolve(editor, chosen)).edit is None


async def test_with_nothing_to_propose_it_has_no_edit_and_the_reason_is_shown(editor):
    document = editor.open('x = «1»\n#: {"drafts": []}\n')
    resolved = await resolve(editor, await action(editor, document, "infill"))
    assert resolved.edit is None
    (shown,) = editor.messages
    assert "the engine gave no draft" in shown.message


async def test_an_action_of_somebody_else_gets_no_edit(editor):
    odd = lsp.CodeAction(title="?", data={"what": "?"})
    assert (await resolve(editor, odd)).edit is None


# --- another draft


async def test_where_a_proposal_was_accepted_another_draft_is_offered(editor):
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    assert editor.apply(resolved.edit)
    here = lsp.Range(lsp.Position(1, 13), lsp.Position(1, 13))
    other = await action(editor, document, "other draft", here)
    resolved = await resolve(editor, other)
    assert editor.apply(resolved.edit)
    assert "    return b + a\n" in document.text


async def test_elsewhere_no_other_draft_is_offered(editor):
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    assert editor.apply(resolved.edit)
    assert await actions(editor, document, TOP) == []


# --- clients that can do less


async def test_a_client_that_cannot_resolve_gets_a_command(client):
    editor = await client(without=["resolve"])
    document = editor.open(ADD)
    chosen = await action(editor, document, "infill")
    assert chosen.edit is None
    assert chosen.command.command == "editdiff.server.fill"
    answer = await editor.ask(
        lsp.WORKSPACE_EXECUTE_COMMAND,
        lsp.ExecuteCommandParams(chosen.command.command, chosen.command.arguments),
    )
    assert answer is True
    assert "    return a + b\n" in document.text


async def test_a_client_without_annotations_gets_a_plain_edit(client):
    editor = await client(without=["annotations"])
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    (change,) = resolved.edit.document_changes
    assert change.edits == (lsp.TextEdit(document.ranges[0], "a + b"),)
    assert resolved.edit.change_annotations is None


async def test_a_client_without_document_changes_gets_changes(client):
    editor = await client(without=["documentChanges", "annotations"])
    document = editor.open(ADD)
    resolved = await resolve(editor, await action(editor, document, "infill"))
    assert resolved.edit == lsp.WorkspaceEdit(
        changes={document.uri: (lsp.TextEdit(document.ranges[0], "a + b"),)}
    )


async def test_a_selection_in_a_document_that_is_not_open_has_no_actions(editor):
    document = editor.open(ADD)
    editor.close(document)
    assert not await actions(editor, document)
