"""Calls and literals: names of arguments, `dict(...)` and `{...}`, `list(...)` and `[...]`."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    builtin_call,
    is_binding,
    is_name,
    mentions,
    one_line,
    replaced,
)
from editdiff.training.transforms.source import Site, Source


def name_arguments(source: Source) -> Iterator[Site]:
    """`f(1, 2)` becomes `f(a=1, b=2)`.

    Exact where f is a function at the top of the file, not decorated, whose name nothing else binds, and none of
    the arguments is unpacked or positional only.
    """
    for call, params in _known_calls(source):
        given = [arg for arg in call.args if arg.keyword is None]
        if 0 < len(given) <= len(params) and (len(given) > 1 or not is_name(given[0].value)):
            names = dict(zip(given, params, strict=False))
            starts = {arg: source.outer(arg.value).start for arg in given}
            edits = [TextEdit(Span(starts[a], starts[a]), f"{name}=") for a, name in names.items()]
            if not any(isinstance(a.value, cst.GeneratorExp | cst.NamedExpr) for a in given):
                yield Site(tuple(edits), {"function": source.code(call.func)})


def unname_arguments(source: Source) -> Iterator[Site]:
    """`f(a=1, b=2)` becomes `f(1, 2)`: arguments in the parameters' order; exact as `name_arguments`."""
    for call, params in _known_calls(source):
        given = [arg for arg in call.args if arg.keyword is not None]
        first = len(call.args) - len(given)
        order = [arg.keyword.value for arg in given if arg.keyword is not None]
        if given and order == params[first : len(call.args)]:
            edits = [
                TextEdit(Span(source.span(arg).start, source.outer(arg.value).start), "")
                for arg in given
            ]
            yield Site(tuple(edits), {"function": source.code(call.func)})


def _known_calls(source: Source) -> Iterator[tuple[cst.Call, list[str]]]:
    """Calls of the file's own functions, and the names of the parameters that may be given either way."""
    known = {}
    for function in source.of(cst.FunctionDef):
        plain = not function.decorators and not function.params.posonly_params
        if plain and isinstance(source.parent(function), cst.Module):
            known[function.name.value] = [p.name.value for p in function.params.params]
    bound = [n.value for n in source.of(cst.Name) if n.value in known and is_binding(source, n)]
    for call in source.of(cst.Call):
        name = call.func.value if isinstance(call.func, cst.Name) else None
        if name and bound.count(name) == 1 and call.args and not any(a.star for a in call.args):
            yield call, known[name]


def call_to_literal(source: Source) -> Iterator[Site]:
    """`dict(a=1)` becomes `{"a": 1}`, `dict()` `{}` and `list()` `[]`; exact where the file binds no such name."""
    for call in source.of(cst.Call):
        text = None
        if builtin_call(source, call, "list", "dict") and not call.args:
            text = {"list": "[]", "dict": "{}"}[source.code(call.func)]
        elif builtin_call(source, call, "dict") and one_line(source, call):
            pairs = [(a.keyword.value, source.code(a.value)) for a in call.args if a.keyword]
            if len(pairs) == len(call.args):
                quote = _quote(source)
                text = "{" + ", ".join(f"{quote}{k}{quote}: {v}" for k, v in pairs) + "}"
        if text is not None:
            yield replaced(source, call, text, call=source.code(call.func))


def literal_to_call(source: Source) -> Iterator[Site]:
    """`{"a": 1}` becomes `dict(a=1)`; exact where the keys are names, each once, and the file binds no `dict`."""
    for node in source.of(cst.Dict):
        if "dict" in source.bound or not node.elements or not one_line(source, node):
            continue
        pairs = [
            (_key(e.key), source.code(e.value))
            for e in node.elements
            if isinstance(e, cst.DictElement) and _key(e.key)
        ]
        keys = {key for key, _ in pairs}
        if len(keys) == len(node.elements) < 7:
            text = ", ".join(f"{key}={value}" for key, value in pairs)
            yield replaced(source, node, f"dict({text})", call="dict")


def _key(node: cst.BaseExpression) -> str | None:
    """The text of a plain string that could be the name of an argument."""
    if not isinstance(node, cst.SimpleString) or node.prefix:
        return None
    word = node.raw_value
    fits = word.isascii() and word.isidentifier() and not keyword.iskeyword(word)
    return word if fits and word != "__debug__" else None


def _quote(source: Source) -> str:
    """The quote that the file's strings have most."""
    quotes = [s.quote for s in source.of(cst.SimpleString)]
    return "'" if quotes.count("'") > quotes.count('"') else '"'


def generator_to_brackets(source: Source) -> Iterator[Site]:
    """`list(a for a in b)` becomes `[a for a in b]`, `set(...)` `{...}`.

    Exact where the file binds no such name and no `next` in it could end the generator early.
    """
    for call in source.of(cst.Call):
        lazy = call.args[0].value if len(call.args) == 1 else None
        if not isinstance(lazy, cst.GeneratorExp) or not builtin_call(source, call, "list", "set"):
            continue
        opening, closing = ("[", "]") if is_name(call.func, "list") else ("{", "}")
        inner = Span(source.outer(lazy.elt).start, source.outer(call).end)
        text = inner.slice(source.text)
        if (
            text.count(")") == text.count("(") + 1
            and text.endswith(")")
            and not _fragile(source, lazy)
        ):
            yield replaced(source, call, opening + text[:-1] + closing, call=source.code(call.func))


def brackets_to_generator(source: Source) -> Iterator[Site]:
    """`[a for a in b]` becomes `list(a for a in b)`, `{...}` `set(...)`; exact as `generator_to_brackets`."""
    for node in (*source.of(cst.ListComp), *source.of(cst.SetComp)):
        name = "list" if isinstance(node, cst.ListComp) else "set"
        if name not in source.bound and not _fragile(source, node) and one_line(source, node):
            inner = source.span(node).slice(source.text)[1:-1]
            yield replaced(source, node, f"{name}({inner})", call=name)


def _fragile(source: Source, node: cst.CSTNode) -> bool:
    return mentions(source, node, "next", "__next__") or source.has(
        node, cst.Await, cst.Yield, cst.NamedExpr
    )
