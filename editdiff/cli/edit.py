"""Commands that edit a file: parse, call the operation, render, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.cli import question, render
from editdiff.cli.failure import FAILURE, show_failure
from editdiff.cli.output import Origin, Output, json_line
from editdiff.cli.question import Answer
from editdiff.cli.target import Target, check_several, parse
from editdiff.edits import infill as operation
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import FillOptions
from editdiff.engines.choose import choose
from editdiff.errors import InputError, UsageError
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.span import Span

PROPOSED, NO_EDIT = 0, 1
"""Exit codes."""
CANVASES = (8, 16, 32, 64)
CHECKERS = (SyntaxChecker(), PythonCompileChecker())
"""Asked in this order; the second starts a process, only for drafts that pass the first."""
DEFAULTS = operation.DEFAULTS


def infill(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE[:LINES]",
            help="A text file in UTF-8, - for standard input. Of several files each names its "
            "region, as a.py:12-14 or a.py:12:5-14:9.",
        ),
    ],
    lines: Annotated[
        str | None,
        typer.Option(metavar="N[-M]", help="Fill these whole lines, counted from 1."),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option(
            metavar="L:C-L:C",
            help="Fill from a line and column up to, not including, another; both from 1, "
            "columns in characters.",
        ),
    ] = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="Apply the edit to the file; with -, print the document with it."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print a plain patch, for git apply, also on a terminal.")
    ] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON object, on one line, for each file: outcome (proposal or "
            "no_edit), reason, hint, path, edits, patch, score, nfe, seconds, drafts, seed, model, "
            "written. Each edit has start and end in characters from 0, start_line, start_column, "
            "end_line, end_column from 1, ends exclusive, and old and new text.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")
    ] = False,
    path: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="File name of what comes from standard input."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model folder, instead of the built-in model.")
    ] = None,
    drafts: Annotated[
        int, typer.Option(help="Drafts made side by side; the best that parses is shown.")
    ] = DEFAULTS.drafts,
    steps: Annotated[int, typer.Option(help="Most denoising steps for a canvas.")] = DEFAULTS.steps,
    threshold: Annotated[
        float, typer.Option(help="Settle a token when its probability exceeds this, 0 to 1.")
    ] = DEFAULTS.threshold,
    temperature: Annotated[
        float, typer.Option(help="Variety of the drafts after the first; 0 for a single draft.")
    ] = DEFAULTS.temperature,
    canvas: Annotated[
        int, typer.Option(help="Tokens denoised at once: 8, 16, 32 or 64.")
    ] = DEFAULTS.canvas,
    seed: Annotated[int, typer.Option(help="Seed of all randomness.")] = DEFAULTS.seed,
) -> int:
    """Mask a region of a file, fill it from both sides, show the diff.

    Nothing outside the region changes, and a draft that breaks the syntax is never shown. On a
    terminal you are asked what to do with the diff, unless a flag says it.
    Exit status: 0 an edit was proposed, 1 no edit or none taken, 2 wrong usage or unusable input.
    Of several files the others are filled when one cannot be.

    \b
    Examples:
      editdiff infill app.py --lines 12-14
      editdiff infill app.py --span 12:9-12:31 --write
      editdiff infill app.py --lines 12 --diff | git apply
      editdiff infill app.py:12-14 util.py:3 --write
      editdiff infill - --path app.py --lines 12 --write < app.py > new.py
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    check_several(files, lines, span)
    if canvas not in CANVASES:
        raise UsageError(
            f"canvas has to be 8, 16, 32 or 64, but is {canvas}",
            "models are trained on these sizes",
        )
    options = FillOptions(
        steps=steps,
        threshold=threshold,
        temperature=temperature,
        drafts=drafts,
        canvas=canvas,
        seed=seed,
    )
    seen: set[str] = set()

    def fill_one(file: str) -> int:
        target = parse(file, lines, span, path)
        refuse_twice(target, seen)
        return Job.begin(target, model, options, output).run()

    return each(fill_one, files)


def each(fill: Callable[[str], int], files: Sequence[str]) -> int:
    """Fill one file after the other, whatever became of the one before; return the exit code.

    It is that of the worst failure, or else tells whether there was any proposal.
    """
    codes = []
    for file in files:
        try:
            codes.append(fill(file))
        except (
            InputError,
            UsageError,
        ) as error:  # of this file; without a model none can be filled
            codes.append(show_failure(error.message, error.hint))
    return FAILURE if FAILURE in codes else min(codes)


def refuse_twice(target: Target, seen: set[str]) -> None:
    """Raise UsageError for a file that was filled before: its lines may be others by now."""
    if target.identity in seen:
        raise UsageError(
            f"{target.file} is named twice", "fill one region of a file, then the other"
        )
    seen.add(target.identity)


