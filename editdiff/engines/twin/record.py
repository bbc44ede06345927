"""The record of a draft that is written from left to right: a run of the loop that commits one place a step.

The loop itself runs on what the network said of each place, so its record is replayed as any other is. It knows
nothing of endings, which are seen when more is written already: what of it became the draft is told behind it.
"""

from __future__ import annotations

import json

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.history import GUESSED, Decode, Run, Write
from editdiff.denoise.policy import LEFT_TO_RIGHT, make_policy
from editdiff.engines.base import FillOptions
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import Special
from editdiff.tokens.canvas import Canvas


class Recorder:
    """Writes down how the leading draft of one gap is made."""

    def __init__(
        self, prompt: Prompt, special: Special, options: FillOptions, decode: Decode, write: Write
    ) -> None:
        places = options.max_tokens + len(prompt.begins) + 2  # more than will ever be written
        canvas = Canvas.blank(special, 1, [1 + places], prompt.heads[:1])
        run = Run(
            canvas,
            make_policy(LEFT_TO_RIGHT, k=1),
            places,
            options.temperature,
            options.seed,
            drafts=(0,),
            others=prompt.others,
        )
        self._special, self._write = special, write
        self._said: Guess | None = None
        self._steps = run.record(self._propose, write, decode, self._beside)
        self._guessed = False

    def step(self, guess: Guess, guessed: int | None = None) -> None:
        """Commit the next place by a guess [1, 1, TOP]; one of no text is not written.

        `guessed` is the token that was guessed of it before, from the text at hand; None for none.
        """
        if self._special.is_text(guess.chosen).all():
            self._said, self._guessed = guess, guessed == int(guess.chosen[0, 0])
            next(self._steps)

    def end(self, text: str | None) -> None:
        """Say what of it became the draft; None for what is no text."""
        self._write(json.dumps({"draft": text}, ensure_ascii=False))

    def _beside(self) -> dict[str, bool]:
        return {GUESSED: True} if self._guessed else {}

    def _propose(self, canvas: Canvas) -> Guess:
        """The same for every place: no other than the next one is committed."""
        assert self._said is not None
        ids, logp = self._said.ids, self._said.logp
        places = canvas.ids.shape[1]
        return Guess(np.repeat(ids, places, axis=1), np.repeat(logp, places, axis=1))
