"""A model without a canvas against llama.cpp on the same machine: what a user could take instead.

llama.cpp runs in a child process, under an interpreter that has llama-cpp-python, and measures itself
(`llama_cpp_worker`). It is told the same text in the same form, writes greedily to the end of the same line, keeps
its prompt cache and has as many threads. Ours and theirs take turns, so what disturbs the machine disturbs both.
Theirs is every file that is named, and what can be made of the first one, each with and without lookup in the
prompt; the best of them is what ours has to be compared with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.local.engine import context_parts
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import NONE, Table
from editdiff.evaluation.speed import llama_cpp_worker
from editdiff.evaluation.speed.llama_cpp_child import Worker, worker
from editdiff.evaluation.speed.probe import AFTER, BEFORE
from editdiff.evaluation.speed.startup import first_line
from editdiff.evaluation.speed.timing import Quartiles
from editdiff.families.base import TreeDenoiser
from editdiff.families.running import Running
from editdiff.prompt.base import Prompt
from editdiff.prompt.fim import FillInMiddle
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray

LINE = FillOptions(
    drafts=1, temperature=0.0, lines=1, context=512, max_tokens=64, lookup=0, critic_rounds=0
)
"""One greedy line in as much context as ghost text has; nothing is looked up, for theirs could not."""
ENCODED = 512
"""Tokens of the context that is encoded whole."""
WINDOW = 1024
"""Tokens that llama.cpp has room for: context, marks, path, line."""
SAMPLE = 'def f(x):\n    return {"é": x != 0}\n'
"""Its tokens tell whether a file has our vocabulary."""
STEP, ENCODE, COLD, WARM, START, MEMORY = (
    "step", f"encode {ENCODED}", "line, cold", "line, warm", "start", "memory",
)  # fmt: skip
SAME = {COLD: "same line, cold", WARM: "same line, warm"}
"""Of the lines that both have written alike: the same work."""
MEASURES = (STEP, ENCODE, COLD, WARM, *SAME.values(), START, MEMORY)
NOTES = (
    "ours / theirs, by turns in one run, medians with quartiles: below 1 ours is faster, or smaller.",
    "line: greedy, to the end of the line, or of the lines of a longer gap; cold: its context is read first; warm: "
    "it was read before. Ours also decides where the gap ends, and writes the last piece of a word before it anew, "
    "so texts may differ.",
    "start: process start to a finished line; memory: resident then, mapped files included.",
)


@dataclass(frozen=True)
class Variant:
    """One way to run llama.cpp."""

    name: str
    file: Path
    lookup: bool
    """Whether it drafts what stands in the prompt already."""


@dataclass(frozen=True)
class Written:
    """A finished line."""

    seconds: float
    tokens: int
    """Forwards of ours; tokens of theirs."""
    text: str


@dataclass
class Pair:
    """Ours against one variant."""

    variant: str
    values: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Ours and theirs of each of MEASURES, in seconds; of the memory in bytes."""
    lines: list[tuple[Written, Written]] = field(default_factory=list)
    """Ours and theirs, cold."""

    def add(self, measure: str, ours: float, theirs: float) -> None:
        """Take one value of both."""
        self.values.setdefault(measure, []).append((ours, theirs))

    def ratio(self, measure: str) -> Quartiles | None:
        """Ours over theirs; None where nothing was measured."""
        both = self.values.get(measure)
        return Quartiles.of([ours / theirs for ours, theirs in both]) if both else None

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        same = len(self.values.get(SAME[COLD], ()))
        cells = (_cell(self.ratio(measure)) for measure in MEASURES)
        return self.variant, *cells, f"{same} of {len(self.lines)}"

    @property
    def absolute(self) -> str:
        """Medians of both, for a note."""
        told = []
        for measure, both in self.values.items():
            unit, factor = ("MB", 1e-6) if measure == MEMORY else ("ms", 1000)
            ours, theirs = (factor * float(np.median(side)) for side in zip(*both, strict=True))
            told.append(f"{measure} {ours:.3g} / {theirs:.3g} {unit}")
        for name, side in zip(("ours", "theirs"), zip(*self.lines, strict=True), strict=False):
            told.append(f"{np.mean([line.tokens for line in side]):.1f} steps a line {name}")
        return f"{self.variant}: {', '.join(told)}."


