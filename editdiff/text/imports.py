"""What a text imports, by its lines alone, and where that may lie.

A text that is being edited often does not parse, so its statements are found one by one. What stands in a string is
found too, and leads nowhere: no such file is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^()]{0,4000}\)|[^\n#;]+)", re.MULTILINE
)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
_SCRIPT = re.compile(
    r"""(?:\bfrom|\brequire[ \t]*\(|\bimport[ \t]*\(?)[ \t]*(["'])(\.[^"'\n]{0,400})\1"""
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]{1,400})"', re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")
SCRIPTS = ("javascript", "javascriptreact", "typescript", "typescriptreact")
"""Languages that import each other."""
EXTENSIONS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
"""What a script's import may leave out."""


class Target(NamedTuple):
    """A file that an import may mean."""

    up: int
    """Folders above that of the importing file where the path begins, 0 for that folder; ANYWHERE for a root."""
    path: str
    """With `/` between folders."""


ANYWHERE = -1
"""The path begins where the language looks for modules: at a root of the project."""


def imported(text: str, language: str) -> list[list[Target]]:
    """For each thing that a text imports the files that it may be, the likeliest first, in the order of the text.

    A module that a package is asked for (`from package import module`) may itself be a file, so it is one more.
    """
    if language == "python":
        return list(_python(text))
    if language in SCRIPTS:
        return [_script(found[2]) for found in _SCRIPT.finditer(text)]
    if language in ("c", "cpp"):
        paths = [found[1] for found in _INCLUDE.finditer(text)]
        return [[Target(0, path), Target(ANYWHERE, path)] for path in paths]
    return []


def _python(text: str) -> Iterator[list[Target]]:
    for found in _FROM.finditer(text):
        up = len(found[1]) - 1
        module = [part for part in found[2].split(".") if part]
        if module:
            yield _module(up, module)
        named = _COMMENT.sub("", found[3]).strip("() \t\r\n").split(",")
        for name in (each.split()[0] for each in named if each.split()):
            if name.isidentifier():
                yield _module(up, [*module, name])
    for found in _IMPORT.finditer(text):
        for each in found[1].split(","):
            if each.split():
                yield _module(ANYWHERE, each.split()[0].split("."))


def _module(up: int, parts: Sequence[str]) -> list[Target]:
    path = "/".join(parts)
    return [Target(up, f"{path}{end}") for end in (".py", "/__init__.py", ".pyi")]


def _script(path: str) -> list[Target]:
    named = [path] if path.endswith(EXTENSIONS) else []
    written = []  # TypeScript names the file that will be made of it
    if path.endswith((".js", ".jsx")):
        written = [path.rpartition(".")[0] + end for end in (".ts", ".tsx")]
    ends = [f"{path}{end}" for end in (*EXTENSIONS, *(f"/index{e}" for e in EXTENSIONS))]
    return [Target(0, each) for each in (*named, *written, *ends)]
