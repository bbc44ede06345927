"""OpenVINO, without its telemetry.

The distribution `openvino` brings `openvino_telemetry`, which reports uses of its tools over the network and writes
a file into the home folder. `import openvino` imports it where it can be imported; here it cannot.
"""

from __future__ import annotations

import sys
from typing import Any

from editdiff.errors import MissingDependencyError

TELEMETRY = "openvino_telemetry"


def load() -> Any:
    """Import OpenVINO.

    Raises:
        MissingDependencyError: when it is not installed, or cannot be imported.
    """
    if TELEMETRY not in sys.modules:
        sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # an import of it fails, and stubs take its place
    try:
        import openvino
    except ImportError as error:
        raise MissingDependencyError(
            f"the model runs on OpenVINO, which cannot be imported: {error}",
            f"{sys.executable} -m pip install 'openvino>=2026.1', or run it on torch: --engine torch",
        ) from error
    return openvino
