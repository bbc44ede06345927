"""Faulty programs and the tests that say so, as HumanEvalFix has them.

Muennighoff et al. 2023 (arXiv 2308.07124), the Python part, with docstrings, in its upstream file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from editdiff.check.registry import guards
from editdiff.edits.mutations import mutations, names_in
from editdiff.engines.base import FillTask
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import code_lines
from editdiff.evaluation.core.locate import Line, content_lines
from editdiff.evaluation.core.pass_at_k import Search, search
from editdiff.evaluation.core.runner import Progress, parses
from editdiff.evaluation.core.sandbox import Sandbox, Verdict
from editdiff.text.document import Document

FILE = "humanevalfix_py.jsonl"
FIELDS = ("task_id", "prompt", "buggy_solution", "canonical_solution", "test", "entry_point")


@dataclass(frozen=True)
class Item:
    """One faulty program and its test."""

    task_id: str
    text: str
    """The program, docstring included."""
    right: str
    """The program without the fault."""
    body: int
    """Line, from 0, where the solution begins."""
    test: str
    entry_point: str

    @classmethod
    def of(cls, record: Mapping[str, str]) -> Item:
        """Read a record; upstream's test ends in a call of `check`, which is the sandbox's to make."""
        prompt, entry_point = record["prompt"], record["entry_point"]
        return cls(
            record["task_id"],
            prompt + record["buggy_solution"],
            prompt + record["canonical_solution"],
            prompt.count("\n"),
            record["test"].rstrip().removesuffix(f"check({entry_point})"),
            entry_point,
        )

    @property
    def path(self) -> str:
        """File name as the model is told it."""
        return f"{self.entry_point}.py"

    @property
    def lines(self) -> list[Line]:
        """Lines of the solution's code; not of its docstring."""
        code = code_lines(self.text)
        lines = content_lines(self.text)
        return [line for line in lines if line.number >= self.body and line.number in code]

    @property
    def faulty(self) -> Line | None:
        """The faulty line, where one line is all that has to become another, its indentation kept."""
        now, then = self.text.split("\n"), self.right.split("\n")
        wrong = [i for i, pair in enumerate(zip(now, then, strict=False)) if pair[0] != pair[1]]
        if (
            len(now) != len(then)
            or len(wrong) != 1
            or _indent(now[wrong[0]]) != _indent(then[wrong[0]])
        ):
            return None  # fmt: skip
        return next((line for line in content_lines(self.text) if line.number == wrong[0]), None)

    def old(self, line: Line) -> str:
        """Content of a line."""
        return line.span.slice(self.text)

    def fill(self, line: Line, text: str) -> str:
        """Return the program with another content of a line."""
        return self.text[: line.span.start] + text + self.text[line.span.end :]

    def task(self, line: Line) -> FillTask:
        """A line as a gap, with its content as what stands there now."""
        return FillTask(self.text, (line.span,), self.path, old=self.old(line))

    def mutated(self, line: Line, k: int) -> list[str]:
        """Mutations of a line, with the names of the program."""
        return mutations(self.old(line), names_in(self.text), k)

    def parses(self, line: Line, content: str) -> bool:
        """Whether the program still parses with another content of a line."""
        document = Document(self.path, self.text, language="python")
        return parses(document, self.fill(line, content), guards())


@dataclass
class Judge:
    """Runs the programs; each one once, however many rows ask for it."""

    sandbox: Sandbox
    _known: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def program(self, item: Item, program: str) -> Verdict:
        """What becomes of a program under the item's test."""
        key = item.task_id, program
        if key not in self._known:
            self._known[key] = self.sandbox.run(program, item.test, item.entry_point)
        return self._known[key]

    def search(self, item: Item, line: Line, contents: Iterable[str]) -> Search:
        """Test contents of a line in their order."""
        return search(contents, lambda text: self.program(item, item.fill(line, text)))


def check_right(items: Sequence[Item], judge: Judge, progress: Progress) -> None:
    """Test every program without its fault, so that no failure is the harness's own.

    Raises:
        InputError: when one does not pass.
    """
    for done, item in enumerate(items, 1):
        verdict = judge.program(item, item.right)
        if not verdict.passed:
            raise InputError(
                f"{item.task_id} without its fault does not pass its own test here: {verdict.why}",
                "the file is damaged, or this machine too slow or too small for the limits of a test",
            )
        progress("the programs without their faults", done, len(items))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
