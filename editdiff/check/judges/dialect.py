"""Texts that are not, or not yet, of the language that their name says: templates, and scripts of another one."""

from __future__ import annotations

import re

from editdiff.text.language import of_script

_TAGS = re.compile(r"\{%-?\+?\s.{0,500}?%\}|<%.{0,500}?%>|<\?php\b|<\?=", re.DOTALL)
_BRACES = re.compile(r"\{\{.{0,500}?\}\}", re.DOTALL)
_IN_BRACES = {"json", "jsonc", "toml", "yaml", "html", "css"}
"""Languages in which two braces are a template's rather than their own."""
_COOKIECUTTER = re.compile(r"\{\{-?\s*cookiecutter\b")


TEMPLATE = "it looks like a template"
_ALIKE = {"javascript", "javascriptreact", "typescript", "typescriptreact"}
"""Languages whose files one interpreter runs."""


def otherwise(language: str, text: str) -> str:
    """Why a text may be of another language than its name says; empty where nothing tells so."""
    if template(language, text):
        return TEMPLATE
    named = of_script(text)
    if named in ("", language) or {named, language} <= _ALIKE:
        return ""
    return f"its first line names an interpreter of {named}, its name {language}"


def template(language: str, text: str) -> bool:
    """Whether a text looks like a template (Jinja, Go, ERB, PHP), from which one of the language is made."""
    if _TAGS.search(text) or _COOKIECUTTER.search(text):
        return True
    return language in _IN_BRACES and bool(_BRACES.search(text))
