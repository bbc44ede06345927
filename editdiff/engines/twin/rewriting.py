"""Rewriting by instruction: what stands there is the draft, verified in blocks of tokens, and most of it is kept.

The model is asked in several forms (`InstructionFormat`), and writes its answer in each. The text that stands
there is guessed to go on: a block of it is read in one forward, and the longest beginning of it stays that the
model would have written itself; where it would not, its own token comes, and the draft goes on where it fits
again. So the answer is the one that it would have written token by token (Leviathan et al. 2023, arXiv
2211.17192, with the old text as drafter), in as many forwards as it has changes.

Every answer is then read in every form, and so is the text as it stands: a form judges what another one wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Place, Sketch
from editdiff.engines.local.caches import Encoded
from editdiff.engines.twin.ahead import Lookup
from editdiff.families.base import InstructedDenoiser
from editdiff.prompt.base import ContextParts, InstructionFormat
from editdiff.tokens.base import FloatArray, IntArray, Tokenizer

LEAST_BLOCK, MOST_BLOCK = 4, 16
"""Tokens of the old text that are read at once: twice as many when all of a block were right, half when none
was."""
TELLING = 4
"""Most tokens by which the place in the old text is found at which the draft goes on."""
SURE = 2
"""Tokens from which on such a place is taken before any other text that is like it."""
LONGER = 3
"""How many times as long as the old text an answer may become, and MORE tokens beside."""
MORE = 200

USUAL = "\n```"
"""The fence that closes nearly every answer that a model has seen."""
_FENCE = re.compile(r"(?:\A|\n)`{3,}[ \t\n]*\Z")
"""A closing fence at the end of an answer; where a text needs a longer one, a model may write the usual one."""

Sample = Callable[[Guess], Guess]
"""Chooses a token of a guess [1, 1, TOP]."""


class Asked(NamedTuple):
    """A part of a text in one form: how the model was asked, and how its answer is to be read."""

    form: InstructionFormat
    context: Encoded
    margin: str
    """White space that was taken from the beginning of every line."""
    closing: str
    """What stands behind the new part in an answer."""

    def spelt(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """A text of the part as an answer spells it, closed."""
        return tokenizer.encode(without(text, self.margin) + self.closing)


class Turn(NamedTuple):
    """A token that the model did not write."""

    logp: float
    """Nats."""
    at: int
    """How many tokens of the answer stand before it."""
    token: int


@dataclass
class Writing:
    """One answer in the making."""

    tokenizer: Tokenizer
    old: list[int]
    """Tokens of the text that stands there, closed."""
    closing: str
    ends: tuple[int, ...]
    sample: Sample
    most: int
    """Tokens of the longest answer."""
    ids: list[int] = field(default_factory=list)
    kept: int = 0
    """How many of them are the draft's, and not the model's own."""
    forwards: int = 0
    at: int = 0
    """Where in `old` the draft goes on."""
    block: int = LEAST_BLOCK
    lookup: Lookup | None = None
    """What guesses where the old text does not tell how to go on; None for nothing."""
    told: int = TELLING
    """By how many tokens the place is known at which the draft goes on."""
    looked_up: bool = False
    """Whether the last tokens that were drafted are not those of the old text."""
    text: str | None = None
    """The answer, once it has come to its end."""
    turn: Turn | None = None
    """Where the model came nearest to another token than the one that it wrote."""

    @property
    def indentation(self) -> list[int]:
        """Leading tokens of the old text that are white space alone: the new part begins with them too."""
        return list(takewhile(self._is_indentation, self.old))

    @property
    def done(self) -> bool:
        """Whether no more is written."""
        return self.text is not None or len(self.ids) >= self.most

    def drafted(self) -> list[int]:
        """Tokens that may come next: of the old text, or where that tells little of what stands in a like place."""
        guessed = []
        if self.told < SURE and self.lookup is not None:
            guessed = self.lookup.guess(self.ids, self.block)
        self.looked_up = bool(guessed)
        return guessed or self.old[self.at : self.at + self.block]

    def take(self, guess: Guess, drafted: Sequence[int], given: bool = False) -> int:
        """Take what a guess [1, 1 + len(drafted), TOP] says behind the last token and behind each drafted one.

        Those that are `given` are taken unasked. Returns how many of the drafted ones stay.
        """
        self.forwards += 1
        for number in range(1 + len(drafted)):
            if given and number < len(drafted):
                own = drafted[number]
            else:
                own = self._own(guess.at(number))
                self._note(guess.at(number), own)
            if self._ended_by(own):
                return number
            self.ids.append(own)
            if number == len(drafted) or own != drafted[number]:
                self._align()
                self.block = max(LEAST_BLOCK, self.block // 2) if number == 0 else self.block
                return number
            if given or not self.looked_up:
                self.kept += 1
                self.at += 1
            if self._closed():
                return number + 1
        raise AssertionError("the token behind the last drafted one is the model's own")

    @property
    def shown(self) -> tuple[Place, ...]:
        """What a viewer sees: what is written, without its fence, and behind it what may stay."""
        written, rest = self.tokenizer.decode(self.ids), self.tokenizer.decode(self.old[self.at :])
        if self.text is not None:
            written, rest = self.text, ""
        written = written.removesuffix(self._begun_closing(written))
        rest = "" if self.closing.endswith(rest) else rest.removesuffix(self.closing)
        told = ((written, True, 1.0), (rest, False, 0.0))
        return tuple(Place(*each) for each in told if each[0])

    def _begun_closing(self, written: str) -> str:
        """What of the closing a text ends with, as far as its fence is begun."""
        parts = (self.closing[:n] for n in range(len(self.closing), 0, -1))
        return next((part for part in parts if "`" in part and written.endswith(part)), "")

    def _is_indentation(self, token: int) -> bool:
        piece = self.tokenizer.decode_bytes([token])
        return piece.isspace() and b"\n" not in piece

    def _note(self, guess: Guess, own: int) -> None:
        """Remember the likeliest other token of text, where it is the likeliest of all places so far."""
        others = self.tokenizer.special.is_text(guess.ids[0, 0]) & (guess.ids[0, 0] != own)
        if others.any():
            best = int(np.flatnonzero(others)[0])
            turn = Turn(float(guess.logp[0, 0, best]), len(self.ids), int(guess.ids[0, 0, best]))
            if self.turn is None or turn.logp > self.turn.logp:
                self.turn = turn

    def _own(self, guess: Guess) -> int:
        """The token that the model writes, by a guess [1, 1, TOP]: text, or an end."""
        kept = self.tokenizer.special.is_text(guess.ids) | np.isin(guess.ids, self.ends)
        return int(self.sample(guess.only(kept, fallback=self.ends[0])).chosen[0, 0])

    def _ended_by(self, token: int) -> bool:
        if token in self.ends:
            self.text = _FENCE.sub("", self.tokenizer.decode(self.ids))
            return True
        return False

    def _closed(self) -> bool:
        """Whether the answer is closed."""
        near = self.tokenizer.decode(self.ids[-len(self.closing) - 1 :])
        if self.closing not in near and not near.startswith(self.closing[1:]):
            return False
        text = self.tokenizer.decode(self.ids)
        if text.startswith(self.closing[1:]):  # an answer without a line
            self.text = ""
            return True
        head, found, _ = text.partition(self.closing)
        self.text = head if found else None
        return self.text is not None

    def _align(self) -> None:
        """Find where the draft goes on behind a token of the model's own; stay there, where nothing tells."""
        if self._closed():
            return
        for telling in range(TELLING, 0, -1):
            last = self.ids[-telling:]
            places = [
                end
                for end in range(telling, len(self.old))
                if self.old[end - telling : end] == last
            ]
            ahead = [end for end in places if end > self.at - TELLING]
            if len(last) == telling and ahead:
                self.at, self.told = min(ahead, key=lambda end: abs(end - self.at - 1)), telling
                return
        self.at, self.told = min(self.at + 1, len(self.old)), 0


