"""Which lines of a document the user means: those that are named, those that have changed, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from editdiff.cli.common.region import parse_regions
from editdiff.errors import UsageError
from editdiff.report.git import changed_lines
from editdiff.text.document import Document
from editdiff.text.lines import LineTable


@dataclass(frozen=True)
class WantedLines:
    """Lines by number, by what changed since a revision, or by both: then those that are both."""

    diff_base: str | None = None
    lines: Sequence[str] = ()
    """As `--lines` names them."""

    @property
    def all(self) -> bool:
        """Whether every line is meant."""
        return not self.lines and self.diff_base is None

    def numbers(self, document: Document, file: Path | None) -> set[int]:
        """The lines of a document that are meant, from 0; `file` holds it.

        Raises:
            UsageError: for lines that are malformed, or a revision that is not there.
            InputError: for lines that are not in the document, or a file that is in no repository.
        """
        table = LineTable(document.text)
        wanted = set(range(len(table)))
        if self.lines:
            named = [region.resolve(document) for region in parse_regions(lines=self.lines).named]
            wanted = {
                line
                for span in named
                for line in range(
                    table.position(span.start).line, table.position(span.end).line + 1
                )
            }
        if self.diff_base is not None:
            if file is None:
                raise UsageError(
                    "--diff-base needs a file that git knows", "name it instead of reading -"
                )
            wanted &= set(changed_lines(document, file, self.diff_base))
        return wanted


ALL_LINES = WantedLines()
