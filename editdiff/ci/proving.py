"""The tests of a change: which of them it made fail, edits with which they pass, and what they say of other fixes.

Every run is in a copy (`trials.proving`). Nothing is blamed on the change that fails at its base as well, or fails
at one time and passes at another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from editdiff.check.registry import guards
from editdiff.ci.base import Fix, Left, Problem
from editdiff.ci.base_tree import base_tree
from editdiff.ci.bounds import Bounds
from editdiff.ci.failing import Failing, failing, parts
from editdiff.ci.mending import listed
from editdiff.ci.searching import PROSE, Searching
from editdiff.edits.proposal import NoEdit, Proposal, propose
from editdiff.edits.tested.search import Budget, Found
from editdiff.errors import InputError, UsageError
from editdiff.text.edit import Edits
from editdiff.trials.proving import Baseline, Edited, Prover, pass_all
from editdiff.trials.running import Confinement, Limits
from editdiff.trials.told import Case

AT_BASE = "it fails at the base, too"
UNSTEADY = "it fails at one time and passes at another without any change"
ANOTHER_WAY = "with the other fixes it fails in another way, so look again when they are made"
BREAKS = "tests fail with it that pass without"
REWRITTEN = "files of the project changed while the tests ran, so what passed may not pass now"
NAME = "tests"
TRIES = 100


@dataclass(frozen=True)
class Tests:
    """How the tests of a project are run."""

    command: str
    """Of a shell."""
    folder: Path
    """Where it runs: the top of the project, or a folder in it."""
    environment: Mapping[str, str]
    """All that the tests see of the job's."""
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    tries: int = TRIES
    """Most edits that are tried for one failure."""
    workers: int = 1

    def prover(self, top: Path, root: Path | None = None) -> Prover:
        """The tests of a project, or of a copy of it elsewhere; the user's own tree is kept from them in both."""
        below, confined = self.folder.relative_to(top).as_posix(), Confinement(top, self.network)
        workers = 1 if root else self.workers
        return Prover(
            root or top, self.command, confined, self.limits, below, self.environment, workers
        )


