"""What the commands that draft have in common: draft, show, write or ask what to do, exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import typer
from rich.console import Console

from editdiff.cli.common import live, question
from editdiff.cli.common.output import Output
from editdiff.cli.common.question import Answer
from editdiff.cli.common.render import show_no_edit, show_proposal
from editdiff.cli.common.target import Target
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.engines.base import OtherFile
from editdiff.report import json_lines
from editdiff.text.document import Document
from editdiff.text.span import Span

PROPOSED, NO_EDIT = 0, 1
"""Exit codes."""


class Filling(Protocol):
    """Regions of one version of a document, drafted once and again."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    others: tuple[OtherFile, ...] | None

    def draft(self, on_sketch: OnSketch = ...) -> Proposal | NoEdit:
        """Propose a draft; asked again, one that was not proposed yet."""
        ...


@dataclass(frozen=True)
class Job:
    """Regions of one document to draft, and what is to become of the outcome."""

    target: Target
    filling: Filling
    output: Output
    screen: Console
    named: str = ""
    """How a refusal names the file; empty where it is the only one."""

    def outcome(self) -> Proposal | NoEdit:
        """What is proposed first."""
        return self.draft()

    def run(self) -> int:
        """Draft, and show, write or ask about the outcome; return the exit code."""
        outcome = self.outcome()
        self.save(outcome)
        self.show(outcome)
        if isinstance(outcome, NoEdit):
            return NO_EDIT
        return self.decide(outcome) if self.output.asks(self.target.is_stdin) else PROPOSED

    def draft(self) -> Proposal | NoEdit:
        """Ask the model, drawn live."""
        frame = live.frame(self.filling.document.text, self.filling.spans)
        with live.view(self.screen, frame) as on_sketch:
            return self.filling.draft(on_sketch)

    def save(self, outcome: Proposal | NoEdit) -> None:
        """Do what `--write` says; without an edit, what came from standard input is passed on."""
        if not self.output.write:
            return
        if self.target.is_stdin:
            edited = outcome.after if isinstance(outcome, Proposal) else self.filling.document
            typer.echo(edited.to_bytes(), nl=False)
        elif isinstance(outcome, Proposal):
            self.output.save(Path(self.target.file), outcome)

    def show(self, outcome: Proposal | NoEdit) -> None:
        """Tell the outcome in the form that the user wants."""
        path, output = Path(self.target.path), self.output
        if output.json:
            origin = json_lines.Origin.of(
                self.target.path, self.filling.session, self.filling.others
            )
            written = output.write and isinstance(outcome, Proposal)
            typer.echo(self.line(outcome, origin, written))
        elif isinstance(outcome, NoEdit):
            if not output.quiet:
                show_no_edit(outcome, self.named)
        elif not (output.write and self.target.is_stdin):
            show_proposal(
                outcome, path, plain=output.diff, written=output.write, screen=self.screen
            )

    def line(self, outcome: Proposal | NoEdit, origin: json_lines.Origin, written: bool) -> str:
        """The outcome for programs."""
        return json_lines.of_outcome(outcome, origin, written)

    def decide(self, proposal: Proposal) -> int:
        """Ask what to do with a proposal, and do it; return the exit code."""
        while (answer := question.ask(Answer)) is not Answer.APPLY:
            if answer is Answer.NO:
                return NO_EDIT
            outcome = self.draft()
            self.show(outcome)
            if isinstance(outcome, Proposal):  # else the last one can still be applied
                proposal = outcome
        self.output.save(Path(self.target.file), proposal)
        typer.echo(f"written to {self.target.file}", err=True)
        return PROPOSED
