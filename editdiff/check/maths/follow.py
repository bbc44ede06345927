"""What rests on a result that is mended: later equations of its section, and words that repeat it.

Whoever wrote `12 * 4 = 46` goes on with 46. A later equation that held with the old number gets the new one, and a
result anew, and so on; a number in words follows where the words say that it is that result. In doubt nothing is:
not where the number has another source (it stands before the calculation, another equation comes to it, a word
brings it in), not behind a place where it may be a quantity of its own, and nothing in tables and worksheets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from editdiff.check.maths.carry import Carried, Moved, Values, carried, in_manner, results
from editdiff.check.maths.chains import Chain
from editdiff.check.maths.mentions import (
    Mention,
    alike,
    coin_of,
    concludes,
    is_definite,
    is_percent,
    nouns_behind,
    numbers,
    said_in_words,
    sentence_of,
    sort_of,
    speaks_against,
)
from editdiff.check.maths.notation import written
from editdiff.check.maths.passages import Passage, visible
from editdiff.check.maths.repair import read
from editdiff.check.maths.section import REACH, Equation, Section, with_commas
from editdiff.check.maths.tree import Name, calculates
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

_EMPTY_LINE = re.compile(r"\n[ \t>]*\r?\n")
_WHOLE_SUM = re.compile(r"[$€£] ?[0-9][0-9,]*(?![0-9.,])")
LEAST, SMALL = 2, 20
"""Smaller numbers are not followed, or not beyond the next empty line: they easily stand for something else."""
ROUNDS = 8
"""How often numbers are looked at anew, those with two sources left out."""


def follow(
    document: Document, edit: TextEdit, found: Iterable[tuple[Passage, Chain]]
) -> tuple[TextEdit, ...]:
    """Further changes of a text that belong to the change of a result, in order; the result's is not among them.

    `found` are the chains of the document. None where the change is none of a result, or nothing rests on it.

    Raises:
        MissingDependencyError: as `passages`.
    """
    equations = sorted((Equation(*each) for each in found), key=lambda each: each.span)
    mended = next((each for each in equations if _is_result(document.text, each, edit)), None)
    if mended is None:
        return ()
    text, never, unnamed = visible(document), frozenset[Values](), frozenset[str]()
    for _ in range(ROUNDS):
        search = _Search(text, edit, mended, equations, never, unnamed)
        search.run()
        if search.doubled <= never and search.lost <= unnamed:
            break
        never, unnamed = never | search.doubled, unnamed | search.lost
    else:
        return ()
    edits = [TextEdit(*each) for each in sorted(search.edits.items())]
    apart = all(left.span.end <= right.span.start for left, right in pairwise(edits))
    return tuple(each for each in edits if apart and each.span.slice(text) != each.text)


def _is_result(text: str, equation: Equation, edit: TextEdit) -> bool:
    """Whether an edit gives an equation another result, which is the last of its sides."""
    *before, last = equation.chain.sides
    if last.span.shift(equation.passage.start) != edit.span or equation.chain.relations[-1] != "=":
        return False
    old, new = written(last.tree), written(read(edit.text, equation.passage.latex))
    if old is None or new is None or old.fraction or new.fraction or old.percent != new.percent:
        return False
    return old.value > 0 and new.value > 0 and any(s.tree and calculates(s.tree) for s in before)


@dataclass
class _Search:
    """One run through what stands behind a result."""

    text: str
    """What is neither prose nor maths covered."""
    edit: TextEdit
    mended: Equation
    equations: Sequence[Equation]
    never: frozenset[Values]
    """Numbers that are not followed."""
    unnamed: frozenset[str]
    """Variables that are not."""
    doubled: frozenset[Values] = frozenset()
    """Numbers to which another equation comes, too."""
    edits: dict[Span, str] = field(default_factory=dict)
    moved: dict[Values, Moved] = field(default_factory=dict)
    names: dict[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    """Variables with what they were and are."""
    last: tuple[Values, Fraction] | None = None
    """What the result of the equation before was, and is; None where it does not change."""
    end: int = 0
    """Of what may rest on the result."""
    cents: bool = True
    """Whether sums of money have their cents."""
    since: int = 0
    """Where that equation ends."""
    unread: list[Span] = field(default_factory=list)
    """Sentences up to an equation that cannot be read."""
    named: dict[str, int] = field(default_factory=dict)
    """Variables that were followed, and from where on."""
    lost: frozenset[str] = frozenset()
    """Those of which a use could not be carried along."""
    carried: list[Span] = field(default_factory=list)
    """Equations that were, or give a variable its value."""
    operands: dict[Span, list[Span]] = field(default_factory=dict)
    """Where an equation stands, to the numbers before it that are taken for its own."""

    doubtful: set[Values] = field(default_factory=set)
    """Numbers that are others now, but may also be something else."""

    def __post_init__(self) -> None:
        self.section = Section(self.text)

    def run(self) -> None:
        """Find all edits."""
        copy, self.edits = self.section.with_copy(self.edit)
        start = self.edit.span.start
        if self.section.is_apart(start) or self.section.is_exercise(start):
            return
        self.cents = _WHOLE_SUM.search(self.text) is None
        scope = self.section.behind(copy, self.mended.passage)
        self.end = scope.end
        self._begin(copy)
        self.equations = [each for each in self.equations if scope.contains(each.span)]
        inside, self.unread = self.section.readable(self.equations)
        within = [each.span for each in inside]
        events: list[tuple[int, Equation | Mention]] = [(e.span.start, e) for e in inside]
        for mention in numbers(self.text, scope.start, scope.end):
            if not any(span.contains(mention.span) for span in within):
                events.append((mention.span.start, mention))
        for _, event in sorted(events, key=lambda each: each[0]):
            if isinstance(event, Equation):
                self._equation(event, inside)
            else:
                self._mention(event, inside)
        self.lost = frozenset(name for name in self.named if self._is_lost(name))

    def _is_lost(self, name: str) -> bool:
        """Whether an equation with a variable that has another value now stays as it is."""
        use = re.compile(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z0-9_])")
        return any(
            each.span.start >= self.named[name]
            and each.span not in self.carried
            and use.search(self.text, each.span.start, each.span.end)
            for each in self.equations
        )

    def _name(self, name: str, values: tuple[Fraction, Fraction], equation: Equation) -> None:
        """A variable that has another value behind an equation."""
        if name not in self.unnamed:
            self.names[name] = values
            self.named.setdefault(name, equation.span.end)

    def _begin(self, copy: Span) -> None:
        """Follow the result, if it has no other source."""
        last = self.mended.chain.sides[-1]
        old, new = written(last.tree), written(read(self.edit.text, self.mended.passage.latex))
        assert old is not None and new is not None
        key = Values(old.number.value, old.percent)
        self.last, self.since = (key, new.number.value), copy.end
        self._follow(key, new.number.value, self.mended, copy)
        name = self.mended.chain.sides[0].tree
        if isinstance(name, Name) and not old.percent:
            self._name(name.text, (old.value, new.value), self.mended)

    def _follow(self, key: Values, new: Fraction, equation: Equation, result: Span) -> None:
        """From its result on a number is another one, unless it has another source."""
        known = self.moved.get(key)
        if known is not None:
            if known.new != new:
                self.doubled |= {key}
            return
        skipped = key.value < LEAST or key in self.never
        if skipped or self._is_given(key.value, equation) or self._is_known(new, equation, result):
            self.doubtful.add(key)
            return
        coins = (self.section.coins_of(equation) | {coin_of(self.text, result)}) - {""}
        until = math.inf
        if key.value < SMALL:
            empty = _EMPTY_LINE.search(self.text, result.end)
            until = empty.start() if empty else math.inf
        nouns = nouns_behind(self.text, result.end)
        self.moved[key] = Moved(new, result.end, until, nouns, frozenset(coins))

    def _is_given(self, value: Fraction, equation: Equation) -> bool:
        """Whether a number stands before an equation, or in what it is worked out from."""
        end = equation.span.start
        start = max(0, end - REACH)
        if said_in_words(self.text[start : end + REACH], value):
            return True
        *before, _ = equation.chain.sides
        sides = [Span(start, end), *(side.span.shift(equation.passage.start) for side in before)]
        return any(self._holds(value, side) for side in sides)

    def _is_known(self, new: Fraction, equation: Equation, result: Span) -> bool:
        """Whether what follows has the right result already: then the wrong one was not carried on."""
        return self._holds(new, Span(result.end, self.end)) and not self._is_given(new, equation)

    def _holds(self, value: Fraction, span: Span) -> bool:
        """Whether a number stands in a stretch, but for those that follow."""
        return any(
            mention.number.value == value and mention.span not in self.edits
            for mention in numbers(self.text, span.start, span.end)
        )

    def _active(self, key: Values, at: int) -> Moved | None:
        moved = self.moved.get(key)
        return moved if moved and moved.since <= at < moved.until else None

    def _bar(self, key: Values, at: int) -> None:
        """From a place on a number is not followed any more."""
        if moved := self.moved.get(key):
            self.moved[key] = replace(moved, until=min(moved.until, at))
            self.doubtful.add(key)

    def _equation(self, equation: Equation, inside: Sequence[Equation]) -> None:
        """Carry an equation along, or see what that it stays means."""
        if any(equation.span.overlaps(span) for span in (self.edit.span, self.mended.span)):
            return
        start, place, self.last = equation.span.start, equation.passage.start, None
        if self._is_definition(equation, inside):
            return
        for key in self.moved:
            moved = self._active(key, start)
            if moved and not self._suits(key, moved, equation):
                self._bar(key, start)
        fits = {key: moved.new for key in self.moved if (moved := self._active(key, start))}
        passage = equation.passage
        done = carried(
            equation.chain, passage.text, passage.latex, fits, self.names, cents=self.cents
        )
        against = speaks_against(sentence_of(self.text, equation.span))
        if (
            done is None
            or (done.edits and self._is_mixed(equation))
            or self.section.is_apart(start)
            or (done.edits and against)
        ):
            self._leave(equation)
            return
        if not done.edits:
            self.doubled |= {key for key in results(equation.chain) if key in self.moved}
            self.names = {n: v for n, v in self.names.items() if n not in done.defined}
            if not results(equation.chain):
                self._leave(equation)
            self._doubt(equation)
            return
        self._take(equation, done, place)

    def _take(self, equation: Equation, done: Carried, place: int) -> None:
        self.edits |= {edit.span.shift(place): edit.text for edit in done.edits}
        self.carried.append(equation.span)
        for name, values in done.defined.items():
            self._name(name, values, equation)
        for key, new in done.results.items():
            result = equation.chain.sides[-1].span.shift(place)
            copy = self.section.copy_behind(result)
            if copy and copy.number.value == key.value:
                text = next(e.text for e in done.edits if result.contains(e.span.shift(place)))
                self.edits[copy.span] = with_commas(text, copy.number.text)
                result = copy.span
            self.last, self.since = (key, new), result.end
            self._follow(key, new, equation, result)

    def _leave(self, equation: Equation) -> None:
        """An equation with a number that cannot be carried along: from there on it is in doubt."""
        for span in self.operands.pop(equation.span, ()):
            self.edits.pop(span, None)
        for mention in self.section.numbers_of(equation):
            for percent in (False, True):
                self._bar(Values(mention.number.value, percent), equation.span.start)
        self._doubt(equation)

    def _doubt(self, equation: Equation) -> None:
        """What rests on a number in doubt is in doubt."""
        if self._is_mixed(equation):
            self.doubtful |= results(equation.chain)

    def _is_mixed(self, equation: Equation) -> bool:
        there = {mention.number.value for mention in self.section.numbers_of(equation)}
        return not there.isdisjoint(key.value for key in self.doubtful)

    def _is_definition(self, equation: Equation, inside: Sequence[Equation]) -> bool:
        """Whether a result is given a name, `so x = 46`; the name is known from there on."""
        name, last = equation.chain.sides[0].tree, equation.chain.sides[-1]
        form = written(last.tree)
        if len(equation.chain.sides) != 2 or not isinstance(name, Name) or name.text in self.names:
            return False
        if form is None or form.fraction or form.percent:
            return False
        moved = self._active(Values(form.number.value, False), equation.span.start)
        span = last.span.shift(equation.passage.start)
        if moved is None or form.value <= 0:
            return False
        self._mention(Mention(span, form.number), inside)
        if span in self.edits:
            self.carried.append(equation.span)
            self._name(name.text, (form.value, moved.new), equation)
        return True

    def _suits(self, key: Values, moved: Moved, equation: Equation) -> bool:
        """Whether a number of an equation may be what was worked out, by its currency."""
        coins = self.section.coins_of(equation, key.value)
        return not coins or not moved.coins or bool(coins & moved.coins)

    def _mention(self, mention: Mention, inside: Sequence[Equation]) -> None:
        """A number outside of equations: it follows, is something else, or puts what follows in doubt."""
        span = mention.span
        if span in self.edits or span.start < self.edit.span.end:
            return
        key = Values(mention.number.value, is_percent(self.text, span))
        if self.last and self.last[0] == key and self._is_answer(span):
            text = self._rewritten(mention, self.last[1])
            if text:
                self.edits[span] = text
            return
        if key not in self.moved or not self._active(key, span.start):
            other = Values(key.value, not key.percent)
            if self._active(other, span.start):
                self._bar(other, span.start)
            return
        sort = sort_of(self.text, span)
        if sort == "other":
            return
        moved = self.moved[key]
        text = self._rewritten(mention, moved.new)
        in_sum = sort == "expression" or any(part.contains(span) for part in self.unread)
        if text and self._repeats(mention, moved, in_sum, inside):
            self.edits[span] = text
        else:
            self._bar(key, span.start)

    def _repeats(
        self, mention: Mention, moved: Moved, in_sum: bool, inside: Sequence[Equation]
    ) -> bool:
        """Whether a number says what was worked out."""
        span = mention.span
        coin, nouns = coin_of(self.text, span), nouns_behind(self.text, span.end)
        if coin and moved.coins and coin not in moved.coins:
            return False
        if (coin and not moved.coins and moved.nouns) or (moved.coins and nouns and not coin):
            return False
        if nouns and moved.nouns and not alike(nouns, moved.nouns):
            return False
        if self.section.is_apart(span.start):
            return False
        sentence = sentence_of(self.text, span)
        if speaks_against(sentence, other=True):
            return False
        same, concluded = bool(nouns and moved.nouns), concludes(sentence)
        definite = is_definite(self.text, span)
        bare = not nouns and mention.number.value >= SMALL
        if (same or concluded or definite or bare) and self._is_operand(mention, inside):
            return True
        if in_sum and not self.section.is_said(span):
            return False
        return concluded or (same and definite)

    def _is_answer(self, span: Span) -> bool:
        """Whether a number is the answer, and the equation before it was read."""
        if not self.section.is_answer(span):
            return False
        return not any(self.since < part.end <= span.start for part in self.unread)

    def _rewritten(self, mention: Mention, new: Fraction) -> str | None:
        cents = self.cents and bool(coin_of(self.text, mention.span))
        return in_manner(mention.number, new, cents)

    def _is_operand(self, mention: Mention, inside: Sequence[Equation]) -> bool:
        """Whether a number stands before an equation of the same line that works with it."""
        end = self.section.line_of(mention.span.end).end
        for each in inside:
            if mention.span.end <= each.span.start < end and any(
                other.number.value == mention.number.value
                for other in self.section.numbers_of(each)
            ):
                self.operands.setdefault(each.span, []).append(mention.span)
                return True
        return False
