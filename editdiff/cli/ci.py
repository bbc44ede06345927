"""The command `ci`: parse, look at what changed, render, exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from editdiff.check.registry import check_names
from editdiff.ci.base import Proposed
from editdiff.ci.bounds import EDITS, MINUTES
from editdiff.ci.chosen import session_of, settings_at
from editdiff.ci.environment import bases
from editdiff.ci.formats import FORMATS, TEXT
from editdiff.ci.posting.post import Posted
from editdiff.ci.posting.post import post as post_review
from editdiff.ci.posting.target import Target
from editdiff.ci.run import CHECKS, propose
from editdiff.cli.common import options
from editdiff.cli.common.setting_flags import NO_FLAGS, Flags, with_local_flags
from editdiff.cli.common.terminal import stderr_screen
from editdiff.errors import InputError, UsageError
from editdiff.report.git import commit_of, merge_base, repository_of
from editdiff.text.printable import printable
from editdiff.trials.running import Limits

CLEAN, WRONG = 0, 1
KEPT = Path("editdiff-review.json")
NO_BASE = UsageError(
    "nothing says what the change is to be compared with",
    "name it, as in --base origin/main; in a pull request's job of GitHub, Gitea and GitLab it is known",
)

Base = Annotated[
    str | None,
    typer.Option(
        metavar="REV",
        help="What the change is compared with: what is new since the histories of this git revision and of HEAD "
        "parted. By default what GitHub, Gitea or GitLab tell a job.",
        show_default=False,
    ),
]
Diagnostics = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="What a linter, type checker or test runner reported: SARIF, JUnit, ruff, mypy, pyright, eslint, or "
        "lines as file:line. May be repeated.",
    ),
]
Test = Annotated[
    str | None,
    typer.Option(
        metavar="CMD",
        help="A command of the shell that runs the tests, in copies of the project: fixes with which tests fail "
        "are left, and edits are looked for with which those pass that the change made fail. It sees no variable "
        "that looks like a secret, and no network where the system can deny it.",
    ),
]
Check = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help=f"What to look for: any of {','.join(check_names())}. By default {','.join(CHECKS)}, ruff if it is "
        "installed.",
        show_default=False,
    ),
]
MaxEdits = Annotated[int, typer.Option(min=0, help="Most edits that are proposed.")]
MaxMinutes = Annotated[
    float,
    typer.Option(min=0.0, help="Time after which nothing more is begun; what was found stays."),
]
Everything = Annotated[
    bool, typer.Option("--everything", help="Look at all lines of the files that changed.")
]
TestSeconds = Annotated[
    float, typer.Option(min=0.1, help="With --test: time for one run of the tests.")
]
Network = Annotated[
    bool, typer.Option("--network", help="With --test: leave the tests the network.")
]
KeepEnv = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="With --test: a variable that the tests may see though it looks like a secret. May be repeated.",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help=f"How to tell what is proposed: any of {', '.join(FORMATS)}; to a file, or one of them to standard "
        f"output, by default {TEXT}. May be repeated.",
        show_default=False,
    ),
]
Post = Annotated[
    bool,
    typer.Option(
        "--post",
        help="Post the fixes as a review of the pull request, on GitHub, GitLab, Gitea or Forgejo: which one, and "
        "the token, the environment of the job tells.",
    ),
]
Keep = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help="With --post: where a review is kept that could not be posted, as the requests of it.",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit status 1, too, where something could not be judged.")
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Exit status 0 also where something is wrong; 2 stays.")
]


@with_local_flags
def ci(
    base: Base = None,
    diagnostics: Diagnostics = None,
    test: Test = None,
    check: Check = None,
    max_edits: MaxEdits = EDITS,
    max_minutes: MaxMinutes = MINUTES,
    everything: Everything = False,
    test_seconds: TestSeconds = Limits.seconds,
    network: Network = False,
    keep_env: KeepEnv = None,
    formats: Formats = None,
    post: Post = False,
    keep: Keep = KEPT,
    strict: Strict = False,
    exit_zero: ExitZero = False,
    quiet: options.Quiet = False,
    flags: Flags = NO_FLAGS,
) -> int:
    """Look at what a change made wrong, and propose small fixes that were checked.

    Problems are looked for in the lines that a change added or touched: syntax, ruff's rules, mathematics in text,
    merges in conflict, what the reports name, and tests that fail now and passed at the base. Each fix stands alone
    on the file as it is, and lies in those lines. Nothing is written to the files. Generated, vendored and hidden
    files, those that git ignores, and what `exclude` in the settings matches are left alone; the repository's own
    settings are those of the base.
    Exit status: 0 nothing is wrong with what changed, 1 something is, whether or not there is a fix for it,
    2 wrong usage, unusable input, or a review that could not be posted. What nobody can judge is told, and wrong
    with --strict alone.

    \b
    Examples:
      editdiff ci --base origin/main
      editdiff ci --base origin/main --test 'pytest -q' --diagnostics ruff.json
      editdiff ci --base HEAD~1 --format diff | git apply
      editdiff ci --format text --format sarif=editdiff.sarif --exit-zero
      editdiff ci --post
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    wanted = _formats(formats or [])
    for flag, given in (("--network", network), ("--keep-env", keep_env)):
        if given and test is None:
            raise UsageError(f"{flag} says something of tests", "name their command with --test")
    if test is not None and not test.strip():
        raise UsageError("--test names no command", "name one, such as --test 'pytest -q'")
    target = Target.from_environment(os.environ) if post else None
    here = Path.cwd().resolve()
    top = repository_of(here)
    revision = base if base is not None else _told_base(top)
    chosen, note = settings_at(flags, here, top, merge_base(top, revision), os.environ)
    screen = stderr_screen(quiet)
    with screen.status("looking at what changed") as status:
        proposed = propose(
            here,
            revision,
            session=session_of(chosen),
            model=chosen.model,
            diagnostics=diagnostics or (),
            test=test,
            test_seconds=test_seconds,
            network=network,
            keep_env=keep_env or (),
            workers=chosen.threads,
            checks=_named(check),
            exclude=chosen.exclude,
            everything=everything,
            max_edits=max_edits,
            max_minutes=max_minutes,
            notes=list(filter(None, [note])),
            tell=lambda told: status.update(escape(printable(told))),
        )
    _write(proposed, wanted)
    if target is not None:
        with screen.status(f"posting to {target.host}"):
            posted = post_review(proposed, target, keep=keep)
        typer.echo(printable(_told(posted, target)), err=True)
    wrong = proposed.wrong or (strict and proposed.doubted)
    return WRONG if wrong and not exit_zero else CLEAN


