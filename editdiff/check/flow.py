"""Statements that can never run: they stand in a block behind a `return`, a `raise` or the like.

Nobody writes such a line on purpose, and a model that fills a gap does: it goes on behind the end of a function, or
ends one in the middle of its block. The text parses all the same, so no other guard sees it. Read off the tree of
tree-sitter; nothing is known of values (`while True`), so what is found is certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from editdiff.check.base import Problem
from editdiff.check.grammars import parser_of
from editdiff.check.syntax import code_points
from editdiff.text.document import Document
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True)
class _Flow:
    """Types of nodes of a grammar."""

    blocks: frozenset[str]
    """What holds statements that run one after the other."""
    leaving: frozenset[str]
    """Statements behind which none of their block runs."""
    silent: frozenset[str]
    """What does nothing there, or holds before it is reached, as a script's `var`; a `break` there is a habit."""
    targets: frozenset[str] = frozenset()
    """What is jumped to: it runs, and what stands behind it."""


_C = _Flow(
    frozenset(("compound_statement", "case_statement")),
    frozenset(("return_statement", "break_statement", "continue_statement", "goto_statement")),
    frozenset(("comment", "break_statement")),
    frozenset(
        (
            "labeled_statement", "case_statement", "attributed_statement", "preproc_def",
            "preproc_call", "preproc_function_def", "preproc_if", "preproc_ifdef", "preproc_include",
        )
    ),
)  # fmt: skip
_SCRIPT = _Flow(
    frozenset(("statement_block", "switch_case", "switch_default")),
    frozenset(("return_statement", "throw_statement", "break_statement", "continue_statement")),
    frozenset(
        (
            "comment", "empty_statement", "function_declaration", "generator_function_declaration",
            "interface_declaration", "type_alias_declaration", "break_statement", "variable_declaration",
        )
    ),
)  # fmt: skip
FLOWS = {
    "python": _Flow(
        frozenset(("block",)),
        frozenset(("return_statement", "raise_statement", "break_statement", "continue_statement")),
        frozenset(("comment",)),
    ),
    "java": _Flow(
        frozenset(("block", "switch_block_statement_group")),
        frozenset(
            (
                "return_statement", "throw_statement", "break_statement", "continue_statement",
                "yield_statement",
            )
        ),
        frozenset(("line_comment", "block_comment", "class_declaration", "break_statement")),
    ),
    "go": _Flow(
        frozenset(("block", "statement_list", "expression_case", "default_case")),
        frozenset(("return_statement", "break_statement", "continue_statement", "goto_statement")),
        frozenset(("comment", "empty_statement", "break_statement")),
        frozenset(("labeled_statement",)),
    ),
    "c": _C,
    "cpp": _C,
    **dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), _SCRIPT),
}  # fmt: skip
"""Language to what its grammar calls them."""


class FlowChecker:
    """Finds the first statement of each block that can never run."""

    name = "flow"

    def supports(self, language: str) -> bool:
        """Whether the statements of a language are known."""
        return language in FLOWS

    def check(self, document: Document) -> list[Problem]:
        """What can never run, in the order of the text; nothing in a text that cannot be read."""
        flow, parser = FLOWS.get(document.language), parser_of(document.language, document.text)
        if flow is None or parser is None:
            return []
        data = document.text.encode("utf-8")
        found = list(_never_run(parser.parse(data).root_node, flow))
        ends = [at for _, node in found for at in (node.start_byte, node.end_byte)]
        places = code_points(data, ends)
        return [
            Problem(
                Span(places[node.start_byte], places[node.end_byte]),
                f"this never runs, for `{leaving}` stands before it",
                self.name,
            )
            for leaving, node in found
        ]


def _never_run(root: Node, flow: _Flow) -> Iterator[tuple[str, Node]]:
    """The word that leaves a block, and the first statement behind it; of a broken block nothing."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in flow.blocks and not node.has_error:
            left = ""
            for child in node.named_children:
                if child.type in flow.targets:
                    left = ""
                elif left and child.type not in flow.silent and not _does_nothing(child):
                    yield left, child
                    break
                elif child.type in flow.leaving:
                    left = left or child.children[0].type
        stack.extend(reversed(node.children))


def _does_nothing(node: Node) -> bool:
    """Whether a statement is empty, or only makes its function a generator, as Python's `yield` does unreached."""
    return node.type == "expression_statement" and node.children[0].type in (";", "yield")
