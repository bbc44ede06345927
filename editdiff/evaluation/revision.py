"""Ways to revise a worked solution: by the model alone, with a checker of its equations, by calculating.

What is looked at are the values of equations, each together with its copy (`corruption.places`): the model fills
both gaps at once, and a draft counts only where both are the same number.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.evaluation.corruption import Place, places
from editdiff.evaluation.equations import NUMBER, content, equations, numbers, solve, value, write
from editdiff.evaluation.scoring import scorer

PATH = "solution.md"
"""File name as the model is told it."""


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


@dataclass
class Reviser:
    """An engine that fills numbers; what it said of a text is kept, for the rows ask for the same."""

    engine: Engine
    options: FillOptions
    _kept: dict[tuple[str, Place], Look] = field(default_factory=dict)

    def look(self, text: str, place: Place) -> Look:
        """Fill a place of a text anew and compare with what stands there."""
        if (text, place) not in self._kept:
            self._kept[text, place] = self._look(text, place)
        return self._kept[text, place]

    def _look(self, text: str, place: Place) -> Look:
        started = time.perf_counter()
        task, old = FillTask(text, place.spans, PATH), place.read(text)
        updates = list(self.engine.fill(task, self.options))
        (there,) = self.scores(text, place, [old])
        drafts = [
            (update.score - there, update.texts[0])
            for update in updates
            if isinstance(update, Draft) and update.ended and is_number(update.texts, old)
        ]
        steps = [update.step for update in updates if isinstance(update, Sketch)]
        seconds = time.perf_counter() - started
        return Look(place, tuple(sorted(drafts, reverse=True)), max(steps, default=0), seconds)

    def scores(self, text: str, place: Place, values: list[str]) -> list[float]:
        """Log-probability in nats of each value in all copies of a place.

        Raises:
            UsageError: when the engine cannot score texts.
        """
        task = FillTask(text, place.spans, PATH)
        return scorer(self.engine).score(task, [(v,) * len(place.spans) for v in values])


def is_number(texts: tuple[str, ...], old: str) -> bool:
    """Whether all copies are the same number, another one than `old`."""
    first = texts[0]
    return set(texts) == {first} and first != old and NUMBER.fullmatch(first) is not None


def model_alone(reviser: Reviser, text: str, bound: float) -> Answer:
    """Replace the most doubtful value where its best draft is more than `bound` nats likelier."""
    doubt, answer = most_doubtful(reviser, text)
    return answer if doubt > bound else Answer(text, None, answer.nfe, answer.seconds)


def most_doubtful(reviser: Reviser, text: str) -> tuple[float, Answer]:
    """Greatest gain of a draft over what stands there, in nats, and the text with it; -inf without a draft."""
    looks = [reviser.look(text, place) for place in places(text)]
    nfe, seconds = sum(look.nfe for look in looks), sum(look.seconds for look in looks)
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
