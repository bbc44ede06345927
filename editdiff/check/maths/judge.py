"""Whether the sides of a chain are equal: in exact fractions where they suffice, else by sympy.

Judged are two neighbours that are both numeric, where something is calculated in one of them or before them;
and two that have the same variables, where they are steps of a derivation (three sides or more, all of the
same variables), or cannot be meant as an equation to be solved (`sympy_worker.identity`). A name alone at the
beginning is a definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from editdiff.check.maths.chains import Chain, Side
from editdiff.check.maths.dates import is_range
from editdiff.check.maths.doubts import (
    in_degrees,
    is_definition,
    is_far,
    is_other,
    is_unclear,
    readings,
    runs_on,
)
from editdiff.check.maths.exact import (
    ORDINARY,
    NotRationalError,
    NoValueError,
    Reading,
    TooLargeError,
    value,
)
from editdiff.check.maths.notation import candidates, is_writing, shown, written
from editdiff.check.maths.place import Place
from editdiff.check.maths.repair import UNKNOWN, Change, all_of, changes, solved, the_only
from editdiff.check.maths.symbolic import Sympy, UndecidedError
from editdiff.check.maths.tree import Name, Number, Tree, calculates, variables, walk
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

TOLERANCE = Fraction(1, 10**30)
"""Relative difference below which two values with radicals are the same."""
ABOUT = Fraction(1, 10)
"""Relative difference that `≈` allows between two calculations."""
MAX_SHOWN = 40
"""Code points of a side in a message."""
_SIGNS = {
    "=": "", "≈": "about ", "<": "less than ", ">": "more than ", "≤": "at most ", "≥": "at least ",
}  # fmt: skip
NEAREST = 20
"""Sides of a chain with which a later one is compared."""
MAX_REPAIRS = 200
"""Sides of one document in which a number to be changed is looked for: more than anybody mends at once."""


@dataclass(frozen=True)
class Verdict:
    """What was found out about a side that was looked at."""

    span: Span
    """Of the side, in code points of the passage."""
    kind: Literal["right", "wrong", "undecided"]
    message: str = ""
    """What is wrong; for an undecided one, why nothing is known."""
    candidates: tuple[str, ...] = ()
    instead: tuple[TextEdit, ...] = ()
    """Changes of a number of this side or the other one, each of which would do alone; in the passage."""


class Judge:
    """Judges chains one after the other; sympy is asked only where fractions do not suffice."""

    def __init__(self, sympy: Sympy) -> None:
        self.sympy = sympy
        self.repairs = MAX_REPAIRS
        """Sides in which a number to be changed may still be looked for; whoever judges a document sets it."""
        self.choices = MAX_REPAIRS
        """The same, for what may have been meant instead."""

    def verdicts(self, chain: Chain, place: Place) -> Iterator[Verdict]:
        """One for every side that can be compared with the one before it, or may not be for its size."""
        for at in range(1, len(chain.sides)):
            left, right = chain.sides[at - 1], chain.sides[at]
            if left.too_long or right.too_long:
                yield Verdict(right.span, "undecided", "too long")
            if left.tree is None or right.tree is None:
                continue
            try:
                yield from self._link(chain, at, left.tree, right.tree, place)
            except NoValueError:
                continue
            except TooLargeError:
                yield Verdict(right.span, "undecided", "the numbers are too large")
            except UndecidedError as error:
                yield Verdict(right.span, "undecided", str(error))

    def _link(
        self, chain: Chain, at: int, left: Tree, right: Tree, place: Place
    ) -> Iterator[Verdict]:
        names, trees = variables(left), [side.tree for side in chain.sides]
        if names != variables(right) or is_definition(trees, at) or in_degrees(left, right):
            return
        if names:
            yield from self._identity(chain, at, left, right, place)
            return
        before = _numeric_before(chain, at)
        calculated = any(calculates(tree) for tree in (*before, right))
        if not calculated or is_range(chain.sides[at - 1].span.slice(place.passage)):
            return
        if self._agrees(chain.relations[at - 1], before, right, place):
            yield Verdict(chain.sides[at].span, "right")
        elif not self._may_mean_other(chain, at, left, right, place):
            yield self._wrong(chain, at, place)

    def _may_mean_other(self, chain: Chain, at: int, left: Tree, right: Tree, place: Place) -> bool:
        """Whether two sides that differ may be meant in another way, in which nothing is wrong."""
        spans = chain.sides[at - 1].span, chain.sides[at].span
        texts = spans[0].slice(place.passage), spans[1].slice(place.passage)
        values = self._value(left, ORDINARY), self._value(right, ORDINARY)
        if is_other(place.passage, spans, (left, right), values):
            return True
        behind = chain.sides[at + 1].tree if at + 1 < len(chain.sides) else None
        if runs_on(left, right, behind) or is_far(*values, left, right):
            return True
        before = place.passage[: spans[0].start]
        bulleted = at == 1 and place.bullet == "-" and not before.strip()
        dashed = (at == 1 and chain.dashed) or bulleted
        return any(
            self._is_related(one, chain.relations[at - 1], other, place)
            for one, other in readings(left, right, texts, before, dashed)
        )

    def _agrees(self, relation: str, before: Sequence[Tree], right: Tree, place: Place) -> bool:
        """Whether a side agrees with one before it, the nearest first, in any reading."""
        if relation not in "=≈":
            return self._compares(relation, before[-1], right)
        return any(
            self._equal(left, right, relation == "≈", reading)
            for reading in place.readings
            for left in reversed(before)
        )

    def _equal(self, left: Tree, right: Tree, approximate: bool, reading: Reading) -> bool:
        try:
            one, other = self._value(left, reading), self._value(right, reading)
        except (NoValueError, TooLargeError):
            if reading == ORDINARY:
                raise
            return False
        if reading.modulus:
            return (one - other) % reading.modulus == 0
        same = abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
        if same and not reading.whole:
            return True
        forms = written(left), written(right)
        is_number = any(form and not form.fraction for form in forms)
        if reading.whole:
            return same and is_number  # else 1/3 and 7/9 were both nought
        if forms[1] and is_writing(forms[1], one, approximate):
            return True
        if forms[0] and is_writing(forms[0], other, approximate):
            return True
        if is_number:
            return False
        slack = _slack(left, right) + (ABOUT if approximate else 0)
        return abs(one - other) <= slack * max(abs(one), abs(other))

    def _compares(self, relation: str, left: Tree, right: Tree) -> bool:
        one, other = self._value(left, ORDINARY), self._value(right, ORDINARY)
        return {"<": one < other, ">": one > other, "≤": one <= other, "≥": one >= other}[relation]

    def _value(self, tree: Tree, reading: Reading) -> Fraction:
        try:
            return value(tree, reading)
        except NotRationalError:
            if reading != ORDINARY:
                raise NoValueError("other readings are of whole numbers") from None
            return self.sympy.value(tree)

    def _wrong(self, chain: Chain, at: int, place: Place) -> Verdict:
        right, relation = chain.sides[at], chain.relations[at - 1]
        left = chain.sides[_last_calculated(chain, at)]
        assert left.tree is not None
        should = self._value(left.tree, ORDINARY)
        form = written(right.tree)
        side, texts = self._repaired(chain, at, place) if relation in "=≈" else (right, ())
        instead = self._instead(left, right, place) if relation == "=" else ()
        if relation in "=≈" and form and not (form.fraction and not calculates(left.tree)):
            message = f"{_shown(left, place)} is {shown(should, form)}, not {_shown(right, place)}"
        elif relation in "=≈" and not calculates(left.tree) and right.tree is not None:
            found = shown(self._value(right.tree, ORDINARY), None)
            message = (
                f"{_shown(right, place)} is {found}, not {_SIGNS[relation]}{_shown(left, place)}"
            )
        else:
            there = _SIGNS[relation] + _shown(right, place)
            message = f"{_shown(left, place)} is {shown(should, None)}, not {there}"
        others = tuple(e for e in instead if e.span != side.span or e.text not in texts[:1])
        return Verdict(side.span, "wrong", message, texts, others)

    def _instead(self, left: Side, right: Side, place: Place) -> tuple[TextEdit, ...]:
        """Changes of a single number of either side with which the two are equal."""
        self.choices -= 1
        if self.choices < 0:
            return ()
        found = []
        for side, other in ((left, right), (right, left)):
            if side.tree and calculates(side.tree):
                texts = all_of(self._changes(side, other, place))
            else:
                texts = self._texts(side, other, place)[:1]
            found += [TextEdit(side.span, text) for text in texts]
        return tuple(found)

    def _repaired(self, chain: Chain, at: int, place: Place) -> tuple[Side, tuple[str, ...]]:
        """The side to be changed and texts for it: the later one, unless sides behind it rest on it.

        If they do, the one before it, where that was a mere number, or where a further calculation proves the
        later one; otherwise the fault may have been carried on, and more than one side would have to change.
        """
        begun = _last_calculated(chain, at)
        left, right = chain.sides[begun], chain.sides[at]
        resting = self._resting(chain, at, left, place)
        if resting:
            proved = written(right.tree) and any(calculates(tree) for tree in resting)
            is_plain = proved or written(left.tree)
            return (left, self._texts(left, right, place)) if is_plain else (right, ())
        before = (
            _numeric_before(chain, begun) if begun and chain.relations[begun - 1] in "=≈" else ()
        )
        assert left.tree is not None
        if before and not any(self._is_equal(tree, left.tree, place) for tree in before):
            return right, ()
        is_worked_out = written(right.tree) or calculates(left.tree)
        return right, self._texts(right, left, place) if is_worked_out else ()

    def _resting(self, chain: Chain, at: int, left: Side, place: Place) -> list[Tree]:
        """Sides behind the one at `at` that agree with it, and not with the one before it."""
        right, found = chain.sides[at], []
        assert left.tree is not None and right.tree is not None
        for k in range(at + 1, min(len(chain.sides), at + NEAREST)):
            tree, relation = chain.sides[k].tree, chain.relations[k - 1]
            if tree is None or variables(tree) or relation not in "=≈":
                break
            with suppress(NoValueError, TooLargeError, UndecidedError):
                on_right = self._agrees(relation, [right.tree], tree, place)
                if on_right and not self._agrees(relation, [left.tree], tree, place):
                    found.append(tree)
        return found

    def _texts(self, side: Side, other: Side, place: Place) -> tuple[str, ...]:
        """Texts for a numeric side that is to equal another one."""
        tree = other.tree
        assert tree is not None
        if form := written(side.tree):
            text = side.span.slice(place.passage)
            return candidates(form, text, self._value(tree, ORDINARY))
        if not self._may_search():
            return ()
        kept = {node.value for node in walk(tree) if isinstance(node, Number)}
        return the_only(self._changes(side, other, place), kept)

    def _changes(self, side: Side, other: Side, place: Place) -> list[Change]:
        """What makes a calculation equal to another side, one number changed."""
        tree = other.tree
        assert tree is not None
        should, text = self._value(tree, ORDINARY), side.span.slice(place.passage)

        def solutions(unknown: Tree) -> list[Fraction]:
            found = solved(unknown, should)
            return [] if found is None else [found]

        return changes(text, place.latex, solutions, lambda new: self._is_equal(tree, new, place))

    def _may_search(self) -> bool:
        """Whether a number to be changed may be looked for once more."""
        self.repairs -= 1
        return self.repairs >= 0

    def _is_equal(self, left: Tree, right: Tree, place: Place) -> bool:
        return self._is_related(left, "=", right, place)

    def _is_related(self, left: Tree, relation: str, right: Tree, place: Place) -> bool:
        with suppress(NoValueError, TooLargeError, UndecidedError):
            return self._agrees(relation, [left], right, place)
        return False

    def _identity(
        self, chain: Chain, at: int, left: Tree, right: Tree, place: Place
    ) -> Iterator[Verdict]:
        if chain.relations[at - 1] != "=" or any(is_unclear(name) for name in variables(left)):
            return
        answer = self.sympy.identity(left, right)
        if answer == "holds":
            yield Verdict(chain.sides[at].span, "right")
        if answer == "near" or (answer == "other" and _is_derivation(chain)):
            if any(self._holds(side.tree, right) for side in _alike(chain, range(at - 2, -1, -1))):
                yield Verdict(chain.sides[at].span, "right")
                return
            side, found = self._identity_repaired(chain, at, place)
            texts = the_only(found)
            instead = () if texts else tuple(TextEdit(side.span, text) for text in all_of(found))
            sides = _shown(chain.sides[at - 1], place), _shown(chain.sides[at], place)
            names = ", ".join(sorted(variables(left)))
            message = f"{sides[0]} is not {sides[1]} for every {names}"
            yield Verdict(side.span, "wrong", message, texts, instead)

    def _identity_repaired(
        self, chain: Chain, at: int, place: Place
    ) -> tuple[Side, Sequence[Change]]:
        """The side to be changed and how: the later one, or of two alone the earlier one if that will not do.

        Not at all where a fault may have been carried on: more than one side would have to change.
        """
        left, right = chain.sides[at - 1], chain.sides[at]
        if not self._may_search():
            return right, ()
        behind = _alike(chain, range(at + 1, len(chain.sides)))
        carried_on = any(self._holds(right.tree, side.tree) for side in behind)
        if carried_on or (at > 1 and not self._holds(chain.sides[at - 2].tree, left.tree)):
            return right, ()
        found = self._identity_changes(right, left, place)
        if found or len(chain.sides) > 2:
            return right, found
        found = self._identity_changes(left, right, place)
        return (left, found) if the_only(found) else (right, ())

    def _identity_changes(self, side: Side, other: Side, place: Place) -> list[Change]:
        """What makes a side with variables equal to another one for all their values."""
        tree = other.tree
        assert tree is not None

        def solutions(unknown: Tree) -> Sequence[Fraction]:
            with suppress(UndecidedError):
                return self.sympy.solutions(unknown, tree, UNKNOWN.text)
            return ()

        text = side.span.slice(place.passage)
        return changes(text, place.latex, solutions, lambda new: self._holds(tree, new))

    def _holds(self, left: Tree | None, right: Tree | None) -> bool:
        """Whether two sides are known to be equal for all values of their variables."""
        with suppress(UndecidedError):
            if left is not None and right is not None and variables(left) == variables(right):
                return self.sympy.identity(left, right) == "holds"
        return False


def _alike(chain: Chain, places: range) -> list[Side]:
    """Sides at these places, as far as `=` leads from one to the next."""
    found = []
    for k in places[:NEAREST]:
        if chain.relations[k if places.step < 0 else k - 1] != "=" or chain.sides[k].tree is None:
            break
        found.append(chain.sides[k])
    return found


def _last_calculated(chain: Chain, at: int) -> int:
    """Which side the one at `at` is told to equal: of `2 + 2 = 5 = 6` the first, for both numbers."""
    for k in range(at - 1, max(0, at - NEAREST) - 1, -1):
        tree = chain.sides[k].tree
        if tree is None or variables(tree):
            break
        if calculates(tree):
            return k
    return at - 1


def _numeric_before(chain: Chain, at: int) -> list[Tree]:
    """Sides without variables that lead up to a side without a gap."""
    found: list[Tree] = []
    for side in reversed(chain.sides[max(0, at - NEAREST) : at]):
        if side.tree is None or variables(side.tree):
            break
        found.append(side.tree)
    return found[::-1]


def _is_derivation(chain: Chain) -> bool:
    """Whether it has three sides or more, and all have the same variables."""
    trees = [side.tree for side in chain.sides]
    names = {variables(tree) if tree else None for tree in trees}
    return (
        len(trees) > 2
        and len(names) == 1
        and not any(isinstance(tree, Name | Number) for tree in trees)
    )


def _slack(*sides: Tree) -> Fraction:
    """Relative error that the decimals of two calculations bring, if all are rounded."""
    decimals = (
        n
        for side in sides
        for n in walk(side)
        if isinstance(n, Number) and n.places > 0 and n.value
    )
    return sum((number.unit / abs(number.value) for number in decimals), Fraction(0))


def _shown(side: Side, place: Place) -> str:
    text = " ".join(side.span.slice(place.passage).split())
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
