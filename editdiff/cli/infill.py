"""The command `infill`: parse, fill the gaps, show, write or ask, exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from editdiff import settings
from editdiff.check.anatomy import TextAnatomist
from editdiff.check.registry import writing_guards
from editdiff.cli.common import job, options
from editdiff.cli.common.asking import engine_of, run
from editdiff.cli.common.failure import show_failure
from editdiff.cli.common.output import Output
from editdiff.cli.common.record import tracing
from editdiff.cli.common.region import Gap
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_setting_flags
from editdiff.cli.common.target import Named, Target, parse
from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.infill_inside import no_gap, note
from editdiff.edits.groups import begin
from editdiff.edits.others import on_disk
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.engines.base import FillOptions
from editdiff.engines.choose import choose, traits
from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.from_settings import endpoint, fill_options, least_confidence, running
from editdiff.engines.measured import infill_calibration
from editdiff.errors import InputError, UsageError
from editdiff.settings import Settings
from editdiff.text.printable import printable


@with_setting_flags
def infill(
    files: options.Files,
    lines: options.Lines = None,
    span: options.AtSpan = None,
    marker: options.Marker = None,
    everywhere: options.Everywhere = False,
    write: options.Write = False,
    diff: options.Diff = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    path: options.StdinPath = None,
    flags: Flags = NO_FLAGS,
    reopen: options.Reopen = None,
    critic_rounds: options.CriticRounds = None,
    trace: options.Trace = None,
    show_request: options.ShowRequest = False,
) -> int:
    """Mask a region of a file, fill it from both sides, show the diff.

    Nothing outside the region changes, and a draft that breaks the syntax is never shown. Several
    regions of a file are filled together, each in view of the others, drafts first in which one reads what
    another binds; more of them than the model fills at once in groups, each in view of what the ones
    before were filled with. On a terminal you are asked what to do with the
    diff, unless a flag says it. A draft of which the model is not sure enough is declined, where
    that was measured of the model.
    Exit status: 0 an edit was proposed, 1 no edit or none taken, 2 wrong usage or unusable input.
    Of several files the others are filled when one cannot be, and the status is that of the worst.

    Defaults can be set in ~/.config/editdiff/config.toml, in [tool.editdiff] of pyproject.toml
    (there not the model, the engine or an endpoint), and by variables such as EDITDIFF_DRAFTS.

    \b
    Examples:
      editdiff infill app.py --lines 12-14
      editdiff infill app.py --span 12:9-12:31 --write
      editdiff infill app.py --lines 12-14 --lines 30
      editdiff infill app.py util.py --marker '???'
      editdiff infill app.py --marker '???' --everywhere
      editdiff infill app.py --lines 12 --diff | git apply
      editdiff infill app.py:12-14,30 util.py:3 --write
      editdiff infill - --path app.py --lines 12 --write < app.py > new.py
      editdiff infill app.py --lines 12 --endpoint http://127.0.0.1:8080 --show-request
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    named = Named(tuple(lines or ()), tuple(span or ()), tuple(marker or ()), everywhere)
    named.check(files)
    chosen = settings.load(flags, Path.cwd(), os.environ)
    asked = endpoint(chosen, os.environ)
    fill_with = fill_options(
        chosen, reopen=reopen, critic_rounds=critic_rounds, by_request=asked is not None
    )
    session = _session(chosen, fill_with, asked, show_request)
    seen: set[str] = set()

    def most() -> int:
        return 1 if asked else traits(chosen.model).gaps

    def fill_one(file: str) -> int:
        target = parse(file, named, path)
        refuse_twice(target, seen)
        named_file = file if len(files) > 1 else ""
        return run(
            lambda: Job.begin(target, session, output, most, named_file), asked, show_request
        )

    if trace is None:
        return each(fill_one, files)
    with tracing(session.engine, trace):
        return each(fill_one, files)


def _session(
    chosen: Settings, fill_with: FillOptions, asked: Endpoint | None, show: bool
) -> Session:
    """A session with the endpoint, of which nobody measured how sure it is, or a model of this machine."""
    least = least_confidence(chosen)
    if asked is not None:
        return Session(lambda: engine_of(asked, show), fill_with, writing_guards(), least=least)
    run_with = running(chosen)
    return Session(
        lambda: choose(chosen.model, run_with),
        fill_with,
        writing_guards(),
        on_disk,
        lambda: infill_calibration(chosen.model),
        least,
        anatomist=TextAnatomist(),
    )


def each(fill: Callable[[str], int], files: Sequence[str]) -> int:
    """Fill one file after the other, whatever became of the one before; return the worst exit code."""
    codes = []
    for file in files:
        try:
            codes.append(fill(file))
        except (InputError, UsageError) as error:  # of this file: a missing model would stop all
            codes.append(show_failure(error.message, error.hint))
    return max(codes)


def refuse_twice(target: Target, seen: set[str]) -> None:
    """Raise UsageError for a file that was filled before: its lines may be others by now."""
    if target.identity in seen:
        raise UsageError(
            f"{target.file} is named twice",
            "name all regions of a file at once, as a.py:3,12-14, or fill one, then the other",
        )
    seen.add(target.identity)


@dataclass(frozen=True)
class Job(job.Job):
    """The gaps of one document to fill, and what is to become of the outcome."""

    inside: tuple[Gap, ...] = ()
    """Places of markers that are no gaps."""

    @classmethod
    def begin(
        cls,
        target: Target,
        session: Session,
        output: Output,
        most: Callable[[], int],
        named: str = "",
    ) -> Job:
        """Read the document and find the regions in it.

        Raises:
            UsageError: when standard output cannot hold all that the user wants on it, or regions overlap.
            InputError: when the document cannot be read, or does not have the regions.
        """
        output.check(target.is_stdin)
        document = target.read()
        spans, inside = target.regions.resolve(document)
        filling = begin(session, document, spans, most)
        return cls(target, filling, output, stderr_screen(output.quiet), named, inside)

    def outcome(self) -> Proposal | NoEdit:
        """Fill the gaps; say where markers stand that are none."""
        document = self.filling.document
        if not self.filling.spans:
            return no_gap(self.inside, document)
        if self.inside and not self.output.quiet:
            typer.echo(printable(note(self.inside, document)), err=True)
        return self.draft()
