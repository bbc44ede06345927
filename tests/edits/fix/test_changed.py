"""Of a document the lines that changed are mended, as one edit, and no others."""

import pytest

from editdiff.check.registry import choose_checkers, guards
from editdiff.edits.fix.changed import Changed, runs
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

SUMS = "3 * 4 = 13 yes.\r\n\r\n5 * 5 = 26 yes.\r\n\r\n6 * 7 = 43 yes."
CHECKS = Checks(guards(), choose_checkers(["math"]))


def changed(lines, text=SUMS):
    return Changed(
        Session(NoModel), Document("a.md", text, 3, "markdown"), CHECKS, lambda now: lines
    )


def test_what_did_not_change_stays_as_it_is():
    outcome = changed([2, 4]).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.before.version == 3
    assert outcome.after.text == SUMS.replace("26", "25").replace("43", "42")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no line has changed"),
        ([1], "nothing is wrong in the 1 line that changed"),
        ([1, 3], "nothing is wrong in the 2 lines that changed"),
    ],
)
def test_where_nothing_is_to_be_done_it_says_so(lines, reason):
    assert changed(lines).draft() == NoEdit(reason)


def test_what_cannot_be_mended_is_counted():
    python = Document("a.py", "x = [1\n\n\ny = 2 +\n", 0, "python")
    outcome = Changed(Session(NoModel), python, CHECKS, lambda now: [3]).draft()
    assert isinstance(outcome, NoEdit)


def test_it_is_the_lines_of_the_document_as_the_user_has_edited_it():
    told = []
    first = Changed(
        Session(NoModel), Document("a.md", SUMS, 0, "markdown"), CHECKS,
        lambda now: told.append(now.text) or [3],
    )  # fmt: skip
    later = first.follow(Edits((TextEdit(Span(0, 0), "new\r\n"),)))
    assert isinstance(later, Changed)
    outcome = later.draft()
    assert told == ["new\r\n" + SUMS]
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "new\r\n" + SUMS.replace("26", "25")


def test_lines_that_follow_each_other_are_one_span():
    text = "a\nb\nc\nd"
    spans = runs(LineTable(text), [0, 1, 3])
    assert [span.slice(text) for span in spans] == ["a\nb\n", "d"]
