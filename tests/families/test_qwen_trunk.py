"""Both runtimes of the trunk against the same network in plain numpy."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qwen_reference import Reference
from tiny_gguf import TINY, Checkpoint, pack

from editdiff.denoise.guess import TOP
from editdiff.errors import MissingDependencyError, ModelError
from editdiff.families.qwen import graph, runtime
from editdiff.families.qwen.config import FILE
from editdiff.families.qwen.graph import Adapter
from editdiff.families.qwen.slots import STEP, Slots
from editdiff.families.qwen.torch_trunk import TorchTrunk
from editdiff.families.qwen.trunk import SIZES, Rows, Trunk

RUNTIMES: dict[str, Callable[..., Any]] = {
    "openvino": lambda there, adapter=None: Trunk(there, 1, adapter),
    "torch": lambda there, adapter=None: TorchTrunk(there, adapter, "cpu"),
}
EXACT = 5e-5
"""By how much hidden states of fp32 part from those of fp64."""
WIDE = Checkpoint(rows=4300, width=256)
"""Wide enough for activations of 8 bits, with more logits than TOP groups, and a broken last group."""
GROUPED = Checkpoint(rows=(TOP + 2) * graph.GROUP, layers=1)
"""As many logits as are reduced by groups."""


in_8_bits = pytest.mark.skipif(
    "vnni" not in Path("/proc/cpuinfo").read_text(),
    reason="without products of 8 bits single rows are summed in another order than several",
)


class Made(NamedTuple):
    """A runtime over a packed folder, and what it is held to."""

    run: Any
    reference: Reference


@pytest.fixture(scope="module")
def make(tmp_path_factory) -> Callable[..., Made]:
    """Make a runtime over a checkpoint, once each."""
    folders: dict[Checkpoint, Path] = {}

    @cache
    def made(name: str, checkpoint: Checkpoint = TINY) -> Made:
        if checkpoint not in folders:
            folders[checkpoint] = pack(tmp_path_factory.mktemp("trunk"), checkpoint)
        return Made(RUNTIMES[name](folders[checkpoint]), Reference(folders[checkpoint]))

    return made


@pytest.fixture(scope="module", params=RUNTIMES)
def tiny(request, make) -> Made:
    return make(request.param)


def ids_of(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, TINY.rows, count)


def causal(count: int, before: int = 0) -> np.ndarray:
    """[count, before + count]"""
    return np.tri(count, before + count, before, dtype=np.bool_)


def in_order(ids: np.ndarray, before: int = 0) -> Rows:
    return Rows(ids, np.arange(before, before + len(ids)), causal(len(ids), before))


def written(slots: Slots) -> np.ndarray:
    """A copy of what the slots hold."""
    layers = slots.layers[:, :, : slots.count]
    return layers.copy() if isinstance(layers, np.ndarray) else layers.numpy().copy()


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("count", [1, 2, 5, 13, 64, 100, 256])
def test_every_row_of_a_context_is_what_the_paper_says(count, tiny):
    ids = ids_of(count)
    _, hidden = tiny.run.infer(tiny.run.empty(), in_order(ids))
    expected = tiny.reference.hidden(ids, np.arange(count), causal(count))
    assert hidden.dtype == np.float32 and hidden.shape == expected.shape
    assert np.abs(hidden - expected).max() < EXACT


@pytest.mark.parametrize("count", [257, 300, 600])
def test_more_rows_than_are_run_at_once_are_one_context_all_the_same(count, tiny):
    assert count > SIZES[-1]
    ids = ids_of(count)
    slots, hidden = tiny.run.infer(tiny.run.empty(), in_order(ids))
    expected = tiny.reference.hidden(ids, np.arange(count), causal(count))
    assert np.abs(hidden - expected).max() < EXACT
    assert slots.count == count


@pytest.mark.parametrize("count", [1, 16, 100])
def test_with_activations_of_8_bits_it_stays_near(count, make):
    run, reference = make("openvino", WIDE)
    ids = ids_of(count)
    _, hidden = run.infer(run.empty(), in_order(ids))
    expected = reference.hidden(ids, np.arange(count), causal(count))
    off = np.abs(hidden - expected)
    assert off.mean() < 0.03 * expected.std() and off.max() < 0.3 * expected.std()
    _, told = run.follows(hidden, ids[:, None])
    exact = np.take_along_axis(log_softmax(reference.logits(expected)), ids[:, None], axis=1)
    assert np.abs(told - exact).mean() < 0.15


@pytest.mark.parametrize("count", [1, 16, 100])
def test_in_bf16_as_on_a_gpu_it_stays_near(count, tmp_path):
    # in a thread of its own: one that has used matrix tiles (AMX) may be killed by the next signal
    with ThreadPoolExecutor(1) as thread:
        thread.submit(stays_near_in_bf16, count, tmp_path).result()


def stays_near_in_bf16(count, tmp_path):
    there, adapter = pack(tmp_path), adapter_of(TINY)
    run = TorchTrunk(there, adapter, "cpu", torch.bfloat16)
    ids, gate = ids_of(count), np.arange(count) % 2 == 1
    slots, first = run.infer(
        run.empty(), Rows(ids[:3], np.arange(3)[:count], causal(count)[:3, :3], gate[:3])
    )
    hidden = first
    if count > 3:
        sees = causal(count - 3, 3)
        _, rest = run.infer(slots, Rows(ids[3:], np.arange(3, count), sees, gate[3:]))
        hidden = np.concatenate((first, rest))
    expected = Reference(there, adapter).hidden(ids, np.arange(count), causal(count), gate * 1.0)
    assert hidden.dtype == np.float32
    assert np.abs(hidden - expected).mean() < 0.05 * expected.std()
    guess, _ = run.follows(hidden, ids[:, None])
    exact = log_softmax(hidden.astype(np.float64) @ run.tied.rows(np.arange(TINY.rows)).T)
    assert np.allclose(guess.logp[0, :, 0], exact.max(axis=1), atol=1e-4), "logits are not rounded"


@pytest.mark.parametrize("checkpoint", [TINY, WIDE, GROUPED], ids=["few", "broken group", "groups"])
@pytest.mark.parametrize("name", RUNTIMES)
def test_the_top_is_that_of_a_full_sort_and_the_asked_are_told(name, checkpoint, make):
    run, reference = make(name, checkpoint)
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(45, checkpoint.width)).astype(np.float32)  # more than AT_ONCE
    asked = rng.integers(0, checkpoint.rows, (45, 3))
    guess, told = run.follows(hidden, asked)
    exact = log_softmax(reference.logits(hidden.astype(np.float64)))
    near = 0.3 if checkpoint.width >= 128 and name == "openvino" else 1e-4
    order = np.argsort(-exact, axis=1)[:, :TOP]
    assert guess.ids.shape == guess.logp.shape == (1, 45, TOP)
    assert (np.diff(guess.logp[0], axis=1) <= 0).all()
    assert np.allclose(guess.logp[0], np.take_along_axis(exact, order, axis=1), atol=near)
    assert np.allclose(guess.logp[0], np.take_along_axis(exact, guess.ids[0], axis=1), atol=near)
    assert all(len(set(row)) == TOP for row in guess.ids[0].tolist())
    assert np.allclose(told, np.take_along_axis(exact, asked, axis=1), atol=near)
    normaliser = np.log(np.exp(reference.logits(hidden.astype(np.float64))).sum(axis=1))
    assert np.allclose(guess.log_normaliser[0], normaliser, atol=near)


@pytest.mark.parametrize("checkpoint", [WIDE, GROUPED], ids=["broken group", "groups"])
def test_what_is_asked_for_is_told_as_the_top_tells_it(checkpoint, make):
    run, _ = make("openvino", checkpoint)
    hidden = np.random.default_rng(2).normal(size=(7, checkpoint.width)).astype(np.float32)
    guess, _ = run.follows(hidden, np.zeros((7, 1), dtype=np.int64))
    again, told = run.follows(hidden, guess.ids[0])
    assert np.allclose(told, again.logp[0], atol=1e-6)


@given(st.integers(1, 40), st.integers(0, 2**16))
@settings(max_examples=20)
def test_whatever_rows_see_of_each_other_they_see_that_alone(tiny, count, seed):
    rng = np.random.default_rng(seed)
    sees = causal(count) & ((rng.random((count, count)) < 0.5) | np.eye(count, dtype=np.bool_))
    ids, at = ids_of(count, seed), rng.integers(0, 2000, count)
    _, hidden = tiny.run.infer(tiny.run.empty(), Rows(ids, at, sees))
    assert np.abs(hidden - tiny.reference.hidden(ids, at, sees)).max() < EXACT


def test_rows_of_a_canvas_see_both_sides(tiny):
    ids, sees = ids_of(9), np.ones((9, 9), dtype=np.bool_)
    sees[:5, 5:] = False  # a context, and places that see it and each other
    _, hidden = tiny.run.infer(tiny.run.empty(), Rows(ids, np.arange(9), sees))
    assert np.abs(hidden - tiny.reference.hidden(ids, np.arange(9), sees)).max() < EXACT


@pytest.mark.parametrize(
    "cuts", [(1,), (7, 8), (100, 250), (254, 256, 257, 300), (50, 256, 511, 513)]
)
def test_a_context_in_pieces_is_the_context(cuts, tiny):
    ids = ids_of(540)
    slots, found, start = tiny.run.empty(), [], 0
    for end in (*cuts, len(ids)):
        slots, hidden = tiny.run.infer(slots, in_order(ids[start:end], start))
        found.append(hidden)
        start = end
    expected = tiny.reference.hidden(ids, np.arange(540), causal(540))
    assert np.abs(np.concatenate(found) - expected).max() < EXACT
    assert slots.count == 540 and slots.arrays.capacity == 3 * STEP


@in_8_bits
@given(st.sets(st.integers(1, 299), max_size=12), st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_however_a_text_is_cut_its_rows_are_the_same_to_the_last_bit(make, cuts, seed):
    run, _ = make("openvino", WIDE)
    ids = ids_of(300, seed)
    _, whole = run.infer(run.empty(), in_order(ids))
    slots, found, start = run.empty(), [], 0
    for end in (*sorted(cuts), len(ids)):
        slots, hidden = run.infer(slots, in_order(ids[start:end], start))
        found.append(hidden)
        start = end
    assert np.array_equal(np.concatenate(found), whole)
    (one, _), (many, _) = (
        run.follows(whole[part], np.zeros((len(whole[part]), 1), np.int64))
        for part in (slice(7, 8), slice(0, 30))
    )
    assert np.array_equal(one.logp[0, 0], many.logp[0, 7])


@pytest.mark.parametrize("name", RUNTIMES)
def test_rows_behind_which_there_is_no_room_any_more_are_read_all_the_same(name, make):
    run, reference = make(name)
    ids = ids_of(STEP + 1)
    full, _ = run.infer(run.empty(), in_order(ids[:STEP]))
    longer, hidden = run.infer(full, in_order(ids[STEP:], STEP))
    expected = reference.hidden(ids, np.arange(STEP + 1), causal(STEP + 1))
    assert np.abs(hidden - expected[STEP:]).max() < EXACT
    assert full.arrays.capacity == STEP and longer.arrays.capacity == 2 * STEP


@pytest.mark.parametrize("count", [1, 30, 600])
def test_what_is_only_read_is_what_would_be_written_and_nothing_is(count, tiny):
    ids = ids_of(20 + count)
    slots, _ = tiny.run.infer(tiny.run.empty(), in_order(ids[:20]))
    before, rows = written(slots), in_order(ids[20:], 20)
    hidden = tiny.run.read(slots, rows)
    assert slots.arrays.filled == slots.count == 20 and np.array_equal(written(slots), before)
    _, again = tiny.run.infer(slots, rows)
    assert np.array_equal(hidden, again)


def test_slots_that_others_go_on_from_stay_what_they_were(tiny):
    run, ids = tiny.run, ids_of(30)
    first, _ = run.infer(run.empty(), in_order(ids[:20]))
    before = written(first)
    one, _ = run.infer(first, in_order(ids[20:], 20))
    other, _ = run.infer(first, in_order(ids[25:30], 20))
    shorter, _ = run.infer(first.first(5), in_order(ids[10:13], 5))
    assert one.arrays is first.arrays, "the first to go on writes in place"
    assert len({id(slots.arrays) for slots in (one, other, shorter)}) == 3
    for slots in (first, one, other):
        assert np.array_equal(written(slots.first(20)), before)
    for slots, rest in ((one, ids[20:]), (other, ids[25:30])):
        whole = np.concatenate((ids[:20], rest, ids[:1]))
        _, hidden = run.infer(slots, in_order(ids[:1], len(whole) - 1))
        expected = tiny.reference.hidden(whole, np.arange(len(whole)), causal(len(whole)))
        assert np.abs(hidden[-1] - expected[-1]).max() < EXACT


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=12))
@settings(max_examples=15)
def test_values_of_slots_never_change_however_they_branch(make, steps):
    run, _ = make("openvino")
    known, contents = [run.empty()], [np.zeros(0)]
    for number, (which, count) in enumerate(steps):
        base = known[which % len(known)]
        longer, _ = run.infer(base, in_order(ids_of(count, number), base.count))
        known.append(longer)
        contents.append(written(longer))
        for slots, content in zip(known[1:], contents[1:], strict=True):
            assert np.array_equal(written(slots), content)


def test_two_threads_may_ask_at_once(tiny):
    def ask(seed: int) -> np.ndarray:
        return tiny.run.infer(tiny.run.empty(), in_order(ids_of(20, seed)))[1]

    alone = [ask(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, range(8)))
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(alone, together, strict=True))


def adapter_of(checkpoint: Checkpoint, rank: int = 4, skip: str = "") -> Adapter:
    """Random low-rank branches of all matrices but those named `skip`."""
    rng, width = np.random.default_rng(3), checkpoint.width
    kv = width // 2
    sizes = {
        "qkv": (width + 2 * kv, width),
        "out": (width, width),
        "up": (2 * checkpoint.ff, width),
        "down": (width, checkpoint.ff),
    }

    def part(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.2, shape).astype(np.float32)

    return {
        f"{layer}.{name}": (part(rank, inner), part(outer, rank))
        for layer in range(checkpoint.layers)
        for name, (outer, inner) in sizes.items()
        if name != skip
    }


@pytest.mark.parametrize("skip", ["", "up"])
@pytest.mark.parametrize("name", RUNTIMES)
def test_rows_behind_the_gate_have_the_adapters_branch_and_others_are_the_trunks(
    name, skip, tmp_path
):
    there, adapter = pack(tmp_path), adapter_of(TINY, skip=skip)
    gated, plain = RUNTIMES[name](there, adapter), RUNTIMES[name](there)
    ids, gate = ids_of(12), np.arange(12) >= 7
    sees = causal(12) | np.outer(gate, gate)
    _, hidden = gated.infer(gated.empty(), Rows(ids, np.arange(12), sees, gate))
    expected = Reference(there, adapter).hidden(ids, np.arange(12), sees, gate.astype(np.float64))
    assert np.abs(hidden - expected).max() < 2 * EXACT
    _, alone = plain.infer(plain.empty(), in_order(ids))
    assert np.allclose(hidden[:7], alone[:7], atol=1e-6)
    assert np.abs(hidden[7:] - alone[7:]).max() > 0.1, "the adapter does something"
    _, without = gated.infer(gated.empty(), in_order(ids))
    assert np.array_equal(without, alone), "without a gate it is exactly the trunk"


def test_a_gate_that_is_shut_leaves_the_trunk_as_it_is_in_8_bits_too(make, tmp_path):
    plain, _ = make("openvino", WIDE)
    gated = Trunk(pack(tmp_path, WIDE), 1, adapter_of(WIDE))
    ids, gate = ids_of(12), np.arange(12) == 11
    _, alone = plain.infer(plain.empty(), in_order(ids))
    _, hidden = gated.infer(gated.empty(), Rows(ids, np.arange(12), causal(12), gate))
    assert np.array_equal(hidden[:11], alone[:11])
    assert np.abs(hidden[11] - alone[11]).max() > 0.1


@in_8_bits
@pytest.mark.parametrize("places", [1, 4, 9])
def test_a_canvas_behind_some_rows_leaves_them_as_they_are_to_the_last_bit(places, make, tmp_path):
    plain, _ = make("openvino", WIDE)
    gated = Trunk(pack(tmp_path, WIDE), 1, adapter_of(WIDE))
    ids, count = ids_of(300), 297 + places
    _, whole = plain.infer(plain.empty(), in_order(ids))
    slots, _ = gated.infer(gated.empty(), in_order(ids[:290]))
    gate, sees = np.arange(290, count) >= 297, causal(count)[290:]
    sees[7:, 297:] = True
    rows = Rows(np.concatenate((ids[290:297], ids[:places])), np.arange(290, count), sees, gate)
    longer, hidden = gated.infer(slots, rows)
    assert np.array_equal(hidden[:7], whole[290:297])
    _, behind = gated.infer(longer.first(297), in_order(ids[297:], 297))
    assert np.array_equal(behind, whole[297:])


@pytest.mark.parametrize("name", RUNTIMES)
def test_more_gated_rows_than_run_at_once_keep_their_gates(name, tmp_path):
    there, adapter = pack(tmp_path), adapter_of(TINY)
    run, ids, gate = RUNTIMES[name](there, adapter), ids_of(600), np.arange(600) % 3 == 0
    _, hidden = run.infer(run.empty(), Rows(ids, np.arange(600), causal(600), gate))
    expected = Reference(there, adapter).hidden(ids, np.arange(600), causal(600), gate * 1.0)
    assert np.abs(hidden - expected).max() < 5 * EXACT


def test_a_shape_that_does_not_fit_the_weights_is_a_model_error(tmp_path):
    there = pack(tmp_path)
    text = (there / FILE).read_text()
    (there / FILE).write_text(text.replace('"heads": 4', '"heads": 3'))
    with pytest.raises(ModelError) as caught:
        Trunk(there, 1)
    assert "models get" in caught.value.hint


def test_a_missing_openvino_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingDependencyError, match="OpenVINO"):
        runtime.load()
