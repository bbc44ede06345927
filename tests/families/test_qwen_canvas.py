"""A canvas beside the rows of a trunk: it sees what its anchor sees, and nothing sees it."""

import numpy as np
import pytest
import torch
from tiny_gguf import random_adapter, tiny_qwen, with_canvas, write_model

from editdiff.denoise.loop import denoise
from editdiff.denoise.policy import make_policy
from editdiff.errors import EngineError, ModelError, UsageError
from editdiff.families.base import FLAT, DraftingDenoiser, Sequel, StepCosts, costs_of
from editdiff.families.load import load
from editdiff.families.qwen.adapter import FILE
from editdiff.families.qwen.canvas import SamplerHead
from editdiff.families.qwen.trunk import Rows
from editdiff.families.running import BY_CANVAS, Running
from editdiff.prompt.base import ContextParts
from editdiff.store.source import Source
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas

IDS, BEHIND = np.array([40, 41, 42, 43]), np.array([-1, 0, 1, 0])
EXACT = 2e-4


@pytest.fixture(scope="module", params=["openvino", "torch"])
def network(request, tmp_path_factory):
    return with_canvas(tmp_path_factory.mktemp("canvas"), request.param == "torch")


@pytest.fixture
def cache(network):
    text = "def area(width, height):\n    return width\n"
    parts = ContextParts.around(text, [Span(30, 35)], "m.py")
    return network.encode(network.prompt.encode(parts, 64))


def test_it_writes_what_it_would_have_written_without_a_canvas(network, cache):
    longer, guess, aheads = network.write_and_draft(cache, IDS, BEHIND, np.array([1, 3]), 5)
    plain, told = network.write(cache, IDS, BEHIND, np.arange(4))
    assert np.array_equal(guess.ids[..., 0], told.ids[..., 0])
    assert np.abs(guess.logp[..., :4] - told.logp[..., :4]).max() < EXACT
    assert longer.slots.count == plain.slots.count
    assert np.array_equal(longer.sees, plain.sees) and np.array_equal(longer.at, plain.at)
    assert [len(list(ahead.behind(44))) for ahead in aheads] == [5, 5]


def test_what_comes_after_it_does_not_see_it(network, cache):
    more, tip = np.array([50]), np.array([3])
    longer, _, _ = network.write_and_draft(cache, IDS, BEHIND, np.array([0, 1, 2, 3]), 3)
    plain, _ = network.write(cache, IDS, BEHIND, np.arange(4))
    (_, one), (_, other) = (
        network.write(each, more, tip, np.arange(1)) for each in (longer, plain)
    )
    assert np.abs(one.logp[..., :4] - other.logp[..., :4]).max() < EXACT


def test_what_is_given_up_of_a_tree_leaves_no_trace(network, cache):
    """What is written next is computed, and read on, as where nothing had stood behind."""
    one, more, every = np.array([50, 51]), np.array([1, 2]), np.arange(2)
    longer, _ = network.write(cache, IDS, np.arange(-1, 3), np.arange(4))
    short, _ = network.write(cache, IDS[:2], np.arange(-1, 1), np.arange(2))
    kept = network.only(longer, 2)
    assert kept.slots.count == short.slots.count and np.array_equal(kept.at, short.at)
    (after, told), (_, expected) = (network.write(c, one, more, every) for c in (kept, short))
    assert np.abs(told.logp[..., :4] - expected.logp[..., :4]).max() < EXACT
    assert after.slots.arrays is longer.slots.arrays, "in the same room"


def test_an_ending_is_judged_as_if_nothing_were_guessed_behind_it(network, cache):
    guessed, _ = network.write(cache, IDS, np.arange(-1, 3), np.arange(4))
    sequels = [Sequel(int(IDS[n]), n - 1, (60, 61, 62), -1.0) for n in (3, 1, 0)]
    told = network.likelihoods(guessed, sequels)
    for sequel, found in zip(sequels, told, strict=True):  # each time less is left of the tree
        guessed = network.only(guessed, sequel.behind + 1)
        (alone,) = network.likelihoods(guessed, [sequel])
        assert np.array_equal(alone, found)


def test_its_places_are_those_of_rows_behind_the_gate(network, cache):
    """Each sees the context, its anchor's path, and all places of its own canvas."""
    _, _, (first, second) = network.write_and_draft(cache, IDS, BEHIND, np.array([2, 3]), 2)
    context, at = len(cache.prompt.ids), int(cache.prompt.at[-1]) + 1
    for ahead, path in ((first, [40, 41, 42]), (second, [40, 43])):
        n = len(path)
        ids = np.array([*path, 0, 0])
        sees = np.ones((n + 2, context + n + 2), dtype=np.bool_)
        sees[:n, context:] = np.tri(n, n + 2, dtype=np.bool_)
        gate = np.arange(n + 2) >= n
        rows = Rows(ids, at + np.arange(n + 2), sees, gate, gate)
        with cache.slots.lent():
            _, hidden = network.trunk.infer(cache.slots, rows)
        assert np.abs(ahead.hidden - hidden[n:]).max() < 10 * EXACT


def test_the_sampler_head_is_the_one_that_was_trained(network):
    from editdiff.training.adapter.sampler import SamplerHead as Trained

    stored = random_adapter(network.trunk.config)
    head, width = SamplerHead.of(stored), network.trunk.config.width
    trained = Trained(width, len(stored.sampler[0]))
    with torch.no_grad():
        trained.first.copy_(torch.from_numpy(stored.sampler[0]))
        trained.second.copy_(torch.from_numpy(stored.sampler[1]))
        hidden, before = (
            torch.randn(width, generator=torch.Generator().manual_seed(i)) for i in (1, 2)
        )
        expected = trained(hidden, before).numpy()
    assert np.allclose(head(hidden.numpy(), before.numpy()), expected, atol=1e-5)


