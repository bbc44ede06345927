import sys

import numpy as np
import pytest

from editdiff.errors import MissingDependencyError
from editdiff.evaluation.speed.matrix_product import Product


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
