"""The command `fix`: parse, find problems, mend them, render, exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from editdiff import settings
from editdiff.check.base import Problem
from editdiff.check.registry import (
    check_names,
    choose_checkers,
    guard_names,
    guards,
    refuse_unknown,
)
from editdiff.cli.common import options
from editdiff.cli.common.exit_codes import FAILURE
from editdiff.cli.common.failure import show_failure
from editdiff.cli.common.output import Output
from editdiff.cli.common.region import parse_regions
from editdiff.cli.common.render import show_proposal
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_setting_flags
from editdiff.cli.common.terminal import stderr_screen
from editdiff.edits.fix.run import Fixed, Fixing, Limits, Repair
from editdiff.edits.fix.standards import Checks
from editdiff.edits.others import on_disk
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.engines.choose import choose
from editdiff.engines.from_settings import fill_options, running
from editdiff.errors import InputError, UsageError
from editdiff.report import json_lines
from editdiff.report.files import files_of
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.printable import printable
from editdiff.text.span import Span

CLEAN, LEFT = 0, 1
"""Exit codes."""
LISTED = 50
"""Problems that are left of a file and told one by one; one lost bracket can make thousands of a long file."""
UNJUDGED_NAMED = 3
"""Files named of those that cannot be judged for one reason: of a folder there may be hundreds."""
SYNTAX = "syntax"
"""What is looked for unless something else is named."""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Files, and folders: of these the files of known languages, without those that git ignores, hidden "
        "ones, and folders of other people's code.",
    ),
]
Check = Annotated[
    str,
    typer.Option(metavar="NAMES", help=f"What to look for: any of {','.join(check_names())}."),
]
Lines = Annotated[
    list[str] | None,
    typer.Option(
        metavar="N[-M]",
        help="Mend only what stands in these lines of a single file, and edit no others. May be repeated.",
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Apply the fixes to the files.")]
Report = Annotated[
    bool, typer.Option("--report", help="Only print the problems: no model is loaded, nothing drafted.")
]  # fmt: skip
Most = Annotated[
    int, typer.Option("--limit", min=1, help="Most problems of a file that are tried.")
]
Seconds = Annotated[
    float, typer.Option(min=0.0, help="Time for a file; what was mended by then stays.")
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object, on one line, for each file with problems: what `editdiff infill --json` "
        "tells, and mended and left, lists of problems with line, message, check, reason. With --report: path and "
        "problems.",
    ),
]
_LIMITS = Limits()


@with_setting_flags
def fix(
    paths: Paths,
    check: Check = SYNTAX,
    lines: Lines = None,
    write: Write = False,
    diff: options.Diff = False,
    json: Json = False,
    quiet: options.Quiet = False,
    report: Report = False,
    limit: Most = _LIMITS.problems,
    seconds: Seconds = _LIMITS.seconds,
    flags: Flags = NO_FLAGS,
) -> int:
    """Find problems, mask what is wrong, draft, check, show the diff.

    A fix is shown only if it leaves fewer problems and brings no new one, of any check; nothing else of the
    file changes. --check names what to look for, other than black's --check: to only see the problems, use
    --report. Ctrl-C keeps what is mended by then.
    Exit status: 0 no problem is left once the fixes are applied, 1 some are (with --report: there are any),
    2 wrong usage or unusable input. Of several files the others are mended when one cannot be.

    \b
    Examples:
      editdiff fix app.py
      editdiff fix src tests --check syntax,ruff --write
      editdiff fix notes.md --check math --lines 12-30
      editdiff fix . --report
      editdiff fix app.py --diff | git apply
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    output.check(is_stdin=False)
    if report and (write or diff):
        raise UsageError("--report changes nothing", "leave out --report, or --write and --diff")
    wanted = named_checks(check)
    refused: list[InputError] = []
    files = [Path(file) for file in files_of(paths, refused.append)]
    if not files:
        nothing = InputError(f"no file of a known language in {', '.join(paths)}", "name files")
        raise refused[0] if refused else nothing
    if lines and len(files) > 1:
        raise UsageError(
            f"--lines names lines of one file, not of {len(files)}", "name a single file"
        )
    chosen = settings.load(flags, Path.cwd(), os.environ)
    run_with = running(chosen)
    session = Session(lambda: choose(chosen.model, run_with), fill_options(chosen), find=on_disk)
    run = Run(wanted, session, output, Limits(limit, seconds), tuple(lines or ()))
    for error in refused:
        run.refuse(error)
    return run.report(files) if report else run.mend(files)


def named_checks(names: str) -> tuple[str, ...]:
    """Read the value of `--check`.

    Raises:
        UsageError: for a name that no check has.
    """
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    try:
        refuse_unknown(wanted)
    except UsageError as error:
        raise UsageError(
            f"--check: {error.message}", f"{error.hint}; to only see the problems use --report"
        ) from error
    return wanted


