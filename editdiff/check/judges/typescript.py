"""TypeScript by the parser of newer nodes, which take its types away before they run it; nothing is run.

That parser (swc's, within node) reads all of the language but knows no project. Some of what it refuses parses all
the same: what a compiler finds wrong once it has read the text, and what may stand in a declaration file alone.
"""

from __future__ import annotations

import re
import unicodedata

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.process import Done, GaveUpError, find, run
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

MISSING, REFUSED = 3, 4
"""Exit codes of the program below."""
PROGRAM = f"""
const strip = require('node:module').stripTypeScriptTypes;
if (!strip) process.exit({MISSING});
try {{
  strip(require('node:fs').readFileSync(0, 'utf8'), {{ mode: 'strip' }});
}} catch (error) {{
  console.log(error.stack);
  process.exitCode = {REFUSED};
}}
"""
FLAGS = ("--max-old-space-size=512", "--no-warnings", "--eval", PROGRAM)
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_TOLD = re.compile(r"^\w+ \[(ERR_\w+)\]: (.*)$", re.MULTILINE)
_LINE = re.compile(r":(\d+)$", re.MULTILINE)
_MARK = re.compile(r"^( *)(\^+)$", re.MULTILINE)
TAB = 4
"""Columns of a tab in the line that is shown above the mark."""
_SYNTAX = re.compile(r"Expected |Unexpected |Unterminated |Expression expected|Type expected")
"""How the parser begins what it says of a text that it cannot read; all else is about what the text means."""


class TypeScriptJudge:
    """The node that is installed, where it is 22.13 or newer."""

    def judge(self, document: Document) -> Verdict:
        """Ask whether the types can be told from the rest."""
        try:
            node = find("node", document.path)
            done = run([node, *FLAGS], document.text, memory=None)
        except GaveUpError as error:
            return Unjudged(str(error))
        verdict = _verdict(done, document.text)
        if isinstance(verdict, Rejected) and document.path.endswith(_DECLARATIONS):
            return Unjudged("node does not know all of what a declaration file may hold")
        return verdict


def _verdict(done: Done, text: str) -> Verdict:
    if done.code == 0:
        return Accepted()
    if done.code == MISSING and not done.output:
        return Unjudged("node is too old to parse TypeScript, which takes 22.13")
    told, line = _TOLD.search(done.output), _LINE.match(done.output)
    if done.code != REFUSED or told is None:
        return Unjudged(f"node gave up: {done.output[:80].strip()}")
    if told[1] == "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":  # it was read, and cannot be run as it is
        return Accepted()
    if not _SYNTAX.match(told[2]):
        return Unjudged(f"node says: {told[2]}")
    table = LineTable(text)
    place = table.content(min(max(int(line[1]) - 1, 0), len(table) - 1) if line else 0)
    if line and (mark := _MARK.search(done.output)):
        start = place.start + _index(place.slice(text), len(mark[1]))
        place = Span(start, min(start + len(mark[2]), place.end))
    return Rejected(told[2], place)


def _index(line: str, column: int) -> int:
    """Which code point of a line is shown in a column: tabs are shown as blanks, and some characters are wide."""
    shown = 0
    for index, character in enumerate(line):
        if shown >= column:
            return index
        wide = unicodedata.east_asian_width(character) in "WF"
        shown += TAB - shown % TAB if character == "\t" else 1 + wide
    return len(line)
