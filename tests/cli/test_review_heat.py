import io

import pytest
from rich.console import Console

from editdiff.cli.review_heat import heat_map
from editdiff.edits.review import Review
from editdiff.engines.base import Doubt
from editdiff.text.document import Document
from editdiff.text.span import Span

TEXT = "".join(f"line_{n} = {n}\n" for n in range(20))


def screen(**more) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, **more)


def reviewed(text: str, *doubts: Doubt) -> Review:
    return Review(Document("a.py", text), doubts, True)


def rendered(review: Review, marked: list[Doubt], on: Console, whole: bool = False) -> str:
    on.print(heat_map(review, marked, on, whole), soft_wrap=True)
    return on.file.getvalue()


def place(text: str, word: str, p: float) -> Doubt:
    start = text.index(word)
    return Doubt(Span(start, start + len(word)), p)


def test_lines_around_the_marked_places_are_drawn_with_their_numbers():
    near, far = place(TEXT, "line_3", 0.9), place(TEXT, "line_15", 0.6)
    other = place(TEXT, "line_10", 0.3)
    drawn = heat_map(reviewed(TEXT, near, other, far), [near, far], screen(no_color=True), False)
    lines = drawn.plain.split("\n")
    numbers = [line.split("│")[0].strip() for line in lines]
    assert numbers == ["2", "3", "4", "5", "6", "⋯", "14", "15", "16", "17", "18"]
    assert lines[2].endswith("‹line_3› = 3")


def test_the_whole_is_every_judged_line():
    doubts = [place(TEXT, f"line_{n}", 0.01) for n in (2, 3, 9)]
    drawn = heat_map(reviewed(TEXT, *doubts), [], screen(no_color=True), True)
    assert [line[:5].strip() for line in drawn.plain.split("\n")] == ["3", "4", "⋯", "10"]


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
def test_the_more_doubtful_the_stronger_the_background(system):
    text = "a b c d e"
    doubts = [place(text, w, p) for w, p in zip("abcde", [0.01, 0.06, 0.15, 0.3, 0.8], strict=True)]
    on = screen(color_system=system)
    drawn = heat_map(reviewed(text, *doubts), doubts, on, False)
    styles = [str(drawn.get_style_at_offset(on, 8 + 2 * n)) for n in range(5)]
    assert len(set(styles)) == 5
    assert "\x1b[" in rendered(reviewed(text, *doubts), doubts, on)


def test_what_is_hardly_doubted_is_drawn_plain():
    text = "a b"
    doubts = [place(text, "a", 0.01), place(text, "b", 0.9)]
    drawn = heat_map(reviewed(text, *doubts), doubts[1:], screen(color_system="256"), False)
    assert not str(drawn.get_style_at_offset(screen(), 8)).replace("none", "")


def test_without_colours_only_marked_places_are_set_off():
    text = "a b\n"
    doubts = [place(text, "a", 0.5), place(text, "b", 0.6)]
    plain = heat_map(reviewed(text, *doubts), doubts[1:], screen(no_color=True), False).plain
    assert "a ‹b›" in plain
    assert "‹a›" not in plain


def test_something_missing_at_the_end_of_a_line_is_drawn_there():
    text = "if x\n    y\n"
    missing = Doubt(Span(4, 4), 0.9)
    colours = heat_map(reviewed(text, missing), [missing], screen(color_system="256"), False).plain
    assert "if x·" in colours
    plain = heat_map(reviewed(text, missing), [missing], screen(no_color=True), False).plain
    assert "if x‹›" in plain


def test_a_line_break_with_indentation_is_drawn_as_the_indentation():
    text = "if x:\r\n    y\r\n\r\n\r\nz"
    indent, gap = Doubt(Span(5, 11), 0.9), Doubt(Span(12, 18), 0.8)
    drawn = heat_map(reviewed(text, indent, gap), [indent, gap], screen(no_color=True), False)
    rows = [line.split("│ ")[1] for line in drawn.plain.split("\n")]
    assert rows[1] == "‹    ›y"
    assert len(rows) == 5


def test_control_codes_of_a_document_are_pictures():
    text = "a = '\x1b[31m'"
    doubt = place(text, "a", 0.9)
    assert "␛[31m" in heat_map(reviewed(text, doubt), [doubt], screen(no_color=True), False).plain


@pytest.mark.parametrize("at", [0, 50_000, 99_999])
def test_of_a_line_that_is_very_long_the_surroundings_of_the_place_are_drawn(at):
    text = "x" * 100_000
    doubt = Doubt(Span(at, at + 1), 0.9)
    plain = heat_map(reviewed(text, doubt), [doubt], screen(no_color=True), False).plain
    assert "‹x›" in plain
    assert len(plain) < 600


def test_white_space_is_not_shaded():
    text = "a b"
    space, name = Doubt(Span(1, 2), 0.9), Doubt(Span(2, 3), 0.9)
    drawn = heat_map(reviewed(text, space, name), [], screen(color_system="256"), True)
    assert [drawn.plain[span.start : span.end] for span in drawn.spans][1:] == ["b"]
