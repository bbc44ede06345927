"""Where a gap ends that is written from left to right: at its likeliest ending."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_network import END, TableNetwork, one_by_one

from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.twin.endings import NOWHERE, PATIENCE, Endings
from editdiff.text.span import Span

LETTERS = "abcdefghijkl"


def seen(*likely: float) -> tuple[Endings, int]:
    """Endings of these probabilities, one place after the other, up to the one that makes the best final."""
    endings = Endings()
    for tokens, ending in enumerate(likely):
        if endings.see(math.log(ending), tokens, -float(tokens)):
            return endings, tokens
    return endings, len(likely)


def draft_of(*likely: float, after: str = "", limit: int = 12, lines: int = 0) -> tuple[Draft, int]:
    """The greedy draft of LETTERS, behind each of which the gap ends so likely, and the forwards it took."""
    story = LETTERS[: len(likely) - 1]

    def says(before: str) -> dict[str | bytes | int, float]:
        ending = likely[min(len(before), len(likely) - 1)]
        letter = LETTERS[len(before)]
        return {END: ending, letter: 1 - ending}

    network = TableNetwork(says)
    options = FillOptions(drafts=1, temperature=0.0, max_tokens=limit, lines=lines)
    updates = one_by_one(network).fill(FillTask(after, (Span(0, 0),)), options)
    (draft,) = [update for update in updates if isinstance(update, Draft)]
    assert draft.texts[0].startswith(story[: len(draft.texts[0])])
    return draft, draft.nfe


@pytest.mark.parametrize("ending", [0.5, 0.51, 0.9, 0.999999])
def test_an_ending_of_a_half_or_more_ends_at_once(ending):
    endings, place = seen(0.1, 0.1, ending, 0.9)
    assert (endings.best.tokens, place) == (2, 2)


def test_the_likeliest_ending_is_taken_though_none_reaches_a_half():
    endings, place = seen(0.1, 0.4, 0.2, 0.3, 0.4, 0.2)
    assert endings.best.tokens == 1
    assert math.exp(endings.best.probability) == pytest.approx(0.9 * 0.4)
    assert place == 3, "0.9 · 0.6 · 0.8 · 0.7 is less than 0.36, so what follows no longer counts"


def test_what_is_left_of_1_decides_how_long_a_better_one_is_waited_for():
    endings, place = seen(0.45, 0.3, 0.9)
    assert (endings.best.tokens, place) == (0, 1)
    endings, place = seen(0.3, 0.45, 0.8)
    assert (endings.best.tokens, place) == (1, 2), "0.7 · 0.55 is more than 0.7 · 0.45"
    endings, place = seen(0.3, 0.2, 0.9)
    assert (endings.best.tokens, place) == (2, 2)


@pytest.mark.parametrize(("first", "place"), [(0.3, PATIENCE), (0.01, 2 * PATIENCE)])
def test_behind_a_likely_ending_it_is_not_waited_for_ever(first, place):
    """Nothing else is likely for long, then an ending that would have been likelier."""
    endings, ended = seen(first, *[1e-6] * (2 * PATIENCE - 1), 0.9)
    assert ended == place
    assert endings.best.tokens == (0 if first == 0.3 else 2 * PATIENCE)


@pytest.mark.parametrize(("first", "place"), [(0.1, 2 * PATIENCE), (0.05, 4 * PATIENCE)])
def test_behind_one_half_as_likely_it_is_waited_for_twice_as_long(first, place):
    endings, ended = seen(first, *[1e-6] * (5 * PATIENCE), 0.9)
    assert ended == place
    assert endings.best.tokens == 0


def test_before_any_place_nothing_is_known():
    assert Endings().best == NOWHERE
    assert not Endings().see(math.log(0.1), 0, 0.0)


@given(st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=PATIENCE))
def test_no_later_ending_would_have_been_likelier(likely):
    """All places counted to the end, the one that was taken is the likeliest, and the shares add up to 1."""
    shares, left = [], 1.0
    for ending in likely:
        shares.append(left * ending)
        left *= 1 - ending
    endings, place = seen(*likely)
    best = endings.best.tokens
    if place < len(likely) or left <= max(shares):
        assert shares[best] == pytest.approx(max(shares))
    assert math.exp(endings.best.probability) == pytest.approx(shares[best])
    assert math.exp(endings.left) == pytest.approx(math.prod(1 - e for e in likely[: place + 1]))


def test_the_score_is_that_of_the_tokens_up_to_the_ending():
    endings, _ = seen(0.1, 0.4, 0.2, 0.3, 0.4)
    assert endings.best.score == pytest.approx(-1 + math.log(0.4))


def test_a_draft_is_cut_where_its_likeliest_ending_was():
    draft, forwards = draft_of(0.1, 0.4, 0.2, 0.3, 0.4, 0.2)
    assert (draft.texts, draft.ended, forwards) == (("a",), True, 4)
    assert draft.score == pytest.approx(math.log(0.9 * 0.4))


def test_a_draft_may_be_empty():
    draft, forwards = draft_of(0.7, 0.9)
    assert (draft.texts, draft.ended, forwards) == (("",), True, 1)


@pytest.mark.parametrize(("ending", "text", "ended"), [(0.24, "ab", True), (0.15, "abcd", False)])
def test_at_the_limit_an_ending_counts_that_was_likely_enough(ending, text, ended):
    draft, _ = draft_of(0.05, 0.05, ending, 0.05, 0.05, limit=4)
    assert (draft.texts, draft.ended) == ((text,), ended)


def test_where_a_draft_repeats_what_follows_its_likeliest_ending_counts_if_there_was_one():
    """The text after the gap is `\\nfind\\n`; the draft writes `xy\\nfind\\n`."""

    def written(behind_x: float) -> Draft:
        def says(before: str) -> dict[str | bytes | int, float]:
            ending = behind_x if before == "x" else 0.01
            return {"xy\nfind\nmore..."[len(before)]: 1 - ending, END: ending}

        task = FillTask("\nfind\n", (Span(0, 0),))
        options = FillOptions(drafts=1, temperature=0.0)
        updates = one_by_one(TableNetwork(says)).fill(task, options)
        (draft,) = [update for update in updates if isinstance(update, Draft)]
        return draft

    cut = written(0.05)
    assert (cut.texts, cut.ended, cut.nfe) == (("xy",), True, 8)
    ended = written(0.49)
    assert (ended.texts, ended.ended) == (("x",), True)
    assert ended.nfe < cut.nfe


def block_of(*lines: str, first: str) -> tuple[str, int]:
    """What fills a gap in a block, if the network would begin with `first` or else write the lines; forwards."""
    story, text = "\n".join(lines), "def f():\n    a()\n\n    return 1\n"
    at = text.index("\n    return")

    def says(before: str) -> dict[str | bytes | int, float]:
        written = len(before) - at
        if not written:
            return {first: 0.9, story[0]: 0.09}
        return {story[written] if written < len(story) else "z": 0.99}

    options = FillOptions(drafts=1, temperature=0.0, max_tokens=60)
    task = FillTask(text, (Span(at, at),), "f.py")
    updates = one_by_one(TableNetwork(says)).fill(task, options)
    (draft,) = [update for update in updates if isinstance(update, Draft)]
    return draft.texts[0], draft.nfe


@pytest.mark.parametrize("first", ["x", "#", " "])
def test_inside_a_block_a_gap_is_indented_and_ends_with_the_block(first):
    filled, forwards = block_of("    b()", "", "# Test of f", "print(f())", "", first=first)
    assert filled == "    b()"
    assert forwards == len("    b()\n\n# Test of f\n")
