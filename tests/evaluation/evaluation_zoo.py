"""Small sources, an engine that knows the answers, and packages that need no network."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from editdiff.engines.base import FillOptions, FillTask, Update
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.evaluation.core.gaps import Gap


@dataclass(frozen=True)
class File:
    package: str
    path: str
    text: str


MODULE = '''\
"""A module with a docstring
of two lines."""

# only a comment
import math


class Circle:
    """One line."""

    radius = 1.5  # metres

    def area(self):
        text = """
        not = code
        """
        if not text:
            return (
                math.pi
                * self.radius
            )
        x = 1
        "a string alone"
        return self.radius ** 2
'''
CODE = {
    "import math",
    "class Circle:",
    "radius = 1.5  # metres",
    "def area(self):",
    "if not text:",
    "return (",
    "math.pi",
    "* self.radius",
    "return self.radius ** 2",
}
"""Every line of MODULE that may become a gap; `x = 1` has three characters, `)` one."""


def sources(packages: int = 3, files: int = 4) -> list[File]:
    return [
        File(f"p{i}", f"p{i}/m{j}.py", MODULE.replace("Circle", f"Circle{i}{j}"))
        for i in range(packages)
        for j in range(files)
    ]


class Knowing:
    """The local engine over an oracle: the real loop, told the answers of these gaps."""

    name = "oracle"

    def __init__(self, gaps: list[Gap]) -> None:
        self._answers = {(gap.task.text, gap.task.gaps): gap.truth for gap in gaps}

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        answer, before = self._answers[task.text, task.gaps], task.text[: task.gaps[0].start]
        yield from LocalEngine(OracleDenoiser((answer,), before=before)).fill(task, options)


def write_corpus(folder: Path, splits: dict[str, str], text: str = MODULE) -> Path:
    """Write wheels of one file each and a manifest that pins them; return the manifest."""
    entries = []
    for name, split in splits.items():
        wheel = folder / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{name}/module.py", text + f"{name} = 1\n")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        entries.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\nsha256 = "{digest}"\n'
            f'licence = "MIT"\nsplit = "{split}"\n'
        )
    manifest = folder / "corpus.toml"
    manifest.write_text("\n".join(entries), encoding="utf-8")
    return manifest
