"""What of a run of `fix` nobody judged: named and counted, so that silence is never taken for praise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import typer

from editdiff.check.base import Problem
from editdiff.report.files import NAME_IT, TOO_LARGE
from editdiff.report.paths import first_names
from editdiff.text.printable import printable


@dataclass
class Unjudged:
    """The files of a run that nobody judged, or not all of them."""

    wanted: tuple[str, ...]
    """Names of the checks that the user asked for."""
    unchecked: list[str] = field(default_factory=list)
    """Files of which no such check knows the language."""
    doubted: dict[str, list[str]] = field(default_factory=dict)
    """Why files cannot be judged, to their names."""
    large: Sequence[str] = ()
    """Files of folders that are too large to be read."""

    def note(self, path: str, *, known: bool, doubts: Sequence[Problem]) -> list[str]:
        """Keep the name of a file whose language is not `known` to any check, or in which something is in doubt.

        Return the reasons, none where all was judged.
        """
        reasons = []
        if not known:
            self.unchecked.append(path)
            reasons.append(f"the language is unknown to {self._checks}")
        if doubts:
            why = f"cannot judge [{doubts[0].source}]: {doubts[0].doubt}"
            self.doubted.setdefault(why, []).append(path)
            reasons.append(why)
        return reasons

    @property
    def _checks(self) -> str:
        return f"the check{'s' * (len(self.wanted) > 1)} {', '.join(self.wanted)}"

    def tell(self) -> None:
        """Name the files on stderr: a line for each reason, however many there are."""
        for why, names in self.doubted.items():
            typer.echo(printable(f"{first_names(names)}: {why}"), err=True)
        if self.unchecked:
            unchecked = first_names(self.unchecked)
            whose = "its" if len(self.unchecked) == 1 else "their"
            told = f"not checked: {unchecked}: {whose} language is unknown to {self._checks}"
            typer.echo(printable(told), err=True)
        if self.large:
            told = f"not checked: {first_names(self.large)}: {TOO_LARGE}; {NAME_IT}"
            typer.echo(printable(told), err=True)

    def count(self, files: int, wrong: int) -> None:
        """Count on stderr what was looked at, and large files, where some was not judged; `wrong` have problems."""
        doubted = (name for names in self.doubted.values() for name in names)
        missed = {*self.unchecked, *self.large, *doubted}
        if missed:
            files += len(self.large)
            looked_at = f"{files} file{'s' * (files != 1)}"
            told = f"{looked_at}: {wrong} with problems, {len(missed)} not judged"
            typer.echo(told, err=True)
