"""All judges: of which languages, what they are, and what they cannot see.

A new judge is a file and a line of JUDGES; the table in docs/judges.md is made of them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from editdiff.check.judges.base import Judge


@dataclass(frozen=True)
class Entry:
    """One judge."""

    languages: tuple[str, ...]
    target: str
    """Its class, as `module:class`; made without arguments, imported when it is first asked."""
    tool: str
    """What parses, in words."""
    blind: str
    """What it cannot see or judge, in words."""
    trust: Literal["alone", "first", "both"] = "both"
    """What its rejection is worth. `alone`: it is all that counts. `first`: it counts, and the grammar shows
    further places. `both`: it counts where the grammar sees a fault, too: the tool may be older than the text."""


WORTH = {
    "alone": "all that counts",
    "first": "counts; the grammar shows further places",
    "both": "counts where the grammar sees a fault, too",
}
"""`trust` in the words of the documentation."""
_PACKAGE = "editdiff.check.judges"
JUDGES = (
    Entry(
        ("json", "jsonc"), f"{_PACKAGE}.json_text:JsonJudge",
        "Python's `json`, by RFC 8259; with comments and trailing commas where the name says so (`.jsonc`)",
        "JSON5, a file with one value a line, comments in a `.json` of another name, templates",
        "alone",
    ),
    Entry(
        ("toml",), f"{_PACKAGE}.toml_text:TomlJudge",
        "Python's `tomllib`", "what TOML 1.1 adds, templates", "alone",
    ),
    Entry(
        ("yaml",), f"{_PACKAGE}.yaml_text:YamlJudge",
        "PyYAML", "what YAML 1.2 changed, tags and aliases, templates",
    ),
    Entry(
        ("python",), f"{_PACKAGE}.python_text:PythonJudge",
        "`compile` of the Python that runs editdiff; for what is newer `ruff`, where it is installed",
        "names, types, IPython magics, templates; without ruff, syntax newer than the Python that runs",
        "first",
    ),
    Entry(
        ("shellscript",), f"{_PACKAGE}.shell:ShellJudge",
        "`bash -n`; also `dash -n` for `sh`, `zsh -fn` for zsh, `ksh -n` for ksh",
        "what is only wrong when it runs; other shells than these",
    ),
    Entry(
        ("javascript",), f"{_PACKAGE}.javascript:NodeJudge",
        "`node --check`, as script and as module", "JSX, Flow; syntax newer than the node that is installed",
    ),
    Entry(
        ("typescript",), f"{_PACKAGE}.typescript:TypeScriptJudge",
        "the parser in node 22.13 or newer that takes types away (`stripTypeScriptTypes`)",
        "types, what only a compiler finds, some declaration files; with an older node all of it",
    ),
)  # fmt: skip
"""One for a language at most."""


def entry_of(language: str) -> Entry | None:
    """The line of a language's judge; None where there is none."""
    return next((entry for entry in JUDGES if language in entry.languages), None)


@cache
def judge_of(entry: Entry) -> Judge:
    """Import a judge's class and make one."""
    module, _, name = entry.target.partition(":")
    made: Judge = getattr(importlib.import_module(module), name)()
    return made
