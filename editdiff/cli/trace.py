"""The command `trace`: the record of a run, replayed step by step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from editdiff.cli.common.live import place_text
from editdiff.denoise.history import BY, GUESSED, REFUSED, Recorded, read
from editdiff.denoise.policy import LEFT_TO_RIGHT
from editdiff.engines.base import Place
from editdiff.errors import InputError
from editdiff.text.printable import printable

BY_TEXT = "text"
_WHO = {BY_TEXT: "the text at hand", "canvas": "the canvas"}
"""Who guessed a token, as people are told it; older records say no more than that one was guessed."""


def trace(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file written by --trace.")],
    delay: Annotated[float, typer.Option(help="Seconds between two steps, on a terminal.")] = 0.3,
) -> int:
    """Replay a run that was recorded with --trace, step by step, and see that it comes out the same."""
    try:
        lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(
            f"cannot read {file}: {reason}", "name a file written by --trace"
        ) from error
    console = Console()
    for number, recorded in enumerate(read(lines), 1):
        show(recorded, number, console, delay if console.is_terminal else 0.0)
    return 0


def show(recorded: Recorded, number: int, console: Console, delay: float = 0.0) -> None:
    """Print every step of a run as it comes out again.

    Raises:
        InputError: at the first step that comes out otherwise.
    """
    run = recorded.run
    rules = " ".join(f"{name}={value}" for name, value in run.policy.made_of.items())
    console.print(
        Text(f"run {number}: {rules}; seed {run.seed}, temperature {run.temperature:g}", "bold")
    )
    grows = run.policy.made_of.get("name") == LEFT_TO_RIGHT
    for reason in run.why:
        console.print(Text(f"  reopened: {reason}"))
    for path in run.others:
        console.print(Text(f"  shown beside it: {printable(path)}"))
    for line, step in zip(recorded.steps, recorded.replay(), strict=False):
        said = f"step {step.nfe}: {int(step.committed.sum())} committed"
        if step.reopened.any():
            said += f", {int(step.reopened.sum())} reopened ({run.policy.made_of['reopen']})"
        said += _drafted(line)
        console.print(Text(f"  {said}"))
        for row, draft in enumerate(run.drafts):
            console.print(Text.assemble(f"    draft {draft}: ", _drawn(line, row, grows)))
        time.sleep(delay)
    if recorded.draft is not None:
        console.print(Text(f"  the draft: {_one_line(recorded.draft)}"))


def _drafted(line: Mapping[str, Any]) -> str:
    """Who drafted what a step has taken, or what it has taken back."""
    if by := line.get(GUESSED):
        return f", guessed from {_WHO.get(by, _WHO[BY_TEXT])}"
    if (refused := line.get(REFUSED)) is not None:
        return (
            f", took back what {_WHO.get(line.get(BY, ''), '')} had guessed: {_one_line(refused)}"
        )
    return ""


def _drawn(line: Mapping[str, Any], row: int, grows: bool) -> Text:
    """One draft, line breaks as signs; of one that grows nobody knows how many places are still to come."""
    text, masked = Text(), set(line["masked"][row])
    for place, (shown, sure) in enumerate(
        zip(line["text"][row], line["confidence"][row], strict=True)
    ):
        if (shown or place in masked) and not (grows and place in masked):
            text.append_text(place_text(Place(_one_line(shown), place not in masked, sure)))
    return text


def _one_line(text: str) -> str:
    return printable(text.replace("\r", "␍").replace("\n", "␤"))
