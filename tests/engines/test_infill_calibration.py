import json
from pathlib import Path

import pytest

from editdiff.engines.choose import shipped
from editdiff.engines.confidence import DraftCalibration
from editdiff.engines.measured import infill_calibration, write_infill_calibration
from editdiff.errors import ModelError
from editdiff.families import load
from editdiff.families.canvas.weights import sha256
from editdiff.families.manifest import INFILL

FITTED = DraftCalibration(-0.5, {"score": 0.75, "share": 0.25}, 0.0625)


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_what_is_written_is_read(model):
    assert infill_calibration(str(model)) is None
    path = write_infill_calibration(FITTED.to_json(), {"auroc": 0.9}, str(model))
    assert infill_calibration(str(model)) == FITTED
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["measured"] == {"auroc": 0.9}
    assert content["weights"] == sha256(model / "model.safetensors")


def test_without_a_file_there_is_no_calibration(model):
    assert infill_calibration(str(model)) is None


def test_it_is_read_once(model):
    write_infill_calibration(FITTED.to_json(), {}, str(model))
    first = infill_calibration(str(model))
    (model / INFILL).unlink()
    assert infill_calibration(str(model)) is first is not None


def test_a_calibration_of_other_weights_does_not_count(model):
    write_infill_calibration(FITTED.to_json(), {}, str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    assert infill_calibration(str(model)) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"weights": "x", "calibration": {"bias": 1}}']
)
def test_a_broken_file_is_a_clear_error(model, content):
    (model / INFILL).write_text(content)
    with pytest.raises(ModelError, match="cannot read the calibration") as caught:
        infill_calibration(str(model))
    assert "eval infill-confidence --write-calibration" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_a_clear_error(model):
    (model / INFILL).mkdir()
    with pytest.raises(ModelError, match="cannot write"):
        write_infill_calibration(FITTED.to_json(), {}, str(model))


def test_the_calibrations_of_the_models_that_come_along_were_fitted_on_their_weights():
    for folder in shipped():
        if (folder / INFILL).exists():
            content = json.loads((folder / INFILL).read_text(encoding="utf-8"))
            assert content["weights"] == load.identity(folder), folder.name
            assert DraftCalibration.of(content["calibration"]).floor < 0.5
