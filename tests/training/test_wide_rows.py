"""Packed rows of a vocabulary beyond 16 bits: every id comes back, and none is ever wrapped."""

import sys
from pathlib import Path

import numpy as np
import pytest

from editdiff.errors import InputError
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.batches.data import MAGIC, Rows, RowWriter, pack
from editdiff.training.tasks.rows import Row

sys.path.append(str(Path(__file__).parents[1] / "families"))
from tiny_models import pairs_tokenizer

TEXT = "def area(width, height):\n    return width * height  # odd"


@pytest.fixture(scope="module")
def wide():
    return pairs_tokenizer()


def row(tokenizer, text: str) -> Row:
    ids = np.array(tokenizer.encode(text), dtype=np.int64)
    return Row(ids, np.append(ids[-5:], tokenizer.special.end), None)


def test_ids_above_65535_come_back(wide, tmp_path):
    rows = [row(wide, TEXT), row(wide, "x"), row(wide, TEXT[::-1])]
    pack(rows, tmp_path / "rows", wide.special)
    read = Rows(tmp_path / "rows")
    assert max(int(r.target.max()) for r in rows) > 65_535
    for i, original in enumerate(rows):
        assert np.array_equal(read[i].context, original.context)
        assert np.array_equal(read[i].target, original.target)
    assert read.special == wide.special
    assert read.gaps.tolist() == [1, 1, 1]


def test_a_narrow_vocabulary_takes_two_bytes_an_id_and_a_wide_one_four(wide, tmp_path):
    sizes = []
    for tokenizer in (ByteTokenizer(), wide):
        for count in (1, 2):
            made = row(tokenizer, TEXT)
            pack([made] * count, tmp_path / "rows", tokenizer.special)
            sizes.append(((tmp_path / "rows").stat().st_size, len(made.context) + len(made.target)))
    (one, narrow), (two, _), (three, ids), (four, _) = sizes
    index = 3 * 8
    assert two - one == 2 * narrow + index
    assert four - three == 4 * ids + index


@pytest.mark.parametrize("stray", [151_643, 65_800, -1])
def test_an_id_that_the_vocabulary_does_not_have_is_refused(wide, tmp_path, stray):
    writer = RowWriter(tmp_path / "rows", wide.special)
    with pytest.raises(ValueError, match=f"in a vocabulary of {wide.special.size}"):
        writer.add(Row(np.array([0, stray]), np.array([wide.special.end]), None))
    writer.abandon()
    assert not (tmp_path / "rows").exists()


def test_rows_of_an_earlier_format_are_a_clear_error(tmp_path):
    (tmp_path / "rows").write_bytes(b"EDROWS2\n" + bytes(64))
    assert MAGIC != b"EDROWS2\n"
    with pytest.raises(InputError, match="not a file of packed rows of this version") as caught:
        Rows(tmp_path / "rows")
    assert "editdiff corpus" in caught.value.hint
