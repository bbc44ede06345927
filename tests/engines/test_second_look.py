"""A second look from left to right: what is likely to its left may be what the text behind it tells to be wrong."""

import numpy as np
import pytest

from editdiff.engines.doubt import FEATURES, Calibration, Logistic
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.second_look import FOLLOWS, MOST, READ_ON, Place, read_on
from editdiff.engines.surprise import CausalDoubter
from editdiff.text.span import Span

FIRST, SECOND = "put(a, 1) # a goes on\n", "put(b, 2) # b ends here\n"
NETWORK = ChainDenoiser((FIRST, FIRST, SECOND), order=8)


def place(own: str, follows: str, *others: str) -> Place:
    head = NETWORK.tokenizer.encode("(")[0]
    return Place(head, own, follows, others)


def look(told: Place, before: str = "put"):
    context = NETWORK.encode(_empty())
    cache, _ = NETWORK.extend(context, np.array(NETWORK.tokenizer.encode(before)))
    return read_on(NETWORK, cache, told)


def _empty():
    from editdiff.prompt.base import ContextParts

    return NETWORK.prompt.encode(ContextParts.around("x", [Span(0, 1)], "a.py"), 64)


def gains(told: Place) -> dict[str, float]:
    return dict(zip(READ_ON, look(told).features.tolist(), strict=True))


def test_another_token_with_which_the_rest_is_likelier_speaks_against_the_one_there():
    right, wrong = place("b", ", 2) # b ends", "a"), place("a", ", 2) # b ends", "b")
    assert gains(right)["replaced"] < 0 < gains(wrong)["replaced"]
    assert look(wrong).offers == ("b",)
    assert look(right).offers == ()


def test_one_that_is_missing_or_too_much_is_told_from_one_that_is_wrong():
    missing = gains(place(",", " 1) # a goes on", "a"))
    assert max(missing, key=lambda name: missing[name]) in ("inserted", "likelier")
    assert missing["inserted"] == missing["likelier"] > missing["replaced"]
    spare = gains(place("b", "a, 1) # a goes on", "c"))
    assert spare["dropped"] == spare["likelier"] > spare["replaced"]


def test_what_is_impossible_counts_so_much_and_no_more():
    found = gains(place("a", ", 1) # a goes on", "\0\0\0\0"))
    assert found["replaced"] == -MOST
    assert all(-MOST <= value <= MOST for value in found.values())


def test_of_a_part_of_a_character_nothing_is_told():
    assert look(place("\ufffd", ", 1)", "a")).features.tolist() == [0.0] * len(READ_ON)


def test_no_more_than_a_few_tokens_are_read_behind_it():
    read: list[int] = []

    class Counting(ChainDenoiser):
        def score(self, cache, ids):
            read.append(ids.shape[1])
            return super().score(cache, ids)

    network = Counting((FIRST,))
    read_on(network, network.encode(_empty()), place("a", "x" * 5000, "b"))
    assert read == [1 + 2 + FOLLOWS]


BLIND = Calibration(
    Logistic(-3.0, {"causal": 1.0}), Logistic(-3.0, {"likelier": 1.0}), least=0.0, lines_per_fault=1
)
"""Looks at every token again, and believes that alone."""


def doubts(text: str, calibration: Calibration, piece: int | None = None):
    made = CausalDoubter(NETWORK, calibration=calibration, piece=piece)
    return [part for part in made.doubts(text, [Span(0, len(text))], "a.py")]


def test_the_doubter_looks_again_at_what_is_doubtful_enough_and_offers_what_reads_on_better():
    text = FIRST + SECOND.replace("(b", "(a")
    at = len(FIRST) + text[len(FIRST) :].index("(") + 1
    found = {doubt.span: doubt for part in doubts(text, BLIND) for doubt in part}
    worst = max(found.values(), key=lambda doubt: doubt.probability)
    assert worst.span == Span(at, at + 1)
    assert worst.alternatives == ("b",)
    never = Calibration(BLIND.first, BLIND.again, least=2.0)
    told = {doubt.span: doubt for part in doubts(text, never) for doubt in part}
    assert told[worst.span].probability < worst.probability, "from the left both are likely"


def test_a_calibration_of_one_look_is_not_looked_at_again():
    class Once(ChainDenoiser):
        def score(self, cache, ids):
            raise AssertionError("it is read on")

    once = Calibration(BLIND.first, BLIND.first, least=0.0)
    made = CausalDoubter(Once((FIRST,)), calibration=once)
    assert list(made.doubts(FIRST, [Span(0, len(FIRST))], "a.py"))


@pytest.mark.parametrize("piece", [1, 5, 40])
def test_in_pieces_the_same_is_told_and_a_reader_may_stop_behind_each_second_look(piece):
    text = FIRST + SECOND.replace("(b", "(a")
    whole = [doubt for part in doubts(text, BLIND) for doubt in part]
    parts = doubts(text, BLIND, piece)
    assert [doubt for part in parts for doubt in part] == whole
    assert sum(not part for part in parts) >= sum(not c.isspace() for c in text)


def test_the_calibration_of_a_second_look_is_written_and_read():
    assert Calibration.of(BLIND.to_json()) == BLIND
    assert set(READ_ON).isdisjoint(FEATURES)
