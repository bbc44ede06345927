"""Numbers of another base, though no word says so: `101 = 1*4 + 0*2 + 1`, `8 + 2 = 1010`."""

from __future__ import annotations

from fractions import Fraction

from editdiff.check.maths.exact import in_base
from editdiff.check.maths.tree import Apply, Number, Tree, walk

_BASES = (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16, 20, 36)
_LEAST_BITS = 3
"""Digits from which on a number of noughts and ones may be a binary one beside a decimal one."""
_POWERS_OF_TWO = {Fraction(1 << power) for power in range(64)}


def is_expansion(number: str, tree: Tree, value: Fraction) -> bool:
    """Whether a number has a value in binary, or in a base whose powers stand in the calculation of it."""
    if len(number) < 2 or not number.isdecimal():
        return False
    if in_base(number, 2) == value:
        return len(number) >= _LEAST_BITS or _numbers(tree) <= _POWERS_OF_TWO
    factors = _factors(tree)
    return any(
        in_base(number, base) == value and any(base**power in factors for power in range(1, 9))
        for base in _BASES
    )


def _numbers(tree: Tree) -> set[Fraction]:
    return {node.value for node in walk(tree) if isinstance(node, Number)}


def _factors(tree: Tree) -> set[Fraction]:
    """Numbers that something is multiplied by, or that are raised to a power."""
    products = (node for node in walk(tree) if isinstance(node, Apply) and node.operation in "*^")
    return {part.value for node in products for part in node.arguments if isinstance(part, Number)}
