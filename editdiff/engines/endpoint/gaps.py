"""The text of an answer as it stands in the document: without what it repeats, and with its margin."""

from __future__ import annotations

from editdiff.engines.twin.repeats import cut
from editdiff.engines.twin.rewriting import margin_of, restored
from editdiff.text.margin import LANGUAGES, in_block, to_end_of_block

MOST_REPEATED = 20
"""Lines before the gap that an answer may begin with once more."""
OPENING = (":", "{")
"""At the end of a line that opens a block."""
COMMENTS = ("#", "//", "*", "--")
TELLING = 3
"""Characters of the beginning of a line that an answer repeats, at least."""


def filled(text: str, before: str, after: str, language: str) -> tuple[str, bool]:
    r"""What fills a gap, of what was written for it, and whether that was cut; all have `\n` for line endings."""
    shorter = cut(text, after)
    if shorter is None and language in LANGUAGES and in_block(before, after):
        shorter = to_end_of_block(text)
    whole = text if shorter is None else shorter
    return whole.rstrip("\n") if after.startswith("\n") or not after else whole, shorter is not None


def told_to_fill(text: str, before: str, after: str, language: str) -> str:
    """What fills a gap, of an answer in words: those like to begin and end with what stands around the gap."""
    text, _ = filled(f"{_without_beginning(text, before)}\n", before, after, language)
    return _indented(text.rstrip("\n"), before, after, language)


def rewritten(text: str, old: str) -> str:
    """What stands in place of `old`, of an answer to which it was shown without its margin.

    An answer that has the margin all the same keeps it.
    """
    margin = margin_of(old)
    has_it = bool(margin) and margin_of(text).startswith(margin)
    return restored(text, old, "" if has_it else margin)


def _without_beginning(text: str, before: str) -> str:
    """A text without the lines before the gap, or the beginning of the gap's line, that it repeats."""
    *above, begun = before.split("\n")
    if begun.strip():
        known, here = begun.strip(), text.lstrip()
        repeats = len(known) >= TELLING and here.startswith(known)
        return here[len(known) :] if repeats else text
    lines, above = text.split("\n"), [line.rstrip() for line in above]
    for count in range(min(MOST_REPEATED, len(lines) - 1, len(above)), 0, -1):
        repeated = [line.rstrip() for line in lines[:count]]
        if repeated == above[-count:] and any(repeated):
            return "\n".join(lines[count:])
    return text


def _indented(text: str, before: str, after: str, language: str) -> str:
    """A text that began in the first column, with the margin of the block that it stands in."""
    opens_line = before.endswith("\n") or not before
    if not opens_line or language not in LANGUAGES or margin_of(text) or not text.strip():
        return text
    margin = _margin(before, after)
    return "\n".join(margin + line if line.strip() else line for line in text.split("\n"))


def _margin(before: str, after: str) -> str:
    """Where the lines of a gap begin: in the block that the line above opens, or that goes on below."""
    line = before.removesuffix("\n").rpartition("\n")[2]
    above = _indentation(line)
    next_lines = after.partition("\n")[2].split("\n")
    below = _indentation(next((line for line in next_lines if line.strip()), ""))
    if line.rstrip().endswith(OPENING) and not line.lstrip().startswith(COMMENTS):
        return below if len(below) > len(above) else above + _step(before)
    return max(above, below, key=len) if in_block(before, after) else ""


def _step(text: str) -> str:
    """By how much a text indents its blocks: as its least indented line is, else four spaces."""
    found = {_indentation(line) for line in text.split("\n") if line.strip()}
    return min(found - {""}, key=len, default="    ")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
