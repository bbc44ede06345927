import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from editdiff.cli.common.live import (
    GUESSED,
    SETTLED,
    Frame,
    View,
    Window,
    counter,
    frame,
    picture,
    place_text,
    scrolled,
    view,
)
from editdiff.cli.common.render import CONTEXT
from editdiff.engines.base import Place, Sketch
from editdiff.text import markup


def framed(marked: str) -> Frame:
    parsed = markup.parse(marked)
    return frame(parsed.text, parsed.spans)


FRAME = framed("a = 1\nb = 2\nc = 3\nd = 4\ne = «5» + 1\nf = 6\n")
NEAR = framed("def area(«w, h»):\n    return «w * h»\n")
FAR = framed("a = «1»\n" + "b = 2\n" * 20 + "c = «3»")


def settled(text: str) -> Place:
    return Place(text, True, 1.0)


def masked(text: str) -> Place:
    return Place(text, False, 0.1)


def guessed(text: str) -> Place:
    return Place(text, False, 0.6)


def drawn(seen: Frame | View, sketch: Sketch | None, height: int = 99) -> list[str]:
    text = (seen if isinstance(seen, View) else View(seen)).draw(sketch, height)
    return [row.rstrip() for row in text.plain.split("\n")]


def test_before_the_first_step_the_gap_is_masked():
    assert drawn(FRAME, None) == [
        "    2 │ b = 2",
        "    3 │ c = 3",
        "    4 │ d = 4",
        "    5 │ e = ░░░░░░░░░░░░ + 1",
        "    6 │ f = 6",
        "    7 │",
        "      reading the context",
    ]


