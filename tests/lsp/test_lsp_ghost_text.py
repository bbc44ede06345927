"""`textDocument/inlineCompletion`: ghost text at the cursor, and when there is none."""

import time

import pytest
from lsp_editor import AUTOMATIC, INVOKED
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEBOUNCE = 0.075
"""Seconds, as the server has it by default."""
NOTHING = lsp.InlineCompletionList(items=())
TELLS = '\n#: {"drafts": [["items)"]]}\n'


def at(buffer):
    """The cursor of a document."""
    return buffer.ranges[0].start


def item(text, where):
    """The only item of an answer."""
    return lsp.InlineCompletionList(
        (lsp.InlineCompletionItem(text, range=lsp.Range(where, where)),)
    )


async def asked_so_far(editor):
    return (await editor.ask("editdiff/status"))["encoded"]


async def test_it_is_the_rest_of_the_line_at_the_cursor(editor):
    document = editor.open("total = sum(ˇ" + TELLS)
    assert await editor.ghost(document, at(document)) == item("items)", at(document))


async def test_it_ends_with_the_line(editor):
    document = editor.open('total = sum(ˇ\n#: {"drafts": [["items)\\nprint(total)"]]}\n')
    assert await editor.ghost(document, at(document)) == item("items)", at(document))


async def test_there_is_none_where_the_model_has_nothing_to_add(editor):
    document = editor.open('total = 0ˇ\n#: {"drafts": [[""]]}\n')
    assert await editor.ghost(document, at(document)) == NOTHING


async def test_there_is_none_where_the_model_has_no_draft(editor):
    document = editor.open('total = ˇ\n#: {"drafts": []}\n')
    assert await editor.ghost(document, at(document)) == NOTHING


async def test_there_is_none_below_the_threshold_of_the_language(editor):
    document = editor.open('total = sum(ˇ\n#: {"drafts": [["items)"]], "score": -3.0}\n')
    assert await editor.ghost(document, at(document)) == NOTHING


@pytest.mark.parametrize("language", ["ruby", "plaintext", "javascript"])
async def test_there_is_none_in_a_language_that_was_not_measured(editor, language):
    document = editor.open("total = sum(ˇ" + TELLS, "a.txt", language)
    assert await editor.ghost(document, at(document), INVOKED) == NOTHING


async def test_the_model_is_asked_after_a_silence(editor):
    document = editor.open("total = sum(ˇ" + TELLS)
    began = time.monotonic()
    await editor.ghost(document, at(document), AUTOMATIC)
    assert time.monotonic() - began >= 0.9 * DEBOUNCE  # from when the document came


async def test_who_asks_by_hand_waits_for_no_silence(editor):
    editor.configure({"ghostText": {"debounce": 5000}})
    document = editor.open("total = sum(ˇ" + TELLS)
    began = time.monotonic()
    assert await editor.ghost(document, at(document), INVOKED) == item("items)", at(document))
    assert time.monotonic() - began < 5


async def test_the_next_change_ends_a_request_that_still_waits(editor):
    document = editor.open("total = ˇ" + TELLS)
    before = await asked_so_far(editor)
    waiting = editor.ghost(document, at(document))
    where = editor.write(document, "sum(", at(document))
    last = editor.ghost(document, where)
    assert await waiting == NOTHING
    assert await last == item("items)", where)
    assert await asked_so_far(editor) - before == len(document.text), "the model was asked once"


async def test_the_next_change_ends_a_request_that_the_model_works_on(editor):
    document = editor.open('a = ˇ\n#: {"drafts": [["1 + 2"]], "steps": 100, "pause": 0.05}\n')
    began = time.monotonic()
    working = editor.ghost(document, at(document), INVOKED)
    busy = [await editor.ask("editdiff/status") for _ in range(3)][-1]
    editor.write(document, "1", at(document))
    assert await working == NOTHING
    assert time.monotonic() - began < 3, "it would work for five seconds"
    assert busy["state"] in ("busy", "ready")


