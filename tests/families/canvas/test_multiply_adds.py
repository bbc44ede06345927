import numpy as np
import pytest

from editdiff.engines.choose import embedded
from editdiff.families.canvas import is_integer, multiply_adds
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.weights import save_int8


def test_multiply_adds_are_those_of_the_matrices(tmp_path):
    weights = {
        "a": np.ones((16, 8), np.float32),
        "gate": np.ones((1, 8), np.float32),
        "norm": np.ones(8, np.float32),
    }
    save_int8(tmp_path / "model.safetensors", weights, {})
    assert multiply_adds(tmp_path) == 16 * 8 + 8
    assert is_integer(tmp_path)
    save_int8(tmp_path / "model.safetensors", {"gate": weights["gate"]}, {})
    assert not is_integer(tmp_path)


@pytest.mark.weights
def test_the_shipped_network_multiplies_about_once_a_parameter():
    c = NetworkConfig.load(embedded("nano") / "config.json")
    kv = c.n_kv_head * c.head_dim
    layer = 2 * c.n_embd**2 + 2 * c.n_embd * kv + 3 * c.n_embd * c.n_ff
    expected = c.n_layer * layer + c.vocab_size * c.n_embd + 2 * c.n_copy * c.n_embd
    assert multiply_adds(embedded("nano")) == pytest.approx(expected, rel=0.01)
