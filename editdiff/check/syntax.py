"""Syntax by tree-sitter: a document's ERROR and MISSING nodes.

The grammars forgive much (Python's takes `print x` and some broken indentation): a clean tree
means that the text has the language's shape, not that a compiler takes it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from editdiff.check.base import Problem
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Language, Node

GRAMMARS = {"python": "tree_sitter_python"}
"""Language identifier to the module of its single-grammar wheel."""


class SyntaxChecker:
    """One checker for all languages that have a grammar."""

    name = "syntax"

    def supports(self, language: str) -> bool:
        """Whether there is a grammar."""
        return language in GRAMMARS

    def check(self, document: Document) -> list[Problem]:
        """ERROR and MISSING nodes in the order of the text; none for a language without grammar.

        Raises:
            MissingDependencyError: when tree-sitter or the grammar is not installed.
        """
        if not self.supports(document.language):
            return []
        language = _grammar(GRAMMARS[document.language])
        from tree_sitter import Parser

        data = document.text.encode("utf-8")
        tree = Parser(language).parse(data)
        return [self._problem(node, data) for node in _bad_nodes(tree.root_node)]

    def _problem(self, node: Node, data: bytes) -> Problem:
        span = Span(_code_points(data, node.start_byte), _code_points(data, node.end_byte))
        message = f"missing {node.type}" if node.is_missing else "syntax error"
        return Problem(span, message, self.name)


@cache
def _grammar(module: str) -> Language:
    try:
        from tree_sitter import Language

        return Language(importlib.import_module(module).language())
    except ImportError as error:
        raise MissingDependencyError(
            f"the syntax check needs {error.name}",
            f"pip install tree-sitter {module.replace('_', '-')}",
        ) from error


def _bad_nodes(root: Node) -> Iterator[Node]:
    """ERROR and MISSING nodes, outer before inner, left to right."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            yield node
        if node.has_error:  # also true of a node with something bad below it
            stack.extend(reversed(node.children))


def _code_points(data: bytes, offset: int) -> int:
    """Code points before a byte offset of UTF-8 text."""
    return len(data[:offset].decode("utf-8", "ignore"))