async def test_a_change_of_another_document_ends_nothing(editor):
    document, other = editor.open("total = sum(ˇ" + TELLS), editor.open("b = 1ˇ\n", "b.py")
    waiting = editor.ghost(document, at(document))
    editor.write(other, "2", at(other))
    assert await waiting == item("items)", at(document))


async def test_typing_what_was_suggested_leaves_the_rest_of_it_without_the_model(editor):
    document = editor.open("total = sum(ˇ" + TELLS)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = at(document)
    for typed, rest in [("i", "tems)"), ("tem", "s)"), ("s", ")")]:
        where = editor.write(document, typed, where)
        assert await editor.ghost(document, where) == item(rest, where)
    assert await asked_so_far(editor) == asked


async def test_the_rest_of_a_suggestion_is_answered_before_any_silence(editor):
    editor.configure({"ghostText": {"debounce": 5000}})
    document = editor.open("total = sum(ˇ" + TELLS)
    await editor.ghost(document, at(document), INVOKED)
    where = editor.write(document, "ite", at(document))
    began = time.monotonic()
    assert await editor.ghost(document, where) == item("ms)", where)
    assert time.monotonic() - began < 5


async def test_typing_something_else_asks_the_model_again(editor):
    document = editor.open("total = sum(ˇ" + TELLS)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = editor.write(document, "x", at(document))
    assert await editor.ghost(document, where) == item("items)", where)
    assert await asked_so_far(editor) - asked == len(document.text)


async def test_a_suggestion_taken_back_by_backspace_is_whole_again(editor):
    document = editor.open("total = sum(ˇ" + TELLS)
    await editor.ghost(document, at(document))
    where = editor.write(document, "it", at(document))
    editor.change(document, (lsp.Range(at(document), where), ""))
    assert await editor.ghost(document, at(document)) == item("items)", at(document))


CALLS = '\n#: {"drafts": [["f(\'a\', g[1])"]]}\n'


def press(editor, document, where, typed, closed=""):
    """Type a text behind which the editor closes brackets and quotes; return where the cursor is then."""
    start = document.index(where)
    editor.change(document, (lsp.Range(where, where), typed + closed))
    return document.place(start + document.length(typed))


async def left(editor, document, where):
    """The rest of a suggestion, and what behind the cursor it is written over."""
    (found,) = (await editor.ghost(document, where)).items
    assert found.range.start == where
    return found.insert_text, document.slice(found.range)


async def test_what_the_editor_closes_behind_the_cursor_is_written_over_by_the_rest(editor):
    document = editor.open("total = ˇ" + CALLS)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = editor.write(document, "f", at(document))
    where = press(editor, document, where, "(", ")")
    assert await left(editor, document, where) == ("'a', g[1])", ")")
    where = press(editor, document, where, "'", "'")
    assert await left(editor, document, where) == ("a', g[1])", "')")
    where = editor.write(document, "a", where)
    assert await left(editor, document, where) == ("', g[1])", "')")
    where = document.place(document.index(where) + 1)  # the quote is typed over that of the editor
    where = editor.write(document, ", g", where)
    assert await left(editor, document, where) == ("[1])", ")")
    assert await asked_so_far(editor) == asked


async def test_a_word_that_is_taken_leaves_the_rest(editor):
    document = editor.open("total = ˇ" + CALLS)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = press(editor, document, at(document), "f")
    where = press(editor, document, where, "('a")
    assert await left(editor, document, where) == ("', g[1])", "")
    assert await asked_so_far(editor) == asked


@pytest.mark.parametrize(
    ("typed", "closed"), [("", ")"), ("f(", "x"), ("f[", "]"), ("f('a', g[1])", ")")]
)
async def test_what_no_editor_closes_for_the_suggestion_is_nothing_to_write_over(
    editor, typed, closed
):
    document = editor.open("total = ˇ" + CALLS)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = press(editor, document, at(document), typed, closed)
    await editor.ghost(document, where)
    assert await asked_so_far(editor) > asked


BLOCK = 'def f(a):\n    ˇ\n#: {"drafts": [["b = g(a)\\n    return b"]]}\n'
LINES = "b = g(a)\n    return b"


async def test_under_an_opened_block_it_has_several_lines(editor):
    document = editor.open(BLOCK)
    assert await editor.ghost(document, at(document)) == item(LINES, at(document))


