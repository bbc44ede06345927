"""Which files of a project an edit may lie in: those that are its own code, and no tests."""

from __future__ import annotations

from pathlib import PurePosixPath

FOLDERS = frozenset(
    {"test", "tests", "testing", "__tests__", "spec", "specs", "testdata", "fixtures"}
)
"""Names of folders that hold tests."""
NAMES = ("conftest.py", "setup.py", "noxfile.py")
"""Files that say how tests are run, or what is installed for them."""


def is_test(path: str) -> bool:
    """Whether a file, by its path below the project, holds tests or what they need."""
    parts = PurePosixPath(path)
    stem, _, rest = parts.name.partition(".")
    whole = stem in ("test", "tests")  # as Django has it
    named = stem.startswith("test_") or stem.endswith(("_test", "_tests", "_spec", "Test", "Tests"))
    dotted = rest.startswith(("test.", "spec."))
    return (
        whole or named or dotted or parts.name in NAMES or not FOLDERS.isdisjoint(parts.parts[:-1])
    )
