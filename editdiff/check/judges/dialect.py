"""Texts that are not, or not yet, of the language that their name says: templates, and merges in conflict."""

from __future__ import annotations

import re

from editdiff.text.span import Span

_TAGS = re.compile(r"\{%-?\+?\s.*?%\}|<%.*?%>|<\?php\b|<\?=", re.DOTALL)
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_IN_BRACES = {"json", "jsonc", "toml", "yaml", "html", "css"}
"""Languages in which two braces are a template's rather than their own."""
_COOKIECUTTER = re.compile(r"\{\{-?\s*cookiecutter\b")
_CONFLICT = re.compile(
    r"^<{7}(?: [^\r\n]*)?\r?\n(?:(?!<{7} ).*(?:\r?\n))*?={7}\r?\n(?:.*\r?\n)*?>{7}(?: [^\r\n]*)?$",
    re.MULTILINE,
)


def template(language: str, text: str) -> bool:
    """Whether a text looks like a template (Jinja, Go, ERB, PHP), from which one of the language is made."""
    if _TAGS.search(text) or _COOKIECUTTER.search(text):
        return True
    return language in _IN_BRACES and bool(_BRACES.search(text))


def conflict(text: str) -> Span | None:
    """The first stretch between the markers that git leaves of a merge in conflict."""
    if "<<<<<<<" not in text:
        return None
    found = _CONFLICT.search(text)
    return Span(*found.span()) if found else None
