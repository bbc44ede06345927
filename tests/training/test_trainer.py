"""Training, rehearsed at tiny size: it learns, resumes exactly, and an overfitted model fills its gaps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError, ModelError
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.batches.data import BatchPlan, Rows, pack
from editdiff.training.batches.recipe import Optimisation, Recipe, read_recipe
from editdiff.training.run.trainer import Trainer, learning_rate
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.mixture import draw_row
from editdiff.training.tasks.rows import make_row

T = ByteTokenizer()
TEXT = "def area(w, h):\n    return w * h\n\n\ndef edge(w, h):\n    return 2 * (w + h)\n"
SHAPE = NetworkConfig(
    vocab_size=T.vocab_size,
    n_layer=2,
    n_embd=64,
    n_head=4,
    n_kv_head=2,
    n_ff=96,
    n_copy=16,
    max_context=128,
)
RECIPE = Recipe(
    "tiny",
    network=SHAPE,
    batch=BatchPlan(tokens=1600, canvases=(16, 32), canvas_shares=(0.5, 0.5), copies=(4, 4)),
    optim=Optimisation(steps=30, learning_rate=3e-3, warmup=5, own_samples_every=4),
)
LINES = [TEXT.index(line) for line in ("return w", "def edge", "return 2")]
GAPS = [(at, TEXT.index("\n", at)) for at in LINES]


def with_steps(steps: int) -> Recipe:
    return replace(RECIPE, optim=replace(RECIPE.optim, steps=steps))


@pytest.fixture(autouse=True)
def _one_thread():  # type: ignore[no-untyped-def]
    """Sums in the same order every time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    rng = np.random.default_rng(0)
    pack((draw_row(T, TEXT, "area.py", rng) for _ in range(60)), tmp_path / "rows", T.special)
    return Rows(tmp_path / "rows")


def silent(report: object) -> None:
    pass


def test_both_losses_fall(rows: Rows, tmp_path: Path) -> None:
    trainer = Trainer(with_steps(60), rows, tmp_path / "run")
    trainer.run(silent)
    first, last = trainer.progress.log[0], trainer.progress.log[-1]
    assert last["canvas"] < 0.8 * first["canvas"]
    assert last["causal"] < 0.8 * first["causal"]
    assert trainer.progress.canvas_targets > 0


@pytest.mark.parametrize("muon", [False, True], ids=["AdamW", "Muon"])
def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    rows: Rows, tmp_path: Path, muon: bool
) -> None:
    recipe = replace(RECIPE, optim=replace(RECIPE.optim, muon=muon))
    whole = Trainer(recipe, rows, tmp_path / "whole")
    whole.run(silent)
    part = Trainer(recipe, rows, tmp_path / "part")
    part.run(silent, stop=lambda: part.progress.step >= 17)
    assert part.progress.step == 17
    again = Trainer(recipe, rows, tmp_path / "part")
    assert again.resume()
    again.run(silent)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name
        assert torch.equal(whole.ema[name], again.ema[name]), name
    assert again.progress.tokens == whole.progress.tokens
    for there, here in zip(whole.progress.log, again.progress.log, strict=True):
        assert {**there, "seconds": 0} == {**here, "seconds": 0}


def test_a_broken_checkpoint_is_named(rows: Rows, tmp_path: Path) -> None:
    trainer = Trainer(with_steps(2), rows, tmp_path)
    trainer.run(silent)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"checkpoint\.safetensors"):
        Trainer(RECIPE, rows, tmp_path).resume()


def test_an_overfitted_model_reproduces_its_gaps(tmp_path: Path) -> None:
    examples = [Example("infill", TEXT, (Span(*gap),), "area.py") for gap in GAPS]
    pack((make_row(T, example, 128) for example in examples * 8), tmp_path / "rows", T.special)
    small = replace(with_steps(250), batch=replace(RECIPE.batch, tokens=900))
    trainer = Trainer(small, Rows(tmp_path / "rows"), tmp_path / "run")
    trainer.run(silent)
    engine = LocalEngine(TorchDenoiser(trainer.model, T))
    for start, end in GAPS:
        task = FillTask(TEXT, (Span(start, end),), "area.py")
        drafts = [u for u in engine.fill(task, FillOptions(drafts=2)) if isinstance(u, Draft)]
        assert drafts[0].texts == (TEXT[start:end],)


def test_the_rate_warms_up_stays_and_decays() -> None:
    o = Optimisation(steps=100, learning_rate=1.0, warmup=10, decay_share=0.2)
    assert learning_rate(o, 0) == pytest.approx(0.1)
    assert learning_rate(o, 10) == learning_rate(o, 79) == 1.0
    assert learning_rate(o, 90) == pytest.approx(0.5)
    assert learning_rate(o, 99) == pytest.approx(0.05)
    assert learning_rate(o, 50, left=0.1) == pytest.approx(0.5)


def test_the_shipped_recipes_can_be_read() -> None:
    recipes = list(Path("models/recipes").glob("*.toml"))
    assert recipes
    for path in recipes:
        assert read_recipe(path).name == path.stem


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("[optim]\nlearning_rat = 0.1\n")
    with pytest.raises(InputError, match="learning_rat") as caught:
        read_recipe(path)
    assert "learning_rate" in caught.value.hint
