"""What a checker is, and whether a change made a document worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.notebook import Cell, Notebook
from editdiff.text.span import Span


@dataclass(frozen=True)
class Problem:
    """Something wrong at one place of a document."""

    span: Span
    """In code points of the document's text; empty where something is missing."""
    message: str
    source: str
    """Name of the checker that found it."""
    candidates: tuple[str, ...] = ()
    """Texts for the span that the checker itself would accept, best first, where it knows any."""
    instead: tuple[TextEdit, ...] = ()
    """Further changes, here or close by, each of which would do alone: which was meant a checker cannot know."""
    doubt: str = ""
    """Why it may be no fault of the text: a problem in doubt guards drafts, and is neither reported nor mended."""
    keep: str = ""
    """Why it is reported and left to the user, whatever draft there may be."""
    own_only: bool = False
    """Whether one of `candidates` is a fix of it, and no other text."""
    whole: bool = False
    """Whether only a draft with which the whole text parses is a fix of it: the place may be right."""


class Checker(Protocol):
    """Finds problems in documents; never runs or evaluates their text in our process."""

    @property
    def name(self) -> str:
        """Name for messages, and the `source` of its problems."""
        ...

    def supports(self, language: str) -> bool:
        """Whether it can judge documents of this language; it finds no problems in others."""
        ...

    def check(self, document: Document) -> list[Problem]:
        """All problems, in the order of the text."""
        ...


@runtime_checkable
class Affirming(Protocol):
    """A checker that can tell what it judged and found right: silence may also mean that it did not look."""

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        """Places found right, in the order of the text; None where it wraps a checker that cannot tell."""
        ...


@runtime_checkable
class Following(Protocol):
    """A checker that can tell what else of a text rests on something that is changed in it."""

    def following(self, document: Document, edit: TextEdit) -> Sequence[TextEdit]:
        """Further changes of the document as it is, to be made with this one; apart from it and in order."""
        ...


Role = Literal["bound", "read", "member", "keyword", "text"]
"""Of a name: it is bound, read, read of something (`a.name`), of an argument (`f(name=1)`), or all of a string."""


class Name(NamedTuple):
    """One place where a name stands."""

    text: str
    span: Span
    role: Role
    seen: Span
    """Of a bound one the part of the text in which that name means it: a function, or all of the text."""
    kind: str = ""
    """Of a bound one what it is: `definition`, `import`, `variable`, `passing` (as in `for`), `parameter`, `key`,
    `member` (of a class or an object), or `label` (of prose)."""
    inside: str = ""
    """Names of the definitions around it, with a point behind each."""
    known: bool = True
    """Of one that is read whether something says what it is."""


class Signature(NamedTuple):
    """How something is called."""

    name: str
    span: Span
    """Of the definition."""
    inside: str
    """As of a `Name`; a method's is that of its class."""
    parameters: tuple[str, ...]
    """Their names in order; of a method without the object itself."""
    required: int
    """How many arguments have to be given, at least."""
    open: bool
    """Whether any number of arguments may be given, or nobody can tell."""
    kind: str
    """What else a caller has to know: whether it is awaited, read like a value, gives anything back."""


class Call(NamedTuple):
    """A call of something with a name."""

    name: str
    """The last part, as `total` of `self.total()`."""
    span: Span
    arguments: int
    """How many are given, by name or place."""
    keywords: tuple[str, ...]
    """Names of arguments."""
    open: bool
    """Whether nobody can count them: `f(*rest)`."""
    member: bool
    """Whether it is called of something, as `a.f()`."""


@dataclass(frozen=True)
class Anatomy:
    """The names of a text, and what it defines and calls; each in the order of the text."""

    names: tuple[Name, ...] = ()
    signatures: tuple[Signature, ...] = ()
    calls: tuple[Call, ...] = ()
    closed: bool = False
    """Whether the text itself says of all its names where they are from: one that is not known is bound nowhere."""
    sound: bool = True
    """Whether it parses: of a text that does not, names may be missing."""


class Anatomist(Protocol):
    """Knows what a text is made of; never runs any of it."""

    def pieces(self, document: Document, region: Span, size: int, most: int) -> Sequence[Span]:
        """Cut a region between whole parts of the text: definitions, statements, sections.

        In the order of the text, with nothing but blank lines and closing brackets between them. Small ones that
        stand side by side are one piece of about `size` lines; one has more than `most` only where it has no parts.
        """
        ...

    def anatomy(self, document: Document) -> Anatomy:
        """The names of a document; nothing of a language of which none are known."""
        ...


def following(checker: Checker, document: Document, edit: TextEdit) -> Sequence[TextEdit]:
    """What is to be changed together with an edit; nothing where a checker cannot tell."""
    return checker.following(document, edit) if isinstance(checker, Following) else ()


def affirmed(checker: Checker, document: Document) -> Sequence[Span] | None:
    """Places that a checker judged and found right; None where it cannot tell."""
    return checker.affirmed(document) if isinstance(checker, Affirming) else None


def stops_at_first(checker: Checker) -> bool:
    """Whether a checker tells its first problem alone: with that gone there may be another one, further on.

    One that does says so in an attribute `stops_at_first`.
    """
    return bool(getattr(checker, "stops_at_first", False))


def unjudged(checker: Checker, document: Document) -> str:
    """Why a checker cannot say whether a document parses, by its method `unjudged`; empty where it can."""
    ask = getattr(checker, "unjudged", None)
    return str(ask(document)) if ask else ""


def quick(checker: Checker) -> Checker:
    """The checker that a checker has for many texts at once, in an attribute `quick`; itself where it has none."""
    faster: Checker = getattr(checker, "quick", checker)
    return faster


def in_notebook(checker: Checker, notebook: Notebook) -> Callable[[Cell], Checker]:
    """Gives the checker of each cell, by a checker's method of that name; itself where it judges each alone."""
    make: Callable[[Notebook], Callable[[Cell], Checker]] | None
    make = getattr(checker, "in_notebook", None)
    return make(notebook) if make else lambda cell: checker


def new_problems(
    checker: Checker, before: Document, after: Document, others: Iterable[Document] = ()
) -> list[Problem]:
    """Problems of `after` that `before` did not have; none when `after` has no more of them.

    `others` are further texts that `after` could have been: the one with the fewest problems counts. They are
    looked at only where `before` is broken and `after` is, too.

    The number decides first, because a document that was broken may stay as broken, and one error
    is often reported elsewhere, or in other words, once the text around it changed.
    """
    there = checker.check(after)
    known = checker.check(before) if there else []
    for other in others if there and known else ():
        if not known:
            break
        problems = checker.check(other)
        if len(problems) < len(known):
            before, known = other, problems
    if len(there) <= len(known):
        return []
    head, tail = common_ends(before.text, after.text)
    remaining = Counter(_place(problem, before.text, head, tail) for problem in known)
    new = []
    for problem in there:
        place = _place(problem, after.text, head, tail)
        if remaining[place]:
            remaining[place] -= 1
        else:
            new.append(problem)
    return new


def _place(problem: Problem, text: str, head: int, tail: int) -> tuple[str, Sequence[int]]:
    """Key of a problem in both texts: its words, and its place if that did not change."""
    start, end = problem.span.start, problem.span.end
    if end <= head:
        return problem.message, (start, end)
    if start >= len(text) - tail:
        return problem.message, (start - len(text), end - len(text))
    return problem.message, ()
