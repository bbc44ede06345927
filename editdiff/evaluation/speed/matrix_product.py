"""The matrix peak of onnxruntime on this machine: one product, timed alone, to compare a network's step with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import MissingDependencyError
from editdiff.families.canvas.weights import ZERO

ROWS, WIDTH = 256, 1024
"""Rows multiplied at once, and both sides of the matrix: large for the kernel, small for the caches."""
_CONTRIB = "com.microsoft"


class Product:
    """One product [rows, width] x [width, width] as a model, of bytes about ZERO or of fp32."""

    def __init__(
        self, integer: bool, rows: int = ROWS, width: int = WIDTH, threads: int = 0
    ) -> None:
        """Draw both matrices at random; `threads` 0 takes every core.

        Raises:
            MissingDependencyError: without onnx, which makes the graph, or onnxruntime.
        """
        try:
            import onnxruntime as ort

            model = _model(integer, rng := np.random.default_rng(0), width)
        except ImportError as error:
            raise MissingDependencyError(
                f"the peak of matrix products cannot be measured without {error.name}",
                "pip install 'editdiff[train]'",
            ) from error
        self.multiply_adds = rows * width * width
        self.x = _random(integer, rng, rows, width)
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self) -> NDArray[np.float32]:
        """Multiply once; the product [rows, width]."""
        (y,) = self._session.run(["y"], {"x": self.x})
        return np.asarray(y, dtype=np.float32)


def _random(integer: bool, rng: np.random.Generator, *shape: int) -> NDArray[Any]:
    if integer:
        return rng.integers(1, 256, shape, dtype=np.uint8)
    return rng.standard_normal(shape, dtype=np.float32)


def _model(integer: bool, rng: np.random.Generator, width: int) -> bytes:
    """A graph of one node, the engine's own; the matrix is a constant, so that it is packed beforehand."""
    from onnx import TensorProto, helper, numpy_helper

    weights = [numpy_helper.from_array(_random(integer, rng, width, width), "w")]
    if integer:
        kind = TensorProto.UINT8
        weights.append(numpy_helper.from_array(np.array(1, np.float32), "one"))
        weights.append(numpy_helper.from_array(np.array(ZERO, np.uint8), "zero"))
        inputs = ["x", "w", "one", "one", "zero", "zero"]
        node = helper.make_node("MatMulIntegerToFloat", inputs, ["y"], domain=_CONTRIB)
    else:
        kind = TensorProto.FLOAT
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
    x = helper.make_tensor_value_info("x", kind, [None, width])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, width])
    graph = helper.make_graph([node], "product", [x], [y], weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())
