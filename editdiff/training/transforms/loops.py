"""Loops that build a collection and comprehensions; `enumerate` and counted loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    bindings,
    builtin_call,
    confined,
    fresh,
    guarded,
    is_name,
    lone,
    lone_assign,
    mentions,
    one_line,
    plain_arguments,
    rewritten,
    small,
    target_names,
)
from editdiff.training.transforms.scopes import is_own, is_read_inside, is_unused
from editdiff.training.transforms.source import Site, Source
from editdiff.training.transforms.variables import reads

UNFIT = (cst.Lambda, cst.GeneratorExp, cst.Yield, cst.Await, cst.NamedExpr)
"""What would see or do something else in another scope, or later."""
SIMPLE_KEYS = (cst.Name, cst.Integer, cst.SimpleString)


def comprehension_to_loop(source: Source) -> Iterator[Site]:
    """`x = [f(a) for a in b if c]` becomes `x = []` and a loop that appends; `return [...]` gets a name for it.

    Exact in a function where the loop's variables have no other use, the list is not used while it is built (not
    in the comprehension, nor by an inner function, nor after an exception in it), and nothing in it is lazy. In a
    dictionary, key or value is a name or literal, for the two are evaluated in the other order.
    """
    for line in source.of(cst.SimpleStatementLine):
        statement, function, indent = lone(line), source.function(line), source.indent(line)
        pair = lone_assign(statement) if statement else None
        value = statement.value if isinstance(statement, cst.Return) else pair[1] if pair else None
        if (
            function is None
            or indent is None
            or not isinstance(value, cst.ListComp | cst.SetComp | cst.DictComp)
        ):
            continue
        name = _result_name(source, function, pair[0] if pair else None)
        if name is None or not source.plain(line) or guarded(source, line) or value.lpar:
            continue
        body = _loop(source, function, value, name, indent)
        if body and not mentions(source, value, name):
            end = [f"{indent}return {name}"] if pair is None else []
            yield rewritten(source.lines(line), source.newline.join([*body, *end]), name=name)


def _result_name(
    source: Source, function: cst.FunctionDef, target: cst.BaseExpression | None
) -> str | None:
    """The variable to be filled: the assignment's own, or for a returned value a new one."""
    if target is None:
        return fresh(source, "result", "found", "results", "items", "out")
    if not isinstance(target, cst.Name):
        return None
    name = target.value
    return name if source.own(function, name) and not source.shared(function, name) else None


def _loop(
    source: Source,
    function: cst.FunctionDef,
    value: cst.ListComp | cst.SetComp | cst.DictComp,
    name: str,
    indent: str,
) -> list[str] | None:
    """Lines of a loop that does what a comprehension does."""
    lines, at = [], indent
    clause: cst.CompFor | None = value.for_in
    empty, fill = _filling(source, value, name)
    if fill is None or source.has(value, *UNFIT) or "set" in source.bound:
        return None
    lines.append(f"{indent}{name} = {empty}")
    while clause is not None:
        names = target_names(clause.target)
        if names is None or clause.asynchronous or mentions(source, clause.iter, *names):
            return None
        table = source.scope(function)
        if table is None or not all(is_unused(table, n) for n in names):
            return None
        lines.append(f"{at}for {source.code(clause.target)} in {source.code(clause.iter)}:")
        at += source.step
        for test in clause.ifs:
            lines.append(f"{at}if {source.code(test.test)}:")
            at += source.step
        clause = clause.inner_for_in
    lines.append(at + fill)
    return lines if all("\n" not in line and "\r" not in line for line in lines) else None


def _filling(
    source: Source, value: cst.ListComp | cst.SetComp | cst.DictComp, name: str
) -> tuple[str, str | None]:
    """The empty collection, and the statement that puts one thing into it; None where that is not exact."""
    if isinstance(value, cst.DictComp):
        if not isinstance(value.key, SIMPLE_KEYS) and not isinstance(value.value, SIMPLE_KEYS):
            return "{}", None
        return "{}", f"{name}[{source.code(value.key)}] = {source.code(value.value)}"
    add, empty = ("append", "[]") if isinstance(value, cst.ListComp) else ("add", "set()")
    return empty, f"{name}.{add}({source.code(value.elt)})"


@dataclass(frozen=True)
class _Built:
    """A loop that does nothing but fill a collection."""

    kind: str
    """`list`, `set` or `dict`."""
    value: str
    """What is put in; for dictionaries `key: value`."""
    parts: tuple[cst.CSTNode, ...]
    tests: tuple[cst.BaseExpression, ...]


