"""What no fix of syntax may do with a mark: where two marks would mend a text as well, none is guessed at.

A draft that changes one character parses by accident more often than any other. These are the accidents.
"""

from __future__ import annotations

import re

from editdiff.edits.fix.change import Change, Rule
from editdiff.text.keywords import keywords
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

QUOTES = "\"'`"
CLOSERS = ")]}"
BRACKETS = "([{" + CLOSERS
OPERATORS = "+-*/%<>&|^~"
VALUES = {
    "False", "None", "True", "_", "case", "false", "match", "null", "super", "this", "true", "type", "void",
}  # fmt: skip
"""Keywords that stand for a value, or may be a name."""
_LABEL = re.compile(r"(\w+)$")


def removes_lone_mark(change: Change) -> str:
    """A bracket or quotation mark taken out that does not stand there twice: rather is its partner missing."""
    text = change.before.text
    for taken, put in change.pieces:
        mark, instead = taken.slice(text).strip(), put.slice(change.after.text).strip()
        beside = text[taken.start - 1 : taken.start], text[taken.end : taken.end + 1]
        bracket = len(mark) == 1 and mark in BRACKETS and not instead
        quote = bool(set(QUOTES).intersection(mark)) and not set(QUOTES).intersection(instead)
        if (bracket or quote) and mark not in beside:
            return "a mark would be taken out whose partner may be missing"
    return ""


def leaves_point(change: Change) -> str:
    """A comma behind the point in which a number ends: the point stands in the place of the comma."""
    text = change.after.text
    behind = any(
        not taken.length and put.slice(text) == "," and re.search(r"\d\.$", text[: put.start][-2:])
        for taken, put in change.pieces
    )
    return "the comma may be what the point stands for" if behind else ""


def quotes_otherwise(change: Change) -> str:
    """Of two quotation marks that differ, the one changed that is more common in the text, or one put beside it."""
    old_text, new_text = change.before.text, change.after.text
    for taken, put in change.pieces:
        old, new = taken.slice(old_text), put.slice(new_text)
        if new not in ("'", '"'):
            continue
        other = "'" if new == '"' else '"'
        beside = new_text[max(0, put.start - 1) : put.start] + new_text[put.end : put.end + 1]
        if old.strip() and old.isascii() and old not in QUOTES:
            return "another character may be the wrong one"
        if not old and change.line_around(put.start)[1][1:2] == "(":
            return "a string would be called"
        rarer = old == other and old_text.count(old) > old_text.count(new)
        if rarer or (not old and other in beside):
            return "the other quotation mark may be the wrong one"
    return ""


def splits_statement(change: Change) -> str:
    """A semicolon or a line break that ends a statement early, or a keyword that becomes a label or an item."""
    spelling = (
        keywords(change.after.language) - VALUES - {"default", "else", "try", "finally", "lambda"}
    )
    for taken, put in change.pieces:
        mark = put.slice(change.after.text)
        before, behind = change.line_around(put.start)
        inside = sum(map(before.count, "([{")) > sum(map(before.count, CLOSERS))
        if mark == ";" and not inside and behind[1:].strip(" \t});"):
            return "a statement would be split in two"
        if not taken.length and _breaks(change, put):
            return "a statement would be split in two"
        word = _LABEL.search(before)
        if not taken.length and mark in (":", ",") and word and word[1] in spelling:
            return "a keyword would become a label, or an item of a list"
    return ""


def alters_operator(change: Change) -> str:
    """Another operator, or a negation that is gone."""
    for taken, put in change.pieces:
        old, new = taken.slice(change.before.text).strip(), put.slice(change.after.text).strip()
        other = len(old) == len(new) == 1 and old in OPERATORS and new in OPERATORS
        text = change.before.text
        beside = text[max(0, taken.start - 1) : taken.start], text[taken.end : taken.end + 1]
        halved = len(old) == 1 and old in OPERATORS and not new and old in beside
        if other or halved or ("!" in old and "!" not in new and "not" not in new):
            return "an operator would be altered"
    return ""


def _breaks(change: Change, put: Span) -> bool:
    """Whether nothing but a line break is put in, between something and an opening bracket."""
    mark = put.slice(change.after.text)
    between = bool(change.line_around(put.start)[0].strip())
    opens = change.line_around(put.end)[1].lstrip()[:1] in tuple("([{")
    return bool(LINE_ENDING.search(mark)) and not mark.strip() and between and opens


MARKS: tuple[Rule, ...] = (
    removes_lone_mark, quotes_otherwise, leaves_point, splits_statement, alters_operator,
)  # fmt: skip
"""For a text that does not parse."""
