"""Drafts of one gap written to their end, side by side behind one context.

In one forward each draft has what it has pending written, and behind it what is guessed to come: by what stands in
the text at hand (`ahead`), or by the network's canvas, which was drafted in the forward before. What the network
says behind each of these tokens is taken one after the other, as long as it is what was guessed.

    draft, verify, correct:   [pending, guessed …  |  canvases behind some of them]   one forward
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import Sampler
from editdiff.engines.base import TYPICAL, Drafted, Place, Sketch
from editdiff.engines.twin.ahead import Lookup
from editdiff.engines.twin.costs import CanvasPace, Pace, reached
from editdiff.engines.twin.record import Recorder
from editdiff.engines.twin.stream import BY_CANVAS, BY_TEXT, Guessed, Stream, Trail, gather
from editdiff.families.base import (
    Ahead,
    DraftingDenoiser,
    Sequel,
    StepCosts,
    TreeDenoiser,
    costs_of,
)
from editdiff.tokens.base import NONE

BEHIND = 8.0
"""Nats by which a draft may be less likely than one that has ended, and still be written on."""
FACTOR = 0.5
"""A guessed token is typical that is at least so likely as the network's own, of its probability."""
DOUBTED = 0.2
"""A place of a canvas that is less sure than this is not worth a row, nor are those behind it."""


@dataclass
class Tokens:
    """How many tokens drafts took, and who guessed those that saved a forward."""

    taken: int = 0
    """Those that an ending cuts off later among them."""
    right: int = 0
    """Guessed ones that were taken, and behind which another one was taken in the same forward."""
    by_canvas: int = 0
    """Those of them that the canvas had drafted; the others stood in the text at hand."""
    refused: int = 0
    """Guessed ones that were not taken."""

    @property
    def told(self) -> Drafted:
        """As a draft tells it."""
        return Drafted(self.taken, self.right - self.by_canvas, self.by_canvas, self.refused)

    def since(self, before: Tokens) -> Tokens:
        """What has come to an earlier count."""
        return Tokens(
            self.taken - before.taken,
            self.right - before.right,
            self.by_canvas - before.by_canvas,
            self.refused - before.refused,
        )


class Canvases(NamedTuple):
    """Where canvases stand: behind which rows of the first draft, and how many places each has."""

    rows: Sequence[int]
    places: int


