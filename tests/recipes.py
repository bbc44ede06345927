"""The recipes of CONTRIBUTING.md, as tests follow them."""

import re
from pathlib import Path

import editdiff

ROOT = Path(editdiff.__file__).parents[1]


def recipe(heading: str) -> str:
    """The section of CONTRIBUTING.md under a heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.split(r"(?m)^#{2,3} ", text.split(f"### {heading}\n")[1])[0]


def code(section: str, number: int = 0) -> str:
    """A block of Python of a section."""
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)[number]
