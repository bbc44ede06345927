"""The bodies of comments, and the mark by which a run knows them again.

The mark is the first line, which no text of the repository can be: that stands behind it, in code spans and fences,
where nothing is a mention, a command of the host, or HTML. Whoever may write at all could copy the mark, so it
counts in comments of the bot's own account alone (`standing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from editdiff.ci.base import LENGTH, Fix, Problem
from editdiff.ci.posting.lines import Placed
from editdiff.text.diff import git_lines
from editdiff.text.printable import printable

SUMMARY = "summary"
WITHDRAWN = "withdrawn"
"""Marks of what is no comment on one fix."""
MOST_PROBLEMS = 10
"""Named in one comment."""
MOST_OF_MESSAGE = 400
"""Characters that are shown of a problem."""
_NAME = f"[0-9a-f]{{{LENGTH}}}"
_MARK = re.compile(f"<!-- editdiff: ({_NAME}|{WITHDRAWN}|{SUMMARY}(?: {_NAME})*) -->")
_TICKS = re.compile("`+")
_HALF = re.compile("[\ud800-\udfff]")
"""What a file's name may hold that is no text."""


class Form(NamedTuple):
    """What a host makes of a comment."""

    most: int
    """Bytes of a body; hosts count characters, which are never more."""
    opening: str
    """Of a suggestion's fence, with `{above}` for the lines above the commented one; empty where there is none."""
    most_lines: int = 10**9
    """Lines that a suggestion may replace."""


def mark(*names: str) -> str:
    """The line that a comment begins with."""
    return f"<!-- editdiff: {' '.join(names)} -->"


def names_of(body: str) -> tuple[str, ...]:
    """What a comment's mark names; nothing where it has none."""
    found = _MARK.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return tuple(found[1].split(" ")) if found else ()


def comment(placed: Placed, form: Form) -> str:
    """The comment on one fix, beside its lines."""
    fix = placed.fix
    head = [mark(fix.fingerprint), "", *_problems(fix), ""]
    tail = ["", _judged(fix)]
    for change in (_suggestion(placed, form), _whole(fix), _elsewhere()):
        body = "\n".join([*head, *change, *tail])
        if change and len(body.encode()) <= form.most:
            return body
    return "\n".join([mark(fix.fingerprint), "", *_elsewhere()])


def summary(outside: Sequence[Fix], beside: int, form: Form) -> str:
    """What a review says: how many fixes stand beside their lines, and the others with their changes."""
    names = mark(SUMMARY, *(fix.fingerprint for fix in outside))
    told = [f"editdiff proposes {_count(beside + len(outside))}, checked before shown."]
    if beside and outside:
        told.append(f"{_count(beside)} {_stand(beside)} beside the lines.")
    if outside:
        told.append("Of lines that the change does not show, or too many to stand beside them:")
    return _filled([names, "", " ".join(told)], outside, form)


def rewritten(fixes: Sequence[Fix], form: Form) -> str:
    """What an earlier summary says when some of its fixes are proposed no more."""
    names = mark(SUMMARY, *(fix.fingerprint for fix in fixes))
    told = "Still proposed by editdiff:" if fixes else "What stood here is proposed no more."
    return _filled([names, "", told], fixes, form)


def withdrawn() -> str:
    """What a comment says that cannot be resolved otherwise."""
    return f"{mark(WITHDRAWN)}\n\nOutdated: editdiff proposes this no more."


def _filled(lines: list[str], fixes: Sequence[Fix], form: Form) -> str:
    """The same with as much of the fixes as there is room for: their changes, else places, else number."""
    room = form.most - len("\n".join(lines).encode()) - 100
    for done, fix in enumerate(fixes):
        first = fix.problems[0]
        head = ["", f"{_code(fix.path)}, line {first.line}:", "", *_problems(fix), ""]
        for entry in ([*head, *_whole(fix), "", _judged(fix)], [*head, _judged(fix)]):
            if (size := len("\n".join(entry).encode()) + 1) <= room:
                lines, room = [*lines, *entry], room - size
                break
        else:
            return "\n".join([*lines, "", f"And {_count(len(fixes) - done)} more."])
    return "\n".join(lines)


def _problems(fix: Fix) -> Iterator[str]:
    several = len(fix.problems) > 1
    for problem in fix.problems[:MOST_PROBLEMS]:
        yield f"{'- ' if several else ''}{_problem(problem)}"
    if (more := len(fix.problems) - MOST_PROBLEMS) > 0:
        yield f"- and {more} more"


def _problem(problem: Problem) -> str:
    by = " ".join(filter(None, (problem.source, problem.rule)))
    return f"{_code(problem.message)} ({_code(by)})"


def _judged(fix: Fix) -> str:
    sure = "" if fix.confidence is None else f"; {int(fix.confidence * 100)} % likely to be right"
    return f"Judged by {_code(fix.judged)}{sure}. editdiff `{fix.fingerprint}`"


def _suggestion(placed: Placed, form: Form) -> list[str]:
    """A block that the host offers to put in the place of the lines."""
    part = placed.part
    if part is None or not form.opening or len(placed.lines) > form.most_lines:
        return []
    fence = _fence(part.new)
    opening = form.opening.format(above=len(placed.lines) - 1)
    return [f"{fence}{opening}", part.new.removesuffix("\n"), fence]


def _whole(fix: Fix) -> list[str]:
    """The change as a diff, all of it."""
    patch = fix.proposal.patch(fix.path)
    body = "".join(git_lines(patch)[2:]).removesuffix("\n")  # the name stands above, escaped
    fence = _fence(body)
    several = len(fix.parts) > 1
    return [
        *(("All of these lines change together:", "") if several else ()),
        f"{fence}diff",
        body.replace("\r\n", "\n"),
        fence,
    ]


def _elsewhere() -> list[str]:
    return ["The change is too long to be shown here: `editdiff ci` shows it."]


def _fence(text: str) -> str:
    return "`" * max(3, 1 + _longest_run(text))


def _code(text: str) -> str:
    """Text of anybody in a code span: one line, as it is and nothing else."""
    line = printable(" ".join(_HALF.sub("\ufffd", text).split()))[:MOST_OF_MESSAGE] or "?"
    ticks = "`" * (1 + _longest_run(line))
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _count(number: int) -> str:
    return "1 fix" if number == 1 else f"{number} fixes"


def _stand(number: int) -> str:
    return "stands" if number == 1 else "stand"
