"""Faults of values: a number or constant, a bound off by one, a slice, a call or its arguments."""

from __future__ import annotations

import tokenize
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import Site, Token, pick, remove, replace_one

CONSTANTS = {
    "True": ("False", "None"),
    "False": ("True", "None"),
    "None": ("False", "True", "0"),
    "0": ("1", "None", "-1"),
    "1": ("0", "2", "-1"),
    '""': ("None", '" "'),
    "''": ("None", "' '"),
}
GENERIC = ("dict", "list", "tuple", "set", "frozenset", "type")
"""Names whose brackets hold types."""
COUNTS = ("range", "len", "islice", "zeros", "ones")
"""Calls that count something."""


def number(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A whole number one too large or small, or with a digit lost, doubled or changed."""

    def choices(site: Site, i: int) -> Sequence[str]:
        token = site.tokens[i]
        return wrong_numbers(token.text) if token.kind == tokenize.NUMBER else ()

    return replace_one(site, rng, choices)


def wrong_numbers(digits: str) -> list[str]:
    """Numbers that are easily written instead of a whole one; of another kind of number there are none."""
    if not digits.isdecimal() or len(digits) > 12:
        return []
    n = int(digits)
    near = [n + 1, *([n - 1] if n else []), n + 1, *([n - 1] if n else []), n * 10, n + 2]
    near += [n // 10] if n >= 10 else []
    return [str(m) for m in near if m != n]


def constant(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`False` for `True`, `0` for `None`, `" "` for `""` …; no annotations."""
    return replace_one(
        site,
        rng,
        lambda s, i: CONSTANTS.get(s.at(i), ()) if s.at(i - 1) not in ("->", ":", "|") else (),
    )


def bound(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """An index, a length or the end of a range off by one: `range(n)` for `range(n + 1)`."""
    tokens = site.tokens
    for i in rng.permutation(max(0, len(tokens) - 1)).tolist():
        if site.at(i) in ("+", "-") and site.at(i + 1) == "1" and site.is_binary(i):
            if rng.random() < 0.7 and site.is_simple(i + 1):
                return TextEdit(Span(tokens[i - 1].end, tokens[i + 1].end), "")
            return _write(tokens[i], "-" if site.at(i) == "+" else "+")
    if site.is_declaration:
        return None
    places = [
        tokens[b if site.at(a - 1) == "len" else b - 1].end
        for a, b in site.groups()
        if _is_bound(site, a, b)
    ]
    return (
        TextEdit(Span(at := pick(rng, places), at), pick(rng, (" + 1", " - 1"))) if places else None
    )


def _is_bound(site: Site, opener: int, closer: int) -> bool:
    """Whether what ends at the closing bracket is an index or counts something."""
    before, last = site.tokens[opener - 1] if opener else None, site.tokens[closer - 1]
    if before is None or not (last.is_word or last.kind == tokenize.NUMBER or last.text == ")"):
        return False
    if site.at(opener) == "[":
        generic = before.text[:1].isupper() or before.text in GENERIC
        return before.ends_operand and not generic
    return site.at(opener) == "(" and before.text in COUNTS


def sliced(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The two ends of a slice the wrong way round: `x[:n]` for `x[n:]`."""
    slices = []
    for opener, closer in site.groups():
        if site.at(opener) != "[" or not opener or not site.tokens[opener - 1].ends_operand:
            continue
        parts = site.pieces((opener, closer), ":")
        plain = len(site.pieces((opener, closer))) == 1 and "lambda" not in map(
            site.at, range(opener, closer)
        )
        if plain and len(parts) == 2:
            texts = [site.text(*part) if part[0] < part[1] else "" for part in parts]
            if texts[0] != texts[1]:
                colon = parts[0][1]
                new = f"{texts[1]}{site.at(colon)}{texts[0]}"
                slices.append((site.tokens[opener].end, site.tokens[closer].start, new))
    if not slices:
        return None
    start, end, new = pick(rng, slices)
    return TextEdit(Span(start, end), new)


def arguments(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """Two neighbours in brackets the wrong way round: `f(b, a)` for `f(a, b)`."""
    pairs = []
    if any(token.text in ("lambda", "for") for token in site.tokens):
        return None
    for group in site.groups():
        parts = [p for p in site.pieces(group) if p[0] < p[1]]
        plain = [p for p in parts if _is_plain(site, *p)]
        pairs += [
            (a, b)
            for a, b in pairwise(parts)
            if a in plain and b in plain and site.text(*a) != site.text(*b)
        ]
    if not pairs:
        return None
    a, b = pick(rng, pairs)
    between = site.source.text[site.tokens[a[1] - 1].end : site.tokens[b[0]].start]
    span = Span(site.tokens[a[0]].start, site.tokens[b[1] - 1].end)
    return TextEdit(span, site.text(*b) + between + site.text(*a))


def _is_plain(site: Site, start: int, end: int) -> bool:
    """Whether an argument is a value by itself: no keyword, star, slice, annotation or mark of a signature."""
    starred = site.at(start) in ("*", "**", "/")
    return not starred and not {"=", ":", ":="} & set(_texts(site, start, end))


def call_dropped(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A call of one argument forgotten: `x` for `abs(x)`."""
    if site.is_declaration:
        return None
    calls = []
    for opener, closer in site.groups():
        name = site.tokens[opener - 1] if opener else None
        if site.at(opener) != "(" or name is None or not name.is_word or closer == opener + 1:
            continue
        inner = set(_texts(site, opener + 1, closer))
        bad = {",", "=", "*", "**", ":=", "for", "if", "not", "yield", "lambda", "await"}
        stands = site.at(opener - 2) in (".", "await") or site.at(closer + 1) in (".", "=")
        starred = site.at(opener - 2) in ("*", "**") and not site.is_binary(opener - 2)
        if not (inner & bad or stands or starred):
            calls.append((opener, closer))
    if not calls:
        return None
    opener, closer = pick(rng, calls)
    span = Span(site.tokens[opener - 1].start, site.tokens[closer].end)
    return TextEdit(span, site.text(opener + 1, closer))


def keyword_missing(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`return`, `await`, `yield` or `raise` forgotten before a value."""
    if "from" in _texts(site, 0, len(site.tokens)):
        return None
    places = [
        i
        for i in range(len(site.tokens) - 1)
        if site.at(i) in ("return", "await", "yield", "raise")
        and (site.tokens[i + 1].ends_operand or site.at(i + 1) in ("not", "(", "[", "{", "-"))
        and site.at(i + 1) not in (")", "]", "}")
    ]
    return remove(site, i := pick(rng, places), i + 1) if places else None


def control(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`break` for `continue`, `yield` for `return`, `if` for `elif` and the like."""
    swapped = {
        "break": ("continue", "pass"),
        "continue": ("break", "pass"),
        "elif": ("if",),
        "return": ("yield",),
        "pass": ("continue",),
    }
    return replace_one(site, rng, lambda s, i: swapped.get(s.at(i), ()) if i == 0 else ())


def _texts(site: Site, start: int, end: int) -> list[str]:
    return [token.text for token in site.tokens[start:end]]


def _write(token: Token, text: str) -> TextEdit:
    return TextEdit(Span(token.start, token.end), text)
