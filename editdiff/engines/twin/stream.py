"""One draft in the making, written from left to right: what the gap holds so far, and what may come next."""

from __future__ import annotations

import codecs
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import FillOptions, Place
from editdiff.engines.twin.endings import ENOUGH, Endings
from editdiff.engines.twin.endings import Place as Ending
from editdiff.engines.twin.repeats import cut
from editdiff.families.base import Sequel
from editdiff.prompt.base import Prompt
from editdiff.text.margin import to_end_of_block
from editdiff.tokens.base import NONE, BoolArray, Tokenizer

FOLLOWS = 6
"""Tokens of the text after the gap that are read behind a filling."""
REACH = 200
"""Code points in which those are looked for."""
WORTH_READING = 0.05
"""Probability of an ending from which the text after the gap is read behind it."""
BY_TEXT, BY_CANVAS = SOURCES = ("text", "canvas")
"""Who guesses tokens ahead: what stands in the text at hand, and the network's canvas."""
_TINY = sys.float_info.min


class Guessed(NamedTuple):
    """Tokens that may come next, and who says so."""

    tokens: Sequence[int] = ()
    by: str = ""
    """One of SOURCES; empty for nobody."""


class Trail(NamedTuple):
    """What is written of a draft in one forward."""

    rows: Sequence[int]
    """Of what it had pending, and of each token that was guessed behind it."""
    guessed: Sequence[int]
    written: int
    """Tokens that the tree held before."""
    by: str = ""
    """Who guessed them, one of SOURCES."""

    def guess(self, place: int) -> int | None:
        """The token that was guessed behind the one in a row; None behind the last."""
        return self.guessed[place] if place < len(self.guessed) else None


