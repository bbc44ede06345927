"""The command `review`: read, ask the model, show what it doubts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from editdiff import settings
from editdiff.cli.common import options
from editdiff.cli.common.exit_codes import FAILURE, INTERRUPTED
from editdiff.cli.common.failure import show_failure
from editdiff.cli.common.target import check_stdin, read_stdin
from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.common.wanted import WantedLines
from editdiff.cli.review_limits import CHARACTERS, SECONDS, Limits, beyond
from editdiff.cli.review_places import draw
from editdiff.edits.review import Review, doubted, lines_of, whole_lines
from editdiff.engines.base import Doubt, Doubter
from editdiff.engines.doubters import choose_doubter
from editdiff.engines.from_settings import running
from editdiff.errors import InputError, UsageError
from editdiff.report import json_lines, sarif
from editdiff.report.doubts import UNCALIBRATED, most_doubtful, sarif_log
from editdiff.report.files import NAME_IT, STDIN, TOO_LARGE, LeftOut, files_of
from editdiff.report.paths import first_names
from editdiff.text import document as files
from editdiff.text.document import Document
from editdiff.text.notebook import is_notebook
from editdiff.text.notebook import read as read_notebook
from editdiff.text.notebook_code import NotebookCode
from editdiff.text.printable import one_line, printable
from editdiff.text.span import Span

NOTHING, SOMETHING = 0, 1
"""Exit codes."""


def review(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Text files in UTF-8, or folders; - for standard input."
        ),
    ],
    diff_base: Annotated[
        str | None,
        typer.Option(
            metavar="REV", help="Review only lines added or changed since this git revision."
        ),
    ] = None,
    lines: Annotated[
        list[str] | None,
        typer.Option(metavar="N[-M]", help="Review only these lines of a file. May be repeated."),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON object a file, on one line: path, model, calibrated, finished, left_out "
            "(characters that were not read); places "
            "(the most doubtful, with start and end in characters from 0, line and column from 1, text, "
            "probability, alternatives), lines and tokens with their probabilities; of a notebook each with the "
            "number of the cell that it counts in.",
        ),
    ] = False,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="Print a SARIF 2.1.0 report, for code scanners.")
    ] = False,
    top: Annotated[int, typer.Option(help="Most places listed, over all files.", min=0)] = 10,
    threshold: Annotated[
        float,
        typer.Option(help="From which probability on a place counts, 0 to 1.", min=0.0, max=1.0),
    ] = 0.2,
    limit: Annotated[
        int,
        typer.Option(
            min=1, help="Most characters of a file that are read; the rest is left out, and said."
        ),
    ] = CHARACTERS,
    seconds: Annotated[
        float,
        typer.Option(
            min=0.0, help="Time for all files; what was not read by then is left out, and said."
        ),
    ] = SECONDS,
    whole: Annotated[
        bool, typer.Option("--whole", help="Draw all lines, not only those around the places.")
    ] = False,
    quiet: options.Quiet = False,
    path: options.StdinPath = None,
    model: options.Model = None,
    engine: options.Engine = None,
    threads: options.Threads = None,
) -> int:
    """Show which tokens of files the model doubts, how much, and what it would rather read.

    Nothing is changed. In a folder all files of known languages are read, without those that git
    ignores, hidden ones, and folders of other people's code. Of a notebook the cells of code are read, as one text.
    Exit status: 0 no place counts, 1 some do, 2 wrong usage or unusable input; of several files the
    others are reviewed when one cannot be. Ctrl-C shows what was found so far.

    \b
    Examples:
      editdiff review app.py
      editdiff review src --diff-base main --threshold 0.3
      editdiff review app.py --lines 10-40 --whole
      editdiff review . --sarif > doubts.sarif
    """  # noqa: D301 (the backspace keeps the examples' lines apart)
    if json and as_sarif:
        raise UsageError("--json and --sarif exclude each other", "run it once for each")
    if lines and (len(paths) > 1 or os.path.isdir(paths[0])):
        raise UsageError("--lines names lines of one file", "name that file alone")
    flags = {"model": model, "engine": engine, "threads": threads}
    chosen = settings.load(flags, Path.cwd(), os.environ)
    left_out = LeftOut()
    wanted = Wanted(diff_base, tuple(lines or ()))
    limits = Limits(limit, seconds)
    targets, unreached, failed = collect(paths, path, wanted, limits, chosen.exclude, left_out)
    if left_out.told and not quiet:
        typer.echo(left_out.told, err=True)
    doubter = choose_doubter(chosen.model, running(chosen))
    reviews, interrupted = judge(targets, doubter, stderr_screen(quiet), limits)
    notes = [] if interrupted else list(limits.told(reviews, unreached))
    if left_out.large:
        notes.append(f"not read: {first_names(left_out.large)}: {TOO_LARGE}; {NAME_IT}")
    places = most_doubtful(reviews, top)
    if json:
        for reviewed in reviews:
            typer.echo(json_lines.of_review(reviewed, places, doubter.name))
    elif as_sarif:
        log = sarif_log(
            reviews, places, threshold, finished=not (interrupted or failed), notes=notes
        )
        typer.echo(sarif.dumps(log), nl=False)
    else:
        draw(reviews, places, whole=whole)
    if reviews and not (doubter.calibrated or quiet):
        typer.echo(f"note: {UNCALIBRATED}", err=True)
    for note in notes if not quiet else ():
        typer.echo(printable(note), err=True)
    if interrupted:
        return INTERRUPTED
    counts = any(reviewed.top(1, threshold) for reviewed in reviews)
    return FAILURE if failed else SOMETHING if counts else NOTHING


class Target(NamedTuple):
    """A document and what of it is to be judged."""

    document: Document
    spans: list[Span]
    left_out: int = 0
    """Code points that were asked for and are too many."""
    code: NotebookCode | None = None
    """Of a notebook, the code that the document is."""

    @property
    def size(self) -> int:
        """Code points to be judged."""
        return beyond(self.spans, 0)


@dataclass(frozen=True)
class Wanted(WantedLines):
    """Which lines of a document are to be judged."""

    def spans(self, document: Document, file: Path | None) -> list[Span]:
        """The lines, as far as they are there.

        Raises:
            UsageError, InputError: as `numbers`.
        """
        return whole_lines(document, self.numbers(document, file))

    def spans_of_code(self, code: NotebookCode, file: Path | None) -> list[Span]:
        """The code of a notebook, or what of it stands in changed lines of its JSON.

        Raises:
            UsageError, InputError: as `spans`; for lines of a notebook.
        """
        if self.lines:
            raise UsageError(
                f"--lines names lines of a text, and {code.file.path} is a notebook",
                "leave out --lines",
            )
        if self.diff_base is None:
            return code.spans
        changed = self.spans(code.file, file)
        return [
            line
            for span in code.spans
            for line in lines_of(code.document, span)
            if any(span.contains(code.in_file(line, line.start)) for span in changed)
        ]


def collect(
    paths: Sequence[str],
    stdin_path: str | None,
    wanted: Wanted,
    limits: Limits,
    exclude: Sequence[str] = (),
    left_out: LeftOut | None = None,
) -> tuple[list[Target], list[str], bool]:
    """Read all documents, each once; with the files that there was no time for, and whether any could not be read.

    Why it could not be has been said then.

    Raises:
        UsageError: for flags that make no sense together.
    """
    check_stdin(paths, stdin_path)
    failed = False

    def refuse(error: InputError) -> None:
        nonlocal failed
        failed = True
        show_failure(error.message, error.hint)

    targets = list[Target]()
    files = files_of(paths, refuse, exclude, left_out)
    for number, file in enumerate(files):
        if limits.over:
            return targets, files[number:], failed
        try:
            targets.append(_target(file, stdin_path, wanted, limits))
        except InputError as error:
            refuse(error)
    return targets, [], failed


def judge(
    targets: Sequence[Target], doubter: Doubter, screen: Console, limits: Limits
) -> tuple[list[Review], bool]:
    """Judge one document after the other while there is time; when interrupted, as far as that went, and say so."""
    reviews: list[Review] = []
    with _bar(screen, sum(target.size for target in targets)) as advance:
        for document, spans, left_out, code in targets:
            doubts: list[Doubt] = []
            rest, parts = beyond(spans, 0), doubted(document, doubter, spans)
            interrupted = False
            try:
                while rest and not limits.over:
                    part = next(parts, None)
                    before = rest
                    rest = _rest(part, spans, rest)
                    doubts += part or ()
                    advance(document.path, before - rest)
            except KeyboardInterrupt:
                interrupted = True
            rest += left_out
            finished = not (interrupted or rest)
            reviews.append(
                Review(document, tuple(doubts), doubter.calibrated, finished, rest, code)
            )
            if interrupted:
                return reviews, True
    return reviews, False


def _rest(part: Sequence[Doubt] | None, spans: Sequence[Span], rest: int) -> int:
    """Code points of `spans` behind a part that was judged; None: there is no further part."""
    if part is None:
        return 0
    return beyond(spans, part[-1].span.end) if part else rest


def _target(file: str, stdin_path: str | None, wanted: Wanted, limits: Limits) -> Target:
    document = read_stdin(stdin_path or "") if file == STDIN else files.read(file)
    path = None if file == STDIN else Path(file)
    code = NotebookCode.of(read_notebook(document)) if is_notebook(document.path) else None
    if code is not None:
        document, asked = code.document, wanted.spans_of_code(code, path)
    else:
        asked = wanted.spans(document, path)
    spans = limits.within(asked, document.text)
    return Target(document, spans, beyond(asked, 0) - beyond(spans, 0), code)


@contextmanager
def _bar(screen: Console, total: int) -> Iterator[Callable[[str, int], None]]:
    """Draw how far it is and how long it will take, where someone looks."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task("reading", total=total)

        def advance(path: str, characters: int) -> None:
            bars.update(task, description=one_line(path), advance=characters)

        yield advance
