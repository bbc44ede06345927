"""The CI bot: what changed and what failed, and small fixes that were checked before anyone sees them.

`propose` is what there is to call; it is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from editdiff.ci.base import Fix, Left, Part, Problem, Proposed
    from editdiff.ci.run import propose

__all__ = ["Fix", "Left", "Part", "Problem", "Proposed", "propose"]


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'run' if name == 'propose' else 'base'}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
