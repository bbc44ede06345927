"""The real pretrained model, once over: it is fetched, loads, and fills what is plain."""

import json
import os
import subprocess
import sys

import pytest

from editdiff.store.where import MODELS

TEXT = '''\
def fibonacci(n):
    """Return the first n Fibonacci numbers."""
    numbers = [0, 1]
    while len(numbers) < n:
        HERE
    return numbers[:n]
'''


@pytest.fixture
def run(coder, tmp_path):
    """Run a command with the real model."""
    environment = {name: value for name, value in os.environ.items() if name != MODELS}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path / "none")} | ({MODELS: coder} if coder else {})

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "editdiff", *args]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300
        )

    return run


def test_the_pretrained_model_is_the_default_and_fills_a_plain_line(run, tmp_path):
    (tmp_path / "a.py").write_text(TEXT)
    done = run("infill", "a.py", "--lines", "5", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "numbers" in json.dumps(told)
    listed = run("models").stdout
    assert "default" in next(line for line in listed.split("\n") if line.startswith("coder "))
