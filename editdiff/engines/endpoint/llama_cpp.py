"""llama.cpp's server: `/infill` fills a gap, where the model was trained to.

https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

from typing import Any

from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.asking import Answer, Asked, Gap, seen


def infill(endpoint: Endpoint, gap: Gap) -> Asked:
    """The request for what belongs into a gap."""
    body = {
        **endpoint.named,
        "input_prefix": gap.parts.before,
        "input_suffix": gap.parts.after,
        "n_predict": gap.tokens,
        "temperature": gap.temperature,
        "seed": gap.seed,
        "cache_prompt": True,
        "stream": False,
    }
    return Asked(endpoint.at("/infill"), body)


def answer(told: Any) -> Answer | None:
    """What was written; None where this is no such answer. Earlier versions told `stopped_limit` alone."""
    text = seen(told, "content")
    if not isinstance(text, str):
        return None
    cut = seen(told, "stop_type") == "limit" or seen(told, "stopped_limit") is True
    return Answer(text, not cut)
