"""What no fix of syntax may do with a mark: where two marks would mend a text as well, none is guessed at.

A draft that changes one character parses by accident more often than any other. These are the accidents.
"""

from __future__ import annotations

import re

from editdiff.edits.fix.change import Change, Rule
from editdiff.text.keywords import keywords
from editdiff.text.lines import LineTable

QUOTES = "\"'`"
CLOSERS = ")]}"
BRACKETS = "([{" + CLOSERS
OPERATORS = "+-*/%<>&|^~"
_GOES_ON = re.compile(r"[ \t]*,[ \t]*[^\s#]")
_ONE_ITEM = re.compile(r"\([^(),]*,[ \t]*$")
"""A tuple of one item, whose comma stands before its bracket."""
_ONLY_CLOSES = re.compile(r"[ \t]*[)\]}]+[ \t]*$")
_LABEL = re.compile(r"(\w+)$")


def _line_around(change: Change, at: int) -> tuple[str, str]:
    """What stands before and behind a place in its line, after the change."""
    table = LineTable(change.after.text)
    line = table.content(table.position(at).line)
    return change.after.text[line.start : at], change.after.text[at : line.end]


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


def closes_early(change: Change) -> str:
    """A closing bracket before the comma of a list that goes on in its line, or behind the comma that ends it."""
    text = change.after.text
    for taken, put in change.pieces:
        mark = put.slice(text)
        if taken.length or len(mark) != 1 or mark not in CLOSERS:
            continue
        left, right = _line_around(change, put.start)
        if _GOES_ON.match(right[1:]) or (
            left.rstrip().endswith(",") and not _ONE_ITEM.search(left)
        ):
            return "the bracket may close further on"
    return ""


def opens_late(change: Change) -> str:
    """An opening bracket put beside the one that begins a line: that one closes what stands above."""
    for taken, put in change.pieces:
        before, behind = _line_around(change, put.start)
        pair = behind[:2] in ("()", "[]", "{}")
        late = (pair and not before.strip()) or (behind[:1] in "([{" and _ONLY_CLOSES.match(before))
        if late and put.length == 1 and not taken.length:
            return "the bracket may have to open further above"
    return ""


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
        rarer = old == other and old_text.count(old) > old_text.count(new)
        if rarer or (not old and other in beside):
            return "the other quotation mark may be the wrong one"
    return ""


def closes_blindly(change: Change) -> str:
    """A brace put in an empty line or beside another that closes: which block lacks it cannot be told."""
    for taken, put in change.pieces:
        before, behind = _line_around(change, put.start)
        only = not (before + behind).strip(" \t};")
        if not taken.length and put.slice(change.after.text).strip() == "}" and only:
            return "which block lacks its brace cannot be told"
    return ""


def splits_statement(change: Change) -> str:
    """A semicolon in the middle of a statement, or a colon that makes a label of a keyword."""
    spelling = keywords(change.after.language) - {"default", "else", "try", "finally", "lambda"}
    for taken, put in change.pieces:
        mark = put.slice(change.after.text)
        before, behind = _line_around(change, put.start)
        inside = sum(map(before.count, "([{")) > sum(map(before.count, CLOSERS))
        if mark == ";" and not inside and behind[1:].strip(" \t});"):
            return "a statement would be split in two"
        word = _LABEL.search(before)
        if mark == ":" and not taken.length and word and word[1] in spelling:
            return "a keyword would become a label"
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


MARKS: tuple[Rule, ...] = (
    removes_lone_mark, closes_early, closes_blindly, opens_late, quotes_otherwise, leaves_point, splits_statement,
    alters_operator,
)  # fmt: skip
"""For a text that does not parse."""
