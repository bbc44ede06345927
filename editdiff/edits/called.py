"""Whether a call gives what something wants that is defined in the same text."""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.check.base import Call, Signature
from editdiff.text.span import Span


def misfits(calls: Sequence[Call], signature: Signature, span: Span, loose: bool) -> list[Call]:
    """Calls in a part of a text that do not fit what is called."""
    return [
        call
        for call in calls
        if call.name == signature.name
        and (signature.inside or not call.member)
        and span.contains(call.span)
        and not fits(call, signature, loose)
    ]


def fits(call: Call, signature: Signature, loose: bool) -> bool:
    """Whether a call gives what is wanted."""
    if call.open or signature.open:
        return True
    named = all(word in signature.parameters for word in call.keywords)
    least = 0 if loose else signature.required
    return named and least <= call.arguments <= len(signature.parameters)


def serves(old: Signature, new: Signature) -> bool:
    """Whether whoever called the old one can call the new one."""
    if "setter" in old.kind and old.kind == new.kind and shape(old) == shape(new):
        return True
    same = new.parameters[: len(old.parameters)] == old.parameters
    return (
        same
        and new.required <= old.required
        and new.kind == old.kind
        and (new.open or not old.open)
    )


def shape(signature: Signature) -> tuple[int, int, bool]:
    """What matters of parameters to who does not name them."""
    return len(signature.parameters), signature.required, signature.open


def reordered(old: Signature, new: Signature) -> bool:
    """Whether a place means another parameter now."""
    pairs = zip(old.parameters, new.parameters, strict=False)
    return any(a != b and (a in new.parameters or b in old.parameters) for a, b in pairs)
