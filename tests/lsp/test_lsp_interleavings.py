"""Random interleavings of edits, requests and cancels: nothing misapplied, lost, or left without an answer."""

import os
from collections import Counter

import pytest
from lsp_interleaving import LANGUAGE, Interleaving

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT = int(os.environ.get("EDITDIFF_INTERLEAVINGS", "150"))
"""How many are played in utf-16; in the other units, a tenth of it."""
FIRST = int(os.environ.get("EDITDIFF_INTERLEAVINGS_FROM", "0"))
HAPPENS = (
    "applied",
    "action applied",
    "fix applied",
    "fixed at once",
    "refused",
    "cancelled",
    "dropped",
    "moved",
    "draft",
    "ghost text shown",
)
OPTIONS = {"model": "wild", "ghostText": {"debounce": 2, "languages": [LANGUAGE]}}


@pytest.mark.parametrize(
    ("encoding", "count"), [("utf-16", COUNT), ("utf-8", COUNT // 10), ("utf-32", COUNT // 10)]
)
async def test_whatever_comes_in_whatever_order_no_edit_is_misapplied(start, encoding, count):
    editor = await start(OPTIONS, encodings=[encoding])
    await editor.notice("statusChanged", lambda params: params["state"] == "ready")
    tally = Counter()
    for number in range(FIRST, FIRST + count):
        story = Interleaving(editor, f"{encoding} {number}", tally)
        try:
            await story.run()
        except BaseException as error:
            error.add_note(f"seed {encoding} {number}: {' '.join(story.done)}")
            raise
    print(", ".join(f"{n} {what}" for what, n in tally.most_common()))
    if count >= 100:
        assert min(tally[what] for what in HAPPENS) > 0, "too quiet to tell anything"
