"""Names that a place of a Python text can read, told by tree-sitter: nothing of the text is run or compiled."""

from __future__ import annotations

import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from editdiff.check.grammars import GRAMMARS, load
from editdiff.text.document import Document
from editdiff.text.span import Span
from editdiff.text.spelling import one_slip_apart

if TYPE_CHECKING:
    from tree_sitter import Node

SHORT, PLAIN = 3, 4
"""Letters of the shortest name that may be meant; from `PLAIN` on a name is seldom a slip apart from another."""
BUILTINS = frozenset(dir(builtins))
_SCOPES = (
    "module", "function_definition", "class_definition", "lambda", "list_comprehension", "set_comprehension",
    "dictionary_comprehension", "generator_expression",
)  # fmt: skip
_WORD = re.compile(r"[^\W\d]\w*")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""A word of which names are put together: `read`, `Line` and `HTML` of `readLine_HTML`."""
_CALL = re.compile(r"[ \t]*\(")
_IMPORTS = (r"\bimport\b[^\n]*\b{}\b", r"\bimport[ \t]*\([^)]*\b{}\b")
_CALLS = (r"\b{}[ \t]*\(", r"\b(?:class|def)\b[^\n]*\b{}\b")
"""Where a name is imported, and where it is called or defined to be: patterns with a place for the name."""
_BINDS = {
    "assignment": "left",
    "augmented_assignment": "left",
    "for_statement": "left",
    "for_in_clause": "left",
    "named_expression": "name",
    "function_definition": "name",
    "class_definition": "name",
    "aliased_import": "alias",
    "type_alias_statement": "left",
}
"""Type of a node to its field with the names that it binds."""


class Scopes:
    """The scopes of one document.

    Raises:
        MissingDependencyError: when tree-sitter or Python's grammar is not installed.
    """

    def __init__(self, document: Document) -> None:
        from tree_sitter import Parser

        self._text = document.text
        self._words = Counter(_WORD.findall(document.text))
        self._pieces = Counter(piece.lower() for piece in _PIECE.findall(document.text))
        self._root = Parser(load(GRAMMARS["python"])).parse(document.text.encode()).root_node
        self._known: dict[int, frozenset[str]] = {}

    def names(self, at: int) -> frozenset[str]:
        """Names that may be read at a code-point offset: of the scopes around it, of the module, Python's own."""
        place = len(self._text[:at].encode())
        node = self._root.descendant_for_byte_range(place, place)
        names, in_function = BUILTINS, False
        while node is not None:
            # a class's own names are not seen from its methods
            if node.type in _SCOPES and not (in_function and node.type == "class_definition"):
                names |= self._of(node)
            in_function = in_function or node.type in ("function_definition", "lambda")
            node = node.parent
        return names

    def meant(self, name: Span) -> tuple[str, ...]:
        """Names that may have been meant by one that nothing defines: in scope, and one slip of a letter away.

        A name that stands there twice is no slip, nor is one that stands for a module nobody has imported. A
        number, an underscore, a capital letter or a plural more or less tells names apart. A short name is meant
        only if it is the text's own, the only one, and stands there again. What is called is called elsewhere, too.
        Where the definition may be what is misspelt, nothing is meant.
        """
        word = name.slice(self._text)
        if word in sys.stdlib_module_names or self._words[word] > 1:
            return ()
        called = _CALL.match(self._text, name.end) is not None
        near = [
            other
            for other in sorted(self.names(name.start), key=lambda other: -self._words[other])
            if one_slip_apart(word, other)
            and _bare(word) != _bare(other)
            and (not called or self._is_called(other))
            and self._is_spelled_as_well(other, word)
        ]
        plain = tuple(other for other in near if min(len(word), len(other)) >= PLAIN)
        short = tuple(
            other
            for other in near
            if len(other) == SHORT <= len(word) and other not in BUILTINS and self._words[other] > 1
        )
        return plain or short[: len(short) == 1]

    def _is_spelled_as_well(self, name: str, word: str) -> bool:
        """Whether it is hardly the name that is misspelt, where it is bound, and the word that is right.

        Python's own are right. What tells others from the word stands in the text as often as the word's does, or
        more often, where they are imported: a definition that is misspelt holds with one more use of it, an import
        fails.
        """
        if name in BUILTINS or name in sys.stdlib_module_names:
            return True
        if name.startswith("__") and name.endswith("__"):  # others than Python's are known by heart
            return False
        pairs = zip(_PIECE.findall(name), _PIECE.findall(word), strict=False)
        one, other = next((pair for pair in pairs if pair[0] != pair[1]), (name, word))
        more = self._pieces[one.lower()] - self._pieces[other.lower()]
        return more > 0 or (more == 0 and not self._is_imported(name))

    def _is_imported(self, name: str) -> bool:
        return _matches(self._text, name, _IMPORTS)

    def _is_called(self, name: str) -> bool:
        """Whether a name is one of Python's own, is called, or is defined or imported in the text."""
        return name in BUILTINS or _matches(self._text, name, (*_CALLS, *_IMPORTS))

    def _of(self, scope: Node) -> frozenset[str]:
        if scope.id not in self._known:
            self._known[scope.id] = frozenset(map(_text, _bound(scope)))
        return self._known[scope.id]


def _matches(text: str, name: str, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern.format(name), text) for pattern in patterns)


def _bound(scope: Node) -> Iterator[Node]:
    """Identifiers that a scope binds, those of the scopes inside it left out."""
    stack = list(scope.children)
    while stack:
        node = stack.pop()
        if node.type in ("parameters", "lambda_parameters"):
            yield from _parameters(node)
            continue
        if node.type in ("import_statement", "import_from_statement"):
            yield from _imported(node)
            continue
        if node.type in ("as_pattern_target", "case_pattern", "global_statement"):
            yield from _identifiers(node)
        # `[T]` of `def f[T]()` binds, that of `x: list[T]` reads
        if node.type == "type_parameter" and node.parent and node.parent.type != "generic_type":
            yield from _identifiers(node)
        field = _BINDS.get(node.type)
        target = node.child_by_field_name(field) if field else None
        if target is not None:
            yield from _identifiers(target)
        if node.type not in _SCOPES:
            stack += node.children


def _parameters(node: Node) -> Iterator[Node]:
    """Names of parameters, and none of their types and defaults."""
    for child in node.named_children:
        name = child.child_by_field_name("name")
        plain = child.type in ("identifier", "list_splat_pattern", "dictionary_splat_pattern")
        if name is not None:
            yield from _identifiers(name)
        elif plain:
            yield from _identifiers(child)
        elif child.type == "typed_parameter":
            yield from _identifiers(child.named_children[0])


def _imported(node: Node) -> Iterator[Node]:
    """Names that an import binds: `a` of `import a.b`, `c` of `from a import b as c`."""
    for child in node.children_by_field_name("name"):
        alias = child.child_by_field_name("alias")
        yield from _identifiers(alias if alias is not None else child.named_children[0])


def _identifiers(node: Node) -> Iterator[Node]:
    """Identifiers at a node and below it, but for attributes and indices, which bind nothing."""
    stack = [node]
    while stack:
        here = stack.pop()
        if here.type == "identifier":
            yield here
        elif here.type not in ("attribute", "subscript"):
            stack += reversed(here.named_children)


def _text(node: Node) -> str:
    return node.text.decode() if node.text else ""


def _bare(name: str) -> str:
    """A name without what tells it from others that are spelled the same."""
    return re.sub(r"[\d_]", "", name).lower().removesuffix("s")
