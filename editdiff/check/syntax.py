"""Syntax by tree-sitter: a document's ERROR and MISSING nodes.

The grammars forgive much (Python's takes `print x` and some broken indentation): a clean tree
means that the text has the language's shape, not that a compiler takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from editdiff.check.base import Problem
from editdiff.check.grammars import GRAMMARS, load, too_deep
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes that go on with a character of UTF-8 and begin none."""


NAME = "identifier"
"""Type of the node of a name, in every grammar with reserved words of ours."""


class SyntaxChecker:
    """One checker for all languages that have a grammar."""

    name = "syntax"

    def supports(self, language: str) -> bool:
        """Whether there is a grammar, and it can be loaded; it is loaded to know that."""
        try:
            return language in GRAMMARS and bool(load(GRAMMARS[language]))
        except MissingDependencyError:
            return False

    def check(self, document: Document) -> list[Problem]:
        """ERROR and MISSING nodes in the order of the text; none for a language without grammar.

        Raises:
            MissingDependencyError: when tree-sitter or the language's grammar is not installed: a
                caller that did not ask `supports` shall not take silence for a clean text.
        """
        grammar = GRAMMARS.get(document.language)
        if grammar is None:
            return []
        language = load(grammar)
        if too_deep(grammar, document.text):
            whole = Span(0, len(document.text))
            return [Problem(whole, "nested too deeply to be checked", self.name)]
        from tree_sitter import Parser

        data = document.text.encode("utf-8")
        root = Parser(language).parse(data).root_node
        bad = [*_bad_nodes(root, grammar.faults), *_reserved(root, data, grammar.reserved)]
        places = code_points(data, [at for node in bad for at in (node.start_byte, node.end_byte)])
        return sorted(
            (self._problem(node, places) for node in bad), key=lambda found: found.span.start
        )

    def _problem(self, node: Node, places: dict[int, int]) -> Problem:
        span = Span(places[node.start_byte], places[node.end_byte])
        message = "syntax error"
        if node.is_missing:
            message = f"missing {node.type}"
        elif node.type == NAME:
            message = "a reserved word as a name"
        elif not node.is_error:
            message = node.type.replace("_", " ")
        return Problem(span, message, self.name)


def _bad_nodes(root: Node, faults: tuple[str, ...] = ()) -> Iterator[Node]:
    """ERROR and MISSING nodes and `faults`, outer before inner, left to right."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing or node.type in faults:
            yield node
        if faults or node.has_error:  # also true of a node with something bad below it
            stack.extend(reversed(node.children))


def _reserved(root: Node, data: bytes, words: frozenset[str]) -> Iterator[Node]:
    """Names that are reserved words."""
    for found in _any_of(words).finditer(data) if words else ():
        start, end = found.span()
        node = root.descendant_for_byte_range(start, end)
        if (
            node is not None
            and node.type == NAME
            and (node.start_byte, node.end_byte) == (start, end)
        ):
            yield node


@cache
def _any_of(words: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w$])(?:" + "|".join(sorted(words)).encode() + rb")(?![\w$])")


def code_points(data: bytes, offsets: Iterable[int]) -> dict[int, int]:
    """Code points before each byte offset of UTF-8 text: one pass, as a broken file has thousands."""
    places, done, count = {}, 0, 0
    for offset in sorted(set(offsets)):
        count += len(data[done:offset].translate(None, _CONTINUATION))
        places[offset], done = count, offset
    return places
