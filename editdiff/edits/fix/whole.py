"""What is wrong with a document, mended as one edit."""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.check.base import Checker
from editdiff.edits.fix import run
from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.run import Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Engine, FillOptions, FixAssessor
from editdiff.text.document import Document
from editdiff.text.span import Span


def fix(
    document: Document,
    engine: Engine,
    syntax: Sequence[Checker] = (),
    others: Sequence[Checker] = (),
    *,
    spans: Sequence[Span] | None = None,
    options: FillOptions | None = None,
    limits: Limits | None = None,
    calibration: FixAssessor | None = None,
    least: float | None = None,
) -> Proposal | NoEdit:
    """Mend the problems that checkers find, one after the other, and propose all fixes as one edit.

    `syntax` are the checkers that say whether the document parses, which no fix may break; `others` look for what
    may be wrong besides, and see nothing in a text that does not parse. Nothing outside of the `spans` is edited
    or looked at; None for all. With a `calibration` of the model no fix is proposed that is less likely right than
    `least`, by default the calibration's floor.

    Raises:
        ValueError: for a span that reaches past the end of the document.
        MissingDependencyError: when a checker's package is not installed.
        InputError: when a checker refuses to judge.
    """
    for span in spans or ():
        if span.end > len(document.text):
            raise ValueError(f"the span {span.start}-{span.end} reaches past the end of the text")
    checks, trust = Checks(tuple(syntax), tuple(others)), Trust(calibration, least)
    return run.fix(
        document, engine, checks, options or FillOptions(), limits or Limits(), trust, spans
    ).outcome
