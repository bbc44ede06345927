"""All checkers: what users call them, what they guard unasked; each is imported only when it is wanted.

A new checker is a file and a line of CHECKERS: `infill`, `fix`, the server and the benchmarks have it from here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from editdiff.check.base import Checker
from editdiff.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """One checker."""

    name: str
    """What users call it, as in `editdiff fix --check`; those of one name are chosen together."""
    target: str
    """Its class, as `module:class`; made without arguments."""
    guards: Literal["", "writing", "drafts", "keystrokes"] = ""
    """What it judges unasked: nothing, drafts where a model writes what was not there, every draft of every
    operation, or also every line of ghost text, for which a keystroke waits. A guard of every draft says whether a
    text parses at all; one of writing finds what is no fault of a text that stands there, and is not told of it."""
    quick: str = ""
    """The class that judges what a keystroke waits for, where that of `target` may start a process."""


CHECKERS = (
    Entry(
        "syntax", "editdiff.check.judged:JudgedSyntaxChecker", guards="keystrokes",
        quick="editdiff.check.syntax:SyntaxChecker",
    ),
    Entry("syntax", "editdiff.check.python_compile:PythonCompileChecker", guards="drafts"),
    Entry("syntax", "editdiff.check.judged:ParserChecker", guards="drafts"),
    Entry("flow", "editdiff.check.flow:FlowChecker", guards="writing"),
    Entry("ruff", "editdiff.check.ruff_lint:RuffChecker"),
    Entry("math", "editdiff.check.maths.checker:MathsChecker"),
)  # fmt: skip
"""In the order in which they are asked, each only of what passes those before: a text that does not parse is no
text for a linter, and what starts a process comes behind what does not."""

EVERY_DRAFT = ("drafts", "keystrokes")
"""What `Entry.guards` says of those that judge every draft."""


def check_names() -> tuple[str, ...]:
    """What users call the checkers, in the table's order."""
    return tuple(dict.fromkeys(entry.name for entry in CHECKERS if entry.guards != "writing"))


def guard_names() -> tuple[str, ...]:
    """What users call the guards."""
    return tuple(dict.fromkeys(entry.name for entry in CHECKERS if entry.guards in EVERY_DRAFT))


def refuse_unknown(names: Sequence[str]) -> None:
    """Raise UsageError for a name that no checker has, or no name at all."""
    known = check_names()
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"there is no check {name!r}", f"{meant}the checks: {', '.join(known)}"
            )
    if not names:
        raise UsageError("no check is named", f"the checks: {', '.join(known)}")


def choose_checkers(names: Sequence[str]) -> tuple[Checker, ...]:
    """The checkers of these names, in the table's order whatever the order of the names.

    Raises:
        UsageError: for a name that no checker has, or no name at all.
        MissingDependencyError: when a checker's package is not installed.
    """
    refuse_unknown(names)
    return _made(entry for entry in CHECKERS if entry.name in names)


def guards() -> tuple[Checker, ...]:
    """The checkers that judge every draft."""
    return _made(entry for entry in CHECKERS if entry.guards in EVERY_DRAFT)


def writing_guards() -> tuple[Checker, ...]:
    """The checkers that judge every draft, and those of text that was not there before."""
    return _made(entry for entry in CHECKERS if entry.guards)


def keystroke_guards() -> tuple[Checker, ...]:
    """Those of the guards that a keystroke can wait for."""
    entries = (entry for entry in CHECKERS if entry.guards == "keystrokes")
    return _made(replace(entry, target=entry.quick or entry.target) for entry in entries)


def _made(entries: Iterable[Entry]) -> tuple[Checker, ...]:
    """Import the classes of entries, and make one of each with its defaults."""
    made = []
    for entry in entries:
        module, _, name = entry.target.partition(":")
        made.append(getattr(importlib.import_module(module), name)())
    return tuple(made)
