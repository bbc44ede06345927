"""How likely a draft of one gap is what belongs there: a logistic regression on what is seen of it.

    P(right) = sigmoid(bias + bias of the language + w . f)

The log-probability of a draft is no such probability: it falls with every token, and a model is mostly surer than
it is right (Guo et al. 2017, arXiv 1706.04599). What it thinks of its other drafts, how likely the text behind the
gap is with the draft and with nothing there, how long the draft is and what kind of gap it fills tell more. The
weights are fitted for one model each, by the benchmarks `infill-confidence` and `ghost-confidence`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, ClassVar, Self

from editdiff.engines.base import Draft, FillTask, Reading
from editdiff.engines.changed_prose import asks_for_prose, same_code, says_more
from editdiff.engines.changed_words import ChangedWords
from editdiff.text.language import language_of
from editdiff.text.literals import CODE

LEAST_SCORE = -60.0
"""Nats: how far below it is makes a draft no less likely right, and must not weigh in the fit."""
NEAR = 1.0
"""Log-odds: farther off than that from what is wanted, a reading changes the decision on a line in one of 70."""
TINY = 1e-12
READ = ("read", "gain")
"""Names of the features of a reading."""
MOST_GAIN = 30.0
"""Largest number of nats that a draft is taken to be likelier, or less likely, than nothing in its place."""
CLEAR = 10.0
"""Largest log-odds that count: 20,000 times likelier than all others is as sure as a million times."""
FIXED = 5.0
"""Tokens of an answer that are doubted whatever its size, in `RewriteCalibration`."""
CHANGED = 0.05
"""Most that an answer is likely right which changes code where words about it are asked for: none of 20 was."""
ALONE = 0.0
"""Log-odds of an only draft: without another one its share says neither for it nor against it."""


def read_features(read: Reading | None) -> dict[str, float]:
    """How likely a draft is with what follows it, and how much likelier than nothing; both 0 without a reading."""
    if read is None:
        return {"read": 0.0, "gain": 0.0}
    gain = read.draft - read.nothing
    return {
        "read": max(read.draft, LEAST_SCORE),
        "gain": max(-MOST_GAIN, min(MOST_GAIN, gain if math.isfinite(gain) else 0.0)),
    }


@dataclass(frozen=True)
class Calibration:
    """From the features of a draft to the probability that it is right."""

    NAMES: ClassVar[tuple[str, ...]] = ()
    """Names of the features."""

    bias: float
    weights: Mapping[str, float]
    """By the name of the feature; what has no weight does not count."""
    floor: float
    languages: Mapping[str, float] = field(default_factory=dict)
    """What is added to the bias in a language; nothing in one that was not measured."""

    @property
    def reads(self) -> bool:
        """Whether how a draft reads counts (`read_features`)."""
        return any(self.weights.get(name) for name in READ)

    def probability(self, told: Mapping[str, float], language: str = "") -> float:
        """That a draft with these features is right."""
        odds = self.bias + self.languages.get(language, 0.0)
        odds += sum(weight * told[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: when it is something else.
        """
        weights, languages = (
            {name: float(weight) for name, weight in dict(part).items()}
            for part in (table["weights"], table.get("languages", {}))
        )
        if unknown := weights.keys() - set(cls.NAMES):
            raise ValueError(f"there is no feature {min(unknown)}")
        calibration = cls(float(table["bias"]), weights, float(table["floor"]), languages)
        numbers = (calibration.bias, *weights.values(), *languages.values(), calibration.floor)
        if not all(map(math.isfinite, numbers)) or not 0 <= calibration.floor <= 1:
            raise ValueError("bias and weights have to be numbers, the floor from 0 to 1")
        return calibration

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)


@dataclass(frozen=True)
class DraftCalibration(Calibration):
    """How likely a draft of a gap is right; an `Assessor`. Below `floor` a draft is better not proposed."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "score",
        "unlikely",
        "share",
        "read",
        "gain",
        "whole",
        "part",
        "lines",
        "follows",
        "found",
    )
    """Score in nats; log(1 + nats that it is below 0); log-odds of the draft among the drafts of its fill; its
    reading (`read_features`); whether it is one line that stands alone on its own; log(1 + characters) where it is
    not, white space at both ends not counted; number of lines; whether text follows on the gap's line; and whether
    the draft was looked up.

    The first nats say more than those behind them. A short draft that ends a line, or stands in one, is a likely
    one; of whole lines short ones are no likelier."""

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        """Probability that a draft of the task's only gap is right."""
        told = features(task, draft, drafts, read)
        return self.probability(told, language_of(task.path, task.text))


