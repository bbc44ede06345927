"""What the terminal shows of an outcome: a coloured diff, and what it cost."""

from __future__ import annotations

from rich.text import Text

from editdiff.edits.proposal import Proposal
from editdiff.text.printable import printable

CONTEXT = "dim"
DIFF_STYLES = {"@": "cyan", "-": "red", "+": "green"}
"""By a line's first character."""
DIFF_HEADER = 2
"""Lines naming the two files."""


def diff_text(patch: str) -> Text:
    """Colour a unified diff, control codes made visible."""
    lines = [
        Text(line, style="bold" if row < DIFF_HEADER else DIFF_STYLES.get(line[:1], ""))
        for row, line in enumerate(printable(patch).split("\n"))
    ]
    return Text("\n").join(lines)


def summary(proposal: Proposal, written: str | None) -> Text:
    """Say what the proposal cost and, if so, which file it was written to."""
    effort = proposal.effort
    drafts = f"best of {effort.drafts} drafts · " if effort.drafts > 1 else ""
    unchecked = "" if proposal.checked else f" · not checked: {unknown_language(proposal)}"
    end = f" · written to {written}" if written else ""
    return Text(
        f"{drafts}{effort.nfe} steps · {effort.seconds:.2f} s{unchecked}{end}", style=CONTEXT
    )


def unknown_language(proposal: Proposal) -> str:
    """Say why no checker judged a proposal."""
    language = proposal.before.language
    return f"no grammar for {language}" if language else "language unknown"
