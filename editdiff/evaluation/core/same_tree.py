"""Whether two texts of a language with a grammar are the same program or data: equal trees, whatever their layout.

The trees are those of tree-sitter's grammars. All but the white space between their leaves counts, comments too.
YAML is read by PyYAML, which takes more of it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from editdiff.check.grammars import GRAMMARS, load, too_deep

if TYPE_CHECKING:
    from tree_sitter import Node

_WHOLE = re.compile(r"string|text|scalar|regex|heredoc|comment|word")
"""Part of the type of a node whose white space counts."""

_SAYS = ("value", "tag", "anchor", "implicit")
"""What an event of YAML says; an implicit tag tells a plain scalar from one in quotation marks."""


class Leaf(NamedTuple):
    """A node: its type, how many others it holds, and what it says beside these."""

    type: str
    children: int
    says: bytes


def leaves(text: str, language: str) -> tuple[Leaf, ...] | None:
    """The nodes of a text's tree, outer before inner; None where there is no tree, or one with faults.

    Raises:
        MissingDependencyError: when the language's grammar is not installed.
    """
    grammar = GRAMMARS.get(language)
    if grammar is None or too_deep(grammar, text):
        return None
    from tree_sitter import Parser

    data = text.encode("utf-8")
    root = Parser(load(grammar)).parse(data).root_node
    return None if root.has_error else tuple(_walk(root, data))


def events(text: str) -> tuple[tuple[object, ...], ...] | None:
    """What a YAML text says, whatever its layout; None where PyYAML takes no such text, or is not installed."""
    try:
        yaml: Any = importlib.import_module("yaml")
        return tuple(
            (type(event).__name__, *(getattr(event, name, None) for name in _SAYS))
            for event in yaml.parse(text, Loader=yaml.SafeLoader)
        )
    except (ImportError, RecursionError, ValueError):
        return None
    except yaml.YAMLError:
        return None


def _walk(root: Node, data: bytes) -> Iterator[Leaf]:
    stack = [root]
    while stack:
        node = stack.pop()
        if not node.child_count or _WHOLE.search(node.type):
            yield Leaf(node.type, 0, data[node.start_byte : node.end_byte])
            continue
        between, done = b"", node.start_byte
        for child in node.children:
            between += data[done : child.start_byte].strip()
            done = child.end_byte
        yield Leaf(node.type, node.child_count, between)
        stack.extend(reversed(node.children))
