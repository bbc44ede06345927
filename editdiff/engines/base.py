"""What an engine is: it fills gaps. Protocols and values only; importing this costs nothing heavy.

Two levels keep remote services honest. An `Engine` takes text and gives text; a remote service
implements only that (`engines.endpoint`). Local engines are one class (`engines.local.engine.LocalEngine`) over
a network (`families.base.Denoiser`), which knows nothing of text, so that all of them share one loop
(`denoise.loop`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

from editdiff.denoise.policy import REOPENINGS
from editdiff.engines.standing import Doubt as Doubt  # these, too, are offered from here
from editdiff.engines.standing import Doubter as Doubter
from editdiff.engines.standing import Rival as Rival
from editdiff.engines.standing import Standing as Standing
from editdiff.engines.standing import Weigher as Weigher
from editdiff.engines.standing import Weight as Weight
from editdiff.errors import UsageError
from editdiff.families.base import Traits
from editdiff.prompt.base import OtherFile as OtherFile  # also offered from here
from editdiff.settings import Filling, Limits, limits
from editdiff.text.span import Span

ACCEPTS = EXACT, TYPICAL = "exact", "typical"
"""Which drafted tokens a model takes that judges them from left to right: those that it would have written, or
those that are not much less likely, too."""
AGAIN = "again"
"""The reopening of finished drafts: the least sure places once more, without what they held; both are ranked."""
REOPEN = (*REOPENINGS, AGAIN)
"""What `FillOptions.reopen` may be."""


@dataclass(frozen=True)
class FillOptions(Filling):
    """Everything that changes what an engine answers; hashable, so it can be a cache key."""

    max_tokens: Annotated[int, Limits(1, 4096)] = 128
    """A gap that has not ended after this many tokens is given up as unfinished."""
    lookup: Annotated[int, Limits(0, 4)] = 4
    """Most drafts that are looked up: what stands in a place like the gap elsewhere in the text; 0 for none."""
    reopen: str = "none"
    """By which rule committed tokens are taken back, one of REOPEN."""
    critic_rounds: Annotated[int, Limits(0, 16)] = 1
    """How often at most the places that a task's critic finds wrong are reopened."""
    lines: Annotated[int, Limits(0, 4096)] = 0
    """Lines after which the last gap ends, whatever the model would add; 0 for no such limit."""
    context: Annotated[int, Limits(16, 32768)] = 2048
    """Most tokens of text around the gaps that the model is shown; never more than it was trained with."""

    def __post_init__(self) -> None:
        """Raise UsageError for a value that no engine can serve."""
        if self.accept not in ACCEPTS:
            raise UsageError(
                f"accept has to be one of {', '.join(ACCEPTS)}, but is {self.accept!r}.",
                f"Leave accept out for {FillOptions.accept}, the default.",
            )
        if self.reopen not in REOPEN:
            raise UsageError(
                f"reopen has to be one of {', '.join(REOPEN)}, but is {self.reopen!r}.",
                f"Leave reopen out for {FillOptions.reopen}, the default.",
            )
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(
                    f"{name} has to be from {low} to {high}, but is {value}.",
                    f"Leave {name} out for {getattr(FillOptions, name)}, the default.",
                )


_LIMITS = limits(FillOptions)


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
    typed: int = 0
    """Code points before the first gap that were typed since the model was first shown the place: a model that
    writes from left to right takes them as the beginning of what it writes, and need not read the rest again."""
    others: tuple[OtherFile, ...] = ()
    """Files that belong to this one, the most telling last; a model may be shown some of them."""
    wrong: bool = False
    """In-place revision: what stands in the gaps is known to be wrong, not only doubted."""

    @property
    def lines(self) -> int:
        """Lines of what stands in the last gap, where it ends with its line; 0 where text follows on that."""
        gap = self.gaps[-1]
        inside = self.text[gap.end :].partition("\n")[0].strip()
        return 0 if inside else 1 + gap.slice(self.text).count("\n")


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
    doing: str = ""
    """Which part of the work it is, in words, where it has several."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Places of all gaps, in order."""
        return tuple(chain.from_iterable(self.gaps))


class Told(NamedTuple):
    """What a model that was asked in several forms says of a text: log-probabilities in nats, as its answer."""

    forms: tuple[float, ...]
    """In each form."""
    plain: float
    """In the last form, where it is asked to change nothing."""
    wrote: int
    """In how many forms it wrote the text by itself."""
    there: tuple[float, ...]
    """The text that stands there now, in each form."""
    plain_there: float
    """The same where nothing is to be changed."""


