"""Small environments, files and records written as pip does; `.ci/runtimes.py` has pip itself write real ones."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import editdiff

ROOT = Path(editdiff.__file__).parents[1]
CPU, GPU = "onnxruntime", "onnxruntime-gpu"
FILES = {"onnxruntime/__init__.py": "class InferenceSession: build = {build!r}\n"}
ONLY_GPU = {"onnxruntime/cuda.so": "cuda"}
LOAD = """
from editdiff.errors import MissingDependencyError
from editdiff.families import runtime
try:
    print(runtime.load().InferenceSession.build)
except MissingDependencyError as error:
    print(error.message, error.hint, sep="\\n")
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "site"


def install(build: str, place: Path, version: str = "1.31.1") -> None:
    """Write a build's files over what is there, as pip does, and the record of their sizes."""
    files = FILES | (ONLY_GPU if build == GPU else {})
    record = ""
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        size = (place / name).write_text(content.format(build=build))
        record += f"{name},sha256=0,{size}\n"
    info = place / f"{build.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {build}\nVersion: {version}\n")
    (info / "RECORD").write_text(record + f"{info.name}/RECORD,,\n")


def uninstall(build: str, place: Path) -> None:
    """Remove what a build's record lists, whoever wrote it last."""
    [info] = place.glob(f"{build.replace('-', '_')}-*.dist-info")
    for line in (info / "RECORD").read_text().split():
        (place / line.split(",")[0]).unlink(missing_ok=True)
    shutil.rmtree(info)


def load(place: Path) -> list[str]:
    """What comes of it in a process that knows this place alone."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
    command = [sys.executable, "-S", "-c", "import sys\n" + LOAD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n").split("\n")


@pytest.mark.parametrize("build", [CPU, GPU])
def test_either_build_alone_is_taken(build, place):
    install(build, place)
    assert load(place) == [build]


def test_without_one_it_says_how_to_get_one(place):
    message, hint = load(place)
    assert message == "the model runs on onnxruntime, which is not installed"
    assert "install" in hint and str(sys.executable) in hint
    assert CPU in hint and GPU in hint


@pytest.mark.parametrize(("has_pip", "tool"), [(True, "-m pip install"), (False, "uv pip install")])
def test_the_line_is_one_that_this_environment_understands(has_pip, tool, place):
    if has_pip:
        (place / "pip").mkdir(parents=True)
        (place / "pip/__init__.py").touch()
    assert tool in load(place)[1]


def test_both_are_taken_while_the_gpu_build_is_whole(place):
    install(CPU, place)
    install(GPU, place)
    assert load(place) == [GPU]


def test_a_gpu_build_that_was_overwritten_is_not_taken_for_one(place):
    install(GPU, place)
    install(CPU, place)
    assert_mends(GPU, load(place))


@pytest.mark.parametrize(("kept", "removed"), [(CPU, GPU), (GPU, CPU)])
def test_what_an_uninstallation_of_the_other_build_has_left_is_named(kept, removed, place):
    install(kept, place)
    install(removed, place)
    uninstall(removed, place)
    assert_mends(kept, load(place))


def test_leftovers_of_no_build_count_as_none(place):
    install(CPU, place)
    (place / "onnxruntime/left.txt").write_text("")
    uninstall(CPU, place)
    assert load(place)[0] == "the model runs on onnxruntime, which is not installed"


def test_a_whole_build_that_cannot_be_imported_says_why(place, monkeypatch):
    monkeypatch.setitem(FILES, "onnxruntime/__init__.py", "raise ImportError('no libstdc++')\n")
    install(CPU, place)
    message, hint = load(place)
    assert message == "onnxruntime 1.31.1 cannot be imported: no libstdc++"
    assert "uninstall" in hint


def assert_mends(build: str, said: list[str]) -> None:
    """It names the damaged build, and how to get it alone."""
    message, hint = said
    assert f"files of {build} 1.31.1 are missing or replaced" in message
    removing, installing = hint.split(", then ")
    assert {"uninstall", CPU, GPU} <= set(removing.strip("`").split())
    assert {"install", build} <= set(installing.strip("`").split())
    assert not {CPU, GPU} - {build} & set(installing.strip("`").split())
