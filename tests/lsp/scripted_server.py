"""The language server over engines that need no model; started as a process by the tests.

The option `model` chooses the engine:

    left out    what a line `#: {...}` of the document tells, see `Told`
    "wild"      answers and pauses drawn from the document's text, see `WildEngine`
    "slow..."   the first one, but loading it takes a second
    "blind"     the first one, but it doubts nothing
    "reads"     the first one, but without a canvas
    "broken"    loading it meets a bug
    else        the real model of that folder

The argument `quick` has it look for what is wrong almost at once, `shared` has one process serve all that say so.
One request is added, `test/text`: the text that the server holds of a document.
"""

import json
import math
import re
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from editdiff_lsp import diagnostics, host, keeping, sharing
from editdiff_lsp import server as lsp_server
from editdiff_lsp.model import Measured

from editdiff.engines.base import (
    Doubt,
    Draft,
    Engine,
    FillOptions,
    FillTask,
    Place,
    Reading,
    Sketch,
    Update,
)
from editdiff.engines.choose import choose
from editdiff.errors import EngineError
from editdiff.families.base import Traits
from editdiff.settings import Settings
from editdiff.text.span import Span

TELLING = re.compile(r"#: (\{.*\})")
DOUBTED = {
    "wrong": (0.4, (" right", " better")),
    "dubious": (0.06, ("sure",)),
    "faint": (0.01, ("x",)),
}
"""Probability and alternatives of the words that are doubted."""
WILD_WORD = re.compile(r"\bw[0-9a-f]+x(\d+)x\d+\b")
"""What `WildEngine` writes where it writes one word; the number is the draft's."""
PIECES = ("x", "y = 1", "\n", "é", "😀", "\x0c", "\u2028", " ", "\t", "(", "pass", "")


@dataclass(frozen=True)
class Told:
    """What the engine does with a document."""

    drafts: Sequence[Sequence[str]] = (("filled",),)
    """Texts of each draft, one a gap; the last one also stands for further gaps."""
    steps: int = 1
    """Sketches before the drafts."""
    pause: float = 0.0
    """Seconds before each sketch."""
    score: float = 0.0
    """Log-probability of each draft, nats."""
    fails: str = ""
    """The message of an error that the user can do something about."""
    crashes: bool = False
    """Whether it has a bug."""
    doubts: Sequence[str] = ()
    """Texts that are doubted wherever they stand in a selection, the first one most."""
    likes: Mapping[str, float] = field(default_factory=dict)
    """Nats by which a filling is likelier for each of these texts that it holds."""
    echo: bool = False
    """Whether the only draft is what it was asked with, in quotes."""

    @classmethod
    def in_text(cls, text: str) -> "Told":
        """Read the last line that tells something."""
        try:
            return cls(**json.loads(TELLING.findall(text)[-1]))
        except (IndexError, ValueError, TypeError):
            return cls()


@dataclass
class ToldEngine:
    """Does what the document tells, without any other state than a count."""

    name: str = "told"
    encoded: int = 0
    """Code points that it was asked about."""

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Sketch the first draft, then give all."""
        self.encoded += len(task.text)
        told = Told.in_text(task.text)
        if told.fails:
            raise EngineError(told.fails, "try another engine")
        if told.crashes:
            raise RuntimeError("a bug of the engine")
        if told.echo:
            told = Told([[repr(str(options))]])
        yield from play(task, told)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Score all alike, but for what is liked."""
        told = Told.in_text(task.text)
        liked = [sum(n for text, n in told.likes.items() if text in "".join(t)) for t in texts]
        return [told.score + nats for nats in liked]


class ReadingEngine(ToldEngine):
    """Has no canvas, and so is asked what it thinks of whole texts."""

    traits = Traits(context=2048)


class WildEngine:
    """Draws from the text what to answer, and how long to take for it; no answer is like another one's."""

    name = "wild"
    encoded = 0

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Give two drafts, nearly always."""
        key = zlib.crc32(repr((task, options.seed)).encode())
        random = Random(key)
        gaps, count = range(len(task.gaps)), random.choice((0, 2, 2, 2))
        if random.random() < 0.5:
            drafts = [[f"w{key:x}x{draft}x{gap}" for gap in gaps] for draft in range(count)]
        else:
            drafts = [
                [self.text(random, f"<{key:x}-{draft}-{gap}>") for gap in gaps]
                for draft in range(count)
            ]
        slow = random.random() < 0.1
        yield from play(task, Told(drafts, random.randint(1, 3), pause=0.02 * slow))

    def text(self, random: Random, name: str) -> str:
        """Put together a draft, which may be nothing."""
        pieces = random.choices(PIECES, k=random.randint(0, 4))
        return "".join([*pieces[::2], name, *pieces[1::2]]) if random.random() < 0.9 else ""

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Be sure of everything, and like its own words, those of the first draft best."""
        words = [WILD_WORD.search("".join(filling)) for filling in texts]
        return [20.0 - 5 * int(word[1]) if word else 0.0 for word in words]


