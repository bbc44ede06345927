"""JSON by Python's own parser, as strictly as RFC 8259, or with comments where a file's name says so."""

from __future__ import annotations

import json
import re
from pathlib import PurePath

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.text.document import Document
from editdiff.text.span import Span

LONGEST = 10_000_000
"""Code points."""
_PARTS = re.compile(r'"(?:\\.|[^"\\\r\n])*"?|//[^\r\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TRAILING = re.compile(r'("(?:\\.|[^"\\\r\n])*"?)|,(?=\s*[\]}])', re.DOTALL)
_COMMENTED = re.compile(
    r"(?:[tj]sconfig.*|devcontainer|\.?devcontainer-lock|\.eslintrc|\.babelrc|\.swcrc|\.jshintrc|\.jscsrc|\.jsbeautifyrc|"
    r"babel\.config|tslint|typedoc|api-extractor.*|language-configuration|deno|biome|turbo|nx|project|wrangler|"
    r"\.luarc|pyrightconfig|\.markdownlint.*|\.hintrc|cspell|renovate|\.renovaterc|tasks|launch|keybindings)\.json"
)
"""Names of files whose tools take comments, as they say in their documentation."""
_FOLDERS = (".vscode", ".devcontainer", "User", ".zed")
"""Folders of editors that read their JSON with comments."""
_NO_NUMBER = "NaN and Infinity are no numbers of JSON"


class _NoNumberError(Exception):
    """A word such as NaN, which Python's parser would take."""


class JsonJudge:
    """The parser of Python's library, told to take nothing that the standard does not."""

    def judge(self, document: Document) -> Verdict:
        """Judge strictly, and where that fails ask whether it is a dialect that the name allows."""
        text = document.text
        if len(text) > LONGEST:
            return Unjudged(f"it is longer than {LONGEST} characters")
        if not text.strip():
            return Unjudged("it is empty")
        verdict = parsed(text)
        if isinstance(verdict, Accepted | Unjudged):
            return verdict
        plain = without_comments(text)
        if with_comments(document):
            return parsed(without_trailing_commas(plain))
        if plain != text and isinstance(parsed(without_trailing_commas(plain)), Accepted):
            return Unjudged("it has comments, which its name does not tell of")
        if _one_a_line(text):
            return Unjudged("it has one value a line")
        return verdict


def with_comments(document: Document) -> bool:
    """Whether a document's tool takes comments and trailing commas."""
    path = PurePath(document.path)
    return (
        document.language == "jsonc"
        or path.suffix.lower() == ".jsonc"
        or bool(_COMMENTED.fullmatch(path.name))
        or any(folder in _FOLDERS for folder in path.parts[:-1])
    )


def parsed(text: str) -> Verdict:
    """The verdict of Python's parser, without the numbers that it takes and the standard does not."""
    try:
        # numbers are kept as text: a long one would be refused, or take long
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        at = min(error.pos, len(text))
        return Rejected(error.msg, Span(at, min(at + 1, len(text))))
    except _NoNumberError as error:
        found = re.search(rf"(?<![\w\"]){re.escape(str(error))}(?![\w\"])", text)
        span = Span(*found.span()) if found else Span(0, len(text))
        return Rejected(_NO_NUMBER, span, keep="what number is meant is not to be guessed")
    except RecursionError:
        return Unjudged("it is nested too deeply")
    return Accepted()


def without_comments(text: str) -> str:
    """The text with spaces in place of its comments, so that every place stays where it is."""

    def blank(found: re.Match[str]) -> str:
        part = found[0]
        return part if part.startswith('"') else re.sub(r"[^\r\n]", " ", part)

    return _PARTS.sub(blank, text)


def without_trailing_commas(text: str) -> str:
    """The text with a space in place of each comma before a closing bracket; comments must be gone."""
    return _TRAILING.sub(lambda found: found[1] or " ", text)


def _one_a_line(text: str) -> bool:
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    return len(lines) > 1 and all(isinstance(parsed(line), Accepted) for line in lines)


def _refuse(word: str) -> None:
    raise _NoNumberError(word)
