"""Windows of text without comments and white space, hashed for a fast search of many texts in many others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from editdiff.training.corpus.quality import Kind

Hashes = NDArray[np.uint64]
WIDTH = 60
"""Code points of a window."""
STEPS = (1, 2, 4, 7, 15, 30)
"""Windows of 1, 2, 4, 8, 15, 30 code points, each twice and this far apart, cover 2, 4, 8, 15, 30, 60."""
FILTER_BITS = 26
"""A table of 2^26 flags (64 MiB) dismisses most windows before they are looked up."""
COMMENT = re.compile(
    r'("""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\')'
    r"|#[^\r\n]*",
    re.DOTALL,
)
"""A string, which is kept, or a comment."""
NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Stripped:
    """A text as it is compared: lines without comments and white space, and all of them as one."""

    lines: tuple[str, ...]
    joined: str


def strip(text: str, kind: Kind) -> Stripped:
    """Strip comments (of code) and all white space; empty lines go."""
    if kind == "code":
        text = COMMENT.sub(r"\1", text)
    lines = tuple(filter(None, ("".join(line.split()) for line in NEWLINE.split(text))))
    return Stripped(lines, "".join(lines))


def window_hashes(joined: str) -> Hashes:
    """Hash [N - WIDTH + 1] of every window of a text of N code points; nothing of a shorter one."""
    if len(joined) < WIDTH:
        return np.empty(0, dtype=np.uint64)
    hashes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    for step in STEPS:
        hashes = hashes[:-step] * np.uint64(0x9E3779B97F4A7C15) + hashes[step:]
        hashes = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return hashes


class Windows:
    """A set of windows' hashes that large texts are searched for."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take every window of every joined text."""
        parts = [np.unique(window_hashes(text)) for text in texts]
        empty = np.empty(0, dtype=np.uint64)
        self.hashes = np.unique(np.concatenate([empty, *parts]))
        self._flags = np.zeros(2**FILTER_BITS, dtype=np.bool_)
        self._flags[self._slot(self.hashes)] = True

    @staticmethod
    def _slot(hashes: Hashes) -> Hashes:
        return hashes >> np.uint64(64 - FILTER_BITS)

    def find(self, joined: str) -> tuple[NDArray[np.intp], Hashes]:
        """Where in a text windows of the set begin [H], in order, and their hashes [H]."""
        hashes = window_hashes(joined)
        likely = np.flatnonzero(self._flags[self._slot(hashes)])
        at = np.searchsorted(self.hashes, hashes[likely])
        inside = at < len(self.hashes)
        likely, at = likely[inside], at[inside]
        hits = likely[self.hashes[at] == hashes[likely]]
        return hits, hashes[hits]
