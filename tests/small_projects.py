"""Small projects with tests, and how they are run."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"
AREA = "def area(width, height):\n    return width + height\n\n\ndef half(area):\n    return area / 2\n"
RIGHT = AREA.replace("width + height", "width * height")
TEST = (
    "from area import area, half\n\n\n"
    "def test_area():\n    assert area(3, 4) == 12\n\n\n"
    "def test_half():\n    assert half(8) == 4\n"
)
AREAS = {"area.py": AREA, "tests/test_area.py": TEST, "conftest.py": ""}
"""A fault, a test that finds it, and one that passes; the conftest leads to the module."""


def write(folder: Path, files: Mapping[str, str | bytes] = AREAS) -> Path:
    """Write files below a folder."""
    for name, held in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held if isinstance(held, bytes) else held.encode())
    return folder


def environment() -> dict[str, str]:
    """That of whoever runs the tests, but for what leads their pytest; its other plugins would take a second."""
    ours = ("PYTEST_ADDOPTS", "PYTHONPATH")
    known = {name: text for name, text in os.environ.items() if name not in ours}
    return {**known, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