@dataclass
class Stream:
    """One draft."""

    tokenizer: Tokenizer
    prompt: Prompt
    after: str
    """Text after the gap."""
    options: FillOptions
    in_block: bool = False
    """Whether the gap lies inside a block that goes on below it (`text.margin`)."""
    opens_line: bool = False
    """Whether the gap begins where a line does, and so with its white space."""
    ids: list[int] = field(default_factory=list)
    """Tokens so far, with what the gap `begins` with."""
    places: list[Place] = field(default_factory=list)
    """The same, as a viewer sees them: without what it begins with."""
    score: float = 0.0
    """Log-probability of the tokens and of the ending, in nats."""
    path: list[tuple[int, int]] = field(default_factory=list)
    """Id of each token that is written, the gap's head first, and its number in the tree."""
    pending: int = NONE
    """What is to be written next."""
    text: str | None = None
    """Where it was cut, what is left; else what its tokens say."""
    ended: bool = False
    done: bool = False
    begun: int = 0
    """Bytes of what the gap begins with that are written already."""
    opening: int = 0
    """Tokens that wrote them; what they say is known, so they do not count towards the limit."""
    spelling: list[int] = field(default_factory=list)
    """Tokens that would write the rest of them."""
    endings: Endings = field(default_factory=Endings)

    def __post_init__(self) -> None:
        self.pending = self.prompt.heads[0]

    def sequel(self, guess: Guess) -> Sequel | None:
        """Where it may well end here, by a guess [1, 1, TOP]: what is to be read to judge that; None elsewhere.

        A draft that ends with its first line anyway has nothing to be read where a line break follows the gap.
        """
        ending = self._ending(guess)
        if self._begins or ending < math.log(WORTH_READING):
            return None
        if self.options.lines and self.after.startswith("\n"):
            return None
        try:
            text = self.tokenizer.decode_bytes(self.ids).decode()
        except UnicodeDecodeError:
            return None
        if self.after.startswith("\n"):
            text = text.rstrip("\n")
        follows = spelt_on(self.tokenizer, text, self.after)
        known = _shared(follows, self.ids)
        behind = self.path[known - 1][1] if known else NONE
        return Sequel(self.path[known][0], behind, tuple(follows[known:]), ending)

    def ends(self, guess: Guess) -> bool:
        """Whether the gap ends, by a guess [1, 1, TOP] of what follows; if it does, the draft is cut.

        At the limit it is given up, unless it ends there.
        """
        if self._begins:
            return False
        if self._ends_with(self._ending(guess)):
            return True
        if len(self.ids) - self.opening >= self.options.max_tokens:
            self.give_up()
        return self.done

    def take(self, guess: Guess) -> None:
        """Go on with the chosen one of a guess [1, 1, TOP] of text; give up where no text may follow."""
        if not self.tokenizer.special.is_text(guess.chosen).all():
            self.give_up()
            return
        token = int(guess.chosen[0, 0])
        probability = float(guess.confidence[0, 0])
        self.score += math.log(max(probability, _TINY))
        self.ids.append(token)
        known = len(self._begins)
        if known:
            self.opening += 1
            self.spelling = self.spelling[1:] if token == self.spelling[0] else []
        piece = self.tokenizer.decode_bytes([token])
        self.begun += len(piece)
        self.places.append(Place(piece[known:].decode(errors="replace"), True, probability))
        self.pending = token
        self._look()

    def as_guessed(self, trail: Trail, count: int) -> Stream:
        """What it would be with the first so many of the tokens that are guessed of it."""
        if not count:
            return self
        numbers = (trail.written + row for row in trail.rows[1:])
        more = list(zip(trail.guessed[:count], numbers, strict=False))
        return replace(self, ids=[*self.ids, *trail.guessed[:count]], path=[*self.path, *more])

    def follows(self, trail: Trail, place: int) -> bool:
        """Whether its next token is what was guessed behind a row, and so is written already."""
        if self.done or self.pending != trail.guess(place):
            return False
        self.path.append((self.pending, trail.written + trail.rows[place + 1]))
        return True

    def give_up(self) -> None:
        """Write no more: the gap counts as ended where one of its endings was likely enough."""
        self.done = True
        if self.endings.best.probability >= math.log(ENOUGH):
            self._end(self.endings.best)

    def admitted(self, guess: Guess) -> Guess:
        """A guess [1, 1, TOP] of text and the end alone, and of what the gap begins with until that is written.

        There what is left is a distribution again: that the gap begins so is known.
        """
        special, begins = self.tokenizer.special, self._begins
        kept: BoolArray = special.is_text(guess.ids) | (guess.ids == special.end)
        if not begins:
            return self._indented(guess.only(kept, fallback=special.end))
        self.spelling = self.spelling or self.tokenizer.encode(begins.decode())
        fits = [self._fits(token, begins) for token in guess.ids[0, 0].tolist()]
        kept &= np.array(fits)[None, None]
        only = guess.only(kept, fallback=self.spelling[0])
        if not kept.any():
            logp = np.full_like(only.logp, -np.inf)
            logp[..., 0] = 0.0
            return replace(only, logp=logp)
        return replace(
            only, logp=only.logp - np.logaddexp.reduce(only.logp, axis=-1, keepdims=True)
        )

    @property
    def filled(self) -> str | None:
        """What fills the gap, without what it begins with; None where the bytes are not UTF-8."""
        try:
            written = self.tokenizer.decode_bytes(self.ids)
            text, _ = codecs.utf_8_decode(written, "strict", self.ended)
        except UnicodeDecodeError:
            return None
        return text.removeprefix(self.prompt.begins.decode()) if self.text is None else self.text

    @property
    def opens(self) -> bool:
        """Whether something is left to be written of what the gap begins with."""
        return bool(self._begins)

    @property
    def tip(self) -> int:
        """Number of its last token in the tree; NONE for the end of the context."""
        return self.path[-1][1] if self.path else NONE

    @property
    def _begins(self) -> bytes:
        """What is left to be written of what the gap begins with."""
        return self.prompt.begins[self.begun :]

    @property
    def _so_far(self) -> str:
        """What the gap holds, without what it begins with; broken bytes become U+FFFD."""
        return self.tokenizer.decode(self.ids).removeprefix(self.prompt.begins.decode())

    def _indented(self, guess: Guess) -> Guess:
        """A guess [1, 1, TOP] without what would put the gap's first line into the first column."""
        if not self.in_block or not self.opens_line or self._so_far.strip("\n"):
            return guess
        pieces = [self.tokenizer.decode_bytes([i]) for i in guess.ids[0, 0].tolist()]
        fits = np.array([not piece.strip() or piece[:1].isspace() for piece in pieces])
        return guess.only(fits[None, None], fallback=self.tokenizer.encode(" ")[0])

    def _ending(self, guess: Guess) -> float:
        """Log-probability that the gap ends here; -inf where that is not among what is kept."""
        end = np.full((1, 1), self.tokenizer.special.end)
        return float(guess.logp_of(end)[0, 0])

    def _ends_with(self, ending: float) -> bool:
        """Whether the gap ends, by the log-probability that it ends here."""
        if not math.isfinite(ending) or not self.endings.see(ending, len(self.ids), self.score):
            return False
        self._end(self.endings.best)
        return True

    def _fits(self, token: int, begins: bytes) -> bool:
        """Whether a token may come next; inside a character only the known spelling leads on for certain.

        A word takes the last space before it into its token, so a token of white space alone that holds all of the
        indentation would indent the word by one more.
        """
        piece = self.tokenizer.decode_bytes([token])
        if len(piece) > 1 and piece.isspace() and begins.isspace() and len(piece) >= len(begins):
            return False
        if not piece or token == self.spelling[0] or piece.startswith(begins):
            return bool(piece)
        return begins.startswith(piece) and begins[len(piece)] & 0xC0 != 0x80

    def _end(self, place: Ending) -> None:
        """End the gap at a place that it has passed.

        Where a line break follows the gap anyway, none ends it: `)` and the break may be one token.
        """
        del self.ids[place.tokens :], self.places[place.tokens :]
        self.score, self.text = place.score, None
        self.ended = self.done = True
        if self.after.startswith("\n") and (text := self._so_far).endswith("\n"):
            self.text = text.rstrip("\n")

    def _look(self) -> None:
        """End the gap where it repeats what follows it, has its lines, or leaves the block that goes on below."""
        if self._begins:
            return
        text = self._so_far
        shorter = self._lines(text)
        if shorter is None:
            shorter = cut(text, self.after)
        if shorter is None and self.in_block:
            shorter = to_end_of_block(text)
        if shorter is not None and self.endings.best.probability > self.endings.left:
            self._end(self.endings.best)
        elif shorter is not None:
            self.text, self.ended, self.done = shorter, True, True

    def _lines(self, text: str) -> str | None:
        """The lines that were asked for, once they are written; None before that, and where all may come."""
        most = self.options.lines
        lines = text.split("\n")
        return "\n".join(lines[:most]) if most and len(lines) > most else None


