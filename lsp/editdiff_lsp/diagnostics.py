"""What is wrong with the open documents: told after a pause in typing, and taken back once it is right.

Merges in conflict are told at once, as they are read off the text alone. Syntax and equations wait until nothing
was typed for a while, and are looked for in a thread of their own: a keystroke ends that. What nobody can judge,
and what is said not to be looked at, is not told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from lsprotocol import types

from editdiff.check.base import Problem, stops_at_first
from editdiff.check.judged import CONFLICT
from editdiff.check.judges.table import JUDGES
from editdiff.check.leftovers import LEFTOVER
from editdiff.check.registry import guards
from editdiff.edits.fix.standards import Checks
from editdiff.errors import EditdiffError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff_lsp import merges, options
from editdiff_lsp.jobs import Token, Worker
from editdiff_lsp.store import Opened

SOURCE = "editdiff"
SYNTAX, MATHS = "syntax", "maths"
"""Codes that tell the diagnostics from each other."""
SEVERITIES = {SYNTAX: types.DiagnosticSeverity.Error, MATHS: types.DiagnosticSeverity.Warning}
QUIET = 0.5
"""Seconds without a change before a document is looked at."""
LONGEST = 200_000
"""Code points; a longer document is not looked at."""
MOST = 100
"""Most diagnostics of a document, the first ones."""
MATHS_LIMIT, MATHS_BUDGET = 1.0, 5.0
"""Seconds for one question to sympy, and for all of a document."""
PATIENCE = 0.5
"""Seconds that the end of the server waits for what is being looked at."""
CELL = "vscode-notebook-cell"
"""Scheme of a cell's URI: with its magics it is no file of its language."""
EDITORS_OWN = frozenset(
    (
        "css",
        "html",
        "javascript",
        "javascriptreact",
        "json",
        "jsonc",
        "typescript",
        "typescriptreact",
    )
)
"""Languages whose syntax VS Code checks by itself: it would be told twice."""
SYNTAX_LANGUAGES = frozenset(name for entry in JUDGES for name in entry.languages) - EDITORS_OWN
"""Where syntax is told unless languages are named: those with a judge of their own."""
MATHS_LANGUAGES = frozenset(
    ("", "plaintext", "text", "restructuredtext", "latex", "tex", "markdown", "python")
)
"""Where equations are told unless languages are named: those of whose texts the findings were counted."""


class Finding(NamedTuple):
    """A problem as it is to be told."""

    problem: Problem
    code: str


class Publisher(Protocol):
    """What is needed of the client."""

    def publish(
        self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]
    ) -> None:
        """Tell all that is wrong with a document, in place of what was told before."""
        ...


@dataclass
class Diagnostics:
    """What was told of each document, and what is being looked at."""

    client: Publisher
    wanted: Callable[[], options.Diagnostics]
    """What is to be told, as the options are now."""
    worker: Worker = field(default_factory=lambda: Worker("diagnostics"))
    _told: set[str] = field(default_factory=set)
    """URIs of the documents of which the client knows that something is wrong."""
    _merging: set[str] = field(default_factory=set)
    """Those of them in which merges are in conflict."""
    _looking: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @cached_property
    def _syntax(self) -> Checks:
        return Checks(guards())

    @cached_property
    def _maths(self) -> Checks:
        from editdiff.check.maths.checker import MathsChecker  # nobody waits for it at the start

        return Checks(others=(MathsChecker(MATHS_LIMIT, MATHS_BUDGET),))

    def follow(self, opened: Opened) -> None:
        """A document was opened or has changed: tell its merges, and look at it again when it rests."""
        self._stop(opened.uri)
        merging = merges.diagnostics(opened) if self.wanted().merges else []
        kinds = [] if merging else self._kinds(opened)  # what else is wrong shows afterwards
        if opened.uri in self._merging or not kinds:
            self._tell(opened, merging)
        if kinds:
            self._looking[opened.uri] = asyncio.ensure_future(self._look(opened, kinds))
        (self._merging.add if merging else self._merging.discard)(opened.uri)

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._stop(uri)
        self._merging.discard(uri)
        if uri in self._told:
            self._told.remove(uri)
            self.client.publish(uri, None, [])

    def close(self) -> None:
        """End everything."""
        for uri in list(self._looking):
            self._stop(uri)
        self.worker.close(PATIENCE)

    def _stop(self, uri: str) -> None:
        if task := self._looking.pop(uri, None):
            task.cancel()

    def _kinds(self, opened: Opened) -> list[str]:
        """What is to be looked for in a document."""
        wanted = self.wanted()
        if len(opened.text) > LONGEST or urlsplit(opened.uri).scheme == CELL:
            return []
        chosen = (
            (SYNTAX, wanted.syntax, wanted.syntaxLanguages, SYNTAX_LANGUAGES),
            (MATHS, wanted.maths, wanted.mathsLanguages, MATHS_LANGUAGES),
        )
        return [
            kind
            for kind, on, named, usual in chosen
            if on and opened.language in (usual if named is None else named)
        ]

    async def _look(self, opened: Opened, kinds: Sequence[str]) -> None:
        """Look at a document after a pause; whatever happens to it meanwhile cancels this."""
        await asyncio.sleep(QUIET)
        try:
            work = partial(self._findings, opened.document(), kinds)
            found = await self.worker.run(work)
        except EditdiffError:  # it is no text, for the moment, or a checker gave up
            found = []
        except Exception:
            logging.getLogger(__name__).exception("a check failed")
            found = []
        self._tell(opened, [_diagnostic(opened, finding) for finding in found])

    def _findings(self, document: Document, kinds: Sequence[str], token: Token) -> list[Finding]:
        found = list[Finding]()
        for kind in kinds:
            token.check()
            problems = (
                _one_a_fault(self._syntax, document)
                if kind == SYNTAX
                else self._maths.problems(document)
            )
            found += [Finding(problem, kind) for problem in problems]
        return found[:MOST]

    def _tell(self, opened: Opened, found: Sequence[types.Diagnostic]) -> None:
        if found or opened.uri in self._told:
            self.client.publish(opened.uri, opened.version, found)
        (self._told.add if found else self._told.discard)(opened.uri)


def _one_a_fault(checks: Checks, document: Document) -> list[Problem]:
    """Problems of the syntax; where a language's own tool says what is wrong, that and nothing else.

    What the grammar finds besides is most often the same fault, noticed elsewhere. Merges are told apart.
    """
    problems = [p for p in checks.problems(document) if p.message not in (CONFLICT, LEFTOVER)]
    tools = {checker.name for checker in checks.syntax if stops_at_first(checker)}
    return [p for p in problems if p.source in tools] or problems


def _diagnostic(opened: Opened, finding: Finding) -> types.Diagnostic:
    problem, code = finding
    return types.Diagnostic(
        opened.converter.range(shown(opened.table, opened.text, problem.span)),
        problem.message,
        SEVERITIES[code],
        code,
        source=SOURCE,
    )


def shown(table: LineTable, text: str, span: Span) -> Span:
    """What is underlined of a problem: no more than its first line that is not blank.

    A grammar's fault may cover half of a file.
    """
    inside = span.slice(text)
    start = span.start + len(inside) - len(inside.lstrip())
    if start >= span.end:
        return span
    return Span(start, min(span.end, table.content(table.position(start).line).end))
