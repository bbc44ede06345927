"""What no fix may do, however likely its draft is. Every proposal of `fix` passes through these rules.

A rule is told a change and gives the reason against it, or an empty text. The text before the change need not
parse, so strings, comments, words and lines are told by their signs alone; where these leave a doubt, a right fix
is lost rather than a wrong one made. A new rule is a function, and its name in the lists at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from editdiff.edits.fix.brackets import PLACED
from editdiff.edits.fix.change import Change, Rule
from editdiff.edits.fix.keys import KEYS
from editdiff.edits.fix.marks import MARKS, QUOTES
from editdiff.edits.fix.slips import level
from editdiff.text.document import Document
from editdiff.text.keywords import keywords
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.literals import Literal, literals
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.text.spelling import one_slip_apart
from editdiff.text.suppress import ignored_lines

_SIGNS = QUOTES + "/*#"
"""Characters that open or close strings and comments."""
LONG_KEYWORD = 5
"""Letters of a keyword that is hardly the beginning of a name."""
_WORD = re.compile(r"[^\W\d]\w*")
_REMARK = re.compile(r"[ \t]*(?:#|//)[ \t]*(?=\S)")
_NUMBER = re.compile(r"(?<!\w)\.?\d(?:(?<=[eEpP])[+-]|[\w.])*")
_HEADS = {
    "python": re.compile(r"[:(\[{][ \t]*(?:#.*)?$"),
    "yaml": re.compile(r"^[ \t]*- |:[ \t]*(?:#.*)?$"),
}
"""Language to a line that has others below it, indented deeper."""
_BELOW = re.compile(r"(?:[ \t]*[\r\n])*([ \t]*[^\s][^\r\n]*)")
"""The next line that is not blank."""
_INDENT = re.compile(r"[ \t]*")
_STATEMENT = re.compile(
    r"^[ \t]*(?:(?:async )?def \w+\(.*:|class \w+.*:|return\b(?: [\w.(\[{]|$)|@\w+)", re.MULTILINE
)
"""Lines of Python that hardly stand in a string; prose and the examples of docstrings begin otherwise."""
_ENDED = re.compile(r"[;{}][ \t]*$", re.MULTILINE)
"""The same of the languages with braces."""
_HOLDS_CODE = {"python": re.compile(r"[fFtT][rR]?[\"']$"), "shellscript": re.compile('"$')}
"""Language to the beginning of a string with expressions in it, in braces or brackets."""


def broken(before: Document, after: Document, rules: Sequence[Rule]) -> str:
    """The reason of the first rule that a change breaks; empty where it breaks none."""
    change = Change(before, after)
    return next(filter(None, (rule(change) for rule in rules)), "")


def makes_comment(change: Change) -> str:
    """A comment made of code: one may begin only where one began before, if with the mark of another language."""
    if _same_remark(change.old_text, change.new_text):
        return ""
    old = _comment_starts(change.old_text, change.before.language)
    new = _comment_starts(change.new_text, change.after.language)
    starts = {start + change.old.start for start in old}
    made = [start for start in new if change.came_from(start + change.new.start) not in starts]
    return "code would become a comment" if made else ""


def swallows_lines(change: Change) -> str:
    """A string or comment that takes in statements of other lines: they would be done no more."""
    if not set(_SIGNS).intersection(change.changed):
        return ""
    why = "the text of other lines would end in a string"
    language, text = change.after.language, change.after.text
    if language in (
        "shellscript",
        "yaml",
    ):  # a string there goes on over lines without a sign of it
        return why if _left_open(change.new_text, language) else ""
    statement = _STATEMENT if language == "python" else _ENDED
    for literal in change.literals:
        if literal.start > change.new.end or literal.end < change.new.start:
            continue
        inside = unix(literal.span.slice(text))
        if statement.search(inside) or (inside.startswith("/*") and "/*" in inside[2:]):
            return why  # the next comment, too
    return ""


def reorders_lines(change: Change) -> str:
    """Two lines that change places."""
    old, new = (_filled(text) for text in (change.old_text, change.new_text))
    places = [old.index(line) for line in new if old.count(line) == new.count(line) == 1]
    return "lines would change places" if places != sorted(places) else ""


def mixes_indentation(change: Change) -> str:
    """Tabs in a line, or a text, that is indented by spaces, and the other way round."""
    known, fresh = (
        {_indent(line) for line in LINE_ENDING.split(text)} - {""}
        for text in (change.old_text, change.new_text)
    )
    if not fresh - known:
        return ""
    near = _indentation_near(change)
    mixed = any(set(indent) != {near or indent[0]} for indent in fresh - known)
    return "tabs and spaces would be mixed" if mixed else ""


def leaves_lines_below(change: Change) -> str:
    """A line of Python or YAML that no longer stands above the lines below it, which were indented deeper."""
    for line, child, old_step, step in _heads_moved(change):
        # the items of a list may stand right below its key
        least = 0 if child.startswith("- ") and line.endswith(":") else 1
        if old_step > 0 and step < least:
            return "the lines below would no longer belong to it"
    return ""


def steps_unusually(change: Change) -> str:
    """A key of YAML below which the lines would be indented by another step than is usual in the text."""
    if change.after.language != "yaml":
        return ""
    for line, child, _, step in _heads_moved(change):
        usual = len(level(unix(change.before.text)))
        if line.endswith(":") and not child.startswith("- ") and step != usual:
            return "the lines below would be indented by another step than others"
    return ""


def touches_ignored(change: Change) -> str:
    """A line that is marked to be left as it is."""
    ignored = ignored_lines(change.before.text, change.before.language)
    if not ignored:
        return ""
    table = LineTable(change.before.text)
    first, last = (table.position(at).line for at in (change.old.start, change.old.end))
    touched = ignored.intersection(range(first, last + 1))
    return "a line is marked `editdiff: ignore`" if touched else ""


def alters_literal(change: Change) -> str:
    """Another number, or other characters in a string or comment; its quotation marks may be mended."""
    why = "a literal would be altered"
    numbers = [
        [number.rstrip(".") for number in _NUMBER.findall(text)] for text in change.with_line_above
    ]
    if not _kept(*numbers, exact=True):
        return why
    inside = (
        _changed_inside(change, literal, taken, put)
        for taken, put in change.pieces
        for literal in change.literals
        if literal.start <= put.end and put.start <= literal.end
    )
    return why if any(inside) else ""


def loses_name(change: Change) -> str:
    """A name, a keyword or any other word that is gone or another one.

    It may be split or joined, a keyword may be spelled right, and of words that stand there twice one may go.
    """
    language = change.before.language
    old, new = (_words(text, language) for text in change.with_line_above)
    if _kept(old, new, spelling=keywords(language)):
        return ""
    return "a name or a branch would be lost or renamed"


def invents_word(change: Change) -> str:
    """A word that is no keyword and does not come of splitting or joining those that stood there.

    A name is split only where one of its parts is known: what `lenx)` lacks is told by the `x` of other lines. Two
    are joined to what is known.
    """
    language = change.before.language
    spelling = keywords(language) - {"pass"}
    outside = change.before.text[: change.old.start] + change.before.text[change.old.end :]
    old, new = (_words(text, language) for text in change.with_line_above)
    for _, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[i1:i2], new[j1:j2]
        if "".join(gone) != "".join(come):
            if not spelling.issuperset(come):
                return "a word would be invented"
            continue
        known = {*spelling, *_WORD.findall(outside)}
        if len(come) > len(gone) and not known.intersection(come):
            return "a name would be split that nothing else tells to be two"
        if len(come) < len(gone) and not known.issuperset(come):
            return "two words would be joined to one that stands nowhere else"
    return ""


def leaves_misspelt(change: Change) -> str:
    """A word found nowhere else that is a slip away from a keyword: that is what is wrong with the line."""
    language = change.before.language
    spelling = {word for word in keywords(language) if len(word) >= LONG_KEYWORD}
    for word in set(_words(change.new_text, language)) - keywords(language):
        near = word.islower() and any(
            one_slip_apart(word, right) and word != right + "s" for right in spelling
        )
        if near and len(re.findall(rf"\b{re.escape(word)}\b", change.after.text)) == 1:
            return "a keyword would stay misspelt"
    return ""


def invents_placeholder(change: Change) -> str:
    """`...` in the place of a body that is missing, or an empty list in the place of a value."""
    more = change.new_text.count("...") > change.old_text.count("...")
    put = (put.slice(change.after.text).strip() for _, put in change.pieces)
    empty = any(text in ("[]", "{}") for text in put)
    return "a body or a value would be invented" if more or empty else ""


FOR_LINTER: tuple[Rule, ...] = (makes_comment, swallows_lines, mixes_indentation, touches_ignored)
"""For a text that a linter itself offers, which may sort lines and take a name out."""
FOR_LINES: tuple[Rule, ...] = (*FOR_LINTER, leaves_lines_below, steps_unusually, *KEYS)
"""For whole lines of which one is gone, or indented otherwise."""
FOR_OTHERS: tuple[Rule, ...] = (*FOR_LINTER, reorders_lines)
"""For a problem of what the text says, as an equation that does not hold."""
FOR_SYNTAX: tuple[Rule, ...] = (
    *FOR_OTHERS, leaves_lines_below, steps_unusually, *KEYS, alters_literal, loses_name, invents_word,
    leaves_misspelt, invents_placeholder, *MARKS, *PLACED,
)  # fmt: skip
"""For a text that does not parse: what it says is not in question."""


def _same_remark(old: str, new: str) -> bool:
    """Whether a line is the same remark, in the mark of another language."""
    was, now = _REMARK.match(old), _REMARK.match(new)
    if was is None or now is None:
        return False
    return "\n" not in old and old[was.end() :] == new[now.end() :]


def _heads_moved(change: Change) -> Iterator[tuple[str, str, int, int]]:
    """Lines that are only indented otherwise, with the one below, and the steps between them before and after.

    A step is by how many columns the lower one is indented deeper; both are told without white space around.
    """
    head = _HEADS.get(change.after.language)
    below = _BELOW.match(change.before.text, change.old.end)
    rest = [below[1]] if below else []
    old = [*LINE_ENDING.split(change.old_text), *rest]
    new = [*LINE_ENDING.split(change.new_text), *rest]
    if head is None or len(old) != len(new):
        return
    for number, line in enumerate(new):
        moved = old[number] != line and old[number].strip() == line.strip()
        child = next((n for n in range(number + 1, len(new)) if new[n].strip()), None)
        if moved and child and head.search(line):
            was, now = (
                len(_indent(rows[child])) - len(_indent(rows[number])) for rows in (old, new)
            )
            yield line.strip(), new[child].strip(), was, now


def _comment_starts(lines: str, language: str) -> set[int]:
    """Where comments begin, each line read by itself: what stands above may leave a string open."""
    table = LineTable(lines)
    contents = [table.content(number) for number in range(len(table))]
    return {
        content.start + literal.start
        for content in contents
        for literal in literals(content.slice(lines), language)
        if literal.comment
    }


def _left_open(lines: str, language: str) -> bool:
    """Whether a quotation mark is left when all strings and comments of the lines are gone."""
    for line in LINE_ENDING.split(lines):
        bare, done = "", 0
        for literal in literals(line, language):
            bare += line[done : literal.start]
            done = literal.end
        if re.search(r"(?<!\\)[\"']", bare + line[done:]):
            return True
    return False


def _filled(lines: str) -> list[str]:
    """Lines that are not blank, without the white space around them."""
    return [line.strip() for line in LINE_ENDING.split(lines) if line.strip()]


def _indent(line: str) -> str:
    match = _INDENT.match(line)
    return match[0] if match and line.strip() else ""


def _indentation_near(change: Change) -> str:
    """The character by which the nearest indented line above the change is indented, else the nearest below."""
    text = change.before.text
    above = reversed(LINE_ENDING.split(text[: change.old.start]))
    below = LINE_ENDING.split(text[change.old.end :])
    return next((indent[0] for line in (*above, *below) if (indent := _indent(line))), "")


def _changed_inside(change: Change, literal: Literal, taken: Span, put: Span) -> bool:
    """Whether a piece of a change alters what a literal of the text after says."""
    if _is_code(change, literal, put.start):
        return False
    text = change.after.text
    came = text[max(put.start, literal.start) : max(literal.start, min(put.end, literal.end))]
    gone = ""
    if literal.start < put.start and put.end < literal.end + literal.comment:
        gone = taken.slice(change.before.text)
    if literal.comment:
        return bool(came + gone)
    if came.strip(QUOTES) or gone.strip(QUOTES):
        return True
    # one of two marks may go where the string begins or ends, one in its middle belongs to it
    return bool(gone) and literal.start + 1 < put.start and put.end < literal.end - 1


def _is_code(change: Change, literal: Literal, at: int) -> bool:
    """Whether a place in a string belongs to an expression of it, as in `f"{x}"`, `"$(x)"` and `${x}`."""
    text, language = change.after.text, change.after.language
    if text[literal.start] != "`":
        before = text[max(0, literal.start - 2) : literal.start]
        if (
            literal.comment
            or language not in _HOLDS_CODE
            or not _HOLDS_CODE[language].search(before + text[literal.start])
        ):
            return False
    inside = text[literal.start : at]
    depth = sum(map(inside.count, "{(")) - sum(map(inside.count, "})"))
    return depth > 0 or text[at : at + 1] in tuple("{}()[]")


def _words(text: str, language: str) -> list[str]:
    """Words in their order; `else if` is what Python writes as `elif`."""
    words = _WORD.findall(text)
    if language != "python":
        return words
    return [part for word in words for part in (("else", "if") if word == "elif" else (word,))]


def _kept(
    old: Sequence[str],
    new: Sequence[str],
    *,
    exact: bool = False,
    spelling: frozenset[str] = frozenset(),
) -> bool:
    """Whether pieces of a text are all still there, in their order; `exact`: and no others.

    Of neighbours that are the same one may go. One of `spelling` may stand for a piece that is a slip away.
    """
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, length = list(old[i1:i2]), i2 - i1
        if tag == "delete" and gone not in (
            list(old[max(0, i1 - length) : i1]),
            list(old[i2 : i2 + length]),
        ):
            return False
        if tag == "insert" and exact:
            return False
        if tag == "replace" and (exact or not _respelled(gone, new[j1:j2], spelling)):
            return False
    return True


def _respelled(gone: Sequence[str], come: Sequence[str], spelling: frozenset[str]) -> bool:
    """Whether words are the same letters, split otherwise, or each a slip away from a keyword.

    No keyword is split.
    """
    if "".join(gone) == "".join(come):
        return spelling.isdisjoint(gone)
    waiting: Iterator[str] = iter(come)
    return all(
        any(word in spelling and one_slip_apart(lost, word) for word in waiting) for lost in gone
    )
