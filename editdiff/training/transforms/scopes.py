"""Which scope a name belongs to: Python's own symbol tables, of the standard library's `symtable`."""

from __future__ import annotations

import symtable
import warnings
from collections.abc import Iterator
from functools import cached_property


class Scopes:
    """The symbol tables of a file.

    Raises:
        SyntaxError: when the file does not compile.
        ValueError: when it holds null characters.
    """

    def __init__(self, text: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of somebody else's escape sequences
            self._top = symtable.symtable(text, "file", "exec")

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that any scope of the file binds."""
        tables = (self._top, *_below(self._top))
        return frozenset(s.get_name() for t in tables for s in t.get_symbols() if _is_bound(s))

    @cached_property
    def _functions(self) -> dict[tuple[str, int], symtable.SymbolTable]:
        tables = (t for t in _below(self._top) if t.get_type() == "function")
        return {(t.get_name(), t.get_lineno()): t for t in tables}

    def function(self, name: str, row: int) -> symtable.SymbolTable | None:
        """The table of the function whose name stands in this line, from 0."""
        return self._functions.get((name, row + 1))


def is_own(table: symtable.SymbolTable, name: str) -> bool:
    """Whether a name is a variable of this scope."""
    return name in table.get_identifiers() and table.lookup(name).is_local()


def is_only_own(table: symtable.SymbolTable, name: str) -> bool:
    """Whether a name is a variable of this scope, and no scope inside has one of the same name."""
    inside = (t for t in _below(table) if name in t.get_identifiers())
    return is_own(table, name) and all(t.lookup(name).is_free() for t in inside)


def is_read_inside(table: symtable.SymbolTable, name: str) -> bool:
    """Whether a scope inside this one takes this name from around it, or declares it global."""
    return any(name in t.get_identifiers() and not is_own(t, name) for t in _below(table))


def is_unused(table: symtable.SymbolTable, name: str) -> bool:
    """Whether this scope could have a variable of this name without changing what any scope inside it means."""
    return name not in table.get_identifiers() and not is_read_inside(table, name)


def _below(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _below(child)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported()
