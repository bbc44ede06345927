"""The formats that are lists of findings, by name. A new one is a file with a function, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from editdiff.ci.base import Proposed
from editdiff.ci.outputs import annotations as commands
from editdiff.ci.outputs import gitlab, markdown, rdjson, sarif

Format = Callable[[Proposed], str]

FORMATS: Mapping[str, Format] = {
    "annotations": commands.text,
    "gitlab": gitlab.text,
    "markdown": markdown.text,
    "rdjson": rdjson.text,
    "sarif": sarif.text,
}
