"""How far a run goes: how many edits it proposes, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

EDITS, MINUTES = 20, 10.0
"""Unless somebody says otherwise."""


@dataclass
class Bounds:
    """The bounds of one run, and what of them is used up."""

    edits: int = EDITS
    """Most edits that are proposed."""
    minutes: float = MINUTES
    """After which nothing more is begun."""
    made: int = field(default=0, init=False)
    """Edits so far."""
    _began: float = field(default_factory=time.perf_counter, init=False)

    @property
    def left(self) -> int:
        """Edits that may still be proposed."""
        return max(0, self.edits - self.made)

    @property
    def seconds(self) -> float:
        """Time that is left; 0 where it is over."""
        return max(0.0, 60 * self.minutes - (time.perf_counter() - self._began))

    @property
    def full(self) -> str:
        """What is said where no more edits may be proposed."""
        return f"not tried: there are {self.edits} edits already, as many as may be"

    @property
    def late(self) -> str:
        """What is said where the time is over."""
        return f"not tried: the {self.minutes:g} minutes are over"

    @property
    def why(self) -> str:
        """Why nothing more is begun; empty where something may be."""
        if not self.left:
            return self.full
        return "" if self.seconds else self.late
