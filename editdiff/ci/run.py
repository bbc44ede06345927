"""One run of the bot: what a change is, what is wrong in it, and fixes that were checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from editdiff.check.judged import CONFLICT, KEEP_CONFLICT
from editdiff.check.registry import choose_checkers, guard_names, guards, refuse_unknown
from editdiff.check.ruff_lint import RuffChecker, ask_of_project, find_ruff
from editdiff.ci.base import Fix, Left, Problem, Proposed, smallest_first
from editdiff.ci.bounds import EDITS, MINUTES, Bounds
from editdiff.ci.changed import Changed, Listing, changed
from editdiff.ci.chosen import session_of, settings_at
from editdiff.ci.draft import MERGE, RULES, SYNTAX
from editdiff.ci.environment import without_secrets
from editdiff.ci.mending import Mending
from editdiff.ci.pieces import Pass, key, tally
from editdiff.ci.proving import TRIES, Proving, Tests
from editdiff.ci.reports import Reports, read
from editdiff.ci.searching import Searching
from editdiff.edits.fix.standards import Checks
from editdiff.edits.session import Session
from editdiff.engines.base import Doubter, Engine
from editdiff.engines.doubters import doubter_with
from editdiff.errors import InputError, MissingDependencyError, UsageError
from editdiff.report.git import changes, commit_of, gone, merge_base, repository_of
from editdiff.text.conflicts import conflicts
from editdiff.text.printable import one_line
from editdiff.trials.proving import Baseline, Prover, side_by_side
from editdiff.trials.running import Limits

CHECKS = ("syntax", "ruff", "math")
"""What is looked for unless something else is named."""
NO_RUFF = "ruff is not installed, so its rules are not looked at: pip install 'editdiff[check]'"
Tell = Callable[[str], None]


def propose(
    folder: str | Path,
    base: str,
    *,
    session: Session | None = None,
    model: str | None = None,
    diagnostics: Sequence[str | Path] = (),
    test: str | None = None,
    test_seconds: float = Limits.seconds,
    tries: int = TRIES,
    network: bool = False,
    keep_env: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
    workers: int = 0,
    checks: Sequence[str] = (),
    exclude: Sequence[str] = (),
    everything: bool = False,
    max_edits: int = EDITS,
    max_minutes: float = MINUTES,
    notes: Sequence[str] = (),
    tell: Tell = lambda told: None,
) -> Proposed:
    """What is wrong in a change, and fixes of it that were checked. Nothing is written.

    The change is what the working tree of the repository that holds `folder` has since its history and that of
    `base` parted. `session` fills and mends, by default as the settings say, the repository's own taken from the
    base; `model` is its name, which says who doubts. `test` is a command of the shell that is run in copies, in
    `folder`, without what of `environ` looks like a secret but for `keep_env`. `checks` are names, by default
    CHECKS, ruff if it is installed. `exclude` are globs as in `Settings`. `everything` looks at all lines of the
    files that changed. `notes` are told with the others; `tell` hears what is done next.

    Raises:
        UsageError: for an unknown revision or check, a test command that does not run.
        InputError: in no repository, one without the base, or for a report that is none.
        EditdiffError: when the model cannot be loaded.
    """
    here = Path(os.path.realpath(folder))
    top = repository_of(here)
    commit, environ = merge_base(top, base), os.environ if environ is None else environ
    if session is None:
        chosen, note = settings_at({"model": model}, here, top, commit, environ)
        session, exclude, model = session_of(chosen), (*exclude, *chosen.exclude), chosen.model
        notes = [*notes, *filter(None, [note])]
    tests = None
    if test is not None:
        seen = without_secrets(environ, keep_env)
        limits, copies = Limits(test_seconds), side_by_side(workers)
        tests = Tests(test, here, seen, limits, network, tries, copies)
    files = [Path(file) for file in diagnostics]
    reports = read(files, top)
    listing = changed(top, commit, everything=everything, exclude=exclude, apart=files)
    run = Run(top, commit, session, model, listing, reports, Bounds(max_edits, max_minutes), tell)
    run.notes += notes
    return run.proposed(checks, tests, everything=everything)


@dataclass
class Run:
    """A change, and what is found out of it step by step."""

    top: Path
    commit: str
    session: Session
    model: str | None
    listing: Listing
    reports: Reports
    bounds: Bounds
    tell: Tell = lambda told: None
    fixes: list[Fix] = field(default_factory=list, init=False)
    left: list[Left] = field(default_factory=list, init=False)
    before: list[Problem] = field(default_factory=list, init=False)
    """Problems in new lines that are older than the change."""
    notes: list[str] = field(default_factory=list, init=False)
    doubted: bool = field(default=False, init=False)
    unread: bool = field(default=False, init=False)
    """Whether time was over before all files were looked at."""
    refused: UsageError | None = field(default=None, init=False)
    """Why the tests do not run."""

    def proposed(
        self, checks: Sequence[str], tests: Tests | None, *, everything: bool = False
    ) -> Proposed:
        """Go all the way.

        Raises:
            EditdiffError: see `propose`.
        """
        self.notes += [*self.listing.notes, *self.reports.notes]
        self.doubted = self.listing.doubted
        judges = self._checks(checks)
        with ExitStack() as stack:
            prover = stack.enter_context(tests.prover(self.top)) if tests else None
            baseline = self._tested(prover) if prover else None
            for file in self.listing.files:
                self._mend(file, judges, bool(set(checks or CHECKS).intersection(guard_names())))
            self._unsettled()
            if prover and tests and baseline:
                given = list(self.fixes)
                self._prove(tests, prover, baseline)
                self.fixes = [
                    fix if fix in given else self._with_more(fix, judges) for fix in self.fixes
                ]
        if self.refused:  # where something does not parse, that may be why
            if not self._unparsed:
                raise self.refused
            self.notes.append(f"the tests cannot be run: {self.refused.message}")
            self.doubted = True
        known = [each.problem for each in self.left] + [
            p for fix in self.fixes for p in fix.problems
        ]
        files = {file.path: file for file in self.listing.files}
        self.left += self.reports.left(
            files, known, self.before, everything=everything, tests=tests is not None
        )
        over = {self.bounds.full, self.bounds.late}
        return Proposed(
            self.commit,
            self._head(),
            smallest_first(self.fixes),
            tuple(self.left),
            tuple(dict.fromkeys(self.notes)),
            tuple(replace(file.document, path=file.path) for file in self.listing.files),
            finished=not (self.unread or any(left.reason in over for left in self.left)),
            doubted=self.doubted,
        )

    def _checks(self, names: Sequence[str]) -> Checks:
        """Who judges, each with a memory; ruff as the project has it, where it is installed or asked for.

        Raises:
            UsageError: for an unknown name.
            MissingDependencyError: where ruff is asked for and not installed.
        """
        refuse_unknown(names or CHECKS)
        others = [name for name in names or CHECKS if name not in guard_names()]
        if RULES in others:
            try:
                find_ruff()
            except MissingDependencyError:
                if names:
                    raise
                others.remove(RULES)
                if any(file.document.language == "python" for file in self.listing.files):
                    self.notes.append(NO_RUFF)
        chosen = choose_checkers(others) if others else ()
        own = [
            replace(each, ask=ask_of_project) if isinstance(each, RuffChecker) else each
            for each in chosen
        ]
        return Checks(guards(), tuple(own)).remembering()

    def _tested(self, prover: Prover) -> Baseline | None:
        """How the tests end as everything stands; None where that cannot be said."""
        self.notes += filter(None, [prover.confinement.told])
        self.tell("running the tests")
        try:
            return prover.begin()
        except UsageError as error:
            self.refused = error
        except InputError as error:
            self.notes.append(error.message)
            self.doubted = True
        return None

    def _mend(self, file: Changed, judges: Checks, wants_syntax: bool) -> None:
        """Find and mend what is wrong in a file."""
        if not self.bounds.seconds:
            self.notes.append(
                f"{one_line(file.path)}: not looked at, {self.bounds.late.partition(': ')[2]}"
            )
            self.doubted = self.unread = True
            return
        self.tell(f"checking {one_line(file.path)}")
        mending = Mending(file, self.session, judges, self.bounds, wants_syntax)
        try:
            mending.run()
        except (InputError, MissingDependencyError) as error:
            self.notes.append(one_line(f"{file.path}: {error.message}"))
            self.doubted = True
            linted = any(checker.name == RULES for checker in judges.others)
            if linted:  # it may be its configuration
                rest = tuple(checker for checker in judges.others if checker.name != RULES)
                self._mend(file, Checks(judges.syntax, rest), wants_syntax)
            return
        self.fixes += mending.fixes
        self.left += mending.left
        self.before += mending.before
        self.notes += mending.doubts
        self.doubted = self.doubted or bool(mending.doubts)

    def _unsettled(self) -> None:
        """Leave merges in conflict in files of which nothing else is known."""
        for file in self.listing.unknown:
            for conflict in conflicts(file.document.text):
                first, last = (
                    file.table.position(at).line for at in (conflict.span.start, conflict.span.end)
                )
                if file.meets(range(first, last + 1)) and conflict.clear:
                    problem = Problem(file.path, first + 1, CONFLICT, MERGE, last=last + 1)
                    self.left.append(Left(problem, KEEP_CONFLICT))

    def _prove(self, tests: Tests, prover: Prover, baseline: Baseline) -> None:
        """See what the tests say of the fixes, and look for others."""
        searching = Searching(
            self.top,
            prover,
            baseline,
            self.listing.files,
            self.session,
            self._doubter,
            self.reports.frames,
            self._unparsed,
            self.tell,
        )
        proving = Proving(
            self.top,
            self.commit,
            tests,
            self.bounds,
            prover,
            baseline,
            searching,
            self.fixes,
            self.tell,
        )
        proving.run()
        self.fixes = proving.fixes
        self.left += proving.left
        self.notes += proving.notes

    def _with_more(self, fix: Fix, judges: Checks) -> Fix:
        """A fix that the tests prove, with the problems that were left and are gone with it as well."""
        wanted = Pass(judges, syntax=True)
        before = tally(fix.proposal.before, self.session, wanted)
        after = tally(fix.proposal.after, self.session, wanted)
        more = list[Problem]()
        for left in list(self.left):
            problem = left.problem
            told = key(problem.source, f"{problem.rule} {problem.message}".lstrip())
            if problem.path == fix.path and after[told] < before[told]:
                before[told] -= 1
                more.append(problem)
                self.left.remove(left)
        problems = sorted((*fix.problems, *more), key=lambda each: each.line)
        return replace(fix, problems=tuple(problems)) if more else fix

    @property
    def _unparsed(self) -> set[str]:
        """Paths of files that do not parse."""
        broken = {each.problem.path for each in self.left if each.problem.source in (SYNTAX, MERGE)}
        return broken | {fix.path for fix in self.fixes if fix.problems[0].source == SYNTAX}

    def _doubter(self, engine: Engine) -> Doubter | None:
        """Who says what the model doubts; None where it runs elsewhere."""
        with suppress(UsageError):
            return doubter_with(engine, self.model)
        return None

    def _head(self) -> str:
        """The commit that was looked at; empty where files that count are otherwise."""
        head = commit_of(self.top, "HEAD")
        looked = {file.path for file in self.listing.files}
        looked |= {each.problem.path for each in self.left}
        other = any(
            each.before is not None or each.path in looked for each in changes(self.top, head)
        )
        return "" if other or gone(self.top, head) else head
