"""Texts of changes as people commit them: edits that are harmless, and one fault near such an edit.

Faults of the syntax are those of `everyday_kinds`, of tests those of mutation testing (`edits.mutations`). Each
function is given a text and a source of randomness, and makes the same of the same. Whether a fault is one at all,
a judge says.
"""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

from editdiff.edits.mutations import mutations, names_in
from editdiff.evaluation.data.everyday_kinds import KINDS, Break, kinds_of

NEAR = 12
"""Lines above and below a harmless edit in which its fault lies."""
MUTANTS = 12
"""Mutations of a line among which one is drawn."""
UNUSED, MISSPELT = "import that is not used", "name misspelt"
SENTENCES = (
    "The tests tell more of the odd cases.",
    "What is given is left as it is.",
    "The order is that of the input.",
    "This is asked for more often than anything else here.",
)
MODULES = ("json", "shutil", "tempfile", "textwrap", "string", "random", "heapq", "bisect")
"""Of the standard library; one that a text does not name is imported for nothing."""
SUFFIXES = ("_now", "_here", "_known")
_WHOLE = {"end of the file cut off", "last line cut off", "fence left over"}
"""Kinds that make something of the whole file."""
_NAMED = {"name misspelt", "letter of another case", "number of another noun", "import forgotten"}
"""Kinds that a linter sees, and no parser."""
_CODE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.If, ast.While, ast.For)
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal, ast.JoinedStr,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Import, ast.ImportFrom, ast.ExceptHandler,
    ast.Match,
)  # fmt: skip
"""What makes it hard to say to whom a name belongs, or where it stands."""
_IMPORT = re.compile(r"(?:import \w|from (?!__future__)[\w.]+ import \w)[^(\\]*")
_RESULT = re.compile(r"(?<= = )\d+")
_STORIES = (
    (
        "A run over {a} folders with {b} files each opens {a} * {b} = {ab} files.",
        "With {c} more that are named it is {ab} + {c} = {abc} files.",
    ),
    (
        "A page with {a} lines of {b} letters holds {a} * {b} = {ab} letters.",
        "With a heading of {c} letters it is {ab} + {c} = {abc} letters.",
    ),
    (
        "In {a} hours with {b} calls each there are {a} * {b} = {ab} calls.",
        "Another {c} warm it up: {ab} + {c} = {abc} calls in all.",
    ),
)


class Harmless(NamedTuple):
    """A text with a harmless edit."""

    text: str
    line: int
    """Of the edit, from 0."""


Edit = Callable[[str, random.Random], Harmless | None]


class Candidate(NamedTuple):
    """What may be a fault."""

    words: str
    """How it came about."""
    text: str


def commented(text: str, rng: random.Random) -> Harmless | None:
    """A comment above a line of a body."""
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if re.match(r" {4,}[a-z]", line)]
    if not places:
        return None
    at = rng.choice(places)
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return _with_lines(lines, at, f"{margin}# {rng.choice(SENTENCES)}")


def documented(text: str, rng: random.Random) -> Harmless | None:
    """A sentence more at the end of a docstring of several lines."""
    tree, lines = _tree(text), text.split("\n")
    ends = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            last = (node.body[0].end_lineno or 1) - 1
            if last > node.body[0].lineno - 1 and lines[last].strip() in ('"""', "'''"):
                ends.append(last)
    if not ends:
        return None
    at = rng.choice(ends)
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return _with_lines(lines, at, "", f"{margin}{rng.choice(SENTENCES)}")


def renamed(text: str, rng: random.Random) -> Harmless | None:
    """A local variable has another name, wherever it stands."""
    tree = _tree(text) if text.isascii() else None
    choices = [
        (node, name)
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.FunctionDef)
        for name in _own_names(node)
    ]
    if not choices:
        return None
    node, name = rng.choice(choices)
    new = name + rng.choice(SUFFIXES)
    if re.search(rf"\b{new}\b", text):
        return None
    lines = text.split("\n")
    places = {
        (each.lineno - 1, each.col_offset)
        for each in _names(node)
        if each.id == name and each.end_col_offset is not None
    }
    for line, column in sorted(places, reverse=True):
        lines[line] = lines[line][:column] + new + lines[line][column + len(name) :]
    return Harmless("\n".join(lines), min(places)[0])


