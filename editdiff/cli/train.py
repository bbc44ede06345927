"""Commands that make a model: corpus, train, export."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from editdiff.errors import InputError, MissingDependencyError, UsageError

if TYPE_CHECKING:
    from editdiff.training.recipe import Recipe
    from editdiff.training.trainer import Report, Trainer

RecipeFile = Annotated[
    Path, typer.Option(metavar="FILE", help="A recipe, such as models/recipes/nano-0.toml.")
]
Out = Annotated[Path | None, typer.Option(help="Folder of the run; build/NAME by default.")]


def corpus(
    recipe: RecipeFile,
    out: Out = None,
    cache: Annotated[Path, typer.Option(help="Where downloads are kept.")] = Path(".cache/corpus"),
    tokenizer: Annotated[
        Path | None, typer.Option(help="Use this tokenizer.json instead of training one.")
    ] = None,
) -> int:
    """Fetch the manifest's packages, train the tokenizer, cut and pack the training rows."""
    from editdiff.training.build import build_corpus
    from editdiff.training.recipe import read_recipe

    found = read_recipe(recipe)
    console = Console(stderr=True)
    build_corpus(found, out or _default(found), cache, tokenizer, console.print)
    return 0


def train(
    recipe: RecipeFile,
    out: Out = None,
    steps: Annotated[
        int | None, typer.Option(help="Last step, instead of the recipe's.", min=1)
    ] = None,
    decay_share: Annotated[
        float | None, typer.Option(help="Share of the steps over which the rate falls.")
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option(help="Begin from this model folder's weights.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 for all.", min=0)] = 0,
) -> int:
    """Train a network; an interrupted run goes on where its last checkpoint stands.

    Ctrl-C writes a checkpoint and ends. Losses are shown in nats a target; at the end the loss
    curve is drawn into loss.png and the model folder is written.
    """
    _require_torch()
    from editdiff.training.data import Rows
    from editdiff.training.trainer import Trainer

    found = _adjusted(recipe, steps, decay_share)
    folder = out or _default(found)
    _prepare(device, threads)
    trainer = Trainer(found, Rows(folder / "train.rows"), folder / "run", device)
    console = Console(stderr=True)
    if trainer.resume():
        console.print(f"resumed at step {trainer.progress.step}")
    elif start_from:
        _start_from(trainer, start_from)
    _run(trainer, console)
    _finish(trainer, folder, console)
    return 0


def export(
    recipe: RecipeFile,
    out: Out = None,
    to: Annotated[Path | None, typer.Option(help="Model folder to write.")] = None,
) -> int:
    """Write the model folder of a run's last checkpoint: int8 weights, ONNX graph, tokenizer."""
    _require_torch()
    from editdiff.training.data import Rows
    from editdiff.training.trainer import Trainer

    found = _adjusted(recipe, None, None)
    folder = out or _default(found)
    trainer = Trainer(found, Rows(folder / "train.rows"), folder / "run")
    if not trainer.resume():
        raise InputError(
            f"there is no checkpoint in {folder / 'run'}", "train one with `editdiff train`"
        )
    _write_model(trainer, folder, to or folder / "model")
    return 0


def _default(recipe: Recipe) -> Path:
    return Path("build") / recipe.name


def _adjusted(path: Path, steps: int | None, decay_share: float | None) -> Recipe:
    from editdiff.training.recipe import read_recipe

    recipe = read_recipe(path)
    optim = recipe.optim
    if decay_share is not None and not 0 < decay_share <= 1:
        raise UsageError(f"--decay-share must be above 0, up to 1, not {decay_share}", "try 0.25")
    optim = replace(
        optim,
        steps=optim.steps if steps is None else steps,
        decay_share=optim.decay_share if decay_share is None else decay_share,
    )
    return replace(recipe, optim=optim)


def _require_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "training needs torch", "pip install 'editdiff[train]'"
        ) from error


def _prepare(device: str, threads: int) -> None:
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("there is no CUDA device here", "leave out --device, or use --device cpu")
    if threads:
        torch.set_num_threads(threads)


def _start_from(trainer: Trainer, model: Path) -> None:
    import torch

    from editdiff.network import weights

    loaded = weights.load(model / "model.safetensors")
    trainer.start_from({name: torch.from_numpy(w) for name, w in loaded.items()})


def _run(trainer: Trainer, console: Console) -> None:
    """Train; the first Ctrl-C or SIGTERM asks for a last checkpoint."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        trainer.run(lambda report: console.print(progress_line(report)), lambda: bool(asked))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress_line(report: Report) -> str:
    """Both losses, canvas targets seen, tokens a second, time left."""
    p, last = report.progress, report.progress.log[-1]
    return (
        f"step {p.step}/{report.steps}  canvas {last['canvas']:.3f}  causal {last['causal']:.3f} nats"
        f"  {p.tokens / 1e6:.2f} M tokens  {p.canvas_targets / 1e6:.2f} M canvas targets"
        f"  {p.tokens / p.seconds:,.0f} tokens/s  {report.seconds_left / 60:.0f} min left"
    )


def _finish(trainer: Trainer, folder: Path, console: Console) -> None:
    from editdiff.training.plot import draw_losses

    draw_losses(trainer.progress, folder / "loss.png")
    _write_model(trainer, folder, folder / "model")
    console.print(f"wrote {folder / 'loss.png'} and {folder / 'model'}")


def _write_model(trainer: Trainer, folder: Path, to: Path) -> None:
    from editdiff.engines.export_onnx import write_model

    weights = {name: value.cpu().numpy() for name, value in trainer.ema.items()}
    write_model(to, trainer.recipe.network, weights, folder / "tokenizer.json")
