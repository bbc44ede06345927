import json
from pathlib import Path

import pytest

from editdiff.engines.doubt import PLAIN
from editdiff.engines.measured import review_calibration, write_calibration
from editdiff.errors import ModelError
from editdiff.families.canvas.weights import sha256
from editdiff.families.manifest import REVIEW

TOLD = {"calibration": PLAIN.to_json(), "measured": {}}


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_what_is_written_is_read(model):
    path = write_calibration("review", {**TOLD, "measured": {"auroc": 0.7}}, str(model))
    assert review_calibration(str(model)) == PLAIN
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["measured"] == {"auroc": 0.7}
    assert content["weights"] == sha256(model / "model.safetensors")


def test_without_a_file_there_is_no_calibration(model):
    assert review_calibration(str(model)) is None


def test_a_calibration_of_other_weights_does_not_count(model):
    write_calibration("review", TOLD, str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    assert review_calibration(str(model)) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"weights": "x", "calibration": {"first": 1}}']
)
def test_a_broken_file_is_a_clear_error(model, content):
    (model / REVIEW).write_text(content)
    with pytest.raises(ModelError, match="cannot read the calibration") as caught:
        review_calibration(str(model))
    assert "--write-calibration" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_a_clear_error(model):
    (model / REVIEW).mkdir()
    with pytest.raises(ModelError, match="cannot write"):
        write_calibration("review", TOLD, str(model))
