"""Passages of a document in which equations may stand: paragraphs of prose and comments, and maths.

Everything else is not looked at: code, strings, names of links, tags, doctests, what is set as code in prose.
Positions do not move: what is left out is covered, character for character, by NULs, which no document holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from editdiff.check.grammars import GRAMMARS, load, too_deep
from editdiff.check.maths.blocks import blocks, lines
from editdiff.check.maths.formulas import formulas
from editdiff.check.maths.paragraphs import paragraphs
from editdiff.check.maths.plain import ANNOTATION, DOUBT
from editdiff.check.maths.words import may_stand_in
from editdiff.check.syntax import code_points
from editdiff.text.document import Document
from editdiff.text.span import Span

if TYPE_CHECKING:
    from tree_sitter import Language

PROSE = frozenset({"", "plaintext", "text", "restructuredtext"})
LATEX = frozenset({"latex", "tex"})
LANGUAGES = PROSE | LATEX | {"markdown"} | GRAMMARS.keys()
_RELATION = re.compile(r"[=≈≃≅≤≥]|\\(?:approx|simeq|le|ge|lt|gt)")
_DIGIT = re.compile("[0-9½¼¾]")
_INLINE = re.compile(
    r"""
    (?<!:math:)(?P<ticks>`{1,2})(?!`)[^`\r\n]{1,500}(?P=ticks)
  | \b(?:https?|ftp|file)://[^\s<>)\]"'\0]{1,2000} | \bwww\.[^\s<>)\]"'\0]{1,2000}
  | \]\([^)\s]{1,200}\) | </?[A-Za-z!][^<>\r\n]{0,300}>
    """,
    re.VERBOSE,
)
_COMMENT_MARKS = re.compile(r"[ \t]*(?:#+[!:|]?|//[/!]*|/\*+!?|\*+(?!/)|<!--)[ \t]*")
_QUERIES = {
    "python": "(comment) @c (expression_statement . (string) @d .)",
    "html": "(comment) @c (text) @d",
    "java": "(line_comment) @c (block_comment) @c",
    "rust": "(line_comment) @c (block_comment) @c",
    "css": "(comment) @c",
}
_FOLLOWS = re.compile(r"[ \t]*(?:\r\n|\n|\r)[^\r\n]*")
"""What stands between two comments on lines that follow each other."""
_OPERATOR_LAST = re.compile(r"[-+*/^×·−=]\s*\Z")
AROUND = 60
"""Code points on either side of a formula in which a word is looked for that it may belong to."""
_INLINE_TAGS = re.compile(
    r"(?:\s|&[#\w]{1,30};?|</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|tt|u"
    r"|var)\b[^<>]{0,500}>)*",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>[ \t]*", re.IGNORECASE)
_LOOKS = re.compile(r"(?:\s|</?(?:a|b|br|em|font|i|span|strong|u)\b[^<>]{0,500}>)*", re.IGNORECASE)
_JOINING = (
    "+",
    "-",
    "−",
    "*",
    "/",
    "^",
    "=",
    "<",
    ">",
    "\\cdot",
    "\\times",
    "\\div",
    "\\approx",
    "&",
)
_FENCE = re.compile(r"^[ \t>]*[`~]{3}[^\r\n]*", re.MULTILINE)
_NO_LINE_ENDING = re.compile(r"[^\r\n]")


@dataclass(frozen=True)
class Passage:
    """A stretch of a document, what is no prose in it covered."""

    text: str
    start: int
    """Where it stands in the document, in code points."""
    latex: bool = False
    code: bool = False
    """Whether it is a comment or docstring of a program."""
    bullet: str = ""
    """The sign before it that marks it as an item of a list, as far as can be told."""


def passages(document: Document) -> Iterator[Passage]:
    """Passages that hold a relation and a digit, roughly in the order of the text.

    Raises:
        MissingDependencyError: when the grammar of a programming language is not installed.
    """
    text, language = document.text, document.language
    if not _DIGIT.search(text):
        return
    if language in GRAMMARS:
        yield from _in_comments(document)
    elif language in LANGUAGES:
        yield from _in_prose(text, 0, language)


