"""What a run proposes, as text for people and programs: a table of formats.

Those that are lists of findings are in `outputs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from editdiff.ci.base import Fix, Left, Part, Problem, Proposed
from editdiff.ci.outputs import formats as outputs
from editdiff.edits.proposal import Proposal, propose
from editdiff.text.edit import Edits
from editdiff.text.lines import LINE_ENDING
from editdiff.text.printable import one_line, printable

LISTED = 50
"""Problems without a fix that are told one by one."""
TEXT = "text"
"""Name of the format that is printed where none is named."""


def diff(proposed: Proposed) -> str:
    """All fixes as one patch that `git apply` takes, wherever in the repository it runs."""
    found = dict[str, list[Fix]]()
    for fix in proposed.fixes:
        found.setdefault(fix.path, []).append(fix)
    return "".join(_together(found[path]).patch(path, from_top=True) for path in sorted(found))


def text(proposed: Proposed) -> str:
    """What a person reads in a log: the fixes, what is left, what was not judged, and a count."""
    lines = [line for fix in proposed.fixes for line in _of_fix(fix)]
    shown = sorted(proposed.left, key=lambda left: not left.blamed)  # those of the change first
    lines += map(_of_left, shown[:LISTED])
    if len(shown) > LISTED:
        lines.append(f"{len(shown) - LISTED} more without a fix")
    lines += [one_line(f"note: {note}") for note in proposed.notes]
    return "".join(f"{line}\n" for line in [*lines, _count(proposed)])


FORMATS: Mapping[str, Callable[[Proposed], str]] = MappingProxyType(
    {"diff": diff, TEXT: text, **outputs.FORMATS}
)
"""By the name that users call them. A text may hold `\\r`, so it is written as it is, in UTF-8."""


def _together(fixes: list[Fix]) -> Proposal:
    """All fixes of one file as one; each was checked, and that they hold beside each other."""
    first = fixes[0].proposal
    edits = Edits(tuple(edit for fix in fixes for edit in fix.proposal.edits))
    outcome = propose(first.before, edits, [edit.span for edit in edits], (), first.effort)
    assert isinstance(outcome, Proposal)
    return outcome


def _of_fix(fix: Fix) -> Iterator[str]:
    for problem in fix.problems:
        yield _of_problem(problem)
    for part in fix.parts:
        yield from _of_part(part)
    sure = "" if fix.confidence is None else f", {100 * fix.confidence:.0f} % sure"
    yield f"    judged by {fix.judged}{sure}"


def _of_part(part: Part) -> Iterator[str]:
    for mark, piece in (("-", part.old), ("+", part.new)):
        yield from (f"  {mark} {printable(line)}" for line in _lines(piece))


def _of_left(left: Left) -> str:
    return one_line(f"{_of_problem(left.problem)}: no fix, {left.reason}")


def _of_problem(problem: Problem) -> str:
    rule = f"{problem.source} {problem.rule}".rstrip()
    where = f"{problem.path}:{problem.line}: " if problem.path else ""
    return one_line(f"{where}{problem.message} [{rule}]")


def _lines(piece: str) -> list[str]:
    found = LINE_ENDING.split(piece)
    return found if found[-1] else found[:-1]


def _count(proposed: Proposed) -> str:
    fixes, wrong = len(proposed.fixes), proposed.wrong
    if not wrong:
        told = "nothing is wrong with what changed"
        return f"{told}, as far as it was judged" if proposed.doubted else told
    problems = f"{wrong} problem{'s' * (wrong > 1)} in what changed"
    proposals = f"{fixes or 'no'} fix{'es' * (fixes != 1)} proposed"
    return f"{problems}, {proposals}" + ("" if proposed.finished else "; not all was tried")
