"""`editdiff/rewrite`: a selection changed as it is asked for, proposed in hunks."""

import pytest
from lsp_editor import json_range
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE = 'x = 0\n«a = 1\nb = 2\n»y = 3\n#: {"drafts": [["a = 1\\nb = 3"]]}\n'
TWO = (
    "«a = 1\n\nb = 2\n\nc = 3»\n"
    '#: {"drafts": [["a = 4\\n\\nb = 2\\n\\nc = 5"], ["a = 6\\n\\nb = 2\\n\\nc = 3"]]}\n'
)


def rewrite(editor, document, ask="count higher", **more):
    params = {
        "textDocument": {"uri": document.uri, "version": document.version},
        "range": document.ranges[0],
        "ask": ask,
    }
    return editor.ask("editdiff/rewrite", params | more)


def lines(document, count):
    return document.text.split("\n")[:count]


@pytest.fixture
def whole(editor):
    """Opens a text whose selection ends with its last line, not behind its line break."""
    return lambda text: editor.open(text.replace("\n»", "»\n"))


async def test_what_was_asked_for_is_proposed_and_nothing_is_applied(editor, whole):
    document = whole(ONE)
    answer = await rewrite(editor, document)
    assert (answer["kind"], answer["version"]) == ("proposal", 1)
    assert answer["checked"] == ["syntax", "python", "flow"]
    assert answer["gaps"] == [{"range": json_range(2, 4, 2, 5), "text": "3"}]
    assert answer["effort"]["confidence"] == 1.0
    assert answer["edit"]["changeAnnotations"]["editdiff"]["label"] == "editdiff: rewrite"
    assert (lines(document, 3), editor.applied) == (["x = 0", "a = 1", "b = 2"], [])


async def test_a_selection_may_end_behind_its_last_line(editor):
    document = editor.open(ONE)
    answer = await rewrite(editor, document)
    assert answer["gaps"] == [{"range": json_range(2, 4, 2, 5), "text": "3"}]


async def test_hunks_are_taken_one_by_one(editor, whole):
    document = whole(TWO)
    answer = await rewrite(editor, document)
    assert [gap["hunk"] for gap in answer["gaps"]] == [0, 1]
    assert await editor.command("accept", answer["id"], 1) is True
    assert lines(document, 5) == ["a = 1", "", "b = 2", "", "c = 5"]


async def test_all_of_it_is_one_edit(editor, whole):
    document = whole(TWO)
    answer = await rewrite(editor, document)
    assert await editor.command("accept", answer["id"]) is True
    assert lines(document, 5) == ["a = 4", "", "b = 2", "", "c = 5"]
    assert len(editor.applied) == 1


async def test_another_draft_is_another_answer(editor, whole):
    document = whole(TWO)
    first = await rewrite(editor, document)
    second = await editor.ask("editdiff/other", {"id": first["id"]})
    assert [gap["text"] for gap in second["gaps"]] == ["6"]
    third = await editor.ask("editdiff/other", {"id": first["id"]})
    assert third["kind"] == "none"


async def test_the_command_applies_it_for_editors_without_proposals(editor, whole):
    document = whole(ONE)
    params = {
        "textDocument": {"uri": document.uri, "version": document.version},
        "range": document.ranges[0],
        "ask": "count higher",
    }
    assert await editor.command("rewrite", params) is True
    assert lines(document, 3) == ["x = 0", "a = 1", "b = 3"]


async def test_drafts_are_drawn_on_the_selection(editor, whole):
    document = whole(ONE)
    working = rewrite(editor, document, draftToken="r")
    drawn = await editor.notice("draft")
    assert drawn["gaps"][0]["range"] == json_range(1, 0, 2, 5)
    assert (await working)["kind"] == "proposal"


@pytest.mark.parametrize(
    ("ask", "said"), [(" ", "nothing is asked for"), ("a" * 10_000, "10,000 characters")]
)
async def test_an_instruction_that_cannot_be_followed_is_said(editor, whole, ask, said):
    answer = await rewrite(editor, whole(ONE), ask)
    assert answer["kind"] == "none" and said in answer["reason"]