def visible(document: Document) -> str:
    """The text of a document, of the same length, with NULs over what is neither prose nor maths.

    The marks of formulas are covered, too, so that a dollar sign is one of money. Of a program the passages alone
    are shown.

    Raises:
        MissingDependencyError: as `passages`.
    """
    text, language = document.text, document.language
    if language in GRAMMARS:
        shown = list(_NO_LINE_ENDING.sub("\0", text))
        for found in passages(document):
            shown[found.start : found.start + len(found.text)] = found.text
        return "".join(shown)
    if language not in LATEX:
        code = [block.span for block in blocks(text, language == "markdown") if not block.latex]
        text = _INLINE.sub(_nuls, _covered(text, code))
    hidden: list[Span] = []
    for whole, inner, is_maths in formulas(text, language in LATEX):
        marks = [Span(whole.start, inner.start), Span(inner.end, whole.end)]
        hidden += marks if is_maths else [whole]
    return _covered(text, hidden)


def _in_prose(text: str, start: int, language: str, code: bool = False) -> Iterator[Passage]:
    """Passages of a text that stands at `start` of the document."""
    if language not in LATEX:
        found = list(blocks(text, language == "markdown"))
        for block in found:
            if block.latex:
                content = _FENCE.sub(_nuls, block.span.slice(text))
                yield from _maths(content, Span(0, len(content)), start + block.span.start, code)
        text = _covered(text, [block.span for block in found])
        text = _INLINE.sub(_nuls, _BREAK.sub(_broken, text))
    cover: list[Span] = []
    for whole, inner, is_maths in formulas(text, language in LATEX):
        goes_on = bool(cover) and _goes_on(text, cover[-1], whole, inner)
        cover.append(whole)
        if is_maths and not goes_on:
            yield from _formula(text, whole, inner, start, code)
    yield from _prose(_covered(text, cover), start, code)


def _goes_on(text: str, before: Span, whole: Span, inner: Span) -> bool:
    """Whether a formula may go on with what the one before it has begun: `$2 +$ $3$`."""
    if (
        before.end > whole.start
        or text[before.end : whole.start].strip()
        or before.end == whole.start
    ):
        return False
    ended = text[before.start : before.end].rstrip("$) \t\n\\]")
    return ended.endswith(_JOINING) or inner.slice(text).lstrip().startswith(_JOINING)


def _formula(text: str, whole: Span, inner: Span, start: int, code: bool) -> Iterator[Passage]:
    """A formula; with signs of doubt in the place of its marks where it may be a part of what stands around it."""
    if may_stand_in(
        text[max(0, whole.start - AROUND) : whole.start], text[whole.end : whole.end + AROUND]
    ):
        yield from _maths(text, inner, start, code)
        return
    content = f"{DOUBT}{inner.slice(text)}{DOUBT}"
    yield from _maths(content, Span(0, len(content)), start + inner.start - 1, code)


def _maths(text: str, span: Span, start: int, code: bool) -> Iterator[Passage]:
    content = span.slice(text)
    if (_RELATION.search(content) or "<" in content or ">" in content) and _DIGIT.search(content):
        yield Passage(content, start + span.start, latex=True, code=code)


def _prose(text: str, start: int, code: bool) -> Iterator[Passage]:
    """Paragraphs without the marks that their lines begin with, and the annotations in them."""
    for paragraph in paragraphs(text):
        found, begin = paragraph.text, start + paragraph.start
        if not _RELATION.search(found) or not _DIGIT.search(found):
            continue
        yield Passage(found, begin, code=code, bullet=paragraph.bullet)
        for annotation in ANNOTATION.finditer(found):
            yield Passage(annotation[1], begin + annotation.start(1), code=code)


