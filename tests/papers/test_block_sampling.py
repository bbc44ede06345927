"""Text of any length: block by block (BD3-LM) and by strides (MDLM), against the enumeration; and when it stops."""

from itertools import islice

import chains
import numpy as np
import pytest
from chains import MASK, SPECIAL, L, Tabular, V, any_order, p_value
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess
from editdiff.errors import EngineError, UsageError
from editdiff.papers.samplers.blocks import Blocks, Text, semi_autoregressive
from editdiff.papers.samplers.stop import (
    StopRules,
    entropy,
    fixed_length,
    monotonous,
    second_eos,
)
from editdiff.papers.samplers.strides import by_strides
from editdiff.papers.samplers.table import make_sampler
from editdiff.tokens.base import IntArray
from editdiff.tokens.canvas import Canvas

SIZE = 2
BOS = np.array([V - 1])
HIT = make_sampler("first_hitting", SIZE)


class BlockTable:
    """A causal network of contexts that is a table of the block that follows; its cache is a running number."""

    def __init__(self) -> None:
        self.encoded = 0
        """Tokens encoded so far."""
        self.contexts: list[int] = []
        """Length of each context."""
        self.tables: dict[int, Tabular] = {}

    def encode(self, context: IntArray, cache: tuple[list[int], int] | None = None):
        ids, number = cache if cache and list(context[: len(cache[0])]) == cache[0] else ([], 1)
        for token in context[len(ids) :]:
            number = (31 * number + int(token)) % 1_000_003
        self.encoded += len(context) - len(ids)
        self.contexts.append(len(context))
        return context.tolist(), number

    def table(self, number: int) -> Tabular:
        return self.tables.setdefault(number, Tabular(number, SIZE))

    def propose(self, cache: tuple[list[int], int], canvas: Canvas) -> Guess:
        table = self.table(cache[1])
        if canvas.ids.shape[1] == SIZE:
            return table(canvas)
        wide = np.full((len(canvas.ids), SIZE), MASK)
        wide[:, : canvas.ids.shape[1]] = canvas.ids
        p = np.log(table.p[wide @ table.base])[:, : canvas.ids.shape[1]]
        return Guess(np.broadcast_to(np.arange(V), p.shape), p)


def write(blocks: Blocks, drafts: int = 20, network=None, how=HIT, seed=0, stop=None) -> list[Text]:
    network = network or BlockTable()
    return list(semi_autoregressive(network, BOS, drafts, how, blocks, SPECIAL, seed, stop))[-1]


def all_ids(texts: list[Text]) -> list[list[int]]:
    return [text.ids.tolist() for text in texts]


@pytest.mark.parametrize("name", ["first_hitting", "llada"])
def test_blocks_are_draws_of_the_product_of_their_own_chains(name):
    """log p(x) is the sum over the blocks of log p(x_b | x_<b), each drawn by its own sampler."""
    network, blank = BlockTable(), (MASK,) * SIZE

    def block(context: list[int]) -> chains.Dist:
        net = network.table(network.encode(np.array(context))[1])
        if name == "first_hitting":
            return any_order(net, blank)
        return chains.final([chains.surest(net, 1, range(SIZE))] * 2, blank)

    expected = {
        first + second: p * q
        for first, p in block(BOS.tolist()).items()
        for second, q in block([*BOS, *first]).items()
    }
    texts = write(Blocks(SIZE, 5), 6_000, how=make_sampler(name, SIZE))
    ids = np.stack([text.ids[1:] for text in texts])
    assert p_value(ids, expected) > 1e-3
    shuffled = np.concatenate([np.roll(ids[:, :SIZE], 1, axis=0), ids[:, SIZE:]], axis=1)
    assert p_value(shuffled, expected) < 1e-3, "the second block would not see the first"


@pytest.mark.parametrize("window", [5, 8, 1024])
def test_a_kept_cache_changes_nothing_whatever_the_window(window):
    texts = write(Blocks(SIZE, 17, window))
    assert all_ids(texts) == all_ids(write(Blocks(SIZE, 17, window, keeps_cache=False)))


def test_with_a_cache_every_finished_token_is_encoded_once():
    kept, anew = BlockTable(), BlockTable()
    write(Blocks(SIZE, 17), 1, kept)
    write(Blocks(SIZE, 17, keeps_cache=False), 1, anew)
    assert kept.encoded == 15  # all but the last block
    assert anew.encoded == sum(range(1, 16, 2))


@pytest.mark.parametrize("window", [2, 3, 6, 100])
def test_the_network_is_never_shown_more_than_the_window(window):
    network = BlockTable()
    write(Blocks(SIZE, 21, window), 3, network)
    assert max(network.contexts) == min(window - SIZE, 19)