@dataclass
class Proving:
    """What follows from one run of the tests of a project as it is."""

    top: Path
    commit: str
    tests: Tests
    bounds: Bounds
    prover: Prover
    baseline: Baseline
    searching: Searching
    fixes: list[Fix]
    """Those that others found; in the end those that stay, and new ones."""
    tell: Callable[[str], None] = lambda told: None
    left: list[Left] = field(default_factory=list, init=False)
    notes: list[str] = field(default_factory=list, init=False)
    _proved: dict[str, Sequence[str]] = field(default_factory=dict, init=False)
    """Fingerprints of the fixes that the tests prove, to the ids of the tests that pass with it."""

    def run(self) -> None:
        """Hold the fixes against the tests, and look for edits with which pass what the change made fail.

        Raises:
            EditdiffError: when the project cannot be copied, or the model not be loaded.
        """
        mine = None if self.baseline.outcome.passed else self._blamed()
        with_fixes = self._keep_harmless()
        if mine is not None:
            mine = self._credited(mine, with_fixes) if with_fixes else mine
            if mine is not None:
                self._search(mine)
        self._keep_together()
        if self._proved and self.prover.changed():
            for fix in [fix for fix in self.fixes if fix.fingerprint in self._proved]:
                self._drop(fix, REWRITTEN)

    def _blamed(self) -> list[Case] | None:
        """Tests that the change made fail; none by name where the runner tells no names, None where it is none."""
        known = [case for case in self.baseline.cases if case.failed]
        base, again = self._at_base(), self._again()
        if not known:
            older = base is not None and not base.outcome.passed
            if older or again.outcome.passed:
                self._leave(
                    failing(self.top, self.baseline, ()), AT_BASE if older else UNSTEADY, False
                )
                return None
            return []
        there = set(base.failing) if base else set()
        old = [case for case in known if case.id in there]
        steady = set(again.failing)
        shaky = [case for case in known if case.id not in there and case.id not in steady]
        for cases, why in ((old, AT_BASE), (shaky, UNSTEADY)):
            if cases:
                self._leave(failing(self.top, self.baseline, cases), why, False)
        return [case for case in known if case not in old and case not in shaky] or None

    def _at_base(self) -> Baseline | None:
        """What the tests say of the project before the change; None where they cannot be run there."""
        self.tell("running the tests at the base")
        with (
            base_tree(self.top, self.commit) as folder,
            self.tests.prover(self.top, folder) as prover,
        ):
            try:
                return prover.begin()
            except (InputError, UsageError) as error:
                self.notes.append(
                    f"the tests do not run at the base, so all that fail now are taken for new: {error.message}"
                )
                return None

    def _again(self) -> Baseline:
        self.tell("running the tests again")
        return self.prover.run_with(())

    def _keep_harmless(self) -> Baseline | None:
        """Leave fixes with which tests fail that pass without; a run with those that stay, None without any."""
        if not self.fixes or not self.bounds.seconds:
            return None
        self.tell("running the tests with the fixes")
        run = self.prover.run_with(edited(self.fixes))
        if self._harms(run):
            kept = list[Fix]()
            for fix in list(self.fixes):
                if self._harms(self.prover.run_with(edited([*kept, fix]))):
                    self._drop(fix, BREAKS)
                else:
                    kept.append(fix)
            run = self.prover.run_with(edited(kept))
        if self._tells:
            self.fixes = [self._with_tests(fix) for fix in self.fixes]
        return run if self.fixes else None

    def _with_tests(self, fix: Fix) -> Fix:
        """The same fix, with the tests among its judges where they would notice that something is wrong there."""
        code = fix.proposal.before.language not in PROSE
        seen = code and bool(self.bounds.seconds) and self.prover.sees(fix.path)
        return replace(fix, judged=_and_tests(fix.judged)) if seen else fix

    @property
    def _tells(self) -> bool:
        """Whether a run with a fix tells whether it breaks something."""
        return self.baseline.outcome.passed or bool(self.baseline.failing)

    def _harms(self, run: Baseline) -> bool:
        return self._tells and self.prover.breaks(run)

    def _credited(self, mine: list[Case], run: Baseline) -> list[Case] | None:
        """The tests that still fail with the fixes; those that pass become problems of the fix that does it."""
        passing = [case for case in mine if _passes(run, (case.id,))] if mine else []
        if not passing and not (not mine and run.outcome.passed):
            return self._alike(mine, run)
        ids = tuple(case.id for case in passing)
        problem = failing(self.top, self.baseline, passing).problem
        alone = len(self.fixes) == 1
        for number, fix in enumerate(self.fixes):
            if alone or _passes(self.prover.run_with(edited([fix])), ids):
                self.fixes[number] = proved = _mends(fix, problem)
                self._proved[proved.fingerprint] = ids
                break
        else:
            self.notes.append(
                f"{problem.message}: it passes with all fixes together, and with none of them alone"
            )
        rest = [case for case in mine if case not in passing]
        return self._alike(rest, run) if rest else None

    def _alike(self, mine: list[Case], run: Baseline) -> list[Case] | None:
        """Of tests that still fail, those that do it as they do without the fixes: an edit can be tried without."""
        now = {case.id: case.message for case in run.cases if case.failed}
        others = [case for case in mine if now.get(case.id) != case.message]
        if others:
            self._leave(failing(self.top, self.baseline, others), ANOTHER_WAY, True)
        return [case for case in mine if case not in others] or (None if mine else mine)

    def _search(self, mine: list[Case]) -> None:
        """Look for one edit with which all pass, and where there is none, for one for each part of them."""
        waiting, passing = deque([mine]), set[str]()
        while waiting:
            cases = [case for case in waiting.popleft() if case.id not in passing]
            if not cases and mine:
                continue
            group = failing(self.top, self.baseline, cases)
            if why := self.bounds.why:
                self._leave(group, why, True)
                continue
            seconds = self.bounds.seconds / (1 + len(waiting) + (len(parts(cases)) > 1))
            budget = Budget(self.tests.tries, seconds, self.tests.workers)
            found = self.searching.search(group.ids, budget)
            if isinstance(found.outcome, Proposal):
                passing |= self._take(found, found.outcome, mine) | set(group.ids)
            elif len(smaller := parts(cases)) > 1:
                waiting.extend(smaller)
            else:
                self._leave(group, found.outcome.reason, True)

    def _take(self, found: Found, proposal: Proposal, mine: Sequence[Case]) -> set[str]:
        """Make a fix of an edit with which tests pass; the ids of all that do."""
        path = next(each.path for each in self.searching.files if each.document == proposal.before)
        run = self.prover.run_with([Edited(path, proposal.after.to_bytes())])
        passing = [case for case in mine if _passes(run, (case.id,))]
        problem = failing(self.top, self.baseline, passing).problem
        judged = _and_tests(listed(proposal.checked))
        if found.beside:
            judged += f", which {found.beside} of {found.compared} other likely edits pass as well"
        made = Fix((replace(problem, path=path),), proposal, judged)
        fix = replace(made, problems=(replace(problem, path=path, line=made.parts[0].first),))
        self._proved[fix.fingerprint] = ids = [case.id for case in passing]
        self.fixes.append(fix)
        self.bounds.made += 1
        return set(ids)

    def _keep_together(self) -> None:
        """Leave what does not go together with a fix that the tests prove."""
        if not self._proved or len(self.fixes) < 2:
            return
        self.tell("running the tests with all fixes")
        kept = list[Fix]()
        for fix in sorted(self.fixes, key=lambda fix: fix.fingerprint not in self._proved):
            if any(_meet(fix, other) for other in kept):
                self._drop(fix, "it meets a fix that the tests prove")
            else:
                kept.append(fix)
        if self._agree(kept):
            return
        for fix in list(kept):
            if fix is not kept[0] and not self._agree(
                [each for each in kept if each is kept[0] or each is fix]
            ):
                kept.remove(fix)
                self._drop(fix, "the tests fail with it beside another fix")

    def _agree(self, fixes: Sequence[Fix]) -> bool:
        """Whether fixes hold beside each other, by the tests and by those who judge the syntax."""
        if not all(map(_parse_together, _by_file(fixes).values())):
            return False
        run = self.prover.run_with(edited(fixes))
        wanted = [name for fix in fixes for name in self._proved.get(fix.fingerprint, ())]
        return not self._harms(run) and (not wanted or _passes(run, wanted))

    def _leave(self, group: Failing, why: str, blamed: bool) -> None:
        self.left.append(Left(group.problem, why, blamed))

    def _drop(self, fix: Fix, why: str) -> None:
        self.fixes.remove(fix)
        self.bounds.made -= 1
        self.left += [Left(problem, why) for problem in fix.problems]


