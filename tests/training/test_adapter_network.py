"""The adapter in training is the adapter in the engines, and a canvas sees what it should."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from adapter_zoo import BLOCK, TRUNK, exact, random_adapter, row_of
from tiny_gguf import pack

from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.torch_trunk import TorchTrunk
from editdiff.families.qwen.trunk import Rows, Trunk
from editdiff.training.adapter.batch import Batch, collate
from editdiff.training.adapter.canvases import CanvasRow, drafting, made
from editdiff.training.adapter.export import of_weights
from editdiff.training.adapter.reading import read
from editdiff.training.adapter.rows import MiddleRow
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.trunk.frozen import FrozenTrunk

ANCHORS = np.array([0, 3, 4, 8])
EXACT = 2e-4
"""By how much hidden states of fp32 may part."""
MASKED = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 1, 1], [1, 1, 1, 0]], dtype=np.bool_)


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("trunk"))


@pytest.fixture(scope="module")
def trunk(there) -> FrozenTrunk:
    return exact(there)


def states(trunk: FrozenTrunk, *rows: tuple[MiddleRow, CanvasRow]) -> np.ndarray:
    """[R, A, L, width]"""
    return random_adapter(trunk)(trunk, *of(trunk, *rows)).detach().numpy()


def of(trunk: FrozenTrunk, *rows: tuple[MiddleRow, CanvasRow]):
    batch: Batch = collate(read(trunk, [row for row, _ in rows]), [canvas for _, canvas in rows])
    return batch.cache, batch.canvases


def shipped(trunk: FrozenTrunk) -> CanvasAdapter:
    """The same adapter as the engines take it."""
    weights = {f"adapter.{n}": p for n, p in random_adapter(trunk).named_parameters()}
    return of_weights(weights, TRUNK)


@pytest.mark.parametrize("name", ["openvino", "torch"])
def test_canvases_in_training_are_those_of_the_engines(name, there, trunk):
    row = row_of()
    given = np.arange(len(row.middle)) % 4 == 3
    canvas = made(replace(row, given=given), ANCHORS, MASKED)
    assert canvas.given.any() and not canvas.given.all()
    expected = states(trunk, (row, canvas))[0]
    adapter = shipped(trunk)
    run = (
        Trunk(there, 1, adapter.branches, adapter.marks)
        if name == "openvino"
        else TorchTrunk(there, adapter.branches, "cpu", marks=adapter.marks)
    )
    context = np.concatenate((row.prompt, row.middle))
    for number, anchor in enumerate(ANCHORS):
        known = len(row.prompt) + int(anchor) + 1
        ids = np.concatenate((context[:known], canvas.ids[number]))
        gate = np.arange(len(ids)) >= known
        sees = np.tri(len(ids), dtype=np.bool_) | np.outer(gate, gate)
        masked = np.zeros(len(ids), dtype=np.bool_)
        masked[known:] = canvas.masked[number]
        marked = np.zeros(len(ids), dtype=np.bool_)
        marked[known:] = canvas.given[number]
        rows = Rows(ids, np.arange(len(ids)), sees, gate, masked, marked)
        _, hidden = run.infer(run.empty(), rows)
        assert np.abs(hidden[known:] - expected[number]).max() < EXACT
        plain = Trunk(there, 1) if name == "openvino" else TorchTrunk(there, device="cpu")
        _, alone = plain.infer(
            plain.empty(), Rows(ids[:known], np.arange(known), np.tri(known, dtype=np.bool_))
        )
        assert np.allclose(hidden[:known], alone, atol=1e-5), "rows of the context are the trunk's"


def test_a_masked_row_needs_a_mask_vector(there):
    run, ids = Trunk(there, 1), np.arange(3)
    rows = Rows(ids, ids, np.tri(3, dtype=np.bool_), masked=ids > 1)
    with pytest.raises(ValueError, match="its marks"):
        run.infer(run.empty(), rows)


def test_an_untrained_branch_changes_nothing(there, trunk):
    from editdiff.training.adapter.network import CanvasAdapter as Untrained

    row = row_of()
    canvas = made(row, np.array([2]), np.array([[False]]))
    hidden = Untrained(trunk.config, 4)(trunk, *of(trunk, (row, canvas)))
    (known,) = read(trunk, [row])
    assert torch.allclose(hidden[0, 0, 0], known.hidden[len(row.prompt) + 3], atol=1e-4)


def test_a_canvas_does_not_see_the_middle_behind_its_anchor(trunk):
    row = row_of()
    other = replace(row, middle=np.append(row.middle[:5], (row.middle[5:] + 7) % 300))
    before, after = (
        states(trunk, (each, drafting(each, ANCHORS, BLOCK)))[0] for each in (row, other)
    )
    same = ANCHORS <= 4
    assert np.allclose(before[same], after[same], atol=1e-5)
    assert (np.abs(before[~same] - after[~same]).max(axis=(1, 2)) > 1e-2).all(), (
        "it sees what is before"
    )


def test_a_canvas_sees_its_visible_tokens_on_both_sides_and_no_others(trunk):
    row = row_of()
    canvas = made(row, ANCHORS, MASKED)
    changed = canvas.ids.copy()
    changed[1, 3] = (changed[1, 3] + 1) % 300  # visible, at the right end of the second canvas
    before = states(trunk, (row, canvas))[0]
    after = states(trunk, (row, replace(canvas, ids=changed)))[0]
    assert (np.abs(before[1] - after[1]).max(axis=-1) > 1e-3).all(), "all its places see it"
    others = np.arange(len(ANCHORS)) != 1
    assert np.allclose(before[others], after[others], atol=1e-6), "no other canvas does"


def test_what_stands_under_a_mask_is_not_seen(trunk):
    row = row_of()
    canvas = drafting(row, ANCHORS, BLOCK)
    lies = replace(canvas, ids=(canvas.ids + 5) % 300)
    assert np.array_equal(states(trunk, (row, canvas)), states(trunk, (row, lies)))


def test_rows_side_by_side_are_each_as_alone(trunk):
    short, long = row_of(1, prompt=7, gap=5), row_of(2, prompt=19)
    pairs = [
        (row, drafting(row, anchors, BLOCK))
        for row, anchors in ((short, ANCHORS[:2]), (long, ANCHORS))
    ]
    together = states(trunk, *pairs)
    for number, pair in enumerate(pairs):
        alone = states(trunk, pair)[0]
        assert np.allclose(together[number, : len(alone)], alone, atol=1e-4)


def test_a_sampler_head_says_nothing_at_first_and_then_depends_on_the_token_before(trunk):
    head = SamplerHead(trunk.config.width, 8)
    hidden, one, two = (torch.randn(3, trunk.config.width) for _ in range(3))
    assert torch.equal(head(hidden, one), hidden)
    torch.nn.init.normal_(head.second)
    assert not torch.allclose(head(hidden, one), head(hidden, two), atol=1e-2)
