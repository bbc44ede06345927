"""The trunk on processors with fewer instructions than this one: oneDNN is told to use no others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_gguf import Checkpoint, pack

from editdiff.errors import ModelError
from editdiff.families.qwen import trunk

WIDE = Checkpoint(rows=4300, width=256)
READ = """
import sys
from pathlib import Path
import numpy as np
from qwen_reference import Reference
from editdiff.families.qwen.trunk import Rows, Trunk
there = Path(sys.argv[1])
run, reference = Trunk(there, 1), Reference(there)
ids, sees = np.arange(40), np.tri(40, dtype=np.bool_)
_, hidden = run.infer(run.empty(), Rows(ids, ids, sees))
off = np.abs(hidden - reference.hidden(ids, ids, sees)).max()
guess, _ = run.follows(hidden[:7], np.zeros((7, 1), dtype=np.int64))
assert guess.ids.shape[1] == 7
print(off)
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("trunk"), WIDE)


@pytest.mark.parametrize(("instructions", "near"), [("AVX2", 1e-3), ("AVX2_VNNI", 2.0), ("", 2.0)])
def test_it_runs_whatever_the_processor_multiplies(instructions, near, there):
    """Without products of bytes (VNNI) activations stay what they are, so it is nearer to what it should be."""
    told = {"ONEDNN_MAX_CPU_ISA": instructions} if instructions else {}
    environment = {**os.environ, **told, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(there)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < near


def test_a_processor_that_answers_nothing_at_all_is_told(there, monkeypatch):
    class Silent:
        def infer(self, feeds, share_outputs):
            return [[]]

    monkeypatch.setattr(trunk, "_compiled", lambda model, threads, activations: Silent())
    run = trunk.Trunk(there, 1)
    with pytest.raises(ModelError, match="cannot run the model on this processor") as caught:
        trunk._Compiled.infer(run._body, {}, 4)
    assert "--engine torch" in caught.value.hint
