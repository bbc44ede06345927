"""Quick fixes of what is reported of a document, by whichever server.

Fixes that are known are offered as they are, the best one preferred; else one action that looks for them when it is
chosen. They are looked for when somebody asks what can be done, as long as that need not wait longer than a moment;
what takes longer goes on until the document changes. Equations need no model, and are mended before anybody asks;
which of several numbers was meant one tells that is loaded and reads whole texts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from lsprotocol import types

from editdiff.check.registry import choose_checkers, guards
from editdiff.check.ruff_lint import find_ruff
from editdiff.edits.fix.change import Change
from editdiff.edits.fix.meant import tells_apart
from editdiff.edits.fix.mending import Mending, NoModel
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session
from editdiff.errors import EditdiffError, MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span
from editdiff_lsp import answers, merges
from editdiff_lsp.diagnostics import MATHS, SOURCE
from editdiff_lsp.jobs import Cancelled, Token, Worker
from editdiff_lsp.messages import FixParams
from editdiff_lsp.model import Model
from editdiff_lsp.offers import STALE, Drafting
from editdiff_lsp.store import Opened

MOMENT = 0.7
"""Seconds that whoever asks what can be done may wait."""
MOST_REPORTS = 8
"""Most reports of one request for which fixes are offered."""
KEPT = 32
"""Reports of which the fixes are kept."""
WIDEST = 60
"""Most characters of a report or a line in a title."""
SERIOUS = (None, types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning)
"""Severities of reports for which fixes are offered; a hint mostly needs no other text."""
OF_MERGES = (merges.CODE, merges.LEFTOVER_CODE)
Keep = Callable[[Opened, Drafting], str]
"""Keeps what is done when an action is resolved; returns the name by which it is asked for."""


class Writer(Protocol):
    """What is needed of the client."""

    def workspace_edit(
        self, opened: Opened, edits: Edits, annotation: types.ChangeAnnotation
    ) -> types.WorkspaceEdit:
        """Edits in the form that the client understands."""
        ...


@dataclass
class _Job:
    """What is being looked for in a document."""

    mendings: Sequence[Mending]
    task: asyncio.Task[None]
    token: Token


@dataclass
class QuickFixes:
    """Fixes of what is reported of the documents, as these are now."""

    client: Writer
    model: Model
    worker: Worker
    """The thread of the model, in which fixes are looked for, too."""
    keep: Keep
    _known: dict[tuple[str, Span, str], Mending] = field(default_factory=dict)
    """By URI, place and message of the report."""
    _jobs: dict[str, _Job] = field(default_factory=dict)
    """By URI."""

    @cached_property
    def _of_equations(self) -> tuple[Session, Checks]:
        """What mends equations, and who judges that."""
        return Session(NoModel), Checks(guards(), choose_checkers(["math"]))

    @cached_property
    def _checks(self) -> Checks:
        """Who judges any other fix."""
        _, checks = self._of_equations
        linters = choose_checkers(["ruff"]) if _has_ruff() else ()
        return Checks(checks.syntax, (*linters, *checks.others))

    def follow(self, uri: str) -> None:
        """A document has changed, or was closed: what was found in it is of no use any more."""
        if job := self._jobs.pop(uri, None):
            job.token.cancel()
        for key in [key for key in self._known if key[0] == uri]:
            del self._known[key]

    async def actions(
        self, opened: Opened | None, context: types.CodeActionContext, *, lazy: bool
    ) -> list[types.CodeAction]:
        """What can be done about the reports of a request; `lazy` where the client resolves an action's edit."""
        try:
            document = opened.document() if opened else None
        except EditdiffError:  # no text, for the moment
            document = None
        if opened is None or document is None:
            return []
        reports = [each for each in context.diagnostics if _is_to_fix(opened, each)]
        told = [(self._mending(document, opened, each), each) for each in reports[:MOST_REPORTS]]
        asked = context.trigger_kind != types.CodeActionTriggerKind.Automatic
        wanted = [
            mending
            for mending, report in told
            if not mending.complete and (asked or _is_maths(report))
        ]
        if wanted:
            await asyncio.wait([self._look(opened.uri, wanted)], timeout=MOMENT)
        if opened.version != document.version:  # the editor asks again
            return []
        return [
            action
            for mending, report in told
            for action in self._offered(opened, mending, report, lazy)
        ]

    def begin(self, opened: Opened, params: FixParams) -> Mending | NoEdit:
        """Begin to mend what was reported at a range of a document.

        Raises:
            InputError: when the document is no text.
        """
        if params.version != opened.version:
            return STALE
        report = types.Diagnostic(params.range, params.message)
        return self._mending(opened.document(), opened, report)

    def _mending(self, document: Document, opened: Opened, report: types.Diagnostic) -> Mending:
        """The fixes of what was reported, those that are known of the document as it is among them."""
        span = opened.converter.span(report.range)
        key = opened.uri, span, report.message
        session, checks = self.model.session, self._checks
        if _is_maths(report):
            alone, checks = self._of_equations
            engine = session.loaded
            session = session if engine and tells_apart(engine) else alone
        known = self._known.get(key)
        if known is None or known.session is not session:  # another model was chosen since
            self._known[key] = Mending(session, document, (span,), checks, report.message)
            for old in list(self._known)[:-KEPT]:
                del self._known[old]
        return self._known[key]

    def _look(self, uri: str, mendings: Sequence[Mending]) -> asyncio.Task[None]:
        """Look for fixes until the document changes, or others are asked for."""
        job = self._jobs.get(uri)
        if job and not job.task.done():
            if job.mendings == mendings:
                return job.task
            job.token.cancel()
        token = Token()
        task = asyncio.ensure_future(self._collect(mendings, token))
        self._jobs[uri] = _Job(mendings, task, token)
        return task

    async def _collect(self, mendings: Sequence[Mending], token: Token) -> None:
        def work(token: Token) -> None:
            for mending in mendings:
                token.check()
                if mending.session is self.model.session:
                    self.model.engine()
                mending.collect(lambda sketch: token.check())

        try:
            await self.worker.run(work, token=token)
        except (Cancelled, EditdiffError):  # whoever chooses the action is told why
            pass
        except Exception:
            logging.getLogger(__name__).exception("looking for a fix failed")

    def _offered(
        self, opened: Opened, mending: Mending, report: types.Diagnostic, lazy: bool
    ) -> Iterator[types.CodeAction]:
        """The fixes that were found; before that, an action that looks for them, or says why there is none."""
        for number, proposal in enumerate(mending.found):
            yield types.CodeAction(
                _title(proposal),
                answers.FIX_KIND,
                [report],
                is_preferred=number == 0,
                edit=self.client.workspace_edit(
                    opened, proposal.edits, answers.annotation(proposal, answers.FIX)
                ),
            )
        if not mending.found:
            message = report.message.partition("\n")[0]
            params = FixParams(opened.uri, opened.version, report.range, report.message)
            data = {"fill": self.keep(opened, mending), "fix": params.to_json()}
            action = answers.code_action(
                f"editdiff: fix “{_short(message)}”", answers.FIX_KIND, data, lazy=lazy
            )
            action.diagnostics = [report]
            yield action


def _is_to_fix(opened: Opened, report: types.Diagnostic) -> bool:
    """Whether a report is one of a fault, and of the document as it is now."""
    if report.source == SOURCE and report.code in OF_MERGES:  # these have their own ways out
        return False
    last = report.range.end
    inside = last.line < len(opened.table) or (
        last.line == len(opened.table) and not last.character
    )
    return report.severity in SERIOUS and inside


def _is_maths(report: types.Diagnostic) -> bool:
    return report.source == SOURCE and report.code == MATHS


def _title(proposal: Proposal) -> str:
    """What would stand there, and how sure that is where it was measured."""
    change = Change(proposal.before, proposal.after)
    line = next(filter(None, (line.strip() for line in LINE_ENDING.split(change.new_text))), "")
    p = proposal.effort.confidence
    sure = "" if p is None else f" ({100 * p:.0f} % sure)"
    return f"editdiff: {_short(line)}{sure}" if line else f"editdiff: remove it{sure}"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _has_ruff() -> bool:
    try:
        return bool(find_ruff())
    except MissingDependencyError:
        return False
