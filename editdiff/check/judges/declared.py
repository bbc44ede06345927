"""The oldest Python that a project says it runs on."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from typing import Any

from editdiff.check.judges.process import folder_of

LARGEST = 1_000_000
"""Bytes of a `pyproject.toml` that is read."""
KNOWN = range(6, 21)
"""Minor versions of Python 3 that there are, or may soon be; another one is as good as none."""
_LOWER = re.compile(r"(?:>=|~=|==|\^|~|^)\s*3\.(\d+)")
_ABOVE = re.compile(r">\s*3\.(\d+)(?![.\d])")
_TARGET = re.compile(r"py3(\d+)")


def declared_python(path: str) -> int | None:
    """Minor version of the oldest Python 3 that the project of the document at `path` declares, if it does.

    The nearest `pyproject.toml` above decides: `requires-python`, Poetry's, or the target of ruff or black.
    """
    folder = folder_of(path)
    for above in (folder, *folder.parents) if folder else ():
        file = above / "pyproject.toml"
        with suppress(OSError, ValueError, RecursionError):
            if file.is_file() and file.stat().st_size <= LARGEST:
                return _declared(tomllib.loads(file.read_text(encoding="utf-8")))
    return None


def _declared(settings: dict[str, Any]) -> int | None:
    tool = settings.get("tool", {})
    poetry = _at(tool, "poetry", "dependencies", "python")
    target = _at(tool, "ruff", "target-version") or _at(tool, "black", "target-version")
    for told in (_at(settings, "project", "requires-python"), poetry):
        if isinstance(told, str):
            minors = [int(m) for m in _LOWER.findall(told)] + [
                int(m) + 1 for m in _ABOVE.findall(told)
            ]
            return _known(minors)
    told = target if isinstance(target, list) else [target]
    return _known([int(m) for text in told for m in _TARGET.findall(str(text))])


def _known(minors: list[int]) -> int | None:
    known = [minor for minor in minors if minor in KNOWN]
    return min(known, default=None)


def _at(settings: Any, *keys: str) -> Any:
    for key in keys:
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings
