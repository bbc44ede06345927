"""Random interleavings of edits, requests and cancels: nothing misapplied, lost, or left without an answer."""

import os
import subprocess
from collections import Counter

import pytest
from lsp_editor import SCRIPTED
from lsp_interleaving import Interleaving
from lsp_user import OPTIONS

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT = int(os.environ.get("EDITDIFF_INTERLEAVINGS", "150"))
"""How many are played in utf-16; in the other units, a tenth of it."""
FIRST = int(os.environ.get("EDITDIFF_INTERLEAVINGS_FROM", "0"))
MOST_TIMES = 4
"""How many times as many at most: what is rare hangs on timing, so play goes on until it happened."""
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
    "merge settled",
    "diagnostic maths",
    "diagnostic merge-conflict",
    "nonsense refused",
    "get asked",
    "revision",
    "revision of several hunks",
)


@pytest.fixture
def repository(tmp_path):
    """A folder in which two files are committed that have nothing to do with the documents."""
    folder = tmp_path / "project"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.txt").write_text("first\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        by = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *by, *arguments], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("encoding", "count"), [("utf-16", COUNT), ("utf-8", COUNT // 10), ("utf-32", COUNT // 10)]
)
async def test_whatever_comes_in_whatever_order_no_edit_is_misapplied(
    start, repository, encoding, count
):
    editor = await start(OPTIONS, [*SCRIPTED, "quick"], encodings=[encoding])
    await editor.notice("statusChanged", lambda params: params["state"] == "ready")
    tally = Counter()
    for number in range(FIRST, FIRST + MOST_TIMES * count):
        story = Interleaving(editor, f"{encoding} {number}", tally, repository)
        try:
            await story.run()
        except BaseException as error:
            error.add_note(f"seed {encoding} {number}: {' '.join(story.done)}")
            raise
        missing = [what for what in HAPPENS if not tally[what]] if count >= 100 else []
        enough = (played := number + 1 - FIRST) >= count and not missing
        if enough or played % 50 == 0:
            said = ", ".join(f"{n} {what}" for what, n in tally.most_common())
            print(f"{played} interleavings in {encoding}: {said}", flush=True)
        if enough:
            break
    assert not missing, f"{played} interleavings in which none of these happened"
