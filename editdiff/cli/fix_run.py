"""One run of `editdiff fix`: all files checked, then mended one after the other, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import typer
from rich.markup import escape

from editdiff.check.base import Checker
from editdiff.check.registry import choose_checkers, guard_names, guards
from editdiff.cli.common import question
from editdiff.cli.common.exit_codes import FAILURE
from editdiff.cli.common.failure import show_failure
from editdiff.cli.common.output import Output
from editdiff.cli.common.question import Taking
from editdiff.cli.common.target import read_stdin
from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.common.wanted import ALL_LINES, WantedLines
from editdiff.cli.fix_conflicts import is_conflict, settle
from editdiff.cli.fix_progress import progress
from editdiff.cli.fix_told import Mending, show_fixed, show_left, show_report
from editdiff.cli.fix_unjudged import Unjudged
from editdiff.edits.fix.changed import runs
from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixing, Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.edits.session import Session
from editdiff.errors import InputError, UsageError
from editdiff.report import json_lines
from editdiff.report.files import STDIN, TOO_LARGE
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.text.span import Span

CLEAN, WRONG = 0, 1
"""Exit codes."""


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
    lines: WantedLines = ALL_LINES
    """Lines that may be edited, and have to be mended."""
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
            spans = self._spans(document, None if is_stdin else file)
            return Fixing(*context, spans, skip_syntax, session.others, trust=trust)
        if not self.lines.all:
            flag = "--lines" if self.lines.lines else "--diff-base"
            raise UsageError(
                f"{flag} names lines of a text, and {document.path} is a notebook",
                f"leave out {flag}",
            )
        return NotebookFixing(*context, skip_syntax, session.others, trust)

    def _spans(self, document: Document, file: Path | None) -> list[Span] | None:
        """The lines that are meant, their endings included: a fix may take a line away. None for all."""
        if self.lines.all:
            return None
        return runs(LineTable(document.text), sorted(self.lines.numbers(document, file)))

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
