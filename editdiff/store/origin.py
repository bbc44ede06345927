"""What the places have in common from which a file can come: the hub, the package index, the user's disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Protocol

from editdiff.errors import EditdiffError, FetchError
from editdiff.store.source import Source

Share = Callable[[float], object]
"""Is told how much of the work is done, 0 to 1."""


class Origin(Protocol):
    """Where one file comes from."""

    theirs: ClassVar[bool]
    """Whether the file is the user's own, and stays as it is."""

    def told(self, source: Source) -> list[str]:
        """Lines for the user, before anything is fetched."""
        ...

    def room(self, source: Source, folder: Path) -> int:
        """Bytes of disk that fetching into `folder` still needs."""
        ...

    def fetch(self, source: Source, folder: Path, progress: Share) -> Path:
        """The file, to be verified; what lies in `folder` of an earlier try is gone on with.

        Raises:
            InputError, FetchError, MissingDependencyError: when it cannot be had.
            OSError: when the system refuses.
        """
        ...

    def refusal(self, source: Source, file: Path, fault: str) -> EditdiffError:
        """What to say of a file that is not the one that was released."""
        ...


def gone(reason: str, other: str) -> FetchError:
    """What to say when nothing comes; `other` is another way to get it."""
    return FetchError(
        reason, f"try again later, what has arrived is kept; or get it elsewhere: {other}"
    )
