"""Shell scripts by the shells' own parsers, which `-n` makes read and not run."""

from __future__ import annotations

import re

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.process import GaveUpError, find, run
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

BASH = ("bash", "--norc", "--noprofile")
WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "bash": ((*BASH, "-n"), (*BASH, "-O", "extglob", "-n")),
    "sh": (("dash", "-n"), (*BASH, "-n"), (*BASH, "-O", "extglob", "-n")),
    "zsh": (("zsh", "-fn"),),
    "ksh": (("ksh", "-n"),),
}
"""Shell to the commands that read a script of it; one that accepts is enough."""
SHELLS = {
    "ash": "sh",
    "dash": "sh",
    "sh": "sh",
    "bash": "bash",
    "zsh": "zsh",
    "ksh": "ksh",
    "mksh": "ksh",
}
"""Interpreter of the first line to shell."""
_SHEBANG = re.compile(r"#!\s*\S*?/?(?:env\s+(?:-\S+\s+)*)?([\w.-]+)(?:\s|$)")
_FAULT = re.compile(r"\btext:\s?(?:line )?(\d+): (.*)")
"""What a shell says of a fault: `text: line 3: syntax error`, `text: 3: Syntax error`, `text:3: parse error`."""


_LEAVES = re.compile(
    r"""^(?: exit\b(?:[ ]\d+)?[ \t]*(?:;|$) | \W*exec\b[^\n]*(?:\$0|\$\{0\}|BASH_SOURCE)
    | (?:eval[ ])?["']+:?["']*[; ]*exec\b[^\n]*)""",
    re.MULTILINE | re.VERBOSE,
)
"""Lines behind which there may be anything: an archive, or a program of another language in the same file."""


class ShellJudge:
    """The shell that a script names, else bash and dash."""

    def judge(self, document: Document) -> Verdict:
        """Ask one shell after the other until one accepts; rejected is what all that are installed reject."""
        shell = shell_of(document)
        if shell not in WAYS:
            return Unjudged(f"no judge knows the shell {shell}")
        text = re.sub(
            r"\r\n?", "\n", document.text
        )  # a line's ending is another fault, if it is one
        rejected, reason = None, ""
        for way in WAYS[shell]:
            verdict = _asked(way, document.path, text)
            if isinstance(verdict, Accepted):
                return verdict
            if isinstance(verdict, Unjudged):
                reason = reason or verdict.reason
            else:
                rejected = rejected or _placed(verdict, document.text)
        if rejected and _handed_over(document.text, rejected):
            return Unjudged("it ends, or goes on in another language, before that")
        return rejected or Unjudged(reason)


def _handed_over(text: str, rejected: Rejected) -> bool:
    """Whether a script has left the shell before the fault: a shell reads no further than it runs."""
    return any(found.end() <= rejected.span.end for found in _LEAVES.finditer(text))


def shell_of(document: Document) -> str:
    """The shell of a script: by its first line, else by its name; `sh` in doubt, as that asks all."""
    found = _SHEBANG.match(document.text)
    if found:
        program = found[1].rstrip("0123456789.")
        return SHELLS.get(program, program)
    name = document.path.rpartition("/")[2]
    for end, shell in ((".zsh", "zsh"), (".ksh", "ksh"), ("zshrc", "zsh"), ("zprofile", "zsh")):
        if name.endswith(end):
            return shell
    return "sh"


def _asked(way: tuple[str, ...], path: str, text: str) -> Verdict:
    try:
        done = run([find(way[0], path), *way[1:]], text, "text")
    except GaveUpError as error:
        return Unjudged(str(error))
    if done.code == 0:
        return Accepted()
    fault = _FAULT.search(done.output)
    if fault is None:
        return Unjudged(f"{way[0]} gave up: {done.output[:80].strip()}")
    line = int(fault[1])
    return Rejected(fault[2].strip(), Span(line, line))


def _placed(verdict: Rejected, text: str) -> Rejected:
    """The verdict with its line, from 1, as a span of the text."""
    table = LineTable(text)
    line = min(max(verdict.span.start - 1, 0), len(table) - 1)
    return Rejected(verdict.message, table.content(line))