def spelt_on(tokenizer: Tokenizer, text: str, after: str) -> list[int]:
    """Tokens of what fills a gap and of the first few of the text after it, spelt in one piece.

    A token may reach over the border: `)` and a line break are one. Where no text follows, the end token does.
    """
    alone = len(tokenizer.encode(text))
    ids = tokenizer.encode(text + after[:REACH])[: alone + FOLLOWS]
    return ids if after.strip() else [*ids, tokenizer.special.end]


def _shared(ids: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens both begin with, and at least one of `ids` that is left."""
    most = min(len(ids) - 1, len(others))
    return next((i for i in range(most) if ids[i] != others[i]), max(most, 0))


def gather(
    streams: Sequence[Stream], ahead: Sequence[Guessed], written: int
) -> tuple[list[tuple[int, int]], list[Trail]]:
    """Rows that drafts want written, as ids and what each stands behind, and which of them are each draft's own.

    Behind what a draft has pending come the tokens that are guessed of it, `ahead`. What several drafts write
    behind the same place is written once. `written` is the number of tokens in the tree.
    """
    rows: dict[tuple[int, int], int] = {}
    trails = []
    for stream, (guessed, by) in zip(streams, ahead, strict=True):
        tip, own = stream.tip, list[int]()
        for token in (stream.pending, *guessed):
            own.append(rows.setdefault((token, tip), len(rows)))
            tip = written + own[-1]
        stream.path.append((stream.pending, written + own[0]))
        trails.append(Trail(own, guessed, written, by))
    return list(rows), trails
