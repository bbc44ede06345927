"""A user of two documents who edits, asks and cancels at random; `lsp_interleaving` judges what comes of it.

All that is typed is unlike anything that was typed before: no text comes back by chance after it was removed.
"""

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from lsp_buffer import Buffer
from lsp_editor import AUTOMATIC, INVOKED, Asked, Editor, fill_params
from lsp_tracked import Mark, TrackedBuffer
from lsprotocol import types as lsp

TRIGGERS = (lsp.CodeActionTriggerKind.Automatic, lsp.CodeActionTriggerKind.Invoked)
PIECES = (
    "x",
    "é",
    "😀",
    "👩‍👩‍👧",
    "\n",
    "\r\n",
    "\r",
    "\x0c",
    "\u2028",
    " ",
    "\t",
    "(",
    "x = 1\n",
    "",
)
NUMBERS = itertools.count(1)
OPENED = itertools.count(1)
VERSIONS = 1000
"""More than any document has while it is open."""
LANGUAGE = "text"
"""One that no checker knows."""
OPTIONS = {"model": "wild", "ghostText": {"debounce": 2, "languages": [LANGUAGE]}}
"""Those that the server begins with."""
OTHERWISE = (
    {},
    {"ghostText": {"enabled": False}},
    {"diagnostics": {"maths": False, "merges": False}},
    {"git": False},
    {"others": 1, "drafts": 2},
)
"""What a user may set meanwhile."""
SLIPS = {"wrong": ["right", "better"], "dubious": ["sure"]}
"""Words that the model doubts, and what it would rather read."""
SLIP = re.compile(r"\b(?:wrong|dubious)\b")
SUM = re.compile(
    r"\d+ ?\* ?\d+ ?= ?(\d+)"
)  # an edit may have taken a space, or brought another number
CONFLICT = re.compile(r"^<<<<<<< .*?^>>>>>>> [^\n]*\n", re.MULTILINE | re.DOTALL)
NONSENSE = (
    ("editdiff/fill", {"ranges": []}),
    ("editdiff/other", None),
    ("editdiff/models/get", {"name": 3}),
    (lsp.WORKSPACE_EXECUTE_COMMAND, lsp.ExecuteCommandParams("editdiff.server.nothing")),
    (lsp.WORKSPACE_EXECUTE_COMMAND, lsp.ExecuteCommandParams("editdiff.server.fixChanged", [7])),
)
"""Requests that no client of ours sends."""


@dataclass(eq=False)
class Operation:
    """A request on its way, and what it may do."""

    name: str
    asked: Asked
    buffer: TrackedBuffer
    mark: Mark | None = None
    accepts: str = ""
    """The proposal that it brings, and nothing else."""
    token: str = ""
    """Of its progress and its drafts."""
    fixes: bool = False
    """Whether it mends what is reported."""
    revises: bool = False
    """Whether it revises a selection: what it brings is parts of that."""


