"""What else might stand in a text: read once from left to right, and judged by how all that follows reads then.

A stretch of a text is a chain of tokens behind its context, each of which the network has guessed from all before
it. Another word in its place is a branch of that chain: what stands before it is there already, and what costs
something is the word and the rest that is read behind it. Which words are worth it, the first token tells by which
one differs, and that was guessed when the stretch was read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Doubt, Rival, Standing, Weight
from editdiff.engines.doubt import FEATURES, Window, whole_characters, windows
from editdiff.engines.surprise import CausalDoubter
from editdiff.families.base import BranchDenoiser
from editdiff.text.span import Span
from editdiff.tokens.base import FloatArray, IntArray

FOLLOW = 8
"""Tokens of the text behind a stretch that are read with it."""
REACH = 64
"""Characters in which they are looked for."""
REST = 48
"""Tokens that are read behind a word."""
WRITTEN, BEHIND, LEAST = 4, 3.0, -7.0
"""Words that the model writes at a token, at most; by how many nats their first token may be less likely than the
one that stands there; and its least log-probability."""
LONGEST = 6
"""Tokens of a word that the model writes."""
WORTH = 2.0
"""Nats by which a word may be less likely than the one that stands there, by the first token that differs, if it is
to be read."""
MOST_READ, MOST_OF_WORD = 24, 6
"""Words that are read in a stretch, and of these in one place."""
AT_ONCE = 128
"""Rows that are read at once; what comes meanwhile waits for them."""
WORD = re.compile(r"\w+|[=<>!+\-*/%&|^~@]+")
"""What is replaced as a whole."""


class BranchingDoubter(CausalDoubter):
    """Doubts a text with a `BranchDenoiser`, and weighs what else might stand there; a `Weigher`."""

    def standing(self, text: str, spans: Sequence[Span], path: str) -> Iterator[Standing | None]:
        """Read the disjoint `spans`, stretch by stretch; None after each piece of one that goes on."""
        frame = 2  # of a canvas, which there is not
        for window in windows(self._denoiser.tokenizer, text, spans, self._window + frame):
            yield from self._stand(text, window, path)

    def _stand(self, text: str, window: Window, path: str) -> Iterator[Standing | None]:
        network, context = cast(BranchDenoiser, self._denoiser), self._context(text, window, path)
        ids, spans = self._tokens(text, window, context)
        after = text[window.span.end :][:REACH]
        tail = network.tokenizer.encode(after)[:FOLLOW] if after.strip() else []
        known = np.array([*ids.tolist(), *tail], dtype=np.int64)
        rows = np.concatenate(([context.heads[0]], known[:-1])).astype(np.int64)
        cache = None
        for encoded in self._encoded(context):
            cache = encoded
            yield None
        guesses, told = list[Guess](), list[FloatArray]()
        size = self._piece or len(rows)
        for start in range(0, len(rows), size):
            part = slice(start, min(start + size, len(rows)))
            behind = np.arange(part.start, part.stop) - 1
            cache, guess, own = network.branch(cache, rows[part], behind, known[part])
            guesses.append(guess)
            told.append(own)
            yield None
        guess = Guess(
            np.concatenate([each.ids for each in guesses], axis=1),
            np.concatenate([each.logp for each in guesses], axis=1),
        )
        seen = self._seen(text, window.span.end, ids, spans, guess)
        chances = self._calibration.first.probability(seen.features, FEATURES).tolist()
        doubts = whole_characters(map(Doubt, seen.spans, chances, seen.offers))
        chain = Chain(known, cache, guess, np.concatenate(told))
        yield Stretch(network, text, window.span, spans, chain, doubts)


class Chain(NamedTuple):
    """Tokens that were read one behind the other."""

    ids: IntArray
    """[N] of a stretch, and the first ones of the text behind it."""
    cache: Any
    """Of the context and of N rows behind it, each of which tells the token of its number."""
    guess: Guess
    """[1, N] what the rows tell."""
    told: FloatArray
    """[N] log-probabilities of the tokens."""

    def likelihood(self, token: int, number: int) -> float | None:
        """Log-probability of another token at a place; None where it is not among the likeliest."""
        found = self.guess.logp[0, number, self.guess.ids[0, number] == token]
        return float(found[0]) if len(found) else None


class _Branch(NamedTuple):
    """A rival as it is spelt from the first token on by which it differs."""

    rival: Rival
    at: int
    """Number of that token."""
    ids: tuple[int, ...]
    """From there to the end of what is read."""
    end: int
    """Number of the token of the chain before which that is."""
    same: int
    """Tokens at the end that are those of the chain."""
    first: float
    """Log-probability of the first token."""


class _Word(NamedTuple):
    """A word that the model writes token by token."""

    span: Span
    text: str
    token: int
    """Its last one, which was not written yet."""
    behind: int
    """Number of the row in the tree behind which it stands."""
    whole: bool

    def then(self, text: str, token: int, behind: int) -> _Word:
        """Go on with a token of that text; what does not belong to the word ends it."""
        more = WORD.match(self.text + text)
        word = more[0] if more else ""
        ends = len(word) < len(self.text + text)
        return _Word(self.span, word, token, behind, ends)


@dataclass
class Stretch:
    """A stretch that was read; a `Standing`."""

    network: BranchDenoiser
    text: str
    span: Span
    spans: Sequence[Span]
    """[n] where its tokens stand in the text; those of the chain behind them are of the text that follows."""
    chain: Chain
    doubts: Sequence[Doubt]
    _starts: list[int] = field(init=False)
    _spelt: dict[tuple[int, int, Span], tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note where the tokens begin."""
        self._starts = [span.start for span in self.spans]

    def write(self, places: Sequence[Span]) -> Iterator[list[Rival]]:
        """What the model would rather write for words of some places: after each step all of it so far."""
        words = [
            new for place in places for word in self._words(place) for new in self._begun(word)
        ]
        cache, count = self.chain.cache, len(self.chain.ids)
        for _ in range(LONGEST):
            yield self._rivals(words)
            open_ = [i for i, word in enumerate(words) if not word.whole]
            if not open_:
                return
            ids = np.array([words[i].token for i in open_], dtype=np.int64)
            behind = np.array([words[i].behind for i in open_], dtype=np.int64)
            cache, guess, _ = self.network.branch(cache, ids, behind, np.zeros_like(ids))
            for row, i in enumerate(open_):
                token = int(guess.ids[0, row, 0])
                words[i] = words[i].then(self._decoded(token), token, count + row)
            count += len(open_)

    def weigh(self, rivals: Sequence[Rival], until: int | None = None) -> Iterator[list[Weight]]:
        """Weigh the rivals that are worth a reading, some after each step.

        With `until` all are, and each is read at least up to there, a place in the text; one that begins too
        unlikely to be told counts as no likelier than what is.
        """
        held, rows = list[_Branch](), 0
        for branch in self._worth(rivals) if until is None else self._all(rivals, until):
            held.append(branch)
            rows += len(branch.ids) - 1
            if rows >= AT_ONCE:
                yield self._weights(held)
                held, rows = [], 0
        if held:
            yield self._weights(held)

    def _words(self, place: Span) -> list[Span]:
        """Words and operators in a place of the stretch."""
        start, end = max(place.start, self.span.start), min(place.end, self.span.end)
        return [Span(*match.span()) for match in WORD.finditer(self.text, start, end)]

    def _first(self, span: Span) -> int:
        """Number of the token in which something begins."""
        at = bisect_left(self._starts, span.start)
        return at if at < len(self._starts) and self._starts[at] == span.start else at - 1

    def _begun(self, word: Span) -> Iterator[_Word]:
        """Other words, each with its first other token, the rest of it not written yet."""
        first = self._first(word)
        lead = self.text[self._starts[first] : word.start]
        for number in range(first, bisect_left(self._starts, word.end)):
            before = self.text[word.start : max(word.start, self._starts[number])]
            told = zip(
                self.chain.guess.ids[0, number], self.chain.guess.logp[0, number], strict=True
            )
            least, begun = max(LEAST, self.chain.told[number] - BEHIND), 0
            for token, logp in told:
                text = self._decoded(int(token))
                if logp < least or begun == WRITTEN:
                    break
                if token == self.chain.ids[number] or not text.startswith(lead):
                    continue
                new = _Word(word, before, 0, 0, False).then(text[len(lead) :], int(token), number)
                if new.text and len(new.text) > len(before):
                    begun += 1
                    yield new
            lead = ""

    def _decoded(self, token: int) -> str:
        """Text of a token; empty where it is a part of a character, or no text."""
        text = self.network.tokenizer.decode([token])
        return (
            text
            if self.network.tokenizer.special.is_text(np.array(token)) and "\ufffd" not in text
            else ""
        )

    def _rivals(self, words: Sequence[_Word]) -> list[Rival]:
        """The distinct texts of words."""
        made = dict.fromkeys(Rival(word.span, word.text) for word in words)
        return [rival for rival in made if rival.text != rival.span.slice(self.text)]

    def _worth(self, rivals: Sequence[Rival]) -> list[_Branch]:
        """The branches that are worth a reading, in the order of the text."""
        found = [branch for rival in dict.fromkeys(rivals) if (branch := self._branch(rival))]
        found.sort(key=lambda branch: self.chain.told[branch.at] - branch.first)
        kept, of_word = list[_Branch](), Counter[Span]()
        for branch in found:
            near = branch.first > self.chain.told[branch.at] - WORTH
            if near and len(kept) < MOST_READ and of_word[branch.rival.span] < MOST_OF_WORD:
                kept.append(branch)
                of_word[branch.rival.span] += 1
        return sorted(kept, key=lambda branch: branch.rival.span)

    def _all(self, rivals: Sequence[Rival], until: int) -> list[_Branch]:
        """The branches of rivals, read up to a place at least."""
        found = (self._branch(rival, until) for rival in dict.fromkeys(rivals))
        return [branch for branch in found if branch is not None]

    def _branch(self, rival: Rival, until: int | None = None) -> _Branch | None:
        """Spell a rival; None where it cannot be compared with what stands there, or begins too unlikely."""
        start = self._first(rival.span)
        behind = bisect_left(self._starts, rival.span.end)
        end = min(max(behind, bisect_left(self._starts, until or 0)) + REST, len(self.chain.ids))
        old = self._spelling(rival.span, rival.span.slice(self.text), start, end)
        new = self._spelling(rival.span, rival.text, start, end)
        if old != tuple(self.chain.ids[start:end].tolist()) or new == old:
            return None
        at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
        first = None if at is None else self.chain.likelihood(new[at], start + at)
        if at is not None and first is None and until is not None:
            first = float(self.chain.guess.logp[0, start + at].min())
        if at is None or first is None:
            return None
        pairs = zip(reversed(old[at:]), reversed(new[at:]), strict=False)
        same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)) - at)
        return _Branch(rival, start + at, new[at:], end, min(same, end - behind), first)

    def _spelling(self, span: Span, text: str, start: int, end: int) -> tuple[int, ...]:
        """Tokens `start` to `end` of the chain with a text in place of a span in them."""
        own = len(self.spans)
        last = self.spans[min(end, own) - 1].end
        whole = self.text[self._starts[start] : span.start] + text + self.text[span.end : last]
        return (*self.network.tokenizer.encode(whole), *self.chain.ids[own:end].tolist())

    def _weights(self, branches: Sequence[_Branch]) -> list[Weight]:
        """Read branches, each behind the token of the chain by which it differs first."""
        ids, behind, asked = list[int](), list[int](), list[int]()
        for branch in branches:
            first = len(self.chain.ids) + len(ids)
            behind += [branch.at, *range(first, first + len(branch.ids))][: len(branch.ids) - 1]
            ids += branch.ids[:-1]
            asked += branch.ids[1:]
        told = np.zeros(0)
        if ids:
            rows = (np.array(each, dtype=np.int64) for each in (ids, behind, asked))
            _, _, told = self.network.branch(self.chain.cache, *rows)
        ends = np.cumsum([len(branch.ids) - 1 for branch in branches])
        parts = np.split(told, ends[:-1])
        return [
            self._weight(branch, np.concatenate(([branch.first], part)))
            for branch, part in zip(branches, parts, strict=True)
        ]

    def _weight(self, branch: _Branch, new: FloatArray) -> Weight:
        """Compare the log-probabilities of a branch with those of the chain."""
        old = self.chain.told[branch.at : branch.end]
        cut_new, cut_old = len(new) - branch.same, len(old) - branch.same
        place = float(new[:cut_new].sum() - old[:cut_old].sum())
        rest = tuple((new[cut_new:] - old[cut_old:]).tolist())
        return Weight(branch.rival, place, rest, float(new.sum()))
