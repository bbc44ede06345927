"""URIs of files as paths (RFC 3986, RFC 8089)."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"/[A-Za-z]:")


def path_of(uri: str) -> str:
    """The path that a URI reference stands for, percent-decoded; empty of one that names no file.

    A relative reference stays relative. A name that is not UTF-8 keeps its bytes, as Python keeps them.
    """
    if not _SCHEME.match(uri):  # a single letter is a drive
        return _decoded(uri)
    scheme, _, rest = uri.partition(":")
    return _of_file(rest) if scheme.lower() == "file" else ""


def _of_file(rest: str) -> str:
    """What stands behind `file:`: a host, if any, and a path; `/C:/x` is `C:/x`."""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        local = host.lower() in ("", "localhost")
        rest = slash + path if local else rest
    path = _decoded(rest)
    return path[1:] if _DRIVE.match(path) else path


def _decoded(text: str) -> str:
    return unquote(text, errors="surrogateescape")
