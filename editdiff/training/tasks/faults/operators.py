"""Faults of operators: the wrong one, a lost or needless `not`, operands the wrong way round."""

from __future__ import annotations

import tokenize
from collections.abc import Sequence

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import Site, pick, remove, replace_one

COMPARISONS = {
    "<": ("<=", ">", ">="),
    "<=": ("<", ">=", "=="),
    ">": (">=", "<", "<="),
    ">=": (">", "<=", "=="),
    "==": ("!=", "<=", ">="),
    "!=": ("==", "<", ">"),
}
ARITHMETIC = {
    "+": ("-", "*"),
    "-": ("+", "*"),
    "*": ("+", "/", "**", "//"),
    "/": ("//", "*", "%"),
    "//": ("/", "%", "*"),
    "%": ("//", "/", "*"),
    "**": ("*",),
    "&": ("|", "^"),
    "|": ("&", "^"),
    "^": ("|", "&"),
    "<<": (">>",),
    ">>": ("<<",),
}
AUGMENTED = {
    "+=": ("-=", "=", "*="),
    "-=": ("+=", "="),
    "*=": ("+=", "/=", "="),
    "/=": ("//=", "*="),
    "//=": ("/=", "%="),
    "%=": ("//=", "/="),
    "|=": ("&=", "="),
    "&=": ("|=", "="),
    "^=": ("|=", "="),
}
CONDITIONS = ("if", "elif", "while", "assert")


def comparison(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`<` for `<=`, `!=` for `==` and the like."""
    return replace_one(site, rng, lambda s, i: COMPARISONS.get(s.at(i), ()))


def arithmetic(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`-` for `+`, `//` for `/`, `|` for `&` …, between two operands."""
    return replace_one(
        site, rng, lambda s, i: ARITHMETIC.get(s.at(i), ()) if s.is_binary(i) else ()
    )


def augmented(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`-=` or `=` for `+=` and the like."""
    return replace_one(site, rng, lambda s, i: AUGMENTED.get(s.at(i), ()))


def boolean(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`or` for `and`, and the other way round."""
    swapped = {"and": ("or",), "or": ("and",)}
    return replace_one(site, rng, lambda s, i: swapped.get(s.at(i), ()))


def membership(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`in` for `not in`, `is not` for `is`, and the other way round."""
    loops = any(token.text == "for" for token in site.tokens)

    def choices(site: Site, i: int) -> Sequence[str]:
        word, after = site.at(i), site.at(i + 1)
        if word == "is" and after != "not":
            return ("is not", "==")
        if word == "in" and site.at(i - 1) != "not" and not loops and site.is_binary(i):
            return ("not in", "==")
        return ()

    negated = [i for i in range(1, len(site.tokens)) if _is_negated(site, i)]
    if negated and rng.random() < 0.7:
        i = pick(rng, negated)
        return remove(site, i, i + 1)
    return replace_one(site, rng, choices)


def _is_negated(site: Site, i: int) -> bool:
    """Whether `not` at `i` belongs to `is not` or `not in`."""
    before = site.at(i - 1) == "is"
    return site.at(i) == "not" and (before or site.at(i + 1) == "in")


def negation(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A `not` dropped, or put before a condition."""
    dropped = [
        i for i in range(len(site.tokens) - 1) if site.at(i) == "not" and not _is_negated(site, i)
    ]
    if dropped:
        i = pick(rng, dropped)
        return remove(site, i, i + 1)
    if any(token.text in (":=", "lambda") for token in site.tokens):
        return None
    places = [
        site.tokens[i + 1].start
        for i in range(len(site.tokens) - 1)
        if site.at(i) in CONDITIONS or site.at(i) in ("and", "or")
    ]
    return TextEdit(Span(at := pick(rng, places), at), "not ") if places else None


def equals(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`=` for `==`, or `==` for `=`."""
    swapped = {"==": ("=",), "=": ("==",)}
    return replace_one(site, rng, lambda s, i: swapped.get(s.at(i), ()))


def operands(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The two sides of an operator that minds their order: `b - a` for `a - b`."""
    minds = ("-", "/", "//", "%", "<", "<=", ">", ">=", "<<", ">>", "**")
    places = [
        i
        for i in range(1, len(site.tokens) - 1)
        if site.at(i) in minds
        and site.is_simple(i - 1)
        and site.is_simple(i + 1)
        and site.at(i - 1) != site.at(i + 1)
    ]
    if not places:
        return None
    i = pick(rng, places)
    left, middle, right = site.tokens[i - 1 : i + 2]
    text = site.source.text
    new = right.text + text[left.end : middle.end] + text[middle.end : right.start] + left.text
    return TextEdit(Span(left.start, right.end), new)


def term_dropped(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """An operator lost with its right side: `a` for `a + b`."""
    places = [
        i
        for i in range(1, len(site.tokens) - 1)
        if (site.at(i) in ARITHMETIC or site.at(i) in ("and", "or"))
        and site.is_binary(i)
        and site.is_simple(i + 1)
    ]
    if not places:
        return None
    i = pick(rng, places)
    return TextEdit(Span(site.tokens[i - 1].end, site.tokens[i + 1].end), "")


def term_added(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A needless operation behind a value that is returned or assigned: `return x + 1` for `return x`."""
    tokens = site.tokens
    is_value = site.first == "return" or any(t.text in ("=", "+=") for t in tokens)
    if not is_value or len(tokens) < 2 or not site.ends_statement or site.first == "def":
        return None
    last = tokens[-1]
    if not (last.is_word or last.kind == tokenize.NUMBER or last.text == ")"):
        return None
    return TextEdit(Span(last.end, last.end), pick(rng, (" + 1", " - 1", " * 2", " // 2", " % 2")))