def answer(
    denoiser: InstructedDenoiser, asked: Asked, old: str, sample: Sample, limit: int
) -> Generator[Sketch, None, list[Writing]]:
    """Write an answer; a sketch after each forward.

    One that leaves the text as it is was asked for something else. So a second one takes the turn that the first
    came nearest to.
    """
    spelt = asked.spelt(denoiser.tokenizer, old)
    first = _begun(denoiser, asked, spelt, sample, limit)
    yield from _written(denoiser, asked, first, first.indentation, 0)
    if first.ids != spelt[: len(first.ids)] or first.turn is None:
        return [first]
    second = _begun(denoiser, asked, spelt, sample, limit)
    given = [*first.ids[: first.turn.at], first.turn.token]
    yield from _written(denoiser, asked, second, given, first.forwards)
    return [first, second]


def _begun(
    denoiser: InstructedDenoiser, asked: Asked, spelt: list[int], sample: Sample, limit: int
) -> Writing:
    most = min(limit, LONGER * len(spelt) + MORE)
    prompt, special = asked.context.prompt, denoiser.tokenizer.special
    lookup = Lookup([*prompt.ids.tolist(), special.end, *spelt], [], special)
    ends = prompt.ends
    return Writing(denoiser.tokenizer, spelt, asked.closing, ends, sample, most, lookup=lookup)


