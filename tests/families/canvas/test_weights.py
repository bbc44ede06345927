from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import save_file

from editdiff.errors import ModelError
from editdiff.families.canvas import weights
from editdiff.families.canvas.config import NetworkConfig

MATRICES = arrays(
    np.float32, (8, 5), elements=st.floats(-100, 100, width=32, allow_subnormal=False)
)


@given(MATRICES)
def test_quantising_errs_by_half_a_step_at_most(matrix: np.ndarray) -> None:
    q, scale = weights.quantise(matrix)
    assert q.dtype == np.int8
    assert (np.abs(q * scale - matrix) <= scale * 0.501).all()


def test_weights_come_back_and_quantising_again_changes_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    first = {
        "a": rng.normal(size=(16, 4)).astype(np.float32),
        "v": rng.normal(size=7).astype(np.float32),
    }
    weights.save_int8(tmp_path / "one", first, {})
    loaded = weights.load(tmp_path / "one")
    assert set(loaded) == {"a", "v"}
    assert np.array_equal(loaded["v"], first["v"])
    weights.save_int8(tmp_path / "two", loaded, {})
    assert np.allclose(weights.load(tmp_path / "two")["a"], loaded["a"], atol=1e-6)


def test_the_layout_points_at_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "w"
    values = {"a": np.full((9, 3), 2.0, np.float32), "v": np.arange(5, dtype=np.float32)}
    weights.save_int8(path, values, {"format": "x"})
    where = weights.layout(path)
    data = path.read_bytes()
    assert where["a"].dtype == "U8"
    assert data[where["a"].offset :][: where["a"].length] == b"\xff" * 27  # 127 above 128
    v = where["v"]
    assert np.array_equal(np.frombuffer(data[v.offset : v.offset + v.length], "<f4"), values["v"])


def test_matrices_of_the_older_signed_format_are_read_and_come_out_the_same(tmp_path: Path) -> None:
    values = {"a": np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)}
    signed, scale = weights.quantise(values["a"])
    save_file({"a": signed, "a" + weights.SCALE: scale}, tmp_path / "old")
    weights.save_int8(tmp_path / "new", values, {})
    assert weights.layout(tmp_path / "old")["a"].dtype == "I8"
    assert np.array_equal(weights.load(tmp_path / "old")["a"], weights.load(tmp_path / "new")["a"])


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "model.safetensors"
    if damage != "missing":
        weights.save_int8(path, {"a": np.ones((9, 9), np.float32)}, {})
        data = {"empty": b"", "cut": path.read_bytes()[:-5], "text": b"not weights at all"}
        path.write_bytes(data[damage])
    for read in (weights.load, weights.layout):
        with pytest.raises(ModelError, match=r"model\.safetensors"):
            read(path)


@pytest.mark.parametrize("content", ["", "[1]", '{"n_layers": 3}'])
def test_a_broken_configuration_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"config\.json"):
        NetworkConfig.load(path)


def test_the_configuration_comes_back(tmp_path: Path) -> None:
    config = NetworkConfig(n_layer=3, n_copy=0)
    config.save(tmp_path / "config.json")
    assert NetworkConfig.load(tmp_path / "config.json") == config
