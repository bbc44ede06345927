"""The command `models`: what comes with editdiff, and what a model folder holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from editdiff.engines.choose import DEFAULT, embedded
from editdiff.errors import ModelError
from editdiff.text.printable import printable

if TYPE_CHECKING:
    from editdiff.families.canvas.config import NetworkConfig

CARD = "README.md"
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
        typer.echo(describe(find(model)).page())
    return 0


@dataclass(frozen=True)
class Description:
    """A model folder, read without loading the network."""

    folder: Path
    config: NetworkConfig
    parameters: int
    dtypes: tuple[str, ...]
    """Names of safetensors, the one with most parameters first."""
    weights_size: int
    """Bytes."""
    size: int
    """Bytes of all files."""
    vocab_size: int
    sha256: str
    """Of the weights."""
    card: str
    """First paragraph; empty without a card."""

    def page(self) -> str:
        """Say everything, one fact a line."""
        c = self.config
        rows = {
            "parameters": f"{self.parameters:,}",
            "size": f"{megabytes(self.size)}, {megabytes(self.weights_size)} of them weights",
            "numbers": ", ".join(self.dtypes),
            "network": f"{c.n_layer} layers, width {c.n_embd}, {c.n_head} heads, {c.n_kv_head} of "
            "them for keys and values",
            "tokenizer": f"byte-level BPE, {self.vocab_size:,} ids",
            "context": f"{c.max_context:,} tokens",
            "sha256": self.sha256,
            "folder": str(self.folder),
        }
        lines = [self.folder.name, *(f"  {name:<12}{value}" for name, value in rows.items())]
        return printable("\n".join([*lines, *(["", self.card] if self.card else [])]))


def shipped() -> list[Path]:
    """Folders of the models that come with editdiff, by name."""
    folder = embedded(DEFAULT).parent
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if (path / "config.json").is_file()]


def find(model: str) -> Path:
    """Return the folder of a shipped model's name, or the folder itself.

    Raises:
        ModelError: when there is neither.
    """
    named = {folder.name: folder for folder in shipped()}
    folder = named.get(model, Path(model).absolute())
    if not folder.is_dir():
        known = f"`editdiff models` lists {', '.join(named)}" if named else "none is shipped here"
        raise ModelError(f"there is no model {model}", f"name a model folder; {known}")
    return folder


def describe(folder: Path) -> Description:
    """Read what a model folder says of itself.

    Raises:
        ModelError: when a part is missing or broken.
    """
    from editdiff.families.canvas import weights
    from editdiff.families.canvas.config import NetworkConfig
    from editdiff.tokens.bpe import BpeTokenizer

    config = NetworkConfig.load(folder / "config.json")
    file = folder / "model.safetensors"
    counts: dict[str, int] = {}
    for name, stored in weights.layout(file).items():
        if not name.endswith(weights.SCALE):  # scales belong to how the numbers are stored
            counts[stored.dtype] = counts.get(stored.dtype, 0) + prod(stored.shape)
    return Description(
        folder=folder,
        config=config,
        parameters=sum(counts.values()),
        dtypes=tuple(sorted(counts, key=lambda dtype: -counts[dtype])),
        weights_size=file.stat().st_size,
        size=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        vocab_size=BpeTokenizer.from_file(folder / "tokenizer.json").vocab_size,
        sha256=weights.sha256(file),
        card=first_paragraph(folder / CARD),
    )


def list_line(folder: Path) -> str:
    """Describe a model in a line; a broken one by what is wrong with it."""
    try:
        found = describe(folder)
    except ModelError as error:
        return printable(f"{folder.name:<10} cannot be used: {error.message}")
    default = " · default" if folder == embedded(DEFAULT) else ""
    return printable(
        f"{folder.name:<10} {found.parameters / 1e6:.1f} M parameters · {megabytes(found.size)} · "
        f"{found.config.max_context} tokens of context{default}"
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
