"""Ollama: `/api/generate` with a `suffix` fills a gap, where the model's template knows one.

https://docs.ollama.com/api/generate
"""

from __future__ import annotations

from typing import Any

from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.asking import Answer, Asked, Gap, seen


def infill(endpoint: Endpoint, gap: Gap) -> Asked:
    """The request for what belongs into a gap; without a suffix it would be taken for a question."""
    options = {"temperature": gap.temperature, "seed": gap.seed, "num_predict": gap.tokens}
    body = {
        "model": endpoint.model,
        "prompt": gap.parts.before,
        "suffix": gap.parts.after or "\n",
        "stream": False,
        "options": options,
    }
    return Asked(endpoint.at("/api/generate"), body)


def answer(told: Any) -> Answer | None:
    """What was written; None where this is no such answer."""
    text = seen(told, "response")
    if not isinstance(text, str):
        return None
    return Answer(text, seen(told, "done_reason") != "length" and seen(told, "done") is not False)
