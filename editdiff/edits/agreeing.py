"""Whether what is drafted for several gaps of one text fits together: what one of them binds, another one reads.

A model that fills one gap after the other has written the first before it knows what the second needs. Its finished
drafts are ranked again, then, by the names in them, as the grammar tells them: nats for what holds together, added
to the model's own. No draft comes or goes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from editdiff.check.base import Anatomist, Anatomy, Name
from editdiff.edits.critic import places
from editdiff.engines.base import Draft
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

AGREE = 4.0
"""Nats for each gap that reads what another gap binds, and nothing else does."""
ALSO = 2.0
"""Nats for each other gap that reads what another gap binds again: it is bound without that, too."""
UNBOUND = 2.0
"""Nats that each name costs that is read and bound nowhere, where a text says of all where they are from."""
LONGEST = 200_000
"""Code points of a text whose names are read for every draft; beyond that it would take seconds."""
_LATER = frozenset(("definition", "member"))
"""Kinds of names that may be read above the line that binds them."""
_NO_NAMES = frozenset(("key", "label"))


class Fit(NamedTuple):
    """How what stands in the gaps of a text fits together."""

    alone: int = 0
    """Gaps that read what other gaps alone bind."""
    also: int = 0
    """Further gaps that read what other gaps bind, and the text around them does as well."""
    unbound: int = 0
    """Names that are read somewhere in the text and bound nowhere; 0 where nobody can tell."""
    sound: bool = True
    """Whether the text parses; of one that does not, names may be missing."""

    @property
    def nats(self) -> float:
        """What it is worth beside a model's own probability."""
        return AGREE * self.alone + ALSO * self.also - UNBOUND * self.unbound


def agreeing(
    drafts: Sequence[Draft], document: Document, gaps: Sequence[Span], anatomist: Anatomist | None
) -> list[Draft]:
    """Rank drafts for several gaps of a document again; those of one gap stay as they are.

    So do those of an engine that knows no probabilities, of a language of whose names nothing is known, and of a
    very long text.
    """
    if anatomist is None or len(gaps) < 2 or len(drafts) < 2 or len(document.text) > LONGEST:
        return list(drafts)
    if any(math.isnan(draft.score) for draft in drafts):
        return list(drafts)
    nats = _worth([fit(document, gaps, draft.texts, anatomist) for draft in drafts])
    if len(set(nats)) < 2:
        return list(drafts)
    ranked = sorted(
        zip(drafts, nats, strict=True),
        key=lambda each: (not each[0].ended, -each[0].score - each[1]),
    )
    return [draft for draft, _ in ranked]


def _worth(fits: Sequence[Fit]) -> list[float]:
    """The nats of each draft; one that does not parse, as others do, gains nothing by names that may be missing."""
    least, some = min(each.nats for each in fits), any(each.sound for each in fits)
    return [each.nats if each.sound or not some else least for each in fits]


def fit(
    document: Document, gaps: Sequence[Span], texts: Sequence[str], anatomist: Anatomist
) -> Fit:
    """How the texts for the gaps of a document fit together; like nothing where they are no text."""
    edits = Edits(tuple(map(TextEdit, gaps, texts)))
    try:
        after = document.with_text(edits.apply(document.text))
    except InputError:  # its checks will say so
        return Fit(sound=False)
    told, filled = anatomist.anatomy(after), places(gaps, texts)
    alone, also = _reading(told, filled, after.text)
    return Fit(len(alone), len(also - alone), _unbound(told), told.sound)


def _reading(told: Anatomy, filled: Sequence[Span], text: str) -> tuple[set[int], set[int]]:
    """Gaps, by their numbers, that read what only other gaps bind, and what others bind as well."""
    bound = defaultdict[str, list[Name]](list)
    for name in told.names:
        if name.role == "bound" and name.kind not in _NO_NAMES:
            bound[name.text].append(name)
    alone, also = set[int](), set[int]()
    for name in told.names:
        here = _gap(name, filled)
        if here is None or name.role not in ("read", "member") or not name.known:
            continue
        meant = [binding for binding in bound[name.text] if _means(binding, name)]
        own = [binding for binding in meant if _gap(binding, filled) == here]
        if any(not _gives_back(binding, name, text) for binding in own):
            continue
        rest = [(binding, _gap(binding, filled)) for binding in meant if binding not in own]
        if any(gap is not None and _reaches(binding, name) for binding, gap in rest):
            (also if any(gap is None for _, gap in rest) else alone).add(here)
    return alone, also


def _gap(name: Name, filled: Sequence[Span]) -> int | None:
    """The number of the gap in which a name stands; None where it stands in none."""
    return next((gap for gap, place in enumerate(filled) if place.contains(name.span)), None)


def _gives_back(binding: Name, read: Name, text: str) -> bool:
    """Whether a line gives back to a name what it reads of it, as `x = f(x)`: that says not what `x` was."""
    return binding.kind == "variable" and "\n" not in text[binding.span.end : read.span.start]


def _reaches(binding: Name, read: Name) -> bool:
    """Whether a name is bound where it can be read further down, or anywhere."""
    return binding.kind in _LATER or binding.span.start < read.span.start


def _means(binding: Name, read: Name) -> bool:
    """Whether a name that is read may be the one that is bound."""
    if read.role == "member":
        return binding.kind == "member"
    return binding.seen.contains(read.span)


def _unbound(told: Anatomy) -> int:
    """Names that are read and bound nowhere, each once; none where others than the text may bind them."""
    if not told.closed:
        return 0
    lost = {name.text for name in told.names if name.role == "read" and not name.known}
    return sum(not (name.startswith("__") and name.endswith("__")) for name in lost)
