"""What was fitted to drafts and to fixes is kept in a model's folder, and counts for its weights alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from editdiff.engines import measured
from editdiff.engines.choose import shipped
from editdiff.engines.confidence import DraftCalibration, FixCalibration, RewriteCalibration
from editdiff.errors import ModelError
from editdiff.families import load
from editdiff.families.canvas.weights import sha256
from editdiff.families.manifest import FIX, INFILL, REWRITE


class Kept(NamedTuple):
    """A kind of calibration, and who reads and writes it."""

    fitted: DraftCalibration | FixCalibration | RewriteCalibration
    read: Callable[[str | None], Any]
    file: str
    benchmark: str

    def write(self, model: str, **found: Any) -> Path:
        """Keep it in a model's folder, with what was found."""
        told = {"calibration": self.fitted.to_json(), "measured": found}
        return measured.write_calibration(self.benchmark, told, model)


@pytest.fixture(params=[INFILL, FIX, REWRITE])
def kept(request) -> Kept:
    if request.param == INFILL:
        fitted = DraftCalibration(-0.5, {"score": 0.75, "share": 0.25}, 0.0625, {"python": 0.5})
        return Kept(fitted, measured.infill_calibration, INFILL, "infill-confidence")
    if request.param == REWRITE:
        answers = RewriteCalibration(-0.5, {"sure": 0.75, "lost": -0.25}, 0.75, {"python": 0.5})
        return Kept(answers, measured.rewrite_calibration, REWRITE, "rewriting")
    fix = FixCalibration(-0.5, {"gain": 0.75, "lead": 0.25}, 0.75, {"python": 0.5})
    return Kept(fix, measured.fix_calibration, FIX, "fix-confidence")


@pytest.fixture
def model(tmp_path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_what_is_written_is_read(model, kept):
    assert kept.read(str(model)) is None
    path = kept.write(str(model), auroc=0.9)
    assert path.name == kept.file
    assert kept.read(str(model)) == kept.fitted
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["measured"] == {"auroc": 0.9}
    assert content["weights"] == sha256(model / "model.safetensors")


def test_without_a_file_there_is_no_calibration(model, kept):
    assert kept.read(str(model)) is None


def test_it_is_read_once(model, kept):
    kept.write(str(model))
    first = kept.read(str(model))
    (model / kept.file).unlink()
    assert kept.read(str(model)) is first is not None


def test_a_calibration_of_other_weights_does_not_count(model, kept):
    kept.write(str(model))
    (model / "model.safetensors").write_bytes(b"other weights")
    assert kept.read(str(model)) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"weights": "x", "calibration": {"bias": 1}}']
)
def test_a_broken_file_is_a_clear_error(model, content, kept):
    (model / kept.file).write_text(content)
    with pytest.raises(ModelError, match="cannot read the calibration") as caught:
        kept.read(str(model))
    assert f"eval {kept.benchmark} --write-calibration" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_a_clear_error(model, kept):
    (model / kept.file).mkdir()
    with pytest.raises(ModelError, match="cannot write"):
        kept.write(str(model))


def test_the_calibrations_of_the_models_that_come_along_were_fitted_on_their_weights(kept):
    for folder in shipped():
        if (folder / kept.file).exists():
            content = json.loads((folder / kept.file).read_text(encoding="utf-8"))
            assert content["weights"] == load.identity(folder), folder.name
            assert 0 < type(kept.fitted).of(content["calibration"]).floor < 0.9


def test_what_has_no_weight_in_a_language_that_was_not_measured_is_no_bias(kept):
    told = dict.fromkeys(type(kept.fitted).NAMES, 0.0)
    p, elsewhere = (kept.fitted.probability(told, name) for name in ("python", "klingon"))
    assert p == pytest.approx(0.5)
    assert elsewhere < p
