"""Blind mutation of a line of code: candidates that cost nothing, and the floor of every repair figure.

It knows nothing of the program but the names in it. One small change at a time (an operator, a comparison, a
constant, a name, off by one, a negation, a token dropped, doubled or swapped with its neighbour), the kinds by
turns, in an order that depends on the line and the names alone. The kinds are those of mutation testing
(DeMillo, Lipton and Sayward 1978; Python's tools mutmut and cosmic-ray), the other way round: there they make
faults, here they may undo one.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, pairwise

from editdiff.text.keywords import keywords

_TOKEN = re.compile(
    r"""\s+|[rbfuRBFU]{0,2}(?:"[^"\n]*"|'[^'\n]*')|\d+\.\d+|\w+|\*\*=|//=|>>=|<<=|[-+*/%&|^@:=!<>]=|\*\*|//|->|<<|>>|."""
)
_NAME = re.compile(r"[^\W\d]\w*")
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("<", "<=", ">", ">=", "==", "!="),
    ("+", "-", "*", "/", "//", "%", "**"),
    ("+=", "-=", "*=", "/=", "//=", "%="),
    ("&", "|", "^"),
    ("<<", ">>"),
    ("and", "or"),
    ("True", "False", "None"),
    ("break", "continue"),
    ("min", "max"),
    ("any", "all"),
    ("sum", "len", "max", "min"),
    ("int", "float", "round", "abs"),
    ("str", "repr"),
    ("list", "tuple", "set", "sorted", "reversed"),
    ("append", "extend", "add"),
    ("upper", "lower", "swapcase"),
    ("isupper", "islower", "isalpha", "isdigit"),
    ("startswith", "endswith"),
    ("find", "rfind", "index", "count"),
    ("keys", "values", "items"),
    ("floor", "ceil", "sqrt"),
)
"""Tokens that stand for one another, the nearest first."""
_OPERATORS = {op for family in _FAMILIES[:5] for op in family}
_OPERAND_ENDS = re.compile(r"\w+|[)\]]")
_NEGATED = {"if", "elif", "while", "return", "and", "or", "assert"}
_NOT_SCOPED = frozenset(keyword.kwlist) | {"self", "cls"}

Tokens = list[str]
"""Tokens of a line, white space among them; joined, they are the line."""


def mutations(line: str, names: Sequence[str], k: int) -> list[str]:
    """The first `k` distinct lines that differ from `line` by one small change; fewer where there are no more.

    `names` may be put for the names in the line. Not every mutation is Python.
    """
    tokens = _TOKEN.findall(line)
    kinds = [kind(tokens) for kind in _KINDS]
    kinds.insert(2, _renamed(tokens, names))
    mutants: dict[str, None] = {}
    for mutated in _by_turns(kinds):
        text = "".join(mutated)
        if text != line and text.strip():
            mutants[text] = None
        if len(mutants) >= k:
            break
    return list(islice(mutants, k))


def stand_ins(token: str) -> list[str]:
    """What may be meant by a word, number or operator that another one is easily taken for, the nearest first."""
    if token.isdecimal():
        return [str(n) for n in (int(token) + 1, int(token) - 1) if n >= 0]
    families = [family for family in _FAMILIES if token in family]
    return [other for other in dict.fromkeys(chain(*families)) if other != token]


def names_in(program: str, language: str = "python") -> list[str]:
    """Names in the code of a program, in the order of their first use.

    Of Python none from its strings and comments; a program that cannot be cut into tokens gives the names up to
    there. Of other languages all words but the keywords.
    """
    if language != "python":
        known = keywords(language)
        return [w for w in dict.fromkeys(_NAME.findall(program)) if w not in known]
    names: dict[str, None] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.NAME and token.string not in _NOT_SCOPED:
                names[token.string] = None
    except (tokenize.TokenError, SyntaxError):
        pass
    return list(names)


def _by_turns(kinds: Sequence[Iterator[Tokens]]) -> Iterator[Tokens]:
    """One of each kind in turn until all are exhausted."""
    waiting = list(kinds)
    while waiting:
        for kind in list(waiting):
            mutated = next(kind, None)
            if mutated is None:
                waiting.remove(kind)
            else:
                yield mutated


def _put(tokens: Tokens, place: int, *new: str, drop: int = 1) -> Tokens:
    """Tokens with `new` instead of `drop` of them from `place` on."""
    return [*tokens[:place], *new, *tokens[place + drop :]]


