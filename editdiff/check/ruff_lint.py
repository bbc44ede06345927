"""Python's linter ruff as a checker, in a child process.

The rules are those of the document's own folder (`ruff.toml`, `pyproject.toml`), as with `ruff check`: nothing
that such a file says makes ruff run a program, and what would make it write (its cache, its fixes) is turned
off. A text that does not parse is left to the syntax checkers: what ruff says of it is mostly an echo of that.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from editdiff.check.base import Problem
from editdiff.check.python_scope import Scopes
from editdiff.check.ruff_notebook import UNDEFINED, CellAmongOthers, names
from editdiff.errors import InputError, MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.notebook import Cell, Notebook, is_notebook
from editdiff.text.span import Span
from editdiff.text.spelling import one_slip_apart

FLAGS = (
    "check", "--output-format=json", "--no-cache", "--no-fix", "--no-fix-only", "--quiet", "--exit-zero",
)  # fmt: skip
"""They hold against the folder's own file, where `fix = true` would print the mended text in place of problems."""
SYNTAX = (None, "invalid-syntax")
"""Codes that stand for a text that does not parse."""
UNUSED_IMPORT = "F401"
NO_NAME = "no name in scope is spelled nearly like it"
NO_FIX = "ruff has no safe fix of it within its lines"
MISSPELT = "it may be used: a name that nothing defines is spelled nearly like it"
_WORD = re.compile(r"\w+")
Told = Sequence[Mapping[str, Any]]
"""Entries of ruff's list."""


def ask(path: str, text: str, limit: float, *flags: str) -> Told:
    """What ruff says of a text; nothing of one that does not parse.

    Raises:
        subprocess.TimeoutExpired: when it takes longer than `limit` seconds.
        MissingDependencyError: when ruff is not installed.
        InputError: when ruff refuses to judge.
    """
    told = _read(
        _run([find_ruff(), *FLAGS, *flags, "--stdin-filename", path, "-"], text, limit), path
    )
    return [] if any(entry["code"] in SYNTAX for entry in told) else told


def ask_of_project(path: str, text: str, limit: float) -> Told:
    """The same, and nothing of a file that the project's own configuration excludes.

    Raises:
        subprocess.TimeoutExpired, MissingDependencyError, InputError: as `ask`.
    """
    return ask(path, text, limit, "--force-exclude")


