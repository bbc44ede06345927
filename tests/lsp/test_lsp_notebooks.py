"""Ghost text in the cells of a notebook, which sees the cells before."""

import pytest
from lsp_notebook import Book
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTHING = lsp.InlineCompletionList(items=())
TELLS = 'items = []\n#: {"drafts": [["items)"]]}\n'
"""A cell that tells the model what to write in those that see it."""
ASKS = "total = sum(ˇ\n"


async def ghost(editor, cell):
    return await editor.ghost(cell, cell.ranges[0].start)


def item(cell, text):
    """The only item of an answer: its place is counted in the cell."""
    return lsp.InlineCompletionList((lsp.InlineCompletionItem(text, range=cell.ranges[0]),))


@pytest.fixture
def book(editor):
    """Opens a notebook that is closed after the test."""
    opened = []

    def book(*cells, languages=()):
        opened.append(Book(editor, cells, languages))
        return opened[-1]

    yield book
    for each in opened:
        each.close()


async def test_a_cell_sees_those_before_it(editor, book):
    _, last = book(TELLS, ASKS).cells
    assert await ghost(editor, last) == item(last, "items)")


async def test_a_cell_does_not_see_those_behind_it(editor, book):
    first, _ = book(ASKS, TELLS).cells
    assert await ghost(editor, first) != item(first, "items)")


@pytest.mark.parametrize("language", ["markdown", "javascript"])
async def test_a_cell_of_another_language_is_not_seen(editor, book, language):
    _, last = book(TELLS, ASKS, languages=[language]).cells
    assert await ghost(editor, last) != item(last, "items)")


async def test_a_cell_that_a_magic_hands_to_another_language_is_not_seen(editor, book):
    _, last = book("%%bash\n" + TELLS, ASKS).cells
    assert await ghost(editor, last) != item(last, "items)")


async def test_a_magic_among_the_cells_before_is_no_fault_of_the_line(editor, book):
    _, last = book("%matplotlib inline\n!ls\n" + TELLS, ASKS).cells
    assert await ghost(editor, last) == item(last, "items)")


async def test_a_cell_that_came_later_is_seen(editor, book):
    opened = book(ASKS)
    (last,) = opened.cells
    opened.put(0, 0, "import os\n", TELLS)
    assert await ghost(editor, last) == item(last, "items)")


async def test_a_cell_that_is_gone_is_not_seen(editor, book):
    opened = book(TELLS, ASKS)
    opened.put(0, 1)
    (last,) = opened.cells
    assert await ghost(editor, last) != item(last, "items)")


async def test_what_changed_in_a_cell_before_is_seen(editor, book):
    opened = book('#: {"drafts": []}\n', ASKS)
    _, last = opened.cells
    assert await ghost(editor, last) == NOTHING
    opened.put(0, 1, "items = []\n")
    opened.write(opened.cells[0], TELLS, lsp.Position(0, 0))
    assert await ghost(editor, last) == item(last, "items)")


async def test_what_is_typed_in_a_cell_shrinks_the_line_there(editor, book):
    opened = book(TELLS, ASKS)
    _, last = opened.cells
    assert await ghost(editor, last) == item(last, "items)")
    opened.write(last, "it", last.ranges[0].start)
    where = lsp.Position(0, last.ranges[0].start.character + len("it"))
    assert await editor.ghost(last, where) == lsp.InlineCompletionList(
        (lsp.InlineCompletionItem("ems)", range=lsp.Range(where, where)),)
    )


async def test_a_closed_notebook_is_forgotten(editor, book):
    opened = Book(editor, [TELLS, ASKS])
    opened.close()
    assert await ghost(editor, opened.cells[1]) == NOTHING
