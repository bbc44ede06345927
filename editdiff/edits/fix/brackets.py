"""What no fix of syntax may do with a bracket that it puts in: where that one opens or closes is told by the lines.

A bracket too few can be put in at many places after which the text parses, and the model sees little of the lines
that tell the right one. So it stands where the layout has it, or nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from editdiff.edits.fix.change import Change, Rule
from editdiff.text.brackets import BRACKETS

USUAL = 0.75
"""Share of a text's brackets that close in lines of their own, from which on another one does, too."""
OPENERS, CLOSERS = "([{", ")]}"
_NO_BLOCKS = frozenset(("json", "jsonc", "python", "toml", "yaml"))
"""Languages in which a brace holds no statements."""
_GOES_ON = re.compile(r"[ \t]*,[ \t]*[^\s#]")
_ATTRIBUTE = re.compile(r"\.[^\W\d]")
_CALLED = re.compile(r"[\w)\]$]$")
"""What stands before the brackets of a call, or of an index."""
_OPERATOR = re.compile(r"[ \t]*(?:[-+*/%<>&|^=!.]|(?:and|in|is|not|or)\b)")
_COMPARES = re.compile(r"[ \t]*(?:[<>=!]=|[<>])")
_CONDITIONS = re.compile(r"\b(?:and|or)\b|&&|\|\|")
_ENDS_LATER = {
    "c": re.compile(r"[ \t]*\w+[ \t]*\{?[ \t]*$"),
    "shellscript": re.compile(r"[ \t]+[\w$\"'/.-]"),
}
"""Language to what stands behind a bracket that is likely to close behind it."""
_ONE_ITEM = re.compile(r"\([^(),]*,[ \t]*$")
"""A tuple of one item, whose comma stands before its bracket."""
_ONLY_CLOSES = re.compile(r"[ \t]*[)\]}]+[ \t]*$")
_CLOSES_ALONE = re.compile(r"[ \t)\]};,]*$")
_ENDS = re.compile(r"[ \t]*(?:(?:#|//).*)?$")
"""Nothing more in a line but a comment."""
_IN_WORDS = {"shellscript": ("([{]}", ":,."), "yaml": (OPENERS + CLOSERS, ".;")}
"""Language to the brackets that belong to a word where they have no partner, and to the marks that always do."""
_WORD = re.compile(r"[^\W\d]\w*")
_LAST_COMMA = re.compile(r"[ \t]*,[ \t]*(?:#.*)?$")

_NUMBER = re.compile(r"(?<![\w.])\d[\w.]*\s*$")
"""At the end of what stands before a bracket."""


def closes_early(change: Change) -> str:
    """A closing bracket before the comma of a list that goes on in its line, or behind the comma that ends it.

    So it is before a name that is the last of a head of C, before further words of a shell, and between a name and
    its attribute.
    """
    for at, _ in _closers(change):
        left, right = change.line_around(at)
        if _ATTRIBUTE.match(right[1:]) and (left[-1:].isalnum() or left[-1:] == "_"):
            return "the bracket may close further on"
        if _GOES_ON.match(right[1:]) or (
            left.rstrip().endswith(",") and not _ONE_ITEM.search(left)
        ):
            return "the bracket may close further on"
        if _groups_less(change, at, right[1:]):
            return "the bracket may close further on"
        goes_on = _ENDS_LATER.get(change.after.language)
        if goes_on and goes_on.match(right[1:]):
            return "the bracket may close further on"
    return ""


def closes_blindly(change: Change) -> str:
    """A brace put in an empty line or beside another that closes: which block lacks it cannot be told."""
    for at, mark in _closers(change):
        before, behind = change.line_around(at)
        if mark == "}" and not (before + behind).strip(" \t};"):
            return "which block lacks its brace cannot be told"
    return ""


def closes_elsewhere(change: Change) -> str:
    """A bracket that closes what was opened in another line, and not where the layout of the text would have it.

    Alone in a line it stands below the line that opens it. Beside something else it stands only where the text has
    no lines for closing brackets alone.
    """
    for at, mark in _or_before(change, _closers(change)):
        opener = change.partners.get(at)
        if opener is None or _line(change, opener) == _line(change, at):
            continue
        before, behind = change.line_around(at)
        if change.after.language == "shellscript" and not _hangs(change, opener):
            return "the command ends with its line, and the bracket may have to close there"
        if _CLOSES_ALONE.match(before + behind):
            if _indent(change, opener) != _indent(change, at):
                return "the bracket may have to close further above"
        elif _hangs(change, opener) and _close_alone(change, mark, at):
            return "which line lacks the bracket cannot be told"
    return ""


