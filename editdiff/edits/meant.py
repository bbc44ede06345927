"""Which other word may be meant in a text, whatever a model thinks of it: what the file says for and against it.

A model that does not know a project writes what is usual. So a name that stands nowhere in the file in the same
role is not meant there, and one that the file knows is not given up for one that the selection does not hold,
unless what follows speaks for that. A name that stands nowhere else and is a slip away from one that does is most
likely that one.
"""

from __future__ import annotations

import builtins
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from editdiff.edits.doubts import alike, kept
from editdiff.engines.base import Rival, Weight
from editdiff.text.document import Document
from editdiff.text.keywords import keywords
from editdiff.text.literals import literals
from editdiff.text.span import Span

GAIN = 14.0
"""Nats by which a text has to be likelier with another word in it;"""
LESS = 8.0
"""and with another operator, or with a name in place of one that is a slip away from it."""
AGAINST = 1.0
"""Nats by which what follows may be less likely with it."""
FOR = 6.0
"""Nats by which it has to be likelier with a name that the selection does not hold, for one that the file does."""
CHARACTER = 1.5
"""Nats that each letter costs by which a word differs from one that stands nowhere else."""
MOST_TURNED = 3
"""Earlier places, the first ones, at which two names are tried the other way round."""
SLIP = 2
"""Letters that are wrong, missing, too many or swapped in a slip."""
_NAME = re.compile(r"[^\W\d]\w*")
_USED = re.compile(r"(\.\s*)?\b([^\W\d]\w*)")
_EITHER = frozenset(("None", "True", "False", "self", "super", "this", "null", "true", "false")) | {
    "_",
    "case",
    "match",
    "type",
}
"""Keywords that stand where names stand."""
_BUILTINS = {"python": frozenset(dir(builtins))}


@dataclass(frozen=True)
class Meaning:
    r"""A document whose line endings are `\n`, and a selection in it."""

    document: Document
    selection: Span

    def may_be(self, rival: Rival) -> bool:
        """Whether a word is of the kind of what stands there, and one that the file or its language knows."""
        old, new = rival.span.slice(self.document.text), rival.text
        known = self._keywords - _EITHER
        if not alike(old, new) or (old in known) != (new in known):
            return False
        if self._is_prose or not _NAME.fullmatch(new) or new in self._keywords:
            return True
        if self._is_slip(old, new):
            return True
        member = self._is_member(rival.span)
        builtin = not member and new in _BUILTINS.get(self.document.language, ())
        return builtin or self._uses[member, new] > 0

    def is_clear(self, weight: Weight) -> bool:
        """Whether a word is clearly likelier than what stands there."""
        rest = sum(weight.rest)
        if rest < -AGAINST:
            return False
        span, new = weight.rival.span, weight.rival.text
        old = span.slice(self.document.text)
        if not _NAME.fullmatch(new) and not new.isdecimal():
            return weight.gain > LESS
        if self._is_prose or new.isdecimal():
            return weight.gain > GAIN
        if self._words[old] > 1 and new not in self._selected and rest < FOR:
            return False
        return weight.gain > (LESS if self._is_slip(old, new) else GAIN)

    def worth(self, weight: Weight) -> float:
        """How likely a word is what was meant, beside others for its line, in nats: large slips are rare."""
        old, new = weight.rival.span.slice(self.document.text), weight.rival.text
        unknown = _NAME.fullmatch(old) and self._words[old] == 1
        return weight.gain - (CHARACTER * OSA.distance(old, new) if unknown else 0.0)

    def _is_slip(self, old: str, new: str) -> bool:
        """Whether a name stands nowhere else, and is a slip away from another word."""
        return self._words[old] == 1 and len(old) > SLIP and OSA.distance(old, new) <= SLIP

    def turned(self, rival: Rival) -> list[Rival]:
        """The same names the other way round, before the place: it may be the earlier one that is wrong.

        Somebody who reads from left to right finds a name odd that does not fit a wrong one before it.
        """
        text, name = self.document.text, re.escape(rival.text)
        old = rival.span.slice(text)
        if not (_NAME.fullmatch(old) and _NAME.fullmatch(rival.text)):
            return []
        found = re.finditer(rf"\b{name}\b", text[: rival.span.start])
        spans = [Span(*match.span()) for match in found if match.start() >= self.selection.start]
        spans = [span for span in spans if not any(each.overlaps(span) for each in self._kept)]
        return [Rival(span, old) for span in spans[:MOST_TURNED]]

    def _is_member(self, span: Span) -> bool:
        """Whether a name is read off another one."""
        return self.document.text[: span.start].rstrip().endswith(".")

    @cached_property
    def _kept(self) -> list[Span]:
        return kept(self.document)

    @cached_property
    def _keywords(self) -> frozenset[str]:
        return keywords(self.document.language)

    @cached_property
    def _is_prose(self) -> bool:
        """Whether nothing is selected but a part of a comment or string."""
        said = literals(self.document.text, self.document.language)
        return any(each.span.contains(self.selection) for each in said)

    @cached_property
    def _uses(self) -> Counter[tuple[bool, str]]:
        """How often each name stands in the file, as a member or not."""
        return Counter((bool(dot), name) for dot, name in _USED.findall(self.document.text))

    @cached_property
    def _words(self) -> Counter[str]:
        return Counter(_NAME.findall(self.document.text))

    @cached_property
    def _selected(self) -> frozenset[str]:
        return frozenset(_NAME.findall(self.selection.slice(self.document.text)))
