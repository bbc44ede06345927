"""How the outcome leaves the program, as the flags say."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from editdiff.cli.common.terminal import is_terminal
from editdiff.edits.proposal import Proposal
from editdiff.errors import UsageError
from editdiff.report.saving import save


@dataclass(frozen=True)
class Output:
    """What the user wants done with the outcome, and to see of it."""

    write: bool = False
    """Apply the edit: to the file, or to what is copied from standard input to standard output."""
    diff: bool = False
    """Print a plain patch, also on a terminal."""
    json: bool = False
    """Print one JSON object."""
    quiet: bool = False
    """Print nothing on stderr but errors."""

    def check(self, is_stdin: bool) -> None:
        """Raise UsageError when two things would have to be printed on standard output."""
        if self.diff and self.json:
            raise UsageError("--diff and --json exclude each other", "the JSON holds the patch")
        if is_stdin and self.write and (self.diff or self.json):
            other = "--diff" if self.diff else "--json"
            raise UsageError(
                f"with - and --write the document goes to standard output, so {other} has no place",
                f"leave out --write or {other}",
            )

    def asks(self, is_stdin: bool) -> bool:
        """Whether a person sees the diff and can say what to do: a terminal on both sides."""
        told = self.write or self.diff or self.json or self.quiet
        return not (told or is_stdin) and is_terminal(sys.stdin) and is_terminal(sys.stdout)

    def save(self, file: Path, proposal: Proposal) -> None:
        """Write a proposal to its file, and say on stderr what of the old file could not be kept.

        Raises:
            InputError: when the file changed, is read-only, or cannot be written. It is then as it was.
        """
        for lost in save(file, proposal):
            if not self.quiet:
                typer.echo(f"note: {lost}", err=True)
