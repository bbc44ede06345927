"""Drafts on their way, progress, and how a request is cancelled: by its client, or in its progress."""

import asyncio
import itertools
import time

import pytest
from lsp_editor import fill_params, json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcRequestCancelled

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = 'x = «1»\n#: {"drafts": [["2 + 3"]], "steps": 20, "pause": 0.05}\n'
ENDLESS = 'x = «1»\n#: {"drafts": [["2"]], "steps": 400, "pause": 0.05}\n'
HURRY = 5.0
"""Seconds: a quarter of what the endless one would take."""
tokens = (f"token-{number}" for number in itertools.count())


def token(editor):
    """A progress token that the client made."""
    made = next(tokens)
    editor.progress_reports[made] = []
    return made


def drafts(editor, name):
    return [n for n in editor.notices if n.name == "draft" and n.params["token"] == name]


# --- drafts


async def test_the_leading_draft_is_shown_after_each_step(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2 + 3"]], "steps": 4, "pause": 0.1}\n')
    await editor.fill(document, draftToken="shown")
    assert [n.params for n in drafts(editor, "shown")] == [
        {
            "token": "shown",
            "uri": document.uri,
            "version": 1,
            "step": step,
            "gaps": [
                {
                    "range": json_range(0, 4, 0, 5),
                    "places": [
                        {"text": "2 + 3", "committed": step == 4, "confidence": step / 4},
                    ],
                }
            ],
        }
        for step in (1, 2, 3, 4)
    ]


async def test_a_draft_token_may_be_a_number(editor):
    await editor.fill(editor.open(SLOW), draftToken=7)
    assert drafts(editor, 7)


async def test_without_a_token_no_drafts_are_sent(editor):
    await editor.fill(editor.open(SLOW))
    assert [n for n in editor.notices if n.name == "draft"] == []


async def test_at_most_thirty_drafts_are_sent_in_a_second(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "steps": 200, "pause": 0.002}\n')
    began = time.monotonic()
    await editor.fill(document, draftToken="many")
    assert 1 <= len(drafts(editor, "many")) <= 30 * (time.monotonic() - began) + 1


async def test_a_draft_counts_in_the_version_that_was_asked_for(editor):
    document = editor.open(SLOW)
    working = editor.fill(document, draftToken="moving")
    await editor.notice("draft", lambda params: params["token"] == "moving")
    top = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    editor.change(document, (top, "import os\n"))
    await working
    seen = {
        (n.params["version"], n.params["gaps"][0]["range"]["start"]["line"])
        for n in drafts(editor, "moving")
    }
    assert seen <= {(1, 0), (2, 1)}


async def test_no_draft_comes_after_the_answer(editor):
    document = editor.open(SLOW)
    await editor.fill(document, draftToken="late")
    seen = len(drafts(editor, "late"))
    await asyncio.sleep(0.2)
    assert len(drafts(editor, "late")) == seen


# --- progress


async def test_progress_begins_reports_and_ends(editor):
    name = token(editor)
    await editor.fill(editor.open(SLOW), workDoneToken=name)
    await editor.until(
        lambda: isinstance(editor.progress_reports[name][-1], lsp.WorkDoneProgressEnd)
    )
    first, *reports, last = editor.progress_reports[name]
    assert isinstance(first, lsp.WorkDoneProgressBegin)
    assert first.title
    assert first.cancellable
    assert reports
    assert all(isinstance(each, lsp.WorkDoneProgressReport) for each in reports)
    assert isinstance(last, lsp.WorkDoneProgressEnd)


async def test_progress_ends_where_there_is_no_proposal(editor):
    name = token(editor)
    await editor.fill(editor.open('x = «1»\n#: {"drafts": []}\n'), workDoneToken=name)
    await editor.until(
        lambda: isinstance(editor.progress_reports[name][-1], lsp.WorkDoneProgressEnd)
    )


async def test_cancelled_in_its_progress_a_request_ends_with_none(editor):
    document, name = editor.open(ENDLESS), token(editor)
    began = time.monotonic()
    working = editor.fill(document, workDoneToken=name)
    await editor.until(lambda: len(editor.progress_reports[name]) > 0)
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(name))
    answer = await working
    assert answer["kind"] == "none"
    assert "cancel" in answer["reason"]
    await editor.until(
        lambda: isinstance(editor.progress_reports[name][-1], lsp.WorkDoneProgressEnd)
    )
    assert time.monotonic() - began < HURRY


