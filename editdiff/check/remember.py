"""Checkers that remember what they found, so that a text is judged once in a request.

A draft is judged where it is made, so that it can be mended, and again before it is proposed; the document itself
with every draft that brings problems. A memory belongs to one request: what a checker reads besides the text, as a
linter's configuration, may be another by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Generic, TypeVar

from editdiff.check.base import (
    Checker,
    Problem,
    affirmed,
    following,
    quick,
    stops_at_first,
    unjudged,
)
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

KEPT = 100_000
"""Most texts, and problems in them, that a checker's memory holds."""

Answer = TypeVar("Answer", bound=Sequence[object] | None)
Key = tuple[str, str, bytes]


@dataclass
class Memory(Generic[Answer]):
    """Answers about documents; when it is full, those that were not asked for longest are forgotten."""

    known: dict[Key, Answer] = field(default_factory=dict)
    size: int = 0

    def recall(self, document: Document, ask: Callable[[Document], Answer]) -> Answer:
        """What was answered about a document, or is now; an exception is no answer, and not kept."""
        key = _key(document)
        if key in self.known:
            self.known[key] = self.known.pop(key)
        else:
            self.known[key] = ask(document)
            self.size += _size(self.known[key])
            while self.size > KEPT and len(self.known) > 1:
                self.size -= _size(self.known.pop(next(iter(self.known))))
        return self.known[key]


@dataclass(eq=False)
class Remembering:
    """A checker that asks another one only once about a text; not to be shared by threads."""

    checker: Checker
    _problems: Memory[tuple[Problem, ...]] = field(default_factory=Memory, repr=False)
    _right: Memory[Sequence[Span] | None] = field(default_factory=Memory, repr=False)
    _quick: Remembering | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name of the checker that is asked."""
        return self.checker.name

    @property
    def stops_at_first(self) -> bool:
        """Whether the checker tells its first problem alone."""
        return stops_at_first(self.checker)

    @property
    def quick(self) -> Remembering:
        """The checker for many texts at once, with a memory of its own."""
        faster = quick(self.checker)
        if faster is self.checker:
            return self
        if self._quick is None:
            self._quick = Remembering(faster)
        return self._quick

    def supports(self, language: str) -> bool:
        """Whether the checker can judge documents of this language."""
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        """All problems, as the checker told them when it was first asked about the text.

        Raises:
            EditdiffError: as the checker does, each time.
        """
        return list(self._problems.recall(document, lambda it: tuple(self.checker.check(it))))

    def unjudged(self, document: Document) -> str:
        """Why the checker cannot judge a document, asked each time; empty where it can."""
        return unjudged(self.checker, document)

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        """Places found right, as the checker told them; None where it cannot tell."""
        return self._right.recall(document, partial(affirmed, self.checker))

    def following(self, document: Document, edit: TextEdit) -> Sequence[TextEdit]:
        """What is to be changed together with an edit, asked each time."""
        return following(self.checker, document, edit)


def remembering(checkers: Iterable[Checker]) -> tuple[Checker, ...]:
    """The checkers in the same order, each with a memory; one that has a memory keeps it."""
    return tuple(c if isinstance(c, Remembering) else Remembering(c) for c in checkers)


def _key(document: Document) -> Key:
    """All that a verdict depends on: of two paths, one may have other rules."""
    digest = blake2b(document.text.encode(), digest_size=16).digest()
    return document.path, document.language, digest


def _size(answer: Sequence[object] | None) -> int:
    return 1 + len(answer or ())