async def test_several_lines_have_the_documents_own_line_endings(editor):
    document = editor.open(BLOCK.replace("\n", "\r\n"))
    answer = await editor.ghost(document, at(document))
    assert answer == item(LINES.replace("\n", "\r\n"), at(document))


async def test_several_lines_have_a_threshold_of_their_own(editor):
    document = editor.open(BLOCK.replace('"]]}', '"]], "score": -0.5}'))
    assert await editor.ghost(document, at(document)) == item("b = g(a)", at(document))


@pytest.mark.parametrize(
    ("said", "marked", "text"),
    [
        ("never", BLOCK, "b = g(a)"),
        ("block", BLOCK.replace("def f(a):", "f(a)"), "b = g(a)"),
        ("always", BLOCK.replace("def f(a):", "f(a)"), LINES),
    ],
)
async def test_where_several_lines_come_may_be_chosen(editor, said, marked, text):
    editor.configure({"ghostText": {"severalLines": said}})
    document = editor.open(marked)
    assert await editor.ghost(document, at(document)) == item(text, at(document))


async def test_where_several_lines_were_not_measured_they_come_if_they_are_wanted(editor):
    marked = BLOCK.replace("#:", "//#:").replace("def f(a):", "function f() {")
    for said, text in [("block", "b = g(a)"), ("always", LINES)]:
        editor.configure({"ghostText": {"languages": ["javascript"], "severalLines": said}})
        document = editor.open(marked, f"{said}.js", "javascript")
        assert await editor.ghost(document, at(document)) == item(text, at(document))


async def test_several_lines_are_taken_word_by_word_and_typed_over_line_breaks(editor):
    document = editor.open(BLOCK)
    await editor.ghost(document, at(document))
    asked = await asked_so_far(editor)
    where = press(editor, document, at(document), "b =")
    assert await left(editor, document, where) == (" g(a)\n    return b", "")
    where = press(editor, document, where, " g(", ")")
    assert await left(editor, document, where) == ("a)\n    return b", ")")
    where = document.place(document.index(press(editor, document, where, "a")) + 1)
    where = press(
        editor, document, where, "\n    "
    )  # Enter, and the indentation that comes with it
    assert await left(editor, document, where) == ("return b", "")
    where = editor.write(document, "re", where)
    assert await left(editor, document, where) == ("turn b", "")
    assert await asked_so_far(editor) == asked


async def test_it_goes_on_from_the_selected_completion(editor):
    document = editor.open('items.«ap»\n#: {"drafts": [["(1)"]]}\n')
    cursor = document.ranges[0].end
    selected = lsp.SelectedCompletionInfo(document.ranges[0], "append")
    answer = await editor.ghost(document, cursor, selected=selected)
    assert [(i.insert_text, i.range) for i in answer.items] == [("append(1)", document.ranges[0])]


async def test_only_where_it_is_turned_on(editor):
    editor.configure({"ghostText": {"enabled": False}})
    document = editor.open("total = sum(ˇ" + TELLS)
    assert await editor.ghost(document, at(document), INVOKED) == NOTHING


async def test_languages_may_be_chosen(editor):
    editor.configure({"ghostText": {"languages": ["ruby"]}})
    ruby = editor.open("total = sum(ˇ" + TELLS, "a.rb", "ruby")
    python = editor.open("total = sum(ˇ" + TELLS)
    assert await editor.ghost(ruby, at(ruby)) == item("items)", at(ruby))
    assert await editor.ghost(python, at(python)) == NOTHING


async def test_the_threshold_may_be_chosen(editor):
    editor.configure({"ghostText": {"confidence": 0.1}})
    document = editor.open('total = sum(ˇ\n#: {"drafts": [["items)"]], "score": -3.0}\n')
    assert await editor.ghost(document, at(document)) == item("items)", at(document))


async def test_a_document_that_is_not_open_has_none(editor):
    closed = editor.open("total = sum(ˇ" + TELLS)
    editor.close(closed)
    assert await editor.ghost(closed, at(closed), INVOKED) == NOTHING
