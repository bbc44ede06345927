"""Whole parts of a text, by lines: definitions and statements of a syntax tree, sections and paragraphs of prose.

Lines are counted from 0. A part has what stands above it without a blank line between: comments, attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from editdiff.check.enclosing import COMMENTS, STRINGS

if TYPE_CHECKING:
    from tree_sitter import Node

_HOLDS = re.compile(
    r"class|impl_item|interface|trait|namespace|mod_item|internal_module|module_declaration|linkage|declaration_list"
)
"""Types of nodes whose parts stand apart from each other."""
_OWN = re.compile(
    f"{_HOLDS.pattern}|function|method|closure|lambda|constructor_declaration|section|rule_set"
)
"""The same, and of those whose parts are not asked together with what stands beside them."""
_BODIES = frozenset(("block", "declaration_list", "enum_body", "field_declaration_list"))
"""Types of the nodes in which these have their parts, where the name does not tell."""
_LEADS = re.compile(r"comment|attribute_item|decorator\Z|marker_annotation")
_STANDS = re.compile(
    r"block|body|list\Z|module\Z|program|source_file|translation_unit|compound_statement|document|stream|stylesheet"
    r"|object|array|arguments|element|mapping|sequence|\A(?:table|set|dictionary|tuple)\Z"
)
"""Types of nodes whose parts stand side by side; those of others are a beginning, a body, and an end."""
_DEPTH = 3
"""How many nodes around a class may be no more than that: an export, a decorator, a namespace."""
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}(?:\s|\Z)")
_BARE = re.compile(r"[\s\])};,]*(?://.*|/\*.*|#.*)?\Z")
"""A line that closes what was opened, and says no more than that."""


class Part(NamedTuple):
    """Some whole lines."""

    first: int
    end: int
    """The line after the last one."""
    group: int
    """Parts of one group stand side by side, and may be joined."""
    opens: bool = False
    """Whether it is no more than the beginning of the one behind it: a decorator, `def f():`, a bracket."""

    @property
    def lines(self) -> int:
        """How many."""
        return self.end - self.first


def by_tree(
    root: Node, lines: Sequence[str], first: int, end: int, size: int, most: int
) -> list[Part]:
    """The parts of the lines from `first` to `end`: at most `size` lines of what holds others, `most` of any."""
    parts = _parts(root, 0, first, end, size, most)
    told = (part for part in parts if not _closes(lines[part.first : part.end]) or part.opens)
    made = joined(told, size, most)
    return [part for part in made if part.lines > 1 or not lines[part.first].rstrip().endswith("{")]


def _closes(lines: Sequence[str]) -> bool:
    """Whether some lines are no more than the brackets behind others."""
    return lines[0].lstrip()[:1] in ("]", ")", "}", "") and all(map(_BARE.match, lines))


def _parts(node: Node, group: int, first: int, end: int, size: int, most: int) -> Iterator[Part]:
    """The parts of a node; a stack, for it may be nested deeply."""
    stack: list[tuple[Node, int] | Part] = [(node, group)]
    while stack:
        item = stack.pop()
        if isinstance(item, Part):
            yield item
            continue
        inner, number = item
        found: list[tuple[Node, int] | Part] = []
        blocks = _blocks(inner)
        for at, block in enumerate(blocks):
            here, behind = max(block.first, first), min(block.end, end)
            if here >= behind:
                continue
            whole = (here, behind) == (block.first, block.end)
            part = Part(here, behind, number, _opens(inner, blocks, at))
            enough = part.lines <= (size if _holds(block.largest) else most)
            if (whole and enough) or not _can_be_cut(block.largest):
                found.append(part)
                continue
            found += _around(block, here, behind, number)
        stack += reversed(found)


def _opens(node: Node, blocks: Sequence[_Block], at: int) -> bool:
    """Whether one of the blocks of a node is no more than what stands before its body, or before all in that."""
    if not _STANDS.search(node.type):
        return any(_rows(block.largest) > _rows(blocks[at].largest) for block in blocks[at + 1 :])
    return at == 0 and len(blocks) > 1 and node.children[0].type in ("{", "[", "(")


class _Block(NamedTuple):
    """Nodes that share lines."""

    first: int
    end: int
    largest: Node


def _around(block: _Block, first: int, end: int, group: int) -> Iterator[tuple[Node, int] | Part]:
    """A block that is cut: the lines above its largest node, that node's own, the lines below it."""
    node = block.largest
    inside = node.id if _OWN.search(node.type) else group
    top, bottom = max(first, node.start_point.row), min(end, _last(node) + 1)
    if first < top:
        yield Part(first, top, inside, opens=True)
    yield node, inside
    if bottom < end:
        yield Part(bottom, end, inside)


