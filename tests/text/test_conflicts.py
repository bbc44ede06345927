import pytest

from editdiff.text.conflicts import SIDES, conflicts, conflicts_of_code, lone_markers
from editdiff.text.edit import Edits

TEXT = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_conflict_has_two_sides_and_takes_whole_lines(ending):
    text = TEXT.replace("\n", ending)
    (found,) = conflicts(text)
    assert (found.ours, found.theirs) == (f"b{ending}", f"c{ending}")
    assert found.both == f"b{ending}c{ending}"
    assert found.span.slice(text).endswith("other")
    assert text[found.lines.end :] == f"d{ending}"


def test_the_common_ancestor_belongs_to_neither_side():
    (found,) = conflicts(TEXT.replace("=======", "||||||| base\nx\n======="))
    assert found.both == "b\nc\n"


def test_sides_may_be_empty_and_the_last_line_without_ending():
    (found,) = conflicts("<<<<<<< a\n=======\n>>>>>>> b")
    assert found.both == "" and found.lines.end == len("<<<<<<< a\n=======\n>>>>>>> b")


def test_several_are_found_one_after_the_other():
    assert [c.ours for c in conflicts(TEXT + TEXT.replace("b\n", "e\n", 1))] == ["b\n", "e\n"]


@pytest.mark.parametrize(
    "text",
    ["", "=======\n", "<<<<<<< a\n>>>>>>> b\n", "<<<<<<< a\n=======\n", "x <<<<<<< a\n=======\n>>>>>>> b\n"],
)  # fmt: skip
def test_markers_that_do_not_belong_together_are_none(text):
    assert list(conflicts(text)) == []


def test_halves_of_two_conflicts_are_no_conflict():
    assert list(conflicts("<<<<<<< a\n>>>>>>> b\nx\n=======\n>>>>>>> c\n")) == []


@pytest.mark.parametrize(
    ("side", "clear"), [("Title\n=======\n", False), ("Title\n========\n", True)]
)
def test_where_two_lines_may_part_the_sides_that_is_known(side, clear):
    (found,) = conflicts(TEXT.replace("b\n", side))
    assert found.clear is clear


def test_markers_outside_of_conflicts_are_alone():
    text = f"=======\n{TEXT}>>>>>>> x\r\n{TEXT}<<<<<<<\n  =======\n||||||| y"
    lone = [span.slice(text) for span in lone_markers(text)]
    assert lone == ["=======", ">>>>>>> x", "<<<<<<<", "||||||| y"]
    assert list(lone_markers(TEXT * 2)) == []


@pytest.mark.parametrize("side", SIDES)
def test_taking_a_side_leaves_that_and_the_text_around(side):
    (found,) = conflicts(TEXT)
    left = {"ours": "b\n", "theirs": "c\n", "both": "b\nc\n"}[side]
    assert Edits((found.taking(side),)).apply(TEXT) == f"a\n{left}d\n"


def test_in_strings_and_comments_there_is_no_conflict_of_code():
    assert conflicts_of_code(f'"""\n{TEXT}"""\n{TEXT}', "python")[0].span.start > len(TEXT)
    assert conflicts_of_code(f"/*\n{TEXT}*/\n", "c") == []
    assert len(conflicts_of_code(f"it's\n{TEXT}", "markdown")) == 1
