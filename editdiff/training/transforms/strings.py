"""Formatted strings in their three notations, and the quotes of plain ones."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

import libcst as cst

from editdiff.training.transforms.expressions import (
    NUMBERS,
    builtin_call,
    one_line,
    replaced,
)
from editdiff.training.transforms.source import Site, Source

QUIET = ("len", "str", "repr", "int", "float", "min", "max", "sum", "sorted", "abs")
"""Builtins that change nothing, so that it does not matter whether the value before is formatted already."""
SIMPLE = (
    cst.Name,
    cst.Attribute,
    cst.Subscript,
    cst.Call,
    *NUMBERS,
    cst.BinaryOperation,
    cst.SimpleString,
)
PERCENT = re.compile(r"%([sr%])")
RESERVED = re.compile(r"\\[^nt\"'\\r]")
"""Escapes that could spell a brace or a percent sign, or whose braces are their own (`\\N{BULLET}`)."""


def f_to_format(source: Source) -> Iterator[Site]:
    """`f"{a:>3}"` becomes `"{:>3}".format(a)`.

    Exact: both call `format` with the same specification. `.format` evaluates all values before it formats the
    first, so calls are taken only where there is one value, or of builtins that change nothing.
    """
    for node, fields in _f_strings(source):
        pieces = [_format_piece(source, part) for part in node.parts]
        values = [source.code(field.expression) for field in fields]
        text = "".join(pieces)
        yield replaced(source, node, f"{node.end}{text}{node.end}.format({', '.join(values)})")


def f_to_percent(source: Source) -> Iterator[Site]:
    """`f"{a} {b!r}"` becomes `"%s %r" % (a, b)`.

    Exact for fields without specification where `format(a, "")` is `str(a)`, as the data model asks of every type
    that has its own `__format__`; calls as in `f_to_format`.
    """
    for node, fields in _f_strings(source):
        plain = all(f.format_spec is None and f.conversion in (None, "r", "s") for f in fields)
        if not plain or not isinstance(source.parent(node), (cst.Arg, cst.Assign, cst.Return)):
            continue
        pieces = [_percent_piece(part) for part in node.parts]
        values = ", ".join(source.code(f.expression) for f in fields) + "," * (len(fields) == 1)
        yield replaced(source, node, f"{node.end}{''.join(pieces)}{node.end} % ({values})")


def format_to_f(source: Source) -> Iterator[Site]:
    """`"{} {x!r}".format(a, x=b)` becomes `f"{a} {b!r}"`.

    Exact where every argument is used once and in order; calls as in `f_to_format`.
    """
    for call in source.of(cst.Call):
        func = call.func
        if not isinstance(func, cst.Attribute) or func.attr.value != "format":
            continue
        body = _body(func.value)
        if body is None or not isinstance(func.value, cst.SimpleString):
            continue
        values = _values(source, [a for a in call.args if not a.star], func.value.quote)
        text = _merged(body, call.args, values) if len(values) == len(call.args) else None
        if text is not None and _ordered_calls(source, [a.value for a in call.args]):
            yield replaced(source, call, f"f{func.value.quote}{text}{func.value.quote}")


def percent_to_f(source: Source) -> Iterator[Site]:
    """`"%s %r" % (a, b)` becomes `f"{a} {b!r}"`.

    Only `%s`, `%r` and `%%`, and a tuple as long as the fields, or one value that is certainly no tuple; exact as
    `f_to_percent`.
    """
    for node in source.of(cst.BinaryOperation):
        left, right = node.left, node.right
        body = _body(left)
        if not isinstance(node.operator, cst.Modulo) or body is None or left.lpar:
            continue
        assert isinstance(left, cst.SimpleString)
        if isinstance(right, cst.Tuple):
            given = [e for e in right.elements if isinstance(e, cst.Element)]
        elif builtin_call(source, right, *QUIET[:5]):
            given = [cst.Element(right)]
        else:
            continue
        values = _values(source, given, left.quote)
        text = _interpolated(body, values)
        if (
            text is not None
            and len(values) == len(given)
            and _ordered_calls(source, [e.value for e in given])
        ):
            yield replaced(source, node, f"f{left.quote}{text}{left.quote}")


def _f_strings(
    source: Source,
) -> Iterator[tuple[cst.FormattedString, list[cst.FormattedStringExpression]]]:
    """Single-line f-strings, not part of another string, with at least one field; and their fields."""
    for node in source.of(cst.FormattedString):
        fields = [p for p in node.parts if isinstance(p, cst.FormattedStringExpression)]
        texts = [p.value for p in node.parts if isinstance(p, cst.FormattedStringText)]
        whole = not isinstance(source.parent(node), cst.ConcatenatedString)
        nested = any(isinstance(n, cst.FormattedString) for n in source.above(node))
        if node.prefix.lower() != "f" or not fields or not whole or nested or len(node.quote) > 1:
            continue
        if any(RESERVED.search(t) for t in texts) or not all(_is_plain(source, f) for f in fields):
            continue
        if _ordered_calls(source, [f.expression for f in fields]):
            yield node, fields


def _is_plain(source: Source, field: cst.FormattedStringExpression) -> bool:
    """Whether a field is a simple expression, its specification without fields of its own."""
    spec = field.format_spec or ()
    texts = all(isinstance(p, cst.FormattedStringText) and "{" not in p.value for p in spec)
    return texts and field.equal is None and isinstance(field.expression, SIMPLE)


def _ordered_calls(source: Source, values: Sequence[cst.BaseExpression]) -> bool:
    """Whether formatting a value before or after the next is evaluated makes no difference."""
    loud = [v for v in values if source.has(v, cst.Await, cst.Yield, cst.NamedExpr)]
    for value in values:
        calls = [n for n in source.inside(value) if isinstance(n, cst.Call)]
        if any(not builtin_call(source, call, *QUIET) for call in calls):
            loud.append(value)
    return not loud or len(values) == 1


def _format_piece(source: Source, part: cst.BaseFormattedStringContent) -> str:
    if isinstance(part, cst.FormattedStringText):
        return part.value
    assert isinstance(part, cst.FormattedStringExpression)
    spec = "".join(
        p.value for p in part.format_spec or () if isinstance(p, cst.FormattedStringText)
    )
    conversion = f"!{part.conversion}" if part.conversion else ""
    return "{" + conversion + (f":{spec}" if part.format_spec is not None else "") + "}"


def _percent_piece(part: cst.BaseFormattedStringContent) -> str:
    if isinstance(part, cst.FormattedStringText):
        return part.value.replace("{{", "{").replace("}}", "}").replace("%", "%%")
    assert isinstance(part, cst.FormattedStringExpression)
    return "%r" if part.conversion == "r" else "%s"


def _body(node: cst.BaseExpression) -> str | None:
    """What stands between the quotes of a plain single-line string that holds no strange escapes."""
    if not isinstance(node, cst.SimpleString) or node.prefix or len(node.quote) > 1:
        return None
    return None if RESERVED.search(node.raw_value) else node.raw_value


def _values(source: Source, given: Sequence[cst.Arg | cst.Element], quote: str) -> list[str]:
    """Texts of those values that may stand in a field of an f-string, in every version of Python since 3.6."""
    texts = [source.code(g.value) for g in given if isinstance(g.value, SIMPLE)]
    return [t for t in texts if not set(t) & {quote, "\\", "\n", "\r", "#", "{", "}", ":"}]


def _merged(body: str, arguments: Sequence[cst.Arg], values: Sequence[str]) -> str | None:
    """The text of an f-string for a `.format` template; None where the arguments are not used once and in order."""
    keys = [a.keyword.value if a.keyword else str(i) for i, a in enumerate(arguments)]
    parts, used = [], 0
    try:
        fields = list(string.Formatter().parse(body))
    except ValueError:
        return None
    for text, name, spec, conversion in fields:
        parts.append(text.replace("{", "{{").replace("}", "}}"))
        if name is None:
            continue
        if used == len(keys) or name not in ("", keys[used]) or "{" in (spec or ""):
            return None
        if name == "" and not keys[used].isdecimal():
            return None
        parts.append("{" + values[used] + (f"!{conversion}" if conversion else ""))
        parts.append((f":{spec}" if spec else "") + "}")
        used += 1
    return "".join(parts) if used == len(keys) > 0 else None


def _interpolated(body: str, values: Sequence[str]) -> str | None:
    """The text of an f-string for a `%` template; None where it has other fields, or not as many."""
    if "%" in PERCENT.sub("", body):
        return None
    kinds = [kind for kind in PERCENT.findall(body) if kind != "%"]
    if len(kinds) != len(values) or not values:
        return None
    left = iter(values)

    def field(match: re.Match[str]) -> str:
        ends = {"s": "}", "r": "!r}", "%": ""}
        return "%" if match[1] == "%" else "{" + next(left) + ends[match[1]]

    return PERCENT.sub(field, body.replace("{", "{{").replace("}", "}}"))


def double_quotes(source: Source) -> Iterator[Site]:
    """The strings of a statement get double quotes: exact where they hold no quote and no backslash."""
    yield from _quoted(source, "'", '"')


def single_quotes(source: Source) -> Iterator[Site]:
    """The strings of a statement get single quotes: exact where they hold no quote and no backslash."""
    yield from _quoted(source, '"', "'")


def _quoted(source: Source, old: str, new: str) -> Iterator[Site]:
    """Statements of one line all of whose strings have the quote `old` and may have the other."""
    by_statement: dict[cst.CSTNode, list[cst.CSTNode]] = {}
    for node in (*source.of(cst.SimpleString), *source.of(cst.FormattedString)):
        statement = source.statement(node)
        if isinstance(statement, cst.SimpleStatementLine) and one_line(source, statement):
            by_statement.setdefault(statement, []).append(node)
    for strings in by_statement.values():
        if all(_requotable(node, old, new) for node in strings):
            sites = (replaced(source, n, source.code(n).replace(old, new)) for n in strings)
            yield Site(tuple(edit for site in sites for edit in site.edits))


def _requotable(node: cst.CSTNode, old: str, new: str) -> bool:
    if not isinstance(node, cst.SimpleString) or node.quote != old:
        return False
    return not set(node.raw_value) & {old, new, "\\"}
