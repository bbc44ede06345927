"""What in a free text may be the name of a file: not a time, not an address, not code."""

from __future__ import annotations

import re

from editdiff.report.diagnostics.uris import path_of

_SUFFIX = re.compile(r"[^/\\]*\.[A-Za-z][\w+-]*")
_WITHOUT_SUFFIX = re.compile(
    r"(?:GNU)?[Mm]akefile|BSDmakefile|Dockerfile|Containerfile|Jenkinsfile|[A-Z][a-z]+file|BUILD|WORKSPACE"
)
"""Names that stand alone, as make and others write them."""
_HOST = re.compile(
    r".*\.(?:com|org|net|io|edu|gov|local|internal|lan|localdomain)|[^@]+@.*", re.IGNORECASE
)
"""A name without folders that looks so is a host, and what follows is its port."""
_LAST = re.compile(r"[/\\]")
LONGEST = 4096
"""Characters of a path, as Linux has it."""


def file_named(raw: str, *, begins_line: bool = False) -> str:
    """The path that a text names, `file:` URIs decoded; empty where it is no file's name.

    At the beginning of a line, where compilers write it, a name in a folder needs no suffix.
    """
    if not 0 < len(raw) <= LONGEST or raw[0] == "<" or raw.startswith("//"):
        return ""
    path = path_of(raw) if raw.startswith("file:") else raw
    folder_and_name = _LAST.split(path)
    name = folder_and_name[-1]
    if _SUFFIX.fullmatch(name):
        is_host = len(folder_and_name) == 1 and _HOST.fullmatch(name)
        return "" if is_host else path
    if not begins_line:
        return ""
    in_folder = len(folder_and_name) > 1 and any(map(str.isalpha, name)) and " " not in name
    return path if in_folder or _WITHOUT_SUFFIX.fullmatch(name) else ""
