"""Code actions that draft: the selection filled or revised, all marked gaps, or an accepted region again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from editdiff.check.enclosing import enclosing
from editdiff.edits.groups import AnyFilling
from editdiff.edits.markers import find_markers
from editdiff.edits.proposal import NoEdit
from editdiff.edits.revision import Revision
from editdiff.text.span import Span
from editdiff_lsp.messages import FillParams, ReviseParams
from editdiff_lsp.model import Model
from editdiff_lsp.offers import Offers
from editdiff_lsp.quick_fixes import Keep
from editdiff_lsp.remote import by_whom
from editdiff_lsp.store import Opened


@dataclass(frozen=True)
class FillActions:
    """What can be filled in a document."""

    model: Model
    offers: Offers
    filling: Callable[[Opened, Sequence[Span]], AnyFilling | NoEdit]
    """Makes the filling of some spans."""
    revision: Callable[[Opened, Span], Revision | NoEdit]
    """Makes the revision of a selection."""
    keep: Keep

    def offered(self, opened: Opened, span: Span) -> list[tuple[str, str, Any]]:
        """Title, kind and data of each action at a span."""
        offered, by = [], by_whom(self.model.drafting)
        if span.length:
            offered.append(
                self._action(f"editdiff: infill selection{by}", "infill", opened, [span])
            )
            offered.append(self._revise(opened, span))
        markers = self.model.options.markers
        marked, left = find_markers(opened.text, markers, opened.language, enclosing)
        if any(m.start <= span.end and span.start <= m.end for m in marked):
            count = f"all {len(marked)} gaps" if len(marked) > 1 else "the gap"
            but = f" ({len(left)} in strings or comments left)" if left else ""
            title = f"editdiff: fill {count}{but}{by}"
            offered.append(self._action(title, "fillAll", opened, marked))
        if offer := self.offers.at(opened, span):
            title = f"editdiff: other draft{by_whom(offer.filling.session)}"
            offered.append((title, "other", {"other": offer.id}))
        return [action for action in offered if action]

    def _revise(self, opened: Opened, span: Span) -> tuple[str, str, Any] | None:
        revision = self.revision(opened, span)
        if isinstance(revision, NoEdit):
            return None
        params = ReviseParams(opened.uri, opened.version, opened.converter.range(span))
        data = {"fill": self.keep(opened, revision), "revise": params.to_json()}
        return "editdiff: revise selection", "revise", data

    def _action(
        self, title: str, kind: str, opened: Opened, spans: Sequence[Span]
    ) -> tuple[str, str, Any] | None:
        filling = self.filling(opened, spans)
        if isinstance(filling, NoEdit):
            return None
        ranges = tuple(opened.converter.range(span) for span in spans)
        params = FillParams(opened.uri, opened.version, ranges)
        return title, kind, {"fill": self.keep(opened, filling), "params": params.to_json()}