def _in_comments(document: Document) -> Iterator[Passage]:
    """Passages of comments and docstrings."""
    grammar, text = GRAMMARS[document.language], document.text
    if too_deep(grammar, text):
        return
    data = text.encode("utf-8")
    found = _captured(load(grammar), _QUERIES.get(document.language, "(comment) @c"), data)
    places = code_points(data, [at for span, _ in found for at in (span.start, span.end)])
    placed = [(Span(places[span.start], places[span.end]), kind) for span, kind in found]
    contents = _texts_of_page if document.language == "html" else _contents
    for start, content in contents(text, placed):
        if _RELATION.search(content) and _DIGIT.search(content):
            yield from _in_prose(content, start, "", code=document.language != "html")


def _contents(text: str, found: Sequence[tuple[Span, bool]]) -> Iterator[tuple[int, str]]:
    """Texts of a program and where they begin; comments on lines that follow each other are one text.

    The code before them and between them is covered by spaces.
    """
    parts: list[str] = []
    start = end = 0
    for span, is_comment in found:
        between = text[end : span.start]
        if parts and not (is_comment and _FOLLOWS.fullmatch(between)):
            yield start, "".join(parts)
            parts = []
        if not is_comment:
            yield span.start, span.slice(text)
            continue
        if not parts:
            line = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
            start = min(max(line, end), span.start)
            between = text[start : span.start]
        cover = _NO_LINE_ENDING.sub(" ", between)
        if parts and between.strip() and _OPERATOR_LAST.search(parts[-1]):
            cover = cover[:-1] + DOUBT  # each belongs to the code before it
        parts += [cover, _unmarked(span.slice(text))]
        end = span.end
    if parts:
        yield start, "".join(parts)


def _texts_of_page(text: str, found: Sequence[tuple[Span, bool]]) -> Iterator[tuple[int, str]]:
    """Texts and comments of HTML and where they begin; those with but inline tags or entities between are one text.

    Tags that change but the looks are covered by spaces, all else between them by NULs.
    """
    parts: list[str] = []
    start = end = 0
    for span, is_comment in found:
        if parts and (is_comment or not _INLINE_TAGS.fullmatch(text, end, span.start)):
            yield start, "".join(parts)
            parts = []
        if is_comment:
            yield span.start, _unmarked(span.slice(text))
            continue
        start = start if parts else span.start
        between = text[end : span.start] if parts else ""
        cover = " " if _LOOKS.fullmatch(between) else "\0"
        pieces = (
            _NO_LINE_ENDING.sub(cover, piece) for piece in _BREAK.sub(_broken, between).split("\n")
        )
        parts += ["\n".join(pieces), span.slice(text)]
        end = span.end
    if parts:
        yield start, "".join(parts)


def _captured(language: Language, query: str, data: bytes) -> list[tuple[Span, bool]]:
    """Comments and texts in bytes, and whether it is a comment, in order."""
    from tree_sitter import Parser, Query, QueryCursor

    captures = QueryCursor(Query(language, query)).captures(Parser(language).parse(data).root_node)
    found = {
        (Span(node.start_byte, node.end_byte), name == "c")
        for name, nodes in captures.items()
        for node in nodes
    }
    return sorted(found)


def _unmarked(comment: str) -> str:
    """A comment with its marks covered by spaces, those of its lines too."""
    parts, at = [], 0
    for span in lines(comment):
        marks = _COMMENT_MARKS.match(comment, span.start, span.end)
        end = marks.end() if marks else span.start
        parts += [comment[at : span.start], " " * (end - span.start)]
        at = end
    text = "".join([*parts, comment[at:]])
    return text[:-2] + "  " if text.endswith("*/") else text


def _broken(match: re.Match[str]) -> str:
    """A tag that ends a line as the end of a line, of the same length; as blanks where the line ends anyway."""
    behind = match.string[match.end() : match.end() + 1]
    return ("\n" if behind not in ("\r", "\n") else " ").ljust(len(match[0]))


def _nuls(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _covered(text: str, spans: Iterable[Span]) -> str:
    """The text with NULs over all spans, which are in order and apart; line endings stay."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], _NO_LINE_ENDING.sub("\0", span.slice(text))]
        at = span.end
    return "".join([*parts, text[at:]])
