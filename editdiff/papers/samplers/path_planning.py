"""P2, path planning, planned by the model itself (Peng et al., arXiv 2502.03540).

At every step each masked place draws a token; a planner scores those, and the tokens that are known already; and
the places with the lowest scores are masked for the next step, known ones among them: floor(F (1 - kappa)) of the F
places that may change, kappa = n/N after step n of N. This is the loop of the authors' `p2_sampling`, planned by
the model itself: the score is the log-probability that it gives a token at its place, times eta where it was known
before. With eta = 0 nothing known is ever masked again. Their code scores a fresh draw at a known place; here the
token that stands there is scored, for it is the one that stays. A network that copies known tokens over (SUBS) is
sure of all of them and so never takes one back.
"""

from __future__ import annotations

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.denoise.remask import whole_budget
from editdiff.denoise.rules import Policy, State, best
from editdiff.tokens.base import BoolArray
from editdiff.tokens.canvas import Canvas

LEAST = -1e9
"""Log-probability of a token that is not among the kept ones: below all of them, and finite under eta = 0."""


def p2(eta: float = 1.0) -> Policy:
    """Mask the least planned places again at each step; the greater `eta`, the more of them are known ones."""
    require(eta >= 0, "eta", "a factor, at least 0", eta)

    def least(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        free = canvas.free
        left = free.sum(axis=1) * (state.steps - state.step) // state.steps  # [B]
        drawn = guess.logp_of(guess.chosen)
        known = eta * np.maximum(guess.logp_of(canvas.ids), LEAST)
        return best(left, -np.where(canvas.masked, drawn, known), free)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        return np.asarray(canvas.masked & ~least(guess, canvas, state))

    def reopen(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        return np.asarray(~canvas.masked & least(guess, canvas, state))

    return Policy(commit, reopen, whole_budget)
