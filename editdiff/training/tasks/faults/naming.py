"""Faults of names: another variable of the scope, another attribute, the opposite word, a typo."""

from __future__ import annotations

import builtins
import keyword
import re
import tokenize
from collections.abc import Sequence

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import Site, Token, pick, remove, replace_one

BUILTINS = frozenset(dir(builtins))
EXCEPTIONS = (
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "RuntimeError",
    "OSError",
    "ImportError",
    "NotImplementedError",
    "StopIteration",
    "FileNotFoundError",
    "LookupError",
    "ArithmeticError",
    "Exception",
    "ZeroDivisionError",
    "AssertionError",
    "PermissionError",
    "TimeoutError",
    "UnicodeDecodeError",
)
OPPOSITES: tuple[tuple[str, ...], ...] = (
    ("min", "max"),
    ("any", "all"),
    ("start", "end"),
    ("start", "stop"),
    ("begin", "end"),
    ("first", "last"),
    ("left", "right"),
    ("top", "bottom"),
    ("low", "high"),
    ("lo", "hi"),
    ("lower", "upper"),
    ("width", "height"),
    ("row", "col"),
    ("rows", "cols"),
    ("row", "column"),
    ("x", "y"),
    ("i", "j"),
    ("key", "value"),
    ("keys", "values", "items"),
    ("append", "extend", "insert"),
    ("add", "remove", "discard"),
    ("startswith", "endswith"),
    ("strip", "lstrip", "rstrip"),
    ("split", "rsplit"),
    ("find", "rfind", "index"),
    ("floor", "ceil", "round"),
    ("int", "float", "str"),
    ("list", "tuple", "set"),
    ("sorted", "reversed"),
    ("isinstance", "issubclass"),
    ("getattr", "hasattr"),
    ("read", "write"),
    ("open", "close"),
    ("load", "dump"),
    ("loads", "dumps"),
    ("encode", "decode"),
    ("get", "set", "pop"),
    ("push", "pop"),
    ("next", "prev"),
    ("next", "previous"),
    ("before", "after"),
    ("head", "tail"),
    ("parent", "child"),
    ("source", "target"),
    ("src", "dst"),
    ("input", "output"),
    ("old", "new"),
    ("enable", "disable"),
    ("enabled", "disabled"),
    ("info", "warning", "error", "debug"),
    ("sum", "max", "len"),
    ("sin", "cos"),
    ("true", "false"),
    ("update", "clear"),
)
"""Names, and parts of names between underscores, that are easily mistaken for one another."""
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _opposites() -> dict[str, list[str]]:
    opposites: dict[str, list[str]] = {}
    for group in OPPOSITES:
        for word in group:
            opposites.setdefault(word, []).extend(other for other in group if other != word)
    return opposites


OPPOSITE = _opposites()


