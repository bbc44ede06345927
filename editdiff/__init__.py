"""editdiff: editing with diffusion language models.

The public names; where they live may change. Each is imported when it is first used, so that
`import editdiff` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from editdiff.check.anatomy import TextAnatomist
    from editdiff.check.python_compile import PythonCompileChecker
    from editdiff.check.syntax import SyntaxChecker
    from editdiff.edits.fix.whole import fix
    from editdiff.edits.infill import infill
    from editdiff.edits.proposal import NoEdit, Proposal
    from editdiff.edits.rewrite import rewrite
    from editdiff.engines.base import FillOptions
    from editdiff.engines.choose import choose
    from editdiff.errors import EditdiffError
    from editdiff.text.document import Document
    from editdiff.text.span import Span

__version__ = "0.1.0"

__all__ = [
    "Document",
    "EditdiffError",
    "FillOptions",
    "NoEdit",
    "Proposal",
    "PythonCompileChecker",
    "Span",
    "SyntaxChecker",
    "TextAnatomist",
    "__version__",
    "choose",
    "fix",
    "infill",
    "rewrite",
]

_HOMES = {
    "Document": "text.document",
    "EditdiffError": "errors",
    "FillOptions": "engines.base",
    "NoEdit": "edits.proposal",
    "Proposal": "edits.proposal",
    "PythonCompileChecker": "check.python_compile",
    "Span": "text.span",
    "SyntaxChecker": "check.syntax",
    "TextAnatomist": "check.anatomy",
    "choose": "engines.choose",
    "fix": "edits.fix.whole",
    "infill": "edits.infill",
    "rewrite": "edits.rewrite",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
