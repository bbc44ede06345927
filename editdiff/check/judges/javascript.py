"""JavaScript by node's own parser: `--check` parses and does not run."""

from __future__ import annotations

import re
from pathlib import PurePath

from editdiff.check.grammars import GRAMMARS, load
from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.process import Done, GaveUpError, find, run
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

FLAGS = ("--max-old-space-size=512", "--check")
"""Its heap in MB stands in for a limit of address space, of which V8 reserves much and uses little."""
MODULE, SCRIPT = "text.mjs", "text.cjs"
_MODULE = re.compile(r"^\s*(?:import\b(?!\s*\()|export\b)", re.MULTILINE)
_FLOW = re.compile(r"\s*(?:/\*(?:(?!\*/).)*@flow|//[^\n]*@flow)", re.DOTALL)
_FAULT = re.compile(r"^\S*text\.[mc]js:(\d+)$", re.MULTILINE)
_COLUMN = re.compile(r"^\S*text\.[mc]js:\d+\n.*\n( *)(\^+)", re.MULTILINE)
_WORDS = re.compile(r"^SyntaxError: (.*)$", re.MULTILINE)


class NodeJudge:
    """The node that is installed."""

    def judge(self, document: Document) -> Verdict:
        """Ask for a script and a module, unless the name says which; rejected where both are."""
        try:
            node, rejected = find("node", document.path), None
            for name in _ways(document):
                verdict = _verdict(
                    run([node, *FLAGS], document.text, name, memory=None), document.text
                )
                if isinstance(verdict, Accepted | Unjudged):
                    return verdict
                rejected = rejected or verdict
        except GaveUpError as error:
            return Unjudged(str(error))
        if _FLOW.match(document.text):
            return Unjudged("it is JavaScript with Flow's types")
        if has_jsx(document.text):
            return Unjudged("it is JavaScript with JSX")
        assert rejected is not None
        return rejected


def _ways(document: Document) -> tuple[str, ...]:
    """Names for the text by which node knows how to read it, the likelier first."""
    suffix = PurePath(document.path).suffix.lower()
    if suffix in (".mjs", ".cjs"):
        return (f"text{suffix}",)
    return (MODULE, SCRIPT) if _MODULE.search(document.text) else (SCRIPT, MODULE)


def _verdict(done: Done, text: str) -> Verdict:
    if done.code == 0:
        return Accepted()
    words, fault = _WORDS.search(done.output), _FAULT.search(done.output)
    if words is None or fault is None:
        return Unjudged(f"node gave up: {done.output[:80].strip()}")
    table = LineTable(text)
    line = min(max(int(fault[1]) - 1, 0), len(table) - 1)
    span = table.content(line)
    column = _COLUMN.search(done.output)
    if column is not None and len(column[1]) <= span.length:
        start = span.start + len(column[1])
        span = Span(start, min(start + len(column[2]), span.end))
    return Rejected(words[1], span)


def has_jsx(text: str) -> bool:
    """Whether the grammar, which knows JSX, sees any."""
    from tree_sitter import Parser

    if "<" not in text:
        return False
    try:
        stack = [Parser(load(GRAMMARS["javascript"])).parse(text.encode()).root_node]
    except MissingDependencyError:
        return False
    while stack:
        node = stack.pop()
        if node.type.startswith("jsx_"):
            return True
        stack.extend(node.children)
    return False
