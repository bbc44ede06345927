"""Tiny networks and texts for the papers' objectives."""

from dataclasses import replace
from pathlib import Path

from editdiff.families.canvas.config import NetworkConfig
from editdiff.papers.run.byte_text import VOCAB, ByteText, encode
from editdiff.papers.run.objective_run import ObjectiveRun, Plan, make_plan
from editdiff.papers.run.paper_model import PaperModel, load

ROW = 16
SHAPE = NetworkConfig(VOCAB, n_layer=1, n_embd=16, n_head=2, n_kv_head=1, n_ff=24, n_copy=0)
SENTENCE = b"the same line, again and again.\n"
TEXT = ByteText(encode(SENTENCE * 20), encode(SENTENCE * 4))
ARMS = [
    (name, 4 if name == "bd3lm" else None)
    for name in ("ar", "bd3lm", "d3pm", "genmd4", "gidd", "llada", "md4", "mdlm", "sedd")
]


def tiny_plan(
    objective: str = "mdlm", block_size: int | None = None, steps: int = 30, rate: float = 3e-2
) -> Plan:
    plan = make_plan(objective, block_size, steps=steps)
    optim = replace(plan.optim, learning_rate=rate, warmup=2, validate_every=10)
    return replace(plan, row=ROW, rows=8, network=SHAPE, optim=optim)


def trained(
    folder: Path, objective: str, block_size: int | None = None, steps: int = 2
) -> PaperModel:
    """A network after a few steps, written and read again."""
    run = ObjectiveRun(tiny_plan(objective, block_size, steps), TEXT, folder / "run")
    run.run()
    run.write_model(folder / "model")
    return load(folder / "model")
