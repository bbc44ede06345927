"""What the drafts of `infill` and `demo` are judged by."""

from __future__ import annotations

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker

CHECKERS = (SyntaxChecker(), PythonCompileChecker())
"""Asked in this order; the second starts a process, only for drafts that pass the first."""
