"""First hitting: the ancestral sampler of infinitely many steps, without those in which nothing happens.

With n places masked at time t, the next one becomes known at t u^(1/n), u uniform, if the schedule is linear in t,
and each of them is as likely to be that one (Zheng et al., arXiv 2409.02908; BD3-LM's code). So the text comes from
the any-order model: the mean over all orders of the product of the network's conditionals.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editdiff.denoise import commit
from editdiff.denoise.rules import Policy, State
from editdiff.tokens.base import FloatArray
from editdiff.tokens.canvas import Canvas


def first_hitting(times: bool = False) -> Policy:
    """Commit one place a step; with `times` the network is told the time of each hit."""
    policy = commit.first_hitting()
    return replace(policy, time=hits) if times else policy


def hits(canvas: Canvas, state: State, before: FloatArray) -> FloatArray:
    """Draw the time [B] of the next hit from that of the last one."""
    n = canvas.masked.sum(axis=1)  # [B]
    u = state.uniform(more=1)[:, -1]  # the others choose the place
    return np.asarray(before * u ** (1.0 / n))
