"""`editdiff fix --test`: an edit with which the user's tests pass, looked for in a copy of their tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
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
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.edits.tested.drafts import Candidate, Work
from editdiff.edits.tested.files import is_test
from editdiff.edits.tested.looking import ELSEWHERE, NO_LINE, NOWHERE, Judges, Looking
from editdiff.edits.tested.search import Budget, Found
from editdiff.edits.tested.suspects import Evidence
from editdiff.engines.doubters import doubter_with
from editdiff.errors import InputError, UsageError
from editdiff.report import json_lines
from editdiff.report.files import STDIN, LeftOut, files_of
from editdiff.report.git import root_of
from editdiff.report.suspected import (
    HEAD,
    below,
    changed_since,
    diagnosed,
    failing_told,
    failure_of,
    stood,
    suspected,
)
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import printable
from editdiff.trials.proving import Baseline, Prover
from editdiff.trials.running import Confinement, Limits
from editdiff.trials.told import Case, Frame

CLEAN, WRONG = 0, 1
QUIET = Console(quiet=True)
"""The cost of a proposal is told with what the tests say."""
T = TypeVar("T")
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
        frames = diagnosed(self.root, self.asked.diagnostics)
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
            self._say(failing_told(baseline))
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
        places = [] if cases else stood(self.root, baseline)
        documents = named or changed_since(self.root, self.asked.lines.diff_base)
        documents = documents or suspected(self.root, cases, [*frames, *places])
        documents = documents or changed_since(self.root, HEAD)
        if not documents:
            return Found(ELSEWHERE if cases else NOWHERE, 0, 0)
        evidence = Evidence(cases, frames, places, self._allowed(documents))
        session = self.session
        engine = self._waiting("loading the model", lambda: session.engine)
        looking = Looking(
            documents,
            evidence,
            failure_of(cases, baseline),
            engine,
            session.options,
            Judges(guards(), keystroke_guards()),
            doubter_with(engine, self.model),
        )
        suspects = self._waiting("looking for suspicious lines", looking.suspects)
        if not suspects:
            return Found(NO_LINE, 0, 0)
        with self.screen.status("") as status:

            def on_draft(work: Work) -> None:
                status.update(f"drafting for {escape(printable(work.path))}:{work.line + 1}")

            def on_try(number: int, candidate: Candidate) -> None:
                where = escape(printable(candidate.path))
                status.update(
                    f"trying edit {number} of at most {self.asked.budget.tries} ({where})"
                )

            return looking.search(suspects, prover, self.asked.budget, on_try, on_draft).run()

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
            name = below(self.root, Path(file))
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

    def _allowed(self, documents: Mapping[str, Document]) -> dict[str, set[int]] | None:
        """Lines, from 0, that may be edited, by path; None for all."""
        wanted = self.asked.lines
        if wanted.all:
            return None
        return {path: wanted.numbers(each, self.root / path) for path, each in documents.items()}

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
