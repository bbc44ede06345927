"""What the tests of the store share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins import HubServer, serving


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch) -> Path:
    """The cache, empty; and nothing that the person who runs the tests has set."""
    for name in [name for name in os.environ if name.startswith(("HF_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(monkeypatch) -> Iterator[HubServer]:
    """A hub that HF_ENDPOINT names."""
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield server


@pytest.fixture
def wheels(tmp_path, monkeypatch) -> Path:
    """The folder that pip takes packages from, and from nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
