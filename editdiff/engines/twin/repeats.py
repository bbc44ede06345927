r"""What a model that writes from left to right repeats of the text after the gap, and where to cut it.

Left alone such a model fills the gap and goes on with what follows it. A finished line that is the first line after
the gap says that the gap ended before it; so does the rest of a line, where the gap ends inside one. Lines that
stand everywhere (`}`, `else:`) say so only together with the next one.
"""

from __future__ import annotations

TELLING = 4
"""Letters and digits of a line that is taken for the one after the gap, when it is alone."""


def cut(text: str, after: str) -> str | None:
    r"""`text` up to where it repeats `after`; None where it does not, or may yet go on otherwise.

    Only lines that are finished, by a line break, count. Both have `\n` for line endings.
    """
    rest, broken, below = after.partition("\n")
    if rest.strip():
        return _inside_line(text, rest) if broken else None
    return _whole_lines(text, [line for line in below.split("\n") if line.strip()][:2])


def _inside_line(text: str, rest: str) -> str | None:
    """Cut where a finished line ends with the rest of the gap's last line."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        line = text[start:end].rstrip()
        if line.endswith(rest.rstrip()):
            return text[: start + len(line) - len(rest.rstrip())]
        start = end + 1
    return None


def _whole_lines(text: str, wanted: list[str]) -> str | None:
    """Cut before a finished line that is the first one of `wanted`, and in doubt before both."""
    if not wanted:
        return None
    alone = sum(map(str.isalnum, wanted[0])) >= TELLING
    lines = text.split("\n")
    for i, line in enumerate(lines[1:-1], 1):
        if line.rstrip() != wanted[0].rstrip():
            continue
        below = [other.rstrip() for other in lines[i + 1 : -1] if other.strip()][:1]
        if alone or (len(wanted) > 1 and below == [wanted[1].rstrip()]):
            return "\n".join(lines[:i]).rstrip("\n")
    return None
