"""A file that the user has already: read, never moved, changed or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from editdiff.errors import EditdiffError, InputError
from editdiff.store.origin import Share
from editdiff.store.source import Source


@dataclass(frozen=True)
class Given:
    """A path of the user's."""

    file: Path
    theirs: ClassVar[bool] = True

    def told(self, source: Source) -> list[str]:
        """Which file."""
        return [f"from {self.file}, which stays as it is"]

    def room(self, source: Source, folder: Path) -> int:
        """Nothing is copied."""
        return 0

    def fetch(self, source: Source, folder: Path, progress: Share) -> Path:
        """The path.

        Raises:
            InputError: when there is no file that can be read.
        """
        try:
            with self.file.open("rb"):
                return self.file.absolute()
        except OSError as error:
            raise InputError(
                f"cannot read {self.file}: {error.strerror}", f"name a file {source.file}"
            ) from error

    def refusal(self, source: Source, file: Path, fault: str) -> EditdiffError:
        """Another file, or a damaged one."""
        return InputError(
            f"{self.file} {fault}: it is not {source.file} as released",
            f"download it again from {source.hub.repo}, or leave out --from",
        )
