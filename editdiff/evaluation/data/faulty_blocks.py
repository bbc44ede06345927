"""Functions of packages, every other one with one word, number or operator in it that is wrong and still parses.

The kinds of faults are those of the repair task in which one stands for another of its kind: what a revision of a
selection may undo. Docstrings and what a function declares stay as they are.
"""

from __future__ import annotations

import ast
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from editdiff.edits.doubts import alike
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.evaluation.data.folder_files import FolderFile
from editdiff.text.diff import whole_words
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.training.tasks.faults import IN_LINE, attempt, draw, read
from editdiff.training.tasks.faults.source import parses

LEAST_LINES, MOST_LINES = 8, 35
"""Of a function."""
OF_FILE = 4
"""Most functions of a file."""
TRIED = 60
"""Lines that are tried for a fault."""
REPLACING = tuple(kind for kind in IN_LINE if kind.keeps_syntax is not False)
"""Kinds of faults after which a text may parse; whether a word stands for a word is asked of each."""


@dataclass(frozen=True)
class Block:
    """A function of a file."""

    package: str
    path: str
    text: str
    r"""The whole file as it is revised, its line endings `\n`."""
    span: Span
    """The function in `text`, from `def` on."""
    body: Span
    """Its lines without header and docstring."""
    truth: str
    """The file as it was."""
    kind: str = ""
    """Of the fault; empty where there is none."""
    wrong: TextEdit | None = None
    """What undoes it, in `text`: whole words."""


def of_folder(
    files: Sequence[FolderFile], limit: int, seed: int, folder: str = "the folder"
) -> list[Block]:
    """At most `limit` functions, evenly over packages; the first has a fault, the second none, and so on.

    Raises:
        InputError: when there are none.
    """
    drawn = spread(files, limit, seed, _of_file)
    if not drawn:
        raise InputError(
            f"--data: {folder} holds no function of {LEAST_LINES} to {MOST_LINES} lines",
            "name a folder with packages of Python",
        )
    blocks = list[Block]()
    for block in drawn:
        wants = len(blocks) % 2 == 0
        rng = np.random.default_rng([seed, len(blocks)])
        faulty = _with_fault(block, rng) if wants else block
        if faulty is not None:
            blocks.append(faulty)
    return blocks


def _of_file(file: Source, rng: random.Random) -> Iterator[Block]:
    """Functions of a file, in random order."""
    text = unix(file.text)
    if not parses(text):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of somebody else's escape sequences
        tree = ast.parse(text)
    table = LineTable(text)
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and LEAST_LINES <= (node.end_lineno or 0) - node.lineno + 1 <= MOST_LINES
    ]
    for node in rng.sample(found, min(OF_FILE, len(found))):
        last = table.content((node.end_lineno or 1) - 1).end
        said = ast.get_docstring(node, clean=False) is not None
        inside = node.body[1:] if said else node.body
        if inside and inside[0].lineno > node.lineno:
            body = Span(table.start(inside[0].lineno - 1), last)
            span = Span(table.start(node.lineno - 1), last)
            yield Block(file.package, file.path, text, span, body, text)


def _with_fault(block: Block, rng: np.random.Generator) -> Block | None:
    """The block with one fault in it; None where none was found."""
    source, table = read(block.text), LineTable(block.text)
    if source is None:
        return None
    first, last = (table.position(at).line for at in (block.body.start, block.body.end))
    for _ in range(TRIED):
        kind = draw(REPLACING, rng)
        line = table.content(int(rng.integers(first, last + 1)))
        edit = attempt(kind, source.site(line), rng) if line.slice(block.text).strip() else None
        if edit is None:
            continue
        made = whole_words(edit, block.text)
        old, text = made.span.slice(block.text), Edits((made,)).apply(block.text)
        if not old or not alike(old, made.text) or old == made.text or not parses(text):
            continue
        wrong = TextEdit(Span(made.span.start, made.span.start + len(made.text)), old)
        span, body = (Span(s.start, s.end + made.growth) for s in (block.span, block.body))
        return replace(block, text=text, span=span, body=body, kind=kind.name, wrong=wrong)
    return None