def variable(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """Another variable of the same scope."""
    if site.is_declaration or not any(map(_is_variable, *_windows(site.tokens))):
        return None
    near = site.source.tokens(site.scope)
    names = sorted(
        {
            t.text
            for before, t, after in zip(*_windows(near), strict=True)
            if _is_variable(before, t, after)
        }
        - BUILTINS
        - {"self", "cls"}
    )

    def choices(site: Site, i: int) -> Sequence[str]:
        own = site.at(i)
        token = site.tokens[i]
        mine = _is_variable(_nth(site, i - 1), token, _nth(site, i + 1))
        if not mine or own in BUILTINS or own in ("self", "cls"):
            return ()
        return [name for name in names if name != own]

    return replace_one(site, rng, choices)


def _windows(tokens: list[Token]) -> tuple[list[Token | None], list[Token], list[Token | None]]:
    """Each token's neighbour before, itself, its neighbour after."""
    return [None, *tokens[:-1]], tokens, [*tokens[1:], None]


def _nth(site: Site, i: int) -> Token | None:
    return site.tokens[i] if 0 <= i < len(site.tokens) else None


def _is_variable(before: Token | None, token: Token, after: Token | None) -> bool:
    """Whether a name is read or assigned: no attribute, called function, keyword of a call, declared name."""
    if not token.is_word or token.text.startswith("__"):
        return False
    left, right = before.text if before else "", after.text if after else ""
    if left in (".", "def", "class", "import", "from", "as", "@", "->") or right == "(":
        return False
    return not (right == "=" and left in ("(", ","))


def attribute(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """Another attribute or method that the file uses of the same object."""
    text = site.source.text
    near = text[max(0, site.line.start - 20_000) : site.line.end + 20_000]

    def choices(site: Site, i: int) -> Sequence[str]:
        if site.at(i - 1) != "." or i < 2 or not site.tokens[i].is_word or site.is_declaration:
            return ()
        owner, called = site.at(i - 2), site.at(i + 1) == "("
        if not owner.isidentifier():
            return ()
        pattern = rf"\b{re.escape(owner)}\.(\w+)\b{'(?=[(])' if called else '(?![(])'}"
        return sorted(set(re.findall(pattern, near)) - {site.at(i)} - set(keyword.kwlist))

    return replace_one(site, rng, choices)


def opposite(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`max` for `min`, `end` for `start`, `row` for `col`, also as a part of a name."""

    def choices(site: Site, i: int) -> Sequence[str]:
        token = site.tokens[i]
        return _other_words(token.text) if token.is_word else ()

    return replace_one(site, rng, choices)


def _other_words(name: str) -> list[str]:
    """The name with one of its parts replaced by an opposite."""
    parts = [] if name.startswith("__") else name.split("_")
    return [
        "_".join([*parts[:i], other, *parts[i + 1 :]])
        for i, part in enumerate(parts)
        for other in OPPOSITE.get(part, ())
        if len(part) > 1 or len(parts) == 1
    ]


def exception(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`TypeError` for `ValueError` …, where it is raised or caught."""

    def choices(site: Site, i: int) -> Sequence[str]:
        name = site.at(i)
        return [other for other in EXCEPTIONS if other != name] if name in EXCEPTIONS else ()

    return replace_one(site, rng, choices)


def self_missing(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`count` for `self.count`."""
    places = [
        i
        for i in range(len(site.tokens) - 2)
        if site.at(i) in ("self", "cls") and site.at(i + 1) == "."
    ]
    return remove(site, i := pick(rng, places), i + 2) if places else None


def typo(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A name with a letter swapped, lost, doubled or mistaken; still a name, and no keyword."""
    words = [t for t in site.tokens if t.is_word and len(t.text) > 2]
    if not words:
        return None
    token = pick(rng, words)
    new = misspelt(token.text, rng)
    fits = new.isidentifier() and not keyword.iskeyword(new) and new != token.text
    return TextEdit(Span(token.start, token.end), new) if fits else None


def keyword_typo(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """`retrun`, `esle`, `improt` and the like; sometimes it becomes a name."""
    keywords = [t for t in site.tokens if t.kind == tokenize.NAME and not t.is_word]
    keywords = [t for t in keywords if len(t.text) > 2]
    if not keywords:
        return None
    token = pick(rng, keywords)
    new = misspelt(token.text, rng)
    fits = new != token.text and not keyword.iskeyword(new)
    return TextEdit(Span(token.start, token.end), new) if fits else None


def misspelt(word: str, rng: np.random.Generator) -> str:
    """A word of two letters or more with one slip of the hand; rarely the word itself."""
    i = int(rng.integers(len(word) - 1))
    slip = rng.random()
    if slip < 0.35:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if slip < 0.6:
        return word[: i + 1] + word[i + 2 :]
    if slip < 0.75:
        return word[: i + 1] + word[i:]
    return word[:i] + _neighbour(word[i], rng) + word[i + 1 :]


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    """A letter beside this one on the keyboard, in the same case; another sign stays."""
    for row in KEYBOARD:
        at = row.find(letter.lower())
        if at >= 0:
            beside = pick(rng, row[max(0, at - 1) : at] + row[at + 1 : at + 2])
            return beside.upper() if letter.isupper() else beside
    return letter
