from pathlib import Path

import numpy as np
import pytest

from editdiff.errors import InputError
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.batches.data import Rows, pack
from editdiff.training.batches.recipe import Recipe, read_arms
from editdiff.training.run.ablation import COLUMNS, Arm, paired, run_arm, table
from editdiff.training.tasks.mixture import draw_row

T = ByteTokenizer()
TEXT = "def area(w, h):\n    return w * h\n\n\ndef edge(w, h):\n    return 2 * (w + h)\n"
ARMS = f"""
name = "tiny"
[network]
vocab_size = {T.vocab_size}
n_layer = 1
n_embd = 32
n_head = 2
n_kv_head = 1
n_ff = 48
n_copy = 8
[batch]
tokens = 900
canvases = [32]
canvas_shares = [1.0]
copies = [3]
[optim]
steps = 12
warmup = 2
own_samples_every = 4
[arms."no copy head".network]
n_copy = 0
[arms."no causal loss".optim]
causal_weight = 0.0
[arms."document order".network]
positions = "document"
[arms."no wrong tokens".noise]
wrong_share = 0.0
"""


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    rng = np.random.default_rng(0)
    pack((draw_row(T, TEXT, "area.py", rng) for _ in range(40)), tmp_path / "rows", T.special)
    return Rows(tmp_path / "rows")


def finished(name: str, recipe: Recipe, rows: Rows, out: Path, gaps: int) -> Arm:
    arm = run_arm(name, recipe, rows, rows, out, gaps)
    assert arm is not None
    return arm


def test_an_arm_that_is_stopped_is_not_judged_and_goes_on_later(rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "arms.toml").write_text(ARMS)
    recipe, out = read_arms(tmp_path / "arms.toml")["baseline"], tmp_path / "a"
    assert run_arm("a", recipe, rows, rows, out, 9, stop=lambda: True) is None
    assert not list(out.glob("*.npz"))
    assert finished("a", recipe, rows, out, 9).steps == recipe.optim.steps


def test_every_arm_trains_and_is_compared_with_the_baseline(rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "arms.toml").write_text(ARMS)
    recipes = read_arms(tmp_path / "arms.toml")
    arms = [finished(n, recipe, rows, tmp_path / n, 20) for n, recipe in recipes.items()]
    assert arms[0].name == "baseline"
    assert all(arm.columns.shape == (20, len(COLUMNS)) for arm in arms)
    assert all(np.isfinite(arm.columns).all() for arm in arms)
    for arm in arms[1:]:
        assert any(abs(difference) > 0 for difference, _ in paired(arm, arms[0])), arm.name
    drawn = table(arms)
    assert drawn.count("\n") == len(arms) + 2
    assert "±" in drawn


def test_a_finished_arm_is_not_trained_again(rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "arms.toml").write_text(ARMS)
    recipe = read_arms(tmp_path / "arms.toml")["baseline"]
    first = finished("a", recipe, rows, tmp_path / "a", 10)
    (tmp_path / "a" / "checkpoint.safetensors").unlink()
    again = finished("a", recipe, rows, tmp_path / "a", 10)
    assert np.array_equal(first.columns, again.columns)
    assert again.tokens == first.tokens


def test_the_baseline_differs_from_itself_by_nothing(rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "arms.toml").write_text(ARMS)
    recipe = read_arms(tmp_path / "arms.toml")["baseline"]
    arm = finished("a", recipe, rows, tmp_path / "a", 9)
    assert paired(arm, arm) == [(0.0, 0.0)] * len(COLUMNS)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("[optim]\nsteps = 3\n", "no arms"), ("[arms.a.network]\nn_copi = 3\n", "n_copi")],
)
def test_a_recipe_without_arms_or_with_an_unknown_key_is_refused(
    tmp_path: Path, text: str, wrong: str
) -> None:
    (tmp_path / "arms.toml").write_text(text)
    with pytest.raises(InputError, match=wrong):
        read_arms(tmp_path / "arms.toml")


def test_the_shipped_ablations_can_be_read() -> None:
    paths = list(Path("models/recipes/ablations").glob("*.toml"))
    assert paths
    for path in paths:
        assert len(read_arms(path)) > 1
