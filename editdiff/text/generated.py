"""Files that a program wrote: told by their names, and by what such programs say at the top."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

HEAD = 2_000
"""Characters at the beginning of a file in which it says so."""
_NAMES = (
    "*.min.js", "*.min.css", "*.bundle.js", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*.pb.go", "*.pb.cc",
    "*.pb.h", "*.generated.*", "*.lock", "*.lockfile", "*.lock.json", "package-lock.json",
    "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum",
)  # fmt: skip
_SAYS_SO = re.compile(
    r"@generated\b|\b(?:auto-?|automatically |code )?generated\b[^\0]{0,200}?\bdo not (?:edit|modify)\b"
    r"|\bdo not (?:edit|modify)\b[^\0]{0,200}?\b(?:auto-?|automatically )?generated\b",
    re.IGNORECASE,
)


def is_generated(name: str, head: str) -> bool:
    """Whether a file of a name, without its folder, that begins with `head` was written by a program."""
    return any(fnmatchcase(name, known) for known in _NAMES) or bool(_SAYS_SO.search(head[:HEAD]))