@pytest.mark.parametrize("most", [1, 2, 3, 6, 31])
def test_a_text_becomes_as_long_as_it_may_and_no_longer(most):
    blocks = Blocks(SIZE, most)
    steps = list(semi_autoregressive(BlockTable(), BOS, 4, HIT, blocks, SPECIAL))
    assert len(steps) == -(-(most - 1) // SIZE)
    for n, texts in enumerate(steps, 1):
        assert {len(text.ids) for text in texts} == {min(1 + n * SIZE, most)}
        assert all(text.ids[0] == BOS[0] and MASK not in text.ids for text in texts)


def test_each_draft_is_the_same_whoever_is_written_beside_it():
    blocks = Blocks(SIZE, 9)
    assert all_ids(write(blocks, 6)) == [*all_ids(write(blocks, 3)), *all_ids(write(blocks, 6))[3:]]
    assert all_ids(write(blocks, 6)) != all_ids(write(blocks, 6, seed=1))


def test_a_draft_that_a_rule_stops_is_cut_there_and_the_others_go_on():
    stop = StopRules(eos=V - 1, window=2, least=0.0)
    texts = write(Blocks(SIZE, 21), 30, stop=stop)
    ended = [text for text in texts if text.ended]
    assert ended
    for text in ended:
        assert text.ids[-1] == V - 1
        assert (text.ids[1:-1] != V - 1).all()
    assert all(len(text.ids) == 21 for text in texts if not text.ended)


def test_writing_ends_when_every_draft_has_stopped():
    rounds = semi_autoregressive(
        BlockTable(), BOS, 5, HIT, Blocks(SIZE, 10_001), SPECIAL, stop=lambda ids: 1
    )
    assert len(list(islice(rounds, 10))) == 1


@pytest.mark.parametrize(
    ("size", "window", "message"), [(0, 8, "size has to be"), (4, 3, "window has to be")]
)
def test_sizes_that_cannot_be_are_named(size, window, message):
    with pytest.raises(UsageError, match=message):
        Blocks(size, 9, window)


# strides


def test_strides_are_draws_of_the_first_canvas_and_of_the_rest_after_its_end():
    net, draws = Tabular(seed=1), 20_000
    how = make_sampler("first_hitting", L)
    ids = by_strides(net, draws, L, 2, 2, how, SPECIAL, seed=1)
    expected = {
        first + second[1:]: p * q
        for first, p in any_order(net).items()
        for second, q in any_order(net, (first[-1], MASK, MASK)).items()
    }
    assert ids.shape == (draws, 5)
    assert p_value(ids, expected) > 1e-3


def test_strides_go_on_to_any_length_and_remask_nothing_that_is_given():
    net = Tabular(seed=1)
    how = make_sampler("remdm", 4, remasking="rescale", eta=0.9)
    short = by_strides(net, 50, L, 1, 3, how, SPECIAL)
    assert np.array_equal(by_strides(net, 50, L, 1, 2, how, SPECIAL), short[:, :-1])
    assert by_strides(net, 2, L, L, 4, how, SPECIAL).shape == (2, 4 * L)


@pytest.mark.parametrize("stride", [0, L + 1])
def test_a_stride_that_is_no_part_of_the_canvas_is_named(stride):
    with pytest.raises(UsageError, match="stride has to be from 1 to the length of 3"):
        by_strides(Tabular(), 1, L, stride, 1, make_sampler("first_hitting", L), SPECIAL)


# when to stop


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_entropy_is_that_of_the_shares_of_the_tokens(ids):
    shares = [ids.count(token) / len(ids) for token in set(ids)]
    assert entropy(np.array(ids)) == pytest.approx(-sum(p * np.log(p) for p in shares))
    assert entropy(np.array(ids)) <= np.log(len(set(ids))) + 1e-9


def test_a_text_is_kept_up_to_its_second_end():
    assert second_eos(np.array([0, 5, 6, 0, 7, 0]), 0) == 4
    assert second_eos(np.array([0, 5, 6]), 0) is None
    assert second_eos(np.array([5, 6]), 0) is None


def test_an_end_that_repeats_itself_is_dropped():
    varied, same = np.arange(300), np.full(256, 7)
    assert monotonous(varied) is None
    assert monotonous(np.concatenate([varied, same])) == 300
    # e^4 = 54.6: 55 tokens as often as each other are just varied enough
    assert monotonous(np.tile(np.arange(55), 5)[:256]) is None
    assert monotonous(np.tile(np.arange(54), 5)[:256]) == 0


def test_nothing_is_judged_before_there_is_more_than_a_window():
    rules = StopRules(eos=0)
    assert rules(np.zeros(256, np.int64)) is None
    assert rules(np.zeros(257, np.int64)) == 1


def test_where_both_rules_hold_monotony_decides():
    text = np.concatenate([[0], np.arange(1, 300), [0], np.full(256, 7)])
    assert StopRules(eos=0)(text) == 301
    assert StopRules(eos=0)(text[:301]) == 301
    assert StopRules(eos=0, least=0.0)(text) == 301
    assert StopRules(eos=0)(np.concatenate([[0, 5, 0], np.full(300, 7)])) == 47


def test_a_text_of_fixed_length_is_drawn_again_while_its_end_is_monotonous():
    drawn: list[int] = []

    def draw(attempt: int) -> IntArray:
        drawn.append(attempt)
        return np.arange(300) if attempt == 2 else np.zeros(300, np.int64)

    assert len(np.unique(fixed_length(draw))) == 300
    assert drawn == [0, 1, 2]
    with pytest.raises(EngineError, match="Each of 10 texts") as caught:
        fixed_length(lambda attempt: np.zeros(300, np.int64))
    assert caught.value.hint
    assert len(fixed_length(lambda attempt: np.zeros(200, np.int64))) == 200
