"""The questions under a diff, when a person sits at both ends."""

from __future__ import annotations

import os
import select
import sys
from enum import Enum
from typing import TypeVar

import typer

from editdiff.cli.common.terminal import is_terminal


class Answer(Enum):
    """What to do with the draft shown; the value is its key."""

    APPLY = "a"
    OTHER = "o"
    NO = "n"


class Taking(Enum):
    """What to do with fixes, which are no draft among others."""

    APPLY = "a"
    NO = "n"


class Side(Enum):
    """What stays of a merge in conflict."""

    OURS = "o"
    THEIRS = "t"
    BOTH = "b"
    NO = "n"


QUESTION = "apply, other draft, or no? [a/o/n] "
QUESTIONS: dict[type[Enum], str] = {
    Answer: QUESTION,
    Taking: "apply or no? [a/n] ",
    Side: "ours, theirs, both, or no? [o/t/b/n] ",
}
LOOK = 0.2
"""Seconds between two looks at whether Ctrl-C was pressed."""
Key = TypeVar("Key", Answer, Taking, Side)


def ask(answers: type[Key]) -> Key:
    """Ask until one of the keys, or its word, is entered; the end of input (Ctrl-D) is a no."""
    while True:
        # not input(): that would draw the question on stderr, which may lead elsewhere
        typer.echo(QUESTIONS[answers], nl=False)
        line = _line()
        if not line:
            typer.echo()
            return answers["NO"]
        for answer in answers:
            if line.strip().lower() in (answer.value, answer.name.lower()):
                return answer


def _line() -> str:
    """Read a line; empty at the end of input.

    A signal that comes when Python has looked for one, but does not yet block in the read, would wait there for the
    next key: Ctrl-C would be lost. So nothing blocks for long until there is a line.
    """
    if os.name == "posix" and is_terminal(sys.stdin):
        while not select.select([sys.stdin], [], [], LOOK)[0]:
            pass
    return sys.stdin.readline()
