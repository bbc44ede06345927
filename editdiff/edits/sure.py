"""How sure of a draft a model has to be: below that it is declined, as ghost text is silent.

What was measured of a model says how likely a draft is what belongs there, and from which probability on drafts
are worth proposing; whoever asks may say otherwise. Without measurements nothing is declined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import (
    Assessor,
    Draft,
    Engine,
    FillOptions,
    FillTask,
    Reader,
    Reading,
)

SEE_IT = (
    "see it all the same with --confidence 0, in an editor with the setting editdiff.confidence"
)


@dataclass(frozen=True)
class Requirement:
    """How sure of a draft a model has to be."""

    calibration: Assessor | None = None
    """Says how sure it is; None where nobody can."""
    named: float | None = None
    """Least confidence that the caller wants, 0 to 1; None for the calibration's floor."""
    hint: str = "mask a smaller region"
    """What else the user could do about a draft that is declined."""

    def confidence(
        self,
        task: FillTask,
        draft: Draft,
        drafts: Sequence[Draft],
        engine: Engine,
        options: FillOptions,
    ) -> float | None:
        """Probability that a draft, one of those of its fill by the engine, is right; None where nobody can say."""
        if self.calibration is None:
            return None
        read = reading(engine, task, draft.texts, options) if self.calibration.reads else []
        return self.calibration.assess(task, draft, drafts, read[0] if read else None)

    def judge(self, proposal: Proposal) -> Proposal | NoEdit:
        """Decline what the model is not sure enough of."""
        told = proposal.effort.confidence
        if told is None or self.calibration is None:
            return proposal
        least = self.calibration.floor if self.named is None else self.named
        if told >= least:
            return proposal
        return NoEdit(
            f"the model is not sure enough of its draft ({_compared(told, least)})",
            f"{self.hint}, or {SEE_IT}",
        )


def _compared(told: float, least: float) -> str:
    """Both in three places, or in as many more as tell them apart."""
    places = next((n for n in range(3, 9) if f"{told:.{n}f}" != f"{least:.{n}f}"), 9)
    return f"{told:.{places}f} of {least:.{places}f}"


ANY = Requirement()
"""Every draft that passes its checks."""


def reading(
    engine: Engine, task: FillTask, texts: Sequence[str], options: FillOptions
) -> list[Reading]:
    """Read texts for the only gap in the context that a fill with these options has; none if the engine cannot."""
    if not isinstance(engine, Reader):
        return []
    *read, nothing = engine.score_with(task, [*((text,) for text in texts), ("",)], options)
    return [Reading(each, nothing) for each in read]