async def test_what_cannot_be_rewritten_is_said(editor, whole):
    empty = editor.open("a\n«\n»b\n")
    assert (await rewrite(editor, empty))["reason"] == "there is nothing in the region"
    document = whole(ONE)
    old = {"uri": document.uri, "version": 0}
    assert "changed" in (await rewrite(editor, document, textDocument=old))["reason"]
    unsure = whole(ONE.replace('{"drafts"', '{"score": -5, "drafts"'))
    assert "not sure enough" in (await rewrite(editor, unsure))["reason"]


@pytest.mark.parametrize("wrong", [{"ask": 3}, {"ask": None}, {"range": "all"}])
async def test_parameters_of_another_kind_are_an_error(editor, whole, wrong):
    with pytest.raises(JsonRpcInvalidParams, match=r"docs/lsp\.md"):
        await rewrite(editor, whole(ONE), **wrong)


async def test_it_can_be_cancelled(editor, whole):
    document = whole(ONE.replace('{"drafts"', '{"steps": 200, "pause": 0.05, "drafts"'))
    working = rewrite(editor, document, draftToken="r")
    await editor.notice("draft")
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working


PART = [*["a = 1"] * 11, "a = 2", *["a = 1"] * 12]
LONG = (
    "«" + "a = 1\n" * 144 + "»"
    + '#: {"drafts": [["' + "\\n".join(PART) + '"]]}\n'
)  # fmt: skip


async def test_a_long_selection_is_rewritten_part_by_part_in_hunks(editor):
    document = editor.open(LONG)
    answer = await rewrite(editor, document, draftToken="r")
    assert answer["kind"] == "proposal"
    assert [part["became"] for part in answer["parts"]] == ["changed"] * 6
    assert answer["parts"][1]["range"] == json_range(24, 0, 47, 5)
    assert [gap["hunk"] for gap in answer["gaps"]] == list(range(6))
    (said,) = (each.message for each in editor.messages if "parts" in each.message)
    assert said == "editdiff: 6 of 6 parts are changed"
    assert await editor.command("accept", answer["id"], 2) is True
    assert [n for n, line in enumerate(lines(document, 144)) if line == "a = 2"] == [59]


async def test_what_lies_outside_of_the_selection_is_told(editor, whole):
    document = whole(ONE.replace("x = 0", "some_name = 0"))
    answer = await rewrite(editor, document, "count higher than in `some_name` and util.py")
    assert [(each["name"], each["line"]) for each in answer["outside"]] == [
        ("some_name", 1), ("util.py", None),
    ]  # fmt: skip
    (said,) = (each.message for each in editor.messages if "util" in each.message)
    assert said.endswith("util.py is another file; only lines 2-3 are changed")


async def test_what_is_to_be_renamed_outside_of_the_selection_is_not_done(editor, whole):
    document = whole(ONE)
    answer = await rewrite(editor, document, "rename `y` to z")
    assert answer["kind"] == "none"
    assert "`y` stands in line 4, which is not selected" in answer["reason"]


async def test_progress_tells_which_part_it_is(editor):
    document = editor.open(LONG.replace('{"drafts"', '{"steps": 3, "pause": 0.04, "drafts"'))
    editor.progress_reports["parts"] = []
    await rewrite(editor, document, workDoneToken="parts")
    said = [getattr(report, "message", None) for report in editor.progress_reports["parts"]]
    assert any(message and "part 2 of 6, lines 25-48" in message for message in said)


async def test_a_long_one_can_be_cancelled(editor):
    document = editor.open(LONG.replace('{"drafts"', '{"steps": 200, "pause": 0.05, "drafts"'))
    working = rewrite(editor, document, draftToken="r")
    await editor.notice("draft")
    editor.cancel(working)
    with pytest.raises(JsonRpcRequestCancelled):
        await working
