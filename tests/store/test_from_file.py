import pytest
from stand_ins import CONTENT, SOURCE, pack, silent

from editdiff.errors import InputError
from editdiff.store.get import get
from editdiff.store.given import Given


def test_a_file_at_hand_is_packed_and_stays_as_it_is(tmp_path, models):
    file = tmp_path / "mine.gguf"
    file.write_bytes(CONTENT)
    there = get(SOURCE, 1, Given(file), pack, silent)
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]
    assert file.read_bytes() == CONTENT
    assert sorted(path.name for path in models.iterdir()) == [
        f"{SOURCE.sha256[:16]}-v1",
        f"{SOURCE.sha256[:16]}.lock",
    ]


def test_a_file_inside_the_cache_stays_too(models):
    inside = models / f"{SOURCE.sha256[:16]}.partial" / "mine.gguf"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(CONTENT)
    get(SOURCE, 1, Given(inside), pack, silent)
    assert inside.read_bytes() == CONTENT


WRONG = {
    "truncated": (CONTENT[:-1], "has 2,999,999 bytes, not 3,000,000"),
    "empty": (b"", "has 0 bytes"),
    "foreign": (b"GGUF" * 3, "has 12 bytes"),
    "altered": (b"x" + CONTENT[1:], "has the SHA-256"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_is_refused_and_left_that_is(wrong, tmp_path, models):
    content, why = WRONG[wrong]
    file = tmp_path / "mine.gguf"
    file.write_bytes(content)
    with pytest.raises(InputError, match=why) as told:
        get(SOURCE, 1, Given(file), pack, silent)
    assert "it is not toy.gguf as released" in told.value.message
    assert "makers/toy" in told.value.hint
    assert file.read_bytes() == content
    assert [path.suffix for path in models.iterdir()] == [".lock"]


@pytest.mark.parametrize("missing", ["nothing.gguf", "folder"])
def test_what_is_no_file_is_refused(missing, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"cannot read .*{missing}"):
        get(SOURCE, 1, Given(tmp_path / missing), pack, silent)
