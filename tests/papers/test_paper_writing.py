"""Sampling from networks of the papers' objectives: caches are exact, every sampler writes, texts end."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_zoo import ROW, SHAPE, trained

from editdiff.errors import UsageError
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.papers.blocks import block_causal
from editdiff.papers.run.byte_text import BEGIN, MASK, VOCAB
from editdiff.papers.run.paper_model import PaperModel
from editdiff.papers.run.paper_network import PaperNetwork
from editdiff.papers.run.paper_sampling import CachedBlocks, NextToken, Rows, WholeBlocks
from editdiff.papers.run.paper_writing import Ending, Wish, write_text
from editdiff.papers.samplers.sampling import plain, text_canvas
from editdiff.papers.samplers.table import SAMPLERS


def random_network() -> PaperNetwork:
    torch.manual_seed(0)
    network = CanvasTransformer(SHAPE)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(torch.randn(p.shape) * 0.2)  # as if trained: no part without effect
    return PaperNetwork(network)


NETWORK = random_network()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PaperModel]:
    folder = tmp_path_factory.mktemp("models")
    return {
        name: trained(folder / name, name, 4 if name == "bd3lm" else None)
        for name in ("ar", "bd3lm", "genmd4", "gidd", "mdlm", "sedd")
    }


def ids_of(length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(BEGIN, size=length)


@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 99))
@settings(max_examples=30)
def test_a_block_over_a_cache_is_the_block_of_the_whole_forward(size, known, more, seed):
    text = ids_of(size * (known + more), seed)
    cached, whole = CachedBlocks(NETWORK, size), WholeBlocks(NETWORK, size)
    canvas = text_canvas(plain(MASK), 2, size)
    first = cached.encode(text[: size * known])
    one = cached.propose(cached.encode(text, first), canvas)
    other = whole.propose(whole.encode(text), canvas)
    everything = np.full((2, size), VOCAB - 1)
    for token in range(0, VOCAB - 1, 50):
        wanted = np.full_like(everything, token)
        assert one.logp_of(wanted) == pytest.approx(other.logp_of(wanted), abs=1e-4)


def test_only_what_is_new_is_encoded_and_a_changed_block_is_encoded_again():
    cached, text = CachedBlocks(NETWORK, 4), ids_of(12, 0)
    first = cached.encode(text[:8])
    again = cached.encode(text[:8], first)
    assert cached.evaluations == 1
    assert torch.equal(again.ids, first.ids)
    changed = text.copy()
    changed[5] = (changed[5] + 1) % BEGIN
    fresh, reused = CachedBlocks(NETWORK, 4).encode(changed), cached.encode(changed, first)
    for a, b in zip(fresh.layers, reused.layers, strict=True):
        assert torch.allclose(a[0], b[0], atol=1e-5)
        assert torch.allclose(a[1], b[1], atol=1e-5)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 99))
@settings(max_examples=30)
def test_the_next_token_over_a_cache_is_that_of_the_causal_forward(known, more, seed):
    text = ids_of(known + more, seed)
    network = NextToken(NETWORK)
    cache = network.encode(text, network.encode(text[:known]))
    guess = network.propose(cache, text_canvas(plain(MASK), 1, 1))
    before = torch.from_numpy(np.concatenate([[MASK], text]))[None]
    with torch.no_grad():
        logits = NETWORK(before, attend=block_causal(before.shape[1], 1))[0, -1]
    expected = logits[:MASK].double().log_softmax(-1)
    for token in range(0, BEGIN, 40):
        told = guess.logp_of(np.array([[token]]))[0, 0]
        assert told == pytest.approx(float(expected[token]), abs=1e-4)


def test_no_sampler_ever_writes_a_mask(models):
    guess = Rows(models["mdlm"])(text_canvas(plain(MASK), 2, ROW))
    assert np.isneginf(guess.logp_of(np.full((2, ROW), MASK))).all()
    assert np.exp(guess.logp).sum(axis=-1) == pytest.approx(1.0)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_every_sampler_writes_rows_to_any_length(models, sampler):
    name = {"analytic": "sedd", "gidd": "gidd"}.get(sampler, "mdlm")
    written = write_text(models[name], Wish(3 * ROW + 1, sampler, steps=4))
    assert written.ids.shape == (3 * ROW + 1,)
    assert (written.ids < MASK).all()
    assert 0 < written.evaluations <= 4 * 6


@pytest.mark.parametrize("name", ["ar", "bd3lm"])
def test_blocks_go_on_beyond_the_rows_of_the_training(models, name):
    written = write_text(models[name], Wish(3 * ROW))
    assert written.ids.shape == (3 * ROW,)
    assert (written.ids < MASK).all()
    assert written.why == "the length is reached"


@pytest.mark.parametrize("name", ["ar", "bd3lm", "mdlm"])
def test_a_seed_gives_its_text_again_and_another_one_another(models, name):
    one, again, other = (write_text(models[name], Wish(20, seed=s)).ids for s in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize("name", ["genmd4", "gidd"])
def test_noise_of_its_own_is_taken_back_by_a_sampler_of_its_own(models, name):
    plainly, own = (write_text(models[name], Wish(ROW, s, steps=8)).ids for s in (None, name))
    assert (plainly == own).all()


def test_the_learnt_powers_change_what_is_written(models):
    """They say when a token comes, and so what the others see."""
    model = models["genmd4"]
    before = write_text(model, Wish(ROW, steps=8)).ids
    raw = model.objective.schedule.raw
    kept = raw.detach().clone()
    with torch.no_grad():
        raw += torch.linspace(-3, 3, len(raw))
    assert (write_text(model, Wish(ROW, steps=8)).ids != before).any()
    with torch.no_grad():
        raw.copy_(kept)


def test_every_wish_changes_something(models):
    plainly = write_text(models["mdlm"], Wish(ROW, steps=ROW))
    for wish in (
        Wish(ROW, "p2", ROW), Wish(ROW, steps=2), Wish(ROW, steps=ROW, top_p=0.1),
        Wish(ROW, steps=ROW, temperature=0.1), Wish(ROW, "llada", ROW, block_size=4),
    ):  # fmt: skip
        assert (write_text(models["mdlm"], wish).ids != plainly.ids).any(), wish
    blocks = [write_text(models["bd3lm"], Wish(ROW, block_size=size)) for size in (2, 4)]
    assert (blocks[0].ids != blocks[1].ids).any()


@pytest.mark.parametrize(
    ("name", "wish", "says"),
    [
        ("mdlm", Wish(0), "--length must be at least 1"),
        ("mdlm", Wish(9, "nonsense"), "no sampler 'nonsense'"),
        ("mdlm", Wish(9, block_size=4), "means nothing for mdlm"),
        ("mdlm", Wish(9, top_p=0.0), "top_p"),
        ("mdlm", Wish(9, temperature=-1.0), "temperature"),
        ("mdlm", Wish(9, steps=0), "steps"),
        ("ar", Wish(9, block_size=4), "has no blocks"),
        ("bd3lm", Wish(9, block_size=0), "--block-size must be from 1"),
        ("bd3lm", Wish(9, "analytic"), "analytic"),
        ("mdlm", Wish(9, "gidd"), "which mdlm never saw"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_a_sentence(models, name, wish, says):
    with pytest.raises(UsageError, match=says):
        write_text(models[name], wish)


def test_a_text_ends_where_the_next_one_begins_or_where_it_says_the_same_again():
    various = np.arange(300) % 200
    ending = Ending()
    assert ending(various) is None
    ended = np.insert(various, 270, BEGIN)
    assert ending(ended) == 271
    assert ending.why == "the text ends"
    same = np.concatenate([various, np.full(256, 7)])
    assert ending(same) == 300
    assert "less than 1 nats of entropy" in ending.why
    assert Ending()(np.full(200, 7)) is None  # nothing is judged so early
