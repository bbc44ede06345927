import sys

import numpy as np
import pytest

from editdiff.engines.choose import embedded
from editdiff.errors import MissingDependencyError
from editdiff.evaluation.matrix_product import Product
from editdiff.families.canvas import is_integer, multiply_adds
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.weights import save_int8


@pytest.mark.parametrize("integer", [True, False])
def test_a_product_is_computed_and_counted(integer):
    product = Product(integer, rows=5, width=16)
    y = product.run()
    assert (y.shape, product.multiply_adds) == ((5, 16), 5 * 16 * 16)
    assert product.x.dtype == (np.uint8 if integer else np.float32)
    assert np.isfinite(y).all()
    assert np.ptp(y) > 0


def test_an_integer_product_counts_bytes_from_128():
    product = Product(True, rows=1, width=4)
    product.x[:] = 128
    assert (product.run() == 0).all()


@pytest.mark.parametrize("library", ["onnx", "onnxruntime"])
def test_without_a_library_it_says_which_and_how_to_get_it(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingDependencyError, match=library) as caught:
        Product(True)
    assert "pip install" in caught.value.hint


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
