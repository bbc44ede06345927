"""Commands that make a model of packed rows: train, export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from editdiff.errors import InputError, MissingDependencyError, UsageError
from editdiff.families.canvas.files import TOKENIZER, WEIGHTS

if TYPE_CHECKING:
    from editdiff.training.recipe import Recipe
    from editdiff.training.trainer import Report, Trainer

RecipeFile = Annotated[
    Path, typer.Option(metavar="FILE", help="A recipe, such as models/recipes/nano-0.toml.")
]
Out = Annotated[Path | None, typer.Option(help="Folder of the run; build/NAME by default.")]


def train(
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A recipe: a model from packed rows, see `corpus`."),
    ] = None,
    on: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Your own code: continue the built-in model on the files of this folder, and show "
            "what that brought. Nothing leaves the machine.",
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A paper's objective, trained on any --text: ar, d3pm, sedd, mdlm, md4, genmd4, bd3lm, "
            "llada or gidd.",
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="With --objective: a UTF-8 file, or a folder of them."),
    ] = None,
    block_size: Annotated[
        int | None,
        typer.Option(help="With --objective bd3lm: bytes of a block.", show_default="16"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="With --objective: seed of weights, rows and noise.", show_default="0", min=0
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the run, the model in it; build/NAME by default, with --on PATH/.editdiff."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="Minutes of training: the rate decays by the clock. With --on at most so many.",
            show_default="15 with --on, 20 with --objective",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="With --on: lines filled before and after.", show_default="100", min=1),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Last step, instead of the recipe's.", min=1)
    ] = None,
    decay_share: Annotated[
        float | None, typer.Option(help="Share of the steps over which the rate falls.")
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option(help="Begin from this model folder's weights.")
    ] = None,
    pieces: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Join the corpus from these pieces first, see `corpus`."),
    ] = None,
    shards: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="At each checkpoint write int8 weights here, in pieces."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 for all.", min=0)] = 0,
) -> int:
    """Train a network; an interrupted run goes on where its last checkpoint stands.

    Ctrl-C writes a checkpoint and ends. Losses are shown in nats a target; at the end the loss
    curve is drawn into loss.png and the model folder is written. With --on the time is told
    beforehand, files that are kept out say when to stop, and Ctrl-C goes on with the best so far.
    """
    of_packed = {"--decay-share": decay_share, "--pieces": pieces, "--shards": shards}
    of_text = {"--text": text, "--block-size": block_size, "--seed": seed}
    if objective is not None:
        others = {"--recipe": recipe, "--on": on, "--limit": limit, "--start-from": start_from}
        _refuse_with("--objective", {**others, **of_packed})
        from editdiff.cli.train_text import Wish as TextWish
        from editdiff.cli.train_text import train_text

        return train_text(
            TextWish(objective, text, block_size, out, minutes, steps, seed or 0, device, threads)
        )
    if on is not None:
        _refuse_with("--on", {"--recipe": recipe, "--steps": steps, **of_packed, **of_text})
        from editdiff.cli.train_on import Wish, train_on

        return train_on(Wish(on, out, start_from, minutes, limit, device, threads))
    if recipe is None:
        raise UsageError(
            "train takes --recipe FILE or --on PATH, or --objective NAME with --text PATH",
            "--on . continues the model on this folder",
        )
    _refuse_with("--recipe", {"--limit": limit, **of_text})
    if minutes is not None and not minutes > 0:
        raise UsageError(
            f"--minutes must be above 0, not {minutes:g}", "leave it out for all steps"
        )
    require_torch()
    found = _adjusted(recipe, steps, decay_share)
    folder = out or _default(found)
    prepare(device, threads)
    if pieces is not None:
        from editdiff.training.transfer import receive

        receive(pieces, folder)
    trainer = _trainer(found, folder, device)
    console = Console(stderr=True)
    if trainer.resume():
        console.print(f"resumed at step {trainer.progress.step}")
    elif start_from:
        _start_from(trainer, start_from)
    _run(trainer, console, minutes, shards)
    _finish(trainer, folder, console)
    return 0


def _trainer(recipe: Recipe, folder: Path, device: str = "cpu") -> Trainer:
    from editdiff.training.data import Rows
    from editdiff.training.trainer import Trainer

    heldout = folder / "heldout.rows"
    watched = Rows(heldout) if recipe.optim.validate_every and heldout.exists() else None
    return Trainer(recipe, Rows(folder / "train.rows"), folder / "run", device, watched)


def export(
    recipe: RecipeFile,
    out: Out = None,
    to: Annotated[Path | None, typer.Option(help="Model folder to write.")] = None,
    shards: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Take the weights from these pieces, see `train`."),
    ] = None,
) -> int:
    """Write the model folder of a run's last checkpoint: int8 weights, ONNX graph, tokenizer."""
    found = _adjusted(recipe, None, None)
    folder = out or _default(found)
    if shards is not None:
        return _export_shards(found, folder, shards, to or folder / "model")
    require_torch()
    trainer = _trainer(found, folder)
    if not trainer.resume():
        raise InputError(
            f"there is no checkpoint in {folder / 'run'}", "train one with `editdiff train`"
        )
    _write_model(trainer, folder, to or folder / "model")
    return 0


def _export_shards(recipe: Recipe, folder: Path, shards: Path, to: Path) -> int:
    """Write the model of weights that came back from another machine, and the picture of their losses."""
    from editdiff.families.canvas.export_onnx import write_model
    from editdiff.training.plot import draw_losses
    from editdiff.training.transfer import receive_weights

    weights, progress = receive_weights(shards, folder / "run")
    write_model(to, recipe.network, weights, folder / TOKENIZER)
    draw_losses(progress, folder / "loss.png")
    return 0


def _refuse_with(option: str, others: Mapping[str, object]) -> None:
    """Raise UsageError where one of `others` was given beside an option that it has no meaning with."""
    for other, value in others.items():
        if value is not None:
            raise UsageError(f"{other} has no meaning with {option}", f"leave out {other}")


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


def _start_from(trainer: Trainer, model: Path) -> None:
    import torch

    from editdiff.families.canvas import weights

    loaded = weights.load(model / WEIGHTS)
    trainer.start_from({name: torch.from_numpy(w) for name, w in loaded.items()})


def _run(
    trainer: Trainer, console: Console, minutes: float | None = None, shards: Path | None = None
) -> None:
    """Train; the first Ctrl-C or SIGTERM asks for a last checkpoint."""
    from editdiff.training.flops import matrix_peak
    from editdiff.training.interrupt import interruptible
    from editdiff.training.transfer import send_weights

    peak = matrix_peak(trainer.device)
    console.print(f"a large matrix product does {peak / 1e9:,.0f} G operations a second here")

    def saved() -> None:
        if shards is not None:
            send_weights(trainer, shards)

    def report(now: Report) -> None:
        console.print(progress_line(now, peak))

    with interruptible() as stopped:
        trainer.run(report, stopped, minutes, saved)


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


def _finish(trainer: Trainer, folder: Path, console: Console) -> None:
    from editdiff.training.plot import draw_losses

    draw_losses(trainer.progress, folder / "loss.png")
    _write_model(trainer, folder, folder / "model")
    console.print(f"wrote {folder / 'loss.png'} and {folder / 'model'}")


def _write_model(trainer: Trainer, folder: Path, to: Path) -> None:
    from editdiff.families.canvas.export_onnx import write_model

    weights = {name: value.cpu().numpy() for name, value in trainer.ema.items()}
    write_model(to, trainer.recipe.network, weights, folder / TOKENIZER)
