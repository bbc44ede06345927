"""Texts that are not, or not yet, of the language that their name says: templates."""

from __future__ import annotations

import re

_TAGS = re.compile(r"\{%-?\+?\s.{0,500}?%\}|<%.{0,500}?%>|<\?php\b|<\?=", re.DOTALL)
_BRACES = re.compile(r"\{\{.{0,500}?\}\}", re.DOTALL)
_IN_BRACES = {"json", "jsonc", "toml", "yaml", "html", "css"}
"""Languages in which two braces are a template's rather than their own."""
_COOKIECUTTER = re.compile(r"\{\{-?\s*cookiecutter\b")


def template(language: str, text: str) -> bool:
    """Whether a text looks like a template (Jinja, Go, ERB, PHP), from which one of the language is made."""
    if _TAGS.search(text) or _COOKIECUTTER.search(text):
        return True
    return language in _IN_BRACES and bool(_BRACES.search(text))