@dataclass(frozen=True)
class Comparison:
    """The measurement, run."""

    model: str
    pairs: Sequence[Pair]
    notes: Sequence[str]
    settings: dict[str, Any]

    @property
    def table(self) -> Table:
        """A row for each variant, and one of the best of them: where ours does worst."""
        header = ("llama.cpp", *MEASURES, "same lines")
        rows = [*(pair.cells for pair in self.pairs), ("the best of them", *self._best(), "")]
        notes = [*NOTES, *(pair.absolute for pair in self.pairs), *self.notes]
        return Table(f"{self.model} / llama.cpp", header, rows, notes)

    def to_json(self) -> dict[str, Any]:
        """Settings and every value."""
        return {
            "benchmark": "llama-cpp",
            "model": self.model,
            "settings": self.settings,
            "notes": list(self.notes),
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    def _best(self) -> Iterator[str]:
        for measure in MEASURES:
            known = [(ratio, pair) for pair in self.pairs if (ratio := pair.ratio(measure))]
            if known:
                ratio, pair = max(known, key=lambda each: each[0].median)
                yield f"{ratio.median:.2f}× {pair.variant}"
            else:
                yield NONE


class Ours:
    """The model, with what llama.cpp is told of a gap."""

    def __init__(self, name: str, network: TreeDenoiser, running: Running, lines: int = 1) -> None:
        """`running` tells the number of threads, which is theirs as well; both write so many `lines` of a gap."""
        self.name, self.network, self.running = name, network, running
        self.options = replace(LINE, lines=lines, max_tokens=lines * LINE.max_tokens)
        self._engine = TwinEngine(network)

    def ids(self, task: FillTask) -> list[int]:
        """The prompt of a task as anybody would write it: all text before the gap stands before it."""
        form, traits = self.network.prompt, self.network.traits
        if isinstance(form, FillInMiddle):
            form = replace(form, heals=False)
        parts = context_parts(task, task.text, task.gaps, traits)
        prompt = form.encode(parts, min(traits.context, LINE.context))
        return [*prompt.ids.tolist(), prompt.heads[0]]

    def write(self, task: FillTask, cold: bool) -> Written:
        """A line; `cold` forgets what was encoded."""
        if cold:
            self._engine = TwinEngine(self.network)
        started = time.perf_counter()
        updates = list(self._engine.fill(task, self.options))
        seconds = time.perf_counter() - started
        draft = next((update for update in updates if isinstance(update, Draft)), None)
        if draft is None:
            return Written(seconds, len(updates), "")
        return Written(seconds, draft.nfe, draft.texts[0])


def variants(
    files: Sequence[Path], python: str, folder: Path, threads: int, make: bool = True
) -> list[Variant]:
    """Every file, and the first one as q8_0 and q4_0, written into `folder` if `make`; without and with lookup.

    Raises:
        InputError: when there is no such file.
        EngineError: when one cannot be made.
    """
    for file in files:
        if not file.is_file():
            raise InputError(f"there is no file {file}", "name a GGUF file with --gguf")
    named = {file.stem: file for file in files}
    with worker(python) as child:
        for kind in llama_cpp_worker.TYPES if make else ():
            named[kind] = folder / f"{kind}.gguf"
            child.ask(
                "quantize", file=str(files[0]), into=str(named[kind]), kind=kind, threads=threads
            )
    return [
        Variant(name + " with lookup" * lookup, file, lookup)
        for name, file in named.items()
        for lookup in (False, True)
    ]


def compare(
    variant: Variant,
    ours: Ours,
    gaps: Sequence[Gap],
    python: str,
    repeats: int,
    starts: int,
    progress: Progress = lambda name, done, total: None,
) -> tuple[Pair, str]:
    """Ours against one variant; and what llama.cpp says of itself.

    Steps are measured `repeats` times, encoding a fifth as often.

    Raises:
        InputError: when the file has another vocabulary.
        EngineError, MissingDependencyError: when llama.cpp cannot be run.
    """
    pair = Pair(variant.name)
    for _ in range(starts):
        _start(pair, variant, ours, python)
    with worker(python) as child:
        told = _load(child, variant, ours)
        _check_vocabulary(child, variant, ours)
        _forwards(pair, child, ours, repeats)
        for number, gap in enumerate(gaps):
            _line(pair, child, ours, gap.task, ours_first=number % 2 == 0)
            progress(variant.name, number + 1, len(gaps))
    return pair, f"llama-cpp-python {told['version']}: {_instructions(told['system'])}"


def _load(child: Worker, variant: Variant, ours: Ours) -> dict[str, Any]:
    return child.ask(
        "load",
        file=str(variant.file),
        threads=ours.running.threads,
        context=WINDOW,
        lookup=variant.lookup,
    )


def _start(pair: Pair, variant: Variant, ours: Ours, python: str) -> None:
    """From the start of a process to a finished line, and its memory then."""
    gap = Span(len(BEFORE), len(BEFORE))
    ids = ours.ids(FillTask(BEFORE + AFTER, (gap,), "area.py"))
    started = time.perf_counter()
    with worker(python) as child:
        _load(child, variant, ours)
        _written(child, ours, ids, cold=True)
        theirs = time.perf_counter() - started
        resident = child.ask("memory")
    told = [ours.name, ours.running.engine, str(ours.running.threads), "1"]
    seconds, said = first_line(["-m", "editdiff.evaluation.speed.probe", *told])
    pair.add(START, seconds, theirs)
    filled = json.loads(said)["filled"]
    if filled and resident:
        pair.add(MEMORY, filled["VmRSS"], resident["VmRSS"])


def _check_vocabulary(child: Worker, variant: Variant, ours: Ours) -> None:
    if child.ask("cut", text=SAMPLE)["ids"] != ours.network.tokenizer.encode(SAMPLE):
        raise InputError(
            f"{variant.file} has another vocabulary than {ours.name}",
            "name a GGUF file of the same model with --gguf",
        )


def _forwards(pair: Pair, child: Worker, ours: Ours, repeats: int) -> None:
    """Encoding and steps behind it, by turns; a round of each before them is not measured."""
    size = min(ENCODED, ours.network.traits.context)
    text = ours.network.tokenizer.special.text_ids
    ids = text[np.random.default_rng(0).integers(len(text), size=size + repeats + 1)]
    head, told = int(ids[size]), ids[:size].tolist()
    cache = None
    for turn in range(-1, max(1, repeats // 5)):
        began = time.perf_counter()
        cache = ours.network.encode(Prompt.in_order(ids[:size], [head]))
        seconds = time.perf_counter() - began
        theirs = child.ask("encode", ids=told)["seconds"]
        if turn >= 0:
            pair.add(ENCODE, seconds, theirs)
    for turn in range(-1, repeats):
        token: IntArray = ids[size + 1 + turn : size + 2 + turn]
        began = time.perf_counter()
        cache, _ = ours.network.extend(cache, token)
        seconds = time.perf_counter() - began
        theirs = child.ask("step", token=int(token[0]))["seconds"]
        if turn >= 0:
            pair.add(STEP, seconds, theirs)


def _written(child: Worker, ours: Ours, ids: Sequence[int], cold: bool) -> Written:
    """A line of theirs behind a prompt, or as many as ours writes."""
    told = {"most": ours.options.max_tokens, "lines": ours.options.lines}
    return Written(**child.ask("line", ids=list(ids), cold=cold, **told))


def _line(pair: Pair, child: Worker, ours: Ours, task: FillTask, ours_first: bool) -> None:
    """The line of a gap cold, then warm, each by turns."""
    ids, same = ours.ids(task), False
    for measure in (COLD, WARM):
        cold = measure == COLD
        if ours_first:
            mine, theirs = ours.write(task, cold), _written(child, ours, ids, cold)
        else:
            theirs, mine = _written(child, ours, ids, cold), ours.write(task, cold)
        pair.add(measure, mine.seconds, theirs.seconds)
        if cold:
            pair.lines.append((mine, theirs))
            same = mine.text.strip() == theirs.text.strip()
        if same:
            pair.add(SAME[measure], mine.seconds, theirs.seconds)


def _cell(ratio: Quartiles | None) -> str:
    return f"{ratio.median:.2f}× [{ratio.low:.2f}, {ratio.high:.2f}]" if ratio else NONE


def _instructions(system: str) -> str:
    """Names of what llama.cpp was built with, of its line `A = 1 | B = 1 | …`."""
    parts = (part.rpartition(":")[2].split("=") for part in system.split("|") if "=" in part)
    return ", ".join(name.strip() for name, value in parts if value.strip() == "1")
