"""The command `completion`: what makes a shell complete commands and options."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from editdiff.cli.common.environment import COMPLETE
from editdiff.errors import InputError

PROGRAM = "editdiff"

Shell = Literal["bash", "zsh", "fish", "powershell", "pwsh"]


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
    install: Annotated[
        bool, typer.Option("--install", help="Write it where the shell looks for it.")
    ] = False,
) -> int:
    """Print the script that completes commands and options in a shell, or install it.

    \b
    Examples:
      editdiff completion bash --install
      eval "$(editdiff completion bash)"
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    from typer import _completion_shared as scripts

    if not install:
        typer.echo(
            scripts.get_completion_script(prog_name=PROGRAM, complete_var=COMPLETE, shell=shell)
        )
        return 0
    try:
        _, path = scripts.install(shell=shell, prog_name=PROGRAM, complete_var=COMPLETE)
    except OSError as error:
        raise InputError(
            f"cannot install the completion of {shell}: {error}",
            f"print it with `editdiff completion {shell}`, and put it where {shell} finds it",
        ) from error
    typer.echo(f"installed in {path}; it works in the next shell that is started")
    return 0
