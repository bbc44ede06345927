"""A network whose every guess is known: what follows is looked up by the text before it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.twin.engine import TwinEngine
from editdiff.families.base import Sequel, Traits, TreeDenoiser
from editdiff.prompt.base import Prompt
from editdiff.prompt.fim import FillInMiddle
from editdiff.tokens.base import NONE, FloatArray, IntArray
from editdiff.tokens.byte_tokenizer import ByteTokenizer

END = ""
"""Ends the gap."""
READ_END = "<end>"
"""The same where it is read."""
PREFIX, SUFFIX, MIDDLE = "<pre>", "<tail>", "<mask>"
LEAST = 1e-12
"""Probability of what a table does not tell."""
Says = Callable[[str], Mapping[str | bytes | int, float]]
"""Text before a place -> probability of each character, byte, id, or END, that may follow."""
Judges = Callable[[str, str], float]
"""Text before a place, and what was read on there -> probability that the gap ends there."""


class Bytes(ByteTokenizer):
    """One id for each byte, and no sentinels."""

    special = replace(ByteTokenizer.special, gaps=())


@dataclass(frozen=True)
class Context:
    """A context, and a tree behind it."""

    prompt: Prompt
    paths: tuple[tuple[int, ...], ...] = ()


def one_by_one(network: TreeDenoiser) -> TwinEngine:
    """An engine that guesses no token ahead: each forward writes one, and the network is asked of no other text."""
    engine = TwinEngine(network)
    engine.guesses = engine.canvas = False
    return engine


class TableNetwork:
    """A `TreeDenoiser` that says of each place what `says` tells by all text before it."""

    def __init__(self, says: Says, heals: bool = False, judges: Judges | None = None) -> None:
        self.says, self.judges, self.tokenizer = says, judges, Bytes()
        self.traits = Traits(context=2000, gaps=8)
        self.prompt = FillInMiddle(self.tokenizer, PREFIX, SUFFIX, MIDDLE, heals=heals)
        self.written: list[list[int]] = []
        """Ids of each forward."""
        self.read: list[tuple[str, str]] = []
        """Text before each place at which the text after the gap was read, and what was read of it."""

    def encode(self, prompt: Prompt, cache: Context | None = None) -> Context:
        return Context(prompt)

    def write(
        self, cache: Context, ids: IntArray, behind: IntArray, wanted: IntArray
    ) -> tuple[Context, Guess]:
        paths = list(cache.paths)
        for token, parent in zip(ids.tolist(), behind.tolist(), strict=True):
            paths.append((*(paths[parent] if parent != NONE else ()), token))
        self.written.append(ids.tolist())
        new = paths[len(cache.paths) :]
        return Context(cache.prompt, tuple(paths)), self._guess(
            cache.prompt, [new[i] for i in wanted]
        )

    def extend(self, cache: Context, ids: IntArray) -> tuple[Context, Guess]:
        rows = [tuple(ids[: i + 1].tolist()) for i in range(len(ids))]
        return Context(cache.prompt.then(ids)), self._guess(cache.prompt, rows)

    def only(self, cache: Context, count: int) -> Context:
        return Context(cache.prompt, cache.paths[:count])

    def read_on(self, cache: Context, sequels: Sequence[Sequel]) -> FloatArray:
        told = []
        for sequel in sequels:
            behind = cache.paths[sequel.behind] if sequel.behind != NONE else ()
            before = self._before(cache.prompt, (*behind, sequel.token))
            ids, end = sequel.ids, self.tokenizer.special.end
            text = self.tokenizer.decode([token for token in ids if token != end])
            self.read.append((before, text + READ_END if ids[-1] == end else text))
            ending = math.exp(sequel.ending)
            told.append(self.judges(*self.read[-1]) if self.judges else ending)
        return np.log(told)

    def score(self, cache: Context, ids: IntArray) -> FloatArray:
        told = np.zeros((len(ids), ids.shape[1] - 1))
        for i, row in enumerate(ids.tolist()):
            for place in range(1, len(row)):
                if row[place] != self.tokenizer.special.pad:
                    known = self._known(cache.prompt, tuple(row[:place]))
                    told[i, place - 1] = np.log(known.get(row[place], LEAST))
        return told

    def propose(self, cache, canvas, asked=None):
        raise AssertionError("it has no canvas")

    def _guess(self, prompt: Prompt, rows: list[tuple[int, ...]]) -> Guess:
        told = [self._known(prompt, row) for row in rows]
        fill = [token for token in range(2, 300) if token != self.tokenizer.special.end][:9]
        ids = np.zeros((1, len(rows), 8), dtype=np.int64)
        logp = np.zeros((1, len(rows), 8))
        for i, known in enumerate(told):
            others = [token for token in fill if token not in known]
            both = [*known.items(), *((token, LEAST) for token in others)]
            both = sorted(both, key=lambda pair: -pair[1])[:8]
            ids[0, i] = [token for token, _ in both]
            logp[0, i] = np.log([probability for _, probability in both])
        return Guess(ids, logp)

    def _known(self, prompt: Prompt, row: tuple[int, ...]) -> dict[int, float]:
        """Probability of each id behind a row that stands behind the context."""
        return {self._id(what): p for what, p in self.says(self._before(prompt, row)).items()}

    def _before(self, prompt: Prompt, row: tuple[int, ...]) -> str:
        """All text before what is written behind a row."""
        ids = [*prompt.ids.tolist(), *row]
        prefix, suffix, middle = map(self.tokenizer.id_of, (PREFIX, SUFFIX, MIDDLE))
        near = ids[ids.index(prefix) + 1 : ids.index(suffix)]
        return self.tokenizer.decode([*near, *ids[ids.index(middle) + 1 :]])

    def _id(self, what: str | bytes | int) -> int:
        if isinstance(what, int):
            return what
        if what == END:
            return self.tokenizer.special.end
        (byte,) = what.encode() if isinstance(what, str) else what
        return byte + self.tokenizer.encode("\0")[0]


def writes(*stories: str, start: str = "", sure: float = 0.9) -> Says:
    """Goes on as the first of `stories` that begins like the text behind `start`, and ends the gap with it.

    The other characters of what comes next in any of them share what is left.
    """

    def says(before: str) -> dict[str | bytes | int, float]:
        written = before[len(start) :]
        alive = [story for story in stories if story.startswith(written)]
        if not alive:
            return {END: sure}
        following = list(dict.fromkeys(story[len(written) :][:1] for story in alive))
        others = {other: (1 - sure) / len(following[1:]) for other in following[1:]}
        return {following[0]: sure if others else 1 - 1e-9, **others}

    return says
