"""What no fix of syntax may do with a mark: where two marks would mend a text as well, none is guessed at.

A draft that changes one character parses by accident more often than any other. These are the accidents.
"""

from __future__ import annotations

import re

from editdiff.edits.fix.change import Change, Rule
from editdiff.text.imports import SCRIPTS
from editdiff.text.keywords import keywords
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

QUOTES = "\"'`"
EMPTY = ("''", '""', "``")
CLOSERS = ")]}"
BRACKETS = "([{" + CLOSERS
OPERATORS = "+-*/%<>&|^~"
VALUES = {
    "False", "None", "True", "_", "case", "false", "match", "null", "super", "this", "true", "type", "void",
}  # fmt: skip
"""Keywords that stand for a value, or may be a name."""
_FIRST_WORD = re.compile(r"[ \t]*([^\W\d][\w.]*)")
_DECLARING = re.compile(r"[ \t]*(?:export[ \t]+)?(?:const|import|let|var)\b")
_HEAD = re.compile(r"\b(?:if|switch|until|while)[ \t]*$")
"""Before the bracket of a condition."""
_DECLARES = re.compile(r"[ \t]*(?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$]+[ \t]*$")
_NAMED = re.compile(r"[ \t]*(?:import[ \t]+[\w.]+[ \t]*$|(?:async[ \t]+)?with\b|except\b)")
"""What gets a name by `as`."""
_RENAMED = re.compile(r"[ \t]*[\w.]+[ \t]+as[ \t]+\w+[ \t]*,?[ \t]*(?:#.*)?$")
_NAME_ENDS = re.compile(r"[ \t]*\w+[ \t]*(?:[:#]|$)")
_ANNOTATED = re.compile(r"[ \t]*\w+[ \t]*:[ \t]*[^\s#]")
_BLOCK = re.compile(r"(?:\)|=>|\b(?:do|else|finally|try))\s*\{$")
"""A brace behind which statements stand."""
_PREFIX = re.compile(r"(?<!\w)(?:[bfrtu]|[bft]r|r[bft])$", re.IGNORECASE)
"""What a string of Python may begin with."""
_UNFINISHED = re.compile(r"[=(,+]\s*$")
"""What a value is to follow."""
_LABEL = re.compile(r"(\w+)$")


def removes_lone_mark(change: Change) -> str:
    """A bracket or quotation mark taken out that stands there once: rather is its partner missing."""
    text = change.before.text
    for taken, put in change.pieces:
        mark, instead = taken.slice(text).strip(), put.slice(change.after.text).strip()
        beside = text[taken.start - 1 : taken.start], text[taken.end : taken.end + 1]
        bracket = len(mark) == 1 and mark in BRACKETS and not set(BRACKETS).intersection(instead)
        quote = bool(set(QUOTES).intersection(mark)) and not set(QUOTES).intersection(instead)
        if (bracket or quote) and mark not in beside:
            return "a mark would be taken out whose partner may be missing"
        if mark == ";" and instead and instead in BRACKETS:
            return "the end of a statement would be taken out"
    return ""


def leaves_point(change: Change) -> str:
    """A comma behind the point in which a number ends, or a point that takes in the line below."""
    text = change.after.text
    for taken, put in change.pieces:
        mark, (before, behind) = put.slice(text), change.line_around(put.end)
        if mark == "," and not taken.length and re.search(r"\d\.,$", before):
            return "the comma may be what the point stands for"
        if mark == "." and not behind.strip():
            return "the line below would become a part of it"
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
        before, behind = change.line_around(put.start)
        if not old and (before + behind).strip(" \t;") in EMPTY:
            return "a statement would be made of an empty text"
        if not old and behind[1:2] == "(":
            return "a string would be called"
        if not before.strip() and _UNFINISHED.search(behind[1:].partition(new)[0]):
            return "code would become a string"
        if not old and change.after.language != "yaml" and _splits_word(before, behind, new):
            return "the mark that stands there may be an apostrophe"
        rarer = old == other and old_text.count(old) > old_text.count(new)
        if rarer or (not old and other in beside):
            return "the other quotation mark may be the wrong one"
    return ""


