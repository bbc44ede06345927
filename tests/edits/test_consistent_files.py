"""One name in real files, here and there or everywhere: whoever renames it in one part alone breaks the rest."""

import re
from pathlib import Path

import pytest

import editdiff
from editdiff.check.anatomy import TextAnatomist
from editdiff.edits.consistent import Consistency
from editdiff.edits.long_rewriting import fitting, parts_of
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.language import language_of
from editdiff.text.span import Span

ROOT = Path(editdiff.__file__).parents[1]
FILES = [
    ROOT / name
    for name in (
        "editdiff/text/lines.py",
        "editdiff/edits/proposal.py",
        "vscode-extension/src/proposal.ts",
    )
]
ANATOMIST = TextAnatomist()
KINDS = ("definition", "member", "variable", "import")


def parted(path: Path) -> tuple[Document, tuple[Span, ...]]:
    text = path.read_text(encoding="utf-8")
    text += "\n" * max(0, 125 - text.count("\n"))
    document = Document(path.name, text, language=language_of(path))
    parts = tuple(ANATOMIST.pieces(document, Span(0, len(text)), 24, 120))
    return document, parts


def shared(document: Document, parts) -> list[tuple[int, str]]:
    """Names that one part binds and another one reads."""
    told = ANATOMIST.anatomy(document).names
    found = {
        (number, name.text)
        for number, part in enumerate(parts)
        for name in told
        if name.role == "bound" and name.kind in KINDS and part.contains(name.span)
        and not part.contains(name.seen) and not name.text.startswith("__")
        and any(
            other.text == name.text and not part.contains(other.span)
            and other.role == ("member" if name.kind == "member" else "read")
            for other in told
        )
    }  # fmt: skip
    return sorted(found)


def renamed(document: Document, part: Span, name: str) -> TextEdit:
    text = part.slice(document.text)
    return TextEdit(part, re.sub(rf"(?<![\w$]){re.escape(name)}(?![\w$])", f"{name}Xy", text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_name_may_change_everywhere_and_in_no_part_alone(path):
    document, parts = parted(path)
    names = shared(document, parts)
    assert names
    for number, name in names[:: max(1, len(names) // 2)]:
        ask = f"rename {name} to {name}Xy"
        consistency = Consistency(ANATOMIST, document, ask, parts)
        everywhere = {n: renamed(document, part, name) for n, part in enumerate(parts)}
        assert fitting(consistency, everywhere)[1:] == ({}, ""), name
        kept, _, broken = fitting(consistency, {number: everywhere[number]})
        assert broken or not kept, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_does_not_change_fits(path):
    document, parts = parted(path)
    same = {number: TextEdit(part, part.slice(document.text)) for number, part in enumerate(parts)}
    assert fitting(Consistency(ANATOMIST, document, "x", parts), same)[1:] == ({}, "")


def test_parts_of_a_short_file_are_the_file():
    document = Document("a.py", "a = 1\n", language="python")
    assert parts_of(document, [Span(0, 5)], ANATOMIST) == (Span(0, 5),)
