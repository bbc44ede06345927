"""One file of a change: its problems found, mended one after the other, and made fixes that each stand alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from editdiff.ci.base import Fix, Left, Problem
from editdiff.ci.bounds import Bounds
from editdiff.ci.changed import Changed
from editdiff.ci.draft import MERGE, Draft, claim_of, joined, problem_found
from editdiff.ci.pieces import RUFF, Found, Key, Pass, Piece, blamed, pieces, tally
from editdiff.ci.separate import separate
from editdiff.edits.fix.run import Limits
from editdiff.edits.fix.standards import Checks, NoMore
from editdiff.edits.proposal import NoEdit, Proposal, propose
from editdiff.edits.session import Session
from editdiff.text.edit import Edits
from editdiff.text.notebook import is_notebook
from editdiff.text.printable import one_line

PROBLEMS, SECONDS, FAULT_SECONDS = 50, 120.0, 30.0
"""Most problems of a file that are tried, the time for them, and for one: a busy machine has to find the same."""
OUTSIDE = "it came with the change, and stands outside of the lines that changed"
MENDED_OUTSIDE = "what would mend it stands outside of the lines that changed"
STILL_BROKEN = "the text would still not parse"
NOT_TRIED = "not tried"
Place = tuple[Key, int]
"""What is wrong, and in which line of the file, from 1: which problem is meant."""


@dataclass
class Mending:
    """A file, and what becomes of it."""

    file: Changed
    session: Session
    checks: Checks
    """With a memory."""
    bounds: Bounds
    wants_syntax: bool = True
    """Whether what does not parse is a problem here."""
    fixes: list[Fix] = field(default_factory=list, init=False)
    left: list[Left] = field(default_factory=list, init=False)
    before: list[Problem] = field(default_factory=list, init=False)
    """Problems in its new lines that were there before."""
    doubts: dict[str, None] = field(default_factory=dict, init=False)
    """What nobody could judge; one sentence each."""
    _outside: list[Found] = field(default_factory=list, init=False)
    """What came with the change and stands elsewhere."""

    def run(self) -> None:
        """Find what came with the change, mend it, and leave what cannot be mended.

        Raises:
            InputError: for what calls itself a notebook and is none, or when a checker refuses to judge.
            EditdiffError: when the model cannot be loaded.
        """
        drafts = list[Draft]()
        for wanted in self._passes:
            drafts += self._drafted(wanted)
        self._settle(drafts)
        self._leave_outside()

    @property
    def _passes(self) -> list[Pass]:
        syntax = [Pass(Checks(self.checks.syntax), syntax=True)] if self.wants_syntax else []
        others = [Pass(self.checks, syntax=False)] if self.checks.others else []
        return [*syntax, *others]

    def _drafted(self, wanted: Pass) -> list[Draft]:
        """Fixes of one kind, each standing alone as far as anybody knows; what has none is left."""
        found = list[Found]()
        for piece in pieces(self.file.document, self.session, wanted):
            found += piece.found()
            self._doubt(piece, wanted)
        mine = blamed(self.file, self.session, wanted, found)
        old = [each for each in found if each not in mine and self.file.meets(each.lines)]
        self.before += [problem_found(each, self.file.path) for each in old]
        if not wanted.syntax:
            for each in [each for each in mine if not self.file.meets(each.lines)]:
                self._outside.append(each)
                mine.remove(each)
        if not mine:
            return []
        if why := self.bounds.why:
            for each in _told(mine):
                self._leave(each, why)
            return []
        return self._repaired(wanted, mine)

    def _repaired(self, wanted: Pass, mine: Sequence[Found]) -> list[Draft]:
        """Mend the problems that came with the change; what is not mended is left."""
        limits = Limits(PROBLEMS, min(SECONDS, self.bounds.seconds), FAULT_SECONDS)
        elsewhere = any(not self.file.meets(each.lines) for each in mine)
        editable = (
            None if self.file.whole or elsewhere else [s for s in self.file.spans if s.length]
        )
        drafts, reasons = list[Draft](), dict[Place, str]()
        wished = {_place(each) for each in mine}
        for piece in pieces(self.file.document, self.session, wanted, limits, editable):
            fixing = piece.fixing
            for _ in fixing.run():
                if not fixing.half and len(fixing.mended) >= self.bounds.left:
                    break
            for repair in fixing.result().left:
                if isinstance(repair.outcome, NoEdit):
                    claim = claim_of(repair, piece, self.file.path, syntax=False)
                    reasons[claim.place] = repair.outcome.reason
            for draft in self._drafts(piece, wanted, wished):
                if self.file.holds(draft.edits):
                    drafts.append(draft)
                else:
                    reasons |= {claim.place: MENDED_OUTSIDE for claim in draft.claims}
        self._leave_rest(wanted, mine, drafts, reasons)
        return drafts

    def _drafts(self, piece: Piece, wanted: Pass, wished: set[Place]) -> list[Draft]:
        drafts = []
        for group in separate(piece.fixing.mended):
            claims = [
                claim_of(repair, piece, self.file.path, syntax=wanted.syntax)
                for repair in group.repairs
            ]
            if wanted.syntax or wished.intersection(claim.place for claim in claims):
                efforts = [
                    r.outcome.effort for r in group.repairs if isinstance(r.outcome, Proposal)
                ]
                drafts.append(Draft(tuple(claims), piece.in_file(group.edits), tuple(efforts)))
        return drafts

    def _leave_rest(
        self,
        wanted: Pass,
        mine: Sequence[Found],
        drafts: Sequence[Draft],
        reasons: dict[Place, str],
    ) -> None:
        """Leave what no draft mends."""
        mended = Counter(claim.place for draft in drafts for claim in draft.claims)
        if wanted.syntax and drafts:
            mine = [each for each in mine if problem_found(each, "").source == MERGE]
        for each in _told(mine):
            if mended[_place(each)]:
                mended[_place(each)] -= 1
            else:
                self._leave(each, reasons.get(_place(each), self.bounds.why or NOT_TRIED))

    def _settle(self, drafts: Sequence[Draft]) -> None:
        """Make fixes of drafts: each alone, those together that only go together, and all beside each other."""
        good, alone = list[Draft](), list[tuple[Draft, str]]()
        for draft in drafts:
            made = self._made(draft)
            if isinstance(made, Fix):
                good.append(draft)
            else:
                alone.append((draft, made))
        if len(alone) > 1 and isinstance(self._made_of([draft for draft, _ in alone]), Fix):
            good.append(joined([draft for draft, _ in alone]))
            alone = []
        for draft, why in alone:
            self._drop(draft, why)
        kept = self._beside(self._apart(good))
        for draft in kept[self.bounds.left :]:
            self._drop(draft, self.bounds.full)
        for draft in kept[: self.bounds.left]:
            made = self._made(draft)
            assert isinstance(made, Fix)
            self.fixes.append(made)
        self.bounds.made += len(self.fixes)

    def _leave_outside(self) -> None:
        """Leave what stands outside of the lines that changed, but for what is gone with the fixes.

        A variable that nothing uses any more is used again with the fix of the name that was misspelt.
        """
        if not self._outside:
            return
        edits = Edits(tuple(edit for fix in self.fixes for edit in fix.proposal.edits))
        document = self.file.document
        after = tally(document.with_text(edits.apply(document.text)), self.session, self._all)
        for each in self._outside:
            if after[each.key]:
                self._leave(each, OUTSIDE)

    def _apart(self, drafts: Sequence[Draft]) -> list[Draft]:
        """The same with those joined that change lines side by side: a review can show one of them alone."""
        kept = list[Draft]()
        for draft in sorted(drafts, key=lambda each: each.edits.items[0].span):
            meeting = [other for other in kept if self._meet(other, draft)]
            if not meeting:
                kept.append(draft)
            elif isinstance(self._made_of([*meeting, draft]), Fix):
                kept = [each for each in kept if each not in meeting] + [joined([*meeting, draft])]
            else:
                self._drop(draft, f"it meets the fix of line {meeting[0].problems[0].line}")
        return kept

    def _meet(self, one: Draft, other: Draft) -> bool:
        """Whether whole lines of one are lines of another one."""
        mine, others = self._made(one), self._made(other)
        assert isinstance(mine, Fix)
        assert isinstance(others, Fix)
        return any(
            a.first <= b.last and b.first <= a.last for a in mine.parts for b in others.parts
        )

    def _beside(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Those that hold together, too; in the order of the text."""
        if len(drafts) < 2 or isinstance(self._made_of(drafts), Fix):
            return list(drafts)
        kept = list[Draft]()
        for draft in drafts:
            if isinstance(self._made_of([*kept, draft]), Fix):
                kept.append(draft)
            else:
                self._drop(
                    draft,
                    f"it does not go together with the fix of line {kept[0].problems[0].line}",
                )
        return kept

    def _made_of(self, drafts: Sequence[Draft]) -> Fix | str:
        try:
            return self._made(joined(drafts))
        except ValueError:
            return "the edits overlap"

    def _made(self, draft: Draft) -> Fix | str:
        """A fix, judged alone on the file as it is; else why it is none."""
        document = self.file.document
        after = document.with_text(draft.edits.apply(document.text))
        if why := self._against(draft, tally(after, self.session, self._all)):
            return why
        spans = [edit.span for edit in draft.edits]
        notebook = is_notebook(document.path)
        checkers = () if notebook else (*self.checks.syntax, *self._no_more)
        outcome = propose(document, draft.edits, spans, checkers, draft.effort)
        if isinstance(outcome, NoEdit):
            return outcome.reason
        names = [*outcome.checked] or sorted(
            {c.name for c in (*self.checks.syntax, *self.checks.others)}
        )
        return Fix(draft.problems, outcome, listed(names))

    def _against(self, draft: Draft, after: Counter[Key]) -> str:
        """What speaks against a draft, by what there is to find in the text with it; empty where nothing does."""
        before, syntax = self._before, self._all.names
        broken, breaks = _of(before, syntax), _of(after, syntax)
        if draft.syntax and breaks:
            return STILL_BROKEN
        if breaks > broken:
            return "the text would not parse any more"
        claimed = draft.claimed
        if any(after[key] > before[key] - count for key, count in claimed.items()):
            return "it would still be there"
        for source in {key[0] for key in after} - syntax:
            unseen = source == RUFF and broken  # a linter sees nothing in what does not parse
            if not unseen and _of(after, {source}) > _of(before, {source}) - _of(claimed, {source}):
                return f"{source} would find something else"
        return ""

    @cached_property
    def _all(self) -> Pass:
        return Pass(self.checks, syntax=True)

    @cached_property
    def _before(self) -> Counter[Key]:
        return tally(self.file.document, self.session, self._all)

    @cached_property
    def _no_more(self) -> list[NoMore]:
        """Who must not find more than before; nobody where the text does not parse, of which they see nothing."""
        if _of(self._before, self._all.names):
            return []
        return [NoMore(checker, self.file.document) for checker in self.checks.others]

    def _doubt(self, piece: Piece, wanted: Pass) -> None:
        """Note what nobody could judge of the lines that changed."""
        for each in piece.doubts():
            mine = (each.problem.source in wanted.names) == wanted.syntax
            if mine and self.file.meets(each.lines):
                where = f"{self.file.path}:{each.lines.start + 1}"
                self.doubts[one_line(f"{where}: not judged, {each.problem.doubt}")] = None

    def _leave(self, found: Found, why: str) -> None:
        self.left.append(Left(problem_found(found, self.file.path), why))

    def _drop(self, draft: Draft, why: str) -> None:
        self.left += [Left(problem, why) for problem in draft.problems]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them; each once."""
    *others, last = dict.fromkeys(names) or ("nobody",)
    return f"{', '.join(others)} and {last}" if others else last


def _place(found: Found) -> Place:
    return found.key, found.lines.start + 1


def _told(found: Sequence[Found]) -> list[Found]:
    """What is told of problems: of one fault of the syntax, which several report, the first report."""
    syntax = [each for each in found if problem_found(each, "").source == "syntax"]
    return [each for each in found if each not in syntax[1:]]


def _of(counts: Counter[Key], sources: set[str] | frozenset[str]) -> int:
    return sum(count for (source, _), count in counts.items() if source in sources)
