"""The language of a document: by its name, its first line, or what an editor calls it.

Identifiers are those of the Language Server Protocol; an empty one means unknown.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

SUFFIXES = {
    ".bash": "shellscript",
    ".c": "c",
    ".cc": "cpp",
    ".cjs": "javascript",
    ".cpp": "cpp",
    ".css": "css",
    ".cts": "typescript",
    ".cxx": "cpp",
    ".go": "go",
    ".h": "c",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".htm": "html",
    ".html": "html",
    ".hxx": "cpp",
    ".ipynb": "json",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".jsonc": "jsonc",
    ".jsx": "javascriptreact",
    ".markdown": "markdown",
    ".md": "markdown",
    ".mjs": "javascript",
    ".mts": "typescript",
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".rs": "rust",
    ".sh": "shellscript",
    ".sql": "sql",
    ".tex": "latex",
    ".toml": "toml",
    ".ts": "typescript",
    ".tsx": "typescriptreact",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""Last suffix of a file name, in lower case."""

NAMES = {
    ".bash_aliases": "shellscript",
    ".bash_logout": "shellscript",
    ".bash_profile": "shellscript",
    ".bashrc": "shellscript",
    ".clang-format": "yaml",
    ".clang-tidy": "yaml",
    ".profile": "shellscript",
    "Cargo.lock": "toml",
    "PKGBUILD": "shellscript",
    "Pipfile": "toml",
    "Pipfile.lock": "json",
    "SConscript": "python",
    "SConstruct": "python",
    "composer.lock": "json",
    "poetry.lock": "toml",
    "uv.lock": "toml",
    "wscript": "python",
}
"""Whole file names whose suffix says nothing."""

INTERPRETERS = {
    "ash": "shellscript",
    "bash": "shellscript",
    "bun": "typescript",
    "dash": "shellscript",
    "deno": "typescript",
    "node": "javascript",
    "nodejs": "javascript",
    "pypy": "python",
    "python": "python",
    "sh": "shellscript",
    "ts-node": "typescript",
    "tsx": "typescript",
    "uv": "python",
}
"""Programs that a script's first line names, without their version."""

EDITOR_NAMES = {
    "bash": "shellscript",  # Helix, Kate
    "c++": "cpp",
    "dockercompose": "yaml",  # VS Code
    "javascript.jsx": "javascriptreact",  # Vim
    "jsx": "javascriptreact",  # Helix
    "plaintext": "",  # VS Code, for all that it does not know
    "sh": "shellscript",  # Vim
    "tsx": "typescriptreact",  # Helix
    "typescript.tsx": "typescriptreact",  # Vim
}
"""Names that editors give instead of the protocol's identifiers."""

_SHEBANG = re.compile(r"#!([^\r\n]*)")
_SPLIT = re.compile(r"^(-\w*S|--split-string=)")
_MODE = re.compile(r"-\*-(?:[^\n]*?\bmode:)?[ \t]*([\w+-]+)[ \t]*;?[^\n]*-\*-")
"""What Emacs reads in the first line, as `-*- C++ -*-` and `-*- mode: sh; coding: utf-8 -*-`."""
MODES = {"c++": "cpp", "shell-script": "shellscript", "sh": "shellscript", "python": "python"}
"""Modes that are told where a name says nothing, or something else."""
_CPP = re.compile(
    r"^[ \t]*(?:template\s*<|namespace\s+[\w:]*\s*\{|using\s+namespace\s|"
    r"class\s+(?:\w+\s+)?\w+\s*[;:{]|(?:public|protected|private)\s*:|[^\n/*\"]*\w::~?\w)|\bstd::\w",
    re.MULTILINE,
)


def language_of(path: str | Path, text: str = "") -> str:
    """Language identifier by file name, else by the first line of `text`; empty when unknown.

    A header `.h` is C, unless `text` holds what only C++ has. A first line that names its mode for Emacs is
    believed before the name: a completion of bash may be called `program.py`.
    """
    name = PurePath(path).name
    mode = _MODE.search(text, 0, max(text.find("\n"), 0) or len(text))
    if mode and mode[1].lower() in MODES:
        return MODES[mode[1].lower()]
    language = NAMES.get(name) or SUFFIXES.get(PurePath(name).suffix.lower())
    if language == "c" and name.lower().endswith(".h") and _CPP.search(text):
        return "cpp"
    return language or of_script(text)


def from_editor(identifier: str) -> str:
    """Our identifier for an editor's; one that we do not know stays, in lower case."""
    identifier = identifier.lower()
    return EDITOR_NAMES.get(identifier, identifier)


def of_script(text: str) -> str:
    """Language by the interpreter in the shebang line, also behind `env` and its options; empty without one."""
    line = _SHEBANG.match(text)
    words = line[1].split() if line else []
    if words and PurePath(words[0]).name != "env":
        words = words[:1]  # the rest are the interpreter's own arguments
    for word in (_SPLIT.sub("", word) for word in words):
        program = PurePath(word).name.rstrip("0123456789.")
        if program in INTERPRETERS and "=" not in word:  # not a variable set by env
            return INTERPRETERS[program]
    return ""
