"""What is shown of a revision while it resolves: places that are still done again, or are proposed otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Place, Sketch
from editdiff.text.diff import whole_words
from editdiff.text.span import Span


class Drawn(Protocol):
    """What is drawn."""

    drawn: tuple[Span, ...]
    """Where the last sketch stands."""


@dataclass
class Drawing:
    """What is shown of a revision while it resolves."""

    revision: Drawn
    on_sketch: OnSketch
    gaps: dict[Span, tuple[Place, ...]] = field(default_factory=dict)
    steps: int = 0

    def begin(self, spans: Sequence[Span], text: str) -> None:
        """Show places of a text of which nothing is known yet, each as wide as what stands there."""
        self.gaps |= {span: (Place(span.slice(text), False, 0.0),) for span in spans}
        self.show()

    def step(self, span: Span, sketch: Sketch) -> None:
        """Show a step of one place."""
        self.steps += 1
        self.gaps[span] = sketch.places
        self.show()

    def settle(self, spans: Sequence[Span], outcome: Proposal | NoEdit) -> None:
        """Show what came of the places of a line."""
        for span in spans:
            del self.gaps[span]
        if isinstance(outcome, Proposal):
            for edit in outcome.edits:
                changed = whole_words(edit, outcome.before.text)
                self.gaps[changed.span] = (Place(changed.text, True, 1.0),)
        self.show()

    def show(self) -> None:
        """Show all places as they are now."""
        self.revision.drawn = tuple(sorted(self.gaps))
        self.on_sketch(Sketch(self.steps, tuple(self.gaps[span] for span in self.revision.drawn)))
