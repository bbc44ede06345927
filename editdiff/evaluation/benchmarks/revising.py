"""The benchmark `revising`: functions of other people's packages revised, half of them with one fault in them.

Protocol: the selection is the function, in its whole file, and nobody says where in it, or whether, something is
wrong. The fault is a word, number or operator in place of another one, and the file still parses. What is proposed
restores the file, changes the fault otherwise, or changes what was right. By turns a function is read once
(`edits.weighed`) and as models are that cannot do so (`edits.revision`): each doubted place in contexts of its own.
`revising-once` leaves that out. To propose nothing is the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from statistics import mean, median
from typing import Any, NamedTuple

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import Revision
from editdiff.edits.session import Session
from editdiff.engines.base import Doubt, Doubter, Engine, Rival, Standing, Weigher, Weight
from editdiff.engines.branching import BranchingDoubter
from editdiff.engines.recall import WithLookup
from editdiff.engines.surprise import CausalDoubter
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.metrics import paired_difference
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.faulty_blocks import Block, of_folder
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.speed.timing import Ratio
from editdiff.families.base import BranchDenoiser
from editdiff.text.diff import whole_words
from editdiff.text.document import Document
from editdiff.text.span import Span

NAME = "revising"
RESTORED, OTHERWISE, ELSEWHERE, NOTHING = "restored", "otherwise", "elsewhere", "nothing"
RESULTS = {
    RESTORED: "restored % [95 %]",
    OTHERWISE: "changed otherwise %",
    ELSEWHERE: "something else changed %",
    NOTHING: "nothing %",
}
COLUMNS = {
    "faulty": "faulty",
    **RESULTS,
    "right": "right",
    "edited": "changed, though right % [95 %]",
    "seconds": "processor s, median",
    "wall": "wall s, median",
}
PIECE = 64
"""Tokens that are read at once, as in an editor."""


@dataclass(frozen=True)
class Outcome:
    """What became of a function."""

    result: str
    """One of RESULTS; of a right function `nothing` or `elsewhere`."""
    processor: float
    """Seconds."""
    wall: float
    """Seconds."""
    after: tuple[str, ...] = ()
    """Lines that are proposed."""
    weights: Sequence[Mapping[str, Any]] = ()
    """All that was weighed."""


class Way(NamedTuple):
    """A way to revise."""

    name: str
    doubter: Doubter


@dataclass
class Noting:
    """A `Weigher` that notes what is weighed."""

    inner: Weigher
    weights: list[Weight] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Go by the same name."""
        self.name, self.calibrated = self.inner.name, self.inner.calibrated

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        """Doubt as it does."""
        return self.inner.doubts(text, spans, path)

    def standing(self, text: str, spans: Sequence[Span], path: str) -> Iterator[Standing | None]:
        """Read as it does."""
        for standing in self.inner.standing(text, spans, path):
            yield None if standing is None else _Noted(standing, self.weights)


@dataclass
class _Noted:
    """A stretch of which it is noted what is weighed."""

    inner: Standing
    weights: list[Weight]

    @property
    def doubts(self) -> Sequence[Doubt]:
        return self.inner.doubts

    def write(self, places: Sequence[Span]) -> Iterator[list[Rival]]:
        return self.inner.write(places)

    def weigh(self, rivals: Sequence[Rival], until: int | None = None) -> Iterator[list[Weight]]:
        for some in self.inner.weigh(rivals, until):
            self.weights += some
            yield some


@dataclass(frozen=True)
class Benchmark:
    """With the old way beside it, or without."""

    name: str
    both: bool

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> RowReport:
        """Revise `request.limit` functions of the folder `request.data`.

        Raises:
            UsageError: when the model cannot read a text once and weigh what else may stand in it.
            InputError: when there is no such folder, or no function in it.
        """
        twin = engine.inner if isinstance(engine, WithLookup) else engine
        if not isinstance(twin, TwinEngine) or not isinstance(twin.denoiser, BranchDenoiser):
            raise UsageError(
                f"{engine.name} has no way to revise a selection by one reading",
                "name a model that has: --model coder",
            )
        files = by_language(request.data, LARGEST, ("python",))["python"]
        blocks = of_folder(files, request.limit, request.seed, str(request.data))
        told = twin.denoiser, engine.name, request.of_tokens
        ways = [Way("read once", BranchingDoubter(*told, piece=PIECE))]
        if self.both:
            ways.append(Way("contexts for each place", CausalDoubter(*told, piece=PIECE)))
        made: list[list[Outcome]] = [[] for _ in ways]
        for number, block in enumerate(blocks):
            turned = range(len(ways))[:: -1 if number % 2 else 1]
            for way in turned:
                made[way].append(revise(block, twin, ways[way].doubter, request))
            progress(engine.name, number + 1, len(blocks))
        return self._report(engine.name, request, blocks, ways, made)

    def _report(
        self,
        name: str,
        request: Request,
        blocks: Sequence[Block],
        ways: Sequence[Way],
        made: Sequence[Sequence[Outcome]],
    ) -> RowReport:
        """The table."""
        rows = [
            _row(f"{name}, {way.name}", blocks, some) for way, some in zip(ways, made, strict=True)
        ]
        rows.append(_row("nothing", blocks, [Outcome(NOTHING, 0.0, 0.0)] * len(blocks), floor=True))
        packages = len({block.package for block in blocks})
        title = f"{self.name}: {len(blocks)} functions of {packages} packages"
        settings = {
            "limit": request.limit,
            "seed": request.seed,
            "options": asdict(request.options),
        }
        notes = _notes(blocks, *made) if len(made) > 1 else []
        return RowReport(
            self.name, title, settings, COLUMNS, rows, notes, [_item(b) for b in blocks]
        )


