"""What is asked of an endpoint: a part of a text, what stands around it within a budget, and how to write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from editdiff.engines.base import FillOptions, FillTask
from editdiff.prompt.base import ContextParts

CHARACTERS = 3
"""Of a token, about: the endpoint's tokens are not known here."""
MORE = 200
"""Tokens by which an answer may be longer than as many as the old text has characters."""
DRAFTS = 1024
"""Seeds of one fill: its most drafts."""
SEEDS = 2**31
"""Seeds that every server takes."""
HOTTEST = 2.0
"""Temperature above which servers refuse."""


class Asked(NamedTuple):
    """A request: where to, and what."""

    url: str
    body: dict[str, Any]


class Answer(NamedTuple):
    """What was written."""

    text: str
    finished: bool
    """Whether it ended by itself, and was not cut."""


@dataclass(frozen=True)
class Gap:
    """A part of a text, and how it is to be written."""

    parts: ContextParts
    """What stands near it; what stands in it, and what is to become of that, where it is rewritten."""
    tokens: int
    """Most tokens of what is written."""
    temperature: float
    seed: int

    @classmethod
    def of(cls, task: FillTask, options: FillOptions, number: int) -> Gap:
        """The only gap of a task, for one of several drafts: the first one is the likeliest, the others vary."""
        (gap,), tokens = task.gaps, options.max_tokens
        before, after = around(
            task.text[: gap.start], task.text[gap.end :], options.context * CHARACTERS
        )
        parts = ContextParts(before, after, task.path)
        if task.ask is not None and task.old is not None:
            parts = replace(parts, old=task.old, ask=task.ask)
            tokens = min(tokens, len(task.old) + MORE)
        if number == 0:
            return cls(parts, tokens, 0.0, 0)
        seed = (options.seed * DRAFTS + number) % SEEDS
        return cls(parts, tokens, min(options.temperature, HOTTEST), seed)


def around(before: str, after: str, budget: int) -> tuple[str, str]:
    """What stands near a gap, at most `budget` characters, a third of them behind it; whole lines, if there are."""
    behind = after if len(after) <= budget // 3 else after[: budget // 3]
    if len(behind) < len(after):
        behind = behind[: behind.rfind("\n") + 1] or behind
    room = budget - len(behind)
    ahead = before if len(before) <= room else before[-room:]
    if len(ahead) < len(before):
        ahead = ahead[ahead.find("\n") + 1 :] or ahead
    return ahead, behind


def seen(told: Any, *path: str | int) -> Any:
    """What stands at a place of a server's JSON; None where it has no such place."""
    for step in path:
        if isinstance(step, str) and isinstance(told, dict):
            told = told.get(step)
        elif isinstance(step, int) and isinstance(told, list) and len(told) > step:
            told = told[step]
        else:
            return None
    return told
