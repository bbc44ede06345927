"""The text around an equation: its line, what is beside it, and how far what may rest on it reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from editdiff.check.maths.chains import Chain
from editdiff.check.maths.mentions import Mention, coin_of, numbers
from editdiff.check.maths.passages import Passage
from editdiff.check.maths.tokens import read_number
from editdiff.check.maths.vocabulary import ITEMS
from editdiff.check.maths.worded import worded
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

REACH = 3000
"""Code points before and behind a result in which is looked for what it comes from, and what rests on it."""
_EXERCISES = "|".join(
    sorted(ITEMS - {"answer", "case", "day", "line", "no", "note", "step", "week"})
)
_ENDS = re.compile(
    rf"""
    ^[ ]{{0,3}}\#{{1,6}}[ \t]+(?![-+$€£\\]*[\d.,]+\S?\s*$)
    | ^[ \t]*(?:={{3,}}|-{{3,}}|\*{{3,}}|_{{3,}})[ \t]*$
    | \\(?:(?:sub)*section|chapter|paragraph)\b
    | \\(?:begin|end)\{{(?:exercise|problem|question|example|solution|proof)
    | ^[ \t>*_]*(?:{_EXERCISES})\b[ \t]*(?:\d|[:.(])
    | ^[ \t>*_]*Q\d*[:.)]
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
"""Where something else begins; a heading that is but a number is an answer."""
_NUMBERED = re.compile(r"[ \t>]*\(?(?:[0-9]{1,3}|[a-zA-Z])[.)][ \t]")
_TABLE = re.compile(r"[ \t>]*\||[^\n]*\s\|\s[^\n]*\s\|\s")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_PROSE = re.compile(r"[^\W\d_]{2}")
_CLAUSE_END = re.compile(r"[,;:.](?=\s)")
_IN_SUM, _SUM = re.compile(r"[0-9+*/=]"), re.compile(r"\s*[-+*/=]")
SHUT = ">>"
"""Ends an annotation; the result stands behind it once more."""
_ANSWER = re.compile(
    r"[ \t>*_]*(?:\#{2,6}|(?:the[ ]|final[ ])*(?:answer|antwort|réponse|respuesta)(?:[ ]is|[ ]ist)?[*_]*:?)[ \t*_]*"
    r"\\?[$€£]?[ ]?(?P<number>[0-9][0-9,.]*)[^\n0-9+*/=]{0,30}",
    re.IGNORECASE,
)
"""A line that is but the answer."""


@dataclass(frozen=True)
class Equation:
    """A chain, where it stands in the document."""

    passage: Passage
    chain: Chain

    @property
    def span(self) -> Span:
        """From its first side to its last, in the document."""
        sides = self.chain.sides
        return Span(sides[0].span.start, sides[-1].span.end).shift(self.passage.start)

    @property
    def readable(self) -> bool:
        """Whether every side can be read."""
        return all(side.tree is not None for side in self.chain.sides)


@dataclass(frozen=True)
class Section:
    """A text, what is neither prose nor maths covered."""

    text: str

    def line_of(self, at: int) -> Span:
        """The line around a place, without its end."""
        start, end = self.text.rfind("\n", 0, at) + 1, self.text.find("\n", at)
        return Span(start, end if end >= 0 else len(self.text))

    def numbers_of(self, equation: Equation) -> Iterator[Mention]:
        """Numbers of an equation, annotations and words in it included."""
        return numbers(self.text, equation.span.start, equation.span.end)

    def coins_of(self, equation: Equation, value: Fraction | None = None) -> set[str]:
        """Currencies of an equation's numbers; of those alone that have a `value`, if one is named."""
        found = (m for m in self.numbers_of(equation) if value in (None, m.number.value))
        return {coin_of(self.text, mention.span) for mention in found} - {""}

    def behind(self, result: Span, passage: Passage) -> Span:
        """What may rest on a result: up to the next heading or exercise, or the end of a comment."""
        start = result.end
        end = self.line_of(min(len(self.text), start + REACH)).end
        if passage.code:
            end = min(end, passage.start + len(passage.text))
        found = _ENDS.search(self.text, start, end)
        return Span(start, max(start, found.start() if found else end))

    def is_apart(self, at: int) -> bool:
        """Whether a line is one of a table, or a heading that is more than an answer."""
        line = self.line_of(at).slice(self.text)
        return bool(_TABLE.match(line) or (_HEADING.match(line) and _PROSE.search(line)))

    def is_exercise(self, at: int) -> bool:
        """Whether a line is an item with a number that holds an equation alone: each is one for itself."""
        line = self.line_of(at).slice(self.text)
        number = _NUMBERED.match(line)
        return number is not None and not _PROSE.search(line, number.end())

    def copy_behind(self, span: Span) -> Mention | None:
        """The number right behind an annotation that ends with a result."""
        if not self.text.startswith(SHUT, span.end):
            return None
        at = span.end + len(SHUT)
        found = next(numbers(self.text, at, min(len(self.text), at + 40)), None)
        return found if found and found.span.start == at else None

    def with_copy(self, edit: TextEdit) -> tuple[Span, dict[Span, str]]:
        """Where the result that an edit changes ends, and what stands beside its annotation changed with it."""
        span, old = edit.span, edit.span.slice(self.text)
        if copy := self.copy_behind(span):
            same = copy.number.value == _value(old)
            new = with_commas(edit.text, copy.number.text)
            return copy.span, {copy.span: new} if same else {}
        inside = f"={old}{SHUT}"
        if not self.text.endswith(inside, 0, span.start):
            return span, {}
        start = span.start - len(inside) + 1
        return span, {Span(start, start + len(old)): edit.text}

    def is_answer(self, span: Span) -> bool:
        """Whether a number is all that its line says: `#### 46`."""
        line = self.line_of(span.start)
        found = _ANSWER.fullmatch(self.text, line.start, line.end)
        return found is not None and found.start("number") == span.start

    def is_said(self, span: Span) -> bool:
        """Whether words alone stand before the equals sign before a number: `The total = 46`."""
        line = self.line_of(span.start)
        before = _CLAUSE_END.split(self.text[line.start : span.start].rstrip(" $€£"))[-1]
        behind = self.text[span.end : line.end]
        return before.endswith("=") and not _IN_SUM.search(before[:-1]) and not _SUM.match(behind)

    def readable(self, equations: Sequence[Equation]) -> tuple[list[Equation], list[Span]]:
        """Equations that can be read, with words between their numbers if need be; and where others stand.

        Of the latter it is the line up to their end.
        """
        found, unread = [each for each in equations if each.readable], list[Span]()
        for each in equations:
            if each.readable or any(other.span.contains(each.span) for other in found):
                continue
            line = self.line_of(each.span.end)
            spelt = [Equation(*it) for it in worded(self.text, line)]
            spelt = [it for it in spelt if it.span.overlaps(each.span)]
            if not spelt:
                unread.append(Span(line.start, max(line.start, each.span.end)))
            found += [it for it in spelt if all(it.span != other.span for other in found)]
        return sorted(found, key=lambda each: each.span), unread


def _value(text: str) -> Fraction | None:
    number = read_number(text)
    return number.value if number else None


def with_commas(text: str, other: str) -> str:
    """A number with the separators of thousands of another one."""
    if "," not in other:
        return text
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"