def revise(block: Block, engine: Engine, doubter: Doubter, request: Request) -> Outcome:
    """Revise a function, and see what became of it."""
    noting = Noting(doubter) if isinstance(doubter, Weigher) else None
    session = Session(
        lambda: engine, request.options, (SyntaxChecker(),), doubt=lambda: noting or doubter
    )
    document = Document(PurePosixPath(block.path).name, block.text, language="python")
    wall, processor = time.perf_counter(), time.process_time()
    outcome = Revision(session, document, (block.span,)).draft()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    weights = [_told(weight, block) for weight in noting.weights] if noting else ()
    if isinstance(outcome, NoEdit):
        return Outcome(NOTHING, processor, wall, (), weights)
    after = tuple(edit.text for edit in outcome.edits)
    return Outcome(_result(block, outcome), processor, wall, after, weights)


def _result(block: Block, proposal: Proposal) -> str:
    """What a proposal does to a function."""
    if proposal.after.text == block.truth:
        return RESTORED
    changed = [whole_words(edit, block.text).span for edit in proposal.edits]
    at_fault = block.wrong is not None and all(block.wrong.span.overlaps(s) for s in changed)
    return OTHERWISE if at_fault else ELSEWHERE


def _told(weight: Weight, block: Block) -> dict[str, Any]:
    """A weight for programs, and whether it undoes the fault."""
    rival = weight.rival
    right = block.wrong is not None and (rival.span, rival.text) == (
        block.wrong.span,
        block.wrong.text,
    )
    return {
        "start": rival.span.start,
        "old": rival.span.slice(block.text),
        "new": rival.text,
        "right": right,
        "place": round(weight.place, 3),
        "rest": [round(nats, 3) for nats in weight.rest],
    }


def _row(
    name: str, blocks: Sequence[Block], outcomes: Sequence[Outcome], floor: bool = False
) -> Row:
    faulty = [o for b, o in zip(blocks, outcomes, strict=True) if b.wrong is not None]
    right = [o for b, o in zip(blocks, outcomes, strict=True) if b.wrong is None]
    figures: dict[str, Figure] = {
        "faulty": Number(len(faulty)),
        **{key: Share.of([o.result == key for o in faulty]) for key in RESULTS},
        "right": Number(len(right)),
        "edited": Share.of([o.result != NOTHING for o in right]),
    }
    if not floor:
        figures["seconds"] = Number(median(o.processor for o in outcomes))
        figures["wall"] = Number(median(o.wall for o in outcomes))
    return Row(name, figures, [asdict(o) for o in outcomes], floor)


def _notes(
    blocks: Sequence[Block], once: Sequence[Outcome], places: Sequence[Outcome]
) -> list[str]:
    """How both ways differ, function by function."""
    faulty = [number for number, block in enumerate(blocks) if block.wrong is not None]

    def differ(what: Callable[[Outcome], bool], numbers: Sequence[int]) -> str:
        told = paired_difference(
            [what(once[number]) for number in numbers], [what(places[number]) for number in numbers]
        )
        share, low, high = (100 * value for value in told)
        return f"{share:+.1f} [{low:+.1f}, {high:+.1f}]"

    times = Ratio.of_sums([o.processor for o in once], [o.processor for o in places])
    restored = differ(lambda o: o.result == RESTORED, faulty)
    wrong = differ(lambda o: o.result in (OTHERWISE, ELSEWHERE), range(len(blocks)))
    means = mean(o.processor for o in once), mean(o.processor for o in places)
    return [
        f"read once less contexts for each place, in points: restored {restored}, of all functions wrong {wrong}.",
        f"processor time, sums: {times}; means {means[0]:.1f} s and {means[1]:.1f} s.",
    ]


def _item(block: Block) -> dict[str, Any]:
    said = {"package": block.package, "path": block.path, "start": block.span.start}
    if block.wrong is None:
        return said
    wrong = block.wrong
    return {
        **said,
        "kind": block.kind,
        "at": wrong.span.start,
        "wrong": wrong.span.slice(block.text),
        "meant": wrong.text,
    }


BOTH = Benchmark(NAME, both=True)
ONCE = Benchmark(f"{NAME}-once", both=False)
