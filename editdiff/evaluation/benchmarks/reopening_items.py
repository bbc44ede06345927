"""What the arms of the benchmark `reopening` fill: an item, who finds fault with a draft, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from editdiff.check.base import Checker
from editdiff.check.registry import guards, keystroke_guards
from editdiff.edits.critic import critic
from editdiff.engines.base import Critic, Draft, Engine, Fault, FillTask, Sketch, Update
from editdiff.evaluation.benchmarks import condefects
from editdiff.evaluation.benchmarks.revision import PATH
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.metrics import exact, similarity
from editdiff.evaluation.core.runner import parses
from editdiff.evaluation.core.same_code import forms, same
from editdiff.evaluation.core.scoring import scorer
from editdiff.evaluation.data import corruption
from editdiff.evaluation.data.equations import NUMBER, equations
from editdiff.text.document import Document
from editdiff.text.span import Span


@dataclass(frozen=True)
class Judged:
    """What became of one item."""

    fill: str
    """The draft that counts, of several gaps the first one's; empty without one."""
    exact: bool
    passes: bool
    """Whether the checkers find nothing new in it."""
    similarity: float
    """Edit similarity to what was hidden, 0 to 1."""
    nfe: int
    """Network evaluations."""
    seconds: float


class Item(Protocol):
    """One thing to be filled by every arm."""

    @property
    def task(self) -> FillTask:
        """What an engine is given."""
        ...

    def critic(self) -> Critic:
        """Who finds fault with a finished draft, as in use."""
        ...

    def passes(self, texts: tuple[str, ...]) -> bool:
        """Whether a draft would be offered."""
        ...

    def right(self, engine: Engine, draft: Draft) -> bool:
        """Whether a draft is what it should be."""
        ...

    @property
    def truth(self) -> str:
        """What was hidden."""
        ...

    @property
    def right_as_it_is(self) -> bool:
        """Whether no draft at all is right, too."""
        ...

    def to_json(self) -> dict[str, Any]:
        """What tells the item from the others."""
        ...


def spent(updates: Sequence[Update]) -> int:
    """Network evaluations of a fill."""
    drafts = [update.nfe for update in updates if isinstance(update, Draft)]
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    return max([*drafts, *steps], default=0)


def judge(item: Item, engine: Engine, updates: Sequence[Update], seconds: float) -> Judged:
    """Measure the first draft of a fill."""
    draft = next((update for update in updates if isinstance(update, Draft)), None)
    if draft is None:
        return Judged("", item.right_as_it_is, False, 0.0, spent(updates), seconds)
    fill = draft.texts[0]
    return Judged(
        fill,
        item.right(engine, draft),
        item.passes(draft.texts),
        similarity(fill, item.truth),
        spent(updates),
        seconds,
    )


@dataclass(frozen=True)
class Hidden:
    """A hidden line, or several, of a file."""

    gap: Gap
    judges: Sequence[Checker] = field(default_factory=guards)
    right_as_it_is = False

    @property
    def task(self) -> FillTask:
        """The file without it."""
        return self.gap.task

    @property
    def truth(self) -> str:
        """The hidden text."""
        return self.gap.truth

    def critic(self) -> Critic:
        """The grammar: the file that the gap was taken out of is what a draft must not break."""
        filled = FillTask(self.gap.text, (self.gap.span,))
        return critic(self.gap.document, filled, keystroke_guards())

    def passes(self, texts: tuple[str, ...]) -> bool:
        """Whether the file has no new problem."""
        return parses(self.gap.document, self.gap.fill(texts[0]), self.judges)

    def right(self, engine: Engine, draft: Draft) -> bool:
        """Whether it is the hidden text."""
        return exact(draft.texts[0], self.gap.truth)

    def to_json(self) -> dict[str, Any]:
        """Where the hidden text stands."""
        gap = self.gap
        return {"package": gap.package, "path": gap.path, "line": gap.line, "truth": gap.truth}


