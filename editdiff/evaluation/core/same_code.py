"""Whether two Python texts are the same program: equal syntax trees, whatever their layout, comments and quotes.

The texts are parsed by `ast` in a child process, never run, as `check.python_compile` does and for its reasons.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from editdiff.errors import MissingDependencyError

PROGRAM = """\
import ast, hashlib, json, sys, warnings
warnings.simplefilter("ignore")
forms = []
for source in json.load(sys.stdin):
    try:
        tree = ast.dump(ast.parse(source))
        forms.append(hashlib.sha256(tree.encode("utf-8", "surrogatepass")).hexdigest())
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        forms.append(None)
print(json.dumps(forms))
"""
TIME_LIMIT = 10.0
"""Seconds for all texts of a call."""


def forms(texts: Sequence[str]) -> list[str | None]:
    """A digest of each text's syntax tree, equal for the same program; None where there is no tree.

    A parser that crashes or takes too long leaves no tree for any of them.

    Raises:
        MissingDependencyError: when no Python interpreter can be started.
    """
    command = [sys.executable, "-I", "-S", "-c", PROGRAM]
    try:
        done = subprocess.run(
            command, input=json.dumps(list(texts)).encode(), capture_output=True, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired:
        return [None] * len(texts)
    except OSError as error:
        raise MissingDependencyError(
            f"code cannot be compared: {sys.executable!r} does not start: {error.strerror}",
            "run editdiff with an installed Python, as `python -m editdiff`",
        ) from error
    if done.returncode:
        return [None] * len(texts)
    return list(json.loads(done.stdout))


def same(text: str, truth: str, form: str | None, true_form: str | None) -> bool:
    """Whether a text is the true one, given both `forms`; the texts themselves decide where a form is missing."""
    if form is not None and true_form is not None:
        return form == true_form
    return text.strip() == truth.strip()
