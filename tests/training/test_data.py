from pathlib import Path

import numpy as np
import pytest

from editdiff.errors import InputError
from editdiff.tokens.tokenizer import Special
from editdiff.training.data import Batch, BatchPlan, Rows, batches, collate, pack
from editdiff.training.tasks import Row

S = Special()


def rows(n: int = 200) -> list[Row]:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 60, (n, 2))
    return [
        Row(rng.integers(18, 999, c), np.append(rng.integers(18, 999, t), S.end)) for c, t in sizes
    ]


@pytest.fixture
def packed(tmp_path: Path) -> Rows:
    pack(rows(), tmp_path / "r")
    return Rows(tmp_path / "r")


def test_packed_rows_come_back(packed: Rows) -> None:
    assert len(packed) == 200
    for i, row in enumerate(rows()):
        assert packed[i].context.tolist() == row.context.tolist()
        assert packed[i].target.tolist() == row.target.tolist()


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "train.rows"
    if damage != "missing":
        pack(rows(), path)
        data = path.read_bytes()
        path.write_bytes({"empty": b"", "cut": data[:-3], "other": b"x" * 500}[damage])
    with pytest.raises(InputError, match=r"train\.rows"):
        Rows(path)


PLAN = BatchPlan(tokens=1500, pool=64)


def take(packed: Rows, n: int, seed: int = 0, start: int = 0) -> list[Batch]:
    stream = batches(packed, PLAN, S, seed, start)
    return [next(stream) for _ in range(n)]


def test_a_batch_depends_on_seed_and_number_alone(packed: Rows) -> None:
    all_of_them, later = take(packed, 60), take(packed, 20, start=40)
    for a, b in zip(all_of_them[40:], later, strict=True):
        assert np.array_equal(a.context, b.context)
        assert np.array_equal(a.canvas, b.canvas)
    other = take(packed, 1, seed=1)[0]
    assert other.context.shape != all_of_them[0].context.shape or not np.array_equal(
        other.context, all_of_them[0].context
    )


def test_batches_fit_the_budget(packed: Rows) -> None:
    for batch in take(packed, 60):
        b, c = batch.context.shape
        size = b * (c + (batch.copies + 1) * batch.canvas.shape[1])
        assert size <= PLAN.tokens or b == 1


def test_an_epoch_shows_every_row_once(packed: Rows) -> None:
    seen: list[bytes] = []
    for batch in batches(packed, PLAN, S, 0):
        for ids, n in zip(batch.context, batch.context_length, strict=True):
            seen.append(ids[:n].tobytes())
        if len(seen) >= len(packed):
            break
    assert sorted(seen) == sorted(r.context.tobytes() for r in rows())


def test_a_target_longer_than_the_canvas_is_cut_without_its_end() -> None:
    row = Row(np.arange(20, 25), np.append(np.arange(30, 60), S.end))
    batch = collate([row], 8, 4, S)
    assert batch.canvas.tolist() == [[S.gaps[0], *range(30, 37)]]


def test_a_short_target_is_padded_after_its_end() -> None:
    row = Row(np.arange(20, 25), np.array([30, 31, S.end]))
    batch = collate([row], 8, 4, S)
    assert batch.canvas.tolist() == [[S.gaps[0], 30, 31, S.end, *[S.pad] * 4]]
