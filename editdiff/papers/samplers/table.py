"""From the name of a sampler to the sampler: the table of all, with the parameters that each of them takes.

`cached.Cached` wraps a network, and `blocks` and `strides` take any of these to any length: they have no name here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from editdiff.denoise.commit import require
from editdiff.denoise.policy import POLICIES, parameters, refuse_unknown
from editdiff.denoise.rules import Policy
from editdiff.errors import UsageError
from editdiff.papers.samplers.analytic import analytic
from editdiff.papers.samplers.ancestral import ancestral, remdm, remdm_loop
from editdiff.papers.samplers.genmd4 import genmd4
from editdiff.papers.samplers.gidd import gidd
from editdiff.papers.samplers.hitting import first_hitting
from editdiff.papers.samplers.llada import llada
from editdiff.papers.samplers.maskgit import maskgit
from editdiff.papers.samplers.path_planning import p2
from editdiff.papers.samplers.sampling import Sampling

SAMPLERS: dict[str, Callable[..., Policy]] = {
    **POLICIES,
    "analytic": analytic,
    "ancestral": ancestral,
    "first_hitting": first_hitting,
    "genmd4": genmd4,
    "gidd": gidd,
    "llada": llada,
    "maskgit": maskgit,
    "p2": p2,
    "remdm": remdm,
    "remdm_loop": remdm_loop,
}
"""Policies by name; the product's own commit rules are among them."""


def make_sampler(
    name: str, steps: int, temperature: float = 1.0, top_p: float = 1.0, **params: Any
) -> Sampling:
    """Make the sampler of a name, of `steps` evaluations of the network at most.

    `params` are those of its entry in `SAMPLERS`.

    Raises:
        UsageError: for a name or a parameter that does not exist, or one out of its range.
    """
    if name not in SAMPLERS:
        raise UsageError(
            f"There is no sampler {name!r}.", f"Choose one of: {', '.join(sorted(SAMPLERS))}."
        )
    require(steps >= 1, "steps", "a number of steps, at least 1", steps)
    require(temperature >= 0, "temperature", "a temperature, at least 0", temperature)
    require(0 < top_p <= 1, "top_p", "a share above 0, and at most 1", top_p)
    rule = SAMPLERS[name]
    given = {**params, "steps": steps} if "steps" in parameters(rule) else params
    refuse_unknown(name, given, [rule])
    made_of = {"name": name, "steps": steps, **params}
    return Sampling(replace(rule(**given), made_of=made_of), steps, temperature, top_p)
