"""Where a gap may end, the text after it is read: what that costs, and what comes of it."""

import math

import pytest
from table_network import END, READ_END, TableNetwork

from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.stream import WORTH_READING
from editdiff.text.span import Span

BEFORE = "def f():\n"
STORY = "    a = 1\n    b = 2\n    c = 3\n"
AFTER = "\n    return a + b\n"


def lines(before: str) -> dict[str | bytes | int, float]:
    """Writes STORY, and at the end of each line would rather end."""
    written = before[len(BEFORE) :]
    if written == STORY:
        return {END: 1 - 1e-9}
    following = STORY[len(written)]
    return {END: 0.9, following: 0.1} if following == "\n" else {following: 1 - 1e-9}


def second(before: str, after: str) -> float:
    """A judge for whom the text after the gap follows on the second line alone."""
    return 0.95 if before.endswith("b = 2") else 0.01


def filled(network: TableNetwork, after: str = AFTER, **options: int) -> Draft:
    task = FillTask(BEFORE + after, (Span(len(BEFORE), len(BEFORE)),), "m.py")
    told = FillOptions(drafts=1, temperature=0.0, **options)
    (draft,) = [u for u in TwinEngine(network).fill(task, told) if isinstance(u, Draft)]
    return draft


def test_a_gap_ends_where_the_text_after_it_follows_on():
    assert filled(TableNetwork(lines)).texts == ("    a = 1",)
    draft = filled(TableNetwork(lines, judges=second))
    assert (draft.texts, draft.ended) == (("    a = 1\n    b = 2",), True)


def test_what_is_judged_is_the_probability_of_the_ending_and_the_rest_shares_what_is_left():
    draft = filled(TableNetwork(lines, judges=second))
    assert draft.score == pytest.approx(math.log(0.99 * 0.95), abs=1e-6)


def test_what_is_read_is_the_text_after_the_gap_behind_the_draft():
    network = TableNetwork(lines, judges=second)
    filled(network)
    assert network.read == [
        (BEFORE + "    a = 1", AFTER[:6]),
        (BEFORE + "    a = 1\n    b = 2", AFTER[:6]),
    ]


@pytest.mark.parametrize(
    ("after", "read"), [("", READ_END), ("\n", "\n" + READ_END), ("\n\n", "\n\n" + READ_END)]
)
def test_where_no_text_follows_the_end_of_it_is_read(after, read):
    network = TableNetwork(lines, judges=second)
    assert filled(network, after).texts == ("    a = 1\n    b = 2",)
    assert [what for _, what in network.read] == [read] * 2


def test_a_line_that_was_asked_for_needs_no_judge():
    network = TableNetwork(lines, judges=second)
    assert filled(network, lines=1).texts == ("    a = 1",)
    assert network.read == []


def test_the_rest_of_a_line_is_judged_though_one_line_was_asked_for():
    network = TableNetwork(lines, judges=lambda before, after: 0.99)
    assert filled(network, after=" # one\n", lines=1).texts == ("    a = 1",)
    assert network.read == [(BEFORE + "    a = 1", " # one")]


@pytest.mark.parametrize(("ending", "read"), [(0.9, 1), (1.1, 2)])
def test_an_unlikely_ending_is_not_read_on(ending, read):
    def says(before: str) -> dict[str | bytes | int, float]:
        if before == BEFORE + "x":
            return {END: WORTH_READING * ending, "y": 1 - WORTH_READING * ending}
        return {END: 1 - 1e-9} if before == BEFORE + "xy" else {"x": 1 - 1e-9}

    network = TableNetwork(says, judges=lambda before, after: 0.04 if before[-1] == "x" else 0.9)
    assert filled(network).texts == ("xy",)
    assert len(network.read) == read


def test_of_several_drafts_all_endings_are_read_at_once_and_each_has_its_own_judgement():
    def says(before: str) -> dict[str | bytes | int, float]:
        written = before[len(BEFORE) :]
        return {"p": 0.5, "q": 0.5} if not written else {END: 0.6, "z": 0.4}

    def judge(before: str, after: str) -> float:
        return 0.9 if before.endswith(("p", "qz")) else 0.001

    network = TableNetwork(says, judges=judge)
    task = FillTask(BEFORE + AFTER, (Span(len(BEFORE), len(BEFORE)),), "m.py")
    updates = TwinEngine(network).fill(task, FillOptions(drafts=8, temperature=1.0))
    texts = {u.texts for u in updates if isinstance(u, Draft)}
    assert texts == {("p",), ("qz",)}
