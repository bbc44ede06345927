"""`editdiff/revise`: hunks of a selection, taken or rejected together or one by one."""

import pytest
from lsp_editor import json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIKES = '"drafts": [["good"]], "doubts": ["bad"], "likes": {"good": 12}'
ONE = f"a = 1\n«b = bad\nc = 3\n»#: {{{LIKES}}}\n"
TWO = (
    "«a = one\n\nb = two\n\nc = 3\n»"
    '#: {"drafts": [["uno"], ["dos"]], "doubts": ["one", "two"], "likes": {"a = uno": 12, "b = dos": 12}}\n'
)
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


def revise(editor, document, **more):
    params = {
        "textDocument": {"uri": document.uri, "version": document.version},
        "range": document.ranges[0],
    }
    return editor.ask("editdiff/revise", params | more)


def lines(document, count):
    return document.text.split("\n")[:count]


def reject(editor, **params):
    editor.protocol.notify("editdiff/reject", params)


async def test_what_is_doubted_is_proposed_anew_and_nothing_is_applied(editor):
    document = editor.open(ONE)
    answer = await revise(editor, document)
    assert (answer["kind"], answer["version"], answer["checked"]) == (
        "proposal",
        1,
        ["syntax", "python", "flow"],
    )
    assert answer["gaps"] == [{"range": json_range(1, 4, 1, 7), "text": "good"}]
    annotation = answer["edit"]["changeAnnotations"]["editdiff"]
    assert annotation["label"] == "editdiff: revision"
    assert (lines(document, 2), editor.applied) == (["a = 1", "b = bad"], [])


async def test_hunks_are_numbered_where_there_are_several(editor):
    answer = await revise(editor, editor.open(TWO))
    assert answer["gaps"] == [
        {"range": json_range(0, 4, 0, 7), "text": "uno", "hunk": 0},
        {"range": json_range(2, 4, 2, 7), "text": "dos", "hunk": 1},
    ]


async def test_accepted_it_is_one_edit(editor):
    document = editor.open(TWO)
    answer = await revise(editor, document)
    assert await editor.command("accept", answer["id"]) is True
    assert lines(document, 3) == ["a = uno", "", "b = dos"]
    assert len(editor.applied) == 1


async def test_one_hunk_is_accepted_and_the_rest_stays_proposed_where_it_is_now(editor):
    document = editor.open(TWO)
    offer = await revise(editor, document)
    assert await editor.command("accept", offer["id"], 0) is True
    assert lines(document, 3) == ["a = uno", "", "b = two"]
    moved = await editor.notice("moved")
    rest = {"range": json_range(2, 4, 2, 7), "text": "dos", "hunk": 1}
    assert (moved["id"], moved["version"], moved["gaps"]) == (offer["id"], 2, [rest])
    editor.change(document, (TOP, "import os\n"))
    assert await editor.command("accept", offer["id"], 1) is True
    assert lines(document, 4) == ["import os", "a = uno", "", "b = dos"]
    assert await editor.command("accept", offer["id"]) is False


async def test_a_hunk_that_was_accepted_comes_back_with_an_undo(editor):
    document = editor.open(TWO)
    offer = await revise(editor, document)
    await editor.command("accept", offer["id"], 0)
    editor.change(document, (lsp.Range(lsp.Position(0, 4), lsp.Position(0, 7)), "one"))
    moved = await editor.notice("moved", lambda params: params["version"] == 3)
    assert [gap["hunk"] for gap in moved["gaps"]] == [0, 1]


async def test_one_hunk_is_rejected_and_the_rest_stays(editor):
    document = editor.open(TWO)
    offer = await revise(editor, document)
    reject(editor, id=offer["id"], hunk=0)
    moved = await editor.notice("moved")
    assert [gap["hunk"] for gap in moved["gaps"]] == [1]
    assert await editor.command("accept", offer["id"], 0) is False
    assert "not there any more" in editor.messages[-1].message
    assert await editor.command("accept", offer["id"]) is True
    assert lines(document, 3) == ["a = one", "", "b = dos"]


async def test_when_the_last_hunk_is_rejected_nothing_is_proposed(editor):
    offer = await revise(editor, editor.open(TWO))
    for hunk in (1, 0):
        reject(editor, id=offer["id"], hunk=hunk)
    assert await editor.command("accept", offer["id"]) is False
    assert "not known any more" in editor.messages[-1].message
    assert [notice.name for notice in editor.notices].count("dropped") == 0


async def test_a_hunk_that_the_user_edits_is_dropped_alone(editor):
    document = editor.open(TWO)
    offer = await revise(editor, document)
    editor.change(document, (lsp.Range(lsp.Position(0, 5), lsp.Position(0, 6)), "!"))
    moved = await editor.notice("moved")
    assert [gap["hunk"] for gap in moved["gaps"]] == [1]
    editor.change(document, (lsp.Range(lsp.Position(2, 5), lsp.Position(2, 6)), "!"))
    assert (await editor.notice("dropped"))["reason"].startswith("the user changed the text")
    assert await editor.command("accept", offer["id"]) is False


