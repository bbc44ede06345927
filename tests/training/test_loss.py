"""What is trained is what is used: rows of copies against encode and denoise, one by one."""

import pytest
import torch

from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import SPECIAL_TOKENS, own_special
from editdiff.training.batches.corrupt import Noise, corrupt, low_discrepancy_t
from editdiff.training.batches.loss import Given, canvas_nll, lay_out, losses

V = 90
S = own_special(V)
LENGTH = torch.tensor([20, 12])
K, L = 3, 8


@pytest.fixture(scope="module", params=[8, 0], ids=["copy head", "no copy head"])
def model(request: pytest.FixtureRequest) -> CanvasTransformer:
    torch.manual_seed(0)
    shape = {"n_layer": 2, "n_embd": 32, "n_head": 4, "n_kv_head": 2, "n_ff": 48}
    network = CanvasTransformer(NetworkConfig(vocab_size=V, n_copy=request.param, **shape))
    for p in network.parameters():
        p.data += 0.2 * torch.randn_like(p)
    return network


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    context = torch.randint(len(SPECIAL_TOKENS), V, (2, 20), generator=g)
    context[1, 12:] = S.pad
    clean = torch.randint(len(SPECIAL_TOKENS), V, (2, L), generator=g)
    clean[:, 0] = S.gaps[0]
    clean[0, 5], clean[0, 6:] = S.end, S.pad
    return context, clean


def given(
    context: torch.Tensor, length: torch.Tensor, canvas: torch.Tensor, clean: torch.Tensor
) -> Given:
    """A batch in cache order."""
    at = (torch.arange(x.shape[1]).expand(len(x), -1) for x in (context, canvas, clean))
    on_context, on_canvas, on_clean = at
    first = length[:, None]
    return Given(context, length, canvas, clean, on_context, first + on_canvas, first + on_clean)


def noisy_of(clean: torch.Tensor):  # type: ignore[no-untyped-def]
    g = torch.Generator().manual_seed(2)
    return corrupt(clean, low_discrepancy_t(len(clean), K, g), S, Noise(), g)


@torch.no_grad()
def test_a_training_row_computes_what_inference_computes(
    model: CanvasTransformer, batch: tuple[torch.Tensor, torch.Tensor]
) -> None:
    context, clean = batch
    noisy = noisy_of(clean)
    row = lay_out(given(context, LENGTH, clean, clean), noisy.ids)
    h, _ = model.trunk(row.ids, row.is_canvas, row.positions, row.mask)
    for b, n in enumerate(LENGTH.tolist()):
        cache = model.encode(context[b, :n])
        for k in range(K):
            there = model.log_probs(h[b : b + 1, 20 + k * L : 20 + (k + 1) * L], cache)
            assert torch.allclose(there, model.denoise(cache, noisy.ids[b, k : k + 1]), atol=1e-4)
        there = model.log_probs(h[b : b + 1, 20 + K * L :], cache)
        assert torch.allclose(there, model.causal(cache, clean[b : b + 1]), atol=1e-4)


@torch.no_grad()
def test_the_losses_are_the_mixed_distributions_log_likelihood(
    model: CanvasTransformer, batch: tuple[torch.Tensor, torch.Tensor]
) -> None:
    context, clean = batch
    noisy = noisy_of(clean)
    found = losses(model, given(context, LENGTH, clean, clean), noisy, S)
    canvas = causal = 0.0
    for b, n in enumerate(LENGTH.tolist()):
        cache = model.encode(context[b, :n])
        logp = model.denoise(cache, noisy.ids[b])  # [K, L, V]
        nll = -logp.gather(-1, clean[b].expand(K, -1)[..., None])[..., 0]
        canvas += float((nll * noisy.weight[b]).sum())
        logp = model.causal(cache, clean[b : b + 1, :-1])[0]
        nll = -logp.gather(-1, clean[b, 1:, None])[:, 0]
        causal += float(nll[clean[b, 1:] != S.pad].sum())
        if model.config.n_copy == 0:  # with a copy head a context token copies from its own context
            nothing = model.encode(context[b, :0])
            logp = model.causal(nothing, context[b : b + 1, : n - 1])[0]
            causal -= float(logp.gather(-1, context[b, 1:n, None]).sum())
    assert float(found.canvas) == pytest.approx(canvas, rel=1e-4)
    assert float(found.canvas_targets) == pytest.approx(float(noisy.weight.sum()), rel=1e-5)
    if model.config.n_copy == 0:
        assert float(found.causal) == pytest.approx(causal, rel=1e-4)


