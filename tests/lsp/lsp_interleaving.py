"""One random interleaving of edits, requests and cancels over two documents, and what must hold in it.

The client is the judge. It keeps its own texts, moves what was asked for along with its own edits, and lets
no edit of the server pass that it cannot explain by a request.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lsp_buffer import Buffer
from lsp_editor import Editor
from lsp_tracked import Mark, TrackedBuffer
from lsp_user import LANGUAGE, SLIPS, VERSIONS, Operation, User
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

from editdiff.text.conflicts import SIDES

PAUSES = (None, None, None, 0.0, 0.0, 0.001, 0.004)
"""Seconds that the client waits after a step; None: it does not even listen."""


class Interleaving(User):
    """A user, and the judge of what comes of it."""

    def __init__(self, editor: Editor, seed: str, tally: Counter[str], folder: Path) -> None:
        """`folder` is a repository, of which the documents are files."""
        self.tally = tally
        """What happened, of every kind, to show that there is something to judge."""
        self.wrong: list[str] = []
        """What should not have happened."""
        self.done: list[str] = []
        """Every step, for the report."""
        super().__init__(editor, seed, folder)

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
        self.judge_gaps("a proposal", buffer, mark, answer, revises=operation.revises)
        self.known[answer["id"]] = (buffer, mark)
        if operation.revises:
            self.tally["revision"] += 1
            self.tally["revision of several hunks"] += len(answer["gaps"]) > 1
            self.revisions.setdefault(answer["id"], set()).update(texts_of(answer))

    def got_actions(self, operation: Operation, answer: Any) -> None:
        for each in answer:
            if each["kind"].rpartition(".")[2] in SIDES:  # of a merge around it: `settle_conflict`
                continue
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
            revises = operation.revises
            self.ask("command", asked, operation.buffer, operation.mark, revises=revises)

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

    def got_review(self, operation: Operation, answer: Any) -> None:
        """Every place has to be that of the word which its alternative repeats, or of a slip."""
        buffer = operation.buffer
        self.tally[f"review: {answer['kind']}"] += 1
        if answer["kind"] == "none" or answer["version"] != buffer.version:
            return
        for doubt in (doubt for part in answer["parts"] for doubt in part["doubts"]):
            there = buffer.slice(self.editor.structure(doubt["range"], lsp.Range))
            told, slip = doubt["alternatives"], SLIPS.get(there.strip())
            right = told == [f"{there}?"] if slip is None else [t.strip() for t in told] == slip
            if not right:
                self.wrong.append(f"a doubt about {there!r}: {doubt}")

    def got_hover(self, operation: Operation, answer: Any) -> None:
        self.tally["hover told" if answer else "hover silent"] += 1

    def got_alternatives(self, operation: Operation, answer: Any) -> None:
        self.tally[f"alternatives: {answer['kind']}"] += 1

    # --- the judge

    def judge(
        self,
        buffer: TrackedBuffer,
        places: list[tuple[int, int]],
        edits: Sequence[lsp.TextEdit],
        before: str,
    ) -> None:
        """An edit of the server was applied: one of the requests on their way must explain it."""
        asked = [o for o in self.pending if o.buffer is buffer and o.name in CHANGING]
        then = Buffer(buffer.uri, before, LANGUAGE, self.editor.encoding)
        slips = all(then.slice(edit.range).strip() in SLIPS for edit in edits)
        if not any(self.explains(o, buffer, places, edits, slips=slips) for o in asked):
            self.wrong.append(f"nothing explains {edits} in {before!r}")

    def explains(
        self,
        operation: Operation,
        buffer: TrackedBuffer,
        places: list[tuple[int, int]],
        edits: Sequence[lsp.TextEdit],
        *,
        slips: bool,
    ) -> bool:
        """Whether an edit stays in what was asked for, and brings what was proposed.

        Of a revision whose selection is not known any more only that is known: it puts right `slips` alone.
        """
        mark = operation.mark
        if mark is not None and mark.spans is None and operation.revises:
            return slips
        if mark is None or not buffer.holds(mark, places, buffer.version):
            return False
        if mark.spans is None or not operation.accepts:
            return True
        if operation.accepts in self.revisions:
            return {edit.new_text for edit in edits} <= self.revised(operation.accepts)
        return [buffer.part(*span) for span in mark.spans] in self.proposed(mark)

    def revised(self, name: str) -> set[str]:
        """The texts that were proposed for the places of a revision, also as the user's edits left them."""
        moved = [each.params for each in self.editor.notices if each.name == "moved"]
        return self.revisions[name].union(*map(texts_of, (m for m in moved if m["id"] == name)))

    def proposed(self, mark: Mark) -> list[list[str]]:
        """The texts of every proposal for a mark so far."""
        asked = [o.asked.future for o in self.operations if o.mark is mark and o.name == "fill"]
        answers = [each.result() for each in asked if each.done() and not each.exception()]
        return [[gap["text"] for gap in each.get("gaps", ())] for each in answers]

    def judge_gaps(
        self, what: str, buffer: TrackedBuffer, mark: Mark, params: Any, *, revises: bool
    ) -> None:
        """What the server tells of gaps must lie in what was asked for, in the version that it names."""
        version = params["version"]
        ranges = [self.editor.structure(gap["range"], lsp.Range) for gap in params["gaps"]]
        if revises and mark.at.get(version, ()) is None:
            then = Buffer(buffer.uri, buffer.texts[version], LANGUAGE, self.editor.encoding)
            right = all(then.slice(each).strip() in SLIPS for each in ranges)
        else:
            right = buffer.holds(mark, buffer.places_in(version, ranges), version)
        if not right:
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
                asked_for, revises = (operation.buffer, operation.mark), operation.revises
                self.judge_gaps("a draft", *asked_for, notice.params, revises=revises)
            elif notice.name == "moved" and notice.params["id"] in self.known:
                asked_for = self.known[notice.params["id"]]
                revises = notice.params["id"] in self.revisions
                self.judge_gaps("a moved proposal", *asked_for, notice.params, revises=revises)


CHANGING = ("command", "resolved", "settlements")
"""Requests of which an edit may come."""


def texts_of(params: Any) -> set[str]:
    """What is proposed for each place."""
    return {gap["text"] for gap in params["gaps"]}


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
    Interleaving.write_slips: 5,
    Interleaving.revise: 5,
    Interleaving.revise_at_once: 2,
    Interleaving.other: 3,
    Interleaving.other_at_once: 2,
    Interleaving.accept: 6,
    Interleaving.reject: 1,
    Interleaving.action: 3,
    Interleaving.write_sum: 4,
    Interleaving.fix: 10,
    Interleaving.fix_at_once: 4,
    Interleaving.rests: 3,
    Interleaving.review: 4,
    Interleaving.hover: 2,
    Interleaving.alternatives: 2,
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
