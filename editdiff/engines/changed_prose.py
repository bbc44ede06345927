"""Whether an instruction asks for words about code, and whether nothing but such words has changed.

Who asks for a docstring does not want the code changed, and a small model often changes it instead.
"""

from __future__ import annotations

import re
from collections import Counter

from editdiff.text.lines import LINE_ENDING
from editdiff.text.literals import literals

_ASKS = re.compile(
    r"\b(?:comments?|commented|doc(?:s|string|strings|umentation)?|(?:js|ts|java|php)doc|doxygen|docblock"
    r"|kommentare?|commentaires?|comentarios?|commenti?)\b|(?:^|\bplease|\bto|\band)\W*\bdocument\b",
    re.IGNORECASE,
)
"""In an instruction that is about comments or documentation."""
_WORD = re.compile(r"\w+")
_MORE = re.compile(
    r"\b(?:and|then|und|et|y)\b.*\b(?:renam|return|raise|use|replac|chang|fix|remov)", re.I
)
"""In one that asks for something else as well."""
_LONG = r'"""(?s:\\.|[^\\])*?"""' + r"|'''(?s:\\.|[^\\])*?'''"
_SHORT = r'"[^"\n]*"' + r"|'[^'\n]*'"
_DOCSTRING = re.compile(rf"(?m)(?:\A|(?<=:\n))[ \t]*[rRuU]{{0,2}}(?:{_LONG}|{_SHORT})[ \t]*$")
"""A string of Python that is the first statement of a text or a block; any other may be an argument."""


def asks_for_prose(ask: str, old: str, language: str) -> bool:
    """Whether an instruction is about comments or documentation, and about nothing else that anybody can tell.

    One that names what the code of `old` names so, as a variable `comment`, may mean that.
    """
    found = _ASKS.search(ask)
    if found is None or _MORE.search(ask):
        return False
    named = {word.lower() for line in _code(old, language) for word in _WORD.findall(line)}
    return named.isdisjoint(_WORD.findall(found[0].lower()))


def same_code(old: str, new: str, language: str) -> bool:
    """Whether two texts differ in comments, docstrings and blank lines alone."""
    return _code(old, language) == _code(new, language)


def says_more(old: str, new: str, language: str) -> bool:
    """Whether a text has words in comments or docstrings that another one has not, or not so often."""
    return bool(_words(new, language) - _words(old, language))


def _words(text: str, language: str) -> Counter[str]:
    """Words of comments and docstrings."""
    return Counter(word for piece in _prose(text, language) for word in _WORD.findall(piece))


def _prose(text: str, language: str) -> list[str]:
    """Comments, and docstrings of Python."""
    said = [match[0] for match in _DOCSTRING.finditer(text) if language == "python"]
    pieces = (text[each.start : each.end] for each in literals(text, language))
    return said + [piece for piece in pieces if not _is_string(piece)]


def _code(text: str, language: str) -> list[str]:
    """The lines of a text without comments, docstrings, white space at their ends and blank ones."""
    if language == "python":
        text = _DOCSTRING.sub("", text)
    pieces, end = list[str](), 0
    for each in literals(text, language):
        if not _is_string(text[each.start : each.end]):
            pieces.append(text[end : each.start])
            end = each.end
    pieces.append(text[end:])
    lines = (line.rstrip() for line in LINE_ENDING.split("".join(pieces)))
    return [line for line in lines if line.strip()]


def _is_string(piece: str) -> bool:
    return piece[:1] in "\"'`"
