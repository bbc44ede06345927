"""The folder of a network that was trained with a paper's objective.

config.json (`NetworkConfig`), model.safetensors (fp32, by parameter name; `objective.…` are the objective's own),
objective.json (`About`); loss.png is there to be looked at.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from editdiff.errors import InputError, ModelError
from editdiff.families.canvas import weights
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.papers.objectives import BD3LM, Objective, learnable, make_objective
from editdiff.papers.run.byte_text import MASK
from editdiff.papers.run.paper_network import PaperNetwork

OBJECTIVE = "objective.json"
WEIGHTS = "model.safetensors"
OWN = "objective."
"""Before the names of the objective's own parameters."""


@dataclass(frozen=True)
class About:
    """How a network was trained."""

    objective: str
    """Name in `papers.objectives.OBJECTIVES`."""
    length: int
    """Ids of a row."""
    block_size: int | None = None
    """Ids of a block, of BD3-LM alone."""
    interval: tuple[float, float] | None = None
    """Times that the loss was last clipped to, of BD3-LM alone."""
    tokens: int = 0
    """Ids trained on."""
    steps: int = 0
    seed: int = 0
    text_sha256: str = ""
    """`ByteText.sha256` of what it was trained on."""


@dataclass(frozen=True)
class PaperModel:
    """A network and the objective it was trained with, ready to be asked."""

    about: About
    objective: Objective
    network: PaperNetwork


def made(about: About, vocab_size: int) -> Objective:
    """The objective that `about` names.

    Raises:
        UsageError: for an unknown name, or a block size that means nothing.
    """
    objective = make_objective(
        about.objective, mask_id=MASK, vocab_size=vocab_size, block_size=about.block_size
    )
    if isinstance(objective, BD3LM) and about.interval is not None:
        return replace(objective, interval=about.interval)
    return objective


def write(folder: Path, config: NetworkConfig, tensors: dict[str, Tensor], about: About) -> None:
    """Write a model folder; `tensors` by name, see the module's docstring."""
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder / "config.json")
    save_file(
        {n: t.detach().float().cpu().contiguous() for n, t in tensors.items()}, folder / WEIGHTS
    )
    (folder / WEIGHTS).chmod(0o644)  # the library writes for the owner alone
    text = json.dumps(asdict(about), indent=2) + "\n"
    (folder / OBJECTIVE).write_text(text, encoding="utf-8")


def load(folder: Path, device: str = "cpu") -> PaperModel:
    """Read a model folder.

    Raises:
        InputError: when it has no objective.json.
        ModelError: when something in it is missing, broken or does not fit.
    """
    about = _about(folder)
    config = NetworkConfig.load(folder / "config.json")
    stored = {n: torch.from_numpy(w) for n, w in weights.load(folder / WEIGHTS).items()}
    network, objective = CanvasTransformer(config), made(about, config.vocab_size)
    own = {n: stored.pop(n) for n in list(stored) if n.startswith(OWN)}
    try:
        network.load_state_dict(stored)
        for i, p in enumerate(learnable(objective)):
            p.data.copy_(own[f"{OWN}{i}"])
            p.data = p.data.to(device)
    except (RuntimeError, KeyError) as error:
        raise ModelError(
            f"the weights in {folder} do not fit its config.json and {OBJECTIVE}",
            "restore the folder, or train it anew",
        ) from error
    return PaperModel(about, objective, PaperNetwork(network.to(device).eval()))


def _about(folder: Path) -> About:
    path = folder / OBJECTIVE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no model of a paper's objective: it has no {OBJECTIVE}",
            "train one with `editdiff train --objective mdlm --text PATH`",
        )
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in fields(About)}
        about = About(**{key: value for key, value in table.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot read {path}: {error}", "train the model anew") from error
    low_high = about.interval
    return about if low_high is None else replace(about, interval=(low_high[0], low_high[1]))