def closes_nothing(change: Change) -> str:
    """A bracket that ends a line right behind its partner, and below which lines are indented deeper."""
    for at, _ in _closers(change):
        opener = change.partners.get(at)
        if opener is None or change.after.text[opener + 1 : at].strip():
            continue
        behind, rest = change.line_around(at)[1], change.table.position(at).line + 1
        below = (
            change.table.content(line).slice(change.after.text)
            for line in range(rest, len(change.table))
        )
        child = next((line for line in below if line.strip()), "")
        if _CLOSES_ALONE.match(behind) and len(child) - len(child.lstrip()) > _indent(change, at):
            return "what stands below it would no longer be in the brackets"
    return ""


def pairs_with_nothing(change: Change) -> str:
    """A bracket of a shell or of YAML that closes or opens nothing there, or another mark that is none of theirs.

    It would be a character of a word.
    """
    single, plain = _IN_WORDS.get(change.after.language, ("", ""))
    for _, put in change.pieces:
        for at in range(put.start, put.end):
            mark, alone = change.after.text[at], at not in change.partners
            hidden = any(literal.start < at < literal.end for literal in change.literals)
            if not hidden and (mark in plain or (mark in single and alone)):
                return "the mark would be a part of a word"
    return ""


def leaves_comma(change: Change) -> str:
    """A bracket that closes before the last comma of a statement of Python, whose value would become a tuple."""
    if change.after.language != "python":
        return ""
    for at, _ in _closers(change):
        if change.enclosing(at) is None and _LAST_COMMA.match(change.line_around(at)[1][1:]):
            return "a comma would be left behind a statement"
    return ""


def opens_late(change: Change) -> str:
    """An opening bracket put beside the one that begins a line: that one closes what stands above.

    Nor does a block open behind what ends a statement.
    """
    for at, mark in _openers(change):
        before, behind = change.line_around(at)
        last = before.rstrip()[-1:]
        listed = change.after.text[change.enclosing(at) or 0] in ("(", "[")
        ended = last in (";", "}", "{") or (last == "," and not listed)
        if mark == "{" and ended and change.after.language not in _NO_BLOCKS:
            return "nothing there opens a block"
        pair = behind[:2] in ("()", "[]", "{}")
        if (pair and not before.strip()) or (behind[:1] in OPENERS and _ONLY_CLOSES.match(before)):
            return "the bracket may have to open further above"
    return ""


def opens_elsewhere(change: Change) -> str:
    """A bracket that opens what is closed in another line, and not where the layout of the text would have it.

    What a line of its own closes is opened at the end of a line; so is a block.
    """
    for at, mark in _openers(change):
        closer = change.partners.get(at)
        if closer is None or _line(change, closer) == _line(change, at):
            continue
        before, behind = change.line_around(at)
        if _ENDS.match(behind[1:]):
            if behind[1:].strip() and not before.strip():
                return "the bracket would stand alone before a comment"
            continue
        if mark == "{" and not before.strip() and change.after.language not in _NO_BLOCKS:
            return "the brace belongs to the end of the line above"
        alone = _CLOSES_ALONE.match(change.line_around(closer)[0])
        if alone and before.strip() and behind.rstrip()[-1] not in OPENERS:
            return "the bracket may open at the end of a line"
    return ""


def opens_beside_two(change: Change) -> str:
    """A bracket that opens beside a word found nowhere else that two others make up: it may have stood between."""
    openers = list(_openers(change))
    known = Counter(_WORD.findall(change.after.text)) if openers else Counter[str]()
    for at, _ in openers:
        word = _WORD.match(change.after.text, at + 1)
        if word is None or known[word[0]] > 1:
            continue
        if any(word[0][:n] in known and word[0][n:] in known for n in range(1, len(word[0]))):
            return "the bracket may open within the word"
    return ""


