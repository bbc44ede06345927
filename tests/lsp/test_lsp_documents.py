"""Documents as the server keeps them: positions in every unit, lines by the protocol, odd texts."""

import pytest
from lsp_editor import fill_params, json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENCODINGS = ("utf-8", "utf-16", "utf-32")
TELLS = '#: {"drafts": [["a + b"]]}\n'
ODD = {
    "emoji before it": "s = '😀👩‍👩‍👧' + «0»\n",
    "emoji in it": "s = «'😀' + '👩‍👩‍👧'»  # 😀\n",
    "crlf": "x = 1\r\ny = «0»\r\nz = 2\r\n",
    "lone cr": "x = 1\ry = «0»\rz = 2\r",
    "mixed endings": "a\nb\r\nc\rx = «0»\n\r\n\re",
    "form feed": "x = 1\n\x0c\ny = 2  # \x0c\x0b\x1c\nz = «0»\n",
    "line separators": "x = '\u2028\u2029\x85'\ny = «0»\n",
    "several lines": "x = (\r\n«1,\r\n\u2028😀,\r\n»)\r\n",
    "combining marks": "é = 'e\u0301' + «0»  # ẛ̣\n",
}


def place(line, character):
    return lsp.Position(line, character)


def spot(line, character):
    return lsp.Range(place(line, character), place(line, character))


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_an_encoding_that_the_client_offers_is_taken(client, encoding):
    editor = await client(encodings=[encoding])
    assert editor.server_capabilities.position_encoding == encoding


async def test_a_client_that_offers_none_gets_utf16(client):
    editor = await client(encodings=[])
    assert editor.server_capabilities.position_encoding in (None, "utf-16")


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_gap_is_filled_where_it_is_whatever_stands_before_it(client, encoding):
    editor = await client(encodings=[encoding])
    for name, marked in ODD.items():
        document = editor.open(marked, "a.txt", "plaintext")
        before, after = marked.replace("»", "«").split("«")[::2]
        assert await editor.command("fill", fill_params(document)) is True, name
        assert document.text == f"{before}filled{after}", name
        assert await editor.text_of(document) == document.text, name
        editor.close(document)


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_changes_that_hit_odd_characters_are_understood(client, encoding):
    editor = await client(encodings=[encoding])
    for name, marked in ODD.items():
        document = editor.open(marked, "a.txt", "plaintext")
        borders = document.borders
        for start_at, end in zip(borders[::-3], [*borders[-2::-3], 0], strict=False):
            editor.change(document, (document.range(end, start_at), "\r😀\u2028\n"))
            assert await editor.text_of(document) == document.text, name
        editor.close(document)


async def test_several_changes_of_one_notification_count_one_after_the_other(editor):
    document = editor.open("one\ntwo\n")
    editor.change(document, (spot(0, 0), "\x0c\r\n"), (spot(1, 3), "😀"), (spot(1, 5), "!"))
    assert await editor.text_of(document) == "\x0c\r\none😀!\ntwo\n"


async def test_a_change_of_the_whole_document_is_understood(editor):
    document = editor.open("one\n")
    changes = [lsp.TextDocumentContentChangeWholeDocument("two\r\n")]
    identifier = lsp.VersionedTextDocumentIdentifier(2, document.uri)
    editor.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, changes))
    assert await editor.text_of(document) == "two\r\n"


async def test_a_carriage_return_and_a_newline_that_meet_are_one_line_ending(editor):
    document = editor.open("a\r«x»\nb")
    editor.change(document, (document.ranges[0], ""))
    assert await editor.text_of(document) == "a\r\nb"
    editor.change(document, (spot(1, 0), "c"))
    assert await editor.text_of(document) == document.text == "a\r\ncb"


async def test_the_halves_of_a_character_may_come_one_by_one(editor):
    document = editor.open("ab")
    for version, (character, half) in enumerate([(1, "\ud83d"), (2, "\ude00")], start=2):
        change = lsp.TextDocumentContentChangePartial(text=half, range=spot(0, character))
        identifier = lsp.VersionedTextDocumentIdentifier(version, document.uri)
        editor.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))
    assert await editor.text_of(document) == "a😀b"


# --- odd ranges


async def test_a_range_past_the_end_ends_with_the_text(editor):
    document = editor.open("x = 1")
    editor.change(document, (lsp.Range(place(0, 4), place(99, 99)), "2"))
    assert await editor.text_of(document) == "x = 2"


