"""The command `fix`: parse, find problems, mend them, render, exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from editdiff import settings
from editdiff.check.base import Checker
from editdiff.check.registry import (
    check_names,
    choose_checkers,
    guard_names,
    guards,
    refuse_unknown,
)
from editdiff.cli.common import options, question
from editdiff.cli.common.exit_codes import FAILURE
from editdiff.cli.common.failure import show_failure
from editdiff.cli.common.output import Output
from editdiff.cli.common.question import Taking
from editdiff.cli.common.region import parse_regions
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_local_flags
from editdiff.cli.common.target import check_stdin, read_stdin
from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.fix_conflicts import is_conflict, settle
from editdiff.cli.fix_progress import progress
from editdiff.cli.fix_told import Mending, show_fixed, show_left, show_report
from editdiff.cli.fix_unjudged import Unjudged
from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixing, Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.others import on_disk
from editdiff.edits.proposal import Proposal
from editdiff.edits.session import Session
from editdiff.engines.choose import choose
from editdiff.engines.from_settings import fill_options, least_confidence, running
from editdiff.engines.measured import fix_calibration
from editdiff.errors import InputError, UsageError
from editdiff.report import json_lines
from editdiff.report.files import STDIN, TOO_LARGE, LeftOut, files_of
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.text.span import Span

CLEAN, WRONG = 0, 1
"""Exit codes."""
SYNTAX = "syntax"
"""What is looked for unless something else is named."""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Files, and folders: of these the files of known languages, without those that git ignores, hidden "
        "ones, and folders of other people's code. - for standard input: the mended text goes to standard output.",
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
FaultSeconds = Annotated[
    float,
    typer.Option(
        min=0.0,
        help="Time for one fault by the clock, after which it is left and the next one tried: beside other "
        "work less is tried in it.",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit status 1, too, where something could not be judged.")
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Exit status 0 also where something is wrong; 2 stays.")
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object, on one line, for each file with problems: what `editdiff infill --json` "
        "tells, and mended and left, lists of problems with line, message, check, reason, confidence, of a "
        "notebook also cell. With --report: path, problems, and unjudged, the reasons why there may be more; also "
        "for a file that has such reasons alone.",
    ),
]
_LIMITS = Limits()


@with_local_flags
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
    fault_seconds: FaultSeconds = _LIMITS.fault_seconds,
    strict: Strict = False,
    exit_zero: ExitZero = False,
    path: options.StdinPath = None,
    flags: Flags = NO_FLAGS,
) -> int:
    """Find problems, mask what is wrong, draft, check, show the diff.

    A fix is shown only if it leaves fewer problems and brings no new one, of any check; nothing else of the
    file changes. --check names what to look for, other than black's --check: to only see the problems, use
    --report. On a terminal you are asked what to do with the diff, and which side of a merge in conflict stays,
    unless a flag says it. Ctrl-C keeps what is mended by then. A line with the comment `editdiff: ignore`, or below
    one, is left as it is; `exclude` in the settings leaves files of folders out.
    Exit status: 0 nothing is wrong with what is on disk now, 1 something is, whether or not there is a fix for it,
    2 wrong usage or unusable input. What nobody can judge is named, and wrong with --strict alone. Of several files
    the others are mended when one cannot be. Of standard input it is told of the text that is printed, whole also
    where nothing was mended; with --diff, --json or --report, of the text that was read.

    \b
    Examples:
      editdiff fix app.py
      editdiff fix src tests --check syntax,ruff --write
      editdiff fix notes.md --check math --lines 12-30
      editdiff fix . --report
      editdiff fix app.py --diff | git apply
      editdiff fix - --path app.py < app.py > new.py
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    output.check(is_stdin=STDIN in paths)
    check_stdin(paths, path)
    prints = STDIN in paths and not (diff or json or report)
    if prints and len(paths) > 1:
        raise UsageError(
            "with - the mended text goes to standard output, so no other file has a place there",
            "name - alone, or add --diff, --json or --report",
        )
    if report and (write or diff):
        raise UsageError("--report changes nothing", "leave out --report, or --write and --diff")
    wanted = named_checks(check)
    refused: list[InputError] = []
    chosen = settings.load(flags, Path.cwd(), os.environ)
    left_out = LeftOut()
    files = [Path(file) for file in files_of(paths, refused.append, chosen.exclude, left_out)]
    if left_out.told and not quiet:
        typer.echo(left_out.told, err=True)
    if not files and not left_out.large:
        nothing = InputError(
            f"no file of a known language in {', '.join(paths)}",
            "name a file itself: of a folder, ignored, hidden, vendored, generated and excluded ones are left out",
        )
        raise refused[0] if refused else nothing
    if lines and len(files) > 1:
        raise UsageError(
            f"--lines names lines of one file, not of {len(files)}",
            "name that file alone, or leave out --lines",
        )
    run_with = running(chosen)
    session = Session(
        lambda: choose(chosen.model, run_with),
        fill_options(chosen),
        find=on_disk,
        least=least_confidence(chosen),
        calibrate_fixes=lambda: fix_calibration(chosen.model),
    )
    limits = Limits(limit, seconds, fault_seconds)
    named = frozenset(str(Path(name)) if name != STDIN else str(path) for name in paths)
    stdin = Stdin(path, prints) if path else None
    run = Run(wanted, session, output, limits, tuple(lines or ()), strict, named, stdin)
    run.pass_over(left_out.large)
    for error in refused:
        run.refuse(error)
    code = run.report(files) if report else run.mend(files)
    return CLEAN if exit_zero and code == WRONG else code


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


