"""Repairs made one after the other, each as an edit of the text before all of them."""

from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.base import Problem
from editdiff.ci.separate import separate
from editdiff.edits.fix.run import Repair
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

EFFORT = Effort(0.0, 0, 0.0, 1)


def repairs(text: str, steps: list[list[tuple[int, int, str]]]) -> tuple[list[Repair], str]:
    """Repairs of which each edits the text as the last one left it."""
    made = []
    for number, step in enumerate(steps):
        edits, end = [], 0
        for start, length, new in sorted(step):
            start = max(start, end + bool(edits))
            if start + length <= len(text):
                edits.append(TextEdit(Span(start, start + length), new))
                end = start + length
        outcome = propose(
            Document("a.txt", text), Edits(tuple(edits)), [Span(0, len(text))], (), EFFORT
        )
        if isinstance(outcome, Proposal):
            made.append(Repair(Problem(Span(0, 0), str(number), "x"), 1, outcome))
            text = outcome.after.text
    return made, text


EDIT = st.tuples(st.integers(0, 30), st.integers(0, 4), st.sampled_from(["", "x", "yy\n", "z"]))


@given(
    st.text("ab\n", min_size=5, max_size=30),
    st.lists(st.lists(EDIT, min_size=1, max_size=2), max_size=4),
)
def test_all_groups_together_lead_to_the_text_after_the_last_repair(text, steps):
    made, after = repairs(text, steps)
    groups = separate(made)
    edits = Edits(tuple(edit for group in groups for edit in group.edits))
    assert edits.apply(text) == after
    told = [repair.problem.message for group in groups for repair in group.repairs]
    assert sorted(told) == sorted(repair.problem.message for repair in made)


def test_repairs_that_do_not_meet_stand_alone_in_the_text_before_all():
    made, _ = repairs("abcdef", [[(4, 1, "EE")], [(0, 1, "")], [(1, 1, "C")]])
    groups = separate(made)
    assert [group.edits.apply("abcdef") for group in groups] == ["bcdef", "abCdef", "abcdEEf"]
    assert [[r.problem.message for r in group.repairs] for group in groups] == [["1"], ["2"], ["0"]]


def test_repairs_that_meet_or_are_joined_by_another_one_stay_together():
    made, _ = repairs("abcdef", [[(0, 1, "AA")], [(1, 2, "X")], [(4, 1, "F")]])
    groups = separate(made)
    assert [[r.problem.message for r in group.repairs] for group in groups] == [["0", "1"], ["2"]]
    made, _ = repairs("abcdef", [[(0, 1, "A")], [(4, 1, "E")], [(0, 1, "B"), (4, 1, "C")]])
    assert [len(group.repairs) for group in separate(made)] == [3]
