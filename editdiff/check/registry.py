"""The checkers by the names that users give them, each imported only when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from difflib import get_close_matches

from editdiff.check.base import Checker
from editdiff.errors import UsageError

CHECKERS = {
    "syntax": ("editdiff.check.syntax:SyntaxChecker", "editdiff.check.python_compile:PythonCompileChecker"),
    "ruff": ("editdiff.check.ruff_lint:RuffChecker",),
    "math": ("editdiff.check.maths.checker:MathsChecker",),
}  # fmt: skip
"""Name to checkers, those first that others build on: a text that does not parse is no text for a linter."""


def choose_checkers(names: Sequence[str]) -> tuple[Checker, ...]:
    """The checkers of these names, in the table's order whatever the order of the names.

    Raises:
        UsageError: for a name that no checker has, or no name at all.
        MissingDependencyError: when a checker's package is not installed.
    """
    for name in names:
        if name not in CHECKERS:
            near = get_close_matches(name, CHECKERS, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"there is no check {name!r}", f"{meant}the checks: {', '.join(CHECKERS)}"
            )
    if not names:
        raise UsageError("no check is named", f"the checks: {', '.join(CHECKERS)}")
    targets = [target for name, found in CHECKERS.items() if name in names for target in found]
    return tuple(map(_load, targets))


def _load(target: str) -> Checker:
    """Import `module:class` and make one with its defaults."""
    module, _, name = target.partition(":")
    checker: Checker = getattr(importlib.import_module(module), name)()
    return checker