def test_a_step_shows_what_is_settled_guessed_and_masked():
    places = (settled("max("), Place("4", False, 0.6), Place(", five)", False, 0.1))
    assert drawn(FRAME, Sketch(3, (places,)))[3:] == [
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
    text = place_text(place)
    assert (text.plain, text.style) == (plain, style)


def test_a_settled_line_break_opens_a_numbered_line():
    sketch = Sketch(1, ((settled("5\n"), settled("x")),))
    assert drawn(FRAME, sketch)[3:5] == ["    5 │ e = 5", "    6 │ x + 1"]


def test_the_frame_ends_where_the_text_ends():
    assert framed("«a»") == (Window(1, ("", "")),)


def test_gaps_close_together_resolve_in_one_window():
    moments = [
        None,
        Sketch(
            2, ((settled("width"), masked(", heig")), (guessed("width"), masked(" "), masked("x")))
        ),
        Sketch(
            5,
            ((settled("width"), settled(", x")), (settled("width"), settled(" * "), guessed("x"))),
        ),
        Sketch(6, ((settled("width, x"),), (settled("width * x"),))),
    ]
    shown = [drawn(NEAR, moment) for moment in moments]
    assert [rows[:2] + rows[3:] for rows in shown] == [
        [
            "    1 │ def area(░░░░░░░░░░░░):",
            "    2 │     return ░░░░░░░░░░░░",
            "      reading the context",
        ],
        [
            "    1 │ def area(width░░░░░░):",
            "    2 │     return width ░░",
            "      step 2 · 1 of 5 places · 0 of 2 gaps",
        ],
        [
            "    1 │ def area(width, x):",
            "    2 │     return width * x",
            "      step 5 · 4 of 5 places · 1 of 2 gaps",
        ],
        [
            "    1 │ def area(width, x):",
            "    2 │     return width * x",
            "      step 6 · 2 of 2 places · 2 of 2 gaps",
        ],
    ]


def test_lines_between_gaps_that_are_far_apart_are_left_out():
    assert drawn(FAR, Sketch(1, ((settled("one"),), ()))) == [
        "    1 │ a = one",
        "    2 │ b = 2",
        "    3 │ b = 2",
        "    4 │ b = 2",
        "    ⋯",
        "   19 │ b = 2",
        "   20 │ b = 2",
        "   21 │ b = 2",
        "   22 │ c =",
        "      step 1 · 1 of 1 places · 2 of 2 gaps",
    ]


@pytest.mark.parametrize(("between", "windows"), [(0, 1), (6, 1), (7, 1), (8, 2), (30, 2)])
def test_no_row_says_that_a_single_line_is_left_out(between, windows):
    assert len(framed("«a»\n" + "b\n" * between + "«c»\n")) == windows


@given(st.lists(st.sampled_from(["«a»", "«a\nb»", "«»", "\n", "\n" * 9, "x"]), min_size=1))
def test_a_frame_shows_every_gap_and_what_stands_beside_it(pieces):
    marked = markup.parse("".join([*pieces, "«z»"]))
    windows = frame(marked.text, marked.spans)
    assert sum(len(window.still) - 1 for window in windows) == len(marked.spans)
    assert not {"«", "»"} & set("".join(text for window in windows for text in window.still))
    lines = marked.text.split("\n")
    gaps = iter(marked.spans)
    for window in windows:
        parts = [window.still[0]]
        for still in window.still[1:]:
            parts += [next(gaps).slice(marked.text), still]
        shown = "".join(parts).split("\n")
        assert shown == lines[window.first_line - 1 :][: len(shown)]


def test_a_line_break_moves_nothing_in_another_window():
    rows = drawn(FAR, Sketch(1, ((settled("1\n\n"),), (settled("3"),))))
    assert rows[:7] == [
        *("    1 │ a = 1", "    2 │", "    3 │"),
        *("    4 │ b = 2", "    5 │ b = 2", "    6 │ b = 2"),
        "    ⋯",
    ]
    assert rows[-2] == "   22 │ c = 3"


def test_what_is_settled_stands_out_from_the_lines_around():
    row = picture(NEAR, Sketch(1, ((settled("w"), guessed(", h")), ()))).rows[0]
    styles = {row.plain[span.start : span.end]: span.style for span in row.spans}
    assert styles["w"] == SETTLED
    assert styles[", h"] == GUESSED
    assert styles["def area("] == styles["):"] == CONTEXT
    assert row.style == ""


def test_in_a_low_terminal_the_rows_around_the_first_unsettled_place_are_seen():
    view = View(framed("«»\n" + "x\n" * 9))
    lines = [settled(f"{n}\n") for n in range(20)]
    seen = []
    for step in (0, 6, 12, 20):
        places = (*lines[:step], masked("?"), settled("end"))
        seen.append(drawn(view, Sketch(step, (places,)), height=9))
    assert [len(rows) for rows in seen] == [5, 9, 9, 9]
    assert seen[1] == [
        "    ⋯",
        *("    4 │ 3", "    5 │ 4", "    6 │ 5"),
        "    7 │ ░end",
        *("    8 │ x", "    9 │ x", "   10 │ x"),
        "      step 6 · 7 of 8 places",
    ]
    assert seen[3][0] == "    ⋯"
    assert "   21 │ ░end" in seen[3]
    assert seen[3][-1] == "      step 20 · 21 of 22 places"


def test_when_all_is_settled_the_view_stays_where_it_was():
    view = View(framed("«»\n" + "x\n" * 9))
    lines = tuple(settled(f"{n}\n") for n in range(20))
    before = drawn(view, Sketch(1, ((*lines, masked("?")),)), height=9)
    after = drawn(view, Sketch(2, ((*lines, settled("?")),)), height=9)
    assert [row.replace("░", "?") for row in before[:-1]] == after[:-1]


@given(
    top=st.integers(0, 60),
    watched=st.integers(0, 59),
    more=st.integers(0, 20),
    height=st.integers(1, 70),
)
def test_the_row_that_is_watched_is_always_in_sight(top, watched, more, height):
    count = watched + 1 + more
    first = scrolled(top, watched, count, height)
    assert 0 <= first <= watched < first + height
    assert first + height <= count or first == 0  # no row is wasted
    assert scrolled(first, watched, count, height) == first  # and it comes to rest


@given(st.integers(2, 12), st.lists(st.sampled_from("ab\n"), max_size=30), st.integers(0, 30))
def test_the_drawing_never_is_higher_than_the_terminal(height, letters, done):
    places = tuple(Place(text, i < done, 1.0) for i, text in enumerate(letters))
    rows = drawn(FAR, Sketch(1, (places, ())), height)
    assert len(rows) <= height
    assert rows[-1].startswith("      step 1 · ")


def terminal(file: io.StringIO, **environment: str) -> Console:
    return Console(file=file, force_terminal=True, width=60, _environ=environment)


def test_on_a_terminal_the_view_is_redrawn_and_then_removed():
    file = io.StringIO()
    with view(terminal(file, TERM="xterm"), FRAME) as on_sketch:
        on_sketch(Sketch(1, ((settled("four"),),)))
    output = file.getvalue()
    assert "░░░░" in output
    assert "step 1 · 1 of 1 places" in output
    assert output.endswith("\x1b[2K")  # the last thing done is to erase a line


@pytest.mark.parametrize(
    "console",
    [Console(file=io.StringIO(), force_terminal=False), terminal(io.StringIO(), TERM="dumb")],
    ids=["not a terminal", "dumb terminal"],
)
def test_where_nothing_can_be_redrawn_nothing_is_drawn(console):
    with view(console, FRAME) as on_sketch:
        on_sketch(Sketch(1, ((settled("four"),),)))
    assert console.file.getvalue() == ""


def test_which_part_of_the_work_it_is_is_told_instead_of_places():
    sketch = Sketch(7, ((settled("a"),),), "part 2 of 5, lines 33-62")
    assert counter(sketch).plain == "      step 7 · part 2 of 5, lines 33-62"
