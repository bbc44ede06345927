"""The commits that the benchmark `ci` makes: each on top of a package's base, with two faults or none.

A commit with faults has two, of two kinds, each near a harmless edit. A fault counts if who is to see it does: a
parser, ruff, the checker of equations, or the package's tests, and of these the last one alone. A clean commit has
a harmless edit and nothing else. Every third commit is clean.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

from editdiff.ci.pieces import RUFF
from editdiff.evaluation.core.same_code import forms
from editdiff.evaluation.data.ci_packages import UNJUDGED, Package
from editdiff.evaluation.data.ci_texts import (
    Candidate,
    Edit,
    Harmless,
    broken,
    commented,
    documented,
    linted,
    miscounted,
    mutated,
    reckoned,
    renamed,
)
from editdiff.text.diff import diff
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped, rebase

SYNTAX, LINT, TESTS, EQUATION = "syntax", "ruff", "tests", "equation"
KINDS = (SYNTAX, LINT, TESTS, EQUATION)
"""By turns: a commit has one of them and the next one."""
UNUSED, UNDEFINED = "F401", "F821"
CLEAN_EVERY = 3
PLACES, TRIED = 12, 8
"""Places of a fault, and faults at a place, that are tried before a package is given up."""
FAR = 10
"""Lines between two faults of one file."""
FAULTS: Mapping[str, Callable[[str, int, random.Random], Iterator[Candidate]]] = MappingProxyType(
    {SYNTAX: broken, LINT: linted, TESTS: mutated, EQUATION: miscounted}
)
HARMLESS: Mapping[str, Edit] = MappingProxyType(
    {"comment": commented, "docstring": documented, "equation": reckoned, "name": renamed}
)
"""Harmless edits: what they are of."""
OF_CODE = ("comment", "docstring", "name")
_WORD, _QUOTED = re.compile(r"\w+"), re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Fault:
    """What was made wrong in one file of a commit."""

    kind: str
    words: str
    path: str
    edits: Edits
    """Of the file as it would be right."""


@dataclass(frozen=True)
class Commit:
    """A change of a package."""

    package: str
    harmless: tuple[str, ...] = ()
    """What its harmless edits are of."""
    right: Mapping[str, str] = field(default_factory=dict)
    """Its files with the harmless edits alone."""
    faults: tuple[Fault, ...] = ()

    @property
    def wrong(self) -> dict[str, str]:
        """Its files as they are committed."""
        return {path: self.edits(path).apply(text) for path, text in self.right.items()}

    def edits(self, path: str) -> Edits:
        """All that is made wrong in a file."""
        return Edits(tuple(edit for f in self.faults if f.path == path for edit in f.edits))

    def undone(self, fault: Fault) -> Edits:
        """The edits of the file as it is committed that undo one fault."""
        every = self.edits(fault.path)
        back = every.invert(self.right[fault.path])
        mine = [undo for edit, undo in zip(every, back, strict=True) if edit in fault.edits.items]
        return Edits(tuple(mine))


def draw(
    packages: Sequence[Package], limit: int, seed: int, progress: Callable[[int], None]
) -> list[Commit]:
    """At most `limit` commits, of the packages by turns; more of them begin with the same ones."""
    commits = list[Commit]()
    for number in range(limit):
        rng = random.Random(f"{seed}/{number}")
        turned = [packages[(number + more) % len(packages)] for more in range(len(packages))]
        found = (_drawn(package, number, rng) for package in turned)
        commits += islice(filter(None, found), 1)
        progress(number + 1)
    return commits


def _drawn(package: Package, number: int, rng: random.Random) -> Commit | None:
    """A commit of a package; None where it has no place for it."""
    turn, rest = divmod(number, CLEAN_EVERY)
    if rest == CLEAN_EVERY - 1:
        return _clean(package, tuple(HARMLESS)[turn % len(HARMLESS)], rng)
    first = (CLEAN_EVERY - 1) * turn + rest
    commit: Commit | None = Commit(package.name)
    for kind in (KINDS[first % len(KINDS)], KINDS[(first + 1) % len(KINDS)]):
        commit = _with_fault(package, commit, kind, rng) if commit else None
    return commit


def _clean(package: Package, what: str, rng: random.Random) -> Commit | None:
    for _ in range(PLACES):
        path = rng.choice(package.pages if what == EQUATION else package.sources)
        if edit := _harmless(package, path, package.text(path), what, rng):
            return Commit(package.name, (what,), {path: edit.text})
    return None


def _harmless(
    package: Package, path: str, text: str, what: str, rng: random.Random
) -> Harmless | None:
    """A harmless edit that is one: nobody finds anything new, and it is the same program or passes the tests."""
    edit = HARMLESS[what](text, rng)
    if edit is None or package.found(path, edit.text) - package.found(path, text):
        return None
    if what == "comment":
        old, new = forms([text, edit.text])
        return edit if old is not None and old == new else None
    if what == "name" and not package.tested({path: edit.text}).outcome.passed:
        return None
    return edit


def _with_fault(package: Package, commit: Commit, kind: str, rng: random.Random) -> Commit | None:
    """The commit with one fault more; None where no place for it is found."""
    paths = package.pages if kind == EQUATION else package.sources
    fresh = [path for path in paths if path not in commit.right] or [*paths]
    for _ in range(PLACES):
        path, what = rng.choice(fresh), EQUATION if kind == EQUATION else rng.choice(OF_CODE)
        before = commit.right.get(path) or package.text(path)
        edit = _harmless(package, path, before, what, rng)
        others = _moved(commit, path, before, edit) if edit else None
        if edit is None or others is None:
            continue
        for words, wrong in islice(FAULTS[kind](edit.text, edit.line, rng), TRIED):
            fault = Fault(kind, words, path, diff(edit.text, wrong))
            if _apart(edit.text, fault, others) and _counts(package, fault, edit.text, wrong):
                right = {**commit.right, path: edit.text}
                return Commit(commit.package, (*commit.harmless, what), right, (*others, fault))
    return None


def _moved(commit: Commit, path: str, before: str, edit: Harmless) -> list[Fault] | None:
    """The faults that are there, behind a harmless edit; None where it meets one."""
    moved = list[Fault]()
    for fault in commit.faults:
        edits = fault.edits
        if fault.path == path:
            rebased = rebase(edits, diff(before, edit.text), before)
            if isinstance(rebased, Dropped):
                return None
            edits = rebased
        moved.append(Fault(fault.kind, fault.words, fault.path, edits))
    return moved


def _apart(text: str, fault: Fault, others: Sequence[Fault]) -> bool:
    """Whether a fault lies some lines from the others of its file."""
    table = LineTable(text)

    def lines(edits: Sequence[TextEdit]) -> tuple[int, int]:
        ends = edits[0].span.start, edits[-1].span.end
        first, last = (table.position(at).line for at in ends)
        return first, last

    first, last = lines(fault.edits.items)
    beside = [lines(each.edits.items) for each in others if each.path == fault.path]
    return all(end + FAR < first or last + FAR < start for start, end in beside)


def _counts(package: Package, fault: Fault, right: str, wrong: str) -> bool:
    """Whether a fault is seen, and by those who are to see it."""
    new = package.found(fault.path, wrong) - package.found(fault.path, right)
    sources = {source for source, _ in new}
    if UNJUDGED in new:
        return False
    if fault.kind == SYNTAX:
        return any(checker.name in sources for checker in package.checks.syntax)
    if fault.kind == LINT:
        return sources == {RUFF} and any(_is_slip(told, right) for _, told in new)
    if fault.kind == EQUATION:
        return sources == {"math"}
    return not new and _noticed(package, fault.path, right, wrong)


def _is_slip(told: str, right: str) -> bool:
    """Whether ruff tells of an import that is not used, or of a name that is misspelt where it is used.

    What was misspelt where it is bound leaves names undefined that are right.
    """
    code, _, message = told.partition(" ")
    known = set(_WORD.findall(right))
    return code == UNUSED or (code == UNDEFINED and known.isdisjoint(_QUOTED.findall(message)))


def _noticed(package: Package, path: str, right: str, wrong: str) -> bool:
    """Whether tests fail by a fault, and it is none of a program that does not even begin."""
    old, new = forms([right, wrong])
    if new is None or old == new:
        return False
    run = package.tested({path: wrong})
    return run.outcome.code == 1 and bool(run.failing)
