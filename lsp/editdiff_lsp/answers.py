"""What a client is told, in the words of the protocol and of docs/lsp.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from editdiff_lsp import messages

if TYPE_CHECKING:  # the handshake waits for nothing that needs numpy
    from editdiff.edits.fix.changed import LeftAlone
    from editdiff.edits.proposal import NoEdit, Proposal
    from editdiff.engines.base import Doubt, Sketch
    from editdiff.text.span import Span
    from editdiff_lsp.convert import Converter
    from editdiff_lsp.offers import Drafting, Left, Offer
    from editdiff_lsp.store import Opened


MOST_TOLD = 3
"""Most problems that a sentence names."""
INFILL, FIX, REVISION, REWRITE = "infill", "fix", "revision", "rewrite"
"""What an edit is the outcome of."""
CHANGED_KIND = f"{types.CodeActionKind.Source.value}.editdiff.fixChanged"
FIX_KIND = f"{types.CodeActionKind.QuickFix.value}.editdiff.fix"


def none(outcome: NoEdit, name: str | None = None) -> dict[str, Any]:
    """The answer where there is nothing to propose."""
    return {"kind": "none", "id": name, "reason": outcome.reason, "hint": outcome.hint}


def left(alone: Sequence[LeftAlone]) -> dict[str, Any]:
    """What an answer tells of problems that were left alone, where there are any."""
    return {"left": [each._asdict() for each in alone]} if alone else {}


def rewritten(filling: Drafting, converter: Converter) -> dict[str, Any]:
    """What an answer tells of something asked for in words: what lies outside, and what became of the parts."""
    outside = getattr(filling, "outside", ())
    parts = getattr(filling, "parts", ())
    told: dict[str, Any] = {}
    if outside:
        told["outside"] = [
            {"name": each.name, "line": each.line, "told": each.told} for each in outside
        ]
    if parts:
        told["parts"] = [
            {
                "range": converter.range(part.span),
                "became": part.became,
                "reason": part.reason,
                "confidence": part.confidence,
            }
            for part in parts
        ]
    return told


def left_alone(left: Sequence[LeftAlone]) -> str:
    """What was left alone, in a sentence: how many problems, and the first of them; the answer has the reasons."""
    places = [f"line {each.line}: {each.message}" for each in left[:MOST_TOLD]]
    more = [f"and {len(left) - MOST_TOLD} more"] if len(left) > MOST_TOLD else []
    count = f"{len(left)} problems are" if len(left) > 1 else "1 problem is"
    return f"editdiff: {count} left alone: {'; '.join([*places, *more])}"


def annotation(proposal: Proposal, what: str = INFILL) -> types.ChangeAnnotation:
    """What the client may show beside the edit."""
    effort = proposal.effort
    drafts = f"best of {effort.drafts} drafts" if effort.drafts > 1 else "one draft"
    checked = (
        f"checked: {', '.join(proposal.checked)}" if proposal.checked else "nothing checked it"
    )
    description = f"{drafts}, {effort.nfe} steps, {effort.seconds:.1f} s; {checked}"
    count = len(proposal.edits)
    places = "gaps" if what == INFILL else "places"
    label = f"editdiff: {what} of {count} {places}" if count > 1 else f"editdiff: {what}"
    return types.ChangeAnnotation(label, False, description)


def offered(offer: Offer, left: Left, opened: Opened) -> dict[str, Any]:
    """What a client has to know to draw a proposal; hunks have numbers where there are several."""
    converter, several = opened.converter, len(offer.hunks) > 1
    gaps = [
        {"range": converter.range(edit.span), "text": edit.text}
        | ({"hunk": number} if several else {})
        for number, edits in left.items()
        for edit in edits
    ]
    return {"id": offer.id, "uri": offer.uri, "version": opened.version, "gaps": gaps}


def drawn(
    token: messages.ProgressToken,
    offer: Offer,
    filling: Drafting,
    spans: Sequence[Span],
    sketch: Sketch,
    converter: Converter,
) -> dict[str, Any]:
    """A step of the leading draft, whose gaps are the `spans`; one that is not begun has no places."""
    shown = (*sketch.gaps, *[()] * (len(spans) - len(sketch.gaps)))
    return {
        "token": token,
        "uri": offer.uri,
        "version": filling.document.version,
        "step": sketch.step,
        "gaps": [
            {
                "range": converter.range(span),
                "places": [
                    {"text": p.text, "committed": p.committed, "confidence": p.confidence}
                    for p in places
                ],
            }
            for span, places in zip(spans, shown, strict=True)
        ],
    }


def doubts(lines: Span, found: Sequence[Doubt], converter: Converter) -> dict[str, Any]:
    """What was found in some lines that were read."""
    told = [
        {
            "range": converter.range(doubt.span),
            "probability": doubt.probability,
            "alternatives": list(doubt.alternatives),
        }
        for doubt in found
    ]
    return {"range": converter.range(lines), "doubts": told}


def token(doubt: Doubt, text: str) -> dict[str, Any]:
    """What is doubted of a text that stands in no document yet."""
    return {
        "text": doubt.span.slice(text),
        "probability": doubt.probability,
        "alternatives": list(doubt.alternatives),
    }


def progress(sketch: Sketch, host: str = "") -> str:
    """How far a step has come, in words; of an endpoint at a `host` nobody knows."""
    if host:
        return f"waiting for {host}"
    places = sketch.places
    if not places:
        return "reading the selection"
    if sketch.doing:
        return f"step {sketch.step} · {sketch.doing}"
    settled = sum(place.committed for place in places)
    return f"step {sketch.step} · {settled} of {len(places)} places"


def completion_item(where: types.Range, text: str) -> types.CompletionItem:
    """Ghost text for a client that knows completion alone."""
    return types.CompletionItem(
        label=text.strip() or text,
        detail="editdiff",
        kind=types.CompletionItemKind.Text,
        filter_text="",
        preselect=False,
        text_edit=types.TextEdit(where, text),
    )


def code_action(title: str, kind: str, data: Any, *, lazy: bool) -> types.CodeAction:
    """An action to be resolved, or with a command for a client that cannot resolve its edit."""
    if lazy:
        return types.CodeAction(title, kind, data=data)
    name, argument = messages.DO_FILL, data.get("params")
    if "revise" in data:
        name, argument = messages.DO_REVISE, data["revise"]
    elif "other" in data:
        name, argument = messages.DO_OTHER, {"id": data["other"]}
    elif "fix" in data:
        name, argument = messages.DO_FIX, data["fix"]
    elif "changed" in data:
        name, argument = messages.DO_FIX_CHANGED, data["changed"]
    return types.CodeAction(title, kind, command=types.Command(title, name, arguments=[argument]))
