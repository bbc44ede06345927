"""What stands in the first column of a gap inside a block.

Where the lines above and below a gap are indented, the block that the gap lies in goes on below it. A line in the
first column would close that block; the line below it could then belong to nothing, unless another is opened.
"""

from __future__ import annotations

from editdiff.text.imports import SCRIPTS

LANGUAGES = frozenset(("go", "java", "python", "rust", *SCRIPTS))
"""Where lines are indented as blocks are; preprocessors, here documents and prose are not."""
_OPENS = (":", "{", "(", "[")
"""At the end of a line that opens a block."""
_PREPARES = ("@", ")", "]", "}")
"""Before a line that opens one, or as the last line of one."""


def in_block(before: str, after: str) -> bool:
    r"""Whether a gap lies inside a block that goes on below it.

    A blank line above it may be the end of a block, so nothing is known then; nor of a gap that ends inside a line.
    Both texts have `\n` for line endings.
    """
    rest, _, below = after.partition("\n")
    above = before.removesuffix("\n").rpartition("\n")[2]
    next_line = next((line for line in below.split("\n") if line.strip()), "")
    is_indented = all(line.strip() and line[0] in " \t" for line in (above, next_line))
    return is_indented and not rest.strip()


def to_end_of_block(text: str) -> str | None:
    """`text` up to the first finished line in the first column that opens no block; None where there is none.

    The first line goes on with what stands before the text. White space at the end is left out.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines[1:-1], 1):
        closes = line[:1].strip() and not line.startswith(_PREPARES)
        if closes and not line.rstrip().endswith(_OPENS):
            while number > 1 and not lines[number - 1].strip():
                number -= 1
            return "\n".join(lines[:number])
    return None
