"""Two models on the same lines of a user's own files, paired: what continuing the one to the other has brought."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from editdiff.check.registry import guards
from editdiff.engines.base import Engine, FillOptions
from editdiff.evaluation.core.gaps import MIN_CHARS, Gap, Source, draw, spread
from editdiff.evaluation.core.metrics import Z95, paired_difference
from editdiff.evaluation.core.report import Figures
from editdiff.evaluation.core.runner import Filler, Outcome, Progress, run
from editdiff.evaluation.core.table import Table
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

HEADER = ("", "exact % [95 %]", "parses % [95 %]", "similarity %", "nats a token")
NOTES = (
    "one line hidden at a time, its length never given, the best-ranked draft; exact: equal after strip; parses: "
    "no new problem",
    "nats a token: cross-entropy of other hidden parts of the same files; differences are paired",
)
COMMENT = ("#", "//", "/*", "*", "--")
"""What lines that are no code begin with, outside of Python."""


@dataclass(frozen=True)
class UserGap(Gap):
    """The hidden content of one line, in any language."""

    @property
    def document(self) -> Document:
        """The file as it was."""
        return Document(self.path, self.text, language=language_of(self.path, self.text))


def user_gaps(files: Sequence[Source], limit: int, seed: int = 0) -> list[UserGap]:
    """At most `limit` lines of code, spread evenly over the files; the same for the same arguments."""
    return spread(files, limit, seed, _of_file)


def fill(
    gaps: Sequence[UserGap], engine: Engine, name: str, options: FillOptions, progress: Progress
) -> list[Outcome]:
    """Fill every gap; `name` is what `progress` is told."""
    outcomes = []
    for outcome in run(gaps, Filler(name, engine, options), guards()):
        outcomes.append(outcome)
        progress(name, len(outcomes), len(gaps))
    return outcomes


@dataclass(frozen=True)
class BeforeAfter:
    """What both models did with the same gaps, and how likely they find the same rows."""

    files: int
    """Files that the lines are of."""
    before: Sequence[Outcome]
    after: Sequence[Outcome]
    nats_before: Sequence[float]
    """Cross-entropy of each row of the files, nats a token."""
    nats_after: Sequence[float]

    @property
    def table(self) -> Table:
        """Before, after, and the paired difference with its 95 % interval."""
        title = f"{len(self.before)} hidden lines of {self.files} files that were kept out of the training"
        rows = [
            _row("before", self.before, self.nats_before),
            _row("after", self.after, self.nats_after),
            self._difference(),
        ]
        return Table(title, HEADER, rows, NOTES)

    def _difference(self) -> tuple[str, ...]:
        before, after = self.before, self.after
        pairs = list(zip(before, after, strict=True))
        shares = (
            paired_difference([o.exact for o in after], [o.exact for o in before]),
            paired_difference([o.parses for o in after], [o.parses for o in before]),
        )
        similarity = mean_interval([100 * (b.similarity - a.similarity) for a, b in pairs])
        both = zip(self.nats_before, self.nats_after, strict=True)
        nats = mean_interval([b - a for a, b in both])
        return (
            "difference",
            *(f"{100 * d:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]" for d, low, high in shares),
            "{:+.1f} ± {:.1f}".format(*similarity),
            "{:+.3f} ± {:.3f}".format(*nats),
        )


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half of its 95 % interval by the normal distribution; of a single value nothing is known."""
    if len(values) < 2:
        return mean(values), math.inf
    return mean(values), Z95 * stdev(values) / math.sqrt(len(values))


def _row(name: str, outcomes: Sequence[Outcome], nats: Sequence[float]) -> tuple[str, ...]:
    figures = Figures.of(outcomes)
    similarity = f"{100 * figures.similarity:.1f}"
    return name, str(figures.exact), str(figures.parses), similarity, f"{mean(nats):.3f}"


def _of_file(file: Source, rng: random.Random) -> Iterator[UserGap]:
    """Lines of one file in random order; of Python as everywhere, of other languages those that are no comment."""
    if language_of(file.path, file.text) == "python":
        every = file.text.count("\n") + 1
        for gap in draw([file], every, rng.randrange(2**32)):
            yield UserGap(gap.package, gap.path, gap.text, gap.span, gap.line)
        return
    table = LineTable(file.text)
    for line in rng.sample(range(len(table)), len(table)):
        content = table.content(line)
        inside = content.slice(file.text)
        bare = inside.strip()
        if len("".join(bare.split())) >= MIN_CHARS and not bare.startswith(COMMENT):
            start = content.start + len(inside) - len(inside.lstrip())
            yield UserGap(file.package, file.path, file.text, Span(start, content.end), line + 1)
