"""Worked mathematics as a short document in code, Markdown or LaTeX, and where its equations stand in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from editdiff.text.span import Span
from editdiff.training.tasks.maths.exact import python_value, symbols, value
from editdiff.training.tasks.maths.notation import (
    ANNOTATION,
    CODE,
    LATEX,
    PLAIN,
    TIGHT,
    Notation,
    draw,
    render,
)
from editdiff.training.tasks.maths.work import Rng, Step, Work, one

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Side:
    """One side of an equation as it stands in the text."""

    span: Span
    step: int
    """Number of its step on the page."""
    rank: int
    """0 for the left side, 1 for the next …"""
    is_result: bool
    """Whether it is the last side of its step."""


@dataclass
class Page:
    """A document under construction."""

    text: str = ""
    sides: list[Side] = field(default_factory=list)
    derived: bool = False
    """Whether each step follows from those before."""
    told: set[int] = field(default_factory=set)
    """Steps whose sentence says what is worked out."""

    def write(self, text: str) -> None:
        """Append words."""
        self.text += text

    def side(self, step: int, rank: int, text: str, is_result: bool) -> None:
        """Append one side of an equation."""
        start = len(self.text)
        self.write(text)
        self.sides.append(Side(Span(start, len(self.text)), step, rank, is_result))

    def numbers(self, side: Side) -> list[Span]:
        """Where the numbers of a side stand."""
        return [Span(*m.span()) for m in NUMBER.finditer(self.text, side.span.start, side.span.end)]

    def equation(self, number: int, step: Step, to: Notation, equals: str = " = ") -> None:
        """Append an equation, or a chain of them; in `align` every side after the second on its own line."""
        last = len(step.sides) - 1
        for rank, side in enumerate(step.sides):
            if rank == 2 and "&" in equals:
                equals = r" \\" + "\n " + equals
            if rank:
                self.write(equals)
            if rank == last:
                self.write(step.sign.replace("$", r"\$") if to.latex else step.sign)
            self.side(number, rank, render(side, to), rank == last)

    def sentence(
        self, number: int, step: Step, put: Callable[[int, Step], None], latex: bool = False
    ) -> None:
        """Append a step's words, with what `put` writes in the place of the equation."""
        if step.words != "{}":
            self.told.add(number)
        words = _escaped(step.words) if latex else step.words
        before, after = words.split("{}", 1) if "{}" in words else (words + " ", "")
        self.write(before)
        put(number, step)
        self.write(after)


def _escaped(words: str) -> str:
    """Words for LaTeX: signs that mean something there are escaped, but not the braces for the equation."""
    return re.sub(r"[%$#&_]", lambda m: "\\" + m[0], words).replace("²", "$^2$")


Layout = Callable[[Page, Work, Rng], None]


def annotated(page: Page, work: Work, rng: Rng) -> None:
    """Sentences whose results repeat their calculation in angle brackets: 48/2 = <<48/2=24>>24."""
    page.write(work.title + "\n")
    for i, step in enumerate(work.steps):
        page.sentence(i, step, partial(_annotation, page))
        page.write("\n")
    _end(page, work.answer)


def _annotation(page: Page, number: int, step: Step) -> None:
    left, right = render(step.sides[0], TIGHT), render(step.sides[-1], TIGHT)
    page.side(number, 0, left, False)
    page.write(" = " + step.sign + "<<")
    page.side(number, 0, render(step.sides[0], ANNOTATION), False)
    page.write("=")
    page.side(number, 1, right, False)
    page.write(">>")
    page.side(number, 1, right, True)


def prose(page: Page, work: Work, rng: Rng) -> None:
    """A heading and sentences, each on its line."""
    to = draw(rng, PLAIN)
    page.write(one(rng, "# ", "## ", "") + work.title + "\n\n")
    for i, step in enumerate(work.steps):
        page.sentence(i, step, partial(page.equation, to=to))
        page.write("\n")
    _end(page, work.answer)


def bullets(page: Page, work: Work, rng: Rng) -> None:
    """A list, with dots or numbers."""
    to, mark = draw(rng, PLAIN), one(rng, "- ", "* ", "")
    page.write(one(rng, "# ", "## ", "### ") + work.title + "\n\n")
    for i, step in enumerate(work.steps):
        page.write(mark or f"{i + 1}. ")
        page.sentence(i, step, partial(page.equation, to=to))
        page.write("\n")
    _end(page, work.answer)


def table(page: Page, work: Work, rng: Rng) -> None:
    """A table: what is asked on the left, the result on the right."""
    to = draw(rng, PLAIN)
    page.write(f"## {work.title}\n\n")
    page.write(one(rng, "| Term | Value |\n| --- | ---: |\n", "| sum | result |\n|---|---|\n"))
    for i, step in enumerate(work.steps):
        page.write("| ")
        page.equation(
            i, Step(step.sides, sign=step.sign), to, " | " if len(step.sides) == 2 else " = "
        )
        page.write(" |\n" if len(step.sides) == 2 else " | |\n")
    _end(page, work.answer)


