import pytest
import torch

from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer

CONFIG = NetworkConfig(
    vocab_size=120, n_layer=2, n_embd=32, n_head=4, n_kv_head=2, n_ff=48, n_copy=8
)


@pytest.fixture(params=[8, 0], ids=["copy head", "no copy head"])
def model(request: pytest.FixtureRequest) -> CanvasTransformer:
    torch.manual_seed(0)
    config = NetworkConfig(**{**CONFIG.__dict__, "n_copy": request.param})
    network = CanvasTransformer(config).eval()
    for p in network.parameters():  # away from the symmetric start, so that every part matters
        p.data += 0.2 * torch.randn_like(p)
    return network


CONTEXT = torch.arange(20, 60)
CANVAS = torch.tensor([[10, 1, 1, 33, 1], [10, 44, 1, 1, 1]])


def test_both_modes_give_normalised_distributions(model: CanvasTransformer) -> None:
    cache = model.encode(CONTEXT)
    for logp in (model.denoise(cache, CANVAS), model.causal(cache, CANVAS)):
        assert logp.shape == (2, 5, 120)
        assert torch.allclose(logp.exp().sum(-1), torch.ones(2, 5), atol=1e-5)


def test_a_context_encoded_in_chunks_is_the_context_encoded_whole(
    model: CanvasTransformer,
) -> None:
    whole = model.encode(CONTEXT)
    chunked = model.encode(CONTEXT[31:], model.encode(CONTEXT[7:31], model.encode(CONTEXT[:7])))
    assert torch.equal(whole.ids, chunked.ids)
    assert torch.allclose(model.denoise(whole, CANVAS), model.denoise(chunked, CANVAS), atol=1e-4)


def test_a_batch_is_its_drafts_one_by_one(model: CanvasTransformer) -> None:
    cache = model.encode(CONTEXT)
    together = model.denoise(cache, CANVAS)
    apart = torch.cat([model.denoise(cache, row[None]) for row in CANVAS])
    assert torch.allclose(together, apart, atol=1e-5)


def test_denoising_looks_both_ways_and_the_causal_mode_only_back(
    model: CanvasTransformer,
) -> None:
    cache = model.encode(CONTEXT)
    changed = CANVAS.clone()
    changed[:, -1] = 77
    before, after = model.denoise(cache, CANVAS), model.denoise(cache, changed)
    assert not torch.allclose(before[:, 1], after[:, 1], atol=1e-4)
    before, after = model.causal(cache, CANVAS), model.causal(cache, changed)
    assert torch.allclose(before[:, :-1], after[:, :-1], atol=1e-6)


def test_the_mode_is_visible_on_clean_tokens(model: CanvasTransformer) -> None:
    cache = model.encode(CONTEXT)
    one = torch.tensor([[10]])
    assert not torch.allclose(model.denoise(cache, one), model.causal(cache, one), atol=1e-3)


def test_encoding_does_not_change_the_cache_it_extends(model: CanvasTransformer) -> None:
    cache = model.encode(CONTEXT)
    before = model.denoise(cache, CANVAS)
    model.encode(torch.arange(60, 70), cache)
    assert torch.equal(model.denoise(cache, CANVAS), before)


def test_the_copy_head_raises_what_stands_in_the_context() -> None:
    torch.manual_seed(0)
    model = CanvasTransformer(CONFIG).eval()
    cache = model.encode(CONTEXT)
    model.copy_gate.bias.data.fill_(-20.0)
    without = model.denoise(cache, CANVAS).exp()
    model.copy_gate.bias.data.fill_(0.0)
    gained = model.denoise(cache, CANVAS).exp() - without
    assert (gained[..., 20:60].sum(-1) > 0.2).all()
    assert (gained[..., 60:] <= 0).all()