@dataclass(frozen=True)
class Program:
    """A wrong line of a program, its place told and its text shown."""

    item: condefects.Item
    right_as_it_is = False

    @property
    def task(self) -> FillTask:
        """The program with the wrong line as a gap."""
        return self.item.task

    @property
    def document(self) -> Document:
        """The wrong program."""
        return Document(condefects.PATH, self.item.text, language="python")

    @property
    def truth(self) -> str:
        """The wrong line: what a draft is compared with, as the accepted program has no such span."""
        return self.item.span.slice(self.item.text)

    def critic(self) -> Critic:
        """The grammar, and who knows that the old line is wrong."""
        grammar = critic(self.document, self.item.task, keystroke_guards())

        def faults(texts: tuple[str, ...]) -> Sequence[Fault]:
            if texts[0].strip() == self.truth:
                return [Fault(0, Span(0, len(texts[0])), "the line is as it was")]
            return grammar(texts)

        return faults

    def passes(self, texts: tuple[str, ...]) -> bool:
        """Whether it is another program that parses."""
        changed = texts[0].strip() != self.truth
        return changed and parses(self.document, self.item.fill(texts[0]), guards())

    def right(self, engine: Engine, draft: Draft) -> bool:
        """Whether it is the accepted program, layout apart."""
        program = self.item.fill(draft.texts[0])
        form, true_form = forms([program, self.item.fixed])
        return same(program, self.item.fixed, form, true_form)

    def to_json(self) -> dict[str, Any]:
        """The program, and its wrong line, from 1."""
        return {"id": self.item.id, "line": self.item.line + 1}


@dataclass(frozen=True)
class Solution:
    """A wrong number of a worked solution, its place told, with its copy."""

    item: corruption.Item
    right_as_it_is = False

    @property
    def text(self) -> str:
        """Question and solution."""
        return self.item.wrong

    @property
    def task(self) -> FillTask:
        """The number and its copy as gaps."""
        return FillTask(self.text, self.item.place.spans, PATH)

    @property
    def truth(self) -> str:
        """The right number."""
        return self.item.place.read(self.item.text)

    def critic(self) -> Critic:
        """The equation, and that both copies are one number."""
        return self._faults

    def passes(self, texts: tuple[str, ...]) -> bool:
        """Whether the equation holds, and both copies are one number."""
        return not self._faults(texts)

    def right(self, engine: Engine, draft: Draft) -> bool:
        """Whether the solution is as it was before."""
        return set(draft.texts) == {self.truth}

    def to_json(self) -> dict[str, Any]:
        """Where the wrong number stands, and what it was."""
        return self.item.to_json()

    def _faults(self, texts: tuple[str, ...]) -> list[Fault]:
        first = texts[0]
        if not all(NUMBER.fullmatch(text) for text in texts):
            why = "this is no number"
        elif set(texts) != {first}:
            why = "the copies differ"
        elif not list(equations(self._filled(first)))[self.item.place.equation].holds:
            why = "the equation does not hold"
        else:
            return []
        return [Fault(gap, Span(0, len(text)), why) for gap, text in enumerate(texts)]

    def _filled(self, number: str) -> str:
        return self.item.place.write(self.item.text, number)


@dataclass(frozen=True)
class Control(Solution):
    """The place in the correct solution instead: a draft that is likelier than what stands there would spoil it."""

    right_as_it_is = True

    @property
    def text(self) -> str:
        """Question and correct solution."""
        return self.item.text

    def right(self, engine: Engine, draft: Draft) -> bool:
        """Whether it would stay: the draft is no other number, or not likelier."""
        if set(draft.texts) != {draft.texts[0]} or not NUMBER.fullmatch(draft.texts[0]):
            return True
        if draft.texts[0] == self.truth:
            return True
        old = (self.truth,) * len(self.item.place.spans)
        there, new = scorer(engine).score(self.task, [old, draft.texts])
        return there >= new
