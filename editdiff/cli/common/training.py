"""What the commands share that train networks, or run them with torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from editdiff.errors import MissingDependencyError, UsageError
from editdiff.families.canvas.files import TOKENIZER

if TYPE_CHECKING:
    from editdiff.training.batches.recipe import Recipe
    from editdiff.training.run.trainer import Report, Trainer


def require_torch() -> None:
    """Raise MissingDependencyError without torch."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "training needs torch", "pip install 'editdiff[train]'"
        ) from error


def prepare(device: str, threads: int) -> None:
    """Check the device, set the number of threads."""
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("there is no CUDA device here", "leave out --device, or use --device cpu")
    if threads:
        torch.set_num_threads(threads)


def progress_line(report: Report, peak: float | None = None) -> str:
    """Losses, canvas targets seen, tokens a second, share of the matrix peak, time left."""
    p, last = report.progress, report.progress.log[-1]
    share = f" ({report.operations_per_second / peak:.0%} of the peak)" if peak else ""
    heldout = f"  held out {last['heldout']:.3f}" if "heldout" in last else ""
    return (
        f"step {p.step}/{report.steps}  canvas {last['canvas']:.3f}  causal {last['causal']:.3f} nats"
        f"{heldout}  {p.tokens / 1e6:.2f} M tokens  {p.canvas_targets / 1e6:.2f} M canvas targets"
        f"  {report.tokens_per_second:,.0f} tokens/s{share}  {report.seconds_left / 60:.0f} min left"
    )


def folder_of(recipe: Recipe, out: Path | None) -> Path:
    """Folder of a run: the one that is named, or the default."""
    return out or Path("build") / recipe.name


def trainer_of(recipe: Recipe, folder: Path, device: str = "cpu") -> Trainer:
    """A trainer on the rows in the folder of a run."""
    from editdiff.training.batches.data import Rows
    from editdiff.training.run.trainer import Trainer

    heldout = folder / "heldout.rows"
    watched = Rows(heldout) if recipe.optim.validate_every and heldout.exists() else None
    return Trainer(recipe, Rows(folder / "train.rows"), folder / "run", device, watched)


def write_trained(trainer: Trainer, folder: Path, to: Path) -> None:
    """Write the model folder of what was trained in the folder of a run."""
    from editdiff.families.canvas.export_onnx import write_model

    weights = {name: value.cpu().numpy() for name, value in trainer.ema.items()}
    write_model(to, trainer.recipe.network, weights, folder / TOKENIZER)
