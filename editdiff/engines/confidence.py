"""How likely a draft of one gap is what belongs there: a logistic regression on what a fill says of it.

    P(right) = sigmoid(bias + w . f)     f of FEATURES

The log-probability of a draft is no such probability: it falls with every token, and a model is mostly surer than
it is right (Guo et al. 2017, arXiv 1706.04599). What it thinks of its other drafts, how long the draft is and what
kind of gap it fills tell more. The weights are fitted by the benchmark `infill-confidence`, for one model each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from editdiff.engines.base import Draft, FillTask

FEATURES = ("score", "share", "characters", "lines", "follows", "found")
"""Score in nats; log-odds of the draft among the drafts of its fill; log(1 + characters), white space at both ends
not counted; number of lines; whether text follows on the gap's line; and whether the draft was looked up."""
LEAST_SCORE = -60.0
"""Nats: how far below it is makes a draft no less likely right, and must not weigh in the fit."""
CLEAR = 10.0
"""Largest log-odds that count: 20,000 times likelier than all others is as sure as a million times."""
ALONE = 0.0
"""Log-odds of an only draft: without another one its share says neither for it nor against it."""


def features(task: FillTask, draft: Draft, drafts: Sequence[Draft]) -> tuple[float, ...]:
    """What a draft's probability depends on, in the order of FEATURES; `drafts` are those of its fill."""
    (text,) = draft.texts
    follows = task.text[task.gaps[-1].end :].partition("\n")[0].strip()
    return (
        max(draft.score, LEAST_SCORE),
        _share(draft, drafts),
        math.log1p(len(text.strip())),
        1.0 + text.count("\n"),
        float(bool(follows)),
        float(draft.found),
    )


def _share(draft: Draft, drafts: Sequence[Draft]) -> float:
    """Log-odds of a draft's share in the probability of all distinct drafts that came to their end."""
    scores = {other.texts: other.score for other in drafts if other.ended}
    scores.pop(draft.texts, None)
    if not scores:
        return ALONE
    most = max(scores.values())
    if not math.isfinite(most):  # no other one is possible
        return CLEAR
    others = most + math.log(sum(math.exp(score - most) for score in scores.values()))
    return max(-CLEAR, min(CLEAR, draft.score - others))


@dataclass(frozen=True)
class Calibration:
    """From the features of a draft to the probability that it is right; an `Assessor`."""

    bias: float
    weights: Mapping[str, float]
    """By the name of the feature; what has no weight does not count."""
    floor: float
    """Drafts below this probability are better not proposed."""

    def probability(self, told: Sequence[float]) -> float:
        """That a draft with these features, in the order of FEATURES, is right."""
        weights = (self.weights.get(name, 0.0) for name in FEATURES)
        odds = self.bias + sum(w * x for w, x in zip(weights, told, strict=True))
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))

    def assess(self, task: FillTask, draft: Draft, drafts: Sequence[Draft]) -> float:
        """Probability that a draft of the task's only gap is right."""
        return self.probability(features(task, draft, drafts))

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: when it is something else.
        """
        weights = {name: float(weight) for name, weight in dict(table["weights"]).items()}
        if unknown := weights.keys() - set(FEATURES):
            raise ValueError(f"there is no feature {min(unknown)}")
        calibration = cls(float(table["bias"]), weights, float(table["floor"]))
        numbers = (calibration.bias, *weights.values(), calibration.floor)
        if not all(map(math.isfinite, numbers)) or not 0 <= calibration.floor <= 1:
            raise ValueError("bias and weights have to be numbers, the floor from 0 to 1")
        return calibration

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)