def edited(fixes: Sequence[Fix]) -> list[Edited]:
    """Files as they are with some fixes, which go together."""
    found = []
    for path, mine in _by_file(fixes).items():
        before = mine[0].proposal.before
        edits = Edits(tuple(edit for fix in mine for edit in fix.proposal.edits))
        found.append(Edited(path, before.with_text(edits.apply(before.text)).to_bytes()))
    return found


def _by_file(fixes: Sequence[Fix]) -> dict[str, list[Fix]]:
    found = dict[str, list[Fix]]()
    for fix in fixes:
        found.setdefault(fix.path, []).append(fix)
    return found


def _parse_together(fixes: Sequence[Fix]) -> bool:
    """Whether no new problem of the syntax comes of several fixes of one file."""
    before = fixes[0].proposal.before
    edits = Edits(tuple(edit for fix in fixes for edit in fix.proposal.edits))
    spans = [edit.span for edit in edits]
    return not isinstance(propose(before, edits, spans, guards(), fixes[0].proposal.effort), NoEdit)


def _meet(one: Fix, other: Fix) -> bool:
    """Whether both change the same lines."""
    return one.path == other.path and any(
        a.first <= b.last and b.first <= a.last for a in one.parts for b in other.parts
    )


def _mends(fix: Fix, problem: Problem) -> Fix:
    """The same fix with what else it mends; that shows elsewhere."""
    here = replace(problem, path=fix.path, line=fix.parts[0].first)
    problems = sorted((*fix.problems, here), key=lambda each: each.line)
    judged = fix.judged if fix.judged.endswith(NAME) else _and_tests(fix.judged)
    return replace(fix, problems=tuple(problems), judged=judged)


def _and_tests(judged: str) -> str:
    return f"{judged.replace(' and ', ', ')} and {NAME}" if judged else NAME


def _passes(run: Baseline, wanted: Collection[str]) -> bool:
    """Whether tests pass in a run, by their ids; without any, all."""
    return pass_all(wanted, run.cases) if wanted else run.outcome.passed
