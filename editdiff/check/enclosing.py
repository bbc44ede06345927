"""The string or comment around a place of a text, told by the grammar of its language.

What is put into a string by the program, as in `f"{x}"`, is code. The grammars leave some of a text unparsed, as
the body of a macro: there the signs of strings and comments tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from editdiff.check.grammars import parser_of
from editdiff.check.syntax import code_points
from editdiff.text.literals import Literal, literals
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

STRINGS = frozenset(
    (
        "ansi_c_string", "block_scalar", "char_literal", "character_literal", "double_quote_scalar", "heredoc_body",
        "interpreted_string_literal", "plain_scalar", "quoted_attribute_value", "raw_string", "raw_string_literal",
        "rune_literal", "single_quote_scalar", "string", "string_literal", "string_value", "template_string",
    )
)  # fmt: skip
"""Types of nodes, as of the tables below."""
COMMENTS = frozenset(("block_comment", "comment", "html_comment", "js_comment", "line_comment"))
CODE_IN_STRINGS = frozenset(
    (
        "arithmetic_expansion", "command_substitution", "expansion", "interpolation", "process_substitution",
        "string_interpolation", "template_substitution",
    )
)  # fmt: skip
UNPARSED = frozenset(("preproc_arg",))
UNOPENED = frozenset(("heredoc_body",))
"""Nodes that begin with their text, and have no sign that opens them."""

_ANY_BUT_LINE_ENDINGS = re.compile(r"[^\r\n]")


def enclosing(text: str, language: str, places: Sequence[Span]) -> list[Literal | None] | None:
    """The innermost string or comment in which each of the places begins; None where no grammar can tell.

    The places, in the order of the text, hold what need be no code, such as `???`: the text is read with a name in
    each, unless it is a string or a comment of its own.
    """
    parser = parser_of(language, text)
    if parser is None:
        return None
    text = _named(text, language, places)
    data = _bytes(text)
    root = parser.parse(data).root_node
    found = [_around(root, at) for at in _byte_offsets(text, [place.start for place in places])]
    ends = [at for node in found if node for at in (node.start_byte, node.end_byte)]
    offsets = code_points(data, ends)
    return [
        node and _literal(node, offsets, text, language, place.start)
        for node, place in zip(found, places, strict=True)
    ]


def _named(text: str, language: str, places: Sequence[Span]) -> str:
    """The text with a name of the same length in each place that is no string or comment of its own."""
    parts, end = [], 0
    for place in places:
        if place.start < end:
            continue
        marker = place.slice(text)
        own = any(literal.start == 0 for literal in literals(marker, language))
        name = marker if own else _ANY_BUT_LINE_ENDINGS.sub("_", marker)
        parts += [text[end : place.start], name]
        end = place.end
    return "".join([*parts, text[end:]])


def _bytes(text: str) -> bytes:
    """UTF-8; an editor's text may hold half a character for a moment."""
    return text.encode("utf-8", "surrogatepass")


def _byte_offsets(text: str, places: Sequence[int]) -> list[int]:
    """Bytes of UTF-8 before each of some places, which are in order."""
    offsets, done, count = [], 0, 0
    for place in places:
        count += len(_bytes(text[done:place]))
        done = place
        offsets.append(count)
    return offsets


def _around(root: Node, at: int) -> Node | None:
    """The innermost string, comment or unparsed text that holds the byte at an offset."""
    node = root.descendant_for_byte_range(at, at + 1)
    while node is not None and node.type not in CODE_IN_STRINGS:
        if node.type in STRINGS | COMMENTS | UNPARSED:
            return node
        node = node.parent
    return None


def _literal(
    node: Node, offsets: dict[int, int], text: str, language: str, at: int
) -> Literal | None:
    """A node as a literal; of unparsed text the one in it that holds a place."""
    span = Span(offsets[node.start_byte], offsets[node.end_byte])
    if node.type in UNPARSED:
        inner = (literal.shift(span.start) for literal in literals(span.slice(text), language))
        return next((literal for literal in inner if literal.start <= at < literal.end), None)
    content = span.slice(text).rstrip()
    one_line = node.type in COMMENTS and not re.search(r"[\r\n]", content)
    start = span.start - (node.type in UNOPENED)
    return Literal(start, span.start + len(content), one_line)
