import math

import pytest

from editdiff.cli.common.render import diff_text, summary
from editdiff.edits.proposal import Effort, Proposal
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.printable import printable


def test_control_codes_of_a_file_are_drawn_and_not_obeyed():
    assert printable("a\x1b[31mb\r\nc\rd\te\x7f\x9b") == "a␛[31mb\nc␍d\te␡\ufffd"


def test_the_diff_is_coloured_by_line():
    drawn = diff_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- sql\n+++ more\n same\n")
    assert drawn.plain == "--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- sql\n+++ more\n same\n"
    spans = {drawn.plain[s.start : s.end]: str(s.style) for s in drawn.spans}
    assert spans == {
        "--- a/x": "bold",
        "+++ b/x": "bold",
        "@@ -1 +1 @@": "cyan",
        "--- sql": "red",
        "+++ more": "green",
    }


@pytest.mark.parametrize(
    ("language", "checked", "said"),
    [
        ("python", ("syntax",), "best of 3 drafts · 9 steps · 0.50 s"),
        (
            "markdown",
            (),
            "best of 3 drafts · 9 steps · 0.50 s · not checked: no grammar for markdown",
        ),
        ("", (), "best of 3 drafts · 9 steps · 0.50 s · not checked: language unknown"),
    ],
)
def test_the_summary_says_when_nothing_could_check_the_draft(language, checked, said):
    document = Document("a", "x", 1, language)
    proposal = Proposal(document, document, Edits(()), Effort(-1.0, 9, 0.5, 3), checked)
    assert summary(proposal, None).plain == said


def test_the_summary_says_how_sure_the_model_is_where_that_is_known():
    document = Document("a", "x", 1, "python")
    proposal = Proposal(document, document, Edits(()), Effort(-1.0, 9, 0.5, 3, 0.624), ("syntax",))
    assert summary(proposal, None).plain == "best of 3 drafts · 62 % sure · 9 steps · 0.50 s"


@pytest.mark.parametrize(("nfe", "said"), [(1, "1 request"), (4, "4 requests")])
def test_the_summary_of_an_endpoints_draft_says_that_nothing_was_measured(nfe, said):
    document = Document("a", "x", 1, "python")
    effort = Effort(math.nan, nfe, 0.5, 1)
    proposal = Proposal(document, document, Edits(()), effort, ("syntax",))
    assert summary(proposal, None).plain == f"how sure is not measured · {said} · 0.50 s"
