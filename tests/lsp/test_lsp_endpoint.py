"""Rewriting and infilling by an endpoint that the user names, a real server: who is asked, and what is told."""

import asyncio
import json

import pytest
import pytest_asyncio
from endpoint_server import Refusal, chat, completion, fenced, serving
from lsp_editor import PATIENCE, SCRIPTED, Editor, json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcRequestCancelled

pytestmark = pytest.mark.asyncio(loop_scope="session")

AREA = "def area(w, h):\n    «return w * h»\n\n\nprint(area(2, 3))\n"
TWO = "«a = 1\n\nb = 2\n\nc = 3»\n"
FIVE = chat(f"Here it is:\n{fenced(chr(10).join(['a = 4', '', 'b = 2', '', 'c = 5']))}\nDone.")
TWICE = chat(f"Sure!\n{fenced('return 2 * w * h')}\nThat doubles it.")
GHOST = 'total = sum(ˇ\n#: {"drafts": [["items)"]]}\n'
KEY = "sk-very-secret"


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def window(environment, tmp_path):
    """Open an editor: `await window({"endpoint": url}, EDITDIFF_ENDPOINT_KEY="…")`."""
    editors = []

    async def window(options=None, folders=(), **variables):
        editor = Editor()
        kept = {n: v for n, v in environment.items() if not n.lower().endswith("_proxy")}
        await editor.start(SCRIPTED, env=kept | variables, cwd=tmp_path)
        editors.append(editor)
        await editor.begin(options, folders=folders)
        return editor

    yield window
    for editor in editors:
        await editor.leave()


def params(document, ask="double it"):
    named = {"uri": document.uri, "version": document.version}
    return {"textDocument": named, "range": document.ranges[0], "ask": ask}


def rewrite(editor, document, ask="double it", **more):
    return editor.ask("editdiff/rewrite", params(document, ask) | more)


async def seen(server, count=1):
    """Wait for the server to be asked so often."""
    async with asyncio.timeout(PATIENCE):
        while len(server.seen) < count:
            await asyncio.sleep(0.01)


# --- what is proposed


