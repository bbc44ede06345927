import os
from pathlib import Path

import pytest

from editdiff.errors import InputError
from editdiff.report.saving import save


@pytest.fixture
def file(tmp_path) -> Path:
    """With a byte order mark and `\\r\\n`."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    return path


def test_bytes_outside_of_the_edit_stay(file, replacing):
    assert save(file, replacing(file, "two", "2")) == ()
    assert file.read_bytes() == b"\xef\xbb\xbfone\r\n2\r\n"


def test_what_cannot_be_kept_is_told(file, replacing):
    os.link(file, file.with_name("b.txt"))
    assert save(file, replacing(file, "two", "2")) == (
        f"{file} has hard links elsewhere, which keep the old text",
    )


def test_a_file_that_is_another_by_now_is_left_alone(file, replacing):
    proposal = replacing(file, "two", "2")
    file.write_bytes(b"mine")
    with pytest.raises(InputError, match="changed on disk"):
        save(file, proposal)
    assert file.read_bytes() == b"mine"
