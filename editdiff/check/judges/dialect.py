"""Texts that are not, or not yet, of the language that their name says: templates, and merges in conflict."""

from __future__ import annotations

import re

from editdiff.text.span import Span

_TAGS = re.compile(r"\{%-?\+?\s.{0,500}?%\}|<%.{0,500}?%>|<\?php\b|<\?=", re.DOTALL)
_BRACES = re.compile(r"\{\{.{0,500}?\}\}", re.DOTALL)
_IN_BRACES = {"json", "jsonc", "toml", "yaml", "html", "css"}
"""Languages in which two braces are a template's rather than their own."""
_COOKIECUTTER = re.compile(r"\{\{-?\s*cookiecutter\b")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?: [^\r\n]*)?(?=\r?$)", re.MULTILINE)


def template(language: str, text: str) -> bool:
    """Whether a text looks like a template (Jinja, Go, ERB, PHP), from which one of the language is made."""
    if _TAGS.search(text) or _COOKIECUTTER.search(text):
        return True
    return language in _IN_BRACES and bool(_BRACES.search(text))


def conflict(text: str) -> Span | None:
    """The first stretch between the markers that git leaves of a merge in conflict."""
    start, halfway = None, False
    for found in _CONFLICT.finditer(text) if "<<<<<<<" in text else ():
        if found[1][0] == "<":
            start, halfway = found.start(), False
        elif found[1][0] == "=":
            halfway = start is not None
        elif start is not None and halfway:
            return Span(start, found.end())
    return None
