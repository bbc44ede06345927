"""Where a gap ends: a logistic regression on a trunk's hidden state and on what it would write next.

An instruct model gives its end tokens next to no probability where the gap ends, and writes the text after the gap
once more instead. What it knows of the ending shows in its last hidden state, and in whether it would go on with
the very text that follows the gap. There is one regression for gaps that end with their line, of one line or many,
and one for those that end inside a line.

    P(end) = sigmoid(bias + w · h + v · f)       h [width] behind the last norm, f of FEATURES

Where that says that the gap may well end, the first tokens of the text after the gap are read there, and a second
regression judges by how likely they are: of a block of several lines each might be the last, and what tells is
whether the line after the gap would follow on it.

    P(end | read on) = sigmoid(bias + u · g)     g of READ
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.errors import ModelError
from editdiff.families.qwen.packed import Float32
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import FloatArray, Tokenizer

FILE = "stop.json"
LINE, SPAN = "line", "span"
KINDS = (LINE, SPAN)
"""Of gaps: what follows begins with a line break, or nothing follows; or it goes on in the same line."""
LAST = "last"
JUDGED = (*KINDS, LAST)
"""Of gaps whose likely endings are judged by what follows: the same where text does, or where the file ends."""
FEATURES = ("best", "next", "next_is_best", "spread")
"""Log-probability of the likeliest token, in nats; of the first token of the text after the gap; whether these are
one; and the entropy of what is kept."""
READ = ("ending", "whole", "least", "first")
"""Of an ending whose text after it was read: its log-odds by the first regression; and of the tokens that were read
the log-probability of all, of the least likely one, and of the first, in nats."""
LEAST = 1e-6
"""Least probability of an ending and of none: what is scored has to stay finite."""
BORDER = 8
"""Tokens in which a line break after the gap is looked for; spaces before it may be several."""
NO_TOKEN = 0
"""Asked for where nothing follows the gap: what is told of it is not used."""


class Around(NamedTuple):
    """What of a prompt an ending depends on."""

    kind: str
    """One of KINDS."""
    next: int
    """First token of the text after the gap; NO_TOKEN where there is none."""
    follows: bool
    """Whether there is any."""

    @classmethod
    def of(cls, prompt: Prompt, tokenizer: Tokenizer) -> Around:
        """Read the text after the gap off a prompt in the form `prompt.fim`."""
        suffix = np.flatnonzero(prompt.ids == tokenizer.id_of("<|fim_suffix|>"))
        after = prompt.ids[suffix[-1] + 1 :] if len(suffix) else prompt.ids[:0]
        middle = np.flatnonzero(after == tokenizer.id_of("<|fim_middle|>"))
        after = after[: middle[0]] if len(middle) else after
        if not len(after):
            return cls(LINE, NO_TOKEN, False)
        breaks = tokenizer.decode(after[:BORDER].tolist()).lstrip(" \t")[:1] in ("\n", "\r")
        return cls(LINE if breaks else SPAN, int(after[0]), True)


class Regression(NamedTuple):
    """Of one kind of gap."""

    bias: float
    hidden: FloatArray
    """[width]"""
    features: FloatArray
    """[len(FEATURES)]"""


class Judge(NamedTuple):
    """Of one kind of gap, with the text after it read."""

    bias: float
    weights: FloatArray
    """[len(READ)]"""


@dataclass(frozen=True)
class Stop:
    """The probability of an ending."""

    kinds: Mapping[str, Regression]
    """By the names of KINDS."""
    weights: str = ""
    """SHA-256 of the trunk's file that it was fitted on."""
    judges: Mapping[str, Judge] = field(default_factory=dict)
    """By the names of JUDGED; of a kind that has none an ending is what the first regression says."""

    def probability(
        self, hidden: Float32, guess: Guess, next_logp: FloatArray, around: Around
    ) -> FloatArray:
        """[S] that the gap ends behind each row, of hidden states [S, width] and a guess [1, S].

        `next_logp` [S] is the log-probability of `around.next`.
        """
        regression = self.kinds[around.kind]
        log_odds = regression.bias + hidden.astype(np.float64) @ regression.hidden
        log_odds += features(guess, next_logp, around) @ regression.features
        return _probability(log_odds)

    def judged(self, kind: str, endings: FloatArray, told: Sequence[FloatArray]) -> FloatArray:
        """Log-probability [S] of endings [S] of gaps of one of JUDGED, as far as there is a judge.

        `told` are the log-probabilities of the tokens that were read after each, in nats.
        """
        if kind not in self.judges:
            return endings
        bias, weights = self.judges[kind]
        return np.log(_probability(bias + read(endings, told) @ weights))

    @classmethod
    def read(cls, path: Path) -> Stop:
        """Read what `write` wrote.

        Raises:
            ModelError: when it is missing or broken.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            kinds = {
                kind: Regression(
                    float(told["kinds"][kind]["bias"]),
                    np.array(told["kinds"][kind]["hidden"], dtype=np.float64),
                    np.array([told["kinds"][kind]["features"][name] for name in FEATURES]),
                )
                for kind in KINDS
            }
            judges = {
                kind: Judge(float(each["bias"]), np.array([each[name] for name in READ]))
                for kind, each in told.get("judges", {}).items()
                if kind in JUDGED
            }
            return cls(kinds, str(told["weights"]), judges)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(
                f"cannot read where gaps end, {path}: {error!r}",
                "restore the file, or fit it again with `editdiff endings`",
            ) from error

    def check(self, width: int, path: Path) -> None:
        """Raise ModelError unless it takes hidden states of so many numbers."""
        if any(regression.hidden.shape != (width,) for regression in self.kinds.values()):
            raise ModelError(
                f"{path} is for a trunk of another width than {width}", "restore the model folder"
            )

    def write(self, path: Path, measured: Mapping[str, Any]) -> None:
        """Write it, with what was measured of it."""
        kinds = {
            kind: {
                "bias": round(r.bias, 5),
                "features": dict(zip(FEATURES, np.round(r.features, 5).tolist(), strict=True)),
                "hidden": np.round(r.hidden, 5).tolist(),
            }
            for kind, r in self.kinds.items()
        }
        judges = {
            kind: {
                "bias": round(j.bias, 5),
                **dict(zip(READ, np.round(j.weights, 5).tolist(), strict=True)),
            }
            for kind, j in self.judges.items()
        }
        whole = {
            "weights": self.weights,
            "measured": dict(measured),
            "judges": judges,
            "kinds": kinds,
        }
        path.write_text(json.dumps(whole) + "\n", encoding="utf-8")


def kept(folder: Path) -> tuple[Stop, dict[str, Any]]:
    """The head of a model folder, without its judges, and what was measured of it when it was fitted.

    Raises:
        ModelError: when it is missing or broken.
    """
    head = Stop.read(folder / FILE)
    told = json.loads((folder / FILE).read_text(encoding="utf-8")).get("measured", {})
    return replace(head, judges={}), {
        name: value for name, value in told.items() if "read on" not in name and name != "judged"
    }


def features(guess: Guess, next_logp: FloatArray, around: Around) -> FloatArray:
    """[S, len(FEATURES)] of a guess [1, S] without the end."""
    best = guess.logp[0, :, 0]
    is_next = (guess.ids[0, :, 0] == around.next) & around.follows
    known = np.where(around.follows, next_logp, 0.0)
    return np.stack((best, known, is_next, guess.entropy[0]), axis=1)


def read(endings: FloatArray, told: Sequence[FloatArray]) -> FloatArray:
    """[S, len(READ)] of log-probabilities of endings [S], and of the tokens that follow each, at least one."""
    odds = endings - np.log(-np.expm1(np.minimum(endings, np.log1p(-LEAST))))
    return np.array(
        [(o, t.sum(), t.min(), t[0]) for o, t in zip(odds.tolist(), told, strict=True)]
    ).reshape(len(endings), len(READ))


def _probability(log_odds: FloatArray) -> FloatArray:
    return np.asarray(np.clip(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))), LEAST, 1 - LEAST))
