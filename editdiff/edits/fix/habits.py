"""Texts for a line that was written in the habit of another language, or came out of a word processor.

Somebody who writes several languages a day puts `&&` into Python and `elif` into JavaScript. What is meant is
plain, and more than a slip of one mark away. All of a kind in a line are replaced together, and each one by itself:
one may stand in a string. Which text is meant is for the parser and a model to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

Habit = tuple[re.Pattern[str], str]
"""What is found in a line, and what is put there instead, with groups as in `re.sub`."""
QUOTES = "'\""
MOST = 40
"""Texts for one line."""


def _habits(*pairs: tuple[str, str]) -> tuple[Habit, ...]:
    return tuple((re.compile(pattern), by) for pattern, by in pairs)


_WORD_PROCESSOR = _habits(("[\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]", '"'),
    ("[\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]", "'"), ("\N{NO-BREAK SPACE}", " "),
)  # fmt: skip
_HASH = _habits((r"^([ \t]*)//[ \t]?", r"\1# "))
_SLASHES = _habits((r"^([ \t]*)#[ \t]?", r"\1// "))
_WORDS_OF_LOGIC = _habits((r"\band\b", "&&"), (r"\bor\b", "||"), (r"\bnot[ \t]+(?=[\w(])", "!"))
_ELSE_IF = _habits((r"\b(?:elif|elsif|elseif)\b", "else if"))
_ELIF = _habits((r"\b(?:else[ \t]+if|elsif|elseif)\b", "elif"))
_NULL = _habits(
    (r"\bTrue\b", "true"), (r"\bFalse\b", "false"), (r"\b(?:None|nil|undefined|NULL)\b", "null")
)
_PYTHON = (*_ELIF, *_HASH, *_habits(
    (r"[ \t]*&&[ \t]*", " and "), (r"[ \t]*\|\|[ \t]*", " or "), (r"!(?=[\w(])", "not "),
    (r"\+\+[ \t]*;?[ \t]*$", " += 1"), (r"--[ \t]*;?[ \t]*$", " -= 1"), (r"\bfunction[ \t]+(?=\w+\()", "def "),
))  # fmt: skip
_SCRIPT = (*_ELSE_IF, *_SLASHES, *_WORDS_OF_LOGIC, *_habits((r"\bdef[ \t]+(?=\w+\()", "function ")))
_BRACES = (*_ELSE_IF, *_WORDS_OF_LOGIC)
HABITS: Mapping[str, tuple[Habit, ...]] = MappingProxyType(
    {
        "python": _PYTHON,
        **dict.fromkeys(
            ("javascript", "javascriptreact", "typescript", "typescriptreact"), _SCRIPT
        ),
        **dict.fromkeys(("c", "cpp", "java", "go", "rust"), _BRACES),
        "shellscript": (*_ELIF, *_HASH),
        **dict.fromkeys(("yaml", "toml"), _HASH),
        "json": (*_NULL, *_habits((r"'([^'\"\\]*)'", r'"\1"'))),
    }
)
"""Language to what people write in it who think of another one."""


def habits(line: str, language: str) -> list[str]:
    """Distinct texts for a line without its ending, in which what belongs to another language is gone."""
    known, whole = (*_WORD_PROCESSOR, *HABITS.get(language, ())), line
    for pattern, by in known:
        whole = pattern.sub(by, whole)
    texts = [whole, *(text for pattern, by in known for text in _without(line, pattern, by))]
    return [text for text in dict.fromkeys(texts) if text != line][:MOST]


def joined(lines: str) -> list[str]:
    """Texts for several lines with two neighbours made one, where the first leaves a quote open."""
    rows = lines.split("\n")
    texts = list[str]()
    for i, (above, below) in enumerate(pairwise(rows)):
        if any(above.count(quote) % 2 and below.count(quote) % 2 for quote in QUOTES):
            for body in dict.fromkeys((below, below.lstrip(), f" {below.lstrip()}")):
                texts.append("\n".join([*rows[:i], above + body, *rows[i + 2 :]]))
    return texts


def _without(line: str, pattern: re.Pattern[str], by: str) -> Iterator[str]:
    found: Sequence[re.Match[str]] = [*pattern.finditer(line)]
    if found:
        yield pattern.sub(by, line)
    if len(found) > 1:
        yield from (
            line[: match.start()] + match.expand(by) + line[match.end() :] for match in found
        )