def test_each_place_is_chosen_in_view_of_the_one_before(network, cache):
    _, _, (ahead,) = network.write_and_draft(cache, IDS[:1], BEHIND[:1], np.array([0]), 4)
    texts = {tuple(token for token, _ in ahead.behind(first)) for first in range(30, 60)}
    assert len(texts) > 1
    assert all(0 < sure <= 1 for _, sure in ahead.behind(30))


def test_a_trunk_without_an_adapter_has_no_canvas(tmp_path):
    network = tiny_qwen(tmp_path)
    assert isinstance(network, DraftingDenoiser) and network.canvas_places == 0
    with pytest.raises(ValueError, match="without an adapter"):
        network.write_and_draft(None, IDS, BEHIND, np.array([0]), 1)


def test_a_network_that_tells_no_costs_has_the_usual_ones():
    assert costs_of(object()) == costs_of(None) != FLAT
    assert isinstance(costs_of(object()), StepCosts)


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return write_model(tmp_path)


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_a_model_is_loaded_with_its_canvas_where_that_is_wanted(model, engine):
    there = load(model).trunk.config
    random_adapter(there, trunk=Source.read(model).sha256).write(model / FILE)
    assert load(model, Running(engine, 1)).canvas_places == 0
    assert load(model, Running(engine, 1, BY_CANVAS)).canvas_places > 0


def test_a_model_without_a_canvas_says_so(model):
    with pytest.raises(ModelError, match="tiny has no canvas that could draft"):
        load(model, Running(drafter=BY_CANVAS))


def test_an_adapter_of_another_trunk_is_refused(model):
    random_adapter(load(model).trunk.config).write(model / FILE)
    with pytest.raises(ModelError, match="an adapter of another trunk"):
        load(model, Running(drafter=BY_CANVAS))


def test_who_drafts_is_one_of_those_there_are():
    with pytest.raises(UsageError, match="drafter has to be one of canvas, lookup, none"):
        Running(drafter="oracle")


def standing(network, text=(40, 41, 42, 43), doubted=(1, 2), drafts=1, size=8):
    special = network.tokenizer.special
    return Canvas.standing(special, drafts, text, doubted, size, 7)


def test_places_are_named_in_view_of_both_sides(network, cache):
    canvas = standing(network)
    guess = network.propose(cache, canvas)
    assert guess.ids.shape[:2] == canvas.ids.shape
    other = network.propose(cache, standing(network, (40, 41, 42, 99)))
    assert np.abs(guess.logp[0, 3] - other.logp[0, 3]).max() > 1e-3, "what stands behind is seen"
    unseen = network.propose(cache, standing(network, (40, 88, 77, 43)))
    assert np.array_equal(guess.ids[0, 2:5], unseen.ids[0, 2:5]), "what is masked is not"


def test_the_first_place_is_the_trunks(network, cache):
    guess = network.propose(cache, standing(network))
    _, told = network.trunk.infer(
        cache.slots,
        Rows(
            np.array([7]),
            np.array([int(cache.prompt.at[-1]) + 1]),
            np.ones((1, len(cache.prompt.ids) + 1), dtype=np.bool_),
        ),
    )
    own, _ = network.trunk.follows(told, np.zeros((1, 1), dtype=np.int64))
    assert np.array_equal(guess.ids[0, 1, :4], own.ids[0, 0, :4])


def test_what_is_no_text_of_the_gap_stays_as_it_is(network, cache):
    canvas = standing(network)
    guess = network.propose(cache, canvas)
    for place in (0, 5, 6, 7):
        assert guess.ids[0, place, 0] == network.tokenizer.special.end
        assert guess.logp[0, place, 0] == 0


def test_what_is_asked_is_told_at_its_place(network, cache):
    canvas = standing(network)
    asked = np.full(canvas.ids.shape, 44)
    guess = network.propose(cache, canvas, asked)
    for place in range(1, 5):
        kept = guess.ids[0, place] == 44
        if kept.any():
            assert guess.asked[0, place] == pytest.approx(
                float(guess.logp[0, place][kept][0]), abs=1e-4
            )
    assert (guess.asked[0, 1:5] < 0).all()


def test_drafts_of_a_canvas_do_not_see_each_other(network, cache):
    one, both = standing(network), standing(network, drafts=2)
    both = both.write(
        np.full(both.ids.shape, 50), np.array([[0] * 8, [0, 0, 1] + [0] * 5], dtype=bool)
    )
    (first, second), alone = (
        network.propose(cache, both).ids[:, 1:5, 0],
        network.propose(cache, one).ids,
    )
    assert np.array_equal(first, alone[0, 1:5, 0])
    assert len(second) == 4


def test_the_loop_denoises_such_a_canvas_to_its_end(network, cache):
    policy = make_policy("top_k", reopen="token", k=1)
    steps = list(denoise(lambda c: network.propose(cache, c), standing(network), policy, 12))
    last = steps[-1].canvas
    assert not last.masked.any()
    assert last.ids[0, [1, 4]].tolist() == [40, 43], "locks"


def test_several_gaps_and_too_many_places_are_refused(network, cache):
    special = network.tokenizer.special
    with pytest.raises(EngineError, match="holds one gap"):
        network.propose(cache, Canvas.blank(special, 1, [3, 3], [7, 7]))
    many = list(range(40, 40 + 40)) * 7
    with pytest.raises(EngineError, match="280 places are more than the 255 of a canvas"):
        network.propose(cache, standing(network, many, (0,), size=290))
