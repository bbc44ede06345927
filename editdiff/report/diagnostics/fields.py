"""Fields of the JSON that other programs write: absent and null are the same, and another type is damage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editdiff.report.diagnostics.base import DamagedError

Entry = Mapping[str, Any]


def entry(value: Any) -> Entry:
    """An object.

    Raises:
        DamagedError: when it is none.
    """
    if not isinstance(value, dict):
        raise DamagedError(f"an object should stand where {_shown(value)} does")
    return value


def within(of: Entry, key: str) -> Entry:
    """An object in another one; an empty one where there is none.

    Raises:
        DamagedError: when something else stands there.
    """
    value = of.get(key)
    return {} if value is None else entry(value)


def entries(of: Entry, key: str) -> list[Entry]:
    """A list of objects; an empty one where there is none.

    Raises:
        DamagedError: when something else stands there.
    """
    value = of.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise DamagedError(f"{key!r} should be a list, and is {_shown(value)}")
    return [entry(each) for each in value]


def text(of: Entry, key: str) -> str:
    """A text; an empty one where there is none.

    Raises:
        DamagedError: when something else stands there.
    """
    value = of.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DamagedError(f"{key!r} should be a text, and is {_shown(value)}")
    return value


def number(of: Entry, key: str) -> int | None:
    """A whole number, None where there is none.

    Raises:
        DamagedError: when something else stands there.
    """
    value = of.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise DamagedError(f"{key!r} should be a whole number, and is {_shown(value)}")
    return value


def has_all(value: Any, *keys: str) -> bool:
    """Whether something is an object with all these keys."""
    return isinstance(value, dict) and all(key in value for key in keys)


def _shown(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