class Drafted(NamedTuple):
    """Who proposed the tokens of a fill that a network judged from left to right, all drafts together."""

    tokens: int
    """All that it took, those that an ending cuts off among them."""
    text: int
    """Of these, what was looked up in the text at hand and saved a forward."""
    canvas: int
    """Of these, what the network's canvas drafted and saved a forward."""
    refused: int
    """Drafted ones that it took back."""


@dataclass(frozen=True)
class Draft:
    """A finished filling."""

    texts: tuple[str, ...]
    """One text per gap."""
    score: float
    """Causal log-probability of all gaps, `<end>` included, in nats; of one that was looked up the logarithm of the
    probability that it is right; the ranking key. NaN of an engine that knows no probabilities."""
    nfe: int
    """Network evaluations of the whole fill, one a step; encoding and scoring apart."""
    ended: bool = True
    """False when `max_tokens` ran out before `<end>`; such drafts come last."""
    found: bool = False
    """Whether it was looked up: it stands elsewhere in the text."""
    told: Told | None = None
    """What was seen of an answer to an instruction; None of other drafts."""
    flaw: str = ""
    """Why it cannot be used, whatever its checks say: nobody can tell the text from what was said about it."""
    drafted: Drafted | None = field(default=None, compare=False)
    """Who proposed the tokens of its fill; None of an engine that judges none."""


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
class Reader(Protocol):
    """Says how likely texts are in the context in which it has just filled a gap, which costs no encoding."""

    def score_with(
        self, task: FillTask, texts: Sequence[tuple[str, ...]], options: FillOptions
    ) -> list[float]:
        """Log-probability of each filling of the task's gaps, in nats, comparable with each other."""
        ...


class Reading(NamedTuple):
    """Log-probabilities, in nats, of what fills a gap and of the first tokens of the text behind it."""

    draft: float
    nothing: float
    """With nothing in the gap."""


@runtime_checkable
class ReadsAhead(Protocol):
    """Reads the context of a gap before anybody waits for what fills it."""

    def read_ahead(self, task: FillTask, options: FillOptions) -> Iterator[None]:
        """Encode what a fill with these options would encode, and yield after each piece of it."""
        ...


@runtime_checkable
class Capable(Protocol):
    """Tells what its network can do."""

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        ...


def takes_others(engine: Engine) -> bool:
    """Whether an engine can be shown the files that belong to the one with the gaps; not one that does not tell."""
    return isinstance(engine, Capable) and engine.traits.takes_others


def has_canvas(engine: Engine) -> bool:
    """Whether an engine drafts on a canvas; of one that does not tell, it is taken for granted.

    One without a canvas writes from left to right until it ends: each token costs a forward, and it does not know
    how long the text is that stands there now.
    """
    return not isinstance(engine, Capable) or bool(engine.traits.canvases)


@runtime_checkable
class Sifter(Protocol):
    """Knows which of many texts are worth a reading."""

    def sift(self, task: FillTask, old: str, texts: Sequence[str]) -> list[str]:
        """Of texts for the one gap, in which `old` stands, as many as it would read, the most promising first."""
        ...


@runtime_checkable
class Recaller(Protocol):
    """Knows what stands in a place like the gap elsewhere in the text."""

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        """At most `most` looked-up drafts, best first; no network is asked, so it takes milliseconds."""
        ...


class Assessor(Protocol):
    """Says how likely a draft is what belongs into the gap."""

    @property
    def floor(self) -> float:
        """Least confidence of a draft that is worth proposing, 0 to 1."""
        ...

    @property
    def reads(self) -> bool:
        """Whether it wants to know how a draft reads."""
        ...

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        """Confidence, 0 to 1, in a draft of the task's only gap, one of the `drafts` of its fill."""
        ...


class LineAssessor(Protocol):
    """Says how likely a line that was written is the one that belongs there."""

    @property
    def floor(self) -> float:
        """Share of the confidence that is wanted, 0 to 1, below which a line's own probability never led to it."""
        ...

    def assess(self, text: str, logp: float, read: float | None, language: str) -> float:
        """Confidence, 0 to 1, in a line of the log-probability `logp`, in nats.

        `read` is that of the line and of what follows it; None where it was not read.
        """
        ...

    def is_open(self, told: float, least: float) -> bool:
        """Whether a reading may decide if a line with the confidence `told` unread is as sure as `least`."""
        ...


class FixAssessor(Protocol):
    """Says how likely a fix is the one that undoes what went wrong."""

    @property
    def floor(self) -> float:
        """Least confidence of a fix that is worth offering, 0 to 1."""
        ...

    def probability(self, told: Mapping[str, float], language: str = "") -> float:
        """Confidence, 0 to 1, in a fix of which these features are told (`edits.fix.credible`)."""
        ...
