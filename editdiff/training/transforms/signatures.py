"""What stands at the head of functions and classes: type hints, docstrings, base classes, `super`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    COMPREHENSIONS,
    builtin_call,
    is_name,
    lone,
    replaced,
    rewritten,
)
from editdiff.training.transforms.source import Site, Source


def add_hints(source: Source) -> Iterator[Site]:
    """Parameters of a function without hints get the types of their literal defaults.

    Hints change nothing but `__annotations__`, and decorators, which might read those, are not present.
    """
    for function in source.of(cst.FunctionDef):
        params = _parameters(function)
        if function.decorators or function.returns or any(p.annotation for p in params):
            continue
        typed = [(p, _literal_type(p.default)) for p in params]
        edits = [
            TextEdit(_to_default(source, p), f": {hint} = ")
            for p, hint in typed
            if hint is not None
        ]
        if edits:
            yield Site(tuple(edits), {"function": function.name.value})


def remove_derived_hints(source: Source) -> Iterator[Site]:
    """Hints that follow from literal defaults go; the way back gives them again. Exact as `add_hints`."""
    for function in source.of(cst.FunctionDef):
        hinted = [p for p in _parameters(function) if p.annotation and p.default]
        derived = [p for p in hinted if p.annotation and _is_derived(p, p.annotation)]
        if derived and not function.decorators:
            edits = tuple(TextEdit(_to_default(source, p), "=") for p in derived)
            yield Site(edits, {"function": function.name.value})


def strip_hints(source: Source) -> Iterator[Site]:
    """All hints of a function's signature go; exact as `add_hints`."""
    for function in source.of(cst.FunctionDef):
        edits = []
        for param in _all_parameters(function):
            if param.annotation and param.default:
                edits.append(TextEdit(_to_default(source, param), "="))
            elif param.annotation:
                start = source.span(param.name).end
                edits.append(
                    TextEdit(Span(start, source.outer(param.annotation.annotation).end), "")
                )
        result = _result_hint(source, function)
        if result:
            edits.append(TextEdit(result, ""))
        if edits and not function.decorators and bool(result) == bool(function.returns):
            yield Site(tuple(edits), {"function": function.name.value})


def add_none(source: Source) -> Iterator[Site]:
    """A function that returns nothing gets `-> None`. Exact: `_returns_nothing` says when; hints do nothing."""
    for function in source.of(cst.FunctionDef):
        colon = _colon(source, function)
        bare = function.returns is None and colon and source.text[colon - 1] == ")"
        if bare and colon and _returns_nothing(source, function):
            yield rewritten(Span(colon, colon), " -> None", function=function.name.value)


def remove_none(source: Source) -> Iterator[Site]:
    """The `-> None` of a function that returns nothing goes; the way back derives it. Exact as `add_none`."""
    for function in source.of(cst.FunctionDef):
        result = _result_hint(source, function)
        none = function.returns and is_name(function.returns.annotation, "None")
        if result and none and _returns_nothing(source, function):
            yield rewritten(result, "", function=function.name.value)


def _parameters(function: cst.FunctionDef) -> list[cst.Param]:
    params = function.params
    return [*params.posonly_params, *params.params, *params.kwonly_params]


def _all_parameters(function: cst.FunctionDef) -> list[cst.Param]:
    """Parameters of a function, those of `*` and `**` among them."""
    rest = (function.params.star_arg, function.params.star_kwarg)
    return [*_parameters(function), *(p for p in rest if isinstance(p, cst.Param))]


def _to_default(source: Source, param: cst.Param) -> Span:
    """From the name to the default value: `: int = ` or `=`."""
    assert param.default is not None
    return Span(source.span(param.name).end, source.outer(param.default).start)


def _literal_type(default: cst.BaseExpression | None) -> str | None:
    if isinstance(default, cst.UnaryOperation) and isinstance(default.operator, cst.Minus):
        default = default.expression
    if isinstance(default, cst.Integer):
        return "int"
    if isinstance(default, cst.Float):
        return "float"
    if isinstance(default, cst.SimpleString):
        return "bytes" if "b" in default.prefix.lower() else "str"
    return "bool" if is_name(default, "True", "False") else None


def _is_derived(param: cst.Param, annotation: cst.Annotation) -> bool:
    hint = _literal_type(param.default)
    return hint is not None and is_name(annotation.annotation, hint)


def _colon(source: Source, definition: cst.FunctionDef | cst.ClassDef) -> int | None:
    """Offset of the colon before an indented block."""
    if not isinstance(definition.body, cst.IndentedBlock):
        return None
    return source.span(definition.body.header).start - 1


def _result_hint(source: Source, function: cst.FunctionDef) -> Span | None:
    """` -> type`, blanks before it included."""
    colon = _colon(source, function)
    if function.returns is None or colon is None:
        return None
    arrow = re.search(
        r"\)([ \t]*->[ \t]*)$", source.text[: source.outer(function.returns.annotation).start]
    )
    return Span(arrow.start(1), colon) if arrow else None


