from hypothesis import given
from hypothesis import strategies as st

from editdiff.ci.base import Fix, Part, Problem, smallest_first
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.span import Span

EFFORT = Effort(0.0, 0, 0.0, 1)
LINES = st.lists(st.sampled_from(["a", "b", "", "c d", "é"]), max_size=8)


def fix(before: str, after: str, path: str = "a.py") -> Fix:
    edits = diff(before, after)
    outcome = propose(Document(path, before), edits, [Span(0, len(before))], (), EFFORT)
    assert isinstance(outcome, Proposal)
    return Fix((Problem(path, 1, "wrong", "syntax"),), outcome, "nobody")


def test_a_line_that_changes_is_a_part() -> None:
    assert fix("a\nb\nc\n", "a\nx\nc\n").parts == (Part(2, 2, "b\n", "x\n"),)


def test_lines_that_come_take_the_line_before_them_along() -> None:
    assert fix("a\nb\n", "a\nx\nb\n").parts == (Part(1, 1, "a\n", "a\nx\n"),)


def test_lines_that_come_first_take_the_line_behind_them_along() -> None:
    assert fix("a\nb\n", "x\na\nb\n").parts == (Part(1, 1, "a\n", "x\na\n"),)


def test_what_comes_behind_a_last_line_without_an_ending() -> None:
    assert fix("a\nb", "a\nb\nc").parts == (Part(2, 2, "b", "b\nc"),)


def test_an_empty_file_gets_its_first_line() -> None:
    assert fix("", "x\n").parts == (Part(1, 1, "", "x\n"),)


def test_lines_on_both_sides_of_a_line_are_one_part_with_it() -> None:
    assert fix("b\n", "a\nb\na\n").parts == (Part(1, 1, "b\n", "a\nb\na\n"),)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_parts_put_in_their_places_make_the_text_of_the_proposal(
    old: list[str], new: list[str], ending: str, closed: bool, also: bool
) -> None:
    before = ending.join(old) + (ending if closed else "")
    after = ending.join(new) + (ending if also else "")
    if before == after:
        return
    made = fix(before, after)
    lines = before.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + [lines[-1]]
    for part in reversed(made.parts):
        assert part.old or part.new
        assert "".join(lines[part.first - 1 : part.last]) == part.old
        lines[part.first - 1 : part.last] = [part.new]
    assert "".join(lines) == after


def test_a_fingerprint_does_not_move_with_the_lines() -> None:
    one, other = fix("a\nb\nc\n", "a\nx\nc\n"), fix("new\na\nb\nc\n", "new\na\nx\nc\n")
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != fix("a\nb\nc\n", "a\ny\nc\n").fingerprint
    assert one.fingerprint != fix("a\nb\nc\n", "a\nx\nc\n", "b.py").fingerprint


def test_the_smallest_fix_comes_first() -> None:
    large, small = fix("a\nb\n", "long line\nb\n"), fix("a\nb\n", "a\nx\n", "z.py")
    assert smallest_first([large, small]) == (small, large)
