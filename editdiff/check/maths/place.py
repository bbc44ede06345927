"""Where a chain stands, as far as it changes what signs and numbers mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

from editdiff.check.maths.conventions import USUAL, Conventions
from editdiff.check.maths.exact import ORDINARY, Reading

_OVERFLOWS = (1 << 8, 1 << 16, 1 << 32, 1 << 64)
"""Moduli of the whole numbers of programs."""


@dataclass(frozen=True)
class Place:
    """Where a chain stands."""

    passage: str
    latex: bool
    code: bool
    """Whether it is a comment of a program."""
    bullet: str = ""
    """The sign before the passage that marks it as an item of a list."""
    manner: Conventions = USUAL
    """What is peculiar to the document."""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Every meaning that the signs may have; what is right in one of them is right."""
        found = [ORDINARY, Reading(factorial_end=True)]
        found += [Reading(base=base) for base in sorted({2} | self.manner.bases)]
        found += [Reading(modulus=modulus) for modulus in sorted(self.manner.moduli)]
        if self.latex:
            return tuple(found)
        if self.code:
            found += [Reading(whole="floor"), Reading(whole="trunc")]
            found += [Reading(modulus=modulus) for modulus in _OVERFLOWS]
        if "^" in self.passage:  # `**` has one meaning only
            found += [replace(reading, xor=True) for reading in found if reading.is_decimal]
        return tuple(found)
