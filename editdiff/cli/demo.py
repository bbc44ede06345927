"""`editdiff demo`: hidden lines of a real file, a block from its comment, a file mended, an equation corrected.

A module of the running Python's standard library, which nobody prepared, is copied into a temporary folder; regions
of it are drawn by seed and filled one by one, as `editdiff infill` would with the command line shown. The standard
library is kept out of what we train on; a pretrained trunk has read it, and what it gets right is an upper bound.
The other three files are small ones of our own (`SHOWN`): each command runs as it stands there, and what came of it
is read off the file.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import sysconfig
import time
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from editdiff.check.base import Checker
from editdiff.check.registry import guards
from editdiff.check.remember import remembering
from editdiff.cli.common import live, options, region
from editdiff.cli.common.render import show_no_edit, show_proposal
from editdiff.cli.common.terminal import stderr_screen
from editdiff.edits import infill as operation
from editdiff.edits.proposal import UNCHANGED, Proposal
from editdiff.engines.base import Assessor, Engine, FillOptions, FillTask, Sketch, Update
from editdiff.engines.choose import Choice, choose
from editdiff.engines.measured import infill_calibration
from editdiff.errors import UsageError
from editdiff.families.running import Running
from editdiff.text import document as files
from editdiff.text.lines import LineTable
from editdiff.text.printable import printable
from editdiff.text.shown import unix

SHORTEST = 8
"""Characters of the shortest line drawn, indentation apart: `else:` would show nothing."""
_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Shown:
    """A command on a small file."""

    title: str
    name: str
    """Of the file."""
    text: str
    command: tuple[str, ...]
    """What stands behind `editdiff`; the file is written."""
    want: str
    """What the file has to hold afterwards, if it is to count."""


SHOWN = (
    Shown(
        "code written from its comment",
        "words.py",
        "from collections import Counter\n\n\ndef common_words(text, n):\n"
        "    # count the words of the text, in lower case\n"
        "    pass\n    return counts.most_common(n)\n",
        ("infill", "words.py", "--lines", "6", "--write"),
        "counts = Counter(text.lower()",
    ),
    Shown(
        "a file mended",
        "stack.py",
        "class Stack:\n    def __init__(self)\n        self.items = []\n\n"
        "    def push(self, item):\n        self.items.append(item)\n",
        ("fix", "stack.py", "--write"),
        "def __init__(self):\n",
    ),
    Shown(
        "an equation corrected",
        "notes.md",
        "# Costs\n\nThree nights at 85 and two trains at 49: $3 \\cdot 85 + 2 \\cdot 49 = 343$ in all.\n",
        ("fix", "notes.md", "--check", "math", "--write"),
        "= 353$",
    ),
)


def demo(
    seed: Annotated[int, typer.Option(help="Which regions are drawn.")] = 1,
    module: Annotated[
        str, typer.Option(metavar="NAME", help="A module of the standard library.")
    ] = "textwrap",
    regions: Annotated[int, typer.Option(help="How many regions are filled.", min=1)] = 4,
    lines_only: Annotated[
        bool, typer.Option("--lines-only", help="Fill the regions alone, show nothing else.")
    ] = False,
    model: options.Model = None,
    engine: options.Engine = None,
    threads: options.Threads = None,
) -> int:
    """Infill lines of a standard-library module, one after the other, and show the diffs.

    The module is copied when the demo runs; the lines are drawn by seed, one pair among them. What the
    model gets right shows no diff. Then a block is written from its comment, a file mended, and an equation
    corrected. Exit status: 0 the demo ran, 2 it could not.
    """
    document = files.read(source := stdlib_source(module))
    drawn = draw(code_lines(document.text), regions, seed)
    meter = Meter(choose(model, Running.of(engine, threads)))
    checkers = remembering(guards())
    flags = _flags(model, engine, threads)
    typer.echo(f"the model: {Choice.of(model).name}\n")
    with TemporaryDirectory(prefix="editdiff-") as folder, chdir(folder):
        path = Path(source.name)
        path.write_bytes(document.to_bytes())
        for first, last in drawn:
            lines = str(first) if first == last else f"{first}-{last}"
            typer.echo(_line("infill", str(path), "--lines", lines, *flags))
            infill_lines(path, lines, meter, checkers, infill_calibration(model))
            typer.echo()
        right = [] if lines_only else [show(shown, flags) for shown in SHOWN]
    typer.echo(meter.summary())
    if right:
        typer.echo(f"{sum(right)} of {len(right)} other commands did what was wanted")
    return 0


def show(shown: Shown, flags: Sequence[str]) -> bool:
    """Run a command on its file in the current folder, as a user would; return whether it did what was wanted."""
    path, command = Path(shown.name), [*shown.command, *flags]
    path.write_text(shown.text, encoding="utf-8")
    typer.echo(f"{shown.title}\n{_line(*command)}")
    sys.stdout.flush()
    # -P: nothing that lies in the folder is imported
    subprocess.run([sys.executable, "-P", "-m", "editdiff", *command], check=False)
    right = shown.want in path.read_text(encoding="utf-8")
    typer.echo("" if right else f"not what was wanted: {shown.want.strip()}\n")
    return right


def _flags(model: str | None, engine: str | None, threads: int | None) -> list[str]:
    """What every command has to be told of the model, as it was told to the demo."""
    if model is not None and Path(model).is_dir() and Choice.of(model).folder == Path(model):
        model = str(Path(model).absolute())  # the commands run in another folder
    told = {"--model": model, "--engine": engine, "--threads": threads}
    return [word for flag, said in told.items() if said is not None for word in (flag, str(said))]


def _line(*command: str) -> str:
    """A command as a user types it."""
    return f"$ editdiff {shlex.join(command)}"


@dataclass
class Meter:
    """An engine that keeps count of another one's work, and of what came of it."""

    engine: Engine
    name: str = "meter"
    rounds: int = 0
    nfe: int = 0
    """Network evaluations, encoding and scoring apart."""
    seconds: float = 0.0
    outcomes: list[str] = field(default_factory=list)

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Hand on the updates of the other engine."""
        self.rounds += 1
        before = self.nfe
        for update in self.engine.fill(task, options):
            spent = update.step if isinstance(update, Sketch) else update.nfe
            self.nfe = max(self.nfe, before + spent)
            yield update

    def summary(self) -> str:
        """Say in one line what came of all regions and what it cost."""
        total = len(self.outcomes)
        counts = " · ".join(
            f"{self.outcomes.count(kind)} {kind}" for kind in ("exact", "proposed", "withheld")
        )
        return (
            f"{total} region{'s' * (total != 1)}: {counts} · {self.seconds:.1f} s, "
            f"{self.nfe} steps in {self.rounds} round{'s' * (self.rounds != 1)}"
        )


def infill_lines(
    path: Path,
    lines: str,
    meter: Meter,
    checkers: Sequence[Checker],
    calibration: Assessor | None,
) -> None:
    """Infill lines of a file as `editdiff infill` does, drawn on the terminal; show what came of it."""
    document = files.read(path)
    gaps = region.parse_regions([lines]).resolve(document).spans
    screen = stderr_screen()
    started = time.perf_counter()
    with live.view(screen, live.frame(document.text, gaps)) as on_sketch:
        outcome = operation.infill(
            document,
            gaps,
            meter,
            operation.DEFAULTS,
            checkers,
            calibration=calibration,
            on_sketch=on_sketch,
        )
    meter.seconds += time.perf_counter() - started
    if isinstance(outcome, Proposal):
        meter.outcomes.append("proposed")
        show_proposal(outcome, path, plain=False, written=False, screen=screen)
    elif outcome.reason == UNCHANGED:
        meter.outcomes.append("exact")
        for gap in gaps:
            typer.secho(printable(gap.slice(document.text)), fg="green")
        typer.echo("exact: without seeing it, the model wrote what stands there")
    else:
        meter.outcomes.append("withheld")
        show_no_edit(outcome)


def stdlib_source(module: str) -> Path:
    """Find the source of a module of the running Python's standard library, without importing it.

    Raises:
        UsageError: when there is no such module, or it has no source in Python.
    """
    parts = module.split(".")
    base = Path(sysconfig.get_path("stdlib")).joinpath(*parts)
    known = parts[0] in sys.stdlib_module_names and all(part.isidentifier() for part in parts)
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if known and path.is_file():
            return path
    raise UsageError(
        f"the standard library has no source file of a module {module!r}",
        "name one such as textwrap, shlex or json.decoder",
    )


def code_lines(text: str) -> list[int]:
    """Lines, counted from 1, that hold code: no blanks, comments, docstrings or very short lines.

    Raises:
        UsageError: when the text cannot be cut into Python's tokens.
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(unix(text)).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise UsageError(f"the module is not Python: {error}", "name another module") from error
    code: set[int] = set()
    strings: set[int] = set()
    for statement in _statements(tokens):
        alone = len(statement) == 1
        for token in statement:
            lines = range(token.start[0], token.end[0] + 1)
            is_text = token.type == tokenize.STRING and (alone or len(lines) > 1)
            (strings if is_text else code).update(lines)
    table = LineTable(text)
    return [
        line
        for line in sorted(code - strings)
        if len(table.content(line - 1).slice(text).strip()) >= SHORTEST
    ]


def draw(lines: Sequence[int], regions: int, seed: int) -> list[tuple[int, int]]:
    """Draw disjoint regions `(first, last)` in order; of several, one is two lines if that fits.

    Raises:
        UsageError: when there are not enough lines.
    """
    known = set(lines)
    drawn: list[tuple[int, int]] = []
    for first in Random(seed).sample(list(lines), len(lines)):
        pair = regions > 1 and not drawn and first + 1 in known
        last = first + pair
        if all(last < start or end < first for start, end in drawn):
            drawn.append((first, last))
        if len(drawn) == regions:
            return sorted(drawn)
    raise UsageError(
        f"the module has not enough lines of code for {regions} regions, but {len(lines)}",
        "ask for fewer with --regions, or name a longer module",
    )


def _statements(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[list[tokenize.TokenInfo]]:
    """Tokens of one logical line after the other, without comments and layout."""
    statement: list[tokenize.TokenInfo] = []
    for token in tokens:
        if token.type not in _LAYOUT:
            statement.append(token)
        elif token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) and statement:
            yield statement
            statement = []