@dataclass(frozen=True)
class Stdin:
    """A document that comes from standard input."""

    path: str
    """What it is called."""
    prints: bool
    """Whether the mended text goes to standard output."""


@dataclass
class Run:
    """One run of the command."""

    wanted: tuple[str, ...]
    session: Session
    output: Output
    limits: Limits
    lines: tuple[str, ...] = ()
    strict: bool = False
    """Whether what could not be judged counts as wrong."""
    named: frozenset[str] = frozenset()
    """Paths that the user named: that no check knows a file of a folder is no doubt."""
    stdin: Stdin | None = None
    failed: bool = False
    """Whether a file could not be read, checked or written."""
    doubted: bool = False
    """Whether there is something that nobody could judge."""
    unjudged: Unjudged = field(init=False)

    def __post_init__(self) -> None:
        others = [name for name in self.wanted if name not in guard_names()]
        self.screen = stderr_screen(self.output.quiet)
        self.unjudged = Unjudged(self.wanted)
        self.checks = Checks(guards(), choose_checkers(others) if others else ())

    def report(self, files: Sequence[Path]) -> int:
        """Print the problems of all files."""
        wrong = 0
        for fixing, unjudged in self._checked(files):
            wrong += bool(fixing.problems())
            show_report(fixing, unjudged, self.output.json)
        for file in self.unjudged.large if self.output.json else ():
            typer.echo(json_lines.of_unjudged(file, TOO_LARGE))
        if not self.output.quiet:
            self.unjudged.count(len(files), wrong)
        return self._code(wrong)

    def mend(self, files: Sequence[Path]) -> int:
        """Mend one file after the other; what is mended when Ctrl-C comes is shown and written, too."""
        checked = self._checked(files)
        waiting = [fixing for fixing, _ in checked if fixing.problems() or self._prints]
        wrong = done = 0
        expected = [min(len(fixing.problems()), self.limits.problems) for fixing in waiting]
        bars = progress(self.screen)
        task = bars.add_task("", total=sum(expected))
        for found, most in zip(waiting, expected, strict=True):
            with self._telling():
                fixing = self._settled(found)
                asks = False
                try:
                    with bars:  # no longer: it would be drawn behind what is asked
                        for where in self._places(fixing):
                            shown = escape(printable(where)[:60])
                            bars.update(task, completed=done + fixing.tried, description=shown)
                    asks = self.output.asks(self.stdin is not None)
                finally:  # Ctrl-C among them: what is mended by then is shown, and nothing asked
                    wrong += self._conclude(fixing, asks)
            done += most
            bars.update(task, completed=done, description="")
        return self._code(wrong)

    def _places(self, fixing: Mending) -> Iterator[str]:
        """Mend a file, telling before each problem which one it is."""
        repairs = fixing.run()
        while ahead := fixing.ahead():
            yield f"{fixing.document.path}:{ahead}"
            if next(repairs, None) is None:
                return

    def _settled(self, fixing: Mending) -> Mending:
        """The same file when the user has said what stays of the merges in conflict in it."""
        if isinstance(fixing, NotebookFixing) or not self.output.asks(self.stdin is not None):
            return fixing
        if not any(map(is_conflict, fixing.problems())):
            return fixing
        settled = settle(fixing.document, fixing.problems())
        if settled is None:
            return fixing
        file = Path(fixing.document.path)
        self._save(file, settled)
        return self._begin(file)

    def _checked(self, files: Sequence[Path]) -> list[tuple[Mending, list[str]]]:
        """Check all files, each with the reasons why it was not judged; what is known to be right is left out."""
        kept = []
        with progress(self.screen) as bars:
            for file in bars.track(files, description="checking"):
                with self._telling():
                    fixing = self._begin(file)
                    unjudged = self._note_unjudged(fixing)
                    if fixing.problems() or unjudged or self._prints:
                        kept.append((fixing, unjudged))
        if not self.output.quiet:
            self.unjudged.tell()
        return kept

    def _begin(self, file: Path) -> Mending:
        is_stdin = self.stdin is not None and str(file) == STDIN
        document = read_stdin(self.stdin.path) if self.stdin and is_stdin else disk.read(file)
        session = self.session
        context = (document, lambda: session.engine, self.checks, session.options, self.limits)
        skip_syntax = not set(guard_names()).intersection(self.wanted)
        trust = partial(Trust.of, session)
        if not is_notebook(document.path):
            spans = whole_lines(document, self.lines) if self.lines else None
            return Fixing(*context, spans, skip_syntax, session.others, trust=trust)
        if self.lines:
            raise UsageError(
                f"--lines names lines of a text, and {document.path} is a notebook",
                "leave out --lines",
            )
        return NotebookFixing(*context, skip_syntax, session.others, trust)

    def _note_unjudged(self, fixing: Mending) -> list[str]:
        """Keep the name of a file that nothing checks, or in which nobody can say whether what looks wrong is.

        Return the reasons.
        """
        path, doubts, checkers = fixing.document.path, fixing.doubts(), self._wanted_checkers()
        languages = {part.document.language for part in fixing.parts}
        checked = any(c.supports(name) for c in checkers for name in languages)
        known = checked or bool(doubts) or not languages
        self.doubted = self.doubted or bool(doubts) or (not known and path in self.named)
        return self.unjudged.note(path, known=known, doubts=doubts)

    def _wanted_checkers(self) -> Sequence[Checker]:
        """The checkers that the user asked for."""
        syntax = self.checks.syntax if set(guard_names()).intersection(self.wanted) else ()
        return (*syntax, *self.checks.others)

    @property
    def _prints(self) -> bool:
        """Whether the mended text of standard input goes to standard output."""
        return self.stdin is not None and self.stdin.prints

    def _conclude(self, fixing: Mending, asks: bool) -> int:
        """Show what became of a file, write it or ask; return how many problems stand on the disk."""
        fixed = fixing.result()
        path, output = fixing.document.path, self.output
        proposal = fixed.outcome if isinstance(fixed.outcome, Proposal) else None
        written = (output.write or self._prints) and proposal is not None
        if proposal and written and not self._prints:
            output.save(Path(path), proposal)
        if self._prints:
            edited = proposal.after if proposal else fixing.document
            typer.echo(edited.to_bytes(), nl=False)
            if fixed.mended or fixed.left:
                show_left(fixed, Path(path), output, written=written)
        elif output.json:
            origin = json_lines.Origin.of(path, self.session, fixing.others)
            typer.echo(json_lines.of_fixed(fixed, origin, written))
        else:
            show_fixed(fixed, Path(path), output, self.screen, written=written)
        if proposal and asks and question.ask(Taking) is Taking.APPLY:
            self._save(Path(path), proposal)
            written = True
        return len(fixed.left) + (0 if written else len(fixed.mended))

    def _save(self, file: Path, proposal: Proposal) -> None:
        """Write what the user took, and say so."""
        self.output.save(file, proposal)
        typer.echo(printable(f"written to {file}"), err=True)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Show what is wrong with one file and go on with the next."""
        try:
            yield
        except (InputError, UsageError) as error:
            self.refuse(error)

    def pass_over(self, large: Sequence[str]) -> None:
        """Tell that files of folders are too large to be read."""
        self.unjudged.large = large
        self.doubted = self.doubted or bool(large)

    def refuse(self, error: InputError | UsageError) -> None:
        """Tell what is wrong with a file or folder that is left out."""
        self.failed = True
        show_failure(error.message, error.hint)

    def _code(self, wrong: int) -> int:
        if self.failed:
            return FAILURE
        return WRONG if wrong or (self.strict and self.doubted) else CLEAN


def whole_lines(document: Document, lines: Sequence[str]) -> list[Span]:
    """The lines that `--lines` names, their endings included: a fix may take a line away.

    Raises:
        UsageError: when one is malformed, or they overlap.
        InputError: when the document does not have them.
    """
    table = LineTable(document.text)
    named = parse_regions(lines).resolve(document).spans
    return [Span(span.start, table.full(table.position(span.end).line).end) for span in named]
