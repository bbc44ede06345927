"""The family of `coder`: a pretrained Qwen2 trunk, and what we trained beside it.

A model folder of this family says where the trunk is to be had (`source.json`) and carries what belongs to it (the
stop head, thresholds, the card); the trunk itself is fetched by `editdiff models get` and lies packed in the user's
cache (`store.where`). Here are the functions of `families.base.Family`, and those by which a trunk is packed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from editdiff.errors import MissingDependencyError, ModelError
from editdiff.families.base import FLAT, USUAL, Description, StepCosts, Traits
from editdiff.families.qwen import packed, stop
from editdiff.families.qwen.config import FILE, HINT, TrunkConfig
from editdiff.families.qwen.pack import PACKING, VOCABULARY
from editdiff.families.qwen.pack import pack as pack_file
from editdiff.families.running import BY_CANVAS, TORCH, Running, prepare_torch
from editdiff.store import where
from editdiff.store.packed import is_whole
from editdiff.store.source import Source

if TYPE_CHECKING:
    from editdiff.families.qwen.adapter import CanvasAdapter
    from editdiff.families.qwen.denoiser import QwenDenoiser
    from editdiff.families.qwen.trunk import Runtime
    from editdiff.tokens.checkpoint import CheckpointTokenizer

__all__ = ["PACKING", "describe", "identity", "load", "measure", "pack", "traits"]

TRAITS = Traits(context=4096, gaps=16, takes_old=True, takes_ask=True, takes_others=True)
"""It was trained with eight times as many tokens; more than these cost more time than they help."""


def load(folder: Path, running: Running) -> QwenDenoiser:
    """Load the trunk that belongs to a model folder.

    Raises:
        ModelError: when it is not fetched, or a part is missing, broken or belongs to another trunk.
        MissingDependencyError: without OpenVINO, or torch.
    """
    from editdiff.families.qwen import steps
    from editdiff.families.qwen.canvas import CanvasNetwork
    from editdiff.families.qwen.denoiser import QwenDenoiser

    source, there = Source.read(folder), fetched(folder)
    if not (folder / stop.FILE).is_file():
        raise ModelError(
            f"where the gaps of {folder.name} end is not fitted yet: there is no {folder / stop.FILE}",
            f"take another model, or fit it in a checkout: `editdiff endings --model {folder.name}`",
        )
    head = stop.Stop.read(folder / stop.FILE)
    if head.weights != source.sha256:
        raise ModelError(
            f"{folder / stop.FILE} belongs to other weights", "restore the model folder"
        )
    adapter = _adapter(folder, there, source) if running.drafter == BY_CANVAS else None
    trunk = _trunk(there, running, adapter)
    head.check(trunk.config.width, folder / stop.FILE)
    canvas = None if adapter is None else CanvasNetwork(adapter, trunk.tied)
    costs = steps.read(there) if running.engine != TORCH else _costs_on_torch(trunk)
    return QwenDenoiser(trunk, tokenizer(there), head, TRAITS, canvas, costs)


def _costs_on_torch(trunk: Runtime) -> StepCosts:
    """A GPU waits for its memory, whatever the number of rows."""
    from editdiff.families.qwen.torch_trunk import TorchTrunk

    on_gpu = isinstance(trunk, TorchTrunk) and trunk.device.type == "cuda"
    return FLAT if on_gpu else USUAL


def _adapter(folder: Path, there: Path, source: Source) -> CanvasAdapter:
    """The canvas adapter of a model folder.

    Raises:
        ModelError: when there is none, or it is broken or another trunk's.
    """
    from editdiff.families.qwen.adapter import FILE as ADAPTER
    from editdiff.families.qwen.adapter import CanvasAdapter

    path = folder / ADAPTER
    if not path.is_file():
        raise ModelError(
            f"{folder.name} has no canvas that could draft: there is no {path}",
            "leave out --drafter, or take a model that has one",
        )
    return CanvasAdapter.read(path, TrunkConfig.read(there), source.sha256)


def _trunk(there: Path, running: Running, adapter: CanvasAdapter | None = None) -> Runtime:
    """The packed trunk of a folder on what is to run it: OpenVINO, if nothing else is said."""
    branches, marks = (None, None) if adapter is None else (adapter.branches, adapter.marks)
    if running.engine == TORCH:
        prepare_torch(running)
        from editdiff.families.qwen.torch_trunk import TorchTrunk

        return TorchTrunk(there, branches, marks=marks)
    from editdiff.families.qwen.trunk import Trunk

    return Trunk(there, running.threads, branches, marks)


def traits(folder: Path) -> Traits:
    """What the model of a folder can do, fetched or not."""
    return TRAITS


def identity(folder: Path) -> str:
    """SHA-256 of the trunk's file, in hex.

    Raises:
        ModelError: when the folder does not tell.
    """
    return Source.read(folder).sha256


def describe(folder: Path) -> Description:
    """A model folder in facts; nothing is run.

    Raises:
        ModelError: when the trunk is not fetched, or a part is missing or broken.
    """
    there = fetched(folder)
    config, weights = TrunkConfig.read(there), there / packed.FILE
    packed.Packed(weights, config)
    return Description(
        traits=TRAITS,
        parameters=config.parameters,
        vocab_size=config.rows,
        identity=identity(folder),
        weights_size=weights.stat().st_size,
        files=(FILE, packed.FILE, VOCABULARY),
        facts={
            "numbers": "8 bits, a scale for each row",
            "network": f"{config.layers} layers, width {config.width}, {config.heads} heads, "
            f"{config.kv_heads} of them for keys and values",
            "tokenizer": f"byte-level BPE, {config.rows:,} rows",
            "trunk": str(there),
        },
        multiply_adds=config.multiply_adds,
        integer=True,
    )


def tokenizer(there: Path) -> CheckpointTokenizer:
    """The tokenizer of a packed trunk.

    Raises:
        ModelError: when it is missing or broken.
    """
    from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles

    try:
        told = json.loads((there / VOCABULARY).read_text(encoding="utf-8"))
        roles = Roles(pad="<|fim_pad|>", mask="<|file_sep|>", end="<|endoftext|>")
        return CheckpointTokenizer.from_vocabulary(**told, roles=roles)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the vocabulary {there / VOCABULARY}: {error!r}", HINT
        ) from error


def pack(folder: Path, file: Path, into: Path, progress: Callable[[float], object]) -> None:
    """Pack the fetched file of a model folder into another one, telling the share that is done, 0 to 1.

    Raises:
        ModelError: when the file is broken or of another kind.
        MissingDependencyError: without the library that reads it.
    """
    pack_file(file, into, progress)


def measure(there: Path) -> None:
    """Measure what forwards cost here, and keep it in a folder of packed weights; nothing where OpenVINO is not.

    Raises:
        ModelError: when the weights cannot be run.
    """
    from editdiff.families.qwen import steps
    from editdiff.families.qwen.trunk import Trunk

    with suppress(MissingDependencyError):
        steps.write(there, steps.measure(Trunk(there)))


def fetched(folder: Path) -> Path:
    """Where the packed trunk of a model folder lies.

    Raises:
        ModelError: when it is not there.
    """
    sha256 = Source.read(folder).sha256
    there = where.place(sha256, PACKING)
    if not is_whole(there, sha256):
        raise ModelError(
            f"the model {folder.name} is not fetched yet",
            f"fetch it once with `editdiff models get {folder.name}`, or take --model nano",
        )
    return there
