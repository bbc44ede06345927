"""`editdiff/status`, its notification, and options: given at the start, changed later, or wrong."""

import asyncio
import time

import pytest
from lsp_editor import REAL
from lsprotocol import types as lsp

from editdiff.edits.complete import UNSURE

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUM = 'total = sum(ˇ\n#: {"drafts": [["items)"], ["them)"]]}\n'


async def ready(editor):
    return await editor.notice("statusChanged", lambda params: params["state"] == "ready")


async def test_it_tells_of_the_model_memory_and_last_latency(start):
    editor = await start()
    assert (await ready(editor))["latency"] is None
    document = editor.open(SUM)
    await editor.ghost(document, document.ranges[0].start)
    status = await editor.ask("editdiff/status")
    assert status == {
        "state": "ready",
        "model": "told",
        "message": "",
        "memory": status["memory"],
        "clients": 1,
        "latency": status["latency"],
        "silence": "",
        "encoded": len(document.text),
        "languages": ["python"],
        "endpoint": None,
    }
    assert 10e6 < status["memory"] < 1e9
    assert 0 < status["latency"] < 20e3


async def test_it_tells_why_nothing_was_shown_last(start):
    editor = await start()
    document = editor.open(SUM + '#: {"score": -9.0}\n')
    await editor.ghost(document, document.ranges[0].start)
    assert (await editor.ask("editdiff/status"))["silence"] == UNSURE
    document = editor.open(SUM, "b.py")
    assert (await editor.ghost(document, document.ranges[0].start)).items
    assert (await editor.ask("editdiff/status"))["silence"] == ""


async def test_an_idle_model_is_unloaded_and_loaded_again_with_the_next_request(start):
    editor = await start({"model": "slow", "unloadAfter": 0.01})
    document = editor.open(SUM.replace("ˇ", "«ˇ»"))
    proposal = await editor.fill(document)
    await editor.notice("statusChanged", lambda params: params["state"] == "asleep")
    status = await editor.ask("editdiff/status")
    assert (status["state"], status["model"]) == ("asleep", "slow")
    assert status["encoded"] == len(document.text)  # of an engine that is gone
    editor.notices.clear()
    other = await editor.ask("editdiff/other", {"id": proposal["id"]})
    assert (proposal["gaps"][0]["text"], other["gaps"][0]["text"]) == ("items)", "them)")
    await editor.notice("statusChanged", lambda params: params["state"] == "loading")


async def test_a_cursor_that_rests_wakes_no_model(start):
    editor = await start({"model": "slow", "unloadAfter": 0.01})
    document = editor.open("x = 1\n")
    await editor.notice("statusChanged", lambda params: params["state"] == "asleep")
    where = {"textDocument": {"uri": document.uri}, "position": {"line": 0, "character": 3}}
    editor.protocol.notify("editdiff/cursor", where)
    await asyncio.sleep(0.8)
    assert (await editor.ask("editdiff/status"))["state"] == "asleep"
    assert editor.exceptions() == []


async def test_a_model_that_is_used_or_may_stay_is_not_unloaded(start):
    editor = await start({"unloadAfter": 0})
    await ready(editor)
    await asyncio.sleep(0.5)
    assert (await editor.ask("editdiff/status"))["state"] == "ready"


async def test_requests_are_answered_while_the_model_loads(start):
    editor = await start({"model": "slow"})
    began = time.monotonic()
    status = await editor.ask("editdiff/status")
    assert (status["state"], status["model"]) == ("loading", "")
    assert time.monotonic() - began < 0.5
    document = editor.open(SUM)
    assert (await editor.fill(document))["kind"] == "proposal"
    assert (await editor.ask("editdiff/status"))["state"] == "ready"


async def test_each_change_of_state_is_told(start):
    editor = await start({"model": "slow"})
    await ready(editor)
    await editor.fill(editor.open(SUM))
    await editor.ask("editdiff/status")
    states = [n.params["state"] for n in editor.notices if n.name == "statusChanged"]
    assert states == ["loading", "ready", "busy", "ready"]


