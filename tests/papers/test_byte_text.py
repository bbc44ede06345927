from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import InputError
from editdiff.papers.run import byte_text
from editdiff.papers.run.byte_text import BEGIN, batch, decode, encode, n_bytes, read, spread_rows


@given(st.binary())
def test_bytes_come_back_and_a_text_has_a_beginning(content: bytes) -> None:
    ids = encode(content)
    assert ids[0] == BEGIN
    assert decode(ids) == content
    assert n_bytes(ids[None]).tolist() == [len(content)]


def test_of_a_file_the_last_tenth_is_held_out(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789" * 100)
    text = read(path, 16)
    assert decode(text.train) + decode(text.held_out) == path.read_bytes()
    assert len(text.held_out) == 100


def folder_of(tmp_path: Path, names: list[str]) -> Path:
    for name in names:
        (tmp_path / name).write_text(f"the file {name}\n" * 5)
    return tmp_path


def test_of_a_folder_whole_files_are_held_out_by_their_paths(tmp_path: Path) -> None:
    names = [f"m{i:02}.py" for i in range(30)]
    text = read(folder_of(tmp_path, names), 16)
    kept_out = {name for name in names if name.encode() in decode(text.held_out)}
    assert len(kept_out) == 3
    assert all(name.encode() in decode(text.train) for name in set(names) - kept_out)
    assert not any(name.encode() in decode(text.train) for name in kept_out)
    assert (text.train == BEGIN).sum() == 27
    (tmp_path / "m03.py").write_text("something else\n" * 9)
    again = decode(read(tmp_path, 16).held_out)
    assert {name for name in kept_out if name.encode() in again} == kept_out - {"m03.py"}


def test_files_of_a_folder_that_are_not_utf_8_are_left_out(tmp_path: Path) -> None:
    (folder_of(tmp_path, ["a.py", "b.py"]) / "c.py").write_bytes(b"\xff\xfe" * 50)
    assert b"\xff" not in decode(read(tmp_path, 16).whole)


def test_the_only_file_of_a_folder_is_split_itself(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\n" * 100)
    assert decode(read(tmp_path, 16).whole) == b"x = 1\n" * 100


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), (b"short", "too little text")],
)
def test_a_file_without_text_enough_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read(path)


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no text files"):
        read(tmp_path)


STREAM = np.arange(1000)


@given(st.integers(0, 99), st.integers(0, 10**6))
def test_rows_of_a_step_are_pieces_of_the_text_and_hang_on_seed_and_step_alone(seed, step):
    rows = batch(STREAM, seed, step, 4, 16)
    assert rows.shape == (4, 16)
    assert (np.diff(rows, axis=1) == 1).all()
    assert (batch(STREAM, seed, step, 4, 16) == rows).all()
    assert (batch(STREAM, seed, step + 1, 4, 16) != rows).any()


def test_every_place_of_the_text_can_be_drawn() -> None:
    drawn = np.concatenate([batch(np.arange(18), 0, step, 8, 16) for step in range(20)])
    assert set(drawn[:, 0].tolist()) == {0, 1, 2}


@given(st.integers(16, 600), st.integers(1, 50))
def test_rows_that_are_judged_do_not_overlap_and_are_spread(length, most):
    rows = spread_rows(np.arange(length), most, 16)
    starts = rows[:, 0]
    assert len(rows) == min(most, length // 16)
    assert (np.diff(starts) >= 16).all()
    assert (starts % 16 == 0).all()
    if len(rows) > 1:
        assert starts[-1] == (length // 16 - 1) * 16


def test_two_texts_or_two_cuts_of_one_have_different_digests() -> None:
    one = byte_text.ByteText(np.arange(9), np.arange(3))
    other = byte_text.ByteText(np.arange(8), np.arange(4))
    assert one.sha256 != other.sha256