@torch.no_grad()
def test_the_loss_of_each_copy_adds_up_to_the_canvas_loss(
    model: CanvasTransformer, batch: tuple[torch.Tensor, torch.Tensor]
) -> None:
    context, clean = batch
    rows, noisy = given(context, LENGTH, clean, clean), noisy_of(clean)
    each = canvas_nll(model, rows, noisy, S)  # [B, K]
    whole = float((each * noisy.weight.sum(-1)).sum())
    assert whole == pytest.approx(float(losses(model, rows, noisy, S).canvas), rel=1e-4)


@torch.no_grad()
def test_copies_are_blind_to_each_other_and_to_the_clean_copy(
    model: CanvasTransformer, batch: tuple[torch.Tensor, torch.Tensor]
) -> None:
    context, clean = batch
    noisy = noisy_of(clean).ids
    other = noisy.clone()
    other[:, 1] = 50
    changed_clean = clean.clone()
    changed_clean[:, 1:4] = 60
    states = []
    for copies, last in ((noisy, clean), (other, changed_clean)):
        row = lay_out(given(context, LENGTH, clean, last), copies)
        states.append(model.trunk(row.ids, row.is_canvas, row.positions, row.mask)[0])
    a, b = states
    for k, same in ((0, True), (1, False), (2, True)):
        places = slice(20 + k * L, 20 + (k + 1) * L)
        assert torch.allclose(a[:, places], b[:, places], atol=1e-5) == same
    assert torch.allclose(a[:, :20], b[:, :20], atol=1e-6)


@torch.no_grad()
def test_the_context_stride_thins_the_causal_targets(
    model: CanvasTransformer, batch: tuple[torch.Tensor, torch.Tensor]
) -> None:
    context, clean = batch
    one, four = (
        losses(model, given(context, LENGTH, clean, clean), noisy_of(clean), S, n) for n in (1, 4)
    )
    assert float(four.causal_targets) < float(one.causal_targets)
    assert float(four.canvas) == pytest.approx(float(one.canvas))


@torch.no_grad()
def test_several_gaps_are_asked_in_both_modes_but_their_sentinels_never(
    model: CanvasTransformer,
) -> None:
    context = torch.arange(30, 50)[None]
    canvas = torch.tensor([[S.gaps[0], 60, S.end, S.pad, S.gaps[1], 61, 62, S.end]])
    clean = torch.tensor([[S.gaps[0], 60, S.end, S.gaps[1], 61, 62, S.end]])
    noisy = noisy_of(canvas)
    found = losses(model, given(context, torch.tensor([20]), canvas, clean), noisy, S, 100)
    assert float(found.causal_targets) == 5 + 1  # both gaps with their ends; one context token
    assert float(noisy.weight[..., [0, 4]].sum()) == 0
    cache = model.encode(context[0])
    logp = model.causal(cache, clean[:, :-1])[0]
    nll = -logp.gather(-1, clean[0, 1:, None])[:, 0]
    alone = losses(model, given(context, torch.tensor([20]), canvas, clean[:, :1]), noisy, S, 100)
    asked = float(found.causal - alone.causal)
    assert asked == pytest.approx(float(nll[[0, 1, 3, 4, 5]].sum()), rel=1e-4)
