"""Whatever the user or the machine gets wrong: one sentence and a hint, exit code 2, all files as they were."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ordinary_user import ordinary_user

import editdiff
from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine

SOURCE = b"def area(width, height):\n    return width + height\n\n\nprint(area(3, 4))\n"
LINE = "    return width * height"
FILLED = SOURCE.replace(b"+", b"*")
posix = pytest.mark.skipif(os.name != "posix", reason="permissions and limits of POSIX")

State = dict[str, tuple[int, int, bytes | None]]


def state(folder: Path) -> State:
    """Mode, time of the last change, and bytes of everything in a folder; none of what is no file."""
    return {
        path.name: (
            stat.S_IMODE(path.lstat().st_mode),
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.iterdir()
    }


@pytest.fixture
def folder(monkeypatch) -> Iterator[Path]:
    """The current folder, with a file; unlike `tmp_path` every user reaches it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_CONFIG_HOME", name)
        (folder / "area.py").write_bytes(SOURCE)
        yield folder


def assert_sentence_and_hint(err: str, *words: str) -> None:
    error, hint = err.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    assert all(word in error for word in words), error


def refused(capsys, *words: str, targets: tuple[str, ...] = ("area.py:2",)) -> None:
    """Run the command in the current folder; it has to end as this module's first line says."""
    before = state(Path.cwd())
    assert main(["infill", *targets, "--write"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert_sentence_and_hint(err, *words)
    assert state(Path.cwd()) == before


FILES = {
    "not UTF-8": (b"caf\xe9 = 1\nb = 2\n", "0xe9 at byte 3"),
    "cut in a character": ("a\n😀".encode()[:-1], "0xf0 at byte 2"),
    "an encoded surrogate": (b"a\n\xed\xa0\x80\n", "0xed at byte 2"),
    "UTF-16": ("a\nb\n".encode("utf-16"), "NUL byte"),
    "binary": (b"\x7fELF\n\0\n\n", "NUL byte at byte 5"),
    "empty": (b"", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "too short": (b"a = 1\n", "line 3 is not in area.py, which has 1 line"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_text_or_too_short(kind, folder, answer, capsys):
    data, word = FILES[kind]
    (folder / "area.py").write_bytes(data)
    engine = answer(LINE)
    refused(capsys, "area.py", word, targets=("area.py:3",))
    assert engine.tasks == []


TARGETS = {
    "missing": ("none.py:1", "none.py does not exist"),
    "a name that is not UTF-8": ("caf\udce9.py:1", "does not exist"),
    "a name that draws": ("a\n\x1b[2J.py:1", "a\\n\\x1b[2J.py does not exist"),
    "a folder": (".:1", "is a directory"),
    "a pipe": ("pipe:1", "not a regular file"),
    "a device": ("/dev/zero:1", "not a regular file"),
    "a link to nothing": ("dangling:1", "does not exist"),
    "a link to itself": ("loop:1", "cannot read"),
    "a name too long": (f"{'a' * 300}.py:1", "cannot read"),
    "a file that fails": ("/proc/self/mem:1", "cannot read"),
    "line 0": ("area.py:0", "line 0 is not in area.py"),
    "a column outside": ("area.py:2:1-2:99", "column 99 is not in line 2"),
    "overlapping": ("area.py:1-2,2", "overlap in line 2"),
    "touching": ("area.py:2:1-2:5,2:5-2:9", "touch in line 2"),
}


@posix
@pytest.mark.parametrize("kind", TARGETS)
def test_a_target_that_is_no_region_of_a_text_file(kind, folder, answer, capsys):
    target, word = TARGETS[kind]
    if target.startswith("/") and not os.path.exists(target.rpartition(":")[0]):
        pytest.skip(f"no {target} here")
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nothing")
    (folder / "loop").symlink_to("loop")
    engine = answer(LINE)
    refused(capsys, word, targets=(target,))
    assert engine.tasks == []


@posix
@pytest.mark.parametrize(
    ("mode", "folder_mode", "word"),
    [
        (0o000, 0o777, "no permission to read area.txt"),
        (0o444, 0o777, "area.txt is read-only"),
        (0o666, 0o555, "cannot write area.txt: Permission denied"),
    ],
    ids=["unreadable", "a read-only file", "a read-only folder"],
)
def test_what_the_permissions_forbid(mode, folder_mode, word, folder, answer, capsys):
    answer(LINE)
    (folder / "area.py").rename("area.txt")  # a language whose check needs no process of this user
    (folder / "area.txt").chmod(mode)
    before = state(folder)
    folder.chmod(folder_mode)
    with ordinary_user():
        assert main(["infill", "area.txt:2", "--write"]) == 2
    folder.chmod(0o777)
    assert_sentence_and_hint(capsys.readouterr().err, word)
    assert state(folder) == before


class Meddler:
    """Answers, after something else has happened to the file."""

    name = "meddler"

    def __init__(self, meddle) -> None:
        self.meddle = meddle

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.meddle(Path("area.py"))
        yield Draft((LINE,), 0.0, 1)


def replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


MEDDLING = {
    "one byte changed": (lambda path: path.write_bytes(b"D" + SOURCE[1:]), "changed on disk"),
    "cut": (lambda path: path.write_bytes(SOURCE[:-1]), "changed on disk"),
    "no text any more": (lambda path: path.write_bytes(b"\0\xff"), "changed on disk"),
    "removed": (lambda path: path.unlink(), "does not exist"),
    "a folder now": (replaced_by_a_folder, "is a directory"),
}


@pytest.mark.parametrize("kind", MEDDLING)
def test_a_file_that_changes_between_reading_and_writing(
    kind, folder, monkeypatch, capsys, tmp_path
):
    meddle, word = MEDDLING[kind]
    monkeypatch.setattr(infill, "choose", lambda *spec: Meddler(meddle))
    assert main(["infill", "area.py:2", "--write"]) == 2
    assert_sentence_and_hint(capsys.readouterr().err, "area.py", word)
    (tmp_path / "area.py").write_bytes(SOURCE)
    monkeypatch.chdir(tmp_path)
    meddle(Path("area.py"))
    assert [(name, data) for name, (_, _, data) in state(folder).items()] == [
        (name, data) for name, (_, _, data) in state(tmp_path).items()
    ]


@posix
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interrupt_while_the_file_is_written_leaves_it_and_nothing_beside_it(
    moment, folder, answer, monkeypatch, capsys
):
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    answer(LINE)
    monkeypatch.setattr(os, moment, interrupted)
    before = state(folder)
    assert main(["infill", "area.py:2", "--write"]) == 130
    assert capsys.readouterr() == ("", "")
    assert state(folder) == before


SCRIPTED = f"""
import sys
from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.fakes.scripted import ScriptedEngine
infill.choose = lambda *spec: ScriptedEngine([{LINE!r}])
infill.infill_calibration = lambda named: None
"""


def run(program: str, **more) -> subprocess.CompletedProcess[str]:
    """Run a program that has `main` and a scripted engine, in the current folder."""
    paths = [str(Path(editdiff.__file__).parents[1]), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | more.pop("env", {})
    command = [*more.pop("wrapper", ()), sys.executable, "-c", SCRIPTED + program]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, **more
    )


@posix
def test_no_room_for_the_new_file_by_the_limit_on_the_size_of_files(folder):
    before = state(folder)
    done = run(
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(SOURCE) - 9}, {len(SOURCE) - 9}))\n"
        "sys.exit(main(['infill', 'area.py:2', '--write']))"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert_sentence_and_hint(done.stderr, "cannot write area.py: File too large")
    assert state(folder) == before


ON_A_FULL_DISK = f"""
import os
from pathlib import Path
try:
    os.chdir("disk")
    Path("area.py").write_bytes({SOURCE!r} + b"#" * 40_000)
    before = Path("area.py").read_bytes(), os.stat("area.py").st_mtime_ns
    code = main(["infill", "area.py:2", "--write"])
    same = (Path("area.py").read_bytes(), os.stat("area.py").st_mtime_ns) == before
    print(code, same, os.listdir("."))
finally:
    os.chdir("..")
"""


def test_no_room_for_the_new_file_on_a_full_disk(folder):
    # a disk of 64 kB that only the process and its children see, and that goes with them
    (folder / "disk").mkdir()
    mount = 'mount -t tmpfs -o size=64k editdiff disk && exec "$@"'
    wrapper = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if not shutil.which("unshare") or subprocess.run([*wrapper, "true"], check=False).returncode:
        pytest.skip("no disk can be made here")
    done = run(ON_A_FULL_DISK, wrapper=wrapper)
    assert done.stdout == "2 True ['area.py']\n", done.stderr
    assert_sentence_and_hint(done.stderr, "cannot write area.py: No space left on device")


HIDDEN = 4000
"""Lines; several tens of thousands of tokens."""


@pytest.fixture
def long_file(folder) -> Path:
    path = folder / "long.py"
    path.write_text("a = 0\n" + "b = a + 1  # hidden\n" * HIDDEN + "print(b)\n")
    return path


def test_a_gap_of_any_length_is_filled_for_its_context(long_file, monkeypatch):
    engine = LocalEngine(OracleDenoiser(("b = 1",)))
    monkeypatch.setattr(infill, "choose", lambda *spec: engine)
    assert main(["infill", f"long.py:2-{HIDDEN + 1}", "--write", "--quiet"]) == 0
    assert long_file.read_text() == "a = 0\nb = 1\nprint(b)\n"
    assert engine.encoded < 100


def test_an_answer_longer_than_the_model_gives_is_a_named_no_edit(long_file, monkeypatch, capsys):
    before = long_file.read_bytes()
    endless = OracleDenoiser(("b = 1\n" * 1000,), before="a = 0\n")
    monkeypatch.setattr(infill, "choose", lambda *spec: LocalEngine(endless))
    assert main(["infill", f"long.py:2-{HIDDEN + 1}", "--write"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "unfinished when the budget ran out\nhint: mask a smaller region" in err
    assert long_file.read_bytes() == before


@pytest.mark.weights
def test_the_built_in_model_ends_whatever_is_hidden(long_file, capsys):
    before = long_file.read_bytes()
    code = main(["infill", f"long.py:2-{HIDDEN + 1}", "--drafts", "2", "--steps", "8"])
    out, err = capsys.readouterr()
    assert (code, bool(out)) in [(0, True), (1, False)]
    assert code == 0 or err.startswith("no edit: ")
    assert long_file.read_bytes() == before
