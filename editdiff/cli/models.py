"""The command `models`: what comes with editdiff, and what a model folder holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from editdiff.engines.choose import DEFAULT, Choice, embedded, shipped
from editdiff.errors import ModelError
from editdiff.families.load import describe
from editdiff.families.manifest import CARD
from editdiff.text.printable import printable

_NOT_PROSE = ("#", "|", "---", "```", "<", "@@")
"""What a paragraph of the card does not begin with."""


def models(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A name of the list, or a model folder.")
    ] = None,
) -> int:
    """List the models that come with editdiff, or describe one.

    Weights are named by their SHA-256, so that two folders can be compared.
    """
    if model is None:
        found = shipped()
        if not found:
            raise ModelError(
                "no model comes with this installation",
                "name a model folder, or make one as the README says under `Train your own`",
            )
        for folder in found:
            typer.echo(list_line(folder))
    else:
        typer.echo(page(find(model)))
    return 0


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
        ModelError: when a part is missing or broken.
    """
    model = describe(folder)
    weights = f"{megabytes(size_of(folder))}, {megabytes(model.weights_size)} of them weights"
    rows = {
        "parameters": f"{model.parameters:,}",
        "size": weights,
        **model.facts,
        "context": f"{model.traits.context:,} tokens",
        "sha256": model.identity,
        "folder": str(folder),
    }
    card = first_paragraph(folder / CARD)
    lines = [folder.name, *(f"  {name:<12}{value}" for name, value in rows.items())]
    return printable("\n".join([*lines, *(["", card] if card else [])]))


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def list_line(folder: Path) -> str:
    """Describe a model in a line; a broken one by what is wrong with it."""
    try:
        found = describe(folder)
    except ModelError as error:
        return printable(f"{folder.name:<10} cannot be used: {error.message}")
    default = " · default" if folder == embedded(DEFAULT) else ""
    return printable(
        f"{folder.name:<10} {found.parameters / 1e6:.1f} M parameters · {megabytes(size_of(folder))} · "
        f"{found.traits.context} tokens of context{default}"
    )


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


def megabytes(size: int) -> str:
    """Write a size in bytes for people."""
    return f"{size / 1e6:.1f} MB"
