"""One training example as text, before any token: a document as it shall be, and which parts of it are hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from editdiff.text.span import Span


@dataclass(frozen=True)
class Example:
    """What every task of the mixture makes. Putting `targets` back into `blanked` gives `text` exactly."""

    task: str
    """Name of the task, for statistics."""
    text: str
    """The document as it shall be afterwards."""
    gaps: tuple[Span, ...]
    """What of it is hidden: disjoint, in order, at least one."""
    path: str = ""
    """File name, as the model is told it."""
    old: str | None = None
    """What stood in the last gap before: faulty text (repair), or text to be rewritten (instruction)."""
    ask: str | None = None
    """What to do with it, in words."""
    draft: str | None = None
    """In-place revision, of one gap: the text that the canvas starts from instead of masks."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The hidden text of each gap."""
        return tuple(gap.slice(self.text) for gap in self.gaps)

    @property
    def blanked(self) -> tuple[str, ...]:
        """The text around the gaps: before the first, between them, after the last."""
        starts = [0, *(gap.end for gap in self.gaps)]
        ends = [*(gap.start for gap in self.gaps), len(self.text)]
        return tuple(self.text[s:e] for s, e in zip(starts, ends, strict=True))


Maker = Callable[[str, str, np.random.Generator], Example | None]
"""Makes an example of a file's text, its name and randomness; None where the file has no place for the task."""


def filled(blanked: Sequence[str], targets: Sequence[str]) -> str:
    """Put `targets` back between the pieces of `blanked`."""
    first, *rest = blanked
    return first + "".join(t + after for t, after in zip(targets, rest, strict=True))