async def test_another_draft_is_another_one_or_none(editor):
    marked = ONE.replace('[["good"]]', '[["good"], ["better"]]').replace(
        '{"good": 12}', '{"good": 15, "better": 12}'
    )
    offer = await revise(editor, editor.open(marked))
    assert [gap["text"] for gap in offer["gaps"]] == ["good"]
    other = await editor.ask("editdiff/other", {"id": offer["id"]})
    assert [gap["text"] for gap in other["gaps"]] == ["better"]
    none = await editor.ask("editdiff/other", {"id": offer["id"]})
    assert none["reason"] == "the model has no other revision that is clearly better"
    assert await editor.command("accept", offer["id"]) is True  # the one before stays


async def test_steps_are_streamed_at_the_doubted_places(editor):
    document = editor.open(ONE.replace(LIKES, f'{LIKES}, "steps": 3, "pause": 0.05'))
    await revise(editor, document, draftToken="r")
    draft = await editor.notice("draft", lambda params: params["gaps"])
    (gap,) = draft["gaps"]
    assert (draft["token"], gap["range"]) == ("r", json_range(1, 4, 1, 7))


# --- bad input


@pytest.mark.parametrize("marked", ["x = 1ˇ\n", "x = 1«\n  \n»y = 2\n"])
async def test_where_nothing_is_selected_that_is_said(editor, marked):
    document = editor.open(marked)
    answer = await revise(editor, document)
    assert (answer["kind"], answer["id"]) == ("none", None)
    assert answer["reason"] == "there is nothing in the selection"


async def test_what_is_not_doubted_is_left_alone(editor):
    answer = await revise(editor, editor.open("«x = 1\n»"))
    assert answer["reason"] == "the model doubts nothing in the selection"


async def test_a_model_that_cannot_doubt_says_so(start):
    editor = await start({"model": "blind"})
    answer = await revise(editor, editor.open("«x = 1\n»"))
    assert answer["reason"] == "the engine has no network that could doubt a text"


async def test_a_model_that_cannot_be_loaded_is_told_with_a_hint(start):
    editor = await start({"model": "no/such/folder"})
    answer = await revise(editor, editor.open("«x = 1\n»"))
    assert answer["kind"] == "none"
    assert "no/such/folder" in answer["reason"]
    assert answer["hint"]


async def test_a_stale_version_is_refused(editor):
    document = editor.open(ONE)
    editor.change(document, (TOP, "\n"))
    old = {"uri": document.uri, "version": 1}
    assert "changed" in (await revise(editor, document, textDocument=old))["reason"]


async def test_a_document_that_is_not_open_is_none(editor):
    document = editor.open(ONE)
    editor.close(document)
    assert (await revise(editor, document))["reason"] == "the document is not open"


@pytest.mark.parametrize("wrong", [{"range": None}, {"range": {"start": 1, "end": 2}}])
async def test_parameters_that_make_no_sense_are_refused(editor, wrong):
    with pytest.raises(JsonRpcInvalidParams):
        await revise(editor, editor.open(ONE), **wrong)


@pytest.mark.parametrize("arguments", [("offer-1", "first"), ("offer-1", True), (7, 0)])
async def test_a_hunk_is_named_by_a_number(editor, arguments):
    with pytest.raises(JsonRpcInvalidParams):
        await editor.command("accept", *arguments)


async def test_a_document_that_is_closed_or_renamed_while_it_streams_gets_no_proposal(editor):
    slow = ONE.replace(LIKES, f'{LIKES}, "steps": 20, "pause": 0.03')
    document = editor.open(slow)
    working = revise(editor, document, draftToken="r")
    await editor.notice("draft")
    editor.close(document)
    editor.open(slow, "renamed.py")
    assert (await working)["reason"] == "the document was closed"


async def test_an_edit_elsewhere_while_it_streams_moves_what_comes_of_it(editor):
    document = editor.open(ONE.replace(LIKES, f'{LIKES}, "steps": 10, "pause": 0.03'))
    working = revise(editor, document, draftToken="r")
    await editor.notice("draft")
    editor.change(document, (TOP, "import os\n"))
    answer = await working
    assert answer["gaps"] == [{"range": json_range(2, 4, 2, 7), "text": "good"}]


async def test_it_is_cancelled_while_it_streams(editor):
    document = editor.open(ONE.replace(LIKES, f'{LIKES}, "steps": 400, "pause": 0.02'))
    working = revise(editor, document, draftToken="r")
    await editor.notice("draft")
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working


# --- in an editor's own menu


async def test_as_a_code_action_all_of_it_is_one_edit(editor):
    document = editor.open(TWO)
    context = lsp.CodeActionContext([], ["refactor.rewrite.editdiff.revise"])
    identifier = lsp.TextDocumentIdentifier(document.uri)
    asked = lsp.CodeActionParams(identifier, document.ranges[0], context)
    (action,) = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, asked)
    resolved = await editor.ask(lsp.CODE_ACTION_RESOLVE, editor.structure(action, lsp.CodeAction))
    assert editor.apply(resolved.edit)
    assert lines(document, 3) == ["a = uno", "", "b = dos"]


async def test_a_client_that_cannot_resolve_has_a_command(client):
    editor = await client(without=["resolve"])
    document = editor.open(ONE)
    context = lsp.CodeActionContext([], ["refactor.rewrite.editdiff.revise"])
    identifier = lsp.TextDocumentIdentifier(document.uri)
    asked = lsp.CodeActionParams(identifier, document.ranges[0], context)
    (action,) = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, asked)
    command = editor.structure(action, lsp.CodeAction).command
    assert command.command == "editdiff.server.revise"
    assert await editor.command("revise", *command.arguments) is True
    assert lines(document, 2) == ["a = 1", "b = good"]