def reckoned(text: str, rng: random.Random) -> Harmless | None:
    """Two sentences with an equation each, the second goes on from the first, as a paragraph of Markdown."""
    lines, places, fenced = text.split("\n"), list[int](), False
    for at, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        following = lines[at + 1 : at + 2]
        if not fenced and not line.strip() and not (following and following[0][:1].isspace()):
            places.append(at)
    if not places:
        return None
    a, b, c = rng.randrange(11, 40), rng.randrange(11, 90), rng.randrange(12, 200)
    values = {"a": a, "b": b, "c": c, "ab": a * b, "abc": a * b + c}
    story = [sentence.format(**values) for sentence in rng.choice(_STORIES)]
    return _with_lines(lines, rng.choice(places) + 1, *story, "")


def broken(text: str, line: int, rng: random.Random) -> Iterator[Candidate]:
    """Slips that a parser may see, each kind of them once."""
    kinds = [name for name in kinds_of("python") if name not in _WHOLE | _NAMED]
    for name in rng.sample(kinds, len(kinds)):
        wrong = _near(text, line, KINDS[name].apply, rng)
        if wrong is not None:
            yield Candidate(name, wrong)


def linted(text: str, line: int, rng: random.Random) -> Iterator[Candidate]:
    """An import of something that is not used, and names that are misspelt where they are used; either first."""
    ways = [_imported(text, rng), _misspelt(text, line, rng)]
    for way in rng.sample(ways, len(ways)):
        yield from way


def mutated(text: str, line: int, rng: random.Random) -> Iterator[Candidate]:
    """Statements that do something slightly different."""
    lines, names = text.split("\n"), names_in(text)
    places = [at for at in _statements(text) if abs(at - line) <= NEAR]
    for at in rng.sample(places, len(places)):
        mutants = mutations(lines[at], names, MUTANTS)
        if mutants:
            yield Candidate(
                "mutation", "\n".join([*lines[:at], rng.choice(mutants), *lines[at + 1 :]])
            )


def miscounted(text: str, line: int, rng: random.Random) -> Iterator[Candidate]:
    """One digit of one of the two results below `line` is another one."""
    lines = text.split("\n")
    for at in rng.sample((line, line + 1), 2):
        if result := _RESULT.search(lines[at]):
            place = rng.randrange(result.start(), result.end())
            digit = rng.choice([d for d in "123456789" if d != lines[at][place]])
            wrong = lines[at][:place] + digit + lines[at][place + 1 :]
            yield Candidate("digit of a result", "\n".join([*lines[:at], wrong, *lines[at + 1 :]]))


def _with_lines(lines: list[str], at: int, *new: str) -> Harmless:
    text = "\n".join([*lines[:at], *new, *lines[at:]])
    return Harmless(text, at + next(n for n, line in enumerate(new) if line))


def _near(text: str, line: int, apply: Break, rng: random.Random) -> str | None:
    """The text with a fault in the lines around one."""
    lines = text.split("\n")
    first, end = max(0, line - NEAR), min(len(lines) - 1, line + NEAR + 1)
    window = "".join(each + "\n" for each in lines[first:end])
    wrong = apply(window, rng)
    if wrong is None or wrong == window:
        return None
    return "".join(each + "\n" for each in lines[:first]) + wrong + "\n".join(lines[end:])


def _imported(text: str, rng: random.Random) -> Iterator[Candidate]:
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if _IMPORT.fullmatch(line)]
    unknown = [name for name in MODULES if not re.search(rf"\b{name}\b", text)]
    if places and unknown:
        new = f"import {rng.choice(unknown)}"
        yield Candidate(UNUSED, _with_lines(lines, places[0], new).text)


def _misspelt(text: str, line: int, rng: random.Random) -> Iterator[Candidate]:
    for _ in range(NEAR):
        wrong = _near(text, line, KINDS[MISSPELT].apply, rng)
        if wrong is not None:
            yield Candidate(MISSPELT, wrong)


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _names(node: ast.FunctionDef) -> Iterator[ast.Name]:
    """Names in the body of a function."""
    for statement in node.body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Name):
                yield each


def _own_names(node: ast.FunctionDef) -> list[str]:
    """Names of a function's variables, where it is plain that they are its own; in the order of the alphabet."""
    inside = [each for statement in node.body for each in ast.walk(statement)]
    asks = any(isinstance(e, ast.Name) and e.id in ("locals", "vars", "eval") for e in inside)
    if asks or any(isinstance(each, _SCOPES) for each in inside):
        return []
    given = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    stored = {each.id for each in _names(node) if isinstance(each.ctx, ast.Store)}
    return sorted(stored - given)


def _statements(text: str) -> list[int]:
    """Lines, from 0, in which a statement of a function begins that does something."""
    tree = _tree(text)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] if tree else []
    inside = [each for node in functions for each in ast.walk(node) if isinstance(each, ast.stmt)]
    return sorted({each.lineno - 1 for each in inside if _does(each)})


def _does(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call)
    return isinstance(statement, _CODE)
