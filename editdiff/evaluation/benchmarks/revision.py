"""Ways to revise a worked solution: by the model alone, with a checker of its equations, by calculating.

What is revised are the values of equations, each together with its copy (`corruption.places`). One reading of the
solution tells how doubtful each value is, and only a few are looked at: the model writes on from where the value
stands, without a sight of what follows, and the number that it begins with is a draft. Each is written into all
copies, and is as likely as the whole rest of the solution is then: what follows speaks for a number or against it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from editdiff.engines.base import Doubter, Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.evaluation.core.scoring import scorer
from editdiff.evaluation.data.corruption import Place, places
from editdiff.evaluation.data.equations import (
    NUMBER,
    content,
    equations,
    numbers,
    solve,
    value,
    write,
)
from editdiff.text.span import Span

PATH = "solution.md"
"""File name as the model is told it."""
DOUBTED = 3
"""Most values of a solution that the model alone looks at."""


@dataclass(frozen=True)
class Answer:
    """A solution, revised or left as it was."""

    text: str
    written: str | None = None
    """The number written into it."""
    nfe: int = 0
    """Network evaluations."""
    seconds: float = 0.0
    """Wall time."""


@dataclass(frozen=True)
class Look:
    """What the model would write at a place."""

    place: Place
    drafts: tuple[tuple[float, str], ...]
    """How much likelier than the number there, in nats, and the number; the likeliest first."""
    nfe: int
    seconds: float


@dataclass(frozen=True)
class Reading:
    """What one reading of a solution says."""

    places: tuple[Place, ...]
    """Its values, the most doubtful first."""
    seconds: float


@dataclass
class Reviser:
    """An engine that writes numbers, and who doubts them; what they said is kept, for the rows ask for the same."""

    engine: Engine
    doubter: Doubter
    options: FillOptions
    _read: dict[str, Reading] = field(default_factory=dict)
    _kept: dict[tuple[str, Place], Look] = field(default_factory=dict)

    def read(self, text: str) -> Reading:
        """Order the values of a text by doubt; one is as doubtful as its most doubtful token, copies included."""
        if text not in self._read:
            self._read[text] = self._reading(text)
        return self._read[text]

    def _reading(self, text: str) -> Reading:
        started, values = time.perf_counter(), places(text)
        if not values:
            return Reading((), 0.0)
        solution = Span(values[0].spans[0].start, values[-1].spans[-1].end)
        read = [d for part in self.doubter.doubts(text, [solution], PATH) for d in part]

        def doubt(place: Place) -> float:
            told = (d.probability for d in read for span in place.spans if d.span.overlaps(span))
            return max(told, default=0.0)

        found = sorted(values, key=doubt, reverse=True)
        return Reading(tuple(found), time.perf_counter() - started)

    def look(self, text: str, place: Place) -> Look:
        """Write a place of a text anew and compare with what stands there."""
        if (text, place) not in self._kept:
            self._kept[text, place] = self._look(text, place)
        return self._kept[text, place]

    def _look(self, text: str, place: Place) -> Look:
        started, old = time.perf_counter(), place.read(text)
        updates = list(self.engine.fill(_rest(text, place), self.options))
        begun = {first_number(update) for update in updates if isinstance(update, Draft)}
        new = sorted(number for number in begun - {old} if number is not None)
        there, *likely = self.scores(text, place, [old, *new]) if new else [0.0]
        drafts = [(score - there, number) for score, number in zip(likely, new, strict=True)]
        drafts.sort(reverse=True)
        steps = [update.step for update in updates if isinstance(update, Sketch)]
        seconds = time.perf_counter() - started
        return Look(place, tuple(drafts), max(steps, default=0), seconds)

    def scores(self, text: str, place: Place, values: Sequence[str]) -> list[float]:
        """Log-probability in nats of the rest of a text from a place on, with each value in all copies.

        Raises:
            UsageError: when the engine cannot score texts.
        """
        start = place.spans[0].start
        rests = [(place.write(text, value)[start:],) for value in values]
        return scorer(self.engine).score(_rest(text, place), rests)


def _rest(text: str, place: Place) -> FillTask:
    """All that stands from a place on as one gap."""
    return FillTask(text, (Span(place.spans[0].start, len(text)),), PATH)


def first_number(draft: Draft) -> str | None:
    """The number that a draft begins with, if it is whole: something follows it, or the draft has ended."""
    text = draft.texts[0]
    number = NUMBER.match(text)
    whole = number is not None and (draft.ended or number.end() < len(text))
    return number[0] if number is not None and whole else None


def model_alone(reviser: Reviser, text: str, bound: float) -> Answer:
    """Replace the most doubtful value where its best draft is more than `bound` nats likelier."""
    doubt, answer = most_doubtful(reviser, text)
    return answer if doubt > bound else Answer(text, None, answer.nfe, answer.seconds)


def most_doubtful(reviser: Reviser, text: str) -> tuple[float, Answer]:
    """Greatest gain of a draft over what stands there, in nats, and the text with it; -inf without a draft."""
    reading = reviser.read(text)
    looks = [reviser.look(text, place) for place in reading.places[:DOUBTED]]
    nfe, seconds = sum(look.nfe for look in looks), sum(look.seconds for look in looks)
    seconds += reading.seconds
    drafts = [(*draft, look.place) for look in looks for draft in look.drafts[:1]]
    if not drafts:
        return -math.inf, Answer(text, None, nfe, seconds)
    gain, number, place = max(drafts, key=lambda draft: draft[0])
    return gain, Answer(place.write(text, number), number, nfe, seconds)


def model_and_checker(reviser: Reviser, text: str) -> Answer:
    """Try the drafts for the values of the wrong equation, the likeliest first, until the checker is content."""
    looks = [reviser.look(text, place) for place in suspects(text)]
    nfe, seconds = sum(look.nfe for look in looks), sum(look.seconds for look in looks)
    drafts = [(*draft, look.place) for look in looks for draft in look.drafts]
    for _, number, place in sorted(drafts, key=lambda draft: -draft[0]):
        revised = place.write(text, number)
        if content(revised):
            return Answer(revised, number, nfe, seconds)
    return Answer(text, None, nfe, seconds)


def model_and_calculator(reviser: Reviser, text: str) -> Answer:
    """Write the number that the model finds likeliest, of those that would each make the wrong equation true."""
    started = time.perf_counter()
    best: tuple[float, str, Place] | None = None
    for place in suspects(text):
        number = needed(text, place)
        if number is None or not content(place.write(text, number)):
            continue
        new, old = reviser.scores(text, place, [number, place.read(text)])
        if best is None or new - old > best[0]:
            best = new - old, number, place
    seconds = time.perf_counter() - started
    if best is None:
        return Answer(text, None, 0, seconds)
    return Answer(best[2].write(text, best[1]), best[1], 0, seconds)


def calculate(text: str) -> Answer:
    """The floor: write the value of the left side wherever an equation does not hold."""
    results = [place for place in suspects(text) if place.kind == "result"]
    written = None
    for place in reversed(results):  # from the end: the places before keep their spans
        number = needed(text, place)
        if number is not None:
            text, written = place.write(text, number), number
    return Answer(text, written)


def leave(text: str) -> Answer:
    """The floor: do nothing."""
    return Answer(text)


def suspects(text: str) -> list[Place]:
    """Values of the equations that do not hold."""
    holds = [equation.holds for equation in equations(text)]
    return [place for place in places(text) if not holds[place.equation]]


def needed(text: str, place: Place) -> str | None:
    """What a value has to be for its equation to hold; None where no exact number will do."""
    equation = list(equations(text))[place.equation]
    left, right = equation.sides
    target = value(right) if right else None
    if left is None:
        return None
    if place.kind == "result":
        number = value(left)
    else:
        unknown = numbers(left)[place.number]
        number = None if target is None else solve(left, unknown, target)
    return None if number is None else write(number)
