"""What the model doubts of a document: told line by line, never of another text, and behind what is more urgent."""

import asyncio
import time

import pytest
from lsp_editor import INVOKED
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "a = wrong\n\n😀 = dubious + 1\r\nb = faint\nc = right\n"
SLOW = '#: {"pause": 0.1}\n' + "a = wrong\n" * 20


def review(editor, document, **more):
    params = {"textDocument": {"uri": document.uri, "version": document.version}, **more}
    return editor.ask("editdiff/review", params)


def lines(first, last):
    return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}


def words(document, parts):
    """Line and text of each place that is told."""
    ranges = [d["range"] for part in parts for d in part["doubts"]]
    where = [lsp.Range(lsp.Position(**r["start"]), lsp.Position(**r["end"])) for r in ranges]
    return [(each.start.line, document.slice(each).strip()) for each in where]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_doubtful_places_are_told_where_they_stand(client, encoding):
    editor = await client(encodings=[encoding])
    document = editor.open(TEXT)
    answer = await review(editor, document)
    assert words(document, answer["parts"]) == [(0, "wrong"), (2, "dubious")]
    assert (answer["kind"], answer["version"], answer["calibrated"]) == ("review", 1, True)
    assert answer["leftOut"] == 0
    (first, second) = [doubt for part in answer["parts"] for doubt in part["doubts"]]
    assert (first["probability"], first["alternatives"]) == (0.4, ["right", "better"])
    assert second["alternatives"] == ["sure"], "no white space that only one of them has"


async def test_the_client_says_how_doubtful_a_place_has_to_be(editor):
    document = editor.open(TEXT)
    for least, expected in ((0.2, [(0, "wrong")]), (0, [0, 2, 3])):
        answer = await review(editor, document, least=least)
        found = words(document, answer["parts"])
        assert (found == expected) if least else ({line for line, _ in found} > set(expected))


async def test_lines_are_told_in_the_order_in_which_they_were_named_while_the_rest_is_read(editor):
    document = editor.open("\n".join(f"a{i} = wrong" for i in range(9)))
    ranges = [lines(6, 8), lines(0, 2), lines(1, 7)]
    answer = await review(editor, document, ranges=ranges, partialResultToken="part")
    assert answer["parts"] == []
    told = [p for report in editor.parts["part"] for p in report["parts"]]
    assert [line for line, _ in words(document, told)] == [6, 7, 0, 1, 2, 3, 4, 5]
    covered = [(p["range"]["start"]["line"], p["range"]["end"]["line"]) for p in told]
    assert covered[0] == (6, 7), "the last line that was read may go on"


async def test_progress_tells_how_far_it_is(editor):
    document = editor.open(TEXT)
    editor.progress_reports["work"] = []
    await review(editor, document, workDoneToken="work")
    steps = editor.progress_reports["work"]
    assert steps[0].title == "editdiff: reading for doubts"
    percentages = [step.percentage for step in steps[1:-1]]
    assert percentages == sorted(percentages) and percentages[-1] == 100


async def test_a_change_ends_it_and_says_so(editor):
    document = editor.open(SLOW)
    asked = review(editor, document, partialResultToken="slow")
    await editor.until(lambda: editor.parts.get("slow"))
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)), "#"))
    answer = await asked
    assert answer["kind"] == "none"
    assert answer["reason"] == "the document has changed meanwhile"


async def test_it_can_be_cancelled_as_a_request_and_in_its_progress(editor):
    document = editor.open(SLOW)
    asked = review(editor, document)
    editor.cancel(asked)
    with pytest.raises(JsonRpcRequestCancelled):
        await asked
    editor.progress_reports["stop"] = []
    asked = review(editor, document, workDoneToken="stop")
    await editor.until(lambda: editor.progress_reports["stop"])
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("stop"))
    assert (await asked)["reason"] == "it was cancelled"


async def test_ghost_text_and_a_fill_wait_for_one_piece_alone(editor):
    document = editor.open(SLOW)
    asked = review(editor, document)
    other = editor.open("x = \n", "b.py")
    await asyncio.sleep(0.15)
    began = time.monotonic()
    ghost = await editor.ghost(other, lsp.Position(0, 4), INVOKED)
    assert ghost.items
    filled = await editor.fill(other, lsp.Range(lsp.Position(0, 0), lsp.Position(0, 4)))
    assert filled["kind"] == "proposal"
    assert time.monotonic() - began < 1.0, "what is read takes two seconds"
    assert not asked.future.done()
    assert len(words(document, (await asked)["parts"])) == 20


