"""How an error reaches the user: one sentence and what to do next."""

from __future__ import annotations

import os
import traceback

import typer

from editdiff.cli.common.environment import DEBUG
from editdiff.cli.common.exit_codes import FAILURE
from editdiff.text.printable import one_line


def show_failure(message: str, hint: str) -> int:
    """Print the sentence and the hint on stderr, a line each; return the exit code."""
    if os.environ.get(DEBUG):
        traceback.print_exc()
    typer.secho("error: ", fg="red", bold=True, err=True, nl=False)
    typer.echo(one_line(message.rstrip(".")), err=True)
    if hint:
        typer.secho("hint: ", fg="cyan", err=True, nl=False)
        typer.echo(one_line(hint), err=True)
    return FAILURE