@dataclass
class Run:
    """One run of the command."""

    wanted: tuple[str, ...]
    session: Session
    output: Output
    limits: Limits
    lines: tuple[str, ...] = ()
    failed: bool = False
    """Whether a file could not be read, checked or written."""
    unjudged: dict[str, list[str]] = field(default_factory=dict)
    """Why files could not be judged, to their names."""

    def __post_init__(self) -> None:
        others = [name for name in self.wanted if name not in guard_names()]
        self.screen = stderr_screen(self.output.quiet)
        self.checks = Checks(guards(), choose_checkers(others) if others else ())

    def report(self, files: Sequence[Path]) -> int:
        """Print the problems of all files."""
        count = 0
        for fixing in self._with_problems(files):
            problems = sorted(fixing.problems(), key=lambda problem: problem.span)
            count += len(problems)
            show_report(fixing.document, problems, self.output.json)
        return self._code(count)

    def mend(self, files: Sequence[Path]) -> int:
        """Mend one file after the other; what is mended when Ctrl-C comes is shown and written, too."""
        waiting = self._with_problems(files)
        left = 0
        with progress(self.screen) as bars:
            total = sum(min(len(f.problems()), self.limits.problems) for f in waiting)
            task = bars.add_task("", total=total)
            for fixing in waiting:
                expected = min(len(fixing.problems()), self.limits.problems)

                def tell(repair: Repair, fixing: Fixing = fixing) -> None:
                    where = f"{fixing.document.path}:{repair.line}: {repair.problem.message}"
                    bars.update(task, advance=1, description=escape(printable(where)[:60]))

                done = bars.tasks[0].completed
                with self._telling():
                    try:
                        for repair in fixing.run():
                            tell(repair)
                    finally:
                        bars.stop()
                        left += self._conclude(fixing)
                bars.update(task, completed=done + expected)
                bars.start()
        return self._code(left)

    def _with_problems(self, files: Sequence[Path]) -> list[Fixing]:
        """Check all files; those in which nothing is wrong are left out."""
        wrong = []
        with progress(self.screen) as bars:
            for file in bars.track(files, description="checking"):
                with self._telling():
                    fixing = self._begin(file)
                    if fixing.problems():
                        wrong.append(fixing)
                    self._note_unjudged(fixing)
        self._tell_unjudged()
        return wrong

    def _begin(self, file: Path) -> Fixing:
        document = disk.read(file)
        spans = whole_lines(document, self.lines) if self.lines else None
        return Fixing(
            document,
            lambda: self.session.engine,
            self.checks,
            self.session.options,
            self.limits,
            spans,
            not set(guard_names()).intersection(self.wanted),
            self.session.others,
        )

    def _note_unjudged(self, fixing: Fixing) -> None:
        """Keep the name of a file in which something looks wrong and nobody can say whether it is."""
        if doubts := fixing.doubts():
            why = f"cannot judge [{doubts[0].source}]: {doubts[0].doubt}"
            self.unjudged.setdefault(why, []).append(fixing.document.path)

    def _tell_unjudged(self) -> None:
        """Name those files, which are left as they are: a line for each reason, however many there are."""
        for why, names in self.unjudged.items() if not self.output.quiet else ():
            more = len(names) - UNJUDGED_NAMED
            named = ", ".join(names[:UNJUDGED_NAMED]) + (f" and {more} more" if more > 0 else "")
            typer.echo(printable(f"{named}: {why}"), err=True)

    def _conclude(self, fixing: Fixing) -> int:
        """Write and show what became of a file; return how many problems are left."""
        fixed = fixing.result()
        path, output = fixing.document.path, self.output
        if output.write and isinstance(fixed.outcome, Proposal):
            output.save(Path(path), fixed.outcome)
        if output.json:
            origin = json_lines.Origin.of(path, self.session, fixing.others)
            written = output.write and isinstance(fixed.outcome, Proposal)
            typer.echo(json_lines.of_fixed(fixed, origin, written))
        else:
            show_fixed(fixed, Path(path), output, self.screen)
        return len(fixed.left)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Show what is wrong with one file and go on with the next."""
        try:
            yield
        except (InputError, UsageError) as error:
            self.refuse(error)

    def refuse(self, error: InputError | UsageError) -> None:
        """Tell what is wrong with a file or folder that is left out."""
        self.failed = True
        show_failure(error.message, error.hint)

    def _code(self, left: int) -> int:
        if self.failed:
            return FAILURE
        return LEFT if left else CLEAN


def whole_lines(document: Document, lines: Sequence[str]) -> list[Span]:
    """The lines that `--lines` names, their endings included: a fix may take a line away.

    Raises:
        UsageError: when one is malformed, or they overlap.
        InputError: when the document does not have them.
    """
    table = LineTable(document.text)
    named = parse_regions(lines).resolve(document)
    return [Span(span.start, table.full(table.position(span.end).line).end) for span in named]


def show_report(document: Document, problems: Sequence[Problem], as_json: bool) -> None:
    """Print problems as compilers do, a line each, or as one line of JSON."""
    if as_json:
        typer.echo(json_lines.of_problems(document, problems))
        return
    table = LineTable(document.text)
    for problem in problems:
        line, column = table.position(problem.span.start)
        where = f"{document.path}:{line + 1}:{column + 1}"
        typer.echo(printable(f"{where}: {problem.message} [{problem.source}]"))


def show_fixed(fixed: Fixed, file: Path, output: Output, screen: Console) -> None:
    """Print the diff on standard output, and on stderr what is left and why."""
    if isinstance(fixed.outcome, Proposal):
        show_proposal(fixed.outcome, file, plain=output.diff, written=output.write, screen=screen)
    if output.quiet:
        return
    for repair in fixed.left[:LISTED]:
        reason = repair.outcome.reason if isinstance(repair.outcome, NoEdit) else ""
        problem = repair.problem
        typer.echo(
            printable(f"{file}:{repair.line}: {problem.message} [{problem.source}]: {reason}"),
            err=True,
        )
    more = len(fixed.left) - LISTED
    if more > 0:
        typer.echo(printable(f"{file}: {more} more, which --json and --report list"), err=True)
    typer.echo(printable(f"{file}: {_counted(fixed)}"), err=True)


def _counted(fixed: Fixed) -> str:
    mended, left = len(fixed.mended), len(fixed.left)
    fixes = f"{mended} fix{'es' * (mended != 1)}"
    return f"{fixes}, {left or 'no'} problem{'s' * (left != 1)} left"


@contextmanager
def progress(screen: Console) -> Iterator[Progress]:
    """A bar with the time left, on a terminal; it leaves nothing behind."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as bars:
        yield bars