@dataclass
class Writer:
    """All drafts of a gap in the making."""

    denoiser: TreeDenoiser
    cache: Any
    """The context."""
    drafts: Sequence[Stream]
    sample: Sampler
    lookup: Lookup | None
    """What guesses; None where nothing is looked up."""
    record: Recorder | None = None
    """Takes the record of the first draft."""
    tokens: Tokens = field(default_factory=Tokens)
    """Counts them."""
    canvas: bool = False
    """Whether the network's canvas drafts, too, where it has one."""
    seconds: float = 0.0
    """Time for the gap, after which what is not finished is given up; 0 for no limit."""
    forwards: int = 0
    written: int = 0
    """Tokens in the tree."""
    paces: list[Pace] = field(init=False)
    costs: StepCosts = field(init=False)
    drafting: CanvasPace = field(init=False)
    ahead: dict[int, Ahead] = field(default_factory=dict)
    """Canvases of the last forward, by the number in the tree of the token that each stands behind."""
    asked: float = 2.0
    """How often something was looked up for the first draft, and how often it was found, with a hope beforehand."""
    found: float = 1.0

    def __post_init__(self) -> None:
        self.costs = costs_of(self.denoiser)
        self.paces = [Pace(self.costs) for _ in self.drafts]
        network = self.denoiser if self.canvas else None
        places = network.canvas_places if isinstance(network, DraftingDenoiser) else 0
        self.drafting = CanvasPace(self.costs, places)

    def run(self) -> Iterator[Sketch]:
        """Write them to their end; a sketch of the first one with what is guessed, and after each token."""
        until = time.perf_counter() + self.seconds if self.seconds else math.inf
        while live := [number for number, draft in enumerate(self.drafts) if not draft.done]:
            if time.perf_counter() > until:
                for number in live:
                    self.drafts[number].give_up()
                break
            ahead = [self._ahead(number, len(live)) for number in live]
            if live[0] == 0 and ahead[0].tokens:
                yield Sketch(self.forwards, ((*self.drafts[0].places, *self._shown(ahead[0])),))
            rows, trails = gather([self.drafts[number] for number in live], ahead, self.written)
            guess = self._forward(rows, trails[0] if live[0] == 0 else None)
            yield from self._judged(guess, dict(zip(live, trails, strict=True)))
            self._give_up_refused()
        if self.record is not None:
            self.record.end(self.drafts[0].filled)

    def _forward(self, rows: Sequence[tuple[int, int]], first: Trail | None) -> Guess:
        """Write rows of a tree, and behind some of those of the first draft a canvas, where that pays."""
        ids, behind = (np.array(each) for each in zip(*rows, strict=True))
        network, chosen = self.denoiser, self._canvases(first, len(ids))
        if chosen.places and isinstance(network, DraftingDenoiser) and first is not None:
            anchors = np.array([first.rows[row] for row in chosen.rows])
            self.cache, guess, aheads = network.write_and_draft(
                self.cache, ids, behind, anchors, chosen.places
            )
            self.ahead = dict(zip((self.written + anchors).tolist(), aheads, strict=True))
        else:
            self.cache, guess = network.write(self.cache, ids, behind, np.arange(len(ids)))
            self.ahead = {}
        self.written, self.forwards = self.written + len(ids), self.forwards + 1
        return guess

    def _give_up_refused(self) -> None:
        """Give up the last tokens of the tree that no draft goes on from: what comes is written in their place."""
        kept = 1 + max((draft.tip for draft in self.drafts if not draft.done), default=NONE)
        if kept < self.written:
            self.cache, self.written = self.denoiser.only(self.cache, kept), kept

    def _canvases(self, first: Trail | None, rows: int) -> Canvases:
        """Where canvases pay that draft what comes after this forward."""
        if first is None or not self.drafting.places:
            return Canvases((), 0)
        by_canvas = first.by == BY_CANVAS
        share = self.drafting.share if by_canvas else self.paces[0].share
        chances = reached(share, len(first.guessed))
        return Canvases(*self.drafting.choose(chances, rows, 1 - self.found / self.asked))

    def _ahead(self, number: int, live: int) -> Guessed:
        """What is guessed of a draft; nothing as long as it is known what it begins with."""
        draft = self.drafts[number]
        if draft.opens:
            return Guessed()
        found = self._looked_up(number, live)
        if number:
            return found
        self.asked, self.found = self.asked + 1, self.found + bool(found.tokens)
        canvas = None if found.tokens else self.ahead.get(draft.tip)
        if canvas is None:
            return found
        sure = takewhile(lambda told: told[1] >= DOUBTED, canvas.behind(draft.pending))
        tokens = list(takewhile(self._is_text, (token for token, _ in sure)))
        return Guessed(tokens, BY_CANVAS if tokens else "")

    def _is_text(self, token: int) -> bool:
        return bool(self.denoiser.tokenizer.special.is_text(np.array(token)))

    def _looked_up(self, number: int, live: int) -> Guessed:
        if self.lookup is None:
            return Guessed()
        found = self.lookup.guess(self.drafts[number].ids, self.paces[number].most(live))
        return Guessed(found, BY_TEXT if found else "")

    def _judged(self, guess: Guess, trails: Mapping[int, Trail]) -> Iterator[Sketch]:
        """Take tokens of each draft as long as the next one is what was guessed."""
        endings, place, going = self._endings(guess, trails), 0, dict(trails)
        while going:
            for number, trail in list(going.items()):
                told = self.drafts[number].admitted(guess.at(trail.rows[place]))
                if (read := endings.get((number, place))) is not None:
                    told = told.given(self._end, read)
                self._take(number, told, trail, place)
                if self.drafts[number].follows(trail, place):
                    self.tokens.right += 1
                    self.tokens.by_canvas += trail.by == BY_CANVAS
                else:
                    self._see(number, trail, place)
                    del going[number]
            place += 1
            _give_up_hopeless(self.drafts)
            going = {n: trail for n, trail in going.items() if not self.drafts[n].done}
            yield Sketch(self.forwards, (tuple(self.drafts[0].places),))

    def _see(self, number: int, trail: Trail, right: int) -> None:
        """Take what came of what was guessed of a draft."""
        self.tokens.refused += len(trail.guessed) - right
        if trail.by == BY_CANVAS:
            self.drafting.see(len(trail.guessed), right)
        else:
            self.paces[number].see(len(trail.guessed), right)

    def _endings(self, guess: Guess, trails: Mapping[int, Trail]) -> dict[tuple[int, int], float]:
        """Log-probability that each draft ends at a place, where it may well: judged by the text after the gap.

        All places that may be reached are read in one forward; how far the first draft comes, which is greedy, is
        known.
        """
        wanted: dict[tuple[int, int], Sequel] = {}
        for number, trail in trails.items():
            for place, row in enumerate(trail.rows):
                draft = self.drafts[number].as_guessed(trail, place)
                told = draft.admitted(guess.at(row))
                if (sequel := draft.sequel(told)) is not None:
                    wanted[number, place] = sequel
                guessed = trail.guess(place)
                if number == 0 and guessed != self._chosen(told, guessed).chosen[0, 0]:
                    break
        if not wanted:
            return {}
        judged = self.denoiser.read_on(self.cache, list(wanted.values()))
        return dict(zip(wanted, judged.tolist(), strict=True))

    def _take(self, number: int, guess: Guess, trail: Trail, place: int) -> None:
        """End a draft, or let it go on, by a guess [1, 1, TOP] of what follows a place of its trail."""
        draft, guessed = self.drafts[number], trail.guess(place)
        if draft.ends(guess):
            return
        text = self._text(guess)
        if number == 0:
            text = self._chosen(guess, guessed)
            if self.record is not None:
                self.record.step(text, guessed, trail.by, trail.guessed[place:])
        draft.take(self.sample(text, np.array([number])))
        self.tokens.taken += 1

    def _chosen(self, guess: Guess, guessed: int | None) -> Guess:
        """A guess [1, 1, TOP] of text, what the greedy draft takes first: the likeliest, or what is typical."""
        text = self._text(guess)
        if guessed is None or self.drafts[0].options.accept != TYPICAL:
            return text
        at = np.flatnonzero(text.ids[0, 0] == guessed)
        if not len(at) or text.logp[0, 0, at[0]] < text.logp[0, 0, 0] + math.log(FACTOR):
            return text
        order = [int(at[0]), *(i for i in range(text.ids.shape[-1]) if i != at[0])]
        return replace(text, ids=text.ids[..., order], logp=text.logp[..., order])

    def _shown(self, ahead: Guessed) -> Iterator[Place]:
        """What is guessed, as a viewer sees it before it is judged."""
        sure = self.drafting.share if ahead.by == BY_CANVAS else self.paces[0].share
        for count, token in enumerate(ahead.tokens, 1):
            yield Place(self.denoiser.tokenizer.decode([token]), False, sure**count)

    def _text(self, guess: Guess) -> Guess:
        """A guess [1, 1, TOP] without the end."""
        return guess.only(guess.ids != self._end, fallback=guess.ids[..., 1])

    @property
    def _end(self) -> int:
        return self.denoiser.tokenizer.special.end


def _give_up_hopeless(drafts: Sequence[Stream]) -> None:
    """Give up drafts that can only come far behind one that has ended: each token makes them less likely still."""
    best = max((draft.score for draft in drafts if draft.ended), default=-math.inf)
    for draft in drafts:
        if not draft.done and draft.score < best - BEHIND:
            draft.give_up()
