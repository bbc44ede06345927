"""Fix what I changed: problems in the lines of a file that differ from the last commit, and in no others.

Git is asked for stored bytes alone, and starts nothing that the repository names (`report.git`); it is not asked
where the client says so, as in a workspace that is not trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from lsprotocol import types

from editdiff.check.registry import choose_checkers, guards
from editdiff.edits.fix.changed import Changed
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit
from editdiff.errors import EditdiffError
from editdiff.report.git import changed_lines, root_of
from editdiff.text.document import Document
from editdiff_lsp import answers, convert
from editdiff_lsp.model import Model
from editdiff_lsp.offers import Drafting
from editdiff_lsp.store import Opened

TITLE = "editdiff: fix what I changed since the last commit"
HEAD = "HEAD"
SECONDS = 5.0
"""For each answer of git: the model's thread waits for it."""
NO_GIT = NoEdit(
    "git is not asked here", "trust the workspace, or turn on the option `git` of the server"
)
NO_FILE = NoEdit(
    "this document is no file, so there is no earlier one to compare it with", "save it"
)
NO_REPOSITORY = NoEdit(
    "the file is in no git repository, so nobody knows what changed", "fix one problem at a time"
)


@dataclass
class Changes:
    """What of the documents changed since the last commit."""

    model: Model
    keep: Callable[[Opened, Drafting], str]
    """Keeps what is done when an action is resolved; returns the name by which it is asked for."""

    @cached_property
    def _checks(self) -> Checks:
        """Used in the model's thread alone."""
        return Checks(guards(), choose_checkers(["math"]))

    def actions(self, opened: Opened | None, *, lazy: bool) -> list[types.CodeAction]:
        """Fix all that changed; nothing where that cannot be told."""
        try:
            fixing = self.begin(opened) if opened else NO_FILE
        except EditdiffError:  # no text, for the moment
            fixing = NO_FILE
        if opened is None or isinstance(fixing, NoEdit):
            return []
        params = {"textDocument": {"uri": opened.uri}}
        data = {"fill": self.keep(opened, fixing), "changed": params}
        return [answers.code_action(TITLE, answers.CHANGED_KIND, data, lazy=lazy)]

    def begin(self, opened: Opened) -> Changed | NoEdit:
        """Begin to fix a document, or say why it cannot be.

        Raises:
            InputError: when the document is no text.
        """
        if not self.model.options.git:
            return NO_GIT
        if urlsplit(opened.uri).scheme != "file":
            return NO_FILE
        file = Path(convert.path_of(opened.uri))
        if root_of(file.parent) is None:
            return NO_REPOSITORY

        def lines(document: Document) -> list[int]:
            return changed_lines(document, file, HEAD, SECONDS)

        return Changed(self.model.session, opened.document(), self._checks, lines)
