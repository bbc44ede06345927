"""Faults of punctuation: brackets, commas, colons, quotes."""

from __future__ import annotations

import tokenize

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import CLOSERS, OPENERS, Site, Token, pick


def bracket(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A bracket lost, doubled or of the wrong kind."""
    brackets = [t for t in site.tokens if t.kind == tokenize.OP and t.text in OPENERS + CLOSERS]
    if not brackets:
        return None
    token = pick(rng, brackets)
    kinds = OPENERS if token.text in OPENERS else CLOSERS
    other = pick(rng, [kind for kind in kinds if kind != token.text])
    slip = rng.random()
    new = "" if slip < 0.6 else token.text * 2 if slip < 0.85 else other
    return TextEdit(Span(token.start, token.end), new)


def colon(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """The colon at the end of a header forgotten, or a semicolon in its place."""
    if site.first == "lambda" or not site.ends_statement or site.at(len(site.tokens) - 1) != ":":
        return None
    token = site.tokens[-1]
    return TextEdit(Span(token.start, token.end), "" if rng.random() < 0.85 else ";")


def comma(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """A comma lost between two things, doubled, or a full stop in its place."""
    commas = [
        token
        for i, token in enumerate(site.tokens[:-1])
        if token.text == "," and site.at(i + 1) not in CLOSERS
    ]
    if not commas:
        return None
    token = pick(rng, commas)
    slip = rng.random()
    return TextEdit(
        Span(token.start, token.end), "" if slip < 0.7 else ",," if slip < 0.85 else "."
    )


def quote(site: Site, rng: np.random.Generator) -> TextEdit | None:
    """One quotation mark of a string lost, or of the other kind."""
    strings = [t for t in site.tokens if t.kind == tokenize.STRING and _is_short(t)]
    if not strings:
        return None
    token = pick(rng, strings)
    mark = token.text[-1]
    at = token.end - 1 if rng.random() < 0.6 else token.start + token.text.index(mark)
    other = "'" if mark == '"' else '"'
    return TextEdit(Span(at, at + 1), "" if rng.random() < 0.6 else other)


def _is_short(token: Token) -> bool:
    """Whether a string has one quotation mark at each end."""
    return token.text[-3:] not in ('"""', "'''")
