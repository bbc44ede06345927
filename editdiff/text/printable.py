"""Text that is safe to draw: files and models may hold what a terminal would obey."""

from __future__ import annotations

_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_PICTURES |= {code: 0xFFFD for code in range(0x80, 0xA0)}


def printable(text: str) -> str:
    r"""Return `text` with `\r\n` as a line break and other control characters as pictures of them."""
    return text.replace("\r\n", "\n").translate(_PICTURES)


def one_line(text: str) -> str:
    r"""Write as `\n` or `\x1b` what a terminal would not show, or obey: file names may hold anything."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