def opens_nothing(change: Change) -> str:
    """An opening bracket right before its partner, where neither a call nor an empty list is likely.

    Rather was the partner hit by accident, or what it closes opens further to the left.
    """
    for at, mark in _openers(change):
        before, behind = change.line_around(at)
        if behind[1:2] != BRACKETS[mark]:
            continue
        last = before.rstrip()[-1:]
        nobody_calls = last in ("]", ")", '"', "'") or _NUMBER.search(before)
        if nobody_calls if mark == "(" else last in ("{", "}", ";"):
            return "a pair of brackets would hold nothing"
    return ""


def doubles_pair(change: Change) -> str:
    """A bracket right around another pair, of Python a brace: one stands there once too often."""
    text, language = change.after.text, change.after.language
    pairs = {"python": "{}", "shellscript": ""}.get(language, "()")
    for at, mark in _or_before(change, (*_closers(change), *_openers(change))):
        start, end = sorted((at, change.partners.get(at, at)))
        alike = text[start + 1 : start + 2] == text[start]
        if mark in pairs and alike and change.partners.get(start + 1) == end - 1:
            return "a bracket beside it may stand there once too often"
    return ""


def halves_pair(change: Change) -> str:
    """In a shell one of the two brackets of `$((` or `))` taken out: they are one sign."""
    if change.before.language != "shellscript":
        return ""
    text = change.before.text
    for taken, put in change.pieces:
        mark = taken.slice(text)
        left = put.start - 1  # of a row the last one goes
        if mark in ("(", ")") and not put.length and change.after.text[left:][:1] == mark:
            opener = left if mark == "(" else change.partners.get(left, 0)
            if change.after.text[max(0, opener - 1) : opener] == "$":
                return "two brackets are one sign of a shell, half of which may be lost elsewhere"
    return ""


PLACED: tuple[Rule, ...] = (
    closes_early, closes_blindly, closes_elsewhere, closes_nothing, pairs_with_nothing, leaves_comma, opens_late,
    opens_elsewhere, opens_beside_two, opens_nothing, doubles_pair, halves_pair,
)  # fmt: skip
"""For a text that does not parse."""


def _groups_less(change: Change, at: int, behind: str) -> bool:
    """Whether a bracket of no call holds a single word before an operator, or conditions before a comparison."""
    opener = change.partners.get(at)
    if opener is None or opener > at or _CALLED.search(change.line_around(opener)[0]):
        return False
    inside = change.after.text[opener + 1 : at]
    if _WORD.fullmatch(inside):
        return _OPERATOR.match(behind) is not None
    return bool(_CONDITIONS.search(inside) and _COMPARES.match(behind))


def _closers(change: Change) -> Iterator[tuple[int, str]]:
    """Offset and sign of each closing bracket that is put in, with nothing but separators beside."""
    return _put_alone(change, CLOSERS)


def _openers(change: Change) -> Iterator[tuple[int, str]]:
    """The same of opening ones."""
    return _put_alone(change, OPENERS)


def _put_alone(change: Change, marks: str) -> Iterator[tuple[int, str]]:
    for taken, put in change.pieces:
        piece = put.slice(change.after.text)
        if taken.length or piece.strip(" \t\r\n;," + marks):
            continue
        yield from ((put.start + at, mark) for at, mark in enumerate(piece) if mark in marks)


def _or_before(change: Change, found: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """These brackets, and the same ones right before each: any of such a row may be the one that was put in."""
    for at, mark in found:
        yield at, mark
        while change.after.text[at - 1 : at] == mark:
            at -= 1
            yield at, mark


def _line(change: Change, at: int) -> int:
    return change.table.position(at).line


def _indent(change: Change, at: int) -> int:
    """Columns before the first character of the line of a place."""
    line = "".join(change.line_around(at))
    return len(line) - len(line.lstrip())


def _hangs(change: Change, opener: int) -> bool:
    """Whether an opening bracket is the last of its line."""
    return bool(_ENDS.match(change.line_around(opener)[1][1:]))


def _close_alone(change: Change, mark: str, at: int) -> bool:
    """Whether brackets of a kind that end a line are closed in lines of their own, the one at `at` apart."""
    alone = [
        not change.line_around(end)[0].strip(" \t)]}")
        for start, end in change.partners.items()
        if start < end != at and change.after.text[end] == mark
        if _line(change, start) < _line(change, end) and _hangs(change, start)
    ]
    if not alone:
        return mark == "}" and change.after.language not in _NO_BLOCKS
    return sum(alone) >= USUAL * len(alone)
