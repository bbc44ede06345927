"""Worked solutions with a slip in one result that is carried on, as whoever made it would have gone on.

Wherever a later line uses the result it uses the wrong one, each result that comes of it is worked out anew, and so
is the final answer. Which later number is which result is told by its value: so only results are taken of whose
value there is no other number before them, in the question or the solution, and to which no other equation comes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from editdiff.evaluation.data.corruption import misread
from editdiff.evaluation.data.equations import (
    Equation,
    Number,
    content,
    equations,
    numbers,
    parse,
    value,
    write,
)
from editdiff.text.span import Span

PLACES = 2
"""Most decimals of a wrong result: nobody goes on with more."""
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_ANNOTATION = re.compile(r"<<[^<>]*>>")


@dataclass(frozen=True)
class Site:
    """A number that is another one in the wrong solution."""

    span: Span
    """In the right one."""
    right: str
    wrong: str


@dataclass(frozen=True)
class Slip:
    """A solution and what of it is wrong."""

    text: str
    """Right: question, an empty line, solution."""
    sites: tuple[Site, ...]
    """In order; the first are the result and its copy."""
    own: int
    """How many of them are the result itself."""

    @property
    def alone(self) -> Slip:
        """The same slip, not carried on."""
        return Slip(self.text, self.sites[: self.own], self.own)

    def plain(self, *, told: bool, annotated: bool) -> Slip:
        """Without the question, unless it is told, and without the annotations, unless they are to stay."""
        hidden = [] if annotated else [Span(*m.span()) for m in _ANNOTATION.finditer(self.text)]
        if not told:
            hidden.insert(0, Span(0, self.text.index("\n\n") + 2))
        kept = [
            (site, at < self.own)
            for at, site in enumerate(self.sites)
            if not any(span.contains(site.span) for span in hidden)
        ]

        def shift(at: int) -> int:
            return at - sum(span.length for span in hidden if span.end <= at)

        text = self.text
        for span in reversed(hidden):
            text = text[: span.start] + text[span.end :]
        sites = [
            Site(Span(shift(s.span.start), shift(s.span.end)), s.right, s.wrong) for s, _ in kept
        ]
        return Slip(text, tuple(sites), sum(own for _, own in kept))

    @property
    def wrong(self) -> str:
        """The solution with all that is wrong in it."""
        return "".join(part if isinstance(part, str) else part.wrong for part in self._parts())

    def is_between(self, text: str) -> bool:
        """Whether a text is the wrong solution with some of its numbers right again, and nothing else changed."""
        pattern = "".join(
            re.escape(part)
            if isinstance(part, str)
            else f"(?:{re.escape(part.right)}|{re.escape(part.wrong)})"
            for part in self._parts()
        )
        return re.fullmatch(pattern, text) is not None

    def _parts(self) -> Iterator[str | Site]:
        at = 0
        for site in self.sites:
            yield self.text[at : site.span.start]
            yield site
            at = site.span.end
        yield self.text[at:]


def slips(text: str, rng: random.Random) -> Slip | None:
    """Make a slip in one result of a solution, and carry it on.

    None where an equation does not hold, where no result is used later, or where for none of them it is certain
    what follows from it.
    """
    if not content(text) or not _is_concluded(text):
        return None
    every = list(equations(text))
    for at in rng.sample(range(len(every)), len(every)):
        if found := _slip(text, every, at, rng):
            return found
    return None


def _slip(text: str, every: list[Equation], at: int, rng: random.Random) -> Slip | None:
    right = every[at].right.slice(text)
    if not isinstance(parse(right), Number) or write(Fraction(right)) != right:
        return None
    wrong = misread(right, rng)
    if Fraction(wrong) <= 0:
        return None
    moved = {Fraction(right): Fraction(wrong)}
    born = {Fraction(right): every[at].right.start}
    sites = {every[at].right: wrong}
    for each in every[at + 1 :]:
        done = _carried(text, each, moved)
        if done is None:
            return None
        if done:
            sites |= done
            result = Fraction(each.right.slice(text))
            if result in moved:
                return None
            new = Fraction(done.get(each.right, each.right.slice(text)))
            if new != result:
                moved[result], born[result] = new, each.right.start
    if not all(_is_alone(text, every, number, start) for number, start in born.items()):
        return None
    own = len(sites)
    sites |= _said(text, moved, born, [Span(e.left.start, e.right.end) for e in every])
    if own == len(sites) or len(moved) + len(sites) < 4:
        return None
    found = [Site(span, span.slice(text), new) for span, new in sorted(sites.items())]
    copy = every[at].right.end + len(">>")
    first = [site for site in found if site.span == every[at].right or site.span.start == copy]
    rest = [site for site in found if site not in first]
    if len(first) != 2 or not rest or rest[0].span.start < first[0].span.start:
        return None
    return Slip(text, (*first, *rest), 2)


def _carried(
    text: str, equation: Equation, moved: Mapping[Fraction, Fraction]
) -> dict[Span, str] | None:
    """What changes in a later equation; None where it cannot be worked out anew."""
    left, result = equation.sides
    if left is None:
        return {}
    found = dict[Span, str]()
    for number in numbers(left):
        if number.value in moved:
            new = write(moved[number.value])
            if new is None:
                return None
            found[number.span.shift(equation.left.start)] = new
    if not found:
        return {}
    side = equation.left.slice(text)
    for span, new in sorted(found.items(), reverse=True):
        at = span.shift(-equation.left.start)
        side = side[: at.start] + new + side[at.end :]
    again = parse(side)
    worked_out = value(again) if again else None
    if worked_out is None or worked_out <= 0 or not isinstance(result, Number):
        return None
    new = write(worked_out)
    right = equation.right.slice(text)
    if new is None or len(new.partition(".")[2]) > PLACES or write(result.value) != right:
        return None
    return found | ({equation.right: new} if new != right else {})


def _is_alone(text: str, every: list[Equation], number: Fraction, start: int) -> bool:
    """Whether no number before a result has its value, and no other equation comes to it."""
    line = text.rfind("\n", 0, start)
    if any(_value(m[0]) == number for m in _NUMBER.finditer(text, 0, line + 1)):
        return False
    here = text[line + 1 : start]
    if any(_value(m[0]) == number for m in _NUMBER.finditer(here)):
        return False
    return sum(_value(each.right.slice(text)) == number for each in every) == 1


def _is_concluded(text: str) -> bool:
    """Whether the final answer is a number that stands in the solution: there are a few that are not."""
    solution, mark, answer = text.rpartition("####")
    said = {_value(match[0]) for match in _NUMBER.finditer(solution)}
    return bool(mark) and _value(answer.strip()) in said


def _said(
    text: str,
    moved: Mapping[Fraction, Fraction],
    born: Mapping[Fraction, int],
    written: list[Span],
) -> dict[Span, str]:
    """Numbers of the running text that say a result, behind it."""
    found = dict[Span, str]()
    for match in _NUMBER.finditer(text):
        span, number = Span(*match.span()), _value(match[0])
        if number is None or number not in moved or span.start < born[number]:
            continue
        if any(part.contains(span) for part in written):
            continue
        new = write(moved[number])
        if new is not None:
            whole, point, rest = new.partition(".")
            found[span] = f"{int(whole):,}{point}{rest}" if "," in match[0] else new
    return found


def _value(text: str) -> Fraction | None:
    try:
        return Fraction(text.replace(",", ""))
    except ValueError:
        return None
