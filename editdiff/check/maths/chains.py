"""Chains of equations in the tokens of a passage: `a = b = c`, each side with its tree where it has one.

A side is what stands without a gap between two relations, or between a relation and something that no
expression goes on behind. It goes on over the end of a line inside brackets and beside an operator, but for `+`
and `-` at the beginning of a line, which may be signs of a next equation. Where it is in doubt what belongs to a
side (a word such as `plus`, a unit, an operator of a programming language, a second number), the side is
unreadable, and nothing is said about it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from editdiff.check.maths import words
from editdiff.check.maths.parser import ParseError, TooLongError, parse
from editdiff.check.maths.tokens import BEGINS_OPERAND, ENDS_OPERAND, MATHS, Kind, Token
from editdiff.check.maths.tree import Apply, Number, Tree
from editdiff.text.span import Span

MAX_SIDE = 2000
"""Tokens of a side that are looked at before it is given up as too long."""
MAX_SIDES = 50
"""Sides of a chain; what follows is one of its own."""
MAX_LINE = 60
"""Tokens at the end of a line among which a relation is looked for."""
_DOTS = {"...", "..", "…", "\\dots", "\\ldots"}
"""What a number may go on with."""
_EMPHASIS = {"*", "^"}
"""What `*` and `**` were read as."""


@dataclass(frozen=True)
class Side:
    """One side of a relation."""

    span: Span
    """In code points of the passage."""
    tree: Tree | None
    """None where it cannot be read, or belongs to something that cannot."""
    too_long: bool = False
    """Whether it is not read because of its size."""


@dataclass(frozen=True)
class Chain:
    """Sides with a relation between each two."""

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    """`=`, `≈`, `<`, `>`, `≤` or `≥`; one less than sides."""
    dashed: bool = False
    """Whether a dash that may be a minus sign stands before the first side."""


def chains(tokens: Sequence[Token], latex: bool) -> Iterator[Chain]:
    """Chains in the order of the text; each token is looked at a bounded number of times."""
    at = [i for i, token in enumerate(tokens) if token.kind is Kind.RELATION]
    if not at:
        return
    sides = [_left(tokens, at[0], -1, latex)]
    dashed = _is_dashed(tokens, sides[0])
    relations: list[str] = []
    for k, place in enumerate(at):
        following = at[k + 1] if k + 1 < len(at) else len(tokens)
        right, relation = _right(tokens, place, following, latex)
        sides.append(right)
        is_rough = bool(relations) and relations[0] == "≈" and not sides[0].span.length
        relations.append("≈" if is_rough and relation == "=" else relation)  # `≈ 14 * 3 = 40`
        shared = following < len(tokens) and _reaches(tokens, place, following)
        if shared and len(sides) < MAX_SIDES:
            continue
        yield Chain(tuple(sides), tuple(relations), dashed)
        if following < len(tokens):
            sides = [right if shared else _left(tokens, following, place, latex)]
            relations, dashed = [], not shared and _is_dashed(tokens, sides[0])


def _reaches(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether one side fills all places between two relations, or something as closely connected."""
    between = tokens[start + 1 : end]
    if any(token.kind in (Kind.STOP, Kind.ROW, Kind.WORD) for token in between):
        return False
    return not any(_gap(a, b) or _parts(a, b) for a, b in pairwise(between))


def _gap(left: Token, right: Token) -> bool:
    """Whether two operands stand side by side with white space between; dots may end the first: `3.3… 1/7`."""
    ends = left.kind in ENDS_OPERAND or left.text in _DOTS
    return right.spaced and ends and right.kind in BEGINS_OPERAND


def _parts(left: Token, right: Token) -> bool:
    """Whether a line ends between two tokens, and nothing goes on over its end."""
    return right.broken and Kind.OPERATOR not in (left.kind, right.kind)


def _may_be_sign(left: Token, right: Token) -> bool:
    """Whether a sign at the beginning of a line may belong to what stands on the line before, or not."""
    if not right.broken or right.kind is not Kind.OPERATOR:
        return False
    return left.kind is Kind.OPERATOR or (right.text in "+-" and left.kind in ENDS_OPERAND)


def _is_dashed(tokens: Sequence[Token], side: Side) -> bool:
    """Whether a dash stands before a side."""
    at = bisect_left(tokens, side.span.start, key=lambda token: token.start)
    return at > 0 and tokens[at - 1].text in words.DASHES