class User(ABC):
    """Two documents, and what is on its way for them."""

    def __init__(self, editor: Editor, seed: str, folder: Path) -> None:
        """`folder` is a repository, of which the documents are files."""
        self.editor = editor.fresh()
        self.folder = folder
        self.random = Random(seed)
        self.pending: list[Operation] = []
        self.operations: list[Operation] = []
        self.known: dict[str, tuple[TrackedBuffer, Mark]] = {}
        """Proposals by name, with what they were asked for."""
        self.revisions: dict[str, set[str]] = {}
        """Those of selections that are revised, with every text that was proposed for a place of them."""
        self.documents: dict[int, TrackedBuffer] = {}
        """All that were ever open, by the thousand of their versions."""
        self.buffers = [self.opened(0), self.opened(1)]

    @abstractmethod
    def judge(
        self,
        buffer: TrackedBuffer,
        places: list[tuple[int, int]],
        edits: Sequence[lsp.TextEdit],
        before: str,
    ) -> None:
        """Look at an edit of the server that was applied to the text `before`."""

    # --- texts

    def text(self, most: int) -> str:
        """Something to type that was never typed before."""
        pieces = self.random.choices(PIECES, k=self.random.randint(0, most))
        return "".join([*pieces[::2], f"<{next(NUMBERS)}>", *pieces[1::2]])

    def opened(self, number: int) -> TrackedBuffer:
        """Open a document, again if it was open before."""
        uri = (self.folder / f"{number}.txt").as_uri()
        text = self.text(30) if self.random.random() < 0.95 else ""
        version = VERSIONS * next(OPENED)  # else an edit on its way could be for another one
        buffer = TrackedBuffer(uri, text, LANGUAGE, self.editor.encoding, version, judge=self.judge)
        self.documents[version // VERSIONS] = buffer
        return self.editor.hold(buffer)

    def some(self) -> TrackedBuffer:
        """Choose a document."""
        return self.random.choice(self.buffers)

    def some_ranges(self, buffer: TrackedBuffer, most: int) -> list[lsp.Range]:
        """Draw ranges that do not touch each other."""
        borders = sorted(self.random.choices(buffer.borders, k=2 * self.random.randint(1, most)))
        pairs = list(zip(borders[::2], borders[1::2], strict=True))
        apart = [pairs[0], *(b for a, b in itertools.pairwise(pairs) if a[1] < b[0])]
        return [
            buffer.range(*pair) for pair in apart if len(apart) == len(pairs) or pair == pairs[0]
        ]

    def cursor(self, buffer: TrackedBuffer) -> lsp.Position:
        return buffer.place(self.random.choice(buffer.borders))

    # --- steps

    def edit(self) -> None:
        """Replace a few ranges, one after the other, in one notification."""
        buffer = self.some()
        changes = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            (where, *_) = self.some_ranges(buffer, 1)
            changes.append(buffer.replace(where, self.random.choice(("", self.text(3)))))
        self.editor.tell_changes(buffer, changes)

    def keystrokes(self) -> None:
        """Type a few characters, asking for ghost text after each."""
        buffer = self.some()
        where = self.cursor(buffer)
        for character in self.text(2):
            where = self.editor.write(buffer, character, where)
            self.ask("ghost", self.editor.ghost(buffer, where), buffer)

    def ghost(self) -> None:
        buffer = self.some()
        kind = self.random.choice((AUTOMATIC, INVOKED))
        self.ask("ghost", self.editor.ghost(buffer, self.cursor(buffer), kind), buffer)

    def rests(self) -> None:
        """Have the cursor rest somewhere."""
        buffer = self.some()
        params = {"textDocument": {"uri": buffer.uri}, "position": self.cursor(buffer)}
        self.editor.protocol.notify("editdiff/cursor", params)

    def ghost_behind_a_completion(self) -> None:
        """Ask what goes on behind a completion that is chosen in the list, and not taken yet."""
        buffer = self.some()
        at = self.cursor(buffer)
        selected = lsp.SelectedCompletionInfo(lsp.Range(at, at), self.text(1))
        asked = self.editor.ghost(buffer, at, AUTOMATIC, selected)
        self.ask("ghost", asked, buffer)

    def fill(self) -> None:
        buffer = self.some()
        ranges, token = self.some_ranges(buffer, 3), self.token()
        asked = self.editor.fill(buffer, *ranges, draftToken=token, workDoneToken=token)
        self.ask("fill", asked, buffer, buffer.mark(ranges), token=token)

    def fill_at_once(self) -> None:
        buffer = self.some()
        ranges = self.some_ranges(buffer, 3)
        asked = self.editor.command("fill", fill_params(buffer, *ranges))
        self.ask("command", asked, buffer, buffer.mark(ranges))

    def write_slips(self) -> None:
        """Put in words that the model doubts."""
        buffer, number = self.some(), next(NUMBERS)
        at = self.cursor(buffer)
        text = f"\nthe wrong {number}\nis dubious\nor wrong\n"
        self.editor.tell_changes(buffer, [buffer.replace(lsp.Range(at, at), text)])

    def revise(self) -> None:
        buffer = self.some()
        params, where = self.selection(buffer)
        token = self.token()
        asked = self.editor.ask(
            "editdiff/revise", params | {"draftToken": token, "workDoneToken": token}
        )
        self.ask("fill", asked, buffer, buffer.mark([where]), token=token, revises=True)

    def revise_at_once(self) -> None:
        buffer = self.some()
        params, where = self.selection(buffer)
        asked = self.editor.command("revise", params)
        self.ask("command", asked, buffer, buffer.mark([where]), revises=True)

    def selection(self, buffer: TrackedBuffer) -> tuple[dict[str, Any], lsp.Range]:
        """The parameters of a revision: from one slip to another, or of whatever is selected."""
        slips = [found.span() for found in SLIP.finditer(buffer.text)]
        if slips and self.random.random() < 0.8:
            (start, _), (_, end) = sorted(self.random.choices(slips, k=2))
            where = range_of(buffer, (start, end))
        else:
            (where, *_) = self.some_ranges(buffer, 1)
        document = {"uri": buffer.uri, "version": buffer.version}
        return {"textDocument": document, "range": where}, where

    def other(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            token = self.token()
            params = {"id": name, "draftToken": token, "workDoneToken": token}
            asked = self.editor.ask("editdiff/other", params)
            revises = name in self.revisions
            self.ask("fill", asked, buffer, mark, token=token, revises=revises)

    def other_at_once(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            asked = self.editor.command("other", {"id": name})
            self.ask("command", asked, buffer, mark, revises=name in self.revisions)

    def accept(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            asked = self.editor.command("accept", *self.all_or_hunk(name))
            revises = name in self.revisions
            self.ask("command", asked, buffer, mark, name, revises=revises)

    def reject(self) -> None:
        if found := self.some_known():
            params = dict(zip(("id", "hunk"), self.all_or_hunk(found[0]), strict=False))
            self.editor.protocol.notify("editdiff/reject", params)

    def all_or_hunk(self, name: str) -> list[Any]:
        """A proposal as a whole, or one hunk of a revision, which may be gone."""
        if name in self.revisions and self.random.random() < 0.5:
            return [name, self.random.randrange(3)]
        return [name]

    def action(self) -> None:
        buffer = self.some()
        (where, *_) = self.some_ranges(buffer, 1)
        context = lsp.CodeActionContext([], ["refactor.rewrite.editdiff.infill"])
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(buffer.uri), where, context)
        asked = self.editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
        self.ask("actions", asked, buffer, buffer.mark([where]))

    def write_sum(self) -> None:
        """Put in an equation that does not hold."""
        buffer, number = self.some(), next(NUMBERS)
        at = self.cursor(buffer)
        text = f"\n\nSo 7 * {number} = {7 * number + 1} now.\n\n"
        self.editor.tell_changes(buffer, [buffer.replace(lsp.Range(at, at), text)])

    def fix(self) -> None:
        """Ask what can be done about an equation."""
        buffer = self.some()
        for where in self.some_sum(buffer):
            report = lsp.Diagnostic(where, "wrong", source="editdiff", code="maths")
            context = lsp.CodeActionContext([report], ["quickfix"], self.random.choice(TRIGGERS))
            params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(buffer.uri), where, context)
            asked = self.editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
            self.ask("actions", asked, buffer, buffer.mark([where]), fixes=True)

    def fix_at_once(self) -> None:
        buffer = self.some()
        for where in self.some_sum(buffer):
            document = {"uri": buffer.uri, "version": buffer.version}
            params = {"textDocument": document, "range": where, "message": "wrong"}
            asked = self.editor.command("fix", params)
            self.ask("command", asked, buffer, buffer.mark([where]), fixes=True)

    def some_sum(self, buffer: TrackedBuffer) -> list[lsp.Range]:
        """Choose what an equation is said to equal, if there is one."""
        sums = self.sums(buffer)
        return self.random.sample(sums, min(len(sums), 1))

    def sums(self, buffer: TrackedBuffer) -> list[lsp.Range]:
        """What each equation is said to equal."""
        return [range_of(buffer, found.span(1)) for found in SUM.finditer(buffer.text)]

    def fix_somewhere(self) -> None:
        """Ask what can be done about a problem that another server has found, wherever."""
        buffer = self.some()
        (where, *_) = self.some_ranges(buffer, 1)
        report = lsp.Diagnostic(where, "this is not right", source="other")
        context = lsp.CodeActionContext([report], ["quickfix"], self.random.choice(TRIGGERS))
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(buffer.uri), where, context)
        whole = lsp.Range(lsp.Position(0, 0), buffer.place(buffer.length(buffer.text)))
        asked = self.editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
        self.ask("actions", asked, buffer, buffer.mark([whole]), fixes=True)

    def fix_changed(self) -> None:
        """Ask for an action that fixes what is not as it was committed: every equation."""
        buffer = self.some()
        at = self.cursor(buffer)
        context = lsp.CodeActionContext([], ["source.editdiff.fixChanged"])
        document = lsp.TextDocumentIdentifier(buffer.uri)
        params = lsp.CodeActionParams(document, lsp.Range(at, at), context)
        asked = self.editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
        self.ask("changes", asked, buffer, fixes=True)

    def fix_changed_at_once(self) -> None:
        buffer = self.some()
        asked = self.editor.command("fixChanged", {"textDocument": {"uri": buffer.uri}})
        self.ask("command", asked, buffer, buffer.mark(self.sums(buffer)), fixes=True)

    def write_conflict(self) -> None:
        """Put in a merge that nobody has settled."""
        buffer, number = self.some(), next(NUMBERS)
        at = self.cursor(buffer)
        text = f"\n<<<<<<< ours\na{number}\n=======\nb{number}\n>>>>>>> theirs\n"
        self.editor.tell_changes(buffer, [buffer.replace(lsp.Range(at, at), text)])

    def settle_conflict(self) -> None:
        """Ask what may stay of a merge."""
        buffer = self.some()
        spans = [found.span() for found in CONFLICT.finditer(buffer.text)]
        for span in self.random.sample(spans, min(len(spans), 1)):
            where = range_of(buffer, span)
            context = lsp.CodeActionContext([], ["quickfix"])
            document = lsp.TextDocumentIdentifier(buffer.uri)
            at = lsp.Range(where.start, where.start)
            params = lsp.CodeActionParams(document, at, context)
            asked = self.editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
            self.ask("settlements", asked, buffer, buffer.mark([where]))

    def review(self) -> None:
        buffer = self.some()
        document = {"uri": buffer.uri, "version": buffer.version}
        ranges = self.random.choice((None, self.some_ranges(buffer, 3)))
        params = {"textDocument": document, "ranges": ranges, "least": 0}
        self.ask("review", self.editor.ask("editdiff/review", params), buffer)

    def hover(self) -> None:
        buffer = self.some()
        document = lsp.TextDocumentIdentifier(buffer.uri)
        params = lsp.HoverParams(document, self.cursor(buffer))
        self.ask("hover", self.editor.ask(lsp.TEXT_DOCUMENT_HOVER, params), buffer)

    def alternatives(self) -> None:
        if found := self.some_known():
            asked = self.editor.ask("editdiff/alternatives", {"id": found[0]})
            self.ask("alternatives", asked, found[1])

    def cancel(self) -> None:
        if self.pending:
            self.editor.cancel(self.random.choice(self.pending).asked)

    def cancel_progress(self) -> None:
        tokens = [*(o.token for o in self.pending if o.token), *self.editor.progress_reports]
        if tokens:
            params = lsp.WorkDoneProgressCancelParams(self.random.choice(tokens))
            self.editor.window_work_done_progress_cancel(params)

    def open_again(self) -> None:
        number = self.random.randrange(2)
        self.editor.close(self.buffers[number])
        self.buffers[number] = self.opened(number)

    def status(self) -> None:
        self.ask("status", self.editor.ask("editdiff/status"), self.buffers[0])

    def models(self) -> None:
        self.ask("models", self.editor.ask("editdiff/models"), self.buffers[0])

    def get(self) -> None:
        """Ask for a model from a file that is not there."""
        token = self.token()
        params = {"name": "coder", "from": str(self.folder / "no.gguf"), "workDoneToken": token}
        self.ask("get", self.editor.ask("editdiff/models/get", params), self.buffers[0])

    def configure(self) -> None:
        self.set(self.random.choice(OTHERWISE))

    def set(self, options: dict[str, Any]) -> None:
        """Set some options, and all others as they were at first."""
        ghost = OPTIONS["ghostText"] | options.get("ghostText", {})
        settings = {"editdiff": {**OPTIONS, **options, "ghostText": ghost}}
        self.editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))

    def nonsense(self) -> None:
        asked = self.editor.ask(*self.random.choice(NONSENSE))
        self.ask("nonsense", asked, self.buffers[0])

    # --- requests

    def ask(
        self,
        name: str,
        asked: Asked,
        buffer: TrackedBuffer,
        mark: Mark | None = None,
        accepts: str = "",
        token: str = "",
        fixes: bool = False,
        revises: bool = False,
    ) -> None:
        """Note a request that was sent."""
        operation = Operation(name, asked, buffer, mark, accepts, token, fixes, revises)
        self.pending.append(operation)
        self.operations.append(self.pending[-1])

    def token(self) -> str:
        token = f"token-{next(NUMBERS)}"
        self.editor.progress_reports[token] = []
        return token

    def some_known(self) -> tuple[str, TrackedBuffer, Mark] | None:
        """Choose a proposal, if there is one."""
        known = [(name, *asked_for) for name, asked_for in self.known.items()]
        return self.random.choice(known) if known else None


def range_of(buffer: Buffer, span: tuple[int, int]) -> lsp.Range:
    """The range of a span of characters."""
    return buffer.range(*(buffer.length(buffer.text[:offset]) for offset in span))
