"""What is shown of an outcome: a diff, coloured on a terminal, and what it cost; or why there is none."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from editdiff.cli.common.terminal import is_terminal
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.report.patches import passed_over, patch_bytes
from editdiff.text.printable import printable

CONTEXT = "dim"
DIFF_STYLES = {"@": "cyan", "-": "red", "+": "green"}
"""By a line's first character."""


def show_proposal(
    proposal: Proposal, file: Path, *, plain: bool, written: bool, screen: Console
) -> None:
    """Print the diff, coloured for a person, exact for a program; what it cost goes to `screen`."""
    patch = patch_bytes(proposal, file)
    if plain or not is_terminal(sys.stdout):
        typer.echo(patch, nl=False)
        if top := passed_over(file):
            note = f"note: {file} is not below this folder: run `git apply` in {top}"
            screen.print(Text(printable(note)), soft_wrap=True)
    else:
        Console(highlight=False).print(diff_text(patch.decode()), soft_wrap=True, end="")
    if screen.is_terminal:
        screen.print(summary(proposal, str(file) if written else None))


def show_no_edit(outcome: NoEdit, file: str = "") -> None:
    """Say on stderr why there is no edit, and of which file where it is one of several."""
    told = f"{file}: no edit: " if file else "no edit: "
    typer.echo(printable(told + outcome.reason), err=True)
    if outcome.hint:
        typer.echo(f"hint: {outcome.hint}", err=True)


def diff_text(patch: str) -> Text:
    """Colour a unified diff, control codes made visible."""
    names, sign, hunks = printable(patch).partition("\n@@ ")
    lines = [Text(line, style="bold") for line in names.split("\n")]
    lines += [
        Text(line, style=DIFF_STYLES.get(line[:1], "")) for line in (sign + hunks).split("\n")[1:]
    ]
    return Text("\n").join(lines)


def summary(proposal: Proposal, written: str | None) -> Text:
    """Say how sure the model is of the proposal, what it cost and, if so, which file it was written to."""
    effort = proposal.effort
    drafts = f"best of {effort.drafts} drafts · " if effort.drafts > 1 else ""
    sure = "" if effort.confidence is None else f"{100 * effort.confidence:.0f} % sure · "
    spent = f"{effort.nfe} steps"
    if math.isnan(effort.score):  # of an endpoint
        sure, spent = "how sure is not measured · ", _counted(effort.nfe, "request")
    unchecked = "" if proposal.checked else f" · not checked: {unknown_language(proposal)}"
    end = f" · written to {written}" if written else ""
    return Text(f"{drafts}{sure}{spent} · {effort.seconds:.2f} s{unchecked}{end}", style=CONTEXT)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def unknown_language(proposal: Proposal) -> str:
    """Say why no checker judged a proposal."""
    language = proposal.before.language
    return f"no grammar for {language}" if language else "language unknown"
