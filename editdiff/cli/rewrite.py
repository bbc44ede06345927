"""The command `rewrite`: parse, ask the model, show, write or ask what to do, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from editdiff import settings
from editdiff.check.anatomy import TextAnatomist
from editdiff.check.registry import writing_guards
from editdiff.cli.common import options
from editdiff.cli.common.asking import engine_of, run
from editdiff.cli.common.job import Job
from editdiff.cli.common.output import Output
from editdiff.cli.common.region import Regions, parse_regions
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_setting_flags
from editdiff.cli.common.target import Target, check_stdin
from editdiff.cli.common.terminal import stderr_screen
from editdiff.edits import rewriting
from editdiff.edits.long_rewriting import LongRewriting, Part
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.rewriting import AnyRewriting, Rewriting
from editdiff.edits.session import Session
from editdiff.engines.choose import choose, for_rewriting
from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.from_settings import endpoint, fill_options, least_confidence, running
from editdiff.engines.measured import rewrite_calibration
from editdiff.errors import InputError, UsageError
from editdiff.report.files import STDIN
from editdiff.report.json_lines import Origin, of_rewritten
from editdiff.settings import Settings
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.text.span import Span

ANATOMIST = TextAnatomist()
EXAMPLE = "such as --ask 'add type hints'"


@with_setting_flags
def rewrite(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A text file in UTF-8, or - for standard input.")
    ],
    ask: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What is to become of it, in words; - reads it from standard input.",
        ),
    ],
    lines: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N[-M]",
            help="Rewrite these whole lines, counted from 1; without them the whole file. May be repeated: one is "
            "rewritten after the other. More than 120 are rewritten part by part.",
        ),
    ] = None,
    span: Annotated[
        list[str] | None,
        typer.Option(
            metavar="L:C-L:C",
            help="Rewrite from a line and column up to, not including, another; both from 1.",
        ),
    ] = None,
    write: options.Write = False,
    diff: options.Diff = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    path: options.StdinPath = None,
    flags: Flags = NO_FLAGS,
    show_request: options.ShowRequest = False,
) -> int:
    """Change a region of a file as you say, in words, and show the diff.

    Nothing outside of the region changes, and what breaks the syntax is never shown. What stands there is kept as
    far as the model would write it again. An answer of which the model is not sure enough is declined, as
    measured of it; --confidence moves that. A long region is asked for function by function, and what of it is
    done has to fit the rest. What you name that lies outside of the region is told. On a terminal you are asked
    what to do with the diff, unless a flag says it. Exit status: 0 an edit was proposed, 1 no edit or none taken,
    2 wrong usage or unusable input.

    \b
    Examples:
      editdiff rewrite app.py --lines 12-20 --ask 'add type hints'
      editdiff rewrite app.py --lines 3 --lines 30-34 --ask 'rename x to width' --write
      editdiff rewrite notes.md --lines 4-6 --ask 'fix the grammar' --diff | git apply
      editdiff rewrite report.py --ask 'use f-strings'
      editdiff rewrite - --path app.py --ask 'use f-strings' --write < app.py > new.py
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    check_stdin([file], path)
    if is_notebook(path or file):
        raise UsageError(
            f"{path or file} is a notebook, whose cells are not rewritten",
            "rewrite the code in a file of its own",
        )
    asked = _asked(ask, file)
    regions = parse_regions(lines or (), span or ()) if lines or span else Regions()
    chosen = settings.load(flags, Path.cwd(), os.environ)
    asked_of = endpoint(chosen, os.environ)
    session = _session(chosen, asked_of, show_request)
    target = Target(file, regions, path or file)
    output.check(target.is_stdin)
    document = target.read()
    spans = regions.resolve(document).spans if regions.named else (_all(document),)
    job = RewriteJob.begin(target, session, document, spans, asked, output)
    return run(lambda: job, asked_of, show_request, fills=False)


@dataclass(frozen=True)
class RewriteJob(Job):
    """Regions of one document to rewrite, and what is to become of the outcome."""

    filling: AnyRewriting
    refused: NoEdit | None = None
    """Why nothing is asked."""

    @classmethod
    def begin(
        cls,
        target: Target,
        session: Session,
        document: Document,
        spans: Sequence[Span],
        ask: str,
        output: Output,
    ) -> RewriteJob:
        """Begin to rewrite, in parts where that is long."""
        begun = rewriting.begin(session, document, spans, ask)
        screen = stderr_screen(output.quiet)
        if isinstance(begun, NoEdit):
            return cls(
                target,
                Rewriting(session, document, tuple(spans), ask),
                output,
                screen,
                refused=begun,
            )
        return cls(target, begun, output, screen)

    def outcome(self) -> Proposal | NoEdit:
        """What is proposed first, unless it is refused."""
        return self.refused or self.draft()

    def line(self, outcome: Proposal | NoEdit, origin: Origin, written: bool) -> str:
        """The outcome for programs, with what lies outside of the region, and the parts of a long one."""
        return of_rewritten(
            outcome, origin, written, self.filling.outside, self._parts, self.filling.document.text
        )

    def show(self, outcome: Proposal | NoEdit) -> None:
        """Tell the outcome, and what a person has to know beside it."""
        super().show(outcome)
        if self.output.json or self.output.quiet:
            return
        for told in rewriting.notes(self.filling, outcome):
            typer.echo(printable(f"note: {told}"), err=True)

    @property
    def _parts(self) -> Sequence[Part]:
        return self.filling.parts if isinstance(self.filling, LongRewriting) else ()


def _session(chosen: Settings, asked_of: Endpoint | None, show: bool) -> Session:
    """A session with the endpoint, or a model of this machine.

    Nobody measured how well the endpoint does what it is asked, but the user named it for that: its answers are
    proposed, as those of `infill` are.
    """
    if asked_of is not None:
        fill_with = fill_options(chosen, by_request=True)
        return Session(
            lambda: engine_of(asked_of, show),
            fill_with,
            writing_guards(),
            least=0.0,
            anatomist=ANATOMIST,
        )
    model = for_rewriting(chosen.model)
    return Session(
        lambda: choose(model, running(chosen)),
        fill_options(chosen),
        writing_guards(),
        calibrate_rewrites=lambda: rewrite_calibration(model),
        least=least_confidence(chosen),
        anatomist=ANATOMIST,
    )


def _asked(ask: str, file: str) -> str:
    """The instruction, from standard input if that is said.

    Raises:
        UsageError: when there is none, or the file comes from standard input too.
        InputError: when it cannot be read.
    """
    if ask == STDIN:
        if file == STDIN:
            raise UsageError(
                "file and instruction cannot both come from standard input", "name the file"
            )
        try:
            ask = sys.stdin.read() if sys.stdin is not None else ""
        except (OSError, ValueError) as error:
            raise InputError(
                f"cannot read the instruction from standard input: {error}", "pipe text in UTF-8"
            ) from error
    if not ask.strip():
        raise UsageError("nothing is asked for", f"say what to do, {EXAMPLE}")
    return ask


def _all(document: Document) -> Span:
    """All lines of a file, without the line ending at its end.

    Raises:
        InputError: when there is nothing in it.
    """
    text, table = document.text, LineTable(document.text)
    if not text.strip():
        raise InputError(f"{document.path} is empty", "rewrite what stands somewhere")
    last = len(table) - 1
    while not table.content(last).slice(text).strip():
        last -= 1
    return Span(0, table.content(last).end)
