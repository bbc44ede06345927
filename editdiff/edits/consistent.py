"""Whether parts of a text that were changed one by one still fit each other, and what was not changed.

The danger is a change that is done here and not there: a name that is another one in one part and the old one in
the next, a parameter that some calls give and others do not. It is told by names alone, and too often rather than
never: what a part loses of what is seen outside of it may stand nowhere else, how something is called has to fit
its calls, and no part may read what nothing says. Names that no instruction names and other files may use stay.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from editdiff.check.base import Anatomist, Anatomy, Call, Name, Signature
from editdiff.edits.called import fits, misfits, reordered, serves, shape
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

_DATA = frozenset(("css", "json", "jsonc", "toml", "yaml"))
"""Languages whose keys and classes other files use."""
_LOOSE = frozenset(("javascript", "javascriptreact", "typescript", "typescriptreact"))
"""Languages in which arguments may be left out."""
_EXPORTED = frozenset(("definition", "member", "variable"))
_FLEETING = frozenset(("variable", "passing"))
"""Kinds of names that every part may bind again."""


class _Part(NamedTuple):
    """A part of a text, before some were changed and after."""

    before: Span
    after: Span
    changed: bool


@dataclass(frozen=True)
class Consistency:
    """A document whose parts are changed one by one."""

    anatomist: Anatomist
    document: Document
    ask: str
    """What is to become of them, in words."""
    parts: Sequence[Span]
    """Whole lines, disjoint and in order."""

    def unfit(self, edits: Mapping[int, TextEdit]) -> dict[int, str]:
        """Which changes, by the numbers of their parts, cannot stand beside the others, and why.

        Without them others may not stand any more, either.
        """
        compared = self._compared(edits)
        return {number: why for number in edits if (why := next(compared.faults(number), ""))}

    def broken(self, edits: Mapping[int, TextEdit]) -> str:
        """Why a text does not fit together once it is changed; empty where it does."""
        compared = self._compared(edits)
        return next((why for number in edits for why in compared.breaks(number)), compared.unread)

    def _compared(self, edits: Mapping[int, TextEdit]) -> _Compared:
        parts, growth = list[_Part](), 0
        for number, span in enumerate(self.parts):
            length = len(edits[number].text) if number in edits else span.length
            start = span.start + growth
            parts.append(_Part(span, Span(start, start + length), number in edits))
            growth += length - span.length
        after = self.document.with_text(Edits(tuple(edits.values())).apply(self.document.text))
        told = self.anatomist.anatomy(after)
        return _Compared(self._before, told, self.document, after, parts, self.ask)

    @cached_property
    def _before(self) -> Anatomy:
        return self.anatomist.anatomy(self.document)


@dataclass(frozen=True)
class _Compared:
    """A text before and after some of its parts were changed."""

    before: Anatomy
    after: Anatomy
    old: Document
    document: Document
    """After."""
    parts: Sequence[_Part]
    ask: str

    # a part by itself

    def faults(self, number: int) -> Iterator[str]:
        """What a part has that cannot stand beside the others."""
        part = self.parts[number]
        yield from (
            f"it reads `{name.text}`, which nothing here says"
            for name in self.after.names
            if part.after.contains(name.span) and self._is_lost(name)
        )
        yield from self._misfits(part)
        yield from self._twice(part)
        for name in self._gone(part):
            if self._is_others(name) and not any(self._elsewhere(name, part)):
                yield f"`{name.text}` is gone, and others may use it"
        for old, new in self._called_otherwise(part):
            seen = old.name[:1] != "_" and not self._is_inner(old)
            if seen and not self._asked_for(old, new) and not any(self._uses(old, part)):
                yield f"`{old.name}` is called in another way, and others may call it"

    def _is_lost(self, name: Name) -> bool:
        """Whether a name is read that nothing says, and none was so before."""
        return not name.known and name.text not in self._unknown

    @cached_property
    def _unknown(self) -> frozenset[str]:
        return frozenset(name.text for name in self.before.names if not name.known)

    def _misfits(self, part: _Part) -> Iterator[str]:
        """Calls in a part that do not fit what is called, more than there were."""
        for signature in self.after.signatures:
            if self._signatures(self.after, signature.name) != [signature]:
                continue
            before = self._signatures(self.before, signature.name)
            wrong = misfits(self.after.calls, signature, part.after, self._is_loose)
            known = before and misfits(self.before.calls, before[0], part.before, self._is_loose)
            if len(wrong) > len(known or ()):
                yield f"it calls `{signature.name}` with other arguments than that takes"

    def _twice(self, part: _Part) -> Iterator[str]:
        """What a part says that is said elsewhere already, or to nobody."""
        known = {_key(name) for name in _border(self.before, part.before)}
        for name in _border(self.after, part.after):
            if _key(name) in known or name.kind in ("key", "member", "parameter", "passing"):
                continue
            others = [
                other
                for other in self.after.names
                if other.role == "bound"
                and _key(other) == _key(name)
                and other.seen == name.seen
                and other.span.start < part.after.start
                and not (name.kind in _FLEETING and self._is_local(name))
            ]
            if others and name.text != "_":
                yield f"it says what `{name.text}` is, as line {self._line(others[0].span)} does"
            elif name.kind == "import" and not self._names(name.text) and not self._is_read(name):
                yield f"it imports `{name.text}`, which nothing reads"

    def _is_read(self, name: Name) -> bool:
        return any(o.text == name.text and o.role in ("read", "text") for o in self.after.names)

    def _is_others(self, name: Name) -> bool:
        """Whether other files may use a name, and nobody asked for it to go."""
        kinds = _EXPORTED | {"key"} if self.document.language in _DATA else _EXPORTED
        open_ = name.text[:1] not in "_#" or name.text.endswith("__")  # which Python itself calls
        return name.kind in kinds and open_ and not self._names(name.text)

    def _is_inner(self, signature: Signature) -> bool:
        """Whether something is defined inside of a function, where no other file sees it."""
        return any(
            other.span.contains(signature.span) and other.span != signature.span
            for other in self.before.signatures
        )

    def _asked_for(self, old: Signature, new: Signature) -> bool:
        """Whether the instruction names what is called in another way, or the parameters that make it so."""
        return any(map(self._names, (old.name, *({*old.parameters} ^ {*new.parameters}))))

    def _names(self, word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.ask) is not None

    # all parts

    def breaks(self, number: int) -> Iterator[str]:
        """How a part changes what others rest on."""
        part = self.parts[number]
        lines = self._lines(part.after)
        for name in self._gone(part):
            if other := next(self._elsewhere(name, part), None):
                yield f"`{name.text}` is gone from {lines}, and line {self._line(other.span)} still has it"
        for old, new in self._called_otherwise(part):
            if at := next(self._unserved(old, new, part), None):
                yield f"`{old.name}` of {lines} is called in another way than line {self._line(at)} does"
        yield from (
            f"{text!r} is another word in {lines}, and line {self._line(other.span)} still has it"
            for text, other in self._other_words(part)
        )

    @property
    def unread(self) -> str:
        """Which name is read outside of all parts that nothing says any more; empty where none is."""
        for name in self.after.names:
            inside = any(p.changed and p.after.contains(name.span) for p in self.parts)
            if not inside and self._is_lost(name):
                return (
                    f"line {self._line(name.span)} reads `{name.text}`, which nothing says any more"
                )
        return ""

    def _gone(self, part: _Part) -> list[Name]:
        """What a part said before that is seen outside of it, and says no more."""
        left = {_key(name) for name in _border(self.after, part.after)}
        return [name for name in _border(self.before, part.before) if _key(name) not in left]

    def _elsewhere(self, name: Name, part: _Part) -> Iterator[Name]:
        """Where a name that a part does not say any more still stands, outside of it."""
        if name.kind == "import" and any(self._bound(name, part)):
            return
        for other in self.after.names:
            if other.text != name.text or part.after.contains(other.span):
                continue
            if other.role == "bound":
                if name.kind == "member" and other.kind == "member":
                    yield other
            elif other.role == "read":
                fleeting = name.kind in _FLEETING and self._is_bound_near(other)
                if self._is_free(other, part) and not fleeting:
                    yield other
            elif other.role == "text":
                if name.kind != "passing" and self.document.language not in ("shellscript",):
                    yield other
            elif name.kind in ("member", "key"):
                yield other

    def _bound(self, name: Name, part: _Part) -> Iterator[Name]:
        """Where else the same name is bound."""
        return (
            other
            for other in self.after.names
            if other.role == "bound"
            and _key(other) == _key(name)
            and not part.after.contains(other.span)
        )

    def _is_local(self, name: Name) -> bool:
        return name.seen != Span(0, len(self.document.text))

    def _is_free(self, name: Name, part: _Part) -> bool:
        """Whether a name that is read is that of no function around, or of one that a part stands in, too."""
        return not any(
            other.role == "bound"
            and other.text == name.text
            and other.seen.contains(name.span)
            and not other.seen.contains(part.after)
            for other in self.after.names
        )

    def _is_bound_near(self, name: Name) -> bool:
        """Whether the part in which a name is read says what it is, before it reads it."""
        part = next((p.after for p in self.parts if p.after.contains(name.span)), name.span)
        there = [n for n in self.after.names if n.text == name.text and part.contains(n.span)]
        first = self._line(there[0].span)
        return all(n.role == "bound" for n in there if self._line(n.span) == first)

    def _called_otherwise(self, part: _Part) -> Iterator[tuple[Signature, Signature]]:
        """What a part defines that is called in another way now, so that what fitted before may not."""
        left = defaultdict[tuple[str, str], list[Signature]](list)
        for signature in self.after.signatures:
            if part.after.contains(signature.span):
                left[signature.inside, signature.name].append(signature)
        for old in self.before.signatures:
            if not part.before.contains(old.span):
                continue
            now = next(iter(left[old.inside, old.name][:1]), None)
            if now is not None:
                left[old.inside, old.name].pop(0)
            elif old.inside.endswith(f"{old.name}."):  # a class does without its own
                now = old._replace(parameters=(), required=0, open=False, kind="")
            if now is not None and not serves(old, now):
                yield old, now

    def _uses(self, old: Signature, part: _Part) -> Iterator[Name]:
        return (
            name
            for name in self.after.names
            if name.text == old.name
            and name.role != "bound"
            and (old.inside or name.role != "member")
            and not part.after.contains(name.span)
        )

    def _unserved(self, old: Signature, new: Signature, part: _Part) -> Iterator[Span]:
        """Where something is used outside of its part in the way in which it cannot be used any more."""
        written = {call.span.slice(self.old.text) for call in self.before.calls}
        called = [call for call in self.after.calls if call.name == old.name]
        for name in self._uses(old, part):
            call = next((c for c in called if c.span.contains(name.span)), None)
            if call is None:  # it is handed on, or only named
                same = shape(old) == shape(new)
            else:
                known = call.span.slice(self.document.text) in written
                moved = reordered(old, new) and known and call.arguments > len(call.keywords)
                same = self._fits_still(call, old, new) and not moved
            if old.kind != new.kind or not same:
                yield name.span

    def _fits_still(self, call: Call, old: Signature, new: Signature) -> bool:
        known = fits(call, new, self._is_loose)
        return known and (fits(call, new, False) or not fits(call, old, False))

    def _other_words(self, part: _Part) -> Iterator[tuple[str, Name]]:
        """Words that were all of a string in a part, are others there now, and still stand elsewhere."""
        old = {name.text for name in _texts(self.before, part.before)}
        new = {name.text for name in _texts(self.after, part.after)}
        if not new - old:
            return
        for text in sorted(old - new):
            rest = (n for n in self.after.names if n.text == text and n.role in ("text", "member"))
            other = next((n for n in rest if not part.after.contains(n.span)), None)
            if other is not None:
                yield text, other

    @staticmethod
    def _signatures(anatomy: Anatomy, name: str) -> list[Signature]:
        return [each for each in anatomy.signatures if each.name == name]

    @property
    def _is_loose(self) -> bool:
        return self.document.language in _LOOSE

    def _line(self, span: Span) -> int:
        return LineTable(self.document.text).position(span.start).line + 1

    def _lines(self, span: Span) -> str:
        return lines_of(self.document.text, span)


def lines_of(text: str, span: Span) -> str:
    """The lines of a span, from 1, in words."""
    table = LineTable(text)
    first, last = (table.position(at).line + 1 for at in (span.start, span.end))
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _key(name: Name) -> tuple[str, str]:
    """What two names have in common that mean the same.

    Of what object a member is, nobody knows, and the function around a name may have another one by now.
    """
    return name.inside if name.kind == "definition" else "", name.text


def _border(anatomy: Anatomy, span: Span) -> list[Name]:
    """What a part of a text binds that is seen outside of it."""
    return [
        name
        for name in anatomy.names
        if name.role == "bound" and span.contains(name.span) and not span.contains(name.seen)
    ]


def _texts(anatomy: Anatomy, span: Span) -> Sequence[Name]:
    """Words of a part of a text that are all of a string."""
    return [
        name
        for name in anatomy.names
        if (name.role == "text" or name.kind == "key") and span.contains(name.span)
    ]
