"""What a text is made of: its whole parts and its names, by tree-sitter; by its lines where that has no grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from editdiff.check.base import Anatomy, Name, Problem
from editdiff.check.calling import calls, signatures
from editdiff.check.cutting import by_blank_lines, by_tree, joined
from editdiff.check.grammars import GRAMMARS, parser_of
from editdiff.check.naming import names
from editdiff.check.python_scope import Scopes
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.shown import unix
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

PROSE = ("markdown", "plaintext", "restructuredtext", "")
_STAR = re.compile(r"^[ \t]*from[ \t]+\S+[ \t]+import[ \t]*\(?[ \t]*\*", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_LABEL = re.compile(r"^[ ]{0,3}\[([^\]\n]+)\]:", re.MULTILINE)
_LINK = re.compile(r"\]\[([^\]\n]+)\]|\]\(#([^)\s]+)\)")
_MARKED = re.compile(r"\\(?:label|ref|eqref|cref|cite)\{([^}\n]+)\}")
_CODE_LIKE = re.compile(r"(?<![\w.])[^\W\d]\w*_\w+(?![\w.])")


class TextAnatomist:
    """An `Anatomist` of every language."""

    def pieces(self, document: Document, region: Span, size: int, most: int) -> Sequence[Span]:
        """Cut a region between whole parts; by blank lines where there is no grammar."""
        table = LineTable(document.text)
        first, last = (table.position(at).line for at in (region.start, region.end))
        lines = unix(document.text).split("\n")
        root = _parsed(unix(document.text), document.language)
        if root is None or document.language == "markdown":
            headings = document.language in PROSE
            parts = joined(by_blank_lines(lines, first, last + 1, headings=headings), size, most)
        else:
            parts = by_tree(root, lines, first, last + 1, size, most)
        spans = (Span(table.start(p.first), table.content(p.end - 1).end) for p in parts)
        kept = (
            Span(max(s.start, region.start), min(s.end, region.end))
            for s in spans
            if s.end > region.start
        )
        return [span for span in kept if span.slice(document.text).strip()]

    def anatomy(self, document: Document) -> Anatomy:
        """The names of a document; of prose, what links and references go by."""
        root = _parsed(document.text, document.language)
        if root is None:
            return Anatomy(tuple(_marks(document.text)))
        data = document.text.encode("utf-8", "surrogatepass")
        readable = _readable(document)
        told = names(root, data, document.language, readable)
        closed = readable is not None and not is_notebook(document.path)  # of whose cells it is one
        return Anatomy(
            tuple(told),
            tuple(signatures(root, data)),
            tuple(calls(root, data)),
            closed,
            sound=not root.has_error,
        )


class NamesChecker:
    """Names that are read and nothing says: what a change of one place leaves behind in another.

    For changes of a text to itself alone: what comes from other files is known of Python only.
    """

    name = "names"

    def supports(self, language: str) -> bool:
        """Wherever there is a grammar."""
        return language in GRAMMARS

    def check(self, document: Document) -> list[Problem]:
        """Every place where such a name stands."""
        told = TextAnatomist().anatomy(document).names
        return [
            Problem(name.span, f"nothing says what `{name.text}` is", self.name)
            for name in told
            if not name.known
        ]


def _parsed(text: str, language: str) -> Node | None:
    """The tree of a text; None where no grammar can tell."""
    parser = parser_of(language, text)
    return parser and parser.parse(text.encode("utf-8", "surrogatepass")).root_node


def _readable(document: Document) -> Callable[[int], frozenset[str]] | None:
    """Which names can be read at a place of Python; None in other languages, and where nobody can tell."""
    if document.language != "python" or _STAR.search(document.text):
        return None
    return Scopes(document).names


def _marks(text: str) -> Iterator[Name]:
    """Headings and labels that something in a text refers to, those references, and words that only code has."""
    found = [(_slug(m[1]), Span(*m.span(1)), True) for m in _HEADING.finditer(text)]
    found += [(m[1].lower(), Span(*m.span(1)), True) for m in _LABEL.finditer(text)]
    found += [((m[1] or m[2]).lower(), Span(*m.span()), False) for m in _LINK.finditer(text)]
    found += [(m[1], Span(*m.span(1)), m[0].startswith("\\label")) for m in _MARKED.finditer(text)]
    found += [(m[0], Span(*m.span()), False) for m in _CODE_LIKE.finditer(text)]
    whole = Span(0, len(text))
    for name, span, binds in sorted(found, key=lambda each: each[1]):
        if binds:
            yield Name(name, span, "bound", whole, "label")
        else:
            yield Name(name, span, "text", span)


def _slug(heading: str) -> str:
    """The name by which a link goes to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