def play(task: FillTask, told: Told) -> Iterator[Update]:
    """Yield sketches, of which the last is the first draft, then all drafts."""
    drafts = [(*texts, *[texts[-1]] * len(task.gaps))[: len(task.gaps)] for texts in told.drafts]
    for step in range(1, told.steps + 1):
        time.sleep(told.pause)
        if drafts:
            place = [Place(text, step == told.steps, step / told.steps) for text in drafts[0]]
            yield Sketch(step, tuple((each,) for each in place))
    for texts in drafts:
        yield Draft(texts, told.score, told.steps)


def load(model: str | None, chosen: Settings) -> Engine:
    """Return the engine that the option `model` names."""
    if model is None:
        return ToldEngine()
    if model.startswith("slow"):
        time.sleep(1.0)
        return ToldEngine(model)
    if model == "blind":
        return ToldEngine(model)
    if model == "reads":
        return ReadingEngine(model)
    if model == "broken":
        raise RuntimeError("a bug of loading")
    return WildEngine() if model == "wild" else choose(model)


def thresholds(model: str | None) -> dict[str, float]:
    """Return the confidence that ghost text needs: Python alone was measured."""
    return {"python": 0.5}


def several(model: str | None) -> dict[str, float]:
    """Return the confidence that ghost text of several lines needs."""
    return {"python": 0.8}


@dataclass
class ToldDoubter:
    """Doubts what the document tells, where it first stands in a span, the first of them most.

    Else the words `wrong` and `dubious`, at once, or each line after the pause that the document tells.
    """

    name: str
    calibrated: bool = True

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        told = Told.in_text(text)
        if told.fails:
            raise EngineError(told.fails, "try another engine")
        for span in spans if told.doubts else ():
            found = [(text.find(each, span.start, span.end), each) for each in told.doubts]
            yield [
                Doubt(Span(at, at + len(each)), 0.9 / (rank + 1))
                for rank, (at, each) in enumerate(found)
                if at >= 0
            ]
        for span in () if told.doubts else spans:
            lines = re.findall(r"[^\n]+\n?|\n", span.slice(text))
            piece, at = 1 if told.pause else len(lines), span.start
            for i in range(0, len(lines), piece or 1):
                time.sleep(told.pause)
                read, doubts = "".join(lines[i : i + piece]), list[Doubt]()
                for found in re.finditer(r"\s*(\w+)", read):
                    told_of = DOUBTED.get(found[1], (0.001, (f"{found[0]}?",)))
                    doubts.append(Doubt(Span(at + found.start(), at + found.end()), *told_of))
                yield doubts
                at += len(read)


def doubting(engine: Engine, model: str | None) -> ToldDoubter:
    """Return who doubts, unless the engine is one that cannot."""
    if engine.name == "blind":
        raise EngineError("the engine has no network that could doubt a text", "take another")
    return ToldDoubter(engine.name)


class ByScore:
    """A draft is right with the probability that its score says; of 0 nats it is as sure as it can be."""

    floor, reads = 0.1, False

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        return math.exp(draft.score)


def calibration(model: str | None) -> ByScore:
    """Return what is known of how sure the model is."""
    return ByScore()


def make(*args: Any) -> lsp_server.Server:
    """Make the server, and let the tests look into it."""
    server = plain_make(*args)

    @server.feature("test/text")
    def text(params: Any) -> str | None:
        opened = server.service.store.get(params.uri)
        return opened.text if opened else None

    return server


if __name__ == "__main__":
    keeping.PULSE = 0.1
    if "quick" in sys.argv:
        diagnostics.QUIET = 0.01
    plain_make, lsp_server.make = lsp_server.make, make
    measured = Measured(thresholds, several, calibration, of_rewrites=calibration)
    parts = load, measured, doubting
    if "host" in sys.argv:
        host.main(partial(make, *parts))
    if "shared" in sys.argv:
        code = sharing.shared([sys.executable, "-I", __file__, "quick", "host"])
        sys.exit("it is not shared" if code is None else code)
    sys.exit(lsp_server.serve(*parts))
