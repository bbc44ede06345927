"""Encoded contexts that are kept: typing, retries and the next gap of a document find most of theirs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from editdiff.prompt.base import Prompt

Encode = Callable[[Prompt, Any | None], Any]
"""`Denoiser.encode`."""


class Encoded(NamedTuple):
    """A context and its cache."""

    prompt: Prompt
    cache: Any

    def shares(self, other: Encoded) -> int:
        """Number of tokens at the beginning of both that are the same and stand at the same places."""
        return self.prompt.shares(other.prompt)


class ContextCaches:
    """The caches of the last few contexts; a new context is encoded from where it leaves the likest of them.

    A causal cache is exact for every beginning of its context, so what is kept changes what a context
    costs and never what comes of it. The documents need no names: their tokens tell them apart.
    """

    def __init__(self, encode: Encode, keep: int = 8, tokens: int | None = None) -> None:
        """Keep the last `keep` contexts, and of these the last ones with so many `tokens` in all; one at least."""
        self._encode, self._keep, self._tokens = encode, keep, tokens
        self._kept: list[Encoded] = []
        self.encoded = 0
        """Tokens encoded so far; what was found here does not count."""

    def encode(self, context: Prompt) -> Encoded:
        """Encode a context [C], and keep it."""
        new, old = self._extend(context, self._kept)
        # one that the new one holds whole is of no further use
        rest = [e for e in self._kept if e is not old or len(e.prompt.ids) > e.shares(new)]
        kept = [new, *rest][: self._keep]
        while self._tokens is not None and len(kept) > 1 and _tokens(kept) > self._tokens:
            kept.pop()
        self._kept = kept
        return new

    def encode_once(self, context: Prompt, before: Encoded | None = None) -> Encoded:
        """Encode a context [C] that nobody asks for again: a draft's, which may extend its last one."""
        new, _ = self._extend(context, [*self._kept, before] if before else self._kept)
        return new

    def _extend(self, context: Prompt, known: list[Encoded]) -> tuple[Encoded, Encoded | None]:
        """Encode what the likest of the `known` contexts lacks; return that one as well."""
        new = Encoded(context, None)
        best = max(known, key=new.shares, default=None)
        reused = best.shares(new) if best else 0
        old = best if reused else None
        self.encoded += len(context.ids) - reused
        return new._replace(cache=self._encode(context, old.cache if old else None)), old


def _tokens(contexts: list[Encoded]) -> int:
    return sum(len(context.prompt.ids) for context in contexts)
