"""The benchmarks `humaneval-…`: hidden text of HumanEval's solutions, judged by their tests.

HumanEval-infilling (Bavarian et al. 2022, arXiv 2207.14255, §5), in its upstream files. Program = prompt + fill +
suffix; it passes when `check(entry_point)` of its test returns, in `sandbox`. Pass@1: the engine's best-ranked
draft and nothing else; no test or checker chooses; nobody is told the length.

Single and multi line. Upstream a hidden text is whole lines, indentation and the last line break included. An
editing tool is asked for the content of lines and keeps the line break that stands behind them, so here the last
line break is no part of the hidden text, for the floors neither: the prompt ends where the first line begins,
the rest of the text begins with that line break. It tells where the last line ends, but not how long it is or
how many lines stand before it. The indentation is left to the engine. Random spans are hidden as upstream does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from editdiff.check.registry import guards
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Update
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.metrics import lex
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Filler, Outcome, Progress, fillers, run
from editdiff.evaluation.core.sandbox import Limits, Sandbox, Verdict
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.packages import trained_floors
from editdiff.evaluation.data.upstream import in_random_order, records
from editdiff.text.span import Span

FIELDS = ("task_id", "prompt", "suffix", "canonical_solution", "test", "entry_point")
COLUMNS = {
    "passed": "pass@1 % [95 %]",
    "exact": "exact % [95 %]",
    "parses": "parses % [95 %]",
    "nfe": "NFE",
    "seconds": "time, median",
}
LENGTHS = ((1, 7), (8, 15), (16, 31), (32, None))
"""Slices by the hidden text's length in lexical tokens, first and last included."""
PUBLISHED = "Published pass@1, all items (of other protocols and sizes, to compare with): "


@dataclass(frozen=True)
class Item:
    """One hidden text and the test of its program."""

    task_id: str
    gap: Gap
    test: str
    entry_point: str

    def judge(self, fill: str, sandbox: Sandbox) -> Verdict:
        """Run the test on the program with `fill` in it."""
        return sandbox.run(self.gap.fill(fill), self.test, self.entry_point)

    @property
    def tokens(self) -> int:
        """Length of the hidden text in lexical tokens."""
        return len(lex(self.gap.truth.strip()))

    @classmethod
    def of(cls, record: Mapping[str, str], whole_lines: bool) -> Item:
        """Read a record; of whole lines, the last line break stays outside the gap."""
        prompt, truth, suffix = (record[key] for key in ("prompt", "canonical_solution", "suffix"))
        if whole_lines and truth.endswith("\n"):
            truth, suffix = truth[:-1], "\n" + suffix
        span = Span(len(prompt), len(prompt) + len(truth))
        path = f"{record['entry_point']}.py"
        gap = Gap("HumanEval", path, prompt + truth + suffix, span, prompt.count("\n") + 1)
        return cls(record["task_id"], gap, record["test"], record["entry_point"])


@dataclass(frozen=True)
class Tested:
    """What became of one item."""

    outcome: Outcome
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Outcome and verdict in one object."""
        return {**asdict(self.outcome), **asdict(self.verdict)}


@dataclass
class Indented:
    """A floor that writes whole lines: indented as the line above, deeper behind a colon."""

    name: str
    floor: Engine

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Let the floor go on behind the indentation."""
        at = task.gaps[0].start
        indent = indentation(task.text[:at])
        text = task.text[:at] + indent + task.text[at:]
        here = Span(at + len(indent), at + len(indent))
        for update in self.floor.fill(FillTask(text, (here,), task.path), options):
            if isinstance(update, Draft):
                content = update.texts[0]
                yield Draft((indent + content if content else "",), update.score, update.nfe)


def indentation(before: str) -> str:
    """Indentation to expect behind whole lines: that of the last one with content, four more after a colon."""
    above = next((line for line in reversed(before.split("\n")) if line.strip()), "")
    own = above[: len(above) - len(above.lstrip())]
    return own + "    " if above.rstrip().endswith(":") else own


@dataclass(frozen=True)
class Infilling:
    """One of the benchmark's files."""

    name: str
    file: str
    whole_lines: bool
    published: str

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> RowReport:
        """Fill the items with `engine` and the floors, run the tests.

        Raises:
            UsageError: without the path of the data, or where code cannot be confined.
            InputError: when they cannot be read, or a hidden text fails its own test here.
        """
        every = self.items(request)
        items = every[: request.limit]
        learnt, missing = trained_floors(request)
        floors: list[Engine] = [*simple_floors(), *learnt]
        if self.whole_lines:
            floors = [Indented(floor.name, floor) for floor in floors]
        with Sandbox() as sandbox:
            check_hidden(items, sandbox, progress)
            rows: list[Row] = []
            for filler in fillers(engine, floors, request.options):
                tested = list(fill_and_test(items, filler, sandbox, progress))
                rows += rows_of(filler, items, tested)
        return self.report(items, len(every), rows, request, missing)

    def items(self, request: Request) -> list[Item]:
        """All items of the file in an order that the seed alone decides.

        Raises:
            UsageError: without the path of the data.
            InputError: when they cannot be read.
        """
        read = records(request.data, self.file, FIELDS)
        return in_random_order([Item.of(one, self.whole_lines) for one in read], request.seed)

    def report(
        self, items: Sequence[Item], of: int, rows: Sequence[Row], request: Request, notes: Sequence[str]
    ) -> RowReport:  # fmt: skip
        """Figures and everything needed to measure them again."""
        settings = {
            "limit": request.limit,
            "seed": request.seed,
            "options": asdict(request.options),
            "limits": asdict(Limits()),
            "checkers": [checker.name for checker in guards()],
        }
        title = f"{self.name}: {len(items)} of {of} items"
        own = [*_notes(request, self.whole_lines), f"{PUBLISHED}{self.published}."]
        asked = [{"task_id": item.task_id, "truth": item.gap.truth} for item in items]
        return RowReport(self.name, title, settings, COLUMNS, rows, [*own, *notes], asked)