def _replaced(tokens: Tokens) -> Iterator[Tokens]:
    """Another token of the same family; near ones of all places first."""
    for distance in range(1, max(map(len, _FAMILIES))):
        for place, token in enumerate(tokens):
            for family in _FAMILIES:
                if token in family and distance < len(family):
                    other = family[(family.index(token) + distance) % len(family)]
                    yield _put(tokens, place, other)


def _constants(tokens: Tokens) -> Iterator[Tokens]:
    """Numbers one more, one less, 0, 1, 2 or the opposite; strings empty or one space."""
    for place, token in enumerate(tokens):
        if token.isdecimal():
            n = int(token)
            yield from (_put(tokens, place, str(m)) for m in (n + 1, n - 1, 0, 1, 2, -n) if m != n)
        elif token[-1] in "\"'" and len(token) > 1:
            quote = token[-1]
            yield from (_put(tokens, place, quote + s + quote) for s in ("", " ", ", "))


def _renamed(tokens: Tokens, names: Sequence[str]) -> Iterator[Tokens]:
    """Each name in scope, for the names in the line."""
    for other in names:
        for place, token in enumerate(tokens):
            if _is_name(token) and token != other:
                yield _put(tokens, place, other)


def _off_by_one(tokens: Tokens) -> Iterator[Tokens]:
    """`+ 1` or `- 1` behind an operand."""
    for change in (" - 1", " + 1"):
        for place, token in enumerate(tokens):
            if _OPERAND_ENDS.fullmatch(token) and not keyword.iskeyword(token):
                yield _put(tokens, place, token, change)


def _term_dropped(tokens: Tokens) -> Iterator[Tokens]:
    """A binary operator without its right operand, or without its left one, an operand being one token."""
    solid = [place for place, token in enumerate(tokens) if not token.isspace()]
    for i, place in enumerate(solid):
        if tokens[place] in _OPERATORS | {"and", "or"} and 0 < i < len(solid) - 1:
            left, right = solid[i - 1], solid[i + 1]
            yield _put(tokens, left + 1, drop=right - left)
            yield _put(tokens, left, drop=right - left)


def _negated(tokens: Tokens) -> Iterator[Tokens]:
    """A `not` more or less, a sign more or less."""
    for place, token in enumerate(tokens):
        if token == "not":
            yield _put(tokens, place, drop=2)
        elif token in _NEGATED:
            yield _put(tokens, place, token, " not")
        elif token == "in" and "for" not in tokens[:place]:
            yield _put(tokens, place, "not in")
        elif token == "is":
            yield _put(tokens, place, "is not")
        elif _is_name(token) or token.isdecimal():
            yield _put(tokens, place, "-", token)


def _unwrapped(tokens: Tokens) -> Iterator[Tokens]:
    """A call or an index without its function, brackets or content: `f(x)` to `x`, `x[1:]` to `x`."""
    for start, token in enumerate(tokens):
        end = _closing(tokens, start) if token in ("(", "[") else None
        if end is None:
            continue
        inside = tokens[start + 1 : end]
        first = start
        while first > 0 and (_NAME.fullmatch(tokens[first - 1]) or tokens[first - 1] == "."):
            first -= 1
        if first < start:
            yield _put(tokens, start, drop=end - start + 1)
            yield _put(tokens, first, *inside, drop=end - first + 1)
        if start > 0 and tokens[start - 1] == ".":
            continue
        yield _put(tokens, start, *inside, drop=end - start + 1)


def _closing(tokens: Tokens, start: int) -> int | None:
    """Place of the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += (tokens[place] in "([{") - (tokens[place] in ")]}")
        if depth == 0:
            return place
    return None


def _dropped(tokens: Tokens) -> Iterator[Tokens]:
    """A token less."""
    for place, token in enumerate(tokens):
        if not token.isspace():
            yield _put(tokens, place)


def _swapped(tokens: Tokens) -> Iterator[Tokens]:
    """Two operands on both sides of one token, or of one and spaces, changed for one another."""
    operands = [p for p, token in enumerate(tokens) if _is_name(token) or token.isdecimal()]
    for left, right in pairwise(operands):
        swapped = _put(tokens, left, tokens[right])
        yield _put(swapped, right, tokens[left])


def _doubled(tokens: Tokens) -> Iterator[Tokens]:
    """A token twice."""
    for place, token in enumerate(tokens):
        if not token.isspace():
            yield _put(tokens, place, token, token)


def _is_name(token: str) -> bool:
    return _NAME.fullmatch(token) is not None and not keyword.iskeyword(token)


_KINDS: tuple[Callable[[Tokens], Iterator[Tokens]], ...] = (
    _replaced,
    _constants,
    _off_by_one,
    _negated,
    _term_dropped,
    _swapped,
    _unwrapped,
    _dropped,
    _doubled,
)
