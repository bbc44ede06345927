"""The question under a diff, when a person sits at both ends."""

from __future__ import annotations

import sys
from enum import Enum

import typer


class Answer(Enum):
    """What to do with the draft shown; the value is its key."""

    APPLY = "a"
    OTHER = "o"
    NO = "n"


QUESTION = "apply, other draft, or no? [a/o/n] "


def ask() -> Answer:
    """Ask until one of the keys, or its word, is entered; the end of input (Ctrl-D) is a no."""
    while True:
        # not input(): that would draw the question on stderr, which may lead elsewhere
        typer.echo(QUESTION, nl=False)
        line = sys.stdin.readline()
        if not line:
            typer.echo()
            return Answer.NO
        for answer in Answer:
            if line.strip().lower() in (answer.value, answer.name.lower()):
                return answer
