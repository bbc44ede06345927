"""What the wheel carries, and what it says of itself.

`make test` builds one of the source tree; `make release` names the file that it is about to hand out in the
environment variable WHEEL.
"""

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename

import editdiff

ROOT = Path(__file__).parents[1]
INFO = f"editdiff-{editdiff.__version__}.dist-info"
MAY_CARRY = [
    r"editdiff/([a-z_]+/)*[a-z_0-9]+\.py",
    r"editdiff_lsp/[a-z_]+\.py",
    r"editdiff/py\.typed",
    r"editdiff/training/transforms/(names|wordings)\.toml",
    r"editdiff/models/(coder|coder-large|nano)/\w+\.(json|md|onnx|png|safetensors)",
    rf"{re.escape(INFO)}/(METADATA|RECORD|WHEEL|entry_points\.txt|licenses/(LICENSE|NOTICE))",
]
MODEL = {
    "README.md",
    "config.json",
    "ghost.json",
    "model.onnx",
    "model.safetensors",
    "tokenizer.json",
}
LARGEST = 50_000_000
"""Bytes: what an index takes without asking, and what a user waits for."""


def build(folder: Path) -> Path:
    """Build a wheel of the source tree as `make release` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("WHEEL")
    return Path(named) if named else build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(files: dict[str, bytes]) -> Metadata:
    """Read as an index reads it: a field that its standard does not allow raises."""
    return Metadata.from_email(files[f"{INFO}/METADATA"], validate=True)


def strays(names) -> list[str]:
    return [name for name in names if not any(re.fullmatch(may, name) for may in MAY_CARRY)]


def test_the_wheel_carries_nothing_but_the_package_and_its_model(files):
    assert strays(files) == []


@pytest.mark.parametrize(
    "stray",
    [
        "tests/test_wheel.py",
        "editdiff/tests/case.md",
        "editdiff/cli/__pycache__/app.cpython-311.pyc",
        "editdiff/models/nano/model.pt",
        "editdiff/models/coder/model.gguf",
        "editdiff/.cache/row.bin",
        "build/nano-0/model.onnx",
        "models/nano/config.json",
        "lsp/editdiff_lsp/server.py",
        ".ci/release.py",
    ],
)
def test_a_stray_is_found(stray):
    assert strays(["editdiff/errors.py", stray]) == [stray]


def test_every_module_is_in_the_wheel(files):
    places = [(ROOT, "editdiff"), (ROOT / "lsp", "editdiff_lsp")]
    modules = {
        path.relative_to(root).as_posix()
        for root, package in places
        for path in (root / package).rglob("*.py")
    }
    assert {name for name in files if name.endswith(".py")} == modules
    assert "editdiff/py.typed" in files


def test_the_built_in_model_lies_in_the_wheel_where_editdiff_looks_for_it(files):
    for name in MODEL:
        assert files[f"editdiff/models/nano/{name}"] == (ROOT / "models/nano" / name).read_bytes()


@pytest.mark.parametrize("name", ["coder", "coder-large"])
def test_the_wheel_says_where_the_larger_models_are_to_be_had(name, files):
    source = f"models/{name}/source.json"
    assert files[f"editdiff/{source}"] == (ROOT / source).read_bytes()


def test_the_wheel_is_for_every_platform_and_small_enough(wheel):
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert (name, str(version)) == ("editdiff", editdiff.__version__)
    assert [str(tag) for tag in tags] == ["py3-none-any"]
    assert wheel.stat().st_size < LARGEST


def test_the_metadata_is_valid_and_whole(files, metadata):
    assert (metadata.name, str(metadata.version)) == ("editdiff", editdiff.__version__)
    assert metadata.summary
    assert metadata.description == (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata.description_content_type == "text/markdown"
    assert metadata.license_expression == "Apache-2.0"
    for name in ("LICENSE", "NOTICE"):
        assert files[f"{INFO}/licenses/{name}"] == (ROOT / name).read_bytes()
    assert "Typing :: Typed" in (metadata.classifiers or [])


def test_torch_comes_only_with_an_extra(metadata):
    base = [r for r in metadata.requires_dist or [] if not r.marker or r.marker.evaluate()]
    assert base
    heavy = {"torch", "transformers", "onnxruntime-gpu", "onnxruntime", "pytest", "hatchling"}
    assert not heavy & {r.name for r in base}


def test_the_command_editdiff_is_the_command_line(files):
    entries = ConfigParser()
    entries.read_string(files[f"{INFO}/entry_points.txt"].decode())
    assert dict(entries["console_scripts"]) == {"editdiff": "editdiff.cli.app:main"}


def test_the_same_source_makes_the_same_wheel(tmp_path):
    first, second = build(tmp_path / "first"), build(tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
