"""The text of an answer in words: what stands in its only fenced block.

What a model says around the block is left out. An answer from which nobody can tell what is meant has a flaw
instead: several blocks, a patch, a text with a note for what was left out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
"""What a model thinks before it answers, where a server does not keep it apart."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*")
_COMMENTS = ("#", "//", "/*", "--", "<!--", "%", ";", "*")
_DOTS = ("...", "…")
_LEFT_OUT = re.compile(
    r"\b(?:existing|omitted|other|remaining|remains|rest|same|unchanged)\b", re.IGNORECASE
)
"""What a comment with dots says that stands for what was left out."""
STRICT = frozenset(
    (
        *("c", "cpp", "css", "go", "java", "javascript", "javascriptreact", "json", "python"),
        *("rust", "toml", "typescript", "typescriptreact"),
    )
)
"""Languages in which a sentence does not parse: there an answer without a fence can be judged."""
EMPTY = "it is empty"
"""The flaw of an answer that says nothing."""
PATCHES = ("diff", "patch")


class Told(NamedTuple):
    """What an answer says."""

    text: str
    flaw: str = ""
    """Why it cannot be used; empty where it can."""


class _Block(NamedTuple):
    language: str
    lines: list[str]


def told(answer: str, language: str, old: str = "") -> Told:
    """The text that an answer in words means, in a language, in place of what is there now.

    An answer without a fence is taken whole where a sentence would not parse: its checks will tell.
    """
    answer = _THOUGHT.sub("", answer.replace("\r\n", "\n"))
    blocks = _blocks(answer)
    texts = {"\n".join(block.lines) for block in blocks}
    if any(block.language.lower() in PATCHES for block in blocks) and language not in PATCHES:
        return Told("", "it is a patch, and not the text")
    if len(texts) > 1:
        return Told("", f"it holds {len(texts)} blocks of text, and one was asked for")
    if not blocks and answer.strip() and language not in STRICT:
        return Told(
            "", "it has no block of text, and nothing can tell the text from what is said about it"
        )
    text = texts.pop() if texts else answer.strip("\n").rstrip()
    if not text.strip():
        return Told("", EMPTY)
    if note := _left_out(text, old):
        return Told("", f"it leaves out a part ({note})")
    return Told(text)


def _blocks(answer: str) -> list[_Block]:
    """The fenced blocks; one that is not closed goes on to the end."""
    blocks, ticks = list[_Block](), ""
    for line in answer.split("\n"):
        fence = _FENCE.fullmatch(line)
        if ticks and fence and fence[1].startswith(ticks) and not fence[2]:
            ticks = ""
        elif ticks:
            blocks[-1].lines.append(line)
        elif fence:
            ticks = fence[1]
            blocks.append(_Block(fence[2], []))
    return blocks


def _left_out(text: str, old: str) -> str:
    """A comment that stands for text that was left out, unless it stood there before; empty where there is none."""
    there = {line.strip() for line in old.split("\n")}
    for line in map(str.strip, text.split("\n")):
        dotted = line.startswith(_COMMENTS) and any(dots in line for dots in _DOTS)
        if dotted and line not in there and _LEFT_OUT.search(line):
            return line
    return ""
