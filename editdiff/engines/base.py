"""What an engine is: it fills gaps. Protocols and values only; importing this costs nothing heavy.

Two levels keep remote services honest. An `Engine` takes text and gives text; a remote service
implements only that. Local engines are one class (`engines.local.engine.LocalEngine`) over a network
(`families.base.Denoiser`), which knows nothing of text, so that all of them share one loop (`denoise.loop`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, Protocol, runtime_checkable

from editdiff.denoise.policy import REOPENINGS
from editdiff.errors import UsageError
from editdiff.text.span import Span

AGAIN = "again"
"""The reopening of finished drafts: the least sure places once more, without what they held; both are ranked."""
REOPEN = (*REOPENINGS, AGAIN)
"""What `FillOptions.reopen` may be."""

LEAST_CANVAS, MOST_CANVAS = 8, 128
"""Places of a canvas that a user may ask for; a model has been trained with some of these sizes (`Traits`)."""
_LIMITS: dict[str, tuple[float, float]] = {
    "steps": (1, 1024),
    "threshold": (0.0, 1.0),
    "temperature": (0.0, 10.0),
    "drafts": (1, 1024),
    # of fewer places a block could be one undecodable piece of a character, and never advance
    "canvas": (LEAST_CANVAS, MOST_CANVAS),
    "max_tokens": (1, 4096),
    "seed": (0, 2**63 - 1),
    "lookup": (0, 4),
    "critic_rounds": (0, 16),
}
"""Least and greatest value of each option."""


@dataclass(frozen=True)
class FillOptions:
    """Everything that changes what an engine answers; hashable, so it can be a cache key."""

    steps: int = 32
    """Step budget: at most this many network evaluations for one canvas and each gap on it."""
    threshold: float = 0.9
    """A masked place is committed when its probability exceeds this; at least one each step."""
    temperature: float = 0.7
    """Sampling temperature of the second and later drafts; the first is greedy."""
    drafts: int = 4
    """Drafts denoised side by side over one context cache, then ranked."""
    canvas: int = 32
    """Places of one canvas, its head included: the largest that the model was trained with and that is no larger.

    Never the hidden text's length."""
    max_tokens: int = 128
    """A gap that has not ended after this many tokens is given up as unfinished."""
    seed: int = 0
    """Seed of all randomness."""
    lookup: int = 4
    """Most drafts that are looked up: what stands in a place like the gap elsewhere in the text; 0 for none."""
    reopen: str = "none"
    """By which rule committed tokens are taken back, one of REOPEN."""
    critic_rounds: int = 1
    """How often at most the places that a task's critic finds wrong are reopened."""

    def __post_init__(self) -> None:
        """Raise UsageError for a value that no engine can serve."""
        if self.reopen not in REOPEN:
            raise UsageError(
                f"reopen has to be one of {', '.join(REOPEN)}, but is {self.reopen!r}.",
                "Change reopen.",
            )
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(
                    f"{name} has to be from {low} to {high}, but is {value}.", f"Change {name}."
                )


class Fault(NamedTuple):
    """Something wrong with a finished draft."""

    gap: int
    span: Span
    """In code points of the gap's text; empty at the nearest border where the fault lies outside the gaps."""
    why: str
    """What is wrong, in a few words."""


Critic = Callable[[tuple[str, ...]], Sequence[Fault]]
"""The texts of a draft's gaps -> what is wrong with them; nothing where the draft passes."""


@dataclass(frozen=True)
class FillTask:
    """Gaps of one text, to be filled from what stands around them."""

    text: str
    gaps: tuple[Span, ...]
    """Disjoint, in order; what stands inside them is not shown to the model."""
    path: str = ""
    """File name as the model is told it (no directories), for the language and its habits."""
    old: str | None = None
    """What stands in the last gap now, where the model shall see it: faulty text, or text to be rewritten."""
    ask: str | None = None
    """What to do with it, in words."""
    critic: Critic | None = field(default=None, compare=False)
    """Who finds fault with finished drafts; an engine that cannot take anything back does not ask."""
    region: Span | None = None
    """In-place revision: the part of the text that the canvas starts from. The gaps lie in it, are not empty and
    keep their number of tokens; everything else in it stays. The model is shown what stands beside the gaps."""
    wrong: bool = False
    """In-place revision: what stands in the gaps is known to be wrong, not only doubted."""


@dataclass(frozen=True)
class Place:
    """One place of a canvas, as a viewer sees it."""

    text: str
    """Decoded text, or the model's current guess while masked."""
    committed: bool
    confidence: float
    """Probability of the guess, 0 to 1."""


@dataclass(frozen=True)
class Sketch:
    """The state of the leading draft after one step: what the terminal and the editor draw."""

    step: int
    """Network evaluations so far, all canvases of the fill together."""
    gaps: tuple[tuple[Place, ...], ...]
    """Places of each gap up to its end; for a continued gap, the finished blocks come first."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Places of all gaps, in order."""
        return tuple(chain.from_iterable(self.gaps))


@dataclass(frozen=True)
class Draft:
    """A finished filling."""

    texts: tuple[str, ...]
    """One text per gap."""
    score: float
    """Causal log-probability of all gaps, `<end>` included, in nats; of one that was looked up the logarithm of the
    probability that it is right; the ranking key."""
    nfe: int
    """Network evaluations of the whole fill, one a step; encoding and scoring apart."""
    ended: bool = True
    """False when `max_tokens` ran out before `<end>`; such drafts come last."""
    found: bool = False
    """Whether it was looked up: it stands elsewhere in the text."""


Update = Sketch | Draft


class Engine(Protocol):
    """Fills gaps of a text."""

    name: str

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield sketches while working, then the distinct drafts, best first."""
        ...


@runtime_checkable
class Recordable(Protocol):
    """Writes down what it does."""

    record: Callable[[str], object] | None
    """Takes the record of every run of the loop (`denoise.history`), line by line."""


@runtime_checkable
class Scorer(Protocol):
    """Says how likely texts are."""

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probability of each filling of the task's gaps, one text a gap, `<end>`s included, in nats."""
        ...


@runtime_checkable
class Recaller(Protocol):
    """Knows what stands in a place like the gap elsewhere in the text."""

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        """At most `most` looked-up drafts, best first; no network is asked, so it takes milliseconds."""
        ...


class Doubt(NamedTuple):
    """How likely a token is wrong."""

    span: Span
    """Of the text; empty at the end of a line, where something may be missing."""
    probability: float
    """That something else should stand there, 0 to 1."""
    alternatives: tuple[str, ...] = ()
    """What the model would rather write, the likeliest first; only of the places that it looked at twice."""


class Doubter(Protocol):
    """Says how likely each token of a text is wrong."""

    name: str
    calibrated: bool
    """Whether the probabilities were measured to be such; otherwise only their order says something."""

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        """Doubt what stands in the disjoint `spans`, one stretch after the other, in the order of the text."""
        ...
