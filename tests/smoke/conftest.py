"""How the smoke tests run editdiff: as its user does, in a process of its own, in an empty folder.

`make test` runs them on the source tree, where `python -m editdiff` stands for the command. `make
release` copies this folder to where nothing but the wheel is installed, and there it is the command
itself that runs. So this folder needs pytest alone, and nothing of the folders above.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[bytes]]

ROOT = Path(__file__).parents[2]
IN_TREE = (ROOT / "pyproject.toml").is_file()
COMMAND = Path(sysconfig.get_path("scripts")) / "editdiff"
MODULE = (sys.executable, "-m", "editdiff")
SECONDS = 120
"""Limit of one command; loading the model takes about one of them."""


@pytest.fixture
def start(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command line in an empty folder, without what its user has set; gives what came of it."""
    ours = ("EDITDIFF_", "PYTHON")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    nothing = tmp_path_factory.getbasetemp()
    environment["XDG_CONFIG_HOME"] = str(nothing / "no-config")
    environment["EDITDIFF_MODELS"] = str(nothing / "no-models")
    if IN_TREE:
        environment["PYTHONPATH"] = str(ROOT)

    def start(command: Iterable[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=environment,
            timeout=SECONDS,
        )

    return start


@pytest.fixture
def editdiff(start: Run) -> Run:
    """Run editdiff with these arguments, as `start` does."""
    command = MODULE if IN_TREE else (str(COMMAND),)

    def run(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return start([*command, *args], stdin)

    return run
