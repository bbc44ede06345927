"""Loading and running the trunk reaches nothing and writes nothing; OpenVINO's telemetry never gets in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_gguf import write_model

import editdiff

ROOT = Path(editdiff.__file__).parents[1]
WATCH = """
import os, sys

done = []
NET = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.")
CHANGES = (
    "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
    "os.utime", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "subprocess.", "shutil.",
    "tempfile.",
)

def watch(event, args):
    if event.startswith(NET) or event.startswith(CHANGES):
        done.append(f"{event} {args!r}")
    elif event == "open":
        path, mode, flags = args
        if (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            done.append(f"opened for writing: {path!r}")
        elif "openvino_telemetry" in str(path):
            done.append(f"imported {path!r}")

sys.addaudithook(watch)
"""
RUN = """
from pathlib import Path
import numpy as np
from editdiff.engines.base import FillOptions, FillTask
from editdiff.engines.choose import choose
from editdiff.text.span import Span

text = "def area(width, height):\\n    return width * height\\n"
engine = choose(sys.argv[1])
list(engine.fill(FillTask(text, (Span(36, 50),), "a.py"), FillOptions(max_tokens=8)))
assert "openvino" in sys.modules, "nothing was run"
assert sys.modules["openvino_telemetry"] is None
assert not [name for name in sys.modules if name.startswith("openvino_telemetry.")]
print(*done, sep="\\n", end="")
"""
PACK = """
from pathlib import Path
from editdiff.families import qwen

qwen.pack(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), lambda share: None)
print(*(what for what in done if sys.argv[3] not in what), sep="\\n", end="")
"""


@pytest.fixture
def coder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return write_model(tmp_path)


@pytest.fixture
def home(tmp_path) -> Path:
    """A fresh home."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def watched(home: Path, program: str, *arguments: Path, models: Path | None = None) -> str:
    """What a process did that it should not do, in a home where nobody was before."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        **{f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "CACHE", "DATA", "STATE")},
        "TMPDIR": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "EDITDIFF_MODELS": str(models or home / "models"),
    }
    done = subprocess.run(
        [sys.executable, "-c", WATCH + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(*folders: Path) -> dict[Path, tuple[int, int]]:
    """Sizes and times of all files."""
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def test_loading_and_running_the_trunk_reaches_and_writes_nothing(coder, home, tmp_path):
    before = files(tmp_path)
    assert watched(home, RUN, coder, models=tmp_path / "models") == ""
    assert files(tmp_path) == before
    assert list(home.iterdir()) == []


def test_packing_writes_into_its_folder_alone(coder, home, tmp_path):
    into = tmp_path / "into"
    into.mkdir()
    told = watched(home, PACK, coder, tmp_path / "tiny.gguf", into)
    assert told == ""
    assert list(home.iterdir()) == []
    assert {path.name for path in into.iterdir()} == {
        "trunk.json",
        "vocabulary.json",
        "weights.safetensors",
    }


def test_the_watch_notices_telemetry_where_openvino_is_imported_without_care(home):
    told = watched(home, "import openvino\nprint(*done, sep='\\n')")
    assert "openvino_telemetry/__init__" in told or "openvino_telemetry/__pycache__" in told


SOCKETS = "import socket\nsocket.socket().close()\nprint(*done, sep='\\n')"


@pytest.mark.parametrize("program", [SOCKETS, "open('a', 'w')\nprint(*done, sep='\\n')"])
def test_the_watch_notices_sockets_and_files(program, home):
    assert watched(home, program) != "\n"