def _returns_nothing(source: Source, function: cst.FunctionDef) -> bool:
    """No decorator, no `return` with a value, no `yield`, and a body that does something and can end."""
    if function.decorators or not isinstance(function.body, cst.IndentedBlock):
        return False
    body = function.body.body
    if all(map(_is_idle, body)) or isinstance(lone(body[-1]), cst.Raise):
        return False
    returns = source.own_nodes(function, cst.Return)
    return all(r.value is None for r in returns) and not any(source.own_nodes(function, cst.Yield))


def _is_idle(line: cst.CSTNode) -> bool:
    statement = lone(line)
    if isinstance(statement, cst.Expr):
        return isinstance(statement.value, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis)
    return isinstance(statement, cst.Pass | cst.Raise)


def remove_docstring(source: Source) -> Iterator[Site]:
    """The docstring of a function or class goes, with the blank lines after it; the way back asks for it.

    Exact but for `__doc__`: something else has to be in the body.
    """
    definitions: list[cst.FunctionDef | cst.ClassDef] = [*source.of(cst.FunctionDef)]
    for definition in [*definitions, *source.of(cst.ClassDef)]:
        body = definition.body
        if not isinstance(body, cst.IndentedBlock) or len(body.body) < 2:
            continue
        text = lone(body.body[0])
        value = text.value if isinstance(text, cst.Expr) else None
        if not isinstance(value, cst.SimpleString) or "b" in value.prefix.lower():
            continue
        start = source.span(body.header).end
        head = source.rows[source.row(start) - 1].end
        lines = source.lines(body.body[0])
        blank = re.compile(r"((?:\r\n|\n|\r)[ \t]*(?=[\r\n]))*").match(source.text, lines.end)
        assert blank is not None
        if source.plain(body.body[0]) and not source.commented(Span(start, lines.start)):
            words = {"name": definition.name.value, "what": _what(source, definition)}
            yield Site((TextEdit(Span(head, blank.end()), ""),), words)


def _what(source: Source, definition: cst.FunctionDef | cst.ClassDef) -> str:
    if isinstance(definition, cst.ClassDef):
        return "class"
    block = source.parent(definition)
    above = source.parent(block) if block else None
    return "method" if isinstance(above, cst.ClassDef) else "function"


def add_object(source: Source) -> Iterator[Site]:
    """`class A:` becomes `class A(object):`, which is the same in Python 3; the file does not bind `object`."""
    for definition in source.of(cst.ClassDef):
        colon = _colon(source, definition)
        end = source.span(definition.name).end
        if colon == end and "object" not in source.bound:
            yield rewritten(Span(end, end), "(object)", name=definition.name.value)


def remove_object(source: Source) -> Iterator[Site]:
    """`class A(object):` becomes `class A:`, which is the same in Python 3; the file does not bind `object`."""
    for definition in source.of(cst.ClassDef):
        colon = _colon(source, definition)
        if colon is None or "object" in source.bound:
            continue
        span = Span(source.span(definition.name).end, colon)
        if span.slice(source.text) == "(object)":
            yield rewritten(span, "", name=definition.name.value)


def long_super(source: Source) -> Iterator[Site]:
    """`super()` becomes `super(Class, self)`.

    Exact directly in a method without decorators of a class at module level, whose name the file binds once and
    whose first parameter is bound once.
    """
    for call, name, first in _supers(source):
        if not call.args:
            yield replaced(source, call, f"super({name}, {first})", name=name)


def short_super(source: Source) -> Iterator[Site]:
    """`super(Class, self)` becomes `super()`; exact as for `long_super`."""
    for call, name, first in _supers(source):
        given = [source.code(arg.value) for arg in call.args]
        if given == [name, first] and LINE_ENDING.search(source.code(call)) is None:
            yield replaced(source, call, "super()", name=name)


def _supers(source: Source) -> Iterator[tuple[cst.Call, str, str]]:
    """Calls of `super` with the class and the first parameter that it takes when it is given none."""
    classes = [c.name.value for c in source.of(cst.ClassDef)]
    assigned = {
        t.target.value for t in source.of(cst.AssignTarget) if isinstance(t.target, cst.Name)
    }
    for call in source.of(cst.Call):
        if not builtin_call(source, call, "super") or not (function := source.function(call)):
            continue
        if any(isinstance(n, (*COMPREHENSIONS, cst.Lambda)) for n in source.above(call)):
            continue
        chain = list(source.above(function))
        definition, first = chain[1], _parameters(function)[:1]
        if function.decorators or not first or not isinstance(definition, cst.ClassDef):
            continue
        name, rebound = definition.name.value, _rebound(source, function, first[0].name.value)
        once = classes.count(name) == 1 and name not in assigned and not definition.decorators
        if once and not rebound and isinstance(chain[2], cst.Module):
            yield call, name, first[0].name.value


def _rebound(source: Source, function: cst.FunctionDef, name: str) -> bool:
    table = source.scope(function)
    return table is None or table.lookup(name).is_assigned()