def inline(page: Page, work: Work, rng: Rng) -> None:
    """LaTeX sentences with formulas in them, sometimes as a list."""
    to, listed = draw(rng, LATEX), rng.random() < 0.4
    page.write(rf"\section*{{{_escaped(work.title)}}}" + "\n")
    page.write(r"\begin{itemize}" + "\n" if listed else "")
    for i, step in enumerate(work.steps):
        page.write(r"  \item " if listed else "")
        page.sentence(i, step, partial(_formula, page, to=to), latex=True)
        page.write("\n")
    page.write(r"\end{itemize}" + "\n" if listed else "")
    _end(page, _escaped(work.answer))


def _formula(page: Page, number: int, step: Step, to: Notation) -> None:
    page.write("$")
    page.equation(number, step, to)
    page.write("$")


def align(page: Page, work: Work, rng: Rng) -> None:
    """LaTeX equations below each other."""
    to = draw(rng, LATEX)
    page.write(one(rng, r"\subsection*", r"\paragraph") + f"{{{_escaped(work.title)}}}\n")
    page.write(r"\begin{align*}" + "\n")
    for i, step in enumerate(work.steps):
        page.write("  ")
        page.equation(i, step, to, " &= ")
        page.write(r" \\" + "\n" if i + 1 < len(work.steps) else "\n")
    page.write(r"\end{align*}" + "\n")
    _end(page, _escaped(work.answer))


def comments(page: Page, work: Work, rng: Rng) -> None:
    """Comments in code."""
    to = draw(rng, (CODE, TIGHT, CODE, PLAIN[0]))
    page.write(f"# {work.title}\n")
    for i, step in enumerate(work.steps):
        page.write("# ")
        page.sentence(i, step, partial(page.equation, to=to))
        page.write("\n")
    _end(page, f"# {work.answer}" if work.answer else "")


def assertions(page: Page, work: Work, rng: Rng) -> None:
    """Assertions that hold when they are run; what floating point gets wrong stays a comment."""
    name = one(rng, "test_sums", "test_values", "check", "test_results")
    page.write(f'def {name}():\n    """{work.title}."""\n')
    for i, step in enumerate(work.steps):
        runs = _runs(step)
        page.write("    assert " if runs else "    # ")
        page.equation(i, Step(step.sides), CODE, " == " if runs else " = ")
        page.write("\n")
    page.write("    return True\n" if not any(map(_runs, work.steps)) else "")


def doctests(page: Page, work: Work, rng: Rng) -> None:
    """Examples in a docstring, as Python prints them."""
    page.write(f'"""{work.title}.\n\n')
    for i, step in enumerate(work.steps):
        if _runs(step):
            page.write(">>> ")
            page.side(i, 0, render(step.sides[0], CODE), False)
            page.write("\n")
            page.side(i, 1, repr(python_value(step.sides[0])), True)
        else:  # apart from what an example prints
            page.write("" if page.text.endswith("\n\n") else "\n")
            page.equation(i, Step(step.sides), CODE)
        page.write("\n")
    page.write('"""\n')


def constants(page: Page, work: Work, rng: Rng) -> None:
    """Assignments with the value, or the way to it, in a comment."""
    page.write(f"# {work.title}\n")
    way_first = rng.random() < 0.5
    for i, step in enumerate(work.steps):
        plain = not symbols(" ".join(step.sides))
        name = (step.name or one(rng, "value", "total", "x", "n", "result", "size")) + f"_{i + 1}"
        page.write(f"{name} = " if plain else "# ")
        if not plain:
            page.equation(i, Step(step.sides), CODE)
        elif way_first:
            page.equation(i, Step(step.sides), CODE, "  # = ")
        else:
            page.side(i, 1, render(step.sides[-1], CODE), True)
            page.write("  # ")
            page.side(i, 0, render(step.sides[0], CODE), False)
        page.write("\n")


def _runs(step: Step) -> bool:
    """Whether Python's own arithmetic gives the exact values, the same on every side."""
    if symbols(" ".join(step.sides)):
        return False
    values = [python_value(side) for side in step.sides]
    return len(set(values)) == 1 and Fraction(values[0]) == value(step.sides[0])


def _end(page: Page, answer: str) -> None:
    if answer:
        page.write(answer + "\n")


MARKDOWN: tuple[Layout, ...] = (prose, bullets, table, bullets, prose)
TEX: tuple[Layout, ...] = (inline, align)
PYTHON: tuple[Layout, ...] = (comments, assertions, doctests, constants)
SETTINGS: tuple[tuple[tuple[Layout, ...], tuple[str, ...], float], ...] = (
    (MARKDOWN, ("notes.md", "README.md", "homework.md", "solution.md", "sums.md"), 0.4),
    (TEX, ("sheet.tex", "notes.tex", "solutions.tex", "main.tex"), 0.25),
    (PYTHON, ("calc.py", "test_values.py", "example.py", "constants.py", "maths.py"), 0.35),
)
"""Layouts, file names and share of each setting."""


def lay_out(work: Work, rng: Rng) -> tuple[Page, str]:
    """Write a work down in one of the settings; returns the page and a file name for it."""
    at = int(rng.choice(len(SETTINGS), p=[share for *_, share in SETTINGS]))
    layouts, paths, _ = SETTINGS[at]
    page = Page(derived=work.derived)
    layouts[int(rng.integers(len(layouts)))](page, work, rng)
    return page, one(rng, *paths)
