"""Packed rows compute what padded rows compute."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import SPECIAL_TOKENS, own_special
from editdiff.training.batches.corrupt import Noise
from editdiff.training.batches.data import Batch, BatchPlan, collate
from editdiff.training.batches.packed import Dense, Flex, PackedRows
from editdiff.training.batches.recipe import Optimisation, Recipe
from editdiff.training.batches.rowwise import Rowwise
from editdiff.training.tasks.rows import Row

V = 90
S = own_special(V)
CPU = torch.device("cpu")


def recipe(n_copy: int = 16, **optim: object) -> Recipe:
    return Recipe(
        "tiny",
        network=NetworkConfig(
            vocab_size=V, n_layer=2, n_embd=64, n_head=4, n_kv_head=2, n_ff=48, n_copy=n_copy
        ),
        batch=BatchPlan(
            tokens=1024, sequence=256, canvases=(16,), canvas_shares=(1.0,), copies=(3,)
        ),
        noise=Noise(),
        optim=replace(Optimisation(own_samples_every=0, context_stride=2), **optim),  # type: ignore[arg-type]
    )


def network(r: Recipe) -> CanvasTransformer:
    torch.manual_seed(0)
    model = CanvasTransformer(r.network)
    for p in model.parameters():
        p.data += 0.1 * torch.randn_like(p)
    return model


@pytest.fixture
def batch() -> Batch:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(6):
        gaps = [
            np.append(rng.integers(len(SPECIAL_TOKENS), V, int(rng.integers(1, 9))), S.end)
            for _ in range(1 + i % 2)
        ]
        target = np.concatenate(gaps)
        draft = (
            np.append(rng.integers(len(SPECIAL_TOKENS), V, len(target) - 1), S.end)
            if i == 4
            else None
        )
        context = rng.integers(len(SPECIAL_TOKENS), V, int(rng.integers(5, 60)))
        rows.append(Row(context, target, draft))
    return collate(rows, 16, 3, S)


@pytest.mark.parametrize("n_copy", [16, 0], ids=["copy head", "no copy head"])
def test_losses_and_gradients_are_those_of_padded_rows(batch: Batch, n_copy: int) -> None:
    r = recipe(n_copy)
    found = []
    for kind in (Rowwise, PackedRows):
        model, form = network(r), kind(r, S, CPU)
        loss = form.losses(model, form.prepare(batch, 3))
        loss.total().backward()  # type: ignore[no-untyped-call]
        found.append((loss, {n: p.grad for n, p in model.named_parameters()}))
    (rowwise, there), (packed, here) = found
    assert torch.allclose(rowwise.sums(), packed.sums(), rtol=1e-4)
    for name, gradient in there.items():
        assert gradient is not None
        assert here[name] is not None
        assert torch.allclose(gradient, here[name], atol=2e-4), name


def test_every_row_is_packed_once_and_no_sequence_overflows(batch: Batch) -> None:
    packed = PackedRows(recipe(), S, CPU).prepare(batch, 0)
    assert packed.ids.shape == (4, 256)
    assert packed.left_out == 0
    for i, n in enumerate(batch.context_length):
        places = packed.row == i
        assert packed.ids[places][:n].tolist() == batch.context[i, :n].tolist()
        assert int((places & packed.is_canvas).sum()) == 3 * 16
    assert (packed.ids[packed.row < 0] == S.pad).all()
    assert (packed.weight[packed.row < 0] == 0).all()


def test_rows_without_room_are_counted(batch: Batch) -> None:
    r = recipe()
    small = replace(r, batch=replace(r.batch, tokens=256))
    assert PackedRows(small, S, CPU).prepare(batch, 0).left_out > 0


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@torch.no_grad()
def test_flex_attention_computes_what_dense_masks_compute(batch: Batch) -> None:
    r = recipe()
    form, model = PackedRows(r, S, CPU), network(r)
    packed = form.prepare(batch, 0)
    flex, dense = Flex(form.shape, CPU), Dense(form.shape, CPU)
    h = form.states(model, packed, dense.trunk(packed))
    real = packed.row >= 0
    other = form.states(model, packed, flex.trunk(packed))
    assert torch.allclose(h[real], other[real], atol=1e-4)
    q, k = model.copy_q(h), model.copy_k(h)
    here, there = (a.copied(q, k, packed)[real] for a in (dense, flex))
    assert torch.allclose(here.exp(), there.exp(), atol=1e-5)


def test_own_samples_stand_at_masks_of_text_only(batch: Batch) -> None:
    r = recipe(own_samples_every=1, own_samples_rate=1.0)
    form, model = PackedRows(r, S, CPU), network(r)
    before = form.prepare(batch, 0)
    shown = form.with_own_samples(model, before, form.attention.trunk(before))
    changed = shown.ids != before.ids
    assert changed.any()
    assert not (changed & ~before.replaceable).any()
    assert (before.ids[changed] == S.mask).all()


def test_the_first_copy_stays_as_it_is(batch: Batch) -> None:
    packed = PackedRows(recipe(), S, CPU).prepare(batch, 0)
    assert not (packed.replaceable & (packed.part == 1)).any()
