"""What the families of transformations ask of expressions and statements."""

from __future__ import annotations

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.source import Site, Source

LOOSE = (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.Tuple, cst.Yield, cst.GeneratorExp)
"""Expressions that bind looser than any operator, or whose parentheses may be a call's."""
NUMBERS = (cst.Integer, cst.Float)
COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
EXITS = (cst.Return, cst.Raise, cst.Continue, cst.Break)


def replaced(source: Source, node: cst.CSTNode, text: str, **words: str) -> Site:
    """The site that puts `text` in the place of a node, inside its parentheses."""
    return Site((TextEdit(source.span(node), text),), words)


def rewritten(span: Span, text: str, **words: str) -> Site:
    """The site that puts `text` in the place of a span."""
    return Site((TextEdit(span, text),), words)


def is_name(node: cst.CSTNode | None, *names: str) -> bool:
    """Whether a node is a bare name, one of these if any are given."""
    return isinstance(node, cst.Name) and (not names or node.value in names)


def is_elif(source: Source, node: cst.If) -> bool:
    """Whether an `if` is the `elif` of another."""
    above = source.parent(node)
    return isinstance(above, cst.If) and above.orelse is node


def builtin_call(source: Source, node: cst.CSTNode, *names: str) -> bool:
    """Whether a node calls one of these builtins, which the file binds nowhere."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value in names
        and node.func.value not in source.bound
    )


def plain_arguments(call: cst.Call) -> bool:
    """Whether all arguments of a call are positional, none unpacked."""
    return all(arg.keyword is None and not arg.star for arg in call.args)


def small(suite: cst.BaseSuite) -> cst.BaseSmallStatement | None:
    """The one simple statement of an indented block; None where it holds anything else."""
    if not isinstance(suite, cst.IndentedBlock) or len(suite.body) != 1:
        return None
    return lone(suite.body[0])


def lone(line: cst.CSTNode | None) -> cst.BaseSmallStatement | None:
    """The statement of a line that holds just one; None where it holds several, or is compound."""
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        return line.body[0]
    return None


def lone_assign(line: cst.CSTNode | None) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """Target and value of a line `target = value`."""
    statement = line if isinstance(line, cst.Assign) else lone(line)
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement.targets[0].target, statement.value
    return None


def leaves(suite: cst.BaseSuite) -> bool:
    """Whether a block ends in `return`, `raise`, `continue` or `break`."""
    if not isinstance(suite, cst.IndentedBlock):
        return False
    last = suite.body[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], EXITS)


def one_line(source: Source, node: cst.CSTNode) -> bool:
    """Whether a node stands on a single line."""
    span = source.outer(node)
    return source.row(span.start) == source.row(span.end)


def negated(source: Source, test: cst.BaseExpression) -> str | None:
    """The opposite of a condition; None where it would not read well.

    Exact for whatever decides by its truth. `==` and `!=` are taken as opposites only beside a number or a
    string, where the data model's default makes them so.
    """
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = test.expression
        return source.span(inner).slice(source.text) if one_line(source, inner) else None
    if isinstance(test, cst.Comparison):
        return _negated_comparison(source, test)
    if isinstance(test, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return f"not {source.code(test)}"
    if isinstance(test, cst.BooleanOperation) and one_line(source, test):
        return f"not ({source.span(test).slice(source.text)})"
    return None


def _negated_comparison(source: Source, test: cst.Comparison) -> str | None:
    if len(test.comparisons) != 1:
        return None
    target = test.comparisons[0]
    opposite = OPPOSITES.get(type(target.operator))
    sides = (test.left, target.comparator)
    literal = any(isinstance(s, (*NUMBERS, cst.SimpleString)) for s in sides)
    if opposite is None or (opposite in ("==", "!=") and not literal):
        return None
    return f"{source.code(test.left)} {opposite} {source.code(target.comparator)}"


OPPOSITES: dict[type[cst.CSTNode], str] = {
    cst.Is: "is not",
    cst.IsNot: "is",
    cst.In: "not in",
    cst.NotIn: "in",
    cst.Equal: "!=",
    cst.NotEqual: "==",
}


def is_truth(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression is certainly `True` or `False`: `is`, `in`, `not`, `isinstance(...)` and its like."""
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Not)
    if isinstance(node, cst.Comparison):
        return all(
            isinstance(t.operator, cst.Is | cst.IsNot | cst.In | cst.NotIn)
            for t in node.comparisons
        )
    return builtin_call(
        source, node, "isinstance", "issubclass", "callable", "hasattr", "any", "all"
    )


def is_binding(source: Source, use: cst.Name) -> bool:
    """Whether a name is bound or deleted here, rather than read."""
    node, above = use, source.parent(use)
    containers = (cst.Element, cst.StarredElement, cst.Tuple, cst.List)
    at: cst.CSTNode = node
    while isinstance(above, containers):
        at, above = above, source.parent(above)
    if isinstance(above, cst.AnnAssign | cst.AugAssign | cst.For | cst.CompFor | cst.NamedExpr):
        return above.target is at
    if isinstance(above, cst.Param | cst.FunctionDef | cst.ClassDef):
        return above.name is at
    return isinstance(above, BINDERS)


BINDERS = (
    *(cst.AssignTarget, cst.AsName, cst.Del, cst.NameItem, cst.ImportAlias),
    *(cst.MatchAs, cst.MatchStar, cst.MatchMapping),
)


def bindings(source: Source, function: cst.FunctionDef, name: str) -> list[cst.Name]:
    """Where a function, or a scope inside it, binds a name."""
    return [use for use in source.uses(function, name) if is_binding(source, use)]


def target_names(target: cst.BaseAssignTargetExpression) -> list[str] | None:
    """The names that a loop binds: one, or a flat tuple of them; None for any other target."""
    if isinstance(target, cst.Name):
        return [target.value]
    if not isinstance(target, cst.Tuple):
        return None
    names = [e.value.value for e in target.elements if isinstance(e.value, cst.Name)]
    plain = len(names) == len(target.elements) and len(set(names)) == len(names)
    return names if plain and all(isinstance(e, cst.Element) for e in target.elements) else None


def confined(source: Source, function: cst.FunctionDef, names: list[str], span: Span) -> bool:
    """Whether a function's variables of these names have no use but in a span."""
    uses = (use for name in names for use in source.uses(function, name))
    return all(span.contains(source.span(use)) or _of_comprehension(source, use) for use in uses)


def _of_comprehension(source: Source, use: cst.Name) -> bool:
    """Whether a use belongs to a comprehension that binds the name, and not to what that iterates over first."""
    for above in source.above(use):
        if isinstance(above, COMPREHENSIONS) and not source.span(above.for_in.iter).contains(
            source.span(use)
        ):
            clause: cst.CompFor | None = above.for_in
            while clause is not None:
                if use.value in (target_names(clause.target) or ()):
                    return True
                clause = clause.inner_for_in
    return False


def guarded(source: Source, node: cst.CSTNode) -> bool:
    """Whether a `try` or `with` of the same function surrounds a node: half-done work could be seen there."""
    for above in source.above(node):
        if isinstance(above, cst.FunctionDef):
            return False
        if isinstance(above, cst.Try | cst.TryStar | cst.With):
            return True
    return False


def mentions(source: Source, node: cst.CSTNode, *names: str) -> bool:
    """Whether one of these names stands in a node, in whatever role."""
    return any(is_name(n, *names) for n in source.inside(node))


def fresh(source: Source, *names: str) -> str | None:
    """The first of these names that the file does not use."""
    return next((n for n in names if n not in source.all_names and n not in source.bound), None)