@dataclass(frozen=True)
class RuffChecker:
    """The rules that ruff's configuration selects for the document's path."""

    time_limit: float = 10.0
    """Seconds; of a document that takes longer nothing is known, so what it has is in doubt."""
    ask: Callable[[str, str, float], Told] = ask
    cell: CellAmongOthers | None = None
    """Which cell of a notebook documents are the text of."""

    @property
    def name(self) -> str:
        """Name for messages."""
        return "ruff"

    def supports(self, language: str) -> bool:
        """Python only."""
        return language == "python"

    def check(self, document: Document) -> list[Problem]:
        """Problems in the order of the text; none in other languages, or text that does not parse.

        Of a notebook, cells are judged among the others alone (`in_notebook`).

        Raises:
            MissingDependencyError: when ruff is not installed.
            InputError: when ruff refuses to judge, most often for its configuration.
        """
        alone = self.cell is None and is_notebook(document.path)
        if alone or not self.supports(document.language):
            return []
        text = self.cell.as_json(document.text) if self.cell else document.text
        try:
            told = self.ask(document.path or "document.py", text, self.time_limit)
        except subprocess.TimeoutExpired:
            whole, why = Span(0, len(document.text)), f"ruff took longer than {self.time_limit:g} s"
            return [Problem(whole, "not linted", self.name, doubt=why)]
        undefined = {name for e in told if e["code"] == UNDEFINED for name in names(e)}
        told = self.cell.own(told) if self.cell else told
        table = LineTable(document.text)
        text = document.text
        scopes = None
        if any(entry["code"] == UNDEFINED for entry in told):
            scopes = Scopes(self.cell.with_others(document) if self.cell else document)
        problems = [self._problem(entry, text, table, scopes, undefined) for entry in told]
        return sorted(problems, key=lambda problem: problem.span)

    def in_notebook(self, notebook: Notebook) -> Callable[[Cell], RuffChecker]:
        """Make the checkers of a notebook's cells, which ruff judges together: it is asked once for all."""
        asked = lru_cache(maxsize=32)(self.ask)
        return lambda cell: replace(self, ask=asked, cell=CellAmongOthers(notebook, cell))

    def _problem(
        self,
        told: Mapping[str, Any],
        text: str,
        table: LineTable,
        scopes: Scopes | None,
        undefined: Collection[str],
    ) -> Problem:
        """One entry of ruff's list, to be mended by its own safe fix, an undefined name by its right spelling.

        Where the fix stays in the same lines, the span holds all of it. An import that one of the `undefined` names
        may stand for is left.
        """
        span = _span(told, table)
        message = f"{told['code']} {told['message']}"
        if scopes and told["code"] == UNDEFINED:
            meant = scopes.meant(span)
            keep = "" if meant else NO_NAME
            return Problem(span, message, self.name, meant, keep=keep, own_only=True)
        left = Problem(span, message, self.name, keep=NO_FIX, own_only=True)
        if told["code"] == UNUSED_IMPORT and _misspelt(span.slice(text), undefined):
            return replace(left, keep=MISSPELT)
        fix = told["fix"]
        if not fix or fix["applicability"] != "safe":
            return left
        edits = Edits(tuple(TextEdit(_span(edit, table), edit["content"]) for edit in fix["edits"]))
        hull = Span(
            min(span.start, *(edit.span.start for edit in edits)),
            max(span.end, *(edit.span.end for edit in edits)),
        )
        if not _lines(span, table).contains(hull):
            return left
        moved = Edits(tuple(edit.shift(-hull.start) for edit in edits))
        return Problem(hull, message, self.name, (moved.apply(hull.slice(text)),), own_only=True)


def _misspelt(imported: str, undefined: Collection[str]) -> bool:
    """Whether one of the names is one slip away from a word of what is imported."""
    words = _WORD.findall(imported)
    return any(one_slip_apart(word, name) for word in words for name in undefined)


def find_ruff() -> str:
    """Path of the program that ruff's wheel brings.

    Raises:
        MissingDependencyError: when it is not installed.
    """
    try:
        return str(importlib.import_module("ruff.__main__").find_ruff_bin())
    except (ImportError, FileNotFoundError) as error:
        raise MissingDependencyError(
            "the check `ruff` needs ruff", "pip install 'editdiff[check]'"
        ) from error


def _run(command: list[str], text: str, limit: float) -> subprocess.CompletedProcess[bytes]:
    # ruff reads flags from variables, too, one of them a file to write to
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF")}
    try:
        return subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=limit, env=environment
        )
    except OSError as error:
        raise MissingDependencyError(
            f"ruff cannot be started: {error.strerror}",
            "pip install --force-reinstall 'editdiff[check]'",
        ) from error


def _read(done: subprocess.CompletedProcess[bytes], path: str) -> list[dict[str, Any]]:
    try:
        if done.returncode == 0:
            return list(json.loads(done.stdout or b"[]"))
        reason = done.stderr.decode(errors="replace")
    except ValueError:
        reason = "its answer is not JSON"
    lines = [line.strip().removeprefix("Cause: ") for line in reason.split("\n") if line.strip()]
    raise InputError(
        f"ruff does not check {path}: {': '.join(lines[:3])}",
        "see what `ruff check` says of it, mend its configuration, or leave out the check `ruff`",
    )


def _span(told: Mapping[str, Any], table: LineTable) -> Span:
    """Span of an entry: rows and columns start at 1, columns count code points."""
    start, end = (
        table.offset(place["row"] - 1, place["column"] - 1)
        for place in (told["location"], told["end_location"])
    )
    return Span(start, max(start, end))


def _lines(span: Span, table: LineTable) -> Span:
    """The whole lines that a span touches, the last one's ending included."""
    first, last = table.position(span.start).line, table.position(span.end).line
    return Span(table.start(first), table.full(last).end)