def loop_to_comprehension(source: Source) -> Iterator[Site]:
    """`x = []` and a loop that does nothing but append become a comprehension; exact as the way back."""
    for line in source.of(cst.SimpleStatementLine):
        pair, function, loop = lone_assign(line), source.function(line), source.following(line)
        if pair is None or function is None or not isinstance(loop, cst.For) or loop.orelse:
            continue
        target, names = pair[0], target_names(loop.target)
        name = _result_name(source, function, target)
        span = source.lines(line, loop)
        if name is None or names is None or loop.asynchronous or source.commented(span):
            continue
        built = _built(source, loop, name)
        if built is None or built.kind != _emptiness(source, pair[1]) or guarded(source, line):
            continue
        parts = (*built.parts, *built.tests, loop.iter)
        if _joinable(source, parts, name) and _own_loop(source, function, loop, names):
            opening, closing = ("[", "]") if built.kind == "list" else ("{", "}")
            tests = "".join(f" if {source.code(test)}" for test in built.tests)
            inner = (
                f"{built.value} for {source.code(loop.target)} in {source.code(loop.iter)}{tests}"
            )
            text = f"{source.indent(line)}{name} = {opening}{inner}{closing}"
            yield rewritten(span, text, name=name)


def _emptiness(source: Source, value: cst.BaseExpression) -> str | None:
    if isinstance(value, cst.List):
        return None if value.elements else "list"
    if isinstance(value, cst.Dict):
        return None if value.elements else "dict"
    return "set" if builtin_call(source, value, "set") and source.code(value) == "set()" else None


def _own_loop(source: Source, function: cst.FunctionDef, loop: cst.For, names: list[str]) -> bool:
    """Whether the loop's variables are the function's own, without a use outside the loop or in its iterable."""
    table = source.scope(function)
    own = table is not None and all(
        is_own(table, n) and not is_read_inside(table, n) for n in names
    )
    return (
        own
        and confined(source, function, names, source.outer(loop))
        and not mentions(source, loop.iter, *names)
    )


def _joinable(source: Source, parts: tuple[cst.CSTNode, ...], name: str) -> bool:
    loose = (cst.IfExp, cst.Tuple)
    return all(
        one_line(source, part)
        and not source.has(part, *UNFIT)
        and not mentions(source, part, name)
        and not (isinstance(part, loose) and not part.lpar)
        for part in parts
    )


def _built(source: Source, loop: cst.For, name: str) -> _Built | None:
    """What a loop puts into the collection `name`, and under which conditions."""
    body, tests = loop.body, []
    while isinstance(body, cst.IndentedBlock) and len(body.body) == 1:
        inner = body.body[0]
        if not isinstance(inner, cst.If) or inner.orelse:
            break
        tests.append(inner.test)
        body = inner.body
    statement = small(body)
    pair = lone_assign(statement) if statement else None
    if pair and isinstance(pair[0], cst.Subscript) and is_name(pair[0].value, name):
        return _built_dict(source, pair[0], pair[1], tests)
    call = statement.value if isinstance(statement, cst.Expr) else None
    if not isinstance(call, cst.Call) or not plain_arguments(call) or len(call.args) != 1:
        return None
    func = call.func
    if not isinstance(func, cst.Attribute) or not is_name(func.value, name):
        return None
    kind = {"append": "list", "add": "set"}.get(func.attr.value)
    value = call.args[0].value
    return _Built(kind, source.code(value), (value,), tuple(tests)) if kind else None


def _built_dict(
    source: Source, place: cst.Subscript, value: cst.BaseExpression, tests: list[cst.BaseExpression]
) -> _Built | None:
    index = place.slice[0].slice
    if len(place.slice) != 1 or not isinstance(index, cst.Index) or index.star:
        return None
    key = index.value
    if not isinstance(key, SIMPLE_KEYS) and not isinstance(value, SIMPLE_KEYS):
        return None
    return _Built("dict", f"{source.code(key)}: {source.code(value)}", (key, value), tuple(tests))


def enumerate_to_range(source: Source) -> Iterator[Site]:
    """`for i, x in enumerate(xs):` becomes `for i in range(len(xs)):` with `x = xs[i]` as its first line.

    Exact where xs is certainly a sequence that nothing else can change; `_private_list` says when.
    """
    for loop in source.of(cst.For):
        call, function, names = loop.iter, source.function(loop), target_names(loop.target)
        if not isinstance(call, cst.Call) or not builtin_call(source, call, "enumerate"):
            continue
        if function is None or names is None or len(names) != 2 or len(call.args) != 1:
            continue
        values, block = call.args[0].value, source.block(loop.body)
        if block is None or not isinstance(values, cst.Name) or {"range", "len"} & source.bound:
            continue
        if _private_list(source, function, values.value, loop) and not mentions(
            source, loop.body, values.value
        ):
            (i, x), indent = names, source.indent(loop.body.body[0])
            head = Span(source.outer(loop.target).start, source.outer(call).end)
            line = f"{indent}{x} = {values.value}[{i}]{source.newline}"
            edits = [TextEdit(head, f"{i} in range(len({values.value}))")]
            edits.append(TextEdit(Span(block.start, block.start), line))
            yield Site(tuple(edits), {"name": values.value})


