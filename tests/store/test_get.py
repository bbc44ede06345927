import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stand_ins import CONTENT, SOURCE, other, pack, silent

from editdiff.errors import FetchError, ModelError
from editdiff.store import packed, room, where
from editdiff.store.get import get, remove
from editdiff.store.given import Given

PRELUDE = """
import os, sys, time
from pathlib import Path
from stand_ins import SOURCE, pack, silent
from editdiff.store.get import get
from editdiff.store.given import Given
def say(*words): print(*words, flush=True)
"""


@pytest.fixture
def file(tmp_path) -> Given:
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    return Given(tmp_path / "mine.gguf")


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def nothing(file, into, progress):
    pytest.fail("this was packed again")


def place() -> Path:
    return where.place(SOURCE.sha256, 1)


def test_what_is_there_is_not_made_again(file):
    there = get(SOURCE, 1, file, pack, silent)
    assert there == place()
    file.file.unlink()
    assert get(SOURCE, 1, file, nothing, silent) == there


def test_the_stages_are_told_in_order(file):
    told = []
    get(SOURCE, 1, file, pack, lambda stage, share: told.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["verify", "pack"]
    assert all(0 <= share <= 1 for _, share in told)


def test_two_packings_and_two_files_lie_side_by_side(file, tmp_path):
    first = get(SOURCE, 1, file, pack, silent)
    second = get(SOURCE, 2, file, pack, silent)
    assert first.is_dir()
    assert second.is_dir()
    assert first != second


@pytest.mark.parametrize("harm", ["a file is gone", "a file is cut", "made of another file"])
def test_a_place_that_is_not_whole_is_made_again(harm, file):
    there = get(SOURCE, 1, file, pack, silent)
    if harm == "a file is gone":
        (there / "more/small.txt").unlink()
    elif harm == "a file is cut":
        (there / "weights.bin").write_bytes(b"x")
    else:
        contents = there / packed.CONTENTS
        contents.write_text(contents.read_text().replace(SOURCE.sha256, "f" * 64))
    assert not packed.is_whole(there, SOURCE.sha256)
    assert get(SOURCE, 1, file, pack, silent) == there
    assert packed.is_whole(there, SOURCE.sha256)
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]


def test_a_process_that_is_killed_while_it_packs_leaves_nothing_in_place(file, models):
    program = """
def slow(file, into, progress):
    (into / "weights.bin").write_bytes(b"half")
    say("packing")
    time.sleep(60)
get(SOURCE, 1, Given(Path(sys.argv[1])), slow, silent)
"""
    with start(program, file.file) as child:
        assert child.stdout.readline() == "packing\n"
        child.send_signal(signal.SIGKILL)
    left = where.packing_place(place())
    assert (left / "weights.bin").read_bytes() == b"half"
    assert not place().exists()

    def looks(file, into, progress):
        assert list(into.iterdir()) == []
        pack(file, into, progress)

    there = get(SOURCE, 1, file, looks, silent)
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]
    assert not left.exists()


def test_of_two_processes_the_second_waits_and_then_finds_it_there(file, tmp_path):
    program = """
def slow(file, into, progress):
    say("packing")
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    pack(file, into, progress)
def told(stage, share):
    if stage == "wait":
        say("waiting")
say(get(SOURCE, 1, Given(Path(sys.argv[1])), slow, told))
"""
    go = tmp_path / "go"
    with start(program, file.file, go) as first:
        assert first.stdout.readline() == "packing\n"
        with start(program, file.file, go) as second:
            assert second.stdout.readline() == "waiting\n"
            go.touch()
            assert second.stdout.read() == f"{place()}\n"
        assert first.stdout.read() == f"{place()}\n"
    assert packed.is_whole(place(), SOURCE.sha256)


def test_an_error_of_the_family_is_passed_on_and_leaves_nothing(file, models):
    def broken(file, into, progress):
        (into / "half").touch()
        raise ModelError("the file is odd", "get another one")

    with pytest.raises(ModelError, match="the file is odd"):
        get(SOURCE, 1, file, broken, silent)
    assert [path.suffix for path in models.iterdir()] == [".lock"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_in_place(number, file, models):
    def full(file, into, progress):
        (into / "half").touch()
        raise OSError(number, os.strerror(number))

    with pytest.raises(FetchError, match="there is no room left in") as told:
        get(SOURCE, 1, file, full, silent)
    assert "EDITDIFF_MODELS" in told.value.hint
    assert [path.suffix for path in models.iterdir()] == [".lock"]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limits")
def test_a_file_that_may_not_grow_any_more_is_one_sentence(file):
    program = """
import resource
from editdiff.errors import FetchError
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    get(SOURCE, 1, Given(Path(sys.argv[1])), pack, silent)
except FetchError as error:
    say(error.message)
"""
    with start(program, file.file) as child:
        assert child.stdout.read().startswith("there is no room left in")
    assert not place().exists()


def test_a_cache_that_cannot_be_written_is_one_sentence(file, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "file/models"))
    with pytest.raises(FetchError, match=r"cannot work in .*file") as told:
        get(SOURCE, 1, file, pack, silent)
    assert "EDITDIFF_MODELS" in told.value.hint


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write")
def test_a_cache_that_belongs_to_others_is_one_sentence(file, models):
    models.mkdir(mode=0o500)
    with pytest.raises(FetchError, match=r"cannot work in .*Permission denied"):
        get(SOURCE, 1, file, pack, silent)


def test_too_little_disk_is_said_before_anything_is_fetched(file):
    with pytest.raises(FetchError, match=r"free, 1000000000\.0 GB are needed"):
        get(other(packed=10**18), 1, file, nothing, silent)


@pytest.mark.skipif(room.available_memory() is None, reason="this system does not tell")
def test_too_little_memory_is_said_before_anything_is_fetched(file):
    with pytest.raises(FetchError, match=r"packing needs 1000000000\.0 GB"):
        get(other(memory=10**18), 1, file, nothing, silent)


def test_where_the_system_does_not_tell_its_memory_nothing_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MEMORY", tmp_path / "nothing")
    assert room.available_memory() is None
    room.check_memory(10**18)


@pytest.mark.parametrize(("limit", "free"), [("max", 3072), ("2048", 2048), ("9999", 3072)])
def test_the_limit_of_a_container_counts(limit, free, tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 2 kB\nSwapFree: 1 kB\n")
    (tmp_path / "max").write_text(f"{limit}\n")
    monkeypatch.setattr(room, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(room, "LIMIT", tmp_path / "max")
    assert room.available_memory() == free


def test_a_removal_that_was_killed_is_ended_by_the_next_get(file, models):
    half = place().with_name(f"{place().name}.removed")
    half.mkdir(parents=True)
    (half / "weights.bin").write_bytes(b"half")
    get(SOURCE, 1, file, pack, silent)
    assert not half.exists()


def test_what_is_removed_is_gone_and_can_be_had_again(file, models):
    assert remove(SOURCE, 1) == 0
    assert not models.exists()
    get(SOURCE, 1, file, pack, silent)
    get(SOURCE, 2, file, pack, silent)
    left = where.partial(SOURCE.sha256)
    left.mkdir()
    (left / "half").write_bytes(b"half")
    assert remove(SOURCE, 1) == len(CONTENT) + len("small") + len("half")
    assert not place().exists()
    assert not left.exists()
    assert where.place(SOURCE.sha256, 2).is_dir()  # of another version of editdiff
    assert get(SOURCE, 1, file, pack, silent).is_dir()
