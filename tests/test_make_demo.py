"""`make demo`: the model is fetched once, from wherever it is to be had, and the demo runs in any case."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from recipes import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
PYTHON = """#!/bin/sh
echo "$@" >> {said}
case "$*" in {fails}) echo "error: it cannot be reached" >&2; exit 2;; esac
"""
FROM_HUB = "-m editdiff models get coder"
FROM_INDEX = f"{FROM_HUB} --source index"
DEMO = "-m editdiff demo"


def make_demo(folder: Path, *fails: str, arguments: str = "") -> tuple[list[str], str]:
    """What Python was told by `make demo` in an environment that is installed, and what the user saw."""
    said, venv = folder / "said", folder / "venv"
    (venv / "bin").mkdir(parents=True)
    patterns = "|".join(f'"{what}"' for what in fails or ["nothing fails"])
    (venv / "bin/python").write_text(PYTHON.format(said=said, fails=patterns))
    (venv / "bin/python").chmod(0o755)
    for stamp in ("bin/pip", ".installed-base"):
        (venv / stamp).touch()
    command = ["make", "-C", str(ROOT), "demo", f"VENV={venv}", f"ARGS={arguments}"]
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return said.read_text().splitlines(), done.stdout


def test_the_model_is_fetched_from_the_hub(tmp_path):
    said, out = make_demo(tmp_path, arguments="--seed 3")
    assert said == [FROM_HUB, f"{DEMO} --seed 3"]
    assert "nano" not in out


def test_where_the_hub_cannot_be_reached_the_index_is_asked(tmp_path):
    said, out = make_demo(tmp_path, FROM_HUB)
    assert [line.strip() for line in said] == [FROM_HUB, FROM_INDEX, DEMO]
    assert "nano" not in out


def test_where_nothing_can_be_reached_the_demo_says_that_it_is_the_smaller_model(tmp_path):
    said, out = make_demo(tmp_path, FROM_HUB, FROM_INDEX)
    assert [line.strip() for line in said] == [FROM_HUB, FROM_INDEX, DEMO]
    assert "no source of coder can be reached: this is nano, which is far weaker" in out
