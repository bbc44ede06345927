"""`editdiff fix --test`: an edit with which the user's tests pass, looked for in a copy of their tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from editdiff.check.registry import guards, keystroke_guards
from editdiff.cli.common import question
from editdiff.cli.common.output import Output
from editdiff.cli.common.question import Taking
from editdiff.cli.common.render import show_no_edit, show_proposal
from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.common.wanted import ALL_LINES, WantedLines
from editdiff.edits.fix.changed import runs
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.edits.tested.drafts import Candidate, Drafting, Work
from editdiff.edits.tested.files import is_test
from editdiff.edits.tested.search import INSTALLED, Budget, Found, Search
from editdiff.edits.tested.suspects import Evidence, Suspicion
from editdiff.engines.doubters import doubter_with
from editdiff.errors import InputError, UsageError
from editdiff.report import diagnostics, json_lines
from editdiff.report.files import STDIN, LeftOut, files_of
from editdiff.report.git import changed_files, root_of
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.text.span import Span
from editdiff.trials.proving import Baseline, Prover
from editdiff.trials.running import Confinement, Limits
from editdiff.trials.told import Case, Frame

CLEAN, WRONG = 0, 1
NOWHERE = NoEdit(
    "neither the output of the tests nor what they run says where to look",
    "name files or folders, or lines with --lines or --diagnostics",
)
ELSEWHERE = NoEdit(
    "of the copy of this project the failing tests run nothing but themselves",
    INSTALLED,
)
NO_LINE = NoEdit(
    "no line that may be edited holds code that the failing tests run",
    "name others, or leave out --lines and --diff-base",
)
QUIET = Console(quiet=True)
"""The cost of a proposal is told with what the tests say."""
HEAD = "HEAD"
"""Since when files have changed where nothing else says which to suspect."""
T = TypeVar("T")
MOST_COPIES = 4
"""Of the tree, in which tests run side by side."""
MOST_FILES = 40
"""Files that are suspected where none is named, those in which tests failed first."""
SECONDS = 300.0
"""For drafting and trying, unless the user says otherwise."""


@dataclass(frozen=True)
class Asked:
    """What the user says of the tests."""

    command: str
    paths: Sequence[str] = ()
    """Files and folders in which the fault may lie; where none is named, what the failing tests run."""
    lines: WantedLines = ALL_LINES
    """That alone may be edited."""
    diagnostics: Path | None = None
    budget: Budget = field(default_factory=Budget)
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    exclude: Sequence[str] = ()


def refuse(asked: Asked, *, report: bool, check: bool, path: str | None) -> None:
    """Raise UsageError for flags that have no meaning beside --test."""
    if report or check:
        flag = "--report" if report else "--check"
        raise UsageError(
            f"{flag} names problems that no test tells of", f"leave out {flag}, or --test"
        )
    if STDIN in asked.paths or path is not None:
        raise UsageError(
            "tests run on files, so nothing is read from standard input beside --test", "name files"
        )


def cores(wanted: int) -> int:
    """Copies in which tests run side by side: as many as there are cores, or as the user wants."""
    return min(wanted or os.cpu_count() or 1, MOST_COPIES)


@dataclass
class Mending:
    """One run of `fix --test`."""

    asked: Asked
    session: Session
    model: str | None
    output: Output
    here: Path = field(default_factory=lambda: Path.cwd().resolve())

    def __post_init__(self) -> None:
        if not self.asked.command.strip():
            raise UsageError("--test names no command", "name one, such as --test 'pytest -q'")
        self.root = root_of(self.here) or self.here
        self.screen = stderr_screen(self.output.quiet)

    def run(self) -> int:
        """Look for an edit, show it, write it or ask; return the exit code.

        Raises:
            EditdiffError: when the tests cannot be run, or a file not be read.
        """
        named = self._named()
        frames = self._diagnosed()
        confinement = Confinement(self.root, self.asked.network)
        self._say(confinement.told)
        with Prover(
            self.root,
            self.asked.command,
            confinement,
            self.asked.limits,
            self.here.relative_to(self.root).as_posix(),
            workers=self.asked.budget.workers,
        ) as prover:
            baseline = self._waiting("running the tests", prover.begin)
            if baseline.outcome.passed:
                return self._passes(baseline)
            self._say(_failing(baseline))
            cases = self._waiting("seeing what they run", prover.traced) or list(baseline.cases)
            found = self._search(prover, baseline, cases, named, frames)
            if changed := prover.changed():
                why = f"{', '.join(changed[:3])} changed while the tests ran, so what passed may not pass now"
                hint = (
                    "run it again; if nobody else writes there, the tests reach out of their copy"
                )
                found = Found(NoEdit(why, hint), found.tried, found.drafted)
            return self._conclude(found, baseline)

    def _search(
        self,
        prover: Prover,
        baseline: Baseline,
        cases: Sequence[Case],
        named: Mapping[str, Document],
        frames: Sequence[Frame],
    ) -> Found:
        """Suspect lines, draft and try."""
        stood = [] if cases else self._frames(diagnostics.places(baseline.outcome.output))
        documents = named or self._changed(self.asked.lines.diff_base)
        documents = documents or self._suspected(cases, [*frames, *stood]) or self._changed(HEAD)
        if not documents:
            return Found(ELSEWHERE if cases else NOWHERE, 0, 0)
        allowed = self._allowed(documents)
        evidence = Evidence(cases, frames, stood, allowed)
        session = self.session
        engine = self._waiting("loading the model", lambda: session.engine)
        doubter = doubter_with(engine, self.model)
        suspects = self._waiting(
            "looking for suspicious lines", Suspicion(documents, evidence, doubter).suspects
        )
        if not suspects:
            return Found(NO_LINE, 0, 0)
        failure = next((case.message for case in cases if case.failed and case.message), "")
        drafting = {
            path: Drafting(
                document, path, engine, session.options, keystroke_guards(),
                failure or baseline.outcome.telling, _spans(document, allowed, path),
            )
            for path, document in documents.items()
        }  # fmt: skip
        with self.screen.status("") as status:

            def on_draft(work: Work) -> None:
                status.update(f"drafting for {escape(printable(work.path))}:{work.line + 1}")

            def on_try(number: int, candidate: Candidate) -> None:
                where = escape(printable(candidate.path))
                status.update(
                    f"trying edit {number} of at most {self.asked.budget.tries} ({where})"
                )

            search = Search(
                drafting, suspects, prover, guards(), self.asked.budget, on_try, on_draft
            )
            return search.run()

    def _named(self) -> dict[str, Document]:
        """The files that the user names, by their path below the tree; tests only if they are named themselves.

        Raises:
            UsageError, InputError: for what is outside of the tree, cannot be read, or is not there.
        """
        refused = list[InputError]()
        left_out = LeftOut()
        files = files_of(self.asked.paths, refused.append, self.asked.exclude, left_out)
        if refused:
            raise refused[0]
        documents = dict[str, Document]()
        for file in files:
            name = self._below(Path(file))
            if name is None:
                raise UsageError(
                    f"{file} lies outside of {self.root}, of which the tests get a copy",
                    "run it in the project whose tests these are",
                )
            if is_notebook(name):
                if file in self.asked.paths:
                    raise UsageError(
                        f"{file} is a notebook, and tests prove edits of modules alone",
                        "name others",
                    )
                continue
            if file in self.asked.paths or not is_test(name):
                documents[name] = disk.read(Path(file))
        if self.asked.lines.lines and len(documents) != 1:
            raise UsageError(
                f"--lines names lines of one file, not of {len(documents)}", "name that file alone"
            )
        if self.asked.paths and not documents:
            raise InputError(
                f"no file that may be edited in {', '.join(self.asked.paths)}",
                "name files of code; tests are edited only if they are named themselves",
            )
        return documents

    def _changed(self, revision: str | None) -> dict[str, Document]:
        """Files that changed since a revision: what fails now is likely there; none without one or a repository.

        Raises:
            UsageError: when the repository has no such revision.
        """
        if revision is None or root_of(self.root) is None:
            return {}
        try:
            names = changed_files(self.root, revision)
        except UsageError:
            if revision != HEAD:
                raise
            return {}  # nothing is committed yet
        return self._read(name for name in names if language_of(name))

    def _suspected(self, cases: Sequence[Case], frames: Sequence[Frame]) -> dict[str, Document]:
        """Files of which something is known, where the user names none."""
        names = [frame.path for frame in frames]
        for case in cases:
            names += [frame.path for frame in case.frames] if case.failed else ()
        for case in cases:
            names += sorted(case.lines) if case.failed else ()
        return self._read(names)

    def _read(self, names: Iterable[str]) -> dict[str, Document]:
        """Files by their path below the tree, as many as are suspected at once; tests are none of them."""
        documents = dict[str, Document]()
        for name in dict.fromkeys(map(self._below, (self.root / name for name in names))):
            if (
                name is None or is_test(name) or is_notebook(name)
            ):  # or a link leads out of the tree
                continue
            if len(documents) < MOST_FILES:
                try:
                    documents[name] = disk.read(self.root / name)
                except InputError:  # it went, or is no text
                    continue
        return documents

    def _allowed(self, documents: Mapping[str, Document]) -> dict[str, set[int]] | None:
        """Lines, from 0, that may be edited, by path; None for all."""
        wanted = self.asked.lines
        if wanted.all:
            return None
        return {path: wanted.numbers(each, self.root / path) for path, each in documents.items()}

    def _diagnosed(self) -> list[Frame]:
        """Places that the file of diagnostics names in this tree."""
        if self.asked.diagnostics is None:
            return []
        told = diagnostics.read(self.asked.diagnostics)
        frames = self._frames(told)
        if told and not frames:
            raise InputError(
                f"{self.asked.diagnostics} names no file of {self.root}",
                f"it tells of {told[0].path}: run it in the project that it is of",
            )
        return frames

    def _frames(self, told: Sequence[diagnostics.Diagnostic]) -> list[Frame]:
        return [
            Frame(name, each.line)
            for file, each in diagnostics.resolve(told, self.root)
            if (name := self._below(file)) is not None
        ]

    def _below(self, file: Path) -> str | None:
        """Path of a file below the tree; None of one outside of it."""
        real = Path(os.path.realpath(file))
        return real.relative_to(self.root).as_posix() if real.is_relative_to(self.root) else None

    def _passes(self, baseline: Baseline) -> int:
        """Nothing is wrong."""
        if self.output.json:
            self._tell_json(Found(NoEdit("the tests pass as it is"), 0, 0), "", False, baseline)
        else:
            self._say(f"the tests pass as it is ({baseline.outcome.seconds:.1f} s)")
        return CLEAN

    def _conclude(self, found: Found, baseline: Baseline) -> int:
        """Show what was found, write it or ask."""
        outcome, output = found.outcome, self.output
        proposal = outcome if isinstance(outcome, Proposal) else None
        file = Path(os.path.relpath(proposal.before.path)) if proposal else Path()
        if proposal and output.write:
            output.save(file, proposal)
        written = output.write and proposal is not None
        if output.json:
            self._tell_json(found, str(file) if proposal else "", written, baseline)
        elif isinstance(outcome, NoEdit):
            if not output.quiet:
                show_no_edit(outcome)
        else:
            show_proposal(outcome, file, plain=output.diff, written=written, screen=QUIET)
        if proposal:
            self._say(_counted(found, baseline, str(file) if written else ""))
            if output.asks(is_stdin=False) and question.ask(Taking) is Taking.APPLY:
                output.save(file, proposal)
                self._say(printable(f"written to {file}"))
                written = True
        return CLEAN if written else WRONG

    def _tell_json(self, found: Found, path: str, written: bool, baseline: Baseline) -> None:
        origin = json_lines.Origin.of(path, self.session)
        tests = {
            "command": self.asked.command,
            "failing": list(baseline.failing),
            "seconds": round(baseline.outcome.seconds, 3),
            "tried": found.tried,
            "made": found.drafted,
            "source": found.source or None,
            "compared": found.compared,
            "beside": found.beside,
        }
        typer.echo(json_lines.of_tested(found.outcome, origin, written, tests))

    def _waiting(self, what: str, work: Callable[[], T]) -> T:
        """Do something that takes a while, and say so on a terminal."""
        with self.screen.status(what):
            return work()

    def _say(self, text: str) -> None:
        if text and not self.output.quiet:
            typer.echo(text, err=True)


def _spans(
    document: Document, allowed: Mapping[str, Collection[int]] | None, path: str
) -> list[Span] | None:
    """Where edits of a document may lie; None for everywhere."""
    if allowed is None:
        return None
    return runs(LineTable(document.text), sorted(allowed.get(path, ())))


def _failing(baseline: Baseline) -> str:
    """Which tests fail, and how the first of them does."""
    failed = [case for case in baseline.cases if case.failed]
    if not failed:
        return printable(f"the tests fail: {baseline.outcome.telling}")
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    how = failed[0].message.split("\n")[0]
    return printable(f"{failed[0].id} fails{more}: {how}")


def _counted(found: Found, baseline: Baseline, written: str) -> str:
    """What the tests say of a proposal, and what it took."""
    assert isinstance(found.outcome, Proposal)
    failing = len(baseline.failing)
    passing = f"{failing} test{'s' * (failing > 1)} that failed" if failing else "the tests"
    seconds = found.outcome.effort.seconds
    passing += f" pass{'es' * (failing == 1)} with it, and all others"
    told = (
        f"{passing}; edit {found.tried} of {found.drafted} made ({found.source}), {seconds:.0f} s"
    )
    return f"{told} · written to {written}" if written else told
