"""The mixture: which tasks there are, how often each is drawn, and how much context its rows carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from editdiff.errors import InputError
from editdiff.tokens.base import Tokenizer
from editdiff.training.tasks.example import Example, Maker
from editdiff.training.tasks.infill import infill, several
from editdiff.training.tasks.instruct import instruct
from editdiff.training.tasks.maths import maths
from editdiff.training.tasks.prose import prose
from editdiff.training.tasks.repair import repair
from editdiff.training.tasks.revise import revise
from editdiff.training.tasks.rows import Row, gone_on, make_row

Shares = Sequence[tuple[int, float]]
MAX_REGION = 160
"""Tokens of `<old>`; a longer region is not what a small canvas can rewrite."""


@dataclass(frozen=True)
class Task:
    """One task of the mixture."""

    make: Maker
    share: float
    """Share of the rows of code, before those are passed on that find no place in their file."""
    budgets: Shares
    """Context budgets in tokens, for a network that was trained with 256, and their shares."""
    of_prose: float = 0.0
    """Share of the rows of files that are prose."""


CONTEXT = 256
"""Context of the network, in tokens, for which the shares below were drawn up."""
ONE_GAP: Shares = ((0, 0.02), (48, 0.2), (80, 0.3), (128, 0.25), (192, 0.13), (256, 0.1))
SEVERAL_GAPS: Shares = ((96, 0.35), (160, 0.4), (256, 0.25))
SHOWN: Shares = ((48, 0.4), (96, 0.4), (160, 0.2))
"""Where `<old>` says most of what has to be known."""
TASKS: Mapping[str, Task] = {
    "infill": Task(infill, 0.54, ONE_GAP, 0.3),
    "several": Task(several, 0.14, SEVERAL_GAPS),
    "repair": Task(repair, 0.10, SHOWN),
    "revise": Task(revise, 0.04, SHOWN),
    "instruct": Task(instruct, 0.08, SHOWN),
    "maths": Task(maths, 0.05, ONE_GAP),
    "prose": Task(prose, 0.05, ONE_GAP, 0.7),
}
"""Name to task."""
PROSE_FILES = (".md", ".rst", ".txt")


def mixture(shares: Mapping[str, float]) -> Mapping[str, Task]:
    """The tasks with other shares of code than their own; one with share 0 is not drawn.

    Raises:
        InputError: for a task that there is not.
    """
    for name in shares:
        if name not in TASKS:
            near = get_close_matches(name, TASKS, 1)
            raise InputError(
                f"the mixture has no task {name!r}",
                f"did you mean {near[0]!r}?" if near else f"its tasks: {', '.join(TASKS)}",
            )
    return {name: replace(task, share=shares.get(name, task.share)) for name, task in TASKS.items()}


def draw_example(
    text: str, path: str, rng: np.random.Generator, tasks: Mapping[str, Task] = TASKS
) -> tuple[Example, Task]:
    """An example of a task drawn by its share; infill where the file has no place for it."""
    of_prose = path.endswith(PROSE_FILES)
    shares = np.array([task.of_prose if of_prose else task.share for task in tasks.values()])
    name = list(tasks)[int(rng.choice(len(tasks), p=shares / shares.sum()))]
    example = tasks[name].make(text, path.rsplit("/", 1)[-1], rng)
    if example is None:
        return infill(text, path.rsplit("/", 1)[-1], rng), tasks["infill"]
    return example, tasks[name]


def draw_row(
    tokenizer: Tokenizer,
    text: str,
    path: str,
    rng: np.random.Generator,
    tasks: Mapping[str, Task] = TASKS,
    max_context: int = CONTEXT,
) -> Row:
    """A row of the mixture, see `draw_named`."""
    return draw_named(tokenizer, text, path, rng, tasks, max_context)[1]


def draw_named(
    tokenizer: Tokenizer,
    text: str,
    path: str,
    rng: np.random.Generator,
    tasks: Mapping[str, Task] = TASKS,
    max_context: int = CONTEXT,
) -> tuple[str, Row]:
    """The task's name and a row of the mixture; one in ten is not told its path."""
    while True:
        example, task = draw_example(text, path, rng, tasks)
        if rng.random() < 0.1:
            example = replace(example, path="")
        budgets, shares = zip(*task.budgets, strict=True)
        budget = int(rng.choice(budgets, p=shares)) * max_context // CONTEXT
        if example.old is None or len(tokenizer.encode(example.old)) <= MAX_REGION:
            return example.task, make_row(tokenizer, gone_on(tokenizer, example, rng), budget)
