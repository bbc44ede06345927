"""A proposed edit, and the checks that stand between a draft and the user.

`propose` is the only constructor of a `Proposal`. It never trusts what it is given: the edits must
lie inside the editable spans, every byte outside them must stay, and no checker may find a problem
that was not there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from editdiff.check.base import Checker, new_problems
from editdiff.edits.plain import filled_plainly
from editdiff.engines.base import Drafted
from editdiff.errors import InputError
from editdiff.text import diff
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

UNCHANGED = "the model would leave the region as it is"
"""The reason of a `NoEdit` whose best draft is the text that already stands there."""


@dataclass(frozen=True)
class NoEdit:
    """The named outcome of an operation that has nothing to offer."""

    reason: str
    """One sentence without a full stop."""
    hint: str = ""
    """What the user could do about it."""


@dataclass(frozen=True)
class Effort:
    """What a draft is worth and what it cost."""

    score: float
    """Causal log-probability of the draft, nats; NaN of an engine that knows no probabilities."""
    nfe: int
    """Network evaluations of the whole operation, encoding and scoring apart; requests, where those are made."""
    seconds: float
    """Wall time of the whole operation."""
    drafts: int
    """Distinct drafts that were made, this one included."""
    confidence: float | None = None
    """Probability that the draft is what belongs there, 0 to 1; None where nobody measured that."""
    drafted: Drafted | None = None
    """Who proposed the tokens of the fill that it comes from; None where none were judged, or several fills."""

    @classmethod
    def total(cls, efforts: Sequence[Effort]) -> Effort:
        """What several operations cost together; nobody measured how sure the model is of them all."""
        return cls(
            sum(effort.score for effort in efforts),
            sum(effort.nfe for effort in efforts),
            sum(effort.seconds for effort in efforts),
            sum(effort.drafts for effort in efforts),
        )


@dataclass(frozen=True)
class Proposal:
    """An edit of one version of one document, checked. Only `propose` makes one."""

    before: Document
    """The version that the edit belongs to; applied to any other it is stale."""
    after: Document
    edits: Edits
    effort: Effort
    checked: tuple[str, ...] = ()
    """Names of the checkers that judged it; empty when none knows the document's language."""

    def patch(self, path: str, *, from_top: bool = False) -> str:
        """Return the edit as a patch for `git apply` (`text.diff.unified_diff`).

        `path` is relative to where the patch is applied, or `from_top` of the repository.
        """
        before, after = self.before.to_bytes().decode(), self.after.to_bytes().decode()
        mark = len(before) - len(self.before.text)
        in_file = Edits(tuple(edit.shift(mark) for edit in self.edits))
        return diff.unified_diff(before, after, path, edits=in_file, from_top=from_top)

    @property
    def hunks(self) -> tuple[ProposedHunk, ...]:
        """The parts that can be taken or left on their own, in the order of the text."""
        return tuple(
            ProposedHunk(hunk.edits, _label(hunk))
            for hunk in diff.hunks(self.edits, self.before.text)
        )


@dataclass(frozen=True)
class ProposedHunk:
    """A part of a proposal, with at least one unchanged line between it and the next."""

    edits: Edits
    """Counted in the text before the proposal, as those of every other hunk are."""
    label: str
    """The lines that it changes, counted from 1: `line 3`, `lines 3-5` or `before line 3`."""


def accept(hunks: Iterable[ProposedHunk]) -> Edits:
    """Return the edits of some hunks of one proposal.

    All hunks together lead to the proposal's text, none leave the document as it is. Any other
    choice is a draft that nobody has checked: `propose` it before it is written. To go on with the
    rest after a hunk was written, `rebase` each of them.
    """
    return Edits(tuple(edit for hunk in dict.fromkeys(hunks) for edit in hunk.edits))


def _label(hunk: diff.Hunk) -> str:
    if hunk.first == hunk.end:
        return f"before line {hunk.first + 1}"
    if hunk.first + 1 == hunk.end:
        return f"line {hunk.end}"
    return f"lines {hunk.first + 1}-{hunk.end}"


def propose(
    before: Document,
    edits: Edits,
    editable: Sequence[Span],
    checkers: Sequence[Checker],
    effort: Effort,
) -> Proposal | NoEdit:
    """Check `edits` and make them a proposal, or say which check they failed.

    Checkers are asked in order until one finds a new problem, so dear ones stand last.

    Raises:
        ValueError: when an edit reaches outside `editable`, a fault of ours and never of a draft.
    """
    if any(not any(span.contains(edit.span) for span in editable) for edit in edits):
        raise ValueError(f"an edit of {before.path} reaches outside its editable spans")
    try:
        after = before.with_text(edits.apply(before.text))
    except InputError as error:
        return NoEdit(f"the draft is not text: {error.message}")
    if after.text == before.text:
        return NoEdit(UNCHANGED)
    if not _rest_is_kept(before, after, edits):
        raise ValueError(f"an edit of {before.path} changed bytes outside its spans")
    able = [checker for checker in checkers if checker.supports(after.language)]
    for checker in able:
        if problems := new_problems(checker, before, after, filled_plainly(before, editable)):
            line = LineTable(after.text).position(problems[0].span.start).line + 1
            return NoEdit(f"line {line}: {problems[0].message}")
    return Proposal(before, after, edits, effort, tuple(checker.name for checker in able))


def _rest_is_kept(before: Document, after: Document, edits: Edits) -> bool:
    """Whether the files' bytes agree but in the edits; counted anew, not by `Edits.apply`."""
    old, new = before.to_bytes(), after.to_bytes()
    mark = len(old) - len(before.text.encode())  # the byte order mark belongs to the rest
    done_old = done_new = 0
    for edit in edits:
        start = mark + len(before.text[: edit.span.start].encode())
        kept = start - done_old
        if new[done_new : done_new + kept] != old[done_old:start]:
            return False
        done_new += kept + len(edit.text.encode())
        done_old = start + len(edit.span.slice(before.text).encode())
    return new[done_new:] == old[done_old:]
