"""The program that fetches a model: what it does when nobody waits for it any more."""

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize("turn", range(3))
def test_it_ends_without_a_word_when_its_input_ends_while_it_begins(tmp_path, turn):
    job = {"folder": str(tmp_path), "from": None, "source": "hub"}
    command = [sys.executable, "-I", "-m", "editdiff_lsp.getting_worker", json.dumps(job)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
