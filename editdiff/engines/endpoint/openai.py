"""OpenAI's protocol: `/completions` with a `suffix` fills a gap, where the server takes one; many do not.

https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

from typing import Any

from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.asking import Answer, Asked, Gap, seen


def infill(endpoint: Endpoint, gap: Gap) -> Asked:
    """The request for what belongs into a gap."""
    body = {
        **endpoint.named,
        "prompt": gap.parts.before,
        "suffix": gap.parts.after or "\n",
        "max_tokens": gap.tokens,
        "temperature": gap.temperature,
        "seed": gap.seed,
        "stream": False,
    }
    return Asked(endpoint.by_openai("/completions"), body)


def answer(told: Any) -> Answer | None:
    """What was written; None where this is no such answer."""
    return written(told, "text")


def written(told: Any, *place: str) -> Answer | None:
    """What stands at a place of the first choice; where a model only thought, nothing stands there."""
    *way, name = place
    holder = seen(told, "choices", 0, *way)
    if not isinstance(holder, dict) or not isinstance(holder.get(name, 0), str | None):
        return None
    return Answer(holder[name] or "", seen(told, "choices", 0, "finish_reason") != "length")
