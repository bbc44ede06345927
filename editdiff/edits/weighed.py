"""A revision by one reading: what the model would rather have read is weighed by how all that follows reads then.

The selection is read once in view of what stands around it (`engines.base.Weigher`). At the doubted places compete
what the model would write there, other names of the selection, and what is easily taken for what stands there: an
opposite operator, a number off by one; names only that the file knows (`edits.meant`). Nothing is read anew for a
place but the words themselves and what follows them. A line is proposed otherwise where one of them is clearly
likelier than what stands there and than all others.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from editdiff.check.base import Checker
from editdiff.edits.doubts import by_line, doubted_places, other_names
from editdiff.edits.drawing import Drawing
from editdiff.edits.meant import Meaning
from editdiff.edits.mutations import stand_ins
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.edits.review import Review
from editdiff.engines.base import Place, Rival, Standing, Weigher, Weight
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.shown import Shown
from editdiff.text.span import Span

MOST_PLACES, LEAST_DOUBT = 16, 0.003
"""Places of a stretch, the most doubtful ones, and the probability of being wrong from which something is tried:
more than where each costs the reading of a context."""
AHEAD = 2.0
"""Nats by which the best word has to be ahead of the next one for its line."""
NONE_BETTER = NoEdit("nothing is clearly better")


@dataclass
class Weighed:
    """A selection of a document that is read once."""

    document: Document
    selection: Span
    weigher: Weigher
    checkers: Sequence[Checker]
    drawing: Drawing

    def __post_init__(self) -> None:
        r"""View the document as a model is shown it: with `\n` for every line ending."""
        self._shown = Shown.of(self.document.text, [self.selection])
        self._view = self.document.with_text(self._shown.text)
        self._selected = self._shown.span_to_shown(self.selection)
        self._meaning = Meaning(self._view, self._selected)
        self._started, self._steps = time.perf_counter(), 0

    def outcomes(self, exclude: Collection[str]) -> list[Proposal | NoEdit]:
        """What became of each line with a doubted place; lines that `exclude` holds are not proposed."""
        found, done = list[Proposal | NoEdit](), set[Span]()
        for places, weights in self._read():
            tried = dict.fromkeys([*places, *(weight.rival.span for weight in weights)])
            for line, held in by_line(self._view.text, [*tried]):
                of_line = [weight for weight in weights if line.contains(weight.rival.span)]
                # a very long line is read in several stretches
                found.append(NONE_BETTER if line in done else self._outcome(line, of_line, exclude))
                if isinstance(found[-1], Proposal):
                    done.add(line)
                shown = [self._shown.span_to_original(place) for place in held if place in places]
                self.drawing.settle(shown, found[-1])
        return found

    def _read(self) -> Iterator[tuple[list[Span], list[Weight]]]:
        """Doubted places of one stretch after the other, and the weights of what may stand there."""
        name = PurePath(self.document.path).name.encode(errors="replace").decode()
        for standing in self.weigher.standing(self._view.text, [self._selected], name):
            self._tick()
            if standing is None:
                continue
            review = Review(self._view, tuple(standing.doubts), self.weigher.calibrated)
            if places := doubted_places(review, self._selected, MOST_PLACES, LEAST_DOUBT):
                yield places, self._weights(standing, places)

    def _weights(self, standing: Standing, places: Sequence[Span]) -> list[Weight]:
        """Weigh what may stand in some places of a stretch."""
        spans = {place: self._shown.span_to_original(place) for place in places}
        self.drawing.begin([*spans.values()], self.document.text)
        written = list[Rival]()
        for written in standing.write(places):
            self._steps += 1
            self._draw(spans, written)
        weights = list[Weight]()
        for some in standing.weigh(rivals(self._meaning, places, written)):
            self._steps += 1
            self._tick()
            weights += some
        return self._either_way(standing, weights)

    def _either_way(self, standing: Standing, weights: Sequence[Weight]) -> list[Weight]:
        """The weights; where an earlier place may be wrong instead, that of the likelier one of them, or none."""
        kept, lost = list[Weight](), set[Span]()
        for weight in weights:
            turned = self._turned(standing, weight)
            best = max(turned, key=lambda other: other.gain, default=None)
            if best is None or best.gain + AHEAD < weight.gain:
                kept.append(weight)
                continue
            lost.add(weight.rival.span)
            if best.gain > weight.gain + AHEAD:
                kept.append(best)
        return [weight for weight in kept if weight.rival.span not in lost]

    def _turned(self, standing: Standing, weight: Weight) -> list[Weight]:
        """What else may be wrong where a word is clearly better: earlier places, the names the other way round."""
        found = list[Weight]()
        if self._meaning.is_clear(weight):
            others = self._meaning.turned(weight.rival)
            for some in standing.weigh(others, weight.rival.span.end):
                self._steps += 1
                self._tick()
                found += some
        return found

    def _draw(self, spans: dict[Span, Span], written: Sequence[Rival]) -> None:
        """Show of each place the first word that the model would rather write."""
        text = self._view.text
        for place, span in spans.items():
            new = next((each for each in written if place.contains(each.span)), None)
            if new is not None:
                said = (
                    text[place.start : new.span.start] + new.text + text[new.span.end : place.end]
                )
                self.drawing.gaps[span] = (Place(said, False, 0.0),)
        self._tick()

    def _tick(self) -> None:
        """Show what there is; whoever looks may cancel."""
        self.drawing.steps = self._steps
        self.drawing.show()

    def _outcome(
        self, line: Span, weights: Sequence[Weight], exclude: Collection[str]
    ) -> Proposal | NoEdit:
        """Propose a line with the best word, where it is clearly better and no check finds a new problem."""
        text, number = self._view.text, len(weights)
        for weight in better(weights, self._meaning):
            span = weight.rival.span
            new = text[line.start : span.start] + weight.rival.text + text[span.end : line.end]
            if new in exclude:
                continue
            there = self._shown.span_to_original(line)
            effort = Effort(weight.score, self._steps, time.perf_counter() - self._started, number)
            edits = Edits((TextEdit(there, new),))
            outcome = propose(self.document, edits, [there], self.checkers, effort)
            if isinstance(outcome, Proposal):
                return outcome
        return NONE_BETTER


def rivals(meaning: Meaning, places: Sequence[Span], written: Sequence[Rival]) -> list[Rival]:
    """What may stand in the doubted places of a selection, from wherever it comes."""
    text, found = meaning.document.text, [*written]
    for place in places:
        others = other_names(text, meaning.selection, place, None) + stand_ins(place.slice(text))
        found += [Rival(place, other) for other in others]
    return [rival for rival in dict.fromkeys(found) if meaning.may_be(rival)]


def better(weights: Sequence[Weight], meaning: Meaning) -> list[Weight]:
    """The words for a line that are clearly likelier, the best first; none where two are about as good."""
    ranked = sorted(weights, key=meaning.worth, reverse=True)
    if len(ranked) > 1 and meaning.worth(ranked[0]) < meaning.worth(ranked[1]) + AHEAD:
        return []
    return [weight for weight in ranked if meaning.is_clear(weight)]