def _splits_word(before: str, behind: str, mark: str) -> bool:
    """Whether a quotation mark and the same one beside it, between two letters, end a string and begin another."""
    left, right = before.removesuffix(mark), behind.lstrip(mark)
    return (
        len(before + behind) - len(left + right) == 2
        and left[-1:].isalnum()
        and right[:1].isalnum()
    )


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
        if mark.strip() == ";" and change.after.text[put.end :].lstrip()[:1] == "{":
            return "a head would be parted from its body"
        if not taken.slice(change.before.text).strip() and _breaks(change, put):
            return "a statement would be split in two"
        word = _LABEL.search(before)
        if not taken.length and mark in (":", ",") and word and word[1] in spelling:
            return "a keyword would become a label, or an item of a list"
    return ""


def lists_values(change: Change) -> str:
    """A comma where no list is likely: something else was left out, as `=`, `as` or an operator.

    So it is in an expression of Python or of a script that would be a statement of its own, in a condition, behind
    the first name that a script declares, and before the name that something imported or opened gets.
    """
    python, script = change.after.language == "python", change.after.language in SCRIPTS
    for taken, put in change.pieces:
        if taken.length or put.slice(change.after.text) != ",":
            continue
        before, behind = change.line_around(put.start)
        opener = change.enclosing(put.start)
        named = python and _NAMED.match(before) and _NAME_ENDS.match(behind, 1)
        first = _FIRST_WORD.match(before)
        plain = (
            python and first and first[1] not in keywords("python") and "=" not in before + behind
        )
        if (
            named
            or (plain and opener is None)
            or (script and _DECLARES.match(before))
            or (script and not _DECLARING.match(before) and _is_block(change, opener))
            or (opener is not None and _HEAD.search(change.after.text[:opener]))
            or (
                python and opener is not None and any(map(_RENAMED.match, _near(change, put.start)))
            )
        ):
            return "what is missing there may be something else than a comma"
    return ""


def operates_idly(change: Change) -> str:
    """An operator put into a statement of a script whose value nobody takes: rather was it an equals sign."""
    language = change.after.language
    for taken, put in change.pieces:
        mark = put.slice(change.after.text).strip()
        if language not in SCRIPTS or taken.length or not mark or set(mark) - set(OPERATORS):
            continue
        before, behind = change.line_around(put.start)
        first = _FIRST_WORD.match(before)
        taken_by_none = first and first[1] not in keywords(language) and "=" not in before
        if taken_by_none and behind[1:].strip() and _is_block(change, change.enclosing(put.start)):
            return "what is missing there may be an equals sign"
    return ""


def annotates(change: Change) -> str:
    """A colon that makes an annotation of Python or a label of a script: rather was it an equals sign.

    An annotation without a value stands beside others.
    """
    for taken, put in change.pieces:
        if taken.length or put.slice(change.after.text) != ":":
            continue
        before, behind = change.line_around(put.start)
        if not _FIRST_WORD.fullmatch(before.rstrip()) or not behind[1:].strip():
            declares = _DECLARES.match(before) and "=" not in behind
            if declares and change.after.language in SCRIPTS:
                return "what is missing there may be an equals sign"
            continue
        opener = change.enclosing(put.start)
        if change.after.language == "python":
            alike = any(map(_ANNOTATED.match, _near(change, put.start)))
            doubtful = opener is None and not alike
        else:
            doubtful = change.after.language in SCRIPTS and _is_block(change, opener)
        if doubtful:
            return "what is missing there may be an equals sign"
    return ""


def splits_prefix(change: Change) -> str:
    """A mark put between the letters before a string of Python and its quotation mark."""
    if change.after.language != "python":
        return ""
    for taken, put in change.pieces:
        before, behind = change.line_around(put.start)[0], change.line_around(put.end)[1]
        if put.length and not taken.length and _PREFIX.search(before) and behind[:1] in ("'", '"'):
            return "a name would be made of what belongs to a string"
    return ""


