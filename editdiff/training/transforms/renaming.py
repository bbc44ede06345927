"""Other names for variables of functions."""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.training.transforms.expressions import is_name
from editdiff.training.transforms.source import Site, Source


@cache
def word_lists() -> Mapping[str, tuple[str, ...]]:
    """`poor`: names that say nothing, for texts before a rename to the author's name; `common`: frequent ones."""
    text = files("editdiff.training.transforms").joinpath("names.toml").read_text("utf-8")
    return {key: tuple(found) for key, found in tomllib.loads(text).items()}


FIXED = frozenset(["self", "cls", "mcs", "_", "__class__"])
HIDDEN_USES = ("locals", "vars", "eval", "exec", "dir")
ROLES = (cst.ImportAlias, cst.NameItem, cst.FunctionDef, cst.ClassDef, cst.MatchKeywordElement)


def poor_names(source: Source) -> Iterator[Site]:
    """A function's variable gets a name that says nothing; the way back gives the author's name.

    Exact: every use in the function and the scopes inside it is replaced, Python's symbol table says that no
    scope inside binds the name itself, and the new name occurs nowhere in the file. Functions that call
    `locals`, `vars`, `eval` or `exec` are left alone. Parameters are renamed only where the function is not
    decorated and no call in the file gives them by keyword; callers in other files are not seen.
    """
    for _, name, uses in _variables(source):
        if len(name) > 2 and name not in word_lists()["poor"]:
            yield from _renamed(source, uses, name, poor=True)


def common_names(source: Source) -> Iterator[Site]:
    """A function's variable gets another common name; exact as for `poor_names`.

    Left out where comments or strings of the function speak of the variable: they would no longer be right.
    """
    for function, name, uses in _variables(source):
        words = re.findall(rf"\b{re.escape(name)}\b", source.code(function))
        if len(words) == len(source.names(function, name)):
            yield from _renamed(source, uses, name, poor=False)


def _renamed(source: Source, uses: list[cst.Name], name: str, poor: bool) -> Iterator[Site]:
    choices = word_lists()["poor" if poor else "common"]
    free = [c for c in choices if c not in source.all_names and not keyword.iskeyword(c)]
    if free:
        new = source.random.choice(free)
        words = {"old": new, "new": name} if poor else {"old": name, "new": new}
        yield Site(tuple(TextEdit(source.span(use), new) for use in uses), words)


def _variables(source: Source) -> Iterator[tuple[cst.FunctionDef, str, list[cst.Name]]]:
    """Functions with names that can be replaced all over their function, with all places, at least two."""
    keywords = {a.keyword.value for a in source.of(cst.Arg) if a.keyword}
    for function in source.of(cst.FunctionDef):
        table = source.scope(function)
        if table is None or any(is_name(n) for h in HIDDEN_USES for n in source.names(function, h)):
            continue
        for symbol in table.get_symbols():
            name = symbol.get_name()
            fixed = name in FIXED or name.startswith("__")
            if symbol.is_parameter() and (function.decorators or name in keywords):
                fixed = True
            uses = [] if fixed or not source.own(function, name) else source.uses(function, name)
            if len(uses) > 1 and all(_replaceable(source, function, use) for use in uses):
                yield function, name, uses


def _replaceable(source: Source, function: cst.FunctionDef, use: cst.Name) -> bool:
    """Whether a use is a variable in the function's body, or one of its parameters."""
    above = source.parent(use)
    if isinstance(above, ROLES) or (
        isinstance(above, cst.AsName) and isinstance(source.parent(above), cst.ImportAlias)
    ):
        return False
    chain = [use, *source.above(use)]
    below = chain[chain.index(function) - 1]
    if below is function.params:
        return isinstance(above, cst.Param) and above.name is use and chain[2] is below
    return below is function.body
