"""The reverse process itself, step by step on a grid of times: MDLM's and MD4's sampler, and ReMDM's.

From t to s < t a masked place becomes known with probability (alpha_s - alpha_t) / (1 - alpha_t) and then holds a
token drawn from the network's p(x_0 | x_t); what is known stays (MDLM, arXiv 2406.07524; MD4, arXiv 2406.04329).
ReMDM also makes known places unknown again (`editdiff.denoise.remask`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from editdiff.denoise import remask
from editdiff.denoise.policy import refuse_unknown
from editdiff.denoise.remask import Remask, cap, conf, never, rescale
from editdiff.denoise.rules import Policy
from editdiff.errors import UsageError
from editdiff.papers.samplers.grid import Alpha, Grid, linear

RULES: dict[str, Callable[..., Remask]] = {"cap": cap, "rescale": rescale, "conf": conf}
"""ReMDM's rules that keep to a given alpha, by name."""


def ancestral(
    steps: int, alpha: Alpha = linear, spacing: str = "uniform", t_end: float = 0.0
) -> Policy:
    """Sample on a grid of times.

    With `t_end` above 0 (1e-5 in MDLM's code) the last step is "noise removal": the likeliest token for each place
    that is left at that time. Otherwise it is a step like the others, to t = 0, and draws them.
    """
    return _on(Grid.of(steps, alpha, spacing, t_end), never())


def remdm(
    steps: int,
    remasking: str = "cap",
    eta: float | None = None,
    alpha: Alpha = linear,
    spacing: str = "uniform",
    t_end: float = 0.0,
) -> Policy:
    """Sample with one of ReMDM's rules of remasking beside it: cap, rescale or conf (arXiv 2503.00307)."""
    if remasking not in RULES:
        raise UsageError(
            f"There is no remasking {remasking!r} on a grid of times.",
            f"Choose one of: {', '.join(RULES)}.",
        )
    given = {} if eta is None else {"eta": eta}
    refuse_unknown(f"remdm {remasking}", given, [RULES[remasking]])
    return _on(Grid.of(steps, alpha, spacing, t_end), RULES[remasking](**given))


def remdm_loop(
    eta: float = 0.02, t_on: float = 0.55, t_off: float = 0.05, alpha_on: float = 0.9
) -> Policy:
    """Sample by ReMDM's loop, which has an alpha of its own: it stands still while places are remasked."""
    return remask.ancestral(remask.loop(eta, t_on, t_off, alpha_on))


def _on(grid: Grid, rule: Remask) -> Policy:
    policy = remask.ancestral(replace(rule, alpha=grid.after))
    return replace(policy, removes_noise=grid.removes_noise)
