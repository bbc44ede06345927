"""What the bot said before, and so what a run says, and what it withdraws.

Only comments of the bot's own account count, and of these only such with its mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from editdiff.ci.base import Fix
from editdiff.ci.posting.writing import SUMMARY

State = Literal["open", "withdrawn", "dismissed"]
"""`withdrawn` by the bot, `dismissed` by somebody: what a person has settled is not said again."""


@dataclass(frozen=True)
class Standing:
    """A comment of the bot."""

    comment: int | str
    """By which the host knows it."""
    names: tuple[str, ...]
    """What its mark names: one fingerprint, or SUMMARY and the fingerprints of what it tells."""
    state: State = "open"
    moved: bool = False
    """Whether its lines are gone, so that the host shows it as outdated."""
    thread: int | str = ""
    """The discussion or review that it belongs to."""
    node: str = ""
    """By which GitHub's GraphQL knows it."""
    answered: bool = False
    """Whether somebody else wrote below it."""

    @property
    def is_summary(self) -> bool:
        """Whether it is a review's own text."""
        return self.names[:1] == (SUMMARY,)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Fixes that it tells."""
        return self.names[1:] if self.is_summary else self.names


class Plan(NamedTuple):
    """What a run does."""

    new: tuple[Fix, ...]
    """Fixes that nobody was told of yet."""
    known: int
    """Fixes that stand already."""
    withdrawn: tuple[Standing, ...]
    """Comments on fixes that are proposed no more."""
    rewritten: tuple[tuple[Standing, tuple[Fix, ...]], ...]
    """Summaries of which some fixes are proposed no more, and those that still are."""


def plan(fixes: Sequence[Fix], standing: Sequence[Standing], *, finished: bool) -> Plan:
    """What is to be done about the fixes of a run where so much stands.

    Where time ran out (not `finished`), what is not proposed may still be right, and stays.
    """
    wanted = Counter(fix.fingerprint for fix in fixes)
    told, superfluous = Counter[str](), list[Standing]()
    for one in standing:
        if one.is_summary or one.state == "withdrawn":
            continue
        (name,) = one.fingerprints
        if one.state == "dismissed" or (not one.moved and told[name] < wanted[name]):
            told[name] += 1
        elif finished or one.moved:
            superfluous.append(one)
    rewritten = list[tuple[Standing, tuple[Fix, ...]]]()
    by_name = {fix.fingerprint: fix for fix in fixes}
    for one in standing:
        if one.is_summary:
            still = tuple(by_name[name] for name in one.fingerprints if name in by_name)
            told.update(fix.fingerprint for fix in still)
            if finished and len(still) < len(one.fingerprints):
                rewritten.append((one, still))
    new = list[Fix]()
    for fix in fixes:
        if told[fix.fingerprint]:
            told[fix.fingerprint] -= 1
        else:
            new.append(fix)
    return Plan(tuple(new), len(fixes) - len(new), tuple(superfluous), tuple(rewritten))
