"""What all tests share: how hypothesis behaves, and the shipped weights."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from editdiff.engines.choose import DEFAULT, embedded

MODEL_FILES = ("config.json", "model.onnx", "model.safetensors", "tokenizer.json")

# no deadlines: a busy machine is no fault of the code
settings.register_profile("local", deadline=None)
# the same examples in every run: a change must not fail for what was there before it
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    """Let Ctrl-C be Ctrl-C: a runner started in the background ignores it, and so would our commands."""
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
