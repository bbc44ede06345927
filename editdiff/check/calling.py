"""What a text defines that can be called, and how it calls what has a name; by the grammar of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from editdiff.check.base import Call, Signature
from editdiff.check.naming import FUNCTIONS, MEMBERS, Step, inside, name_of, text_of, walk
from editdiff.check.syntax import code_points
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLS = {
    "call": "function",
    "call_expression": "function",
    "method_invocation": "name",
    "new_expression": "constructor",
    "object_creation_expression": "type",
}
"""Type of a node to its field with what is called."""
_LAST = re.compile(r"([^\W\d]\w*)\W*\Z")
_OPTIONAL = ("assignment_pattern", "default_parameter", "optional_parameter", "optional_parameter_declaration",
             "typed_default_parameter")  # fmt: skip
_STARRED = re.compile(r"splat|rest_pattern|variadic|spread")
_SELF = frozenset(("self", "cls"))
_NAMED_BY_CLASS = frozenset(("__init__", "constructor"))
_ALTERS = re.compile(
    r"\b(?:property|cached_property|staticmethod|classmethod|contextmanager|asynccontextmanager|setter|fixture)\b"
)
"""Decorators with which something is called otherwise."""
_NOTES = re.compile(r"comment|separator|attribute_item")


class _Parameter(NamedTuple):
    name: str
    optional: bool
    starred: bool


def signatures(root: Node, data: bytes) -> list[Signature]:
    """Everything with a name and parameters that a tree of some UTF-8 defines."""
    steps = [step for step in walk(root) if step.node.type in FUNCTIONS and _parameters(step.node)]
    places = code_points(data, [at for s in steps for at in (s.node.start_byte, s.node.end_byte)])
    return [
        _signature(step, Span(places[step.node.start_byte], places[step.node.end_byte]))
        for step in steps
        if _name(step)
    ]


def calls(root: Node, data: bytes) -> list[Call]:
    """Every call of something that has a name, by its last part."""
    nodes = [step.node for step in walk(root) if step.node.type in _CALLS]
    places = code_points(data, [at for node in nodes for at in (node.start_byte, node.end_byte)])
    made = (_call(each, Span(places[each.start_byte], places[each.end_byte])) for each in nodes)
    return [call for call in made if call is not None]


def _call(node: Node, span: Span) -> Call | None:
    called = node.child_by_field_name(_CALLS[node.type])
    named = _LAST.search(text_of(called).partition("<")[0]) if called else None
    arguments = node.child_by_field_name("arguments")
    if called is None or named is None or arguments is None:
        return None
    member = node.child_by_field_name("object") is not None or called.type in MEMBERS
    if arguments.type == "generator_expression":
        return Call(named[1], span, 1, (), False, member)
    given = [child for child in arguments.named_children if not _NOTES.search(child.type)]
    names = [
        child.child_by_field_name("name") for child in given if child.type == "keyword_argument"
    ]
    keywords = tuple(text_of(name) for name in names if name is not None)
    opened = any(_STARRED.search(child.type) for child in given)
    return Call(named[1], span, len(given), keywords, opened, member)


def _signature(step: Step, span: Span) -> Signature:
    node, name, around = step.node, _name(step), inside(step.above)
    holder = _parameters(node)
    parameters = (
        [each for child in holder.named_children for each in _named(child)] if holder else []
    )
    if parameters[:1] and parameters[0].name in _SELF and around:
        parameters = parameters[1:]
    if name in _NAMED_BY_CLASS and around:
        name = around.rstrip(".").split(".")[-1]
    opened = any(each.starred for each in parameters)
    required = sum(not each.optional and not each.starred for each in parameters)
    told = tuple(each.name for each in parameters)
    return Signature(name, span, around, told, required, opened, _kind(step))


def _name(step: Step) -> str:
    """What a function is called: by its own name, or that of the variable that holds it."""
    name = name_of(step.node)
    holder = step.above.node if step.above else None
    if name or holder is None or step.field not in ("value", "right"):
        return name
    held = holder.child_by_field_name("name") or holder.child_by_field_name("left")
    found = _LAST.search(text_of(held)) if held else None
    return found[1] if found and holder.type != "pair" else ""


def _parameters(node: Node) -> Node | None:
    """The node with a function's parameters; of C behind its name."""
    inner: Node | None = node
    while inner is not None:
        found: Node | None = inner.child_by_field_name("parameters")
        if found is not None:
            return found
        inner = inner.child_by_field_name("declarator")
    return None


def _named(node: Node) -> Iterator[_Parameter]:
    """The parameters that a node stands for: `a, b int` of Go are two; a mere comment, or `*`, none."""
    if _NOTES.search(node.type) or node.type in ("self_parameter", "receiver_parameter"):
        return
    if (node.type, text_of(node)) == ("parameter_declaration", "void"):
        return
    held = node.child_by_field_name("value") or node.child_by_field_name("right")
    optional = node.type in _OPTIONAL or held is not None
    first = node.named_children[:1] if node.type == "typed_parameter" else []
    starred = any(_STARRED.search(each.type) for each in (node, *first))
    names = [*node.children_by_field_name("name")]
    names = names or [*node.children_by_field_name("pattern"), *first]
    names = names or [
        *node.children_by_field_name("declarator"),
        *node.children_by_field_name("left"),
    ]
    for each in names or [node]:
        yield _Parameter(text_of(each).lstrip("*&."), optional, starred)


def _kind(step: Step) -> str:
    """What a caller has to know of a function beside its parameters."""
    node, told = step.node, list[str]()
    if any(child.type == "async" for child in node.children):
        told.append("async")
    holder = step.above.node if step.above else None
    if holder is not None and holder.type == "decorated_definition":
        marks = " ".join(text_of(each) for each in holder.children if each.type == "decorator")
        told += sorted(set(_ALTERS.findall(marks)))
    body = node.child_by_field_name("body")
    if body is not None:
        told += sorted(_given(body))
    return " ".join(told)


def _given(body: Node) -> set[str]:
    """How a function gives something back: by `return` or by `yield`; those inside of it left out."""
    found, stack = set[str](), [body]
    while stack:
        node = stack.pop()
        if node.type in ("return_statement", "return_expression") and _has_value(node):
            found.add("returns")
        if node.type in ("yield", "yield_expression"):
            found.add("yields")
        stack += [child for child in node.children if child.type not in FUNCTIONS]
    return found


def _has_value(node: Node) -> bool:
    """Whether a return gives anything but nothing."""
    given = [child for child in node.named_children if not _NOTES.search(child.type)]
    return any(text_of(child) not in ("None", "null", "undefined") for child in given)