def range_to_enumerate(source: Source) -> Iterator[Site]:
    """`for i in range(len(xs)):` with `xs[i]` in it becomes `for i, item in enumerate(xs):`.

    Exact where xs is certainly a sequence that nothing else can change, the loop only reads it at i, and does not
    bind i again.
    """
    for loop in source.of(cst.For):
        call, function, i = loop.iter, source.function(loop), loop.target
        if not builtin_call(source, call, "range") or not isinstance(call, cst.Call):
            continue
        size = call.args[0].value if len(call.args) == 1 else None
        if not isinstance(size, cst.Call) or not builtin_call(source, size, "len"):
            continue
        values = size.args[0].value if len(size.args) == 1 else None
        if function is None or not isinstance(i, cst.Name) or not isinstance(values, cst.Name):
            continue
        name, item = (
            values.value,
            fresh(source, *_singular(values.value), "item", "value", "element"),
        )
        places = _places(source, function, loop, name, i.value)
        if (
            item
            and places
            and _private_list(source, function, name, loop)
            and "enumerate" not in source.bound
        ):
            head = Span(source.outer(i).start, source.outer(call).end)
            edits = [TextEdit(head, f"{i.value}, {item} in enumerate({name})")]
            edits += [TextEdit(source.outer(place), item) for place in places]
            yield Site(tuple(edits), {"name": name})


def _singular(name: str) -> tuple[str, ...]:
    return (name[:-1],) if name.endswith("s") and len(name) > 3 else ()


def _places(
    source: Source, function: cst.FunctionDef, loop: cst.For, name: str, i: str
) -> list[cst.Subscript] | None:
    """Every `name[i]` of a loop's body; None where it uses `name` otherwise, binds i, or never uses i alone."""
    body = source.outer(loop.body)
    uses = [u for u in source.uses(function, name) if body.contains(source.span(u))]
    if any(body.contains(source.span(u)) for u in bindings(source, function, i)):
        return None
    places = []
    for use in uses:
        place = source.parent(use)
        above = source.parent(place) if place else None
        if not isinstance(place, cst.Subscript) or source.code(place) != f"{name}[{i}]":
            return None
        if isinstance(
            above, cst.AssignTarget | cst.AugAssign | cst.Del | cst.Element | cst.AnnAssign
        ):
            return None
        places.append(place)
    indices = [u for u in reads(source, function, i) if body.contains(source.span(u))]
    return places if len(indices) > len(places) else None


HARMLESS = (
    "len",
    "enumerate",
    "sorted",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "set",
    "tuple",
    "range",
    "print",
)


def _private_list(source: Source, function: cst.FunctionDef, name: str, loop: cst.For) -> bool:
    """Whether a name is bound once, to a new list or tuple, that has no other name and does not change in the loop.

    So before and in the loop it is used only by its length, items and methods, in loops, or by builtins that keep
    nothing; its methods stand outside the loop, and the name is no inner function's.
    """
    bound = bindings(source, function, name)
    if not source.own(function, name) or source.shared(function, name) or len(bound) != 1:
        return False
    assign = source.parent(source.parent(bound[0]) or bound[0])
    pair = lone_assign(assign) if assign else None
    new = pair and (
        isinstance(pair[1], cst.List | cst.ListComp | cst.Tuple)
        or builtin_call(source, pair[1], "list", "sorted", "tuple")
    )
    inside, repeated = source.outer(loop.body), _is_repeated(source, loop)
    return bool(new) and all(
        _is_quiet(source, use, inside)
        for use in reads(source, function, name)
        if repeated or source.span(use).start < inside.end
    )


def _is_repeated(source: Source, loop: cst.For) -> bool:
    """Whether what stands behind a loop may run before it: it stands in another loop of its function."""
    for above in source.above(loop):
        if isinstance(above, cst.For | cst.While):
            return True
        if isinstance(above, cst.FunctionDef):
            break
    return False


def _is_quiet(source: Source, use: cst.Name, loop: Span) -> bool:
    above = source.parent(use)
    if isinstance(above, cst.Attribute):
        return not loop.contains(source.span(use)) and isinstance(source.parent(above), cst.Call)
    if isinstance(above, cst.Arg):
        call = source.parent(above)
        return call is not None and builtin_call(source, call, *HARMLESS)
    if isinstance(above, cst.Subscript):
        written = (cst.AssignTarget, cst.AugAssign, cst.Del, cst.AnnAssign, cst.Element)
        return above.value is use and not isinstance(source.parent(above), written)
    return isinstance(above, cst.Return | cst.For | cst.CompFor)
