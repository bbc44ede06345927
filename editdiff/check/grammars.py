"""The grammars that the syntax check knows, one wheel each, loaded when first asked for.

Markdown has none here on purpose: every text is Markdown, so there is nothing to find, and the
errors that its grammar reports (an unclosed fence in a quotation) are its own. The grammars of
HTML and the like leave what is embedded, as scripts, unparsed. Some lag behind their language and
report right text (CSS's `(width > 1px)`, a command after a shell's `<<E;`).
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from editdiff.errors import MissingDependencyError

if TYPE_CHECKING:
    from tree_sitter import Language, Parser


@dataclass(frozen=True)
class Grammar:
    """Where a grammar is found, and what must be known about it."""

    module: str
    """Top-level module of its wheel."""
    function: str = "language"
    """Function of the module that returns the grammar."""
    faults: tuple[str, ...] = ()
    """Types of nodes that stand for an error, though tree-sitter does not count them as such."""
    reserved: frozenset[str] = frozenset()
    """Words that are never names, though the grammar takes them for such: `return return;`."""
    deepest: int | None = None
    """Most levels of indentation that its scanner survives; None if it minds itself."""


STATEMENTS = frozenset(
    ("break", "case", "continue", "do", "else", "for", "if", "return", "switch", "while")
)
"""Reserved in C and in the languages that took its statements over."""

GRAMMARS = {
    "c": Grammar("tree_sitter_c", reserved=STATEMENTS),
    "cpp": Grammar("tree_sitter_cpp", reserved=STATEMENTS),
    "css": Grammar("tree_sitter_css"),
    "go": Grammar("tree_sitter_go"),
    "html": Grammar("tree_sitter_html", faults=("erroneous_end_tag",)),
    "java": Grammar("tree_sitter_java", reserved=STATEMENTS),
    "javascript": Grammar("tree_sitter_javascript", reserved=STATEMENTS),
    "javascriptreact": Grammar("tree_sitter_javascript", reserved=STATEMENTS),
    "json": Grammar("tree_sitter_json"),
    "jsonc": Grammar("tree_sitter_json"),
    "python": Grammar("tree_sitter_python"),
    "rust": Grammar("tree_sitter_rust"),
    "shellscript": Grammar("tree_sitter_bash"),
    "toml": Grammar("tree_sitter_toml"),
    "typescript": Grammar("tree_sitter_typescript", "language_typescript", reserved=STATEMENTS),
    "typescriptreact": Grammar("tree_sitter_typescript", "language_tsx", reserved=STATEMENTS),
    # 0.7.2 writes past its buffer and kills the process at 254 entries, two for a column at most:
    # tree-sitter-grammars/tree-sitter-yaml#48
    "yaml": Grammar("tree_sitter_yaml", deepest=120),
}
"""Language identifier to its grammar."""

_INDENT = re.compile(r"[ \t]*")
_COMPACT = re.compile(r"(?<![^ \t])[-?:](?![^ \t])")


@cache
def load(grammar: Grammar) -> Language:
    """Import a grammar, and tree-sitter with it.

    Raises:
        MissingDependencyError: when one is not installed, or they do not fit each other.
    """
    package = grammar.module.replace("_", "-")
    try:
        from tree_sitter import Language

        return Language(getattr(importlib.import_module(grammar.module), grammar.function)())
    except ImportError as error:
        raise MissingDependencyError(
            f"the syntax check needs {error.name}", f"pip install tree-sitter {package}"
        ) from error
    except (AttributeError, ValueError) as error:  # another layout; another version of the format
        raise MissingDependencyError(
            f"the installed {package} and tree-sitter do not fit: {error}",
            f"pip install --upgrade tree-sitter {package}",
        ) from error


def too_deep(grammar: Grammar, text: str) -> bool:
    """Whether `text` may have more levels than the grammar's scanner survives.

    A level begins at a column of its own: in a line's indentation, or at one of the indicators
    in the line (`- - x` is two levels).
    """
    if grammar.deepest is None:
        return False
    return any(_levels(line) > grammar.deepest for line in re.split(r"[\r\n]", text))


def parser_of(language: str, text: str) -> Parser | None:
    """What parses a text; None where there is no grammar, it is not installed, or the text is nested too deep."""
    grammar = GRAMMARS.get(language)
    if grammar is None or too_deep(grammar, text):
        return None
    try:
        loaded = load(grammar)
    except MissingDependencyError:
        return None
    from tree_sitter import Parser

    return Parser(loaded)


def _levels(line: str) -> int:
    indent = _INDENT.match(line)
    return (indent.end() if indent else 0) + sum(1 for _ in _COMPACT.finditer(line))
