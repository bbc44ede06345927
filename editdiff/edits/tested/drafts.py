"""What may be meant instead of a suspicious line: changes of it that cost nothing, and what a model would write.

Blind mutations (an operator, a constant, a name: `edits.mutations`) undo what a finger or a moment's mistake did.
A model fills the line without seeing it, adds one before it, and rewrites the function around it, told how the
test fails. All of them are then read by the model in their place, beside the line as it stands: a candidate is as
likely as its line is suspicious and as it is likelier than what stands there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from editdiff.check.base import Checker, new_problems
from editdiff.edits.infill import fill_task
from editdiff.edits.mutations import mutations, names_in
from editdiff.edits.rewrite import MOST_LINES, MOST_TOKENS, rewrite_task
from editdiff.edits.tested.suspects import Suspect
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Scorer, Sifter, has_canvas
from editdiff.errors import UsageError
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.shown import newline, unix, written
from editdiff.text.span import Span

Kind = Literal["instead", "rewritten", "missing line", "no line"]

MUTATIONS = 150
"""Mutations of a line that are looked at."""
READ = 60
"""Texts of a line that are read by the model, those that it wrote itself among them."""
DRAFTS = 8
"""Lines that the model writes for one."""
MOST_NAMES = 60
"""Names that are put for those of a line."""
LINE_TOKENS = 64
"""Most tokens of a line."""
BELIEVED = 0.5
"""How much a nat counts by which a text is likelier than what stands there: a model is surer than it is right."""
BEFORE: Mapping[Kind, float] = {
    "instead": 0.0,
    "rewritten": -0.5,
    "missing line": -1.5,
    "no line": -2.0,
}
"""Log-odds of each kind of edit before anything is drafted, beside a line that is otherwise."""
BEHIND = 0.5
"""By how much an answer to an instruction is less likely than the one before it."""
TINY = 1e-9
MOST_ASKED = 600
"""Code points of a failure that the model is told."""


@dataclass(frozen=True)
class Candidate:
    """An edit that may be what is meant."""

    path: str
    edits: Edits
    likely: float
    """Log of how likely it is beside others; only differences count."""
    score: float
    """Log-probability of the text in its place, nats; 0 where nobody read it."""
    source: str
    """Who made it: `mutation`, `model`, `missing line`, `no line`, `rewritten`."""


class Work(NamedTuple):
    """Something to be drafted for a line."""

    likely: float
    """As of a candidate, before anything is drafted."""
    path: str
    line: int
    """From 0."""
    kind: Kind


@dataclass
class Drafting:
    """Makes candidates for the lines of one document."""

    document: Document
    path: str
    engine: Engine
    options: FillOptions
    checkers: Sequence[Checker]
    """Quick ones: what brings a new problem is no candidate."""
    failure: str = ""
    """How the test fails, in its own words."""
    allowed: Sequence[Span] | None = None
    """Where alone edits may lie; None for everywhere."""
    rewritten: set[Span] = field(default_factory=set, init=False)
    """Functions that were rewritten already."""

    def __post_init__(self) -> None:
        self._table = LineTable(self.document.text)
        self._known = {self.document.text}

    def works(self, suspect: Suspect) -> Iterator[Work]:
        """What can be drafted for a suspicious line."""
        weight = math.log(max(suspect.share, TINY))
        for kind, odds in BEFORE.items():
            if self._possible(kind, suspect.line):
                yield Work(weight + odds, self.path, suspect.line, kind)

    def _possible(self, kind: Kind, line: int) -> bool:
        """Whether an edit of a kind may lie where edits are allowed: drafting takes seconds."""
        if self.allowed is None:
            return True
        if kind == "rewritten":
            around = block_around(self.document, line)
            return around is not None and any(span.overlaps(around) for span in self.allowed)
        start = self._table.start(line)
        places = {"instead": self._inside(line), "no line": self._table.full(line)}
        wanted = places.get(kind, Span(start, start))
        return any(span.contains(wanted) for span in self.allowed)

    def of(self, work: Work) -> Iterator[Candidate]:
        """Candidates for a suspicious line, in no order; none that was made before."""
        made = {
            "instead": self._instead,
            "rewritten": self._around,
            "missing line": self._before,
            "no line": self._without,
        }[work.kind]
        for each in made(work.line, work.likely):
            after = each.edits.apply(self.document.text)
            if after not in self._known and self._may(each.edits) and not self._worse(after):
                self._known.add(after)
                yield each

    def _instead(self, line: int, weight: float) -> Iterator[Candidate]:
        """Other texts of the line, behind its indentation."""
        span = self._inside(line)
        old = span.slice(self.document.text)
        task = fill_task(self.document, [span])
        model = self._written(task)
        mutated = [
            each for each in mutations(old, self._names(line), MUTATIONS) if each not in model
        ]
        mutated = [text for text in mutated if not self._breaks(span, text)]
        sifted = self._sifted(task, old, mutated)[: max(0, READ - len(model))]
        texts = [text for text in (*model, *sifted) if text != old]
        for text, gain, score in self._read(task, old, texts):
            source = "model" if text in model else "mutation"
            yield self._candidate([TextEdit(span, text)], weight + gain, score, source)

    def _names(self, line: int) -> list[str]:
        """Names that may stand on a line, those of the block around it first."""
        around = block_around(self.document, line)
        near = around.slice(self.document.text) if around else ""
        language = self.document.language
        names = (*names_in(near, language), *names_in(self.document.text, language))
        return list(dict.fromkeys(names))[:MOST_NAMES]

    def _without(self, line: int, weight: float) -> Iterator[Candidate]:
        """No such line."""
        whole = self._table.full(line)
        if len(self._table) < 2 or self._breaks(whole, ""):
            return
        task = fill_task(self.document, [whole])
        for _, gain, score in self._read(task, unix(whole.slice(self.document.text)), [""]):
            yield self._candidate([TextEdit(whole, "")], weight + gain, score, "no line")

    def _before(self, line: int, weight: float) -> Iterator[Candidate]:
        """One more line before it; where lines went, one more of the block above as well."""
        text, table = self.document.text, self._table
        start, ending = table.start(line), newline(text)
        added = []
        for margin in self._margins(line):
            opened = text[:start] + margin + ending + text[start:]
            gap = Span(start + len(margin), start + len(margin))
            task = fill_task(self.document.with_text(opened), [gap])
            lines = self._written(replace(task, old=None))
            added += [f"{margin}{each}{ending}" for each in lines if each.strip()]
        plain = fill_task(self.document, [Span(start, start)])
        for each, gain, score in self._read(plain, "", [unix(one) for one in added]):
            edit = TextEdit(Span(start, start), written(each, "", ending))
            yield self._candidate([edit], weight + gain, score, "missing line")

    def _margins(self, line: int) -> Iterator[str]:
        """How a line before another one may be indented: as that one is, or as what is above, where lines went."""
        text, start = self.document.text, self._table.start(line)
        own = text[start : self._inside(line).start]
        yield own
        went = self.allowed is not None and Span(start, start) in self.allowed
        rows = (self._table.content(n).slice(text) for n in range(line - 1, -1, -1)) if went else ()
        above = next((row for row in rows if row.strip()), "")
        margin = above[: len(above) - len(above.lstrip())]
        if len(margin) > len(own):
            yield margin

    def _around(self, line: int, weight: float) -> Iterator[Candidate]:
        """The function around the line, rewritten by a model that is told how the test fails; once for each."""
        span = block_around(self.document, line)
        if span is None or span in self.rewritten or has_canvas(self.engine):
            return
        self.rewritten.add(span)
        ask = "Fix the bug."
        if self.failure:
            ask = f"Fix the bug. The test fails: {self.failure[:MOST_ASKED]}"
        task = rewrite_task(self.document, span, ask)
        old, ending = task.old or "", newline(self.document.text)
        options = replace(self.options, drafts=2, max_tokens=MOST_TOKENS, lines=0)
        try:
            drafts = [u for u in self.engine.fill(task, options) if isinstance(u, Draft)]
        except UsageError:  # it cannot be told what to do, or the function is too long
            return
        for number, draft in enumerate(drafts):
            text = draft.texts[0]
            if text != old and draft.ended:
                there = span.slice(self.document.text)
                new = written(text, there, ending)
                after = self.document.text[: span.start] + new + self.document.text[span.end :]
                edits = diff(self.document.text, after)
                likely = weight - BEHIND * number
                yield Candidate(self.path, edits, likely, draft.score, "rewritten")

    def _written(self, task: FillTask) -> list[str]:
        """Distinct lines that the model writes into a gap."""
        options = replace(self.options, drafts=DRAFTS, max_tokens=LINE_TOKENS, lines=1)
        try:
            drafts = [u for u in self.engine.fill(task, options) if isinstance(u, Draft)]
        except UsageError:  # the line is longer than its canvases
            return []
        texts = (draft.texts[0] for draft in drafts if draft.ended)
        return [text for text in dict.fromkeys(texts) if "\n" not in text]

    def _sifted(self, task: FillTask, old: str, texts: Sequence[str]) -> list[str]:
        return self.engine.sift(task, old, texts) if isinstance(self.engine, Sifter) else [*texts]

    def _read(
        self, task: FillTask, old: str, texts: Sequence[str]
    ) -> list[tuple[str, float, float]]:
        """Each text with what it gains on the old one, in log-odds, and its score in nats."""
        if not texts:
            return []
        if not isinstance(self.engine, Scorer):
            return [(text, -0.1 * number, 0.0) for number, text in enumerate(texts)]
        there, *scores = self.engine.score(task, [(text,) for text in (old, *texts)])
        return [
            (text, BELIEVED * (score - there), score)
            for text, score in zip(texts, scores, strict=True)
        ]

    def _candidate(
        self, edits: Sequence[TextEdit], likely: float, score: float, source: str
    ) -> Candidate:
        return Candidate(self.path, Edits(tuple(edits)), likely, score, source)

    def _inside(self, line: int) -> Span:
        """What stands on a line, white space at both ends left out."""
        content = self._table.content(line)
        inside = content.slice(self.document.text)
        start = content.start + len(inside) - len(inside.lstrip())
        return Span(start, max(start, content.start + len(inside.rstrip())))

    def _may(self, edits: Edits) -> bool:
        allowed = self.allowed
        return allowed is None or all(any(a.contains(e.span) for a in allowed) for e in edits)

    def _breaks(self, span: Span, text: str) -> bool:
        return self._worse(self.document.text[: span.start] + text + self.document.text[span.end :])

    def _worse(self, after: str) -> bool:
        """Whether a text has a problem that the document does not have."""
        changed = self.document.with_text(after)
        able = (c for c in self.checkers if c.supports(changed.language))
        return any(new_problems(checker, self.document, changed) for checker in able)


def block_around(document: Document, line: int) -> Span | None:
    """The largest block around a line, its head included, that is short enough to be rewritten; whole lines.

    A block is what stands deeper than the line above it. A class, or a whole file, is none that anybody rewrites.
    """
    table, text = LineTable(document.text), document.text
    rows = [table.content(number).slice(text) for number in range(len(table))]
    best, at = None, line
    while (head := _head(rows, at)) is not None:
        last = _last(rows, head)
        if last - head + 1 > MOST_LINES // 2 or rows[head].lstrip().startswith("class "):
            break
        best, at = Span(table.start(head), table.content(last).end), head
    return best


def _head(rows: Sequence[str], line: int) -> int | None:
    """The nearest line above that stands less deep; None for one at the margin."""
    depth = _depth(rows[line])
    above = (n for n in range(line - 1, -1, -1) if rows[n].strip() and _depth(rows[n]) < depth)
    return next(above, None)


def _last(rows: Sequence[str], head: int) -> int:
    """The last line of the block that a line opens; one that closes it with a bracket belongs to it."""
    depth, last = _depth(rows[head]), head
    for number in range(head + 1, len(rows)):
        row = rows[number]
        if row.strip() and _depth(row) <= depth:
            closes = _depth(row) == depth and row.strip()[0] in ")]}"
            return number if closes else last
        if row.strip():
            last = number
    return last


def _depth(row: str) -> int:
    expanded = row.expandtabs()
    return len(expanded) - len(expanded.lstrip())
