"""The card of a model that was continued on a user's own code; it tells figures, and no path of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from editdiff.evaluation.core.table import Table

if TYPE_CHECKING:
    from editdiff.training.corpus.user_files import UserFiles
    from editdiff.training.run.finetuning import Trained


def card(base: str, sha256: str, files: UserFiles, trained: Trained, table: Table | None) -> str:
    """Markdown; without a table the model has not been measured."""
    best = trained.best
    return f"""# {base}, continued on own code

The model {base}, trained on with the files of one folder by `editdiff train --on`. It may repeat what stands
in them: share it only where they may be shared.

## Base

{base}, weights with SHA-256 `{sha256}`; its licence holds on.

## Data

{len(files.train)} files, {files.characters:,} characters. Kept out: {len(files.watched)} files that said when to
stop, {len(files.measured)} that it is measured on.

## Compute

{best.step} of {trained.steps} steps, {trained.seconds / 60:.1f} minutes.

| step | nats a token in the files that said when to stop |
|---|---|
{rows(tuple((str(check.step), f"{check.nats:.3f}") for check in trained.checks))}

## Figures

{figures(table) if table else "Not measured."}
"""


def figures(table: Table) -> str:
    """A table as Markdown, with its title and notes."""
    head = rows((table.header, tuple("---" for _ in table.header)))
    return "\n\n".join([f"{table.title}:", f"{head}\n{rows(tuple(table.rows))}", *table.notes])


def rows(cells: tuple[tuple[str, ...], ...]) -> str:
    """Rows of a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
