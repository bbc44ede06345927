"""Floors: engines without a network, for the same table under the same protocol.

A figure says something only beside what costs nothing. The strongest of them is a 3-gram: what a
model reaches above it, it owes to more than frequent phrases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Update
from editdiff.engines.recall import recall
from editdiff.evaluation.core.metrics import lex

ORDER = 3
"""Tokens of the longest phrase counted."""
MAX_TOKENS = 64
"""Most tokens the 3-gram writes: greedy phrases may go round in circles."""
_NEAR = 1000
"""Code points before a gap that are cut into tokens; the last two tokens are all that counts."""


@dataclass
class Floor:
    """An engine that derives its only draft from the text before the gap, without a network."""

    name: str
    write: Callable[[str], str]

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the draft; the options change nothing."""
        yield Draft(tuple(self.write(task.text[: gap.start]) for gap in task.gaps), 0.0, nfe=0)


class Lookup:
    """What stands in a place like the gap elsewhere in the text; empty where nothing does."""

    name = "lookup"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the likeliest, of several gaps nothing; the options change nothing."""
        drafts = recall(task, most=1)
        yield drafts[0] if drafts else Draft(("",) * len(task.gaps), 0.0, nfe=0)


def simple_floors() -> list[Engine]:
    """Return the floors that need no text to learn from."""
    return [
        Floor("empty", lambda before: ""),
        Floor("pass", lambda before: "pass"),
        Floor("line above", line_above),
        Lookup(),
    ]


def line_above(before: str) -> str:
    """Content of the nearest line above the gap's own that is not blank."""
    above = before.split("\n")[:-1]
    return next((line.strip() for line in reversed(above) if line.strip()), "")


def ngram_floor(texts: Iterable[str]) -> Engine:
    """Return a token 3-gram, counted on `texts`, greedy, that writes to the end of the line."""
    return Floor(f"{ORDER}-gram", NGram(texts).line)


class NGram:
    """The commonest token after the longest known context of two, one or no tokens.

    Greedy decoding needs the best choice alone: this is "stupid backoff" (Brants et al. 2007, §4) reduced to
    it. Of equally common tokens the first seen is taken.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        tokens = [token for text in texts for token in lex(text + "\n")]
        self._best: dict[tuple[str, ...], str] = {}
        self._shares: dict[tuple[str, ...], float] = {}
        for n in range(1, ORDER + 1):
            self._learn(Counter(zip(*(tokens[i:] for i in range(n)), strict=False)))

    def _learn(self, phrases: Counter[tuple[str, ...]]) -> None:
        """Keep the last token of the commonest phrase of each context, and its share."""
        highest: dict[tuple[str, ...], int] = {}
        totals: Counter[tuple[str, ...]] = Counter()
        for phrase, count in phrases.items():
            context, last = phrase[:-1], phrase[-1]
            totals[context] += count
            if count > highest.get(context, 0):
                highest[context], self._best[context] = count, last
        self._shares.update({context: best / totals[context] for context, best in highest.items()})

    def line(self, before: str) -> str:
        """Continue `before` to the end of its line."""
        return self.sure_line(before)[0]

    def sure_line(self, before: str) -> tuple[str, float]:
        """The continued line, and the product of its tokens' shares among all that followed their contexts."""
        context, written, sure = lex(before[-_NEAR:]), list[str](), 1.0
        while len(written) < MAX_TOKENS:
            token, share = self._next(tuple(context + written)[-(ORDER - 1) :])
            sure *= share
            if token.startswith("\n"):
                break
            written.append(token)
        return "".join(written), sure

    def _next(self, context: tuple[str, ...]) -> tuple[str, float]:
        if not self._best:
            return "\n", 1.0
        known = (context[i:] for i in range(len(context) + 1) if context[i:] in self._best)
        longest = next(known)
        return self._best[longest], self._shares[longest]
