"""A file goes to another machine in pieces, and comes out as it went in, or not at all."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import InputError
from editdiff.training.run.pieces import join, manifest_of, read_pieces, split

DATA = np.random.default_rng(0).integers(0, 8192, 50_000).astype("<u2").tobytes()


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A folder with the pieces of DATA."""
    (tmp_path / "train.rows").write_bytes(DATA)
    split(tmp_path / "train.rows", tmp_path / "sent", piece_bytes=20_000, counts={"rows": 3})
    return tmp_path / "sent"


@given(data=st.binary(max_size=3_000), size=st.integers(1, 2_000), compress=st.booleans())
def test_what_is_joined_is_what_was_split(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int, compress: bool
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "x.rows").write_bytes(data)
    made = split(folder / "x.rows", folder / "sent", size, compress)
    join(folder / "sent", folder / "joined" / "x.rows")
    assert (folder / "joined" / "x.rows").read_bytes() == data
    sizes = [(folder / "sent" / p.name).stat().st_size for p in made.pieces]
    assert sizes == [p.bytes for p in made.pieces]
    assert all(n == size for n in sizes[:-1])
    assert sizes[-1] <= size


def test_token_ids_shrink(sent: Path) -> None:
    found = read_pieces(sent, "train.rows")
    assert sum(p.bytes for p in found.pieces) < 0.9 * found.bytes == 0.9 * len(DATA)
    assert found.counts == {"rows": 3}


def test_pieces_that_are_not_there_yet_are_all_named_and_the_next_round_succeeds(
    sent: Path, tmp_path: Path
) -> None:
    late = [sent / "train.rows.001", sent / "train.rows.003"]
    contents = [path.read_bytes() for path in late]
    for path in late:
        path.unlink()
    with pytest.raises(
        InputError, match=r"2 of the 5 .*rows\.001 is missing, .*rows\.003 is missing"
    ):
        join(sent, tmp_path / "to" / "train.rows")
    assert not (tmp_path / "to").exists()
    for path, content in zip(late, contents, strict=True):
        path.write_bytes(content)
    join(sent, tmp_path / "to" / "train.rows")
    assert (tmp_path / "to" / "train.rows").read_bytes() == DATA


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"\0" + d[1:], lambda d: d + b"\0"])
def test_a_damaged_piece_is_named_and_the_old_file_stays(
    sent: Path, tmp_path: Path, damage
) -> None:
    path = sent / "train.rows.002"
    path.write_bytes(damage(path.read_bytes()))
    target = tmp_path / "to" / "train.rows"
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(InputError, match=r"train\.rows\.002 is damaged"):
        join(sent, target)
    assert [p.read_bytes() for p in target.parent.iterdir()] == [b"old"]


def test_pieces_of_another_file_are_refused(sent: Path, tmp_path: Path) -> None:
    manifest = manifest_of(sent, "train.rows")
    found = read_pieces(sent, "train.rows")
    manifest.write_text(manifest.read_text().replace(found.sha256, "0" * 64))
    with pytest.raises(InputError, match="do not give"):
        join(sent, tmp_path / "to" / "train.rows")
    assert list((tmp_path / "to").iterdir()) == []


def test_splitting_again_leaves_no_piece_of_the_time_before(sent: Path, tmp_path: Path) -> None:
    (tmp_path / "train.rows").write_bytes(DATA[:100])
    split(tmp_path / "train.rows", sent)
    assert sorted(p.name for p in sent.iterdir()) == ["train.rows.000", "train.rows.pieces.json"]


def test_the_same_file_gives_the_same_pieces(sent: Path, tmp_path: Path) -> None:
    again = split(tmp_path / "train.rows", tmp_path / "again", 20_000, counts={"rows": 3})
    assert again == read_pieces(sent, "train.rows")


@pytest.mark.parametrize("content", [None, "", "{}", '{"pieces": [{"name": "../x"}]}'])
def test_a_damaged_manifest_is_named(sent: Path, tmp_path: Path, content: str | None) -> None:
    manifest = manifest_of(sent, "train.rows")
    manifest.unlink()
    if content is not None:
        manifest.write_text(content)
    with pytest.raises(InputError, match=r"train\.rows\.pieces\.json") as caught:
        join(sent, tmp_path / "to" / "train.rows")
    assert caught.value.hint


def test_a_manifest_cannot_point_out_of_its_folder(sent: Path, tmp_path: Path) -> None:
    manifest = manifest_of(sent, "train.rows")
    manifest.write_text(manifest.read_text().replace("train.rows.000", "../train.rows"))
    with pytest.raises(InputError, match="same folder"):
        join(sent, tmp_path / "to" / "train.rows")


def test_a_file_that_is_not_there_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.rows"):
        split(tmp_path / "nowhere.rows", tmp_path / "sent")