async def test_a_model_folder_that_does_not_exist_is_told_with_a_hint(start, tmp_path):
    editor = await start({"model": str(tmp_path / "no-model")}, command=REAL)
    failed = await editor.notice("statusChanged", lambda params: params["state"] == "failed")
    assert str(tmp_path / "no-model") in failed["message"]
    document = editor.open(SUM)
    answer = await editor.fill(document)
    assert answer["kind"] == "none"
    assert str(tmp_path / "no-model") in answer["reason"]
    assert answer["hint"]
    nothing = lsp.InlineCompletionList(items=())
    assert await editor.ghost(document, document.ranges[0].start) == nothing


async def test_a_bug_while_loading_is_a_failure_and_not_the_end(start):
    editor = await start({"model": "broken"})
    editor.forgive("a bug of loading")
    failed = await editor.notice("statusChanged", lambda params: params["state"] == "failed")
    assert "a bug of loading" in failed["message"]
    editor.configure({"model": None})
    await ready(editor)
    assert (await editor.fill(editor.open(SUM)))["kind"] == "proposal"


# --- options


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_options_reach_the_model(start, editor, when):
    options = {"drafts": 2, "steps": 7}
    if when == "at the start":
        editor = await start(options)
    else:
        editor.configure(options)
    document = editor.open('total = ˇ\n#: {"echo": true, "drafts": [["items"]]}\n')
    answer = await editor.fill(document)
    assert "steps=7" in answer["gaps"][0]["text"]
    assert "drafts=2" in answer["gaps"][0]["text"]


async def test_changed_options_hold_from_then_on(editor):
    editor.configure({"ghostText": {"enabled": False}})
    assert (await editor.ask("editdiff/status"))["languages"] == []
    editor.configure({"ghostText": {"languages": ["python", "go"]}})
    assert (await editor.ask("editdiff/status"))["languages"] == ["python", "go"]


async def test_an_option_that_is_left_out_has_its_default_again(editor):
    editor.configure({"ghostText": {"enabled": False}})
    editor.configure({})
    assert (await editor.ask("editdiff/status"))["languages"] == ["python"]


async def test_another_model_is_loaded_at_once(start):
    editor = await start()
    await ready(editor)
    editor.configure({"model": "slow"})
    await editor.notice("statusChanged", lambda params: params["model"] == "slow")


async def test_another_model_may_be_chosen_while_one_is_being_loaded(start):
    editor = await start({"model": "slow one"})
    editor.configure({"model": "slow two"})
    while (status := await in_time(editor))["state"] != "ready":
        pass
    assert status["model"] == "slow two"


async def in_time(editor):
    """The status, which must come while a model is being loaded."""
    began = time.monotonic()
    status = await editor.ask("editdiff/status")
    assert time.monotonic() - began < 0.5
    return status


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"draft": 2}, "there is no option draft: did you mean drafts?"),
        ({"ghosttext": {}}, "there is no option ghosttext: did you mean ghostText?"),
        ({"ghostText": {"debonce": 1}}, "ghostText.debonce: did you mean ghostText.debounce?"),
        ({"zzz": 1}, "there is no option zzz"),
        ({"drafts": "many"}, "the option drafts cannot be 'many'"),
        ({"drafts": True}, "the option drafts cannot be True"),
        ({"drafts": 100_000}, "drafts has to be from 1 to 1024"),
        ({"canvas": 4}, "canvas has to be"),
        ({"markers": "..."}, "the option markers cannot be '...'"),
        ({"ghostText": {"languages": [1]}}, "the option ghostText.languages cannot be [1]"),
        ({"ghostText": {"debounce": -1}}, "ghostText.debounce"),
        ({"ghostText": {"confidence": 2}}, "ghostText.confidence"),
        ({"unloadAfter": -1}, "the option unloadAfter cannot be -1"),
        ([1], "the options"),
    ],
    ids=str,
)
async def test_an_option_that_is_wrong_is_told_in_the_log_and_left_out(editor, options, told):
    editor.configure(options)
    await editor.until(lambda: told in editor.log)
    assert (await editor.fill(editor.open(SUM)))["kind"] == "proposal"


async def test_an_option_that_is_wrong_from_the_start_is_told_too(start):
    editor = await start({"modell": None})
    await editor.until(lambda: "there is no option modell: did you mean model?" in editor.log)


async def test_settings_of_others_are_no_concern(editor):
    before = editor.log
    for settings in (None, {}, {"python": {"draft": 1}}, {"editdiff": None}):
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
    assert (await editor.ask("editdiff/status"))["languages"] == ["python"]
    assert editor.log == before
