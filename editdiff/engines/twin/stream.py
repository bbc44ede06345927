"""One draft in the making, written from left to right: what each gap holds, and what may come next."""

from __future__ import annotations

import codecs
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import FillOptions, Place
from editdiff.engines.twin.endings import ENOUGH, Endings
from editdiff.engines.twin.endings import Place as Ending
from editdiff.engines.twin.repeats import cut
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import BoolArray, Tokenizer

ENDS = 0.5
"""Probability of an ending from which a gap ends that others follow."""
_TINY = sys.float_info.min


@dataclass
class Stream:
    """One draft."""

    tokenizer: Tokenizer
    prompt: Prompt
    after: str
    """Text after the last gap."""
    options: FillOptions
    ids: list[list[int]] = field(default_factory=lambda: [[]])
    """Tokens of each gap that is begun, of the first one with what it `begins` with."""
    places: list[list[Place]] = field(default_factory=lambda: [[]])
    """The same, as a viewer sees them: without what the first one begins with."""
    score: float = 0.0
    """Log-probability of the tokens and of each ending that came, in nats."""
    tip: int = -1
    """Number of its last token in the tree; -1 for the end of the context."""
    last: tuple[int, int] = (-1, -1)
    """That token's id, and the number of the one before it."""
    pending: list[int] = field(default_factory=list)
    """What is to be written next."""
    text: str | None = None
    """Of the last gap, where it was cut; else what its tokens say."""
    ended: bool = False
    done: bool = False
    begun: int = 0
    """Bytes of what the first gap begins with that are written already."""
    opening: int = 0
    """Tokens that wrote them; what they say is known, so they do not count towards the limit."""
    spelling: list[int] = field(default_factory=list)
    """Tokens that would write the rest of them."""
    endings: Endings = field(default_factory=Endings)
    """Of the last gap."""

    def __post_init__(self) -> None:
        self.pending = [self.prompt.heads[0]]

    def ends(self, guess: Guess) -> bool:
        """Whether the gap ends, by a guess [1, 1, TOP] of what follows; if it does, the draft is cut or goes on.

        At the limit it is given up, unless it ends there.
        """
        if self._begins:
            return False
        end = np.full((1, 1), self.tokenizer.special.end)
        if self._ends_with(float(guess.logp_of(end)[0, 0])):
            return True
        own = len(self.ids[-1]) - (self.opening if len(self.ids) == 1 else 0)
        if own >= self.options.max_tokens:
            self._give_up()
        return self.done

    def take(self, guess: Guess) -> None:
        """Go on with the chosen one of a guess [1, 1, TOP] of text; give up where no text may follow."""
        if not self.tokenizer.special.is_text(guess.chosen).all():
            self._give_up()
            return
        token = int(guess.chosen[0, 0])
        probability = float(guess.confidence[0, 0])
        self.score += math.log(max(probability, _TINY))
        self.ids[-1].append(token)
        known = len(self._begins)
        if known:
            self.opening += 1
            self.spelling = self.spelling[1:] if token == self.spelling[0] else []
        piece = self.tokenizer.decode_bytes([token])
        self.begun += len(piece)
        self.places[-1].append(Place(piece[known:].decode(errors="replace"), True, probability))
        self.pending = [token]
        self._look()

    def admitted(self, guess: Guess) -> Guess:
        """A guess [1, 1, TOP] of text and the end alone, and of what the gap begins with until that is written.

        There what is left is a distribution again: that the gap begins so is known.
        """
        special, begins = self.tokenizer.special, self._begins
        kept: BoolArray = special.is_text(guess.ids) | (guess.ids == special.end)
        if not begins:
            return guess.only(kept, fallback=special.end)
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
    def texts(self) -> tuple[str, ...] | None:
        """Text of each gap, without what the first begins with; None where the bytes are not UTF-8."""
        try:
            texts = [self._decoded(gap) for gap in range(len(self.ids))]
        except UnicodeDecodeError:
            return None
        if self.text is not None:
            texts[-1] = self.text
        begins = self.prompt.begins.decode() if len(texts) > 1 or self.text is None else ""
        return (texts[0].removeprefix(begins), *texts[1:])

    @property
    def _begins(self) -> bytes:
        """What is left to be written of what the first gap begins with."""
        return self.prompt.begins[self.begun :] if len(self.ids) == 1 else b""

    @property
    def _last_text(self) -> str:
        """What the last gap holds so far, without what it begins with; broken bytes become U+FFFD."""
        text = self.tokenizer.decode(self.ids[-1])
        return text.removeprefix(self.prompt.begins.decode()) if len(self.ids) == 1 else text

    def _ends_with(self, ending: float) -> bool:
        """Whether the gap ends, by the log-probability that it ends here."""
        if not math.isfinite(ending):
            return False
        if len(self.ids) <= len(self.prompt.locked):
            if ending < math.log(ENDS):
                return False
            self.score += ending
            self._close()
            return True
        if not self.endings.see(ending, len(self.ids[-1]), self.score):
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

    def _decoded(self, gap: int) -> str:
        ids = self.ids[gap]
        text, _ = codecs.utf_8_decode(self.tokenizer.decode_bytes(ids), "strict", self.ended)
        return text

    def _close(self) -> None:
        """End a gap that others follow, and go on behind the locked text."""
        self.pending = list(self.prompt.locked[len(self.ids) - 1])
        if not self.pending:  # gaps that touch: what follows the last token is asked once more
            token, self.tip = self.last
            self.pending = [token]
        self.ids.append([])
        self.places.append([])

    def _end(self, place: Ending) -> None:
        """End the last gap at a place that it has passed.

        Where a line break follows the gap anyway, none ends it: `)` and the break may be one token.
        """
        del self.ids[-1][place.tokens :], self.places[-1][place.tokens :]
        self.score, self.text, self.pending = place.score, None, []
        self.ended = self.done = True
        if self.after.startswith("\n") and (text := self._last_text).endswith("\n"):
            self.text = text.rstrip("\n")

    def _look(self) -> None:
        """End the last gap where it repeats what follows it or has its lines."""
        if len(self.ids) > len(self.prompt.locked) and not self._begins:
            text = self._last_text
            shorter = self._lines(text)
            if shorter is None:
                shorter = cut(text, self.after)
            if shorter is not None and self.endings.best.probability > self.endings.left:
                self._end(self.endings.best)
            elif shorter is not None:
                self.text, self.ended, self.done = shorter, True, True

    def _give_up(self) -> None:
        """Write no more: the last gap counts as ended where one of its endings was likely enough."""
        self.done = True
        if self.endings.best.probability >= math.log(ENOUGH):
            self._end(self.endings.best)

    def _lines(self, text: str) -> str | None:
        """The lines that were asked for, once they are written; None before that, and where all may come."""
        most = self.options.lines
        lines = text.split("\n")
        return "\n".join(lines[:most]) if most and len(lines) > most else None


def gather(
    streams: Sequence[Stream], written: int
) -> tuple[list[int], list[int], list[int], dict[int, int]]:
    """Rows that drafts want written: ids, what each stands behind, the rows whose guess is wanted, and whose it is.

    What several drafts write behind the same place is written once. `written` is the number of tokens in the tree.
    The last maps a draft's number in `streams` to its place among the wanted.
    """
    ids: list[int] = []
    behind: list[int] = []
    rows: dict[tuple[int, int], int] = {}
    wanted: list[int] = []
    whose: dict[int, int] = {}
    for number, stream in enumerate(streams):
        for token in stream.pending:
            key = (stream.tip, token)
            if key not in rows:
                rows[key] = len(ids)
                ids.append(token)
                behind.append(stream.tip)
            stream.last, stream.tip = (token, stream.tip), written + rows[key]
        stream.pending = []
        row = stream.tip - written
        if row not in wanted:
            wanted.append(row)
        whose[number] = wanted.index(row)
    return ids, behind, wanted, whose
