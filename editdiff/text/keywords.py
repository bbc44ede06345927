"""Words that a language keeps for itself."""

from __future__ import annotations

import keyword

from editdiff.text.imports import SCRIPTS

_PYTHON = frozenset((*keyword.kwlist, *keyword.softkwlist))
_DATA = frozenset(("true", "false", "null"))
_SHELL = frozenset(
    ("case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then", "until",
     "while", "export", "local", "readonly", "return")
)  # fmt: skip
_C = frozenset(
    ("break", "case", "char", "class", "const", "continue", "default", "do", "double", "else", "enum", "extern",
     "float", "for", "goto", "if", "int", "long", "namespace", "new", "private", "protected", "public", "return",
     "short", "signed", "sizeof", "static", "struct", "switch", "template", "typedef", "typename", "union",
     "unsigned", "using", "virtual", "void", "volatile", "while", "define", "elif", "endif", "ifdef", "ifndef",
     "include", "pragma", "undef")
)  # fmt: skip
_JAVA = frozenset(
    ("abstract", "boolean", "break", "byte", "case", "catch", "char", "class", "continue", "default", "do",
     "double", "else", "enum", "extends", "final", "finally", "float", "for", "if", "implements", "import",
     "instanceof", "int", "interface", "long", "new", "package", "private", "protected", "public", "return",
     "short", "static", "super", "switch", "synchronized", "this", "throw", "throws", "try", "void", "while",
     *_DATA)
)  # fmt: skip
_SCRIPT = frozenset(
    ("abstract", "as", "async", "await", "break", "case", "catch", "class", "const", "continue", "declare",
     "default", "delete", "do", "else", "enum", "export", "extends", "finally", "for", "from", "function", "if",
     "implements", "import", "in", "instanceof", "interface", "let", "new", "of", "private", "protected", "public",
     "readonly", "return", "static", "super", "switch", "this", "throw", "try", "type", "typeof", "var", "void",
     "while", "yield", *_DATA)
)  # fmt: skip
_GO = frozenset(
    ("break", "case", "chan", "const", "continue", "default", "defer", "else", "for", "func", "go", "goto", "if",
     "import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type", "var")
)  # fmt: skip
_RUST = frozenset(
    ("as", "async", "await", "break", "const", "continue", "crate", "else", "enum", "extern", "false", "fn", "for",
     "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static",
     "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while")
)  # fmt: skip
_KEYWORDS = {
    "python": _PYTHON,
    "shellscript": _SHELL,
    "go": _GO,
    "java": _JAVA,
    "rust": _RUST,
    **dict.fromkeys(("c", "cpp"), _C),
    **dict.fromkeys(SCRIPTS, _SCRIPT),
    **dict.fromkeys(("json", "jsonc", "toml", "yaml"), _DATA),
}


def keywords(language: str) -> frozenset[str]:
    """Keywords of a language, constants and what begins a declaration among them; none where no list is."""
    return _KEYWORDS.get(language, frozenset())
