"""Names of a text by the grammar of its language: where each is bound, in which part of the text, where it is read.

One table serves all grammars, for they call alike what is alike. What it does not know is taken to be read, and
what a function binds to be seen in all of it: who compares two texts by names rather sees a difference too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from editdiff.check.base import Name, Role
from editdiff.check.syntax import code_points
from editdiff.text.keywords import keywords
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_LEAF = re.compile(r"(?:\A|_)identifier(?:_pattern)?\Z")
_LEAVES = frozenset(("bare_key", "id_name", "keyframes_name", "property_name", "variable_name"))
_TEXTS = frozenset(
    ("attribute_value", "double_quote_scalar", "interpreted_string_literal_content", "plain_value",
     "single_quote_scalar", "string_content", "string_fragment", "string_scalar", "word")
)  # fmt: skip
"""Types of nodes that hold all of a string, or a word of a script."""
_WORD = re.compile(r"-{0,2}[^\W\d][\w.-]*\Z")
_SHORTHAND = "shorthand_property_identifier"

_ONE: tuple[str | None, ...] = (None,)
_THROUGH: dict[str, tuple[str | None, ...]] = {
    **dict.fromkeys(
        ("array_pattern", "as_pattern_target", "class_name", "dotted_key", "dotted_name", "expression_list",
         "flow_node", "list_pattern", "list_splat_pattern", "dictionary_splat_pattern", "literal_element",
         "mut_pattern", "object_pattern", "parenthesized_declarator", "pattern_list", "plain_scalar", "ref_pattern",
         "reference_declarator", "reference_pattern", "rest_pattern", "slice_pattern", "string", "tuple_pattern",
         "tuple_struct_pattern", "use_list"),
        _ONE,
    ),
    **dict.fromkeys(
        ("array_declarator", "function_declarator", "init_declarator", "pointer_declarator"),
        ("declarator",),
    ),
    **dict.fromkeys(("field_access", "field_expression", "selector_expression"), ("field",)),
    **dict.fromkeys(("nested_type_identifier", "qualified_identifier", "scoped_identifier"), ("name",)),
    **dict.fromkeys(("assignment_pattern", "object_assignment_pattern"), ("left",)),
    "attribute": ("attribute",),
    "member_expression": ("property",),
    "pair_pattern": ("value",),
    "scoped_use_list": ("list",),
    "use_as_clause": ("alias",),
}  # fmt: skip
"""Type of a node to the fields through which a name in it is bound by what stands around it."""
_ASSIGNS = frozenset(("assignment_expression", "assignment_statement"))
"""Types of nodes that bind a member of an object alone."""
MEMBERS = frozenset(
    ("attribute", "field_access", "field_expression", "member_expression", "selector_expression")
)

_DEFINES = (
    "abstract_class_declaration", "alias_declaration", "class", "class_declaration", "class_definition",
    "class_specifier", "const_item", "const_spec", "constructor_declaration", "enum_assignment",
    "enum_constant", "enum_declaration", "enum_item", "enum_specifier", "enum_variant", "enumerator",
    "function_declaration", "function_definition", "function_expression", "function_item",
    "function_signature_item", "generator_function_declaration", "interface_declaration",
    "macro_definition", "method_declaration", "method_definition", "method_elem", "method_signature",
    "mod_item", "namespace_definition", "preproc_def", "preproc_function_def", "record_declaration",
    "static_item", "struct_item", "struct_specifier", "trait_item", "type_alias_declaration", "type_item",
    "type_spec", "union_item", "union_specifier",
)  # fmt: skip
"""Types of nodes that define what their field `name` says."""
_BINDS: dict[tuple[str, str | None], str] = {
    **{(kind, "name"): "definition" for kind in _DEFINES},
    ("function_definition", "declarator"): "definition",
    ("type_definition", "declarator"): "definition",
    **{(kind, "left"): "variable" for kind in
       ("assignment", "assignment_expression", "assignment_statement", "short_var_declaration")},
    **{(kind, "name"): "variable" for kind in ("var_spec", "variable_assignment", "variable_declarator")},
    ("declaration", "declarator"): "variable",
    ("global_statement", None): "variable",
    ("let_declaration", "pattern"): "variable",
    **{(kind, "left"): "passing" for kind in
       ("for_in_clause", "for_in_statement", "for_statement", "range_clause")},
    **{(kind, "pattern"): "passing" for kind in ("for_expression", "let_condition")},
    **{(kind, "name"): "passing" for kind in ("enhanced_for_statement", "named_expression", "resource")},
    ("as_pattern", "alias"): "passing",
    ("for_statement", "variable"): "passing",
    ("match_pattern", None): "passing",
    ("field_declaration", "declarator"): "member",
    ("field_declaration", "name"): "member",
    ("field_definition", "property"): "member",
    ("field_initializer", "field"): "member",
    ("public_field_definition", "name"): "member",
    ("property_signature", "name"): "member",
    ("block_mapping_pair", "key"): "key",
    ("flow_pair", "key"): "key",
    ("keyed_element", "key"): "key",
    ("pair", "key"): "key",
    ("pair", None): "key",
    ("table", None): "key",
    ("table_array_element", None): "key",
    ("class_selector", None): "member",
    ("id_selector", None): "member",
    ("keyframes_statement", None): "member",
    **{(kind, None): "parameter" for kind in
       ("closure_parameters", "formal_parameters", "lambda_parameters", "parameters", "typed_parameter")},
    **{(kind, "name"): "parameter" for kind in
       ("catch_formal_parameter", "default_parameter", "formal_parameter", "parameter_declaration",
        "typed_default_parameter", "variadic_parameter_declaration")},
    **{(kind, "pattern"): "parameter" for kind in ("optional_parameter", "parameter", "required_parameter")},
    **{(kind, "declarator"): "parameter" for kind in ("optional_parameter_declaration", "parameter_declaration")},
    ("arrow_function", "parameter"): "parameter",
    ("catch_clause", "parameter"): "parameter",
    ("lambda_expression", "parameters"): "parameter",
    ("type_parameter", "name"): "parameter",
    ("type_parameter", None): "parameter",
    ("aliased_import", "alias"): "import",
    ("future_import_statement", "name"): "import",
    ("import_clause", None): "import",
    ("import_declaration", None): "import",
    ("import_from_statement", "name"): "import",
    ("import_spec", "name"): "import",
    ("import_specifier", "alias"): "import",
    ("import_specifier", "name"): "import",
    ("import_statement", "name"): "import",
    ("namespace_import", None): "import",
    ("use_declaration", "argument"): "import",
}  # fmt: skip
"""Type of a node and one of its fields to what a name in it is bound as."""
FUNCTIONS = frozenset(
    ("arrow_function", "closure_expression", "constructor_declaration", "dictionary_comprehension",
     "func_literal", "function_declaration", "function_definition", "function_expression", "function_item",
     "generator_expression", "generator_function", "generator_function_declaration", "lambda",
     "lambda_expression", "list_comprehension", "method_declaration", "method_definition",
     "set_comprehension")
)  # fmt: skip
CLASSES = frozenset(
    ("abstract_class_declaration", "class", "class_declaration", "class_definition", "class_specifier",
     "enum_declaration", "enum_item", "impl_item", "interface_declaration", "object_type",
     "record_declaration", "struct_specifier", "trait_item", "union_specifier")
)  # fmt: skip
_HEIRS = ("superclasses", "superclass", "class_heritage", "base_class_clause", "super_interfaces")
"""Fields and types of nodes of a class that has members of others."""
_PATHS = frozenset(
    (("aliased_import", "name"), ("import_from_statement", "module_name"), ("package_clause", None),
     ("scoped_identifier", "path"), ("scoped_identifier", "scope"), ("scoped_use_list", "path"),
     ("use_as_clause", "path"))
)  # fmt: skip
_UNREAD = frozenset(("attribute_item", "inner_attribute_item", "lifetime"))
"""Types of nodes whose names nothing in the text binds."""
_SELVES = frozenset((b"self", b"this", b"cls"))
_BUILT_IN = {
    "javascript": "Array BigInt Boolean Buffer Date Error Infinity JSON Map Math NaN Number Object Promise Proxy "
    "RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URL URLSearchParams WeakMap "
    "WeakSet arguments clearInterval clearTimeout console decodeURIComponent document encodeURIComponent exports "
    "fetch globalThis isFinite isNaN module parseFloat parseInt process queueMicrotask require setInterval "
    "setTimeout structuredClone undefined window",
    "typescript": "Awaited Exclude Extract Iterable Iterator NonNullable Omit Parameters Partial Pick Readonly "
    "ReadonlyArray Record Required ReturnType any bigint boolean never number object string symbol unknown void",
    "go": "any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false "
    "float32 float64 imag int int8 int16 int32 int64 iota len make max min new nil panic print println real "
    "recover rune string true uint uintptr " + " ".join(f"uint{1 << n}" for n in range(3, 7)),
    "rust": "Box Clone Copy Debug Default Drop Eq Err Fn FnMut FnOnce From Hash Into IntoIterator Iterator None "
    "Option Ord PartialEq PartialOrd Result Self Send Some String Sync ToString Vec assert assert_eq drop eprintln "
    "format matches panic print println str todo unimplemented unreachable vec write writeln",
    "java": "ArithmeticException AutoCloseable Boolean Byte CharSequence Character Class Comparable Deprecated "
    "Double Enum Error Exception Float FunctionalInterface IllegalArgumentException IllegalStateException "
    "IndexOutOfBoundsException Integer InterruptedException Iterable Long Math NullPointerException Number Object "
    "Override Record Runnable RuntimeException Short String StringBuilder SuppressWarnings System Thread Throwable "
    "UnsupportedOperationException Void",
    "c": "NULL bool false size_t true",
    "cpp": "NULL bool false nullptr size_t std true",
    "shellscript": "IFS PATH HOME PWD",
}
"""What is known in every file of a language, and no keyword; the rest is imported."""
_BUILT_INS = {
    **{language: frozenset(words.split()) for language, words in _BUILT_IN.items()},
    **dict.fromkeys(
        ("typescript", "typescriptreact"),
        frozenset(f"{_BUILT_IN['javascript']} {_BUILT_IN['typescript']}".split()),
    ),
    "javascriptreact": frozenset(_BUILT_IN["javascript"].split()),
}


class Step(NamedTuple):
    """A node on the way to another one."""

    node: Node
    field: str | None
    """Of the node above, that holds it."""
    above: Step | None

    @property
    def way(self) -> Iterator[Step]:
        """It, and the nodes above it."""
        step: Step | None = self
        while step is not None:
            yield step
            step = step.above


def walk(root: Node) -> Iterator[Step]:
    """All nodes, each before those below it, in the order of the text."""
    stack = [Step(root, None, None)]
    while stack:
        step = stack.pop()
        yield step
        children = step.node.children
        stack += [
            Step(children[i], step.node.field_name_for_child(i), step)
            for i in range(len(children) - 1, -1, -1)
        ]


def names(
    root: Node, data: bytes, language: str, readable: Callable[[int], frozenset[str]] | None
) -> list[Name]:
    """All names of a tree of some UTF-8; `readable` tells which can be read at a code point, if that is known."""
    found = [each for step in walk(root) if not step.node.child_count for each in _named(step)]
    ends = [at for _, *spans, _ in found for span in spans for at in span]
    places = code_points(data, ends)
    whole = Span(0, places.get(len(data), len(data.decode())))
    made = [
        Name(
            told.text, Span(*(places[at] for at in here)), told.role,
            whole if seen == NOWHERE else Span(*(places[at] for at in seen)), told.kind, told.inside,
        )
        for told, here, seen, _ in found
    ]  # fmt: skip
    bound = {each.text for each in made if each.role == "bound"}
    known = bound | _BUILT_INS.get(language, frozenset()) | keywords(language)
    members = {each.text for each in made if each.kind in ("member", "definition")}

    def is_known(name: Name, own: bool) -> bool:
        if own:
            return name.text in members
        if name.role != "read":
            return True
        return name.text in (known if readable is None else readable(name.span.start))

    return [
        each._replace(known=is_known(each, own))
        for each, (*_, own) in zip(made, found, strict=True)
    ]


class _Told(NamedTuple):
    text: str
    role: Role
    kind: str = ""
    inside: str = ""


NOWHERE = (0, 0)
_Found = tuple[_Told, tuple[int, int], tuple[int, int], bool]
"""A name, where it stands and where it is seen, in bytes, all of the text where that is NOWHERE; and whether it is
read of the object itself, whose class has no members of others."""


def _named(step: Step) -> Iterator[_Found]:
    """The names that a leaf stands for: one, but for `{a}` of JavaScript, which is two."""
    node, word = step.node, text_of(step.node)
    if step.above and step.above.above and step.above.above.field == "path":  # an import of Go
        yield _Told(word.split("/")[-1], "bound", "import"), _bytes(node), NOWHERE, False
        return
    if node.type in _TEXTS and _WORD.match(bare := word.strip("\"'")):
        bound = _bound(step, bare) if node.type != "word" or step.field == "name" else None
        command = node.type == "word" and step.above and step.above.node.type == "command_name"
        yield bound or _read(step, bare, "read" if command else "text")
        return
    if not _LEAF.search(node.type) and node.type not in _LEAVES:
        return
    if node.type == "statement_identifier" or word in ("", "_"):
        return
    if node.type == _SHORTHAND:
        yield _Told(word, "bound", "key", inside(step)), _bytes(node), NOWHERE, False
    yield _bound(step, word) or _read(step, word, _role(step))


def _bytes(node: Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte


def _read(step: Step, word: str, role: Role) -> _Found:
    span = _bytes(step.node)
    return _Told(word, role, "", inside(step)), span, span, role == "member" and _is_own(step)


def _bound(step: Step, word: str) -> _Found | None:
    """A leaf as a name that is bound there; None for one that is read."""
    member = function = False
    here = step
    while here.above is not None and here.field in _THROUGH.get(here.above.node.type, ()):
        kind = here.above.node.type
        if kind == "dotted_name" and here.above.node.children[0] != here.node:
            return None
        member |= kind in MEMBERS
        function |= kind == "function_declarator"
        here = here.above
    if here.above is None:
        return None
    holder = here.above
    kind = _BINDS.get((holder.node.type, here.field), "")
    if holder.node.type == "declaration" and step.node.type == "property_name":
        kind = "member" if word.startswith("--") else ""
    operator = holder.node.child_by_field_name("operator")
    if operator is not None and text_of(operator) not in (
        "=",
        ":=",
    ):  # it goes on with what is there
        return None
    if not kind or (holder.node.type == "pair" and not _is_key(here)):
        return None
    if holder.node.type in _ASSIGNS and not member:  # it was declared elsewhere
        return None
    kind = "definition" if function and kind == "variable" else kind
    kind = "member" if member and kind != "key" else kind
    seen = NOWHERE
    if kind not in ("member", "key") and holder.node.type != "global_statement":
        kind, seen = _scope(holder, kind)
    return _Told(word, "bound", kind, inside(holder.above)), _bytes(step.node), seen, False


def _is_key(step: Step) -> bool:
    """Whether a child of a pair is its key: the first one."""
    return step.above is not None and step.above.node.children[0] == step.node


def _scope(holder: Step, kind: str) -> tuple[str, tuple[int, int]]:
    """As what, and in which bytes, the name is seen that a node binds."""
    own = holder.node.type in FUNCTIONS | CLASSES and kind == "definition"
    for step in (holder.above if own else holder).way if holder.above else ():
        if step.node.type in FUNCTIONS:
            return kind, _bytes(step.node)
        if step.node.type in CLASSES and kind != "parameter":
            return "member", NOWHERE
    if kind == "parameter":  # of a declaration, whose name tells nobody anything
        node = holder.above.node if holder.above else holder.node
        return kind, _bytes(node)
    return kind, NOWHERE


def _role(step: Step) -> Role:
    """How a name is read."""
    above = step.above.node.type if step.above else ""
    if (above, step.field) == ("keyword_argument", "name"):
        return "keyword"
    if (above, step.field) == ("method_invocation", "name"):
        alone = step.above is None or step.above.node.child_by_field_name("object") is None
        return "read" if alone else "member"
    if step.field in _THROUGH.get(above, ()) and (above in MEMBERS or above.endswith("identifier")):
        return "member"
    if step.node.type in ("property_identifier", "field_identifier", "private_property_identifier"):
        return "member"
    way = [(each.above.node.type, each.field) for each in list(step.way)[:4] if each.above]
    unread = any(each in _PATHS or each[0] in _UNREAD for each in way)
    return "member" if unread else "read"


def _is_own(step: Step) -> bool:
    """Whether a member is read of the object itself, in a class that has no members of others."""
    if step.above is None or step.above.node.type not in MEMBERS:
        return False
    if step.above.node.children[0].text not in _SELVES:
        return False
    around = next((each.node for each in step.way if each.node.type in CLASSES), None)
    if around is None or around.type == "impl_item":  # traits
        return False
    heirs = {child.type for child in around.children}
    return not any(around.child_by_field_name(each) or each in heirs for each in _HEIRS)


def inside(step: Step | None) -> str:
    """Names of the definitions around, with a point behind each."""
    around = [name_of(each.node) for each in step.way] if step else []
    return "".join(f"{name}." for name in reversed(around) if name)


def name_of(node: Node) -> str:
    """What a function or class is called; empty of others, and where it has no name."""
    if node.type not in FUNCTIONS | CLASSES:
        return ""
    field = "type" if node.type == "impl_item" else "name"
    named: Node | None = node.child_by_field_name(field)
    inner = named or node.child_by_field_name("declarator")
    while inner is not None and inner is not named:
        named, inner = inner, inner.child_by_field_name("declarator")
    return re.split(r"[<(\s]", text_of(named))[0] if named is not None else ""


def text_of(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode()