def formats_name(change: Change) -> str:
    """A colon put before a name in a string of Python, where an operator may be missing: `f"{a b}"`."""
    if change.after.language != "python":
        return ""
    for taken, put in change.pieces:
        if taken.length or put.slice(change.after.text) != ":":
            continue
        inside = any(x.start < put.start < x.end and not x.comment for x in change.literals)
        if inside and re.match(r"\s*[^\W\d]", change.line_around(put.end)[1]):
            return "what is missing there may be an operator"
    return ""


def alters_operator(change: Change) -> str:
    """Another operator, one of two that stand together taken out, one of two signs, or a negation that is gone.

    One that stands there twice may go.
    """
    for taken, put in change.pieces:
        old, new = taken.slice(change.before.text).strip(), put.slice(change.after.text).strip()
        other = len(old) == len(new) == 1 and old in OPERATORS + "=" and new in OPERATORS
        text = change.before.text
        beside = text[max(0, taken.start - 1) : taken.start], text[taken.end : taken.end + 1]
        between = any(mark in OPERATORS for mark in beside if mark)
        halved = len(old) == 1 and old in OPERATORS and not new and between
        whole = len(old) > 1 and not new and set(old) <= {*OPERATORS, "="}
        twice = text[: taken.start].rstrip().endswith(old) or text[taken.end :].lstrip().startswith(
            old
        )
        if (
            other
            or halved
            or (whole and not twice)
            or ("!" in old and "!" not in new and "not" not in new)
        ):
            return "an operator would be altered"
    return ""


def indents_sign(change: Change) -> str:
    """White space put before a sign that begins its line: rather was it left over from a patch."""
    if change.after.language in ("yaml", "markdown"):
        return ""
    old, new = (LINE_ENDING.split(text) for text in (change.old_text, change.new_text))
    left = (was for was, now in zip(old, new, strict=False) if was != now and was == now.lstrip())
    return (
        "the sign may be left over from a patch"
        if any(was[:1] in ("-", "+") for was in left)
        else ""
    )


def ends_item(change: Change) -> str:
    """A string or bracket that ends with its line, where the items of a list above and below have a comma."""
    if change.after.language in ("shellscript", "yaml"):
        return ""
    for taken, put in change.pieces:
        mark = put.slice(change.after.text)
        above, below = _near(change, put.start)
        if (
            not taken.length
            and mark and mark in QUOTES + CLOSERS
            and not change.line_around(put.end)[1].strip()
            and above.rstrip().endswith(",")
            and below.strip()
            and below.strip()[0] not in CLOSERS
        ):  # fmt: skip
            return "the line may be cut off: the items around it end in a comma"
    return ""


def _near(change: Change, at: int) -> tuple[str, str]:
    """The lines above and below a place of the text after; empty where there is none."""
    table, line = change.table, change.table.position(at).line
    above, below = (
        table.content(n).slice(change.after.text) if 0 <= n < len(table) else ""
        for n in (line - 1, line + 1)
    )
    return above, below


def _is_block(change: Change, opener: int | None) -> bool:
    """Whether statements of a script stand behind a bracket, or outside of all of them."""
    text = change.after.text
    return opener is None or bool(_BLOCK.search(text[max(0, opener - 20) : opener + 1]))


def _breaks(change: Change, put: Span) -> bool:
    """Whether nothing but a line break is put in where it ends a statement: before a bracket, or in a script."""
    mark = put.slice(change.after.text)
    between = bool(change.line_around(put.start)[0].strip())
    rest = change.line_around(put.end)[1].lstrip()
    ends = rest[:1] in tuple("([{") or change.after.language in SCRIPTS
    return bool(LINE_ENDING.search(mark)) and not mark.strip() and between and bool(rest) and ends


MARKS: tuple[Rule, ...] = (
    removes_lone_mark, quotes_otherwise, leaves_point, splits_statement, lists_values,
    operates_idly, annotates, splits_prefix, formats_name, alters_operator, indents_sign, ends_item,
)  # fmt: skip
"""For a text that does not parse."""
