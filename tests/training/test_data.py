from pathlib import Path

import numpy as np
import pytest

from editdiff.errors import InputError
from editdiff.tokens.bpe import own_special
from editdiff.training.batches.data import (
    LEAST_PLACES,
    Batch,
    BatchPlan,
    Rows,
    batches,
    collate,
    pack,
)
from editdiff.training.tasks.rows import Row

S = own_special(1000)


def rows(n: int = 200) -> list[Row]:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 60, (n, 2))
    found = []
    for i, (c, t) in enumerate(sizes):
        target = np.append(rng.integers(18, 999, t), S.end)
        draft = np.append(rng.integers(18, 999, t), S.end) if i % 5 == 0 else None
        found.append(Row(rng.integers(18, 999, c), target, draft))
    return found


@pytest.fixture
def packed(tmp_path: Path) -> Rows:
    pack(rows(), tmp_path / "r", S)
    return Rows(tmp_path / "r")


def test_packed_rows_come_back(packed: Rows) -> None:
    assert len(packed) == 200
    assert packed.special == S
    for i, row in enumerate(rows()):
        assert packed[i].context.tolist() == row.context.tolist()
        assert packed[i].target.tolist() == row.target.tolist()
        assert (packed[i].draft is None) == (row.draft is None)
        if row.draft is not None:
            assert packed[i].draft.tolist() == row.draft.tolist()


@pytest.mark.parametrize("size", [2**16, 2**16 + 1, 200_000])
def test_the_last_id_of_a_vocabulary_of_any_size_comes_back(tmp_path: Path, size: int) -> None:
    special = own_special(size)
    row = Row(np.array([20, size - 1]), np.array([size - 1, special.end]))
    pack([row], tmp_path / "r", special)
    found = Rows(tmp_path / "r")
    assert found.special == special
    assert found[0].context.tolist() == row.context.tolist()
    assert found[0].target.tolist() == row.target.tolist()


def test_gaps_are_counted_with_and_without_a_draft(packed: Rows) -> None:
    assert packed.gaps.tolist() == [1] * 200


def test_only_rows_with_a_draft_start_from_one(packed: Rows) -> None:
    batch = collate([packed[0], packed[1]], 64, 4, S)
    assert not np.array_equal(batch.draft[0], batch.canvas[0])
    assert np.array_equal(batch.draft[1], batch.canvas[1])


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "train.rows"
    if damage != "missing":
        pack(rows(), path, S)
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


def test_several_gaps_share_a_canvas_and_lie_side_by_side_in_the_clean_copy() -> None:
    target = np.array([30, 31, S.end, 40, S.end])
    batch = collate([Row(np.arange(20, 25), target)], 16, 4, S)
    pads = [S.pad] * 4
    assert batch.canvas.tolist() == [
        [S.gaps[0], 30, 31, S.end, *pads, S.gaps[1], 40, S.end, *pads, S.pad]
    ]
    assert batch.clean.tolist() == [[S.gaps[0], 30, 31, S.end, S.gaps[1], 40, S.end]]


def test_rows_with_several_gaps_have_room_for_each_of_them(tmp_path: Path) -> None:
    one, three = [30, S.end], [30, S.end, 31, S.end, 32, S.end]
    rows = [Row(np.arange(20, 25), np.array(t)) for t in (one, three) * 40]
    pack(rows, tmp_path / "rows", S)
    mixed = Rows(tmp_path / "rows")
    assert mixed.gaps.tolist() == [1, 3] * 40
    for batch in take(mixed, 12):
        gaps = {int(n) for n in (batch.canvas == S.end).sum(1)}
        assert gaps in ({1}, {3})
        if gaps == {3}:
            assert batch.canvas.shape[1] >= 3 * LEAST_PLACES
