"""What no fix of YAML may do: a line that is no key is a text, so nearly every change parses by accident."""

from __future__ import annotations

import re

from editdiff.edits.fix.change import Change, Rule
from editdiff.text.lines import LINE_ENDING

_YAML_TEXT = re.compile(
    r"(?P<lead>[ \t]*(?:- +)*)(?P<key>(?:[^\r\n:]|:(?=\S))*:[ \t]+)?[^\s#|>&!:-](?:[^\r\n:]|:(?=\S))*(?<![,\[{])"
)
"""A line of YAML that ends in a text, to which none of the lines below belongs; behind a key, or without one."""
_COLON, _DOUBLED = re.compile(r":(?!\S)"), re.compile(r":[ \t]*:")
_ITEM = re.compile(r"[ \t]*-[ \t]+[^:\n]*")
_BELOW = re.compile(r"(?:[ \t]*[\r\n])*([ \t]*[^\s][^\r\n]*)")
"""The next line that is not blank."""


def continues_text(change: Change) -> str:
    """A changed line of YAML, or the one above, whose text would go on in the line below."""
    if change.after.language != "yaml":
        return ""
    text, table = change.after.text, change.table
    first, last = (table.position(at).line for at in (change.new.start, change.new.end))
    for line in range(max(0, first - 1), last + 1):
        content = table.content(line)
        head = _YAML_TEXT.fullmatch(text, content.start, content.end)
        below = _BELOW.match(text, table.full(line).end)
        inside = any(literal.start < content.end <= literal.end for literal in change.literals)
        if not head or not below or inside or change.enclosing(content.end) is not None:
            continue
        least = head.end("lead") - content.start + (head["key"] is not None)
        if _depth(below[1]) >= least and not _in_block(text[: content.end]):
            return "the line below would become a part of its text"
    return ""


def _in_block(text: str) -> bool:
    """Whether the last line of a text of YAML stands in a block that is taken as it is, by `|` or `>`."""
    rows = [row for row in LINE_ENDING.split(text) if row.strip()]
    above = (row for row in reversed(rows) if _depth(row) < _depth(rows[-1]))
    head = next(above, "")
    return re.search(r"(?:^|[:-][ \t]+)[|>][-+0-9]*[ \t]*(?:#.*)?$", head) is not None


def leaves_head(change: Change) -> str:
    """A line of YAML indented less, where it stood below a text that may be its key without the colon."""
    old, new = (LINE_ENDING.split(text) for text in change.with_line_above)
    if change.after.language != "yaml" or len(old) != len(new):
        return ""
    for number in range(1, len(old)):
        above = _YAML_TEXT.fullmatch(old[number - 1])
        is_below = (
            above is not None
            and above["key"] is None
            and _depth(old[number]) > _depth(old[number - 1])
        )
        moved = old[number].strip() == new[number].strip() and _depth(new[number]) < _depth(
            old[number]
        )
        if is_below and moved:
            return "the line above may lack its colon"
    return ""


def guesses_depth(change: Change) -> str:
    """A line of YAML indented by a tab that would stand less deep than the line above, or say something else."""
    old, new = (LINE_ENDING.split(text) for text in change.with_line_above)
    if change.after.language != "yaml" or len(old) != len(new):
        return ""
    for number in range(1, len(old)):
        was, now = old[number], new[number]
        if "\t" not in was[: _depth(was)] or "\t" in now[: _depth(now)]:
            continue
        if was.strip() != now.strip() or _depth(now) < _depth(new[number - 1]):
            return "how deep the line is to stand cannot be told"
    return ""


def joins_items(change: Change) -> str:
    """An item of a list of YAML, moved so that the one below stands deeper: that becomes a part of its text."""
    old, new = (LINE_ENDING.split(text) for text in (change.old_text, change.new_text))
    if change.after.language != "yaml" or len(old) != len(new):
        return ""
    below = _BELOW.match(change.after.text, change.new.end)
    for was, now, behind in zip(old, new, [*new[1:], below[1] if below else ""], strict=True):
        moved = was != now and was.strip() == now.strip() and _ITEM.fullmatch(now)
        if moved and _ITEM.match(behind) and _depth(behind) > _depth(now):
            return "the item below would become a part of its text"
    return ""


def loses_colon(change: Change) -> str:
    """A colon of YAML that ends a key no longer, though it stood there once: a text with it needs quotes."""
    if change.after.language != "yaml" or _DOUBLED.search(change.old_text):
        return ""
    old, new = (len(_COLON.findall(text)) for text in (change.old_text, change.new_text))
    return "a colon would be lost" if new < old else ""


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


KEYS: tuple[Rule, ...] = (continues_text, leaves_head, guesses_depth, joins_items, loses_colon)
"""For a text that does not parse."""
