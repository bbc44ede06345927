"""What a gap may hold at its plainest, so that a document parses wherever nothing but the gap is broken.

A marker such as `???` breaks most documents, and so does an empty gap where a block opened or a list ended. What is
broken by the gap alone is no excuse for a draft that leaves it broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from editdiff.text.brackets import BRACKETS, unpaired
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

PLAIN = ("x", "0", "", "x = 0", '"x": 0')
"""Texts of which one parses in most places of most languages."""
_PARTNER = BRACKETS | {closer: opener for opener, closer in BRACKETS.items()}
_OPENS = {
    "{": ("{", "if (x) {", "x() {", "void x() {", "x {", '"x": {', "x = {"),
    "(": ("x(", "("),
    "[": ("x = [", "[", '"x": ['),
}
"""Bracket to what may open it."""
_OPENS_BLOCK = {
    "python": ("if x:", "try:", "else:", "except x:", "class x:", "elif x:"),
    "shellscript": ("if x; then", "for x in x; do", "then", "do", "else", "fi", "done", "esac", ";;", "x)"),
}  # fmt: skip
"""Language identifier to what opens or ends a block there without a bracket."""


def filled_plainly(before: Document, gaps: Sequence[Span]) -> Iterator[Document]:
    """Yield the document with a plain text in all gaps, the likeliest to parse first; made only when asked for.

    One text serves all gaps. Where the brackets outside of an only gap do not close each other, and the layout says
    that the gap is what they lack, what is tried first opens and closes them.
    """
    for word in _plain(before, gaps):
        yield _filled(before, gaps, word)


def _plain(before: Document, gaps: Sequence[Span]) -> Iterator[str]:
    """Texts that may stand in the gaps."""
    # in a shell a pattern of `case` closes what nothing opens
    if len(gaps) == 1 and before.language != "shellscript":
        closing, opening = _missing(before, gaps[0])
        if opening:
            yield from (closing + text + opening[1:] for text in _OPENS[opening[0]])
        elif closing:
            yield from (closing, closing + ";", "x" + closing)
    yield from PLAIN
    yield from _OPENS_BLOCK.get(before.language, ())


def _missing(before: Document, gap: Span) -> tuple[str, str]:
    """Brackets that a gap has to close, and those that it has to open, both in their order; empty when none.

    What begins with the gap is laid out as it is: the line of the last bracket opened before it, or the one that
    closes all that it opens, is indented as its own. Otherwise something far from the gap may be broken.
    """
    text, language = before.text, before.language
    _, opened = unpaired(text[: gap.start], language)
    closing = [gap.end + at for at in unpaired(text[gap.end :], language)[0]]
    while opened and closing and BRACKETS[text[opened[0]]] == text[closing[-1]]:
        opened, closing = opened[1:], closing[:-1]
    lines = LineTable(text)
    own = _indentation(lines, text, gap.start)
    if any(_indentation(lines, text, at) != own for at in (*opened[-1:], *closing[-1:])):
        return "", ""
    return _partners(text, reversed(opened)), _partners(text, reversed(closing))


def _indentation(lines: LineTable, text: str, offset: int) -> str:
    """White space that begins the line of an offset."""
    line = lines.content(lines.position(offset).line).slice(text)
    return line[: len(line) - len(line.lstrip())]


def _partners(text: str, brackets: Iterable[int]) -> str:
    """The other bracket of each."""
    return "".join(_PARTNER[text[at]] for at in brackets)


def _filled(before: Document, gaps: Sequence[Span], word: str) -> Document:
    """Return the document with one text in each gap, indented as what stood there."""
    edits = []
    for gap in gaps:
        old = gap.slice(before.text)
        edits.append(TextEdit(gap, old[: len(old) - len(old.lstrip())] + word))
    return before.with_text(Edits(tuple(edits)).apply(before.text))