def features(
    task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
) -> dict[str, float]:
    """What a draft's probability depends on: `DraftCalibration.NAMES`. `drafts` are those of its fill."""
    (text,) = draft.texts
    follows = task.text[task.gaps[-1].end :].partition("\n")[0].strip()
    before = task.text[: task.gaps[0].start].rpartition("\n")[2].strip()
    whole = not (before or follows or "\n" in text.strip())
    return {
        "score": max(draft.score, LEAST_SCORE),
        "unlikely": math.log1p(min(-LEAST_SCORE, max(0.0, -draft.score))),
        "share": _share(draft, drafts),
        **read_features(read),
        "whole": float(whole),
        "part": 0.0 if whole else math.log1p(len(text.strip())),
        "lines": 1.0 + text.count("\n"),
        "follows": float(bool(follows)),
        "found": float(draft.found),
    }


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
class FixCalibration(Calibration):
    """How likely a fix is right; a `FixAssessor`. Below `floor` a fix is better not offered."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "gain",
        "lead",
        "rivals",
        "changed",
        "written",
        "completes",
        "whole",
        "strange",
        "letters",
        "white",
        "lines",
        "parses",
    )
    """As `edits.fix.credible.features` tells them: nats by which the fix is likelier than what stands there; its
    log-odds among all that pass, the slip paid; log of their number; log(1 + characters that differ); whether the
    model wrote it, and as the rest of a line; whether it is one slip however much it changes; log(1 + words of its
    lines that stand nowhere else); whether it changes letters or digits, or white space alone; log(1 + lines of its
    region); whether nothing is wrong with the text then."""


@dataclass(frozen=True)
class Unread(Calibration):
    """How likely a written line of ghost text is right, before it is read with what follows."""

    NAMES: ClassVar[tuple[str, ...]] = ("logp", "characters")
    """Log-probability of the line in nats; log(1 + characters), white space at both ends not counted."""


@dataclass(frozen=True)
class LineCalibration(Calibration):
    """How likely a written line of ghost text is the one that belongs there; a `LineAssessor`.

    A line of which the model is less sure than `floor` times the probability that is wanted never gets there, so it
    need not be read, or written to its end. How likely nothing would be there tells little more than these, and
    costs as much.
    """

    NAMES: ClassVar[tuple[str, ...]] = ("logp", "read", "characters")
    """As of `Unread`, and the log-probability, in nats, of the line and of the first tokens behind it."""

    unread: Unread = field(default_factory=lambda: Unread(0.0, {}, 0.0))

    def assess(self, text: str, logp: float, read: float | None, language: str) -> float:
        """Probability that a line is right; of its reading nothing is known where that is None."""
        told = line_features(text, logp, 0.0 if read is None else read)
        return (self.unread if read is None else self).probability(told, language)

    def is_open(self, told: float, least: float) -> bool:
        """Whether a reading may decide if a line that was not read is as likely right as `least`."""
        return abs(_log_odds(told) - _log_odds(least)) < NEAR

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: when it is something else.
        """
        return replace(super().of(table), unread=Unread.of(table["unread"]))


def _log_odds(p: float) -> float:
    p = max(TINY, min(1 - TINY, p))
    return math.log(p / (1 - p))


def line_features(text: str, logp: float, read: float) -> dict[str, float]:
    """What a line's probability depends on: `LineCalibration.NAMES`."""
    return {
        "logp": max(logp, LEAST_SCORE),
        "read": max(read, LEAST_SCORE),
        "characters": math.log1p(len(text.strip())),
    }


@dataclass(frozen=True)
class RewriteCalibration(Calibration):
    """How likely an answer to an instruction is what was asked for."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "sure",
        "most",
        "lead",
        "asked",
        "lost",
        "shorter",
        "numbers",
    )
    """The mean of the answer's log-probabilities in all forms, in nats, beside what a change of that size may have;
    the greatest of them; by how many nats it is likelier than the text that stands there, in the mean; how much of
    that it owes to what is asked; and what it has lost (`changed_words`)."""

    prose: float | None = None
    """Share of the answers that are right where comments or documentation are asked for and nothing else changes
    (`changed_prose`); None where nobody counted. They are long, and no transformation of code is like them."""

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        """Probability that a draft of the task's only gap, one of those of its fill, is what was asked for."""
        told = rewrite_features(task, draft, drafts)
        language = language_of(task.path, task.text)
        ask, old, new = task.ask or "", task.old or "", draft.texts[0]
        if self.prose is not None and language in CODE and asks_for_prose(ask, old, language):
            if not same_code(old, new, language):
                return min(self.probability(told, language), CHANGED)
            if says_more(old, new, language):
                return self.prose
        return self.probability(told, language)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: when it is something else.
        """
        prose = table.get("prose")
        if prose is not None and not 0 <= float(prose) <= 1:
            raise ValueError("prose has to be a probability")
        return replace(super().of(table), prose=None if prose is None else float(prose))


def rewrite_features(task: FillTask, draft: Draft, drafts: Sequence[Draft]) -> dict[str, float]:
    """What the probability of an answer depends on: `RewriteCalibration.NAMES`; `drafts` are those of its fill.

    Raises:
        ValueError: for a draft that is no answer.
    """
    told = draft.told
    if told is None or task.old is None:
        raise ValueError("only an answer to an instruction is assessed, beside what stands there")
    (text,) = draft.texts
    mean = sum(told.forms) / len(told.forms)
    lead = mean - sum(told.there) / len(told.forms)
    lost = ChangedWords.of(
        task.old, text, ""
    )  # what is asked for was not told when this was fitted
    return {
        "sure": max(mean, LEAST_SCORE) / math.sqrt(FIXED + _changed(task.old, text) / 4),
        "most": max(max(told.forms), LEAST_SCORE),
        "lead": _within(lead, MOST_GAIN),
        "asked": _within(lead - (told.plain - told.plain_there), MOST_GAIN),
        **lost._asdict(),
    }


def _changed(old: str, new: str) -> int:
    """Code points of the lines that go, and of those that come."""
    before, after = old.split("\n"), new.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    changed = 0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            changed += sum(map(len, before[a:b])) + sum(map(len, after[c:d]))
    return changed


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value if math.isfinite(value) else 0.0))