def _told(posted: Posted, target: Target) -> str:
    """What came of posting, on one line."""
    if posted.reason:
        kept = f"; the review is kept in {posted.kept}" if posted.kept else ""
        return f"nothing was posted: {posted.reason}{kept}"
    told = (
        (posted.beside, "beside their lines"),
        (posted.below, "in the summary"),
        (posted.known, "known before"),
        (posted.withdrawn, "comments withdrawn"),
    )
    counts = ", ".join(f"{count} {what}" for count, what in told if count) or "nothing new"
    return "; ".join([f"posted to {target.host}: {counts}", *posted.notes])


def _told_base(top: Path) -> str:
    """The first revision of those that the environment names that is there.

    Raises:
        UsageError: when it names none.
        InputError: when so little of the history is there that none is.
    """
    named = bases(os.environ)
    if not named:
        raise NO_BASE
    for revision in named[:-1]:
        try:
            commit_of(top, revision)
        except UsageError:
            continue
        return revision
    return named[-1]


def _named(check: str | None) -> list[str]:
    """The names of `--check`; none where it was not given."""
    if check is None:
        return []
    names = [name.strip() for name in check.split(",") if name.strip()]
    if not names:
        raise UsageError("--check names no check", f"the checks: {', '.join(check_names())}")
    return names


def _formats(given: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Formats and the files that they go to, None for standard output.

    Raises:
        UsageError: for an unknown format, or more than one on standard output.
    """
    wanted = list[tuple[str, Path | None]]()
    for each in given:
        name, told, file = each.partition("=")
        if name not in FORMATS:
            raise UsageError(
                f"there is no format {name!r}",
                f"the formats: {', '.join(FORMATS)}; one may go to a file: diff=FILE",
            )
        if told and not file:
            raise UsageError(f"--format {each} names no file", f"name one, as in {name}=FILE")
        wanted.append((name, Path(file) if told else None))
    printed = [name for name, file in wanted if file is None]
    if len(printed) > 1:
        raise UsageError(
            f"{' and '.join(printed)} cannot both go to standard output",
            f"send one to a file, as in {printed[1]}=FILE",
        )
    return wanted if printed else [*wanted, (TEXT, None)]


def _write(proposed: Proposed, wanted: Sequence[tuple[str, Path | None]]) -> None:
    """Write every format to its file, then one to standard output.

    Raises:
        InputError: for a file that cannot be written.
    """
    for name, file in sorted(wanted, key=lambda each: each[1] is None):
        data = FORMATS[name](proposed).encode("utf-8", "surrogateescape")
        if file is None:
            typer.echo(data, nl=False)
            continue
        try:
            file.write_bytes(data)
        except OSError as error:
            raise InputError(
                f"cannot write {file}: {error.strerror}", "name a file in a folder that is there"
            ) from error
