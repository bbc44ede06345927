import json
from pathlib import Path

import pytest

from editdiff.engines.choose import embedded
from editdiff.engines.confidence import LineCalibration, Unread
from editdiff.engines.measured import (
    ghost_calibration,
    ghost_thresholds,
    several_thresholds,
    write_calibration,
    write_ghost_thresholds,
    write_several_thresholds,
)
from editdiff.errors import ModelError
from editdiff.families import load
from editdiff.families.canvas.weights import sha256
from editdiff.families.manifest import GHOST

MEASURED = {
    "python": {"threshold": 0.5, "exact": {"hits": 3, "total": 4}},
    "css": {"threshold": None},
}


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_what_is_written_is_read_and_a_language_without_a_threshold_is_off(model):
    path = write_ghost_thresholds(MEASURED, str(model))
    assert ghost_thresholds(str(model)) == {"python": 0.5}
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["languages"] == MEASURED
    assert content["weights"] == sha256(model / "model.safetensors")


def test_thresholds_of_lines_and_of_several_lines_are_kept_side_by_side(model):
    assert several_thresholds(str(model)) == {}
    write_ghost_thresholds(MEASURED, str(model))
    write_several_thresholds({"python": {"threshold": 0.75}}, str(model))
    assert several_thresholds(str(model)) == {"python": 0.75}
    assert ghost_thresholds(str(model)) == {"python": 0.5}
    write_ghost_thresholds({"css": {"threshold": 0.25}}, str(model))
    assert several_thresholds(str(model)) == {"python": 0.75}
    assert ghost_thresholds(str(model)) == {"python": 0.5, "css": 0.25}
    write_ghost_thresholds({"python": {"threshold": None}}, str(model))
    assert ghost_thresholds(str(model)) == {"css": 0.25}


def test_thresholds_of_other_weights_are_not_kept(model):
    write_several_thresholds({"python": {"threshold": 0.75}}, str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    write_ghost_thresholds(MEASURED, str(model))
    assert several_thresholds(str(model)) == {}


def test_without_thresholds_ghost_text_is_off_everywhere(model):
    assert ghost_thresholds(str(model)) == {}


def test_thresholds_of_other_weights_do_not_count(model):
    write_ghost_thresholds(MEASURED, str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    assert ghost_thresholds(str(model)) == {}


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"weights": "x", "languages": {"python": {"threshold": "x"}}}']
)
def test_a_broken_file_is_a_clear_error(model, content):
    (model / GHOST).write_text(content)
    with pytest.raises(ModelError, match="cannot read the thresholds") as caught:
        ghost_thresholds(str(model))
    assert "--write-threshold" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_a_clear_error(model):
    (model / GHOST).mkdir()
    with pytest.raises(ModelError, match="cannot write"):
        write_ghost_thresholds(MEASURED, str(model))


FITTED = LineCalibration(-0.5, {"logp": 1.25}, 0.375, {"python": 0.5}, Unread(1.0, {}, 0.0))
TOLD = {"calibration": FITTED.to_json(), "measured": {}, "thresholds": MEASURED}


def test_a_calibration_is_kept_with_its_thresholds_and_the_earlier_ones_go(model):
    write_ghost_thresholds({"css": {"threshold": 0.25}}, str(model))
    write_several_thresholds({"css": {"threshold": 0.25}}, str(model))
    assert ghost_calibration(str(model)) is None
    path = write_calibration("ghost-confidence", {**TOLD, "measured": {"auroc": 0.9}}, str(model))
    assert ghost_calibration(str(model)) == FITTED
    assert ghost_thresholds(str(model)) == {"python": 0.5}
    assert several_thresholds(str(model)) == {}
    assert json.loads(path.read_text(encoding="utf-8"))["measured"] == {"auroc": 0.9}


def test_thresholds_that_are_chosen_with_a_calibration_leave_it_there(model):
    write_calibration("ghost-confidence", TOLD, str(model))
    write_several_thresholds({"python": {"threshold": 0.75}}, str(model))
    assert ghost_calibration(str(model)) == FITTED
    assert ghost_thresholds(str(model)) == {"python": 0.5}
    assert several_thresholds(str(model)) == {"python": 0.75}


def test_a_calibration_of_other_weights_does_not_count(model):
    write_calibration("ghost-confidence", TOLD, str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    assert ghost_calibration(str(model)) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weights": "x", "calibration": {}}'])
def test_a_broken_calibration_is_a_clear_error(model, content):
    (model / GHOST).write_text(content)
    with pytest.raises(ModelError, match="cannot read the calibration") as caught:
        ghost_calibration(str(model))
    assert "eval ghost-confidence --write-calibration" in caught.value.hint


def test_what_comes_along_with_coder_was_measured_on_its_weights():
    folder = embedded("coder")
    content = json.loads((folder / GHOST).read_text(encoding="utf-8"))
    assert content["weights"] == load.identity(folder)
    calibration = ghost_calibration("coder")
    assert calibration is not None
    assert 0 < calibration.floor < 1
    assert all(0 < least < 1 for least in ghost_thresholds("coder").values())


@pytest.mark.weights
def test_the_built_in_models_thresholds_were_measured_on_its_weights():
    folder = embedded("nano")
    content = json.loads((folder / GHOST).read_text(encoding="utf-8"))
    assert content["weights"] == sha256(folder / "model.safetensors")
    assert set(content["languages"]) == {"python"}
    assert all(0 < least <= 1 for least in ghost_thresholds().values())