async def test_an_answer_is_proposed_in_hunks_without_the_prose_around_it(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(FIVE)
    document = editor.open(TWO)
    answer = await rewrite(editor, document, "count higher")
    assert [(gap["text"], gap["hunk"]) for gap in answer["gaps"]] == [("4", 0), ("5", 1)]
    assert answer["checked"] == ["syntax", "python", "flow"]
    assert (answer["effort"]["confidence"], answer["effort"]["logp"]) == (None, None)
    assert (document.text, editor.applied) == (TWO.replace("«", "").replace("»", ""), [])
    assert await editor.command("accept", answer["id"], 1) is True
    assert document.text == "a = 1\n\nb = 2\n\nc = 5\n"


async def test_a_line_of_a_block_keeps_its_margin(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(TWICE)
    document = editor.open(AREA)
    answer = await rewrite(editor, document)
    assert answer["gaps"] == [{"range": json_range(1, 11, 1, 11), "text": "2 * "}]


async def test_the_command_applies_it_for_editors_without_proposals(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(TWICE)
    document = editor.open(AREA)
    assert await editor.command("rewrite", params(document)) is True
    assert document.text == "def area(w, h):\n    return 2 * w * h\n\n\nprint(area(2, 3))\n"


async def test_a_selection_is_infilled_and_several_one_after_the_other(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(completion("return h * w"))
    answer = await editor.fill(editor.open(AREA))
    assert [gap["text"] for gap in answer["gaps"]] == ["return h * w"]
    assert "w * h" not in server.seen[0].raw.decode()  # what is selected is hidden
    server.answers(completion("1"), completion("2"))
    answer = await editor.fill(editor.open("a = «0»\nb = «0»\n"))
    assert [gap["text"] for gap in answer["gaps"]] == ["1", "2"]
    assert server.seen[2].body["prompt"] == "a = 1\nb = "


async def test_another_draft_is_another_answer(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(TWICE, chat(fenced("return w * h * 2")))
    first = await rewrite(editor, editor.open(AREA))
    second = await editor.ask("editdiff/other", {"id": first["id"]})
    assert [gap["text"] for gap in second["gaps"]] == [" * 2"]
    assert server.seen[0].body["temperature"] == 0 < server.seen[1].body["temperature"]


async def test_a_code_action_says_where_it_goes_and_sends_nothing_before_it_is_chosen(
    window, server
):
    editor = await window({"endpoint": server.url})
    document = editor.open(AREA)
    found = await actions(editor, document)
    (infill,) = [each for each in found if each["kind"].endswith(".infill")]
    (revise,) = [each for each in found if each["kind"].endswith(".revise")]
    assert infill["title"] == f"editdiff: infill selection (by {server.host})"
    assert revise["title"] == "editdiff: revise selection" and server.seen == []
    server.answers(completion("return h * w"))
    resolved = await editor.ask(lsp.CODE_ACTION_RESOLVE, editor.structure(infill, lsp.CodeAction))
    assert editor.apply(resolved.edit) and "return h * w" in document.text


async def actions(editor, document):
    at = lsp.TextDocumentIdentifier(document.uri)
    context = lsp.CodeActionContext([], [lsp.CodeActionKind.RefactorRewrite])
    asked = lsp.CodeActionParams(at, document.ranges[0], context)
    return await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, asked)


# --- what is told of who is asked


async def test_it_is_said_who_is_asked_before_anything_is_sent(window, server):
    editor = await window({"endpoint": server.url, "endpointModel": "qwen"})
    told = await editor.notice("statusChanged")
    assert told["endpoint"] == {"host": server.host, "model": "qwen", "message": ""}
    await editor.until(lambda: f"rewriting and infilling are asked of {server.host}" in editor.log)
    server.answers(server.stalls)
    steps = editor.progress_reports["w"] = []
    working = rewrite(editor, editor.open(AREA), workDoneToken="w")
    await seen(server)
    assert steps[0].title == f"editdiff: rewriting (by {server.host})"
    await editor.until(lambda: len(steps) > 1)
    assert steps[1].message == f"waiting for {server.host}"
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working


async def test_what_is_sent_is_the_region_and_what_stands_around_it(window, server):
    editor = await window({"endpoint": server.url}, EDITDIFF_ENDPOINT_KEY=KEY)
    editor.open("secret = 1\n", "secret.py")
    server.answers(TWICE)
    await rewrite(editor, editor.open(AREA))
    (request,) = server.seen
    text = request.raw.decode()
    assert request.path == "/v1/chat/completions" and "double it" in text
    assert "a part of the file a.py" in text and "secret" not in text and "project" not in text
    assert dict(request.headers)["Authorization"] == f"Bearer {KEY}"


async def test_ghost_text_and_revisions_stay_with_the_model(window, server):
    editor = await window({"endpoint": server.url})
    document = editor.open(GHOST)
    ghost = await editor.ghost(document, document.ranges[0].start)
    assert ghost.items[0].insert_text == "items)"
    fix = {"textDocument": {"uri": document.uri, "version": 1}, "range": document.ranges[0]}
    await editor.ask("editdiff/revise", fix)
    await editor.command("fix", fix | {"message": "wrong"})
    assert server.seen == []


async def test_ghost_text_does_not_wait_for_an_answer_from_elsewhere(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(server.stalls)
    working = rewrite(editor, editor.open(AREA))
    await seen(server)
    document = editor.open(GHOST, "b.py")
    ghost = await editor.ghost(document, document.ranges[0].start)
    assert ghost.items[0].insert_text == "items)"
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working


# --- what goes wrong


@pytest.mark.parametrize("how", ["by the request", "by its progress"])
async def test_it_is_cancelled_in_the_middle_and_the_connection_closed(window, server, how):
    editor = await window({"endpoint": server.url})
    server.answers(server.stalls, TWICE)
    document = editor.open(AREA)
    working = rewrite(editor, document, workDoneToken="w", draftToken="d")
    await editor.notice("draft")
    await seen(server)
    if how == "by the request":
        editor.cancel(working)
        with pytest.raises(JsonRpcRequestCancelled):
            await working
    else:
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("w"))
        assert (await working)["reason"] == "it was cancelled"
    assert await asyncio.to_thread(server.gone.wait, PATIENCE)
    assert (await rewrite(editor, document))["kind"] == "proposal"  # the next one is asked


async def test_the_end_of_the_editor_ends_what_is_waited_for(window, server):
    editor = await window({"endpoint": server.url})
    server.answers(server.stalls)
    working = rewrite(editor, editor.open(AREA))
    await seen(server)
    assert await editor.end() == 0
    assert await asyncio.to_thread(server.gone.wait, PATIENCE)
    working.future.cancel()


async def test_an_endpoint_that_is_down_is_told_once_and_with_a_hint(window):
    with serving() as gone:
        pass
    editor = await window({"endpoint": gone.url})
    document = editor.open(AREA)
    answer = await rewrite(editor, document)
    assert (answer["kind"], answer["reason"]) == ("none", f"nothing answers at {gone.host}")
    assert "endpoint names it" in answer["hint"] and editor.messages == []
    assert await editor.command("rewrite", params(document)) is False
    assert [shown.message for shown in editor.messages] == [
        f"editdiff: nothing answers at {gone.host}; see that the server runs, and that endpoint names it"
    ]
    assert (await editor.ask("editdiff/status"))["state"] == "ready"  # that is the model's


async def test_one_that_is_too_slow_is_given_up(window, server):
    editor = await window({"endpoint": server.url, "endpointSeconds": 1})
    server.answers(server.stalls)
    answer = await rewrite(editor, editor.open(AREA))
    assert "did not answer within 1 seconds" in answer["reason"]
    assert "endpoint_seconds" in answer["hint"]
    assert await asyncio.to_thread(server.gone.wait, PATIENCE)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("I would not do that.\n", "new problem"),
        (f"{fenced('return 1')}\nor\n{fenced('return 2')}", "2 blocks of text"),
        (fenced("return w * h)"), "new problem"),
        (fenced("-return w\n+return h", "diff"), "it is a patch"),
        (fenced("# ... rest of the code unchanged ..."), "leaves out a part"),
        ("", "it is empty"),
    ],
)
async def test_what_cannot_be_used_is_declined_with_its_reason(window, server, said, why):
    editor = await window({"endpoint": server.url})
    server.answers(chat(said))
    document = editor.open(AREA)
    answer = await rewrite(editor, document)
    assert answer["kind"] == "none" and why in answer["reason"]
    assert document.version == 1 and editor.applied == []


async def test_a_key_that_a_server_tells_is_masked_everywhere(window, server):
    editor = await window({"endpoint": server.url}, EDITDIFF_ENDPOINT_KEY=KEY)
    server.answers(Refusal(500, json.dumps({"error": f"no {KEY} here"}).encode()))
    answer = await rewrite(editor, editor.open(AREA))
    assert "no *** here" in answer["reason"]
    server.answers(Refusal(401))
    answer = await rewrite(editor, editor.open(AREA, "b.py"))
    assert "refuses the key (401)" in answer["reason"] and "EDITDIFF_ENDPOINT_KEY" in answer["hint"]
    status = await editor.ask("editdiff/status")
    assert KEY not in editor.log + editor.stderr + repr(status) + repr(editor.notices)


async def test_one_that_cannot_be_asked_is_told_and_no_model_takes_its_place(window):
    editor = await window({"endpoint": "nowhere"})
    await editor.until(lambda: "the endpoint is no address of a server" in editor.log)
    answer = await rewrite(editor, editor.open(AREA))
    assert answer["kind"] == "none" and "no address of a server" in answer["reason"]
    status = await editor.ask("editdiff/status")
    assert "no address of a server" in status["endpoint"]["message"]
    assert (await actions(editor, editor.open(AREA, "b.py")))[0]["title"] == (
        "editdiff: infill selection"
    )


# --- who may name one


async def test_a_repository_that_names_one_is_told_and_ignored(window, server, tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[tool.editdiff]\nendpoint = "{server.url}"\n')
    folder = tmp_path / "package"
    folder.mkdir()
    editor = await window(folders=[folder])
    await editor.until(lambda: "must not set endpoint" in editor.log)
    assert "it is ignored" in editor.log
    answer = await rewrite(editor, editor.open('«x = 1»\n#: {"drafts": [["x = 2"]]}\n'))
    assert [gap["text"] for gap in answer["gaps"]] == ["2"]
    assert (await editor.ask("editdiff/status"))["endpoint"] is None and server.seen == []


async def test_what_an_editor_says_later_names_none(window, server):
    """Emacs takes what it says later from a folder's own file."""
    with serving() as other:
        editor = await window({"endpoint": server.url})
        editor.configure({"endpoint": other.url, "endpointModel": "x", "drafts": 2})
        await editor.until(lambda: "endpoint is taken when the server starts" in editor.log)
        server.answers(TWICE)
        assert (await rewrite(editor, editor.open(AREA)))["kind"] == "proposal"
        assert (len(server.seen), other.seen) == (1, []) and "model" not in server.seen[0].body
    none = await window()
    none.configure({"endpoint": server.url})
    await none.until(lambda: "endpoint is taken when the server starts" in none.log)
    assert (await none.ask("editdiff/status"))["endpoint"] is None


async def test_one_that_is_not_named_any_more_is_sent_no_other_draft(
    window, server, tmp_path, environment
):
    file = tmp_path / "config" / "editdiff" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'endpoint = "{server.url}"\n')
    editor = await window(XDG_CONFIG_HOME=str(tmp_path / "config"))
    server.answers(TWICE)
    answer = await rewrite(editor, editor.open(AREA))
    assert answer["kind"] == "proposal"
    file.write_text("")
    editor.configure({})
    await editor.notice("statusChanged", lambda told: told["endpoint"] is None)
    other = await editor.ask("editdiff/other", {"id": answer["id"]})
    assert "is another one by now" in other["reason"] and len(server.seen) == 1
