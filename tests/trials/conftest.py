"""What the tests of confined runs share."""

import os
from pathlib import Path

import pytest

from editdiff.trials.running import LEVELS, Confinement


@pytest.fixture(scope="session")
def strictest(tmp_path_factory) -> str:
    """The strictest level that can be had here."""
    return Confinement(tmp_path_factory.mktemp("tree")).level


@pytest.fixture(params=LEVELS)
def level(request, strictest) -> str:
    """Every level that can be had here."""
    return had(request.param, strictest)


@pytest.fixture(params=[name for name in LEVELS if name != "plain"])
def separated(request, strictest) -> str:
    """Every level at which a process is separated from the rest of the system."""
    return had(request.param, strictest)


def had(level: str, strictest: str) -> str:
    if LEVELS.index(level) < LEVELS.index(strictest):
        pytest.skip(f"this system lets nobody separate a process: {level!r} cannot be had")
    return level


@pytest.fixture
def tree(tmp_path) -> Path:
    """The user's own."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "kept.txt").write_text("kept\n")
    return folder


@pytest.fixture(autouse=True)
def only_the_plugin_of_ours(monkeypatch):
    """Nothing of the development install is loaded where a test runs pytest: it would take a second."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in [name for name in os.environ if name in ("PYTEST_ADDOPTS", "PYTHONPATH")]:
        monkeypatch.delenv(name)