async def test_what_cannot_be_read_is_said(editor):
    document = editor.open(TEXT)
    document.version += 1
    assert (await review(editor, document))["reason"].startswith("the document has changed since")
    document.version -= 1
    nul = editor.open("a\0 = wrong\n", "nul.py")
    assert "is not text" in (await review(editor, nul))["reason"]
    failing = editor.open('#: {"fails": "no room"}\n', "fails.py")
    assert (await review(editor, failing))["reason"] == "no room"
    editor.close(document)
    assert (await review(editor, document))["reason"] == "the document is not open"
    for wrong in ({"least": 2}, {"least": "x"}, {"ranges": [1]}, {"ranges": 3}):
        with pytest.raises(JsonRpcInvalidParams):
            await review(editor, nul, **wrong)
    with pytest.raises(JsonRpcInvalidParams):
        await editor.ask("editdiff/review", {})


async def test_an_engine_without_a_network_says_so(start):
    editor = await start({"model": "blind"})
    document = editor.open(TEXT)
    assert "no network that could doubt" in (await review(editor, document))["reason"]


async def test_an_empty_document_has_no_doubts(editor):
    answer = await review(editor, editor.open(""))
    assert (answer["kind"], words(None, answer["parts"])) == ("review", [])


async def test_of_a_large_document_the_lines_named_first_are_read_and_the_rest_is_counted(editor):
    document = editor.open(("#" * 999 + "\n") * 300 + "a = wrong\n")
    ranges = [lines(300, 301), lines(0, 300)]
    answer = await review(editor, document, ranges=ranges, least=0.2)
    assert words(document, answer["parts"]) == [(300, "wrong")]
    assert answer["leftOut"] == 300 - (200_000 - 10) // 1000


async def hover(editor, document, line, character):
    params = lsp.HoverParams(
        lsp.TextDocumentIdentifier(document.uri), lsp.Position(line, character)
    )
    return await editor.ask(lsp.TEXT_DOCUMENT_HOVER, params)


async def test_the_pointer_is_told_of_a_place_that_was_told_to_be_doubtful(editor):
    document = editor.open(TEXT)
    assert await hover(editor, document, 0, 5) is None
    await review(editor, document)
    told = await hover(editor, document, 0, 5)
    assert told.contents.value == (
        "editdiff: `wrong`: about 4 in 10 such places are wrong (40 %)\n\n"
        "The model would rather read:\n\n- `right`\n- `better`"
    )
    assert document.slice(told.range).strip() == "wrong"
    assert await hover(editor, document, 0, 1) is None
    assert (await hover(editor, document, 2, 6)).contents.value.startswith("editdiff: `dubious`")


async def test_what_is_edited_is_not_doubtful_any_more_and_the_rest_moves_along(editor):
    document = editor.open("a = wrong\nb = wrong\n")
    await review(editor, document)
    editor.change(document, (lsp.Range(lsp.Position(0, 9), lsp.Position(0, 9)), "er\n"))
    assert await hover(editor, document, 0, 5) is None
    assert await hover(editor, document, 2, 5) is not None
    answer = await review(editor, document, ranges=[lines(0, 1)])
    assert words(document, answer["parts"]) == []
    assert await hover(editor, document, 2, 5) is not None
    editor.close(document)
    assert await hover(editor, document, 2, 5) is None


async def test_what_is_doubtful_of_a_proposal_is_told_before_it_is_taken(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["wrong and dubious"]]}\n')
    proposal = await editor.fill(document, *document.ranges)
    answer = await editor.ask("editdiff/alternatives", {"id": proposal["id"]})
    (gap,) = answer["gaps"]
    assert [token["text"].strip() for token in gap] == ["wrong", "and", "dubious"]
    assert gap[0]["alternatives"] == [" right", " better"], "it has no white space to share"
    assert document.text.startswith("x = 1\n"), "nothing is applied"
    gone = await editor.ask("editdiff/alternatives", {"id": "offer-0"})
    assert gone["reason"] == "the proposal is not known any more"
