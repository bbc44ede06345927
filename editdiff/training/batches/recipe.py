"""A training run as a file: `models/recipes/NAME.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from editdiff.errors import InputError
from editdiff.families.canvas.config import NetworkConfig
from editdiff.training.batches.corrupt import Noise
from editdiff.training.batches.data import BatchPlan


@dataclass(frozen=True)
class CorpusPlan:
    """How the packed corpus is made."""

    manifest: str = "models/corpus.toml"
    rows: int = 60_000
    """Rows to cut; files are drawn in proportion to their length, up to `per_package` code points each."""
    per_package: int = 4_000_000
    """Code points of one package that count: one large package must not be the corpus."""
    mixture: dict[str, float] = field(default_factory=dict)
    """Shares of tasks in the rows of code, where they are not the default ones."""
    seed: int = 0


@dataclass(frozen=True)
class Optimisation:
    """AdamW (Loshchilov and Hutter 2019) or Muon, warm-up, constant rate, linear decay; EMA of the weights."""

    steps: int = 3000
    learning_rate: float = 1.5e-3
    warmup: int = 100
    """Steps of linear warm-up."""
    decay_share: float = 0.25
    """Last share of the steps, over which the rate falls linearly to a twentieth."""
    weight_decay: float = 0.1
    """On matrices only; with Muon a tenth of it on those outside the blocks."""
    muon: bool = False
    """Muon for the matrices of the blocks, AdamW for the rest, at the same rate."""
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    """Largest norm of the gradient."""
    ema: float = 0.999
    own_samples_every: int = 8
    """Each n-th batch shows the model its own samples; 0 never."""
    own_samples_rate: float = 0.15
    """Share of the masks replaced by them."""
    context_stride: int = 1
    """Every n-th context token is a causal target: the output layer is half of a small model's work."""
    causal_weight: float = 1.0
    """Weight of the causal loss beside the canvas loss; 0 trains no autoregressive twin and no ranking."""
    validate_every: int = 0
    """Steps between two looks at the cross-entropy of held-out gaps; 0 never."""
    checkpoint_minutes: float = 3.0
    seed: int = 0


@dataclass(frozen=True)
class Recipe:
    """Everything that a run depends on, beside the corpus itself."""

    name: str
    corpus: CorpusPlan = field(default_factory=CorpusPlan)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    batch: BatchPlan = field(default_factory=BatchPlan)
    noise: Noise = field(default_factory=Noise)
    optim: Optimisation = field(default_factory=Optimisation)


SECTIONS = {
    "corpus": CorpusPlan, "network": NetworkConfig, "batch": BatchPlan, "noise": Noise, "optim": Optimisation,
}  # fmt: skip
T = TypeVar("T")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        InputError: for a missing file, a broken one, or a key that does not exist.
    """
    return _recipe(_read(path), path.stem, str(path))


def read_arms(path: Path) -> dict[str, Recipe]:
    """Read an ablation: a recipe, the baseline, and under `[arms.NAME.SECTION]` what each arm changes in it.

    Raises:
        InputError: for a missing file, a broken one, one without arms, or a key that does not exist.
    """
    table = _read(path)
    arms = table.pop("arms", {})
    if not arms:
        raise InputError(
            f"the recipe {path} has no arms", "write what one changes as [arms.NAME.SECTION]"
        )
    recipes = {"baseline": _recipe(table, path.stem, str(path))}
    for name, changes in arms.items():
        _refuse_unknown(set(changes), set(SECTIONS), f"{path} [arms.{name}]")
        changed = {**table, **{n: {**table.get(n, {}), **c} for n, c in changes.items()}}
        recipes[name] = _recipe(changed, path.stem, f"{path} [arms.{name}]")
    return recipes


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"cannot read the recipe {path}: {error}", "recipes lie in models/recipes/"
        ) from error


def _recipe(table: dict[str, Any], stem: str, where: str) -> Recipe:
    _refuse_unknown(set(table), {"name", *SECTIONS}, where)
    parts: dict[str, Any] = {
        n: _section(kind, table.get(n, {}), f"{where} [{n}]") for n, kind in SECTIONS.items()
    }
    return Recipe(table.get("name", stem), **parts)


def _section(kind: type[T], table: dict[str, Any], where: str) -> T:
    _refuse_unknown(set(table), {f.name for f in fields(kind)}, where)  # type: ignore[arg-type]
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})


def _refuse_unknown(given: set[str], known: set[str], where: str) -> None:
    for key in sorted(given - known):
        near = get_close_matches(key, known, 1)
        raise InputError(
            f"{where} has the unknown key {key!r}",
            f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}",
        )
