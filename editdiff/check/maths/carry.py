"""One equation carried along: some of its numbers are others now, and its results are worked out anew.

It must have held before, in exact fractions or rounded as it is written, and each number that changes may stand in
a side only once. Everything that is not so simple is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from editdiff.check.maths.chains import Chain, Side
from editdiff.check.maths.exact import NotRationalError, NoValueError, TooLargeError, value
from editdiff.check.maths.notation import Written, decimal, is_writing, rewritten_number, written
from editdiff.check.maths.repair import changes, read, solved, the_only
from editdiff.check.maths.tree import Apply, Name, Number, Tree, calculates, variables, walk
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

MOST_PLACES = 3
"""Decimals that a result may get which it had not."""
_CENTS = 2


class Values(NamedTuple):
    """What a number says: its value, and whether it counts hundredths."""

    value: Fraction
    percent: bool


@dataclass(frozen=True)
class Moved:
    """What a number is now, and where."""

    new: Fraction
    since: int
    """Behind the result, in code points of the document."""
    until: float
    """Where it may be something else."""
    nouns: tuple[str, ...]
    """Words behind the result."""
    coins: frozenset[str]
    """Currencies of the equation."""


@dataclass(frozen=True)
class Carried:
    """What of a chain changes; nothing where none of its numbers does."""

    edits: tuple[TextEdit, ...] = ()
    """In the passage."""
    results: Mapping[Values, Fraction] = field(default_factory=dict)
    """What its results were, and are."""
    defined: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    """A variable that it defines, with what it was and is."""


class _DoubtError(Exception):
    """Something is not so simple."""


Names = Mapping[str, tuple[Fraction, Fraction]]


def carried(
    chain: Chain,
    passage: str,
    latex: bool,
    moved: Mapping[Values, Fraction],
    names: Names,
    *,
    cents: bool = True,
) -> Carried | None:
    """A chain with other numbers; None where one of them stands in it and it cannot be carried along.

    Sums of money keep their `cents`.
    """
    sides = list(chain.sides)
    first = sides[0].tree
    name = first.text if isinstance(first, Name) and first.text not in names else ""
    if name:
        sides = sides[1:]
    if not any(_touched(side, moved, names) for side in sides):
        return Carried(defined={name: (Fraction(0), Fraction(0))} if name else {})
    try:
        if any(relation != "=" for relation in chain.relations):
            raise _DoubtError
        return _carried(sides, _Work(passage, latex, moved, names, cents), name)
    except (_DoubtError, NoValueError, NotRationalError, TooLargeError):
        return None


def results(chain: Chain) -> set[Values]:
    """Values of the sides that are numbers, behind one that is worked out."""
    found, is_calculated = set[Values](), False
    for side in chain.sides:
        is_calculated = is_calculated or (side.tree is not None and calculates(side.tree))
        form = written(side.tree)
        if form and is_calculated and not form.fraction:
            found.add(Values(form.number.value, form.percent))
    return found


def _carried(sides: list[Side], work: _Work, name: str) -> Carried:
    names = work.names
    trees = [side.tree for side in sides]
    if any(tree is None or variables(tree) - names.keys() for tree in trees):
        raise _DoubtError
    was = [_value(tree, names, 0) for tree in trees if tree]
    is_said = len(sides) == 2 and isinstance(trees[0], Name)
    if not (name or is_said or any(tree and calculates(tree) for tree in trees)):
        raise _DoubtError
    if not _hold(trees, was):
        return work.mended(sides)
    for side in sides:
        work.carry(side, was[0])
    assert work.now is not None
    kept = {key: new for key, new in work.results.items() if key.value != new}
    return Carried(tuple(work.edits), kept, {name: (was[-1], work.now)} if name else {})


def _hold(trees: Sequence[Tree | None], values: Sequence[Fraction]) -> bool:
    """Whether sides equal the first one, as they are written."""
    for tree, found in zip(trees[1:], values[1:], strict=True):
        form = written(tree)
        if found != values[0] and (form is None or not is_writing(form, values[0], False)):
            return False
    return True


@dataclass
class _Work:
    """A chain in the making."""

    passage: str
    latex: bool
    moved: Mapping[Values, Fraction]
    names: Names
    cents: bool
    now: Fraction | None = None
    """What the sides are to be."""
    before: set[Fraction] = field(default_factory=set)
    """Numbers of the side before: a step keeps all but what it works out."""
    edits: list[TextEdit] = field(default_factory=list)
    results: dict[Values, Fraction] = field(default_factory=dict)

    def carry(self, side: Side, was: Fraction) -> None:
        """Take the next side; `was` is what the first one used to be."""
        form = written(side.tree)
        if form is None or form.fraction or self.now is None:
            edits = self._of_calculation(side)
            changed = _value(self._read(side, edits), self.names, 1)
            if self.now is not None and changed != self.now:
                raise _DoubtError
            self.now = changed
        else:
            edits = self._result(side, form, was)
            again = self._read(side, edits)
            rewritten, changed = written(again), value(again)
            if rewritten is None or not is_writing(rewritten, self.now, False):
                raise _DoubtError
            key = Values(form.number.value, form.percent)
            self.results[key] = changed * (100 if form.percent else 1)
        self.edits += edits
        assert side.tree is not None
        self.before = {node.value for node in walk(side.tree) if isinstance(node, Number)}

    def mended(self, sides: Sequence[Side]) -> Carried:
        """What did not hold, where it does with the new numbers and its own result."""
        for side in sides:
            self.edits += self._hits(side)
        trees = [
            self._read(side, [e for e in self.edits if side.span.contains(e.span)])
            for side in sides
        ]
        if not self.edits or not _hold(trees, [_value(tree, self.names, 1) for tree in trees]):
            raise _DoubtError
        return Carried(tuple(self.edits))

    def _of_calculation(self, side: Side) -> list[TextEdit]:
        """The numbers that are others now; else the one with which the side is what it should be."""
        edits = self._hits(side)
        if self.now is None or _value(self._read(side, edits), self.names, 1) == self.now:
            return edits
        if edits:
            raise _DoubtError
        target, text = self.now, side.span.slice(self.passage)

        def solutions(unknown: Tree) -> list[Fraction]:
            solution = solved(unknown, target)
            return [] if solution is None else [solution]

        found = changes(text, self.latex, solutions, lambda tree: _is(tree, target))
        (only,) = the_only(found, self.before) or (None,)
        if only is None:
            raise _DoubtError
        return [TextEdit(side.span, only)]

    def _hits(self, side: Side) -> list[TextEdit]:
        """The numbers of a calculation that are others now; each may stand there once."""
        if side.tree is None or not calculates(side.tree):
            return []
        hits = [(n, self.moved[key]) for n, key in _numbers(side.tree) if key in self.moved]
        if len({number.value for number, _ in hits}) != len(hits):
            raise _DoubtError
        edits = list[TextEdit]()
        for number, to in hits:
            span, new = Span(number.at, number.at + len(number.text)), in_manner(number, to, False)
            if new is None or span.slice(self.passage) != number.text:
                raise _DoubtError
            edits.append(TextEdit(span, new))
        return edits

    def _result(self, side: Side, form: Written, was: Fraction) -> list[TextEdit]:
        """A side that is a number, with a result that is worked out anew."""
        text, number = side.span.slice(self.passage), form.number
        scale = 100 if form.percent else 1
        assert self.now is not None
        signed = text[0] in "-−" or self.now <= 0 or was <= 0
        span = Span(number.at, number.at + len(number.text))
        if signed or form.scientific or span.slice(self.passage) != number.text:
            raise _DoubtError
        before = self.passage[: side.span.start].rstrip(" ")[-1:]
        coin = self.cents and before in ("$", "€", "£")
        rounded = was * scale != number.value
        new = in_manner(number, self.now * scale, coin, rounded=rounded)
        if new is None:
            raise _DoubtError
        return [TextEdit(span, new)] if new != number.text else []

    def _read(self, side: Side, edits: Sequence[TextEdit]) -> Tree:
        """A side as it is with some edits."""
        own = Edits(tuple(edit.shift(-side.span.start) for edit in edits))
        tree = read(own.apply(side.span.slice(self.passage)), self.latex)
        if tree is None:
            raise _DoubtError
        return tree


def _is(tree: Tree, target: Fraction) -> bool:
    with suppress(NoValueError, NotRationalError, TooLargeError):
        return value(tree) == target
    return False


def in_manner(number: Number, new: Fraction, coin: bool, *, rounded: bool = False) -> str | None:
    """A value above nought as a number is written: its separators, and its decimals where they are fixed.

    A sum of money keeps its cents, any other number loses the decimals that it needs no more. None where it would
    need many, but for a number that was `rounded`, too.
    """
    if new <= 0 or "e" in number.text.lower() or not number.text[-1].isdecimal():
        return None
    places = next((p for p in range(MOST_PLACES + 1) if (new * 10**p).denominator == 1), None)
    if places is None:
        return decimal(new, number.places) if rounded and number.places > 0 else None
    fixed = number.places and (number.text.endswith("0") or (coin and number.places == _CENTS))
    if fixed or (number.places and places > number.places):
        places = max(places, number.places)
    return rewritten_number(replace(number, places=places), new)


def _touched(side: Side, moved: Mapping[Values, Fraction], names: Names) -> bool:
    """Whether a side has a number or a name that is another one now; a result alone is none."""
    if side.tree is None or not (calculates(side.tree) or isinstance(side.tree, Name)):
        return False
    if variables(side.tree) & names.keys():
        return True
    return any(key in moved for _, key in _numbers(side.tree))


def _numbers(tree: Tree) -> list[tuple[Number, Values]]:
    """The numbers of a tree, each with what it says."""
    found = list[tuple[Number, Values]]()
    shares = {
        id(node.arguments[0])
        for node in walk(tree)
        if isinstance(node, Apply) and node.operation == "%"
    }
    for node in walk(tree):
        if isinstance(node, Number) and node.at >= 0:
            found.append((node, Values(node.value, id(node) in shares)))
    return found


def _value(tree: Tree, names: Names, at: int) -> Fraction:
    """The value of a tree, variables as they were (0) or are (1)."""
    return value(_put_in(tree, names, at))


def _put_in(tree: Tree, names: Names, at: int) -> Tree:
    if isinstance(tree, Apply):
        return Apply(tree.operation, tuple(_put_in(part, names, at) for part in tree.arguments))
    if isinstance(tree, Name) and tree.text in names:
        return Number("", names[tree.text][at])
    return tree
