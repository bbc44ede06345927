"""The case of `tests/cases/reported` that takes an editor; the others are in `tests/cases/test_reported.py`."""

from pathlib import Path

import pytest
from lsp_editor import INVOKED
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASE = Path(__file__).parents[1] / "cases/reported/42-close-or-rename-while-pending/x.py.case"
TELLS = '\n#: {"drafts": [["exists(path):"]], "steps": 20, "pause": 0.02}\n'


async def test_a_document_closed_or_renamed_while_asked_about_gets_an_answer_to_each_42_close_or_rename(
    editor,
):
    marked = CASE.read_text(encoding="utf-8").rstrip("\n") + "ˇ" + TELLS
    document = editor.open(marked, "x.py")
    here = document.ranges[0].start
    waiting = [editor.ghost(document, here, INVOKED), editor.fill(document)]
    editor.close(document)
    renamed = editor.open(marked, "y.py")
    served = editor.ghost(renamed, here, INVOKED)
    ghost, filled = [await asked for asked in waiting]
    assert ghost.items == ()
    assert (filled["kind"], filled["reason"]) == ("none", "the document was closed")
    assert not editor.applied
    answer = await served
    assert [item.insert_text for item in answer.items] == ["exists(path):"]
    assert answer.items[0].range == lsp.Range(here, here)
    assert (await editor.fill(renamed))["uri"] == renamed.uri
