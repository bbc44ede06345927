"""What becomes of a proposal: accepted, rejected, moved with the user's edits, or dropped."""

import pytest
from lsp_editor import fill_params, json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = 'def add(a, b):\n    return «0»\n#: {"drafts": [["a + b"], ["b + a"]]}\n'
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


def line(document, number):
    return document.text.split("\n")[number]


async def test_accepted_it_is_applied_to_the_document(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    assert await editor.command("accept", offer["id"]) is True
    assert line(document, 1) == "    return a + b"


async def test_it_is_applied_as_one_edit_of_the_version_that_is_open(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    await editor.command("accept", offer["id"])
    ((params, done),) = editor.applied
    assert done
    (change,) = params.edit.document_changes
    assert change.text_document == lsp.OptionalVersionedTextDocumentIdentifier(document.uri, 1)
    assert change.edits == (lsp.AnnotatedTextEdit("editdiff", document.ranges[0], "a + b"),)
    assert list(params.edit.change_annotations) == ["editdiff"]


async def test_accepted_twice_it_is_applied_once(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    both = [editor.command("accept", offer["id"]) for _ in range(2)]
    assert [await each for each in both] == [True, False]
    assert line(document, 1) == "    return a + b"


async def test_what_is_not_known_is_not_accepted_and_the_reason_is_shown(editor):
    assert await editor.command("accept", "no such proposal") is False
    (shown,) = editor.messages
    assert "not known" in shown.message


async def test_a_client_that_refuses_the_edit_has_not_accepted_it(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    document.version += 1  # an edit that the server has not heard of yet
    assert await editor.command("accept", offer["id"]) is False
    assert line(document, 1) == "    return 0"
    document.version -= 1


async def test_rejected_it_is_forgotten(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.protocol.notify("editdiff/reject", {"id": offer["id"]})
    assert await editor.command("accept", offer["id"]) is False
    assert (await editor.ask("editdiff/other", {"id": offer["id"]}))["kind"] == "none"


async def test_to_reject_what_is_not_known_is_no_trouble(editor):
    editor.protocol.notify("editdiff/reject", {"id": "gone"})
    assert (await editor.fill(editor.open(ADD)))["kind"] == "proposal"


# --- the user goes on


async def test_an_edit_elsewhere_moves_it(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.change(document, (TOP, "import os\n"))
    assert await editor.notice("moved") == {
        "id": offer["id"],
        "uri": document.uri,
        "version": 2,
        "gaps": [{"range": json_range(2, 11, 2, 12), "text": "a + b"}],
    }


async def test_typing_a_part_of_what_is_proposed_leaves_the_rest(editor):
    document = editor.open('x = (ˇ)\n#: {"drafts": [["1, 2"]]}\n')
    offer = await editor.fill(document)
    where = editor.write(document, "1,", document.ranges[0].start)
    moved = await editor.notice("moved", lambda params: params["version"] == 3)
    assert moved["gaps"] == [{"range": json_range(0, 7, 0, 7), "text": " 2"}]
    assert where == lsp.Position(0, 7)
    assert await editor.command("accept", offer["id"]) is True
    assert line(document, 0) == "x = (1, 2)"


async def test_an_edit_of_what_it_would_change_drops_it(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.change(document, (document.ranges[0], "a - b"))
    dropped = await editor.notice("dropped")
    assert dropped == {
        "id": offer["id"],
        "reason": "the user changed the text that the proposal would change",
    }
    assert await editor.command("accept", offer["id"]) is False
    assert line(document, 1) == "    return a - b"


async def test_closing_the_document_drops_it(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.close(document)
    assert (await editor.notice("dropped"))["id"] == offer["id"]


async def test_a_document_that_is_opened_again_is_another_one(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.close(document)
    again = editor.open("# another text, of the same version\n" * 3)
    assert await editor.command("accept", offer["id"]) is False
    assert (await editor.ask("editdiff/other", {"id": offer["id"]}))["kind"] == "none"
    assert editor.applied == []
    assert again.text == "# another text, of the same version\n" * 3


async def test_a_document_that_is_opened_again_while_the_model_works_gets_no_proposal(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "steps": 10, "pause": 0.03}\n')
    working = editor.fill(document, draftToken="o")
    await editor.notice("draft")
    editor.close(document)
    editor.open("# another text, of the same version\n")
    assert (await working)["kind"] == "none"


async def test_it_is_accepted_where_it_is_now(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.change(document, (TOP, "😀 = 1\n"), (TOP, "\u2028\x0c\r\n"))
    assert await editor.command("accept", offer["id"]) is True
    assert document.text.startswith("\u2028\x0c\r\n😀 = 1\ndef add(a, b):\n    return a + b\n")


async def test_an_edit_of_another_document_touches_nothing(editor):
    document, other = editor.open(ADD), editor.open("y = 1\n", "b.py")
    offer = await editor.fill(document)
    editor.change(other, (TOP, "z = 2\n"))
    await editor.ask("editdiff/status")
    assert [n for n in editor.notices if n.name in ("moved", "dropped")] == []
    assert await editor.command("accept", offer["id"]) is True
    assert other.text == "z = 2\ny = 1\n"


async def test_an_accepted_proposal_is_not_told_to_be_dropped(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    await editor.command("accept", offer["id"])
    editor.change(document, (TOP, "\n"))
    await editor.ask("editdiff/status")
    assert [n for n in editor.notices if n.name == "dropped"] == []


# --- commands for clients that do not resolve code actions


async def test_the_fill_command_drafts_and_applies(editor):
    document = editor.open(ADD)
    assert await editor.command("fill", fill_params(document)) is True
    assert line(document, 1) == "    return a + b"


async def test_the_fill_command_shows_why_there_is_nothing_to_apply(editor):
    document = editor.open('x = «1»\n#: {"drafts": []}\n')
    assert await editor.command("fill", fill_params(document)) is False
    (shown,) = editor.messages
    assert "the engine gave no draft" in shown.message
    assert editor.applied == []


async def test_the_other_command_puts_the_next_draft_where_the_accepted_one_stands(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    await editor.command("accept", offer["id"])
    assert await editor.command("other", {"id": offer["id"]}) is True
    assert line(document, 1) == "    return b + a"


async def test_the_other_command_finds_the_accepted_draft_where_it_is_now(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    await editor.command("accept", offer["id"])
    editor.change(document, (TOP, "import os\n"))
    assert await editor.command("other", {"id": offer["id"]}) is True
    assert document.text.startswith("import os\ndef add(a, b):\n    return b + a\n")


async def test_a_proposal_accepted_where_it_is_now_has_its_other_draft_there(editor):
    document = editor.open(ADD)
    offer = await editor.fill(document)
    editor.change(document, (TOP, "import os\n\n"))
    assert await editor.command("accept", offer["id"]) is True
    assert await editor.command("other", {"id": offer["id"]}) is True
    assert document.text.startswith("import os\n\ndef add(a, b):\n    return b + a\n")


async def test_of_a_proposal_typed_to_its_end_the_other_draft_replaces_what_was_typed(editor):
    document = editor.open('x = (ˇ)\n#: {"drafts": [["1"], ["2"]]}\n')
    offer = await editor.fill(document)
    editor.write(document, "1", document.ranges[0].start)
    assert await editor.command("other", {"id": offer["id"]}) is True
    assert line(document, 0) == "x = (2)"


@pytest.mark.parametrize("name", ["accept", "fill", "other"])
async def test_a_command_with_arguments_that_make_no_sense_is_an_error(editor, name):
    with pytest.raises(JsonRpcException):
        await editor.command(name, [1, 2])


async def test_a_proposal_stays_while_there_is_no_other(editor):
    document = editor.open('def one():\n    return «0»\n#: {"drafts": [["1"]]}\n')
    offer = await editor.fill(document)
    assert (await editor.ask("editdiff/other", {"id": offer["id"]}))["kind"] == "none"
    assert await editor.command("accept", offer["id"]) is True
    assert line(document, 1) == "    return 1"


async def test_a_proposal_stays_where_the_request_for_another_is_cancelled(editor):
    document = editor.open(
        'def one():\n    return «0»\n#: {"drafts": [["1"], ["2"]], "steps": 40, "pause": 0.02}\n'
    )
    offer = await editor.fill(document)
    asked = editor.ask("editdiff/other", {"id": offer["id"]})
    editor.cancel(asked)
    with pytest.raises(JsonRpcException):
        await asked
    assert await editor.command("accept", offer["id"]) is True
    assert line(document, 1) == "    return 1"
