"""How the outcome leaves the program: the flags that say so, and the form for programs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any, TextIO

from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.errors import UsageError
from editdiff.text.edit import TextEdit
from editdiff.text.lines import LineTable

_OFFERED = ("patch", "score", "nfe", "seconds", "drafts")
"""What a proposal alone has."""


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


@dataclass(frozen=True)
class Origin:
    """Where an outcome comes from, as its JSON tells it."""

    path: str
    """Of the document, as the user named it."""
    patch_path: str
    model: str
    """Name of the engine."""
    seed: int


def json_line(outcome: Proposal | NoEdit, origin: Origin, written: bool) -> str:
    """Return the outcome as one line of JSON; what a `NoEdit` does not have is null."""
    told: dict[str, Any] = dict.fromkeys(("outcome", "reason", "hint", "path", "edits", *_OFFERED))
    if isinstance(outcome, NoEdit):
        told |= {"outcome": "no_edit", "reason": outcome.reason, "hint": outcome.hint, "edits": []}
    else:
        effort, table = outcome.effort, LineTable(outcome.before.text)
        told |= {
            "outcome": "proposal",
            "edits": [_edit(edit, outcome.before.text, table) for edit in outcome.edits],
            "patch": outcome.patch(origin.patch_path),
            "score": effort.score,
            "nfe": effort.nfe,
            "seconds": effort.seconds,
            "drafts": effort.drafts,
        }
    told |= {"path": origin.path, "seed": origin.seed, "model": origin.model, "written": written}
    return json.dumps(told)  # ASCII: file names need not be UTF-8, nor the terminal


def _edit(edit: TextEdit, text: str, table: LineTable) -> dict[str, int | str]:
    """Tell the span as code-point offsets, and as lines and columns from 1; ends are exclusive."""
    first, last = table.position(edit.span.start), table.position(edit.span.end)
    return {
        "start": edit.span.start,
        "end": edit.span.end,
        "start_line": first.line + 1,
        "start_column": first.column + 1,
        "end_line": last.line + 1,
        "end_column": last.column + 1,
        "old": edit.span.slice(text),
        "new": edit.text,
    }


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees this standard stream; None is one that was closed at the start."""
    return stream is not None and stream.isatty()
