"""A request in words, by OpenAI's chat completions, which all kinds of servers take.

Text of the document is data: it stands between fences that are longer than any in it.
"""

from __future__ import annotations

from typing import Any

from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.asking import Answer, Asked, Gap, seen
from editdiff.engines.endpoint.openai import written
from editdiff.engines.twin.rewriting import margin_of, without
from editdiff.prompt.base import ContextParts
from editdiff.prompt.chat import fence_of, kind_of, ticks_of

SYSTEM = (
    "You edit files for a program that reads your answers. Answer with one fenced block that holds the text that "
    "is asked for, whole, and with nothing before or after the block."
)
ROOM = 1024
"""Tokens beside those of the text: fences, what is said around them, and what a model thinks before."""
RENAMED = {"max_tokens": "max_completion_tokens"}
"""Fields that some models of OpenAI know by another name alone."""


def ask(endpoint: Endpoint, gap: Gap) -> Asked:
    """The request for what belongs into a gap, or for what is to become of what stands there."""
    question = _rewriting(gap.parts) if gap.parts.ask is not None else _infilling(gap.parts)
    body = {
        **endpoint.named,
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": question},
        ],
        "max_tokens": gap.tokens + ROOM,
        "temperature": gap.temperature,
        "seed": gap.seed,
        "stream": False,
    }
    return Asked(endpoint.by_openai("/chat/completions"), body)


def answer(told: Any) -> Answer | None:
    """What was written; None where this is no such answer."""
    return written(told, "message", "content")


def unknown_field(told: Any, body: dict[str, Any]) -> str | None:
    """The field of a request that a server refuses, where it may be left out or has another name; else None."""
    name = seen(told, "error", "param")
    return name if name in body and name in ("max_tokens", "temperature", "seed") else None


def without_field(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A request without a field, or with the other name that it has."""
    kept = {field: value for field, value in body.items() if field != name}
    return kept | ({RENAMED[name]: body[name]} if name in RENAMED and name in body else {})


def _rewriting(parts: ContextParts) -> str:
    """The question what is to become of a part; alone it is shown without its margin."""
    fence, ticks, old = fence_of(parts), ticks_of(parts), parts.old or ""
    return (
        f"This is {_file(parts)}:\n{fence}\n{parts.before}{old}{parts.after}\n{ticks}\n\n"
        f"Rewrite this part of it: {parts.ask}\n{fence}\n{without(old, margin_of(old))}\n{ticks}\n"
        f"Answer with the new part alone, between {ticks}, indented as it is shown alone, and change nothing else."
    )


def _infilling(parts: ContextParts) -> str:
    """The question what belongs where a mark stands."""
    fence, ticks, mark = fence_of(parts), ticks_of(parts), _mark(parts)
    return (
        f"This is {_file(parts)}, in which something is missing where {mark} stands:\n"
        f"{fence}\n{parts.before}{mark}{parts.after}\n{ticks}\n\n"
        f"Answer with the {kind_of(parts)} that belongs in place of {mark}, between {ticks}, indented as in the "
        "file. Repeat nothing that stands before or after it."
    )


def _file(parts: ContextParts) -> str:
    return f"a part of the file {parts.path}" if parts.path else "a part of a file"


def _mark(parts: ContextParts) -> str:
    """What stands for the gap, and nowhere in the text."""
    text, number = parts.before + parts.after, 0
    while (mark := f"<gap{number or ''}>") in text:
        number += 1
    return mark