async def test_a_command_makes_its_own_progress_which_may_be_cancelled(editor):
    document = editor.open(ENDLESS)
    known = set(editor.progress_reports)
    working = editor.command("fill", fill_params(document))
    await editor.until(lambda: set(editor.progress_reports) > known)
    (name,) = set(editor.progress_reports) - known
    await editor.until(lambda: len(editor.progress_reports[name]) > 0)
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(name))
    assert await working is False
    assert document.text.startswith("x = 1\n")


async def test_a_client_without_progress_is_asked_for_none(client):
    editor = await client(without=["progress"])
    assert await editor.command("fill", fill_params(editor.open(SLOW))) is True
    assert editor.progress_reports == {}


async def test_the_progress_of_nobody_may_be_cancelled(editor):
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("nobody's"))
    assert (await editor.fill(editor.open(SLOW)))["kind"] == "proposal"


# --- cancelled requests


async def test_a_request_that_is_cancelled_while_the_model_works_is_answered_so(editor):
    document = editor.open(ENDLESS)
    began = time.monotonic()
    working = editor.fill(document, draftToken="c")
    await editor.notice("draft", lambda params: params["token"] == "c")
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working
    assert time.monotonic() - began < HURRY
    quick = editor.open(SLOW, "b.py")
    assert (await editor.fill(quick))["kind"] == "proposal"
    assert time.monotonic() - began < 2 * HURRY, "the model is free again"


async def test_a_request_that_waits_for_another_is_cancelled_at_once(editor):
    document = editor.open(ENDLESS)
    working, waiting = editor.fill(document), editor.fill(document)
    began = time.monotonic()
    editor.cancel(waiting)
    with pytest.raises(JsonRpcRequestCancelled):
        await waiting
    assert time.monotonic() - began < 1
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working


async def test_ghost_text_may_be_cancelled(editor):
    document = editor.open("total = sum(ˇ\n")
    waiting = editor.ghost(document, document.ranges[0].start)
    editor.cancel(waiting)
    with pytest.raises(JsonRpcRequestCancelled):
        await waiting


async def test_a_request_that_was_answered_may_be_cancelled(editor):
    working = editor.fill(editor.open(SLOW))
    await working
    editor.cancel(working)
    assert (await editor.ask("editdiff/status"))["state"] == "ready"


async def test_what_the_user_asked_for_goes_before_ghost_text(editor):
    document, other = editor.open(ENDLESS), editor.open("total = sum(ˇ\n", "b.py")
    blocking = editor.fill(document, draftToken="b")
    await editor.notice("draft")
    order = []
    ghost = editor.ghost(other, other.ranges[0].start, lsp.InlineCompletionTriggerKind.Invoked)
    filling = editor.fill(editor.open("x = «1»\n", "c.py"), workDoneToken=token(editor))
    ghost.future.add_done_callback(lambda future: order.append("ghost text"))
    filling.future.add_done_callback(lambda future: order.append("proposal"))
    editor.cancel(blocking)
    await filling
    await ghost
    assert order == ["proposal", "ghost text"]
    with pytest.raises(JsonRpcRequestCancelled):
        await blocking


async def test_status_is_answered_while_the_model_works(editor):
    working = editor.fill(editor.open(ENDLESS), draftToken="s")
    await editor.notice("draft", lambda params: params["token"] == "s")
    began = time.monotonic()
    assert (await editor.ask("editdiff/status"))["state"] == "busy"
    assert time.monotonic() - began < 1
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working
