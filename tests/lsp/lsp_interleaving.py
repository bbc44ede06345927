"""One random interleaving of edits, requests and cancels over two documents, and what must hold in it.

The client is the judge. It keeps its own texts, moves what was asked for along with its own edits, and lets
no edit of the server pass that it cannot explain by a request. All that is typed is unlike anything that was
typed before, so that no text comes back by chance after it was removed.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from lsp_buffer import Buffer
from lsp_editor import AUTOMATIC, INVOKED, Asked, Editor, fill_params
from lsp_tracked import Mark, TrackedBuffer
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

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
SUM = re.compile(r"7 \* \d+ = (\d+)")
CONFLICT = re.compile(r"^<<<<<<< .*?^>>>>>>> [^\n]*\n", re.MULTILINE | re.DOTALL)
NONSENSE = (
    ("editdiff/fill", {"ranges": []}),
    ("editdiff/other", None),
    ("editdiff/models/get", {"name": 3}),
    (lsp.WORKSPACE_EXECUTE_COMMAND, lsp.ExecuteCommandParams("editdiff.server.nothing")),
    (lsp.WORKSPACE_EXECUTE_COMMAND, lsp.ExecuteCommandParams("editdiff.server.fixChanged", [7])),
)
"""Requests that no client of ours sends."""
PAUSES = (None, None, None, 0.0, 0.0, 0.001, 0.004)
"""Seconds that the client waits after a step; None: it does not even listen."""


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


class Interleaving:
    """Two documents, and a client that does one random thing after the other with them."""

    def __init__(self, editor: Editor, seed: str, tally: Counter[str], folder: Path) -> None:
        """`folder` is a repository, of which the documents are files."""
        self.editor = editor.fresh()
        self.folder = folder
        self.tally = tally
        """What happened, of every kind, to show that there is something to judge."""
        self.random = Random(seed)
        self.pending: list[Operation] = []
        self.operations: list[Operation] = []
        self.known: dict[str, tuple[TrackedBuffer, Mark]] = {}
        """Proposals by name, with what they were asked for."""
        self.wrong: list[str] = []
        """What should not have happened."""
        self.done: list[str] = []
        """Every step, for the report."""
        self.documents: dict[int, TrackedBuffer] = {}
        """All that were ever open, by the thousand of their versions."""
        self.buffers = [self.opened(0), self.opened(1)]

    async def run(self) -> None:
        """Play it to its end; raise if anything is wrong."""
        for _ in range(self.random.randint(10, 40)):
            step = self.random.choices(list(STEPS), list(STEPS.values()))[0]
            self.done.append(step.__name__)
            step(self)
            pause = self.random.choice(PAUSES)
            if pause is not None:
                await asyncio.sleep(pause)
            self.settle()
        await self.editor.until(self.all_settled)
        for buffer in self.buffers:
            assert await self.editor.text_of(buffer) == buffer.text
        self.judge_notices()
        self.judge_diagnostics()
        self.set({})
        self.tally.update("applied" if done else "refused" for _, done in self.editor.applied)
        self.tally.update(requests=len(self.operations))
        self.tally.update(f"{operation.name} asked" for operation in self.operations)
        self.tally.update(notice.name for notice in self.editor.notices)
        assert self.wrong == []
        assert self.editor.protocol.unanswered() == []
        assert self.editor.exceptions() == []

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

    def other(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            token = self.token()
            params = {"id": name, "draftToken": token, "workDoneToken": token}
            asked = self.editor.ask("editdiff/other", params)
            self.ask("fill", asked, buffer, mark, token=token)

    def other_at_once(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            asked = self.editor.command("other", {"id": name})
            self.ask("command", asked, buffer, mark)

    def accept(self) -> None:
        if found := self.some_known():
            name, buffer, mark = found
            self.ask("command", self.editor.command("accept", name), buffer, mark, name)

    def reject(self) -> None:
        if found := self.some_known():
            self.editor.protocol.notify("editdiff/reject", {"id": found[0]})

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
    ) -> None:
        """Note a request that was sent."""
        self.pending.append(Operation(name, asked, buffer, mark, accepts, token, fixes))
        self.operations.append(self.pending[-1])

    def token(self) -> str:
        token = f"token-{next(NUMBERS)}"
        self.editor.progress_reports[token] = []
        return token

    def some_known(self) -> tuple[str, TrackedBuffer, Mark] | None:
        """Choose a proposal, if there is one."""
        known = [(name, *asked_for) for name, asked_for in self.known.items()]
        return self.random.choice(known) if known else None

    def all_settled(self) -> bool:
        """Look at the answers that have come; whether none is missing."""
        self.settle()
        return not self.pending

    def settle(self) -> None:
        """Look at the answers that have come."""
        done = [operation for operation in self.pending if operation.asked.future.done()]
        for operation in done:
            error = operation.asked.future.exception()
            if error is None:
                getattr(self, f"got_{operation.name}")(operation, operation.asked.future.result())
            elif isinstance(error, JsonRpcRequestCancelled):
                self.tally["cancelled"] += 1
            elif operation.name == "nonsense" and isinstance(error, JsonRpcInvalidParams):
                self.tally["nonsense refused"] += 1
            else:
                self.wrong.append(f"{operation.name}: {error!r}")
            self.pending.remove(operation)

    def got_ghost(self, operation: Operation, answer: Any) -> None:
        self.tally["ghost text shown" if answer.items else "ghost text silent"] += 1
        if len(answer.items) > 1 or any(not item.insert_text for item in answer.items):
            self.wrong.append(f"ghost text: {answer}")

    def got_fill(self, operation: Operation, answer: Any) -> None:
        self.tally[answer["kind"]] += 1
        if answer["kind"] == "none":
            return
        buffer, mark = operation.buffer, operation.mark
        assert mark is not None
        self.judge_gaps("a proposal", buffer, mark, answer)
        self.known[answer["id"]] = (buffer, mark)

    def got_actions(self, operation: Operation, answer: Any) -> None:
        for each in answer:
            chosen = self.editor.structure(each, lsp.CodeAction)
            asked = self.editor.ask(lsp.CODE_ACTION_RESOLVE, chosen)
            self.ask("resolved", asked, operation.buffer, operation.mark, fixes=operation.fixes)

    def got_changes(self, operation: Operation, answer: Any) -> None:
        """What changed is fixed as it is when the action is chosen."""
        operation.mark = operation.buffer.mark(self.sums(operation.buffer))
        self.got_actions(operation, answer)

    def got_resolved(self, operation: Operation, answer: Any) -> None:
        if answer.edit:
            done = self.editor.apply(answer.edit)
            what = "fix" if operation.fixes else "action"
            self.tally[f"{what} {'applied' if done else 'refused'}"] += 1

    def got_command(self, operation: Operation, answer: Any) -> None:
        if not isinstance(answer, bool):
            self.wrong.append(f"a command answers {answer!r}")
        self.tally["fixed at once"] += bool(answer and operation.fixes)
        if answer and operation.accepts and self.random.random() < 0.5:
            asked = self.editor.command("other", {"id": operation.accepts})
            self.ask("command", asked, operation.buffer, operation.mark)

    def got_settlements(self, operation: Operation, answer: Any) -> None:
        """Take one of the ways out that come with their edits."""
        whole = [self.editor.structure(each, lsp.CodeAction) for each in answer if "edit" in each]
        if whole:
            done = self.editor.apply(self.random.choice(whole).edit)
            self.tally[f"merge {'settled' if done else 'refused'}"] += 1

    def got_models(self, operation: Operation, answer: Any) -> None:
        if "coder" not in [each["name"] for each in answer["models"]]:
            self.wrong.append(f"models: {answer}")

    def got_get(self, operation: Operation, answer: Any) -> None:
        if answer["kind"] != "none" or not answer["reason"]:
            self.wrong.append(f"a model that is not there: {answer}")

    def got_nonsense(self, operation: Operation, answer: Any) -> None:
        self.wrong.append(f"an answer to nonsense: {answer}")

    def got_status(self, operation: Operation, answer: Any) -> None:
        if answer["state"] not in ("ready", "busy"):
            self.wrong.append(f"status: {answer}")

    # --- the judge

    def judge(
        self,
        buffer: TrackedBuffer,
        places: list[tuple[int, int]],
        edits: list[lsp.TextEdit],
        before: str,
    ) -> None:
        """An edit of the server was applied: one of the requests on their way must explain it."""
        asked = [o for o in self.pending if o.buffer is buffer and o.name in CHANGING]
        if not any(self.explains(o, buffer, places) for o in asked):
            self.wrong.append(f"nothing explains {edits} in {before!r}")

    def explains(
        self, operation: Operation, buffer: TrackedBuffer, places: list[tuple[int, int]]
    ) -> bool:
        """Whether an edit stays in what was asked for, and brings what was proposed."""
        mark = operation.mark
        if mark is None or not buffer.holds(mark, places, buffer.version):
            return False
        if mark.spans is None or not operation.accepts:
            return True
        return [buffer.part(*span) for span in mark.spans] in self.proposed(mark)

    def proposed(self, mark: Mark) -> list[list[str]]:
        """The texts of every proposal for a mark so far."""
        asked = [o.asked.future for o in self.operations if o.mark is mark and o.name == "fill"]
        answers = [each.result() for each in asked if each.done() and not each.exception()]
        return [[gap["text"] for gap in each.get("gaps", ())] for each in answers]

    def judge_gaps(self, what: str, buffer: TrackedBuffer, mark: Mark, params: Any) -> None:
        """What the server tells of gaps must lie in what was asked for, in the version that it names."""
        ranges = [self.editor.structure(gap["range"], lsp.Range) for gap in params["gaps"]]
        if not buffer.holds(mark, buffer.places_in(params["version"], ranges), params["version"]):
            self.wrong.append(f"{what} is elsewhere: {params}; asked for {mark.at}")

    def judge_diagnostics(self) -> None:
        """Each tells of what stood there in the version that it names."""
        for told in self.editor.protocol.published:
            document = self.documents.get((told.version or 0) // VERSIONS)
            if document is None:  # taken back, or of the interleaving before
                continue
            self.tally["diagnostics told"] += 1
            text = document.texts[told.version]
            then = Buffer(told.uri, text, LANGUAGE, self.editor.encoding)
            for each in told.diagnostics:
                self.tally[f"diagnostic {each.code}"] += 1
                if not tells_right(then, each):
                    self.wrong.append(f"{each} is told of {text!r}")

    def judge_notices(self) -> None:
        """Drafts and moved proposals, too, stay in what was asked for."""
        by_token = {operation.token: operation for operation in self.operations if operation.token}
        for notice in self.editor.notices:
            if notice.name == "draft":
                operation = by_token[notice.params["token"]]
                assert operation.mark is not None
                self.judge_gaps("a draft", operation.buffer, operation.mark, notice.params)
            elif notice.name == "moved" and notice.params["id"] in self.known:
                asked_for = self.known[notice.params["id"]]
                self.judge_gaps("a moved proposal", *asked_for, notice.params)


CHANGING = ("command", "resolved", "settlements")
"""Requests of which an edit may come."""


def range_of(buffer: Buffer, span: tuple[int, int]) -> lsp.Range:
    """The range of a span of characters."""
    return buffer.range(*(buffer.length(buffer.text[:offset]) for offset in span))


def tells_right(buffer: Buffer, told: lsp.Diagnostic) -> bool:
    """Whether what a diagnostic is about stands at its place."""
    here = buffer.slice(told.range)
    if told.code == "maths":
        return told.message.endswith(f", not {here}")
    return here.startswith(
        "<<<<<<<" if told.code == "merge-conflict" else ("=======", ">>>>>>>", "<<<<<<<")
    )


STEPS: dict[Callable[[Interleaving], None], float] = {
    Interleaving.edit: 10,
    Interleaving.keystrokes: 5,
    Interleaving.ghost: 4,
    Interleaving.fill: 6,
    Interleaving.fill_at_once: 2,
    Interleaving.other: 3,
    Interleaving.other_at_once: 2,
    Interleaving.accept: 6,
    Interleaving.reject: 1,
    Interleaving.action: 3,
    Interleaving.write_sum: 4,
    Interleaving.fix: 10,
    Interleaving.fix_at_once: 4,
    Interleaving.fix_somewhere: 2,
    Interleaving.fix_changed: 3,
    Interleaving.fix_changed_at_once: 2,
    Interleaving.write_conflict: 2,
    Interleaving.settle_conflict: 5,
    Interleaving.ghost_behind_a_completion: 1,
    Interleaving.configure: 2,
    Interleaving.nonsense: 1,
    Interleaving.models: 1,
    Interleaving.get: 0.3,
    Interleaving.cancel: 4,
    Interleaving.cancel_progress: 2,
    Interleaving.open_again: 1,
    Interleaving.status: 1,
}
"""What the client does, and how often."""
