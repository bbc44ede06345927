import io

import pytest
from rich.console import Console
from rich.text import Text

from editdiff.cli.render import (
    GUESSED,
    SETTLED,
    diff_text,
    frame,
    live,
    live_text,
    place_text,
    printable,
    summary,
)
from editdiff.edits.proposal import Effort, Proposal
from editdiff.engines.base import Place, Sketch
from editdiff.text import markup
from editdiff.text.document import Document
from editdiff.text.edit import Edits

MARKED = markup.parse("a = 1\nb = 2\nc = 3\nd = 4\ne = «5» + 1\nf = 6\n")
FRAME = frame(MARKED.text, MARKED.spans[0])


def rows(text: Text) -> list[str]:
    return [row.rstrip() for row in text.plain.split("\n")]


def test_before_the_first_step_the_gap_is_masked():
    assert rows(live_text(FRAME, None)) == [
        "    2 │ b = 2",
        "    3 │ c = 3",
        "    4 │ d = 4",
        "    5 │ e = ░░░░░░░░░░░░ + 1",
        "    6 │ f = 6",
        "    7 │",
        "      reading the context",
    ]


def test_a_step_shows_what_is_settled_guessed_and_masked():
    places = (Place("max(", True, 1.0), Place("4", False, 0.6), Place(", five)", False, 0.1))
    assert rows(live_text(FRAME, Sketch(3, places)))[3:] == [
        "    5 │ e = max(4░░░░░░░ + 1",
        "    6 │ f = 6",
        "    7 │",
        "      step 3 · 1 of 3 places",
    ]


@pytest.mark.parametrize(
    ("place", "plain", "style"),
    [
        (Place("x", True, 0.1), "x", SETTLED),
        (Place("\n    y", True, 1.0), "\n    y", SETTLED),
        (Place("x", False, 0.3), "x", GUESSED),
        (Place("x", False, 0.2), "░", GUESSED),
        (Place("  word", False, 0.2), "  ░░░░", GUESSED),
        (Place("", False, 0.9), "", GUESSED),
        (Place("", False, 0.2), "░", GUESSED),
        (Place("\n    ", False, 0.9), "░", GUESSED),
        (Place("x" * 50, False, 0.2), "░" * 12, GUESSED),
    ],
)
def test_a_place_is_drawn_by_what_is_known_of_it(place, plain, style):
    drawn = place_text(place)
    assert (drawn.plain, drawn.style) == (plain, style)


def test_a_settled_line_break_opens_a_numbered_line():
    text = live_text(FRAME, Sketch(1, (Place("5\n", True, 1.0), Place("x", True, 1.0))))
    assert rows(text)[3:5] == ["    5 │ e = 5", "    6 │ x + 1"]


def test_the_frame_ends_where_the_text_ends():
    marked = markup.parse("«a»")
    small = frame(marked.text, marked.spans[0])
    assert (small.before, small.after, small.first_line) == ("", "", 1)


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


def terminal(file: io.StringIO, **environment: str) -> Console:
    return Console(file=file, force_terminal=True, width=60, _environ=environment)


def test_on_a_terminal_the_view_is_redrawn_and_then_removed():
    file = io.StringIO()
    with live(terminal(file, TERM="xterm"), FRAME) as on_sketch:
        on_sketch(Sketch(1, (Place("four", True, 1.0),)))
    drawn = file.getvalue()
    assert "░░░░" in drawn
    assert "step 1 · 1 of 1 places" in drawn
    assert drawn.endswith("\x1b[2K")  # the last thing done is to erase a line


@pytest.mark.parametrize(
    "console",
    [Console(file=io.StringIO(), force_terminal=False), terminal(io.StringIO(), TERM="dumb")],
    ids=["not a terminal", "dumb terminal"],
)
def test_where_nothing_can_be_redrawn_nothing_is_drawn(console):
    with live(console, FRAME) as on_sketch:
        on_sketch(Sketch(1, (Place("four", True, 1.0),)))
    assert console.file.getvalue() == ""


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
