"""The command `fix`: parse, find problems, mend them, render, exit code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from editdiff import settings
from editdiff.check.registry import check_names, refuse_unknown
from editdiff.cli import fix_tested
from editdiff.cli.common import options
from editdiff.cli.common.output import Output
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_local_flags
from editdiff.cli.common.target import check_stdin
from editdiff.cli.common.wanted import WantedLines
from editdiff.cli.fix_run import CLEAN, WRONG, Run, Stdin
from editdiff.edits.fix.run import Limits
from editdiff.edits.others import on_disk
from editdiff.edits.session import Session
from editdiff.edits.tested.search import Budget
from editdiff.engines.choose import choose
from editdiff.engines.from_settings import fill_options, least_confidence, running
from editdiff.engines.measured import fix_calibration
from editdiff.errors import InputError, UsageError
from editdiff.report.files import STDIN, LeftOut, files_of
from editdiff.trials.proving import side_by_side
from editdiff.trials.running import Limits as RunLimits

SYNTAX = "syntax"
"""What is looked for unless something else is named."""

_LIMITS = Limits()

Paths = Annotated[
    list[str] | None,
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
Test = Annotated[
    str | None,
    typer.Option(
        metavar="CMD",
        help="Mend what lets this command of the shell fail: edits are tried in a copy of the project, the "
        "likeliest first, and one is shown with which it passes. Paths say where the fault may lie; by default "
        "what the failing tests run. The command runs with your rights, without network where the system can deny "
        "it.",
    ),
]
Diagnostics = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="With --test: what a linter, type checker or test runner reported (SARIF, JUnit, ruff, mypy, pyright, "
        "eslint, or lines as file:line), as a hint where to look.",
    ),
]
DiffBase = Annotated[
    str | None,
    typer.Option(
        metavar="REV", help="Edit only lines that were added or changed since this git revision."
    ),
]
Tries = Annotated[int, typer.Option(min=1, help="With --test: most edits that are tried.")]
TestSeconds = Annotated[
    float, typer.Option(min=0.1, help="With --test: time for one run of the tests.")
]
Network = Annotated[
    bool, typer.Option("--network", help="With --test: leave the tests the network.")
]
Most = Annotated[
    int, typer.Option("--limit", min=1, help="Most problems of a file that are tried.")
]
Seconds = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help=f"Time for a file, by default {_LIMITS.seconds:g}; what was mended by then stays. With --test, time "
        f"for drafting and trying, by default {fix_tested.SECONDS:g}.",
    ),
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


@with_local_flags
def fix(
    paths: Paths = None,
    check: Check = SYNTAX,
    lines: Lines = None,
    write: Write = False,
    diff: options.Diff = False,
    json: Json = False,
    quiet: options.Quiet = False,
    report: Report = False,
    limit: Most = _LIMITS.problems,
    seconds: Seconds = None,
    fault_seconds: FaultSeconds = _LIMITS.fault_seconds,
    strict: Strict = False,
    exit_zero: ExitZero = False,
    test: Test = None,
    diagnostics: Diagnostics = None,
    diff_base: DiffBase = None,
    tries: Tries = Budget.tries,
    test_seconds: TestSeconds = RunLimits.seconds,
    network: Network = False,
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

    With --test an edit is looked for with which a command passes that fails now. It runs in copies of the project,
    never in your tree, and what it does is limited in time, memory and processes. It has to notice an error that is
    planted in the copy. What is shown has passed all tests in a fresh copy, where they fail without it.

    \b
    Examples:
      editdiff fix app.py
      editdiff fix src tests --check syntax,ruff --write
      editdiff fix notes.md --check math --lines 12-30
      editdiff fix . --report
      editdiff fix app.py --diff | git apply
      editdiff fix - --path app.py < app.py > new.py
      editdiff fix --test 'pytest -q'
      editdiff fix src/area.py --lines 10-40 --test 'make test' --write
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    output = Output(write=write, diff=diff, json=json, quiet=quiet)
    named, wanted_lines = list(paths or ()), WantedLines(diff_base, tuple(lines or ()))
    chosen = settings.load(flags, Path.cwd(), os.environ)
    run_with = running(chosen)
    session = Session(
        lambda: choose(chosen.model, run_with),
        fill_options(chosen),
        find=on_disk,
        least=least_confidence(chosen),
        calibrate_fixes=lambda: fix_calibration(chosen.model),
    )
    if test is not None:
        asked = fix_tested.Asked(
            test,
            named,
            wanted_lines,
            diagnostics,
            Budget(
                tries,
                fix_tested.SECONDS if seconds is None else seconds,
                side_by_side(chosen.threads),
            ),
            RunLimits(test_seconds),
            network,
            chosen.exclude,
        )
        fix_tested.refuse(asked, report=report, check=check != SYNTAX, path=path)
        output.check(is_stdin=False)
        code = fix_tested.Mending(asked, session, chosen.model, output).run()
        return CLEAN if exit_zero and code == WRONG else code
    for flag, given in (("--diagnostics", diagnostics), ("--network", network)):
        if given:
            raise UsageError(f"{flag} says something of tests", "name their command with --test")
    if not named:
        raise UsageError(
            "nothing to fix is named", "name files or folders, such as `editdiff fix .`"
        )
    output.check(is_stdin=STDIN in named)
    check_stdin(named, path)
    prints = STDIN in named and not (diff or json or report)
    if prints and len(named) > 1:
        raise UsageError(
            "with - the mended text goes to standard output, so no other file has a place there",
            "name - alone, or add --diff, --json or --report",
        )
    if report and (write or diff):
        raise UsageError("--report changes nothing", "leave out --report, or --write and --diff")
    wanted = named_checks(check)
    refused: list[InputError] = []
    left_out = LeftOut()
    files = [Path(file) for file in files_of(named, refused.append, chosen.exclude, left_out)]
    if left_out.told and not quiet:
        typer.echo(left_out.told, err=True)
    if not files and not left_out.large:
        nothing = InputError(
            f"no file of a known language in {', '.join(named)}",
            "name a file itself: of a folder, ignored, hidden, vendored, generated and excluded ones are left out",
        )
        raise refused[0] if refused else nothing
    if lines and len(files) > 1:
        raise UsageError(
            f"--lines names lines of one file, not of {len(files)}",
            "name that file alone, or leave out --lines",
        )
    limits = Limits(limit, _LIMITS.seconds if seconds is None else seconds, fault_seconds)
    known = frozenset(str(Path(name)) if name != STDIN else str(path) for name in named)
    stdin = Stdin(path, prints) if path else None
    run = Run(wanted, session, output, limits, wanted_lines, strict, known, stdin)
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
