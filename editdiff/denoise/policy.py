"""From the names of rules to a policy: the two tables of all that can be committed by and reopened by."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from editdiff.denoise.commit import (
    entropy_bound,
    first_hitting,
    left_to_right,
    random_order,
    threshold,
    top_k,
)
from editdiff.denoise.remask import (
    Remask,
    ancestral,
    cap,
    conf,
    loop,
    never,
    remasking,
    rescale,
)
from editdiff.denoise.replace_tokens import token_to_token
from editdiff.denoise.rules import Policy
from editdiff.errors import UsageError

LEFT_TO_RIGHT = "left_to_right"
"""The rule of what is written from left to right: how many places there will be is not known."""
ANCESTRAL = "ancestral"
"""ReMDM's own sampler: its commits hang on what it remasks."""
POLICIES: dict[str, Callable[..., Policy]] = {
    "entropy_bound": entropy_bound,
    "first_hitting": first_hitting,
    LEFT_TO_RIGHT: left_to_right,
    "random_order": random_order,
    "threshold": threshold,
    "top_k": top_k,
}
"""Commit rules by name; ANCESTRAL is one more."""
REMASKS: dict[str, Callable[..., Remask]] = {
    "none": never,
    "cap": cap,
    "rescale": rescale,
    "conf": conf,
    "loop": loop,
}
"""ReMDM's reopening rules by name."""
TOKEN = "token"
"""The reopening rule that writes over what is committed."""
REOPENINGS = (*REMASKS, TOKEN)
"""Every reopening rule of the loop."""


def make_policy(name: str, reopen: str = "none", **params: float) -> Policy:
    """Make the policy that commits by one rule and reopens by another.

    Each of `params` goes to the rule that has one of that name.

    Raises:
        UsageError: for a name or a parameter that does not exist, or two rules that do not go together.
    """
    if name not in (*POLICIES, ANCESTRAL):
        raise UsageError(
            f"There is no denoising policy {name!r}.",
            f"Choose one of: {', '.join((*POLICIES, ANCESTRAL))}.",
        )
    if reopen not in REOPENINGS or (name == ANCESTRAL and reopen == TOKEN):
        raise UsageError(
            f"There is no reopening rule {reopen!r} of the policy {name!r}.",
            f"Choose one of: {', '.join(REMASKS if name == ANCESTRAL else REOPENINGS)}.",
        )
    rules = [REMASKS.get(reopen, token_to_token), *([POLICIES[name]] if name in POLICIES else [])]
    given = [{key: params[key] for key in parameters(rule) if key in params} for rule in rules]
    refuse_unknown(f"{name} {reopen}" if reopen != "none" else name, params, rules)
    policy = _made(name, reopen, rules, given)
    return replace(policy, made_of={"name": name, "reopen": reopen, **params})


def _made(
    name: str, reopen: str, rules: list[Callable[..., Any]], given: list[dict[str, float]]
) -> Policy:
    if name == ANCESTRAL:
        return ancestral(rules[0](**given[0]))
    policy: Policy = rules[1](**given[1])
    if reopen == "none":
        return policy
    if reopen == TOKEN:
        return token_to_token(policy, **given[0])
    return remasking(policy, rules[0](**given[0]))


def parameters(rule: Callable[..., Any]) -> list[str]:
    """Names of a rule's parameters; a rule that is put on another one has none for it."""
    return [key for key in inspect.signature(rule).parameters if key != "policy"]


def refuse_unknown(what: str, params: Mapping[str, float], rules: list[Callable[..., Any]]) -> None:
    """Raise UsageError for a parameter that no rule has, or one that is missing."""
    takes = {key: p for rule in rules for key, p in inspect.signature(rule).parameters.items()}
    takes.pop("policy", None)
    missing = [key for key, p in takes.items() if p.default is p.empty and key not in params]
    unknown = [key for key in params if key not in takes]
    if missing or unknown:
        wrong = ", ".join(unknown) if unknown else "no parameters" if not params else "only these"
        raise UsageError(
            f"The policy {what!r} cannot take {wrong}.",
            f"Its parameters: {', '.join(takes) or 'none'}.",
        )