@dataclass(frozen=True)
class Job:
    """One region of one document to fill, and what is to become of the outcome."""

    target: Target
    document: Document
    gap: Span
    model: str | None
    options: FillOptions
    output: Output
    screen: Console

    @classmethod
    def begin(cls, target: Target, model: str | None, options: FillOptions, output: Output) -> Job:
        """Read the document and find the region in it.

        Raises:
            UsageError: when standard output cannot hold all that the user wants on it.
            InputError: when the document cannot be read, or does not have the region.
        """
        output.check(target.is_stdin)
        document = target.read()
        gap = target.region.resolve(document)
        return cls(target, document, gap, model, options, output, stderr_screen(output.quiet))

    def run(self) -> int:
        """Fill the region, and show, write or ask about the outcome; return the exit code."""
        outcome = self.fill()
        self.save(outcome)
        self.show(outcome)
        if isinstance(outcome, NoEdit):
            return NO_EDIT
        return self.decide(outcome) if self.output.asks(self.target.is_stdin) else PROPOSED

    def fill(
        self, another: int = 0, exclude: Collection[tuple[str, ...]] = ()
    ) -> Proposal | NoEdit:
        """Ask the model, drawn live; `another` counts the times that it is asked again."""
        options = replace(self.options, seed=self.options.seed + another * (1 + operation.RETRIES))
        with render.live(self.screen, render.frame(self.document.text, self.gap)) as on_sketch:
            return operation.infill(
                self.document,
                [self.gap],
                choose(self.model),
                options,
                CHECKERS,
                exclude=exclude,
                on_sketch=on_sketch,
            )

    def save(self, outcome: Proposal | NoEdit) -> None:
        """Do what `--write` says; without an edit, what came from standard input is passed on."""
        if not self.output.write:
            return
        if self.target.is_stdin:
            document = outcome.after if isinstance(outcome, Proposal) else self.document
            typer.echo(document.to_bytes(), nl=False)
        elif isinstance(outcome, Proposal):
            save(Path(self.target.file), outcome)

    def show(self, outcome: Proposal | NoEdit) -> None:
        """Tell the outcome in the form that the user wants."""
        path, output = Path(self.target.path), self.output
        if output.json:
            engine = choose(self.model)
            origin = Origin(self.target.path, patch_path(path), engine.name, self.options.seed)
            written = output.write and isinstance(outcome, Proposal)
            typer.echo(json_line(outcome, origin, written))
        elif isinstance(outcome, NoEdit):
            if not output.quiet:
                show_no_edit(outcome)
        elif not (output.write and self.target.is_stdin):
            show_proposal(
                outcome, path, plain=output.diff, written=output.write, screen=self.screen
            )

    def decide(self, proposal: Proposal) -> int:
        """Ask what to do with a proposal, and do it; return the exit code."""
        seen = {tuple(edit.span.slice(self.document.text) for edit in proposal.edits)}
        for another in count(1):
            answer = question.ask()
            if answer is Answer.NO:
                return NO_EDIT
            if answer is Answer.APPLY:
                break
            seen.add(tuple(edit.text for edit in proposal.edits))
            outcome = self.fill(another, seen)
            self.show(outcome)
            if isinstance(outcome, Proposal):  # else the last one can still be applied
                proposal = outcome
        save(Path(self.target.file), proposal)
        typer.echo(f"written to {self.target.file}", err=True)
        return PROPOSED


def stderr_screen(quiet: bool = False) -> Console:
    """Give the terminal that the live view and the summary are drawn on; no terminal if quiet."""
    return Console(stderr=True, force_terminal=sys.stderr.isatty() and not quiet, highlight=False)


def save(file: Path, proposal: Proposal) -> None:
    """Write the proposal's text, if the file still is what the proposal was made for."""
    disk.write(file, proposal.after, expected=proposal.before.to_bytes())


def show_no_edit(outcome: NoEdit) -> int:
    """Say on stderr why there is no edit; return the exit code."""
    typer.echo(f"no edit: {outcome.reason}", err=True)
    if outcome.hint:
        typer.echo(f"hint: {outcome.hint}", err=True)
    return NO_EDIT


def show_proposal(
    proposal: Proposal, file: Path, *, plain: bool, written: bool, screen: Console
) -> int:
    """Print the diff, coloured for a person, exact for a program; return the exit code."""
    patch = proposal.patch(patch_path(file))
    if plain or not sys.stdout.isatty():
        typer.echo(patch.encode(), nl=False)  # bytes: a `\r` of the file must not be translated
    else:
        Console(highlight=False).print(render.diff_text(patch), soft_wrap=True, end="")
    if screen.is_terminal:
        screen.print(render.summary(proposal, str(file) if written else None))
    return PROPOSED


def patch_path(file: Path) -> str:
    """Name the file for a patch that is applied in the current folder, with `/` between folders."""
    path = Path(os.path.abspath(file))  # not resolved: a symbolic link keeps the name it was given
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