def check_hidden(items: Sequence[Item], sandbox: Sandbox, progress: Progress) -> None:
    """Put every hidden text back and run its test, so that no failure is the harness's own.

    Raises:
        InputError: when one does not pass.
    """
    for done, item in enumerate(items, 1):
        verdict = item.judge(item.gap.truth, sandbox)
        if not verdict.passed:
            raise InputError(
                f"the hidden text of {item.task_id} does not pass its own test here: {verdict.why}",
                "the file is damaged, or this machine too slow or too small for the limits of a test",
            )
        progress("the hidden texts themselves", done, len(items))


def fill_and_test(
    items: Sequence[Item], filler: Filler, sandbox: Sandbox, progress: Progress
) -> Iterator[Tested]:
    """Fill and test one item after the other."""
    outcomes = run([item.gap for item in items], filler, guards())
    for done, (item, outcome) in enumerate(zip(items, outcomes, strict=True), 1):
        verdict = Verdict(False, "no draft")
        if outcome.answered:
            verdict = item.judge(outcome.fill, sandbox)
        yield Tested(outcome, verdict)
        progress(filler.name, done, len(items))


def rows_of(filler: Filler, items: Sequence[Item], tested: Sequence[Tested]) -> list[Row]:
    """The row of all items, and for a model one for each length of the hidden text that occurs."""
    outcomes = [one.to_json() for one in tested]
    rows = [Row(filler.name, figures(tested, filler.floor), outcomes, filler.floor)]
    for low, high in () if filler.floor else LENGTHS:
        part = [
            one
            for item, one in zip(items, tested, strict=True)
            if low <= max(1, item.tokens) and (high is None or item.tokens <= high)
        ]
        if part:
            name = f"  of {low}-{high} tokens" if high else f"  of {low} tokens and more"
            rows.append(Row(f"{name} ({len(part)})", figures(part)))
    return rows


def figures(tested: Sequence[Tested], floor: bool = False) -> dict[str, Figure]:
    """What the table says of at least one item; a floor has no cost."""
    figures: dict[str, Figure] = {
        "passed": Share.of([one.verdict.passed for one in tested]),
        "exact": Share.of([one.outcome.exact for one in tested]),
        "parses": Share.of([one.outcome.parses for one in tested]),
    }
    if not floor:
        figures["nfe"] = Number(median(one.outcome.nfe for one in tested))
        figures["seconds"] = Seconds(median(one.outcome.seconds for one in tested))
    return figures


def _notes(request: Request, whole_lines: bool) -> list[str]:
    options, limits = request.options, Limits()
    notes = [
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places; the fill's length is never given; the best-ranked draft counts.",
        f"Tests: {limits.cpu} s of CPU time and {limits.memory >> 20} MiB each; the hidden texts themselves all "
        "pass. exact: equal after strip; parses: no new problem for tree-sitter or Python's compiler; length "
        "in lexical tokens.",
    ]
    if whole_lines:
        notes.append(
            "The last line break of the hidden lines stands outside the gap, as in an editor; their indentation "
            "is to be written."
        )
    return notes


_SOURCE = "FIM: Bavarian et al. 2022"
SINGLE = Infilling(
    "humaneval-single",
    "HumanEval-SingleLineInfilling.jsonl.gz",
    True,
    f"411M left to right with FIM training 55.7 ({_SOURCE}), InCoder-6.7B 69.0, exact 56.3 (Fried et al. 2022), "
    "Open-dCoder-0.5B 32.5, told the length 77.4 (its README), DreamOn-7B 92.1 (a re-run, on all 1033)",
)
MULTI = Infilling(
    "humaneval-multi",
    "HumanEval-MultiLineInfilling.jsonl.gz",
    True,
    f"left to right with FIM training 411M 25.0, 844M 29.0 ({_SOURCE})",
)
_RANDOM = (
    "411M left to right with FIM training 32.1 on character spans, 10.2 on token spans, 1.5 on lines "
    f"({_SOURCE})"
)
RANDOM = Infilling("humaneval-random", "HumanEval-RandomSpanInfilling.jsonl.gz", False, _RANDOM)
RANDOM_LIGHT = Infilling(
    "humaneval-random-light", "HumanEval-RandomSpanInfillingLight.jsonl.gz", False, _RANDOM
)
