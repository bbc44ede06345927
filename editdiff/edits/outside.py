"""What an instruction names that lies outside of the region: nothing is done there, so it has to be said.

A name is what is quoted, or spelled as only code is: `read_line`, `readLine`, `a.b`, `run()`, `main.py`; a plain
word where it is called a function, a variable and so on, or is to be renamed. What the words before it want of it
is told by a short table: in `use X`, `to X`, `read X` it is put to use, and may stand anywhere; in `rename X`,
`in X`, `simplify X` it is what the instruction is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from editdiff.edits.proposal import NoEdit
from editdiff.text.document import Document
from editdiff.text.language import SUFFIXES
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

CLEARLY = 0.9
"""Least probability of an answer to an instruction that no change of the region can fulfil: it has to be so likely
that what was meant is the part of it that can."""
_FILES = frozenset((*SUFFIXES, ".cfg", ".csv", ".env", ".ini", ".lock", ".log", ".rst", ".txt"))
_DATA = frozenset((".csv", ".json", ".log", ".txt"))
"""Files into which something is written: `to out.csv` is no place to edit."""

_QUOTED = re.compile(
    r"`+([^`\s]+)`+|\"([^\"\s]+)\"|“([^”\s]+)”|„([^“”\s]+)[“”]|«([^»\s]+)»|(?<!\w)'([^'\s]+)'(?!\w)"
)
_PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.\w+(?![\w/(])")
_CODE = re.compile(
    r"(?<![\w.$])(?:"
    r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?:\(\))?|"  # a.b
    r"[^\W\d]\w*\(\)|"  # run()
    r"[^\W\d]*\w*_\w+|"  # read_line
    r"[^\W\dA-Z_]+[A-Z]\w*|(?:[A-Z][^\W\dA-Z_]+){2,}"  # readLine, LineReader
    r")(?![\w$])"
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:(?:\.|::|->|#)[^\W\d]\w*)*(?:\(\))?\Z")
_WORD = re.compile(r"[^\W\d][\w'-]*")
_CLAUSE = re.compile(r"[,.;:!?](?:\s|\Z)|\n")

_NOUNS = frozenset(
    ("argument", "attribute", "class", "constant", "enum", "field", "function", "functions", "interface",
     "method", "methods", "module", "parameter", "property", "struct", "type", "variable", "variables")
)  # fmt: skip
"""What a plain word is called that is a name."""
_FILLERS = _NOUNS | frozenset(
    ("a", "all", "also", "an", "and", "any", "both", "called", "each", "every", "existing", "global", "its",
     "just", "local", "my", "named", "new", "old", "only", "or", "our", "please", "private",
     "public", "the", "their", "this", "those", "these", "two", "unused", "whole")
)  # fmt: skip
_NOUN_TOO = frozenset(
    ("call", "cast", "import", "log", "print", "read", "return", "test", "use")
)  # fmt: skip
"""Verbs that are a noun behind an article: `remove the call foo()`."""
_ARTICLES = frozenset(
    ("a", "all", "an", "any", "each", "every", "no", "the", "this")
)  # fmt: skip
_LOSES = frozenset(
    ("delete", "deletes", "deleting", "drop", "drops", "eliminate", "inline", "remove", "removes",
     "removing", "rename", "renames", "renaming", "replace", "replaces", "replacing", "swap", "rid")
)  # fmt: skip
"""Verbs whose object has to be in the region, or there is nothing to do."""
_USES = frozenset(
    ("accept", "add", "adding", "against", "as", "assert", "assign", "assuming", "based", "by", "calculate",
     "call", "calling", "calls", "cast", "catch", "check", "compare", "compute", "create", "creating",
     "declare", "define", "depend", "except", "extend", "extending", "extract", "from", "given", "has",
     "have", "if", "implement", "import", "importing", "include", "inherit", "insert", "inserting",
     "instantiate", "instead", "into", "introduce", "like", "load", "loading", "log", "logging", "named",
     "pass", "passing", "print", "printing", "produce", "raise", "raises", "raising", "read", "reading",
     "return", "returning", "see", "store", "than", "that", "throw", "throwing", "unless", "until", "use",
     "uses", "using", "validate", "via", "when", "where", "while", "with", "without", "write", "writing",
     "yield")
)  # fmt: skip
"""What stands before a name that is put to use, or is new."""
_SETS = frozenset(["clear", "ensure", "increment", "initialise", "initialize", "reset", "set"])
"""The same of an attribute, which can be reached from everywhere in its class."""
_ADDS = frozenset(["add", "adding", "apply", "attach", "give", "insert"])
"""`add … to X` has its place in X; `rename … to X` has not."""
_WRITES = frozenset(
    ("cache", "dump", "keep", "log", "look", "print", "put", "read", "record", "save", "search", "store",
     "write")
)  # fmt: skip
"""`store … in X` uses X; `rename … in X` is about it."""
_HOLDS = re.compile(
    r"[ \t]*(?:(?:abstract|declare|default|export|final|pub(?:\([^)]*\))?|public|private|static)[ \t]+)*"
    r"(?:class|enum|impl|interface|mod|module|namespace|record|struct|trait)\b"
)
"""A line that opens a block whose parts are apart from each other."""
_QUANTITY = re.compile(r"\s*(?:to|by)\s+[-+]?\d")
"""Behind a name whose value changes: `raise LIMIT to 50`."""


@dataclass(frozen=True)
class Outside:
    """A name of an instruction that lies outside of the region."""

    name: str
    """As the instruction spells it, without quotes."""
    line: int | None
    """Where it stands in the document, from 1; None of another file."""
    lost: bool = False
    """Whether it is to be renamed, removed or replaced: that cannot be done at all."""

    @property
    def told(self) -> str:
        """Where it is, as a clause."""
        if self.line is None:
            return f"{self.name} is another file"
        return f"`{self.name}` stands in line {self.line}, which is not selected"


def outside(document: Document, spans: Sequence[Span], ask: str) -> Iterator[Outside]:
    """What an instruction for some regions of a document names that lies outside of them, in its order.

    A name that stands nowhere is to be added, and none of these.
    """
    view = _View.of(document, spans)
    known = set[str]()
    for mention in _mentions(ask, view):
        role = _role(ask, mention)
        if mention.name in known or role == "used":
            continue
        if mention.file:
            if PurePath(mention.name).name not in (PurePath(document.path).name, *view.files):
                known.add(mention.name)
                yield Outside(mention.name, None)
        elif (line := view.line(mention.name, lost=role == "lost")) is not None:
            known.add(mention.name)
            yield Outside(mention.name, line, role == "lost")


def refused(found: Sequence[Outside]) -> NoEdit | None:
    """Why nothing can be done, where something is to be renamed, removed or replaced that is not in the region."""
    lost = next((each for each in found if each.lost), None)
    if lost is None:
        return None
    return NoEdit(
        f"what is to be changed is not in the region: {lost.told}",
        "select the lines where it stands",
    )


def note(found: Sequence[Outside], document: Document, spans: Sequence[Span]) -> str:
    """What lies outside of the regions that are changed, if any are, in a sentence; empty where nothing does."""
    named = ", ".join(each.told for each in found)
    if not (found and spans):
        return named
    table = LineTable(document.text)
    lines = [(table.position(s.start).line + 1, table.position(s.end).line + 1) for s in spans]
    where = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in lines)
    which = "line" if len(lines) == 1 and lines[0][0] == lines[0][1] else "lines"
    verb = "is" if which == "line" else "are"
    return f"{named}; only {which} {where} {verb} changed"


def stricter(least: float | None, floor: float) -> float:
    """Least confidence of an answer where something is named that lies outside; who wants all of them gets them."""
    if least == 0:
        return 0.0
    return max(CLEARLY, floor if least is None else least)


class _Mention(NamedTuple):
    """A name in an instruction."""

    name: str
    start: int
    end: int
    file: bool = False


@dataclass(frozen=True)
class _View:
    """A document as it is seen from some regions of it."""

    text: str
    inside: tuple[str, ...]
    """Whole lines of each region."""
    near: tuple[str, ...]
    """The function around each, and the lines that open what stands around that."""
    rest: str
    """The document with blanks for the regions."""

    @classmethod
    def of(cls, document: Document, spans: Sequence[Span]) -> _View:
        table, text, rest = LineTable(document.text), document.text, document.text
        inside, near = list[str](), list[str]()
        for span in spans:
            first, last = table.position(span.start).line, table.position(span.end).line
            lines = Span(table.start(first), table.content(last).end)
            inside.append(lines.slice(text))
            near.append(_around(text, table, first, last))
            rest = rest[: lines.start] + re.sub(r"[^\r\n]", " ", inside[-1]) + rest[lines.end :]
        return cls(text, tuple(inside), tuple(near), rest)

    @property
    def files(self) -> tuple[str, ...]:
        """File names that the regions themselves hold."""
        found = (_PATH.findall(text) for text in self.inside)
        return tuple(PurePath(name).name for names in found for name in names)

    def names(self, word: str) -> bool:
        """Whether a word is a name somewhere in the text."""
        return bool(re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", self.text))

    def line(self, name: str, *, lost: bool) -> int | None:
        """Where a name stands that the regions do not hold, from 1; None where they do, or it stands nowhere.

        What is to be done about a definition can be done inside of it too, but for its own name.
        """
        last = re.split(r"\.|::|->|#", name)[-1]
        if any(map(_whole_word(last).search, self.inside)):
            return None
        if not lost and any(map(_whole_word(last).search, self.near)):
            return None
        at = next(
            (m.start() for place in _places(name, last) for m in place.finditer(self.rest)), None
        )
        return None if at is None else LineTable(self.text).position(at).line + 1


def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")


def _places(whole: str, last: str) -> Iterator[re.Pattern[str]]:
    """Where a name may stand, the most telling first: where it is defined, as it is spelled, as its last part."""
    kinds = r"class|const|def|enum|fn|func|function|interface|let|static|struct|trait|type|var"
    if whole == last:
        yield re.compile(rf"\b(?:{kinds})[ \t]+(?:\([^)\n]*\)[ \t]*)?{re.escape(last)}(?![\w$])")
        yield re.compile(rf"^[ \t]*{re.escape(last)}[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
    else:
        yield _whole_word(whole)
    yield _whole_word(last)


def _around(text: str, table: LineTable, first: int, last: int) -> str:
    """The lines that open the blocks around some lines, by indentation, and all of the innermost function."""
    lines = [table.content(number).slice(text) for number in range(len(table))]
    depths = [_depth(line) for line in lines[first : last + 1] if line.strip()]
    depth, openers, block = min(depths, default=0), list[str](), list[str]()
    for number in range(first - 1, -1, -1):
        if lines[number].strip() and _depth(lines[number]) < depth:
            depth = _depth(lines[number])
            if _HOLDS.match(lines[number]):
                continue
            openers.append(lines[number])
            block = block or lines[number : _end(lines, last + 1, depth)]
    return "\n".join([*openers, *block])


def _end(lines: Sequence[str], start: int, depth: int) -> int:
    """The first of lines from `start` on that is indented by no more than `depth`."""
    rest = range(start, len(lines))
    return next((n for n in rest if lines[n].strip() and _depth(lines[n]) <= depth), len(lines))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _mentions(ask: str, view: _View) -> list[_Mention]:
    """Names in an instruction, in its order; none inside of another one."""
    found = list[_Mention]()
    for match in _QUOTED.finditer(ask):
        name = next(filter(None, match.groups()))
        if _IDENTIFIER.match(name) or _is_file(name, view):
            found.append(_Mention(name, *match.span(), _is_file(name, view)))
    for match in _PATH.finditer(ask):
        if _is_file(match[0], view):
            found.append(_Mention(match[0], *match.span(), True))
    found += [_Mention(match[0], *match.span()) for match in _CODE.finditer(ask)]
    found += [each for each in _plain(ask) if view.names(each.name)]
    found = [each._replace(name=each.name.removesuffix("()")) for each in found]
    found.sort(key=lambda each: (each.start, -each.end))
    apart = list[_Mention]()
    for each in found:
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
    return apart


def _is_file(name: str, view: _View) -> bool:
    return PurePath(name).suffix.lower() in _FILES and ("/" in name or not view.names(name))


def _plain(ask: str) -> Iterator[_Mention]:
    """Plain words that are called a function or the like, or are to be renamed."""
    words = list(_WORD.finditer(ask))
    for i, match in enumerate(words):
        word, before = match[0], [w[0].lower() for w in words[max(0, i - 3) : i]]
        if word.lower() in _FILLERS | _USES | _LOSES or len(word) < 2:
            continue
        called = before and before[-1] in _NOUNS
        if before[-1:] in (["called"], ["named"]):
            called = any(each in _NOUNS for each in before)
        renamed = before and before[-1].startswith("renam")
        if called or renamed:
            yield _Mention(word, *match.span())


def _role(ask: str, mention: _Mention) -> str:
    """What is wanted of a name: it is `used` (or new), `lost`, or `meant`."""
    clause = _CLAUSE.split(ask[: mention.start])[-1]
    words = [_bare(word) for word in clause.split()]
    at = _governor(words)
    if at is None:
        return "meant"
    word, verbs = words[at], set(words[:at])
    if word in _LOSES:
        return "lost"
    if word == "of":
        return "lost" if words[at - 1 : at] == ["instead"] or verbs & _LOSES else "meant"
    if word in ("raise", "increase") and _QUANTITY.match(ask, mention.end):
        return "meant"
    code = mention.file and PurePath(mention.name).suffix.lower() not in _DATA
    if word == "to":
        return "meant" if verbs & _ADDS and (code or not mention.file) else "used"
    if word == "from":
        return "meant" if verbs & _LOSES else "used"
    if word in ("in", "inside", "within", "at", "on"):
        written = verbs & _WRITES and not code
        return "used" if written or words[at - 1 : at] in (["like"], ["as"]) else "meant"
    if word in _SETS:
        return "used" if re.match(r"(?:self|this|cls)\.", mention.name) else "meant"
    return "used" if word in _USES else "meant"


def _governor(words: Sequence[str]) -> int | None:
    """Of the words before a name the one that says what is wanted of it: its verb, or its preposition."""
    for at in range(len(words) - 1, -1, -1):
        article = words[at - 1] in _ARTICLES if at else False
        if words[at] in _FILLERS or not words[at] or (article and words[at] in _NOUN_TOO):
            continue
        return at
    return None


def _bare(word: str) -> str:
    """A word in lower case; empty for a name, over which what was said of the one before it reaches."""
    plain = word.strip("()[]\"'“”„«»")
    return plain.lower() if re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*", plain) else ""
