"""What the tests of the bot share."""

import os

import pytest
from repositories import Repository


@pytest.fixture(autouse=True)
def nobody_around(tmp_path, monkeypatch):
    """Nothing of the user's git, settings and pytest, and no repository above."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "CI_"))]:
        monkeypatch.delenv(name)
    for name in [name for name in os.environ if name in ("PYTEST_ADDOPTS", "PYTHONPATH")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Repository:
    """A repository with one file, in the current folder."""
    found = Repository.begin(tmp_path / "project", {"a.py": "x = 1\ny = 2\nz = 3\n"})
    monkeypatch.chdir(found.folder)
    return found