def _blocks(node: Node) -> list[_Block]:
    """The children of a node, those together that share a line, with what leads them."""
    blocks: list[_Block] = []
    leading: int | None = None
    for child in node.children:
        row, last = child.start_point.row, _last(child)
        if blocks and row < blocks[-1].end:  # a comment on its line is behind it, and leads nothing
            before = blocks[-1]
            larger = max(before.largest, child, key=_rows)
            blocks[-1] = _Block(before.first, max(before.end, last + 1), larger)
            leading = None
            continue
        if leading is not None and row == leading:
            blocks[-1] = _Block(blocks[-1].first, last + 1, child)
        else:
            blocks.append(_Block(row, last + 1, child))
        leading = blocks[-1].end if _LEADS.search(child.type) else None
    return blocks


def _last(node: Node) -> int:
    """The last row in which a node has anything."""
    row, column = node.end_point
    return row - 1 if not column and row > node.start_point.row else row


def _rows(node: Node) -> int:
    return _last(node) - node.start_point.row


def _can_be_cut(node: Node) -> bool:
    """Whether a node has parts on lines of their own."""
    while node.children and node.type not in STRINGS | COMMENTS:
        if len(_blocks(node)) > 1:
            return True
        node = max(node.children, key=_rows)
    return False


def _holds(node: Node) -> bool:
    """Whether a node holds parts that stand apart, as a class does."""
    for _ in range(_DEPTH):
        around = node.parent.type if node.parent and node.type in _BODIES else ""
        if _HOLDS.search(node.type) or _HOLDS.search(around):
            return True
        if not node.children:
            return False
        node = max(node.children, key=_rows)
    return False


def by_blank_lines(lines: Sequence[str], first: int, end: int, *, headings: bool) -> list[Part]:
    """Paragraphs, those of a section in one group; what is fenced is one, and so is what is indented below it."""
    parts, group, fence = list[Part](), 0, ""
    begun: int | None = None
    for number in range(first, end):
        line = lines[number]
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark[1].startswith(fence) and not line.strip(" `~")
            fence = "" if closes else fence
            continue
        if not line.strip():
            if begun is not None and not _goes_on(lines, number, end):
                parts.append(Part(begun, number, group))
                begun = None
            continue
        if headings and _HEADING.match(line):
            if begun is not None:
                parts.append(Part(begun, number, group))
            group, begun = group + 1, number
        fence = mark[1] if mark else ""
        begun = number if begun is None else begun
    if begun is not None:
        parts.append(Part(begun, end, group))
    return parts


def _goes_on(lines: Sequence[str], number: int, end: int) -> bool:
    """Whether what stands behind a blank line is indented, and so belongs to what stands before it."""
    rest = (lines[n] for n in range(number, end) if lines[n].strip())
    return next(rest, "").startswith((" ", "\t"))


def joined(parts: Iterable[Part], size: int, most: int) -> list[Part]:
    """Parts of a group that stand side by side as one, as long as that has no more than `size` lines.

    One that opens the next is one with that as long as both have no more than `most`.
    """
    made = list[Part]()
    for part in parts:
        before = made[-1] if made else None
        lines = part.end - before.first if before else 0
        beside = before is not None and before.group == part.group and lines <= size
        if before and (beside or (before.opens and lines <= most)):
            made[-1] = Part(before.first, part.end, part.group, part.opens)
        else:
            made.append(part)
    return made
