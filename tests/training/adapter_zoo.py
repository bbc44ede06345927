"""A tiny trunk, rows of a tiny corpus, and runs of an adapter over them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from editdiff.families import qwen
from editdiff.families.qwen.denoiser import form
from editdiff.training.adapter.judge import Judge
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.rows import MiddleRow, Shape, Source
from editdiff.training.adapter.run import AdapterRun, Optimisation
from editdiff.training.adapter.shortlist import commonest
from editdiff.training.adapter.state import Plan
from editdiff.training.adapter.stream import RowStream
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.trunk.frozen import FrozenTrunk

TRUNK = "0" * 64
BLOCK = 4
AREA = "def area_{i}(width, height):\n    return width * height + {i}\n\n\n"
FILES = [SourceFile("a", f"a/part{i}.py", AREA.format(i=i) * 4) for i in range(6)]


def exact(there: Path) -> FrozenTrunk:
    """In fp32: what is compared has to be the same network."""
    return FrozenTrunk(there, "cpu", torch.float32)


def source(there: Path, **changes: Any) -> Source:
    words = qwen.tokenizer(there)
    made = Source(FILES, words, form(words), 333, Shape(64, 40, BLOCK + 1), own=0.5)
    return replace(made, **changes)


def random_adapter(trunk: FrozenTrunk, rank: int = 3) -> CanvasAdapter:
    """One whose branches do something."""
    adapter = CanvasAdapter(trunk.config, rank)
    rng = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, p in adapter.branches.items():
            if name.endswith("_b"):
                p.copy_(torch.randn(p.shape, generator=rng) * 0.3)
        for mark in (adapter.mask, adapter.given):
            mark.copy_(torch.randn(mark.shape, generator=rng))
    return adapter


def row_of(seed: int = 0, prompt: int = 12, gap: int = 9, beyond: int = BLOCK + 1) -> MiddleRow:
    """Random ids."""
    rng = np.random.default_rng(seed)
    return MiddleRow(rng.integers(0, 300, prompt), rng.integers(0, 300, 1 + gap + beyond), gap)


def run_in(
    folder: Path,
    there: Path,
    judged: int = 0,
    plan: Plan | None = None,
    own: float = 0.5,
    **how: Any,
) -> AdapterRun:
    """A run in `folder`, which it makes."""
    folder.mkdir(exist_ok=True)
    plan = plan or Plan(TRUNK, rank=4, sampler=16, block=BLOCK)
    trunk, rows = exact(there), source(there, own=own)
    judges = {"python": Judge(source(there, seed=1), trunk, judged, BLOCK)} if judged else {}
    return AdapterRun(
        plan,
        trunk,
        RowStream(rows, trunk),
        commonest([(1.0, FILES)], rows.tokenizer, 200),
        folder,
        Optimisation(**{"warmup": 2, "anchors": 6, "rate": 5e-3, **how}),
        judges,
    )


def aside(work: Callable[[], Any]) -> Any:
    """Do it in a thread of its own: one that has used matrix tiles (AMX) may be killed by the next signal."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
