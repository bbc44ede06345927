"""What the tests of reports share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.document import Document, read
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span


@pytest.fixture
def replacing() -> Callable[[Path | Document, str, str], Proposal]:
    """Propose to replace the first place of a text in a file or document."""

    def make(file: Path | Document, old: str, new: str) -> Proposal:
        document = file if isinstance(file, Document) else read(file)
        at = document.text.index(old)
        span = Span(at, at + len(old))
        edits = Edits((TextEdit(span, new),))
        proposal = propose(document, edits, [span], [], Effort(-1.5, 7, 0.25, 3, 0.75))
        assert isinstance(proposal, Proposal)
        return proposal

    return make