async def test_a_column_past_the_end_of_the_line_is_its_end(editor):
    document = editor.open("x = 1\r\ny\r\n" + TELLS)
    answer = await editor.fill(document, lsp.Range(place(0, 4), place(0, 99)))
    assert answer["gaps"] == [{"range": json_range(0, 4, 0, 5), "text": "a + b"}]


async def test_a_range_that_runs_backwards_is_taken_the_other_way_round(editor):
    document = editor.open("x = 1\n" + TELLS)
    answer = await editor.fill(document, lsp.Range(place(0, 5), place(0, 4)))
    assert answer["gaps"] == [{"range": json_range(0, 4, 0, 5), "text": "a + b"}]


async def test_a_column_in_the_middle_of_a_character_is_its_start(editor):
    document = editor.open("x = '😀'\n" + TELLS)
    answer = await editor.fill(document, lsp.Range(place(0, 6), place(0, 6)))
    assert answer["gaps"] == [{"range": json_range(0, 5, 0, 5), "text": "a + b"}]


@pytest.mark.parametrize("line", [-1, 2**31, "0", None, 1.5])
async def test_a_position_that_is_none_is_answered_as_invalid(editor, line):
    document = editor.open("x = 1\n")
    odd = {"line": line, "character": 0}
    params = fill_params(document) | {"ranges": [{"start": odd, "end": odd}]}
    with pytest.raises(JsonRpcInvalidParams):
        await editor.ask("editdiff/fill", params)


# --- odd documents


async def test_an_empty_document_is_answered_kindly(editor):
    document = editor.open("ˇ")
    answer = await editor.fill(document)
    assert answer["kind"] in ("proposal", "none")
    assert (await editor.ghost(document, place(0, 0))).items in ((), (filled_at(place(0, 0)),))


def filled_at(where):
    return lsp.InlineCompletionItem("filled", range=lsp.Range(where, where))


async def test_a_document_with_nul_is_refused_with_the_place_of_it(editor):
    document = editor.open("x = «1»\0\n")
    answer = await editor.fill(document)
    assert answer["kind"] == "none"
    assert "U+0000" in answer["reason"]
    assert (await editor.ghost(document, place(0, 5))).items == ()


async def test_a_document_whose_nul_was_removed_is_one_like_any_other(editor):
    document = editor.open("x = «1»\0\n")
    editor.change(document, (lsp.Range(place(0, 5), place(0, 6)), ""))
    assert (await editor.fill(document))["kind"] == "proposal"


async def test_a_selected_completion_that_is_no_text_is_answered_kindly(editor):
    document = editor.open("x = ˇ\n")
    selected = lsp.SelectedCompletionInfo(document.ranges[0], "a\0b")
    assert (await editor.ghost(document, place(0, 4), selected=selected)).items == ()


async def test_a_very_long_line_is_no_trouble(editor):
    document = editor.open("x = '" + "😀" * 100_000 + "' + «0»\n", "a.txt", "plaintext")
    answer = await editor.fill(document)
    assert answer["gaps"] == [{"range": json_range(0, 200_009, 0, 200_010), "text": "filled"}]
    editor.change(document, (spot(0, 199_999), "é"))
    assert await editor.text_of(document) == document.text


async def test_opened_again_a_document_is_what_it_was_opened_with(editor):
    editor.open("x = 1\n")
    again = editor.open("y = «2»\n")
    assert await editor.text_of(again) == "y = 2\n"
    assert (await editor.fill(again))["version"] == 1


async def test_a_change_of_a_document_that_is_not_open_is_no_trouble(editor):
    document = editor.open("x = 1\n")
    editor.close(document)
    editor.change(document, (spot(0, 0), "y"))
    assert await editor.text_of(document) is None


async def test_two_documents_are_two(editor):
    first, second = editor.open("x = «1»\n", "a.py"), editor.open("y = «2»\n", "b.py")
    assert await editor.command("fill", fill_params(second)) is True
    assert (first.text, second.text) == ("x = 1\n", "y = filled\n")


@pytest.mark.parametrize(
    "name", ["a b.py", "%F0%9F%98%80.py", "c%3A/x.py", "no-suffix", "a.py?query#part"]
)
async def test_a_uri_may_be_odd(editor, name):
    document = editor.open("x = «1»\n", name)
    answer = await editor.fill(document)
    assert (answer["kind"], answer["uri"]) == ("proposal", document.uri)


async def test_a_document_that_was_never_saved_may_be_filled(editor):
    document = editor.open("x = «1»\n")
    editor.close(document)
    document.uri = "untitled:Untitled-1"
    item = lsp.TextDocumentItem(document.uri, "python", 1, document.text)
    editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    assert (await editor.fill(document))["kind"] == "proposal"