def _right(tokens: Sequence[Token], place: int, limit: int, latex: bool) -> tuple[Side, str]:
    """The side behind a relation, and the relation; `≈` where dots follow the number."""
    start, depth, end = place + 1, 0, place + 1
    while end < min(limit, start + MAX_SIDE) and tokens[end].kind in MATHS:
        token = tokens[end]
        if end > start and _may_be_sign(tokens[end - 1], token):
            return _unreadable(tokens[start:end], tokens[place].end, end - start), tokens[
                place
            ].text
        if (end > start and _gap(tokens[end - 1], token)) or (
            token.kind is Kind.CLOSE and depth == 0
        ):
            break
        depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
        end += 1
    relation = tokens[place].text
    run = list(tokens[start:end])
    following = tokens[end : end + 4]
    if following and following[0].kind is Kind.RELATION:
        return _side(run, tokens[place].end), relation
    if len(run) > 1 and run[-1].text in _EMPHASIS and not run[-1].spaced and _is_loose(following):
        run, following = run[:-1], []
    dotted = following and not following[0].broken
    if run and dotted and following[0].text in _DOTS:
        return _side(run, tokens[place].end), "≈" if relation == "=" else relation
    if not words.may_follow(following, latex):
        return _unreadable(run, tokens[place].end, end - start), relation
    if len(run) == 2 and run[1].text == "!":  # `= 7!` may only be said with emphasis
        side = _side(run[:1], tokens[place].end)
        tree = side.tree and Apply("end!", (side.tree,))
        return Side(side.span, tree), relation
    return _side(run, tokens[place].end), relation


def _left(tokens: Sequence[Token], place: int, limit: int, latex: bool) -> Side:
    """The side before the first relation of a chain."""
    depth, start = 0, place
    while start - 1 >= max(limit + 1, place - MAX_SIDE) and tokens[start - 1].kind in MATHS:
        token = tokens[start - 1]
        if start < place and _may_be_sign(token, tokens[start]):
            return _unreadable(tokens[start:place], tokens[place].start, place - start)
        if (start < place and _gap(token, tokens[start])) or (
            token.kind is Kind.OPEN and depth == 0
        ):
            break
        depth += (token.kind is Kind.CLOSE) - (token.kind is Kind.OPEN)
        start -= 1
    run = list(tokens[start:place])
    before = tokens[max(0, start - 4) : start]
    if run and run[0].broken:
        if not words.may_end_line(tokens[max(0, start - MAX_LINE) : start]):
            return _unreadable(run, tokens[place].start, place - start)
        before = before[-1:] if before[-1:] and _counts_behind_line(before[-1], run) else []
    elif run:
        for k in range(len(before) - 1, -1, -1):
            if before[k].broken:
                before = before[k:]
                break
    nothing = tokens[place].start
    if len(run) > 1 and run[0].kind is Kind.OPERATOR and not latex:
        attached = run[0].spaced and not run[1].spaced
        if not attached:
            return _unreadable(run, nothing, place - start)
        if run[0].text in _EMPHASIS:
            run, before = run[1:], []
    if not words.may_precede(before, run, latex):
        return _unreadable(run, nothing, place - start)
    return _side(run, nothing)


def _counts_behind_line(token: Token, run: Sequence[Token]) -> bool:
    """Whether the last token of a line tells how the beginning of the next one is to be read."""
    return token.kind is Kind.STOP or (token.kind is Kind.WORD and len(run) == 1)


def _is_loose(following: Sequence[Token]) -> bool:
    return not following or following[0].spaced or following[0].kind is Kind.STOP


def _unreadable(run: Sequence[Token], nothing: int, length: int) -> Side:
    return Side(_span(run, nothing), None, length >= MAX_SIDE)


def _side(run: Sequence[Token], nothing: int) -> Side:
    """Parse a run of tokens; `nothing` is where an empty one stands."""
    span = _span(run, nothing)
    try:
        tree = parse(run) if run else None
    except TooLongError:
        return Side(span, None, True)
    except ParseError:
        return Side(span, None)
    return Side(span, tree)


def _span(run: Sequence[Token], nothing: int) -> Span:
    return Span(run[0].start, run[-1].end) if run else Span(nothing, nothing)


def number_of(tree: Tree | None) -> Number | None:
    """The number that a side consists of, if its sign and percent sign are left aside."""
    while isinstance(tree, Apply) and tree.operation in ("neg", "%", "end!"):
        tree = tree.arguments[0]
    return tree if isinstance(tree, Number) else None