def _written(
    denoiser: InstructedDenoiser, asked: Asked, writing: Writing, given: list[int], before: int
) -> Iterator[Sketch]:
    """Write an answer that begins with `given` tokens to its end."""
    cache, pending, written = asked.context.cache, asked.context.prompt.heads[0], 0
    while not writing.done:
        drafted = given if not written else writing.drafted()
        ids = np.array([pending, *drafted], dtype=np.int64)
        every = np.arange(len(ids))
        cache, guess = denoiser.write(cache, ids, written + every - 1, every)
        stayed = writing.take(guess, drafted, given=not written)
        if written and stayed == len(drafted) > 0:
            writing.block = min(MOST_BLOCK, 2 * writing.block)
        written, pending = written + stayed + 1, writing.ids[-1] if writing.ids else pending
        cache = denoiser.only(cache, written)
        yield Sketch(before + writing.forwards, (writing.shown,))


def read(denoiser: InstructedDenoiser, asked: Asked, texts: Sequence[str]) -> FloatArray:
    """[N] log-probability of each text as the answer, its closing included, in nats.

    That is the usual fence, where no text has one: a model may close a longer one with that.
    """
    if not any(USUAL in f"\n{text}" for text in texts):
        asked = asked._replace(closing=USUAL)
    head, pad = asked.context.prompt.heads[0], denoiser.tokenizer.special.pad
    rows = [[head, *asked.spelt(denoiser.tokenizer, text)] for text in texts]
    ids: IntArray = np.full((len(rows), max(map(len, rows))), pad, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
    return np.asarray(denoiser.score(asked.context.cache, ids).sum(axis=1))


def parts_of(parts: ContextParts, form: InstructionFormat) -> tuple[ContextParts, str]:
    """What a form is told of a part, and the margin that it is not shown."""
    margin = "" if form.around else margin_of(parts.old or "")
    return replace(parts, old=without(parts.old or "", margin)), margin


def margin_of(text: str) -> str:
    """White space that all lines of a text begin with, blank ones apart."""
    indented = [_indentation(line) for line in text.split("\n") if line.strip()]
    least, most = min(indented, default=""), max(indented, default="")
    return least[: next((i for i, c in enumerate(least) if c != most[i]), len(least))]


def without(text: str, margin: str) -> str:
    """A text without the margin of its lines; blank lines, and those that have none, lose what they have of it."""
    if not margin:
        return text
    return "\n".join(
        line.removeprefix(margin) if line.startswith(margin) else line.lstrip()
        for line in text.split("\n")
    )


def restored(text: str, old: str, margin: str) -> str:
    """An answer as it stands in the document, with its margin.

    A line that is the old one but for white space at its end is the old one.
    """
    lines = [margin + line if line.strip() else line for line in text.rstrip().split("\n")]
    there = old.split("\n")
    matcher = SequenceMatcher(
        None, [line.rstrip() for line in there], [line.rstrip() for line in lines], autojunk=False
    )
    for a, b, size in matcher.get_matching_blocks():
        lines[b : b + size] = there[a : a + size]
    return "\n".join(lines)


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
