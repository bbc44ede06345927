"""The record of a draft that is written from left to right: a run of the loop that commits one place a step.

The loop itself runs on what the network said of each place, so its record is replayed as any other is. It knows
nothing of endings, which are seen when more is written already: what of it became the draft is told behind it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.history import BY, GUESSED, REFUSED, Decode, Run, Write
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
        self._told: dict[str, str] = {}
        self._decode = decode
        self._steps = run.record(self._propose, write, decode, self._beside)

    def step(
        self,
        guess: Guess,
        guessed: int | None = None,
        by: str = "",
        ahead: Sequence[int] = (),
    ) -> None:
        """Commit the next place by a guess [1, 1, TOP]; one of no text is not written.

        `guessed` is the token that was guessed of it before, `by` whom; None for none. With all that was guessed
        from there on, `ahead`, it is told as taken back where the network writes another one.
        """
        if not self._special.is_text(guess.chosen).all():
            return
        self._said, self._told = guess, {}
        if guessed == int(guess.chosen[0, 0]):
            self._told = {GUESSED: by}
        elif guessed is not None:
            self._told = {REFUSED: self._decode(ahead), BY: by}
        next(self._steps)

    def end(self, text: str | None) -> None:
        """Say what of it became the draft; None for what is no text."""
        self._write(json.dumps({"draft": text}, ensure_ascii=False))

    def _beside(self) -> dict[str, str]:
        return self._told

    def _propose(self, canvas: Canvas) -> Guess:
        """The same for every place: no other than the next one is committed."""
        assert self._said is not None
        ids, logp = self._said.ids, self._said.logp
        places = canvas.ids.shape[1]
        return Guess(np.repeat(ids, places, axis=1), np.repeat(logp, places, axis=1))
