"""What the tests of commands share."""

import os

import pytest

from editdiff.cli import fix, infill
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.store.where import MODELS


@pytest.fixture(autouse=True)
def no_settings(tmp_path_factory, monkeypatch):
    """Keep out what the person who runs the tests has set for their own use."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
    for name in [name for name in os.environ if name.startswith("EDITDIFF_") and name != MODELS]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_calibration(monkeypatch):
    """Scripted drafts are not declined by what was measured of the model that they stand for."""
    monkeypatch.setattr(infill, "infill_calibration", lambda named: None)
    monkeypatch.setattr(fix, "fix_calibration", lambda named: None)


@pytest.fixture
def answer(monkeypatch):
    """Let the engine answer from a script; gives the engine."""

    def install(*script) -> ScriptedEngine:
        engine = ScriptedEngine(script)
        monkeypatch.setattr(infill, "choose", lambda *spec: engine)
        return engine

    return install
