"""Post what a run proposes: the entry of this package."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from editdiff.ci.base import Fix, Proposed
from editdiff.ci.posting import writing
from editdiff.ci.posting.client import Client, UncertainError
from editdiff.ci.posting.gitea import Gitea
from editdiff.ci.posting.github import GitHub
from editdiff.ci.posting.gitlab import GitLab
from editdiff.ci.posting.lines import Placed, Shown, placed
from editdiff.ci.posting.review import Comment, Host, Pull, Review
from editdiff.ci.posting.standing import Plan, plan
from editdiff.ci.posting.target import HostName, Target
from editdiff.errors import PostError
from editdiff.text.printable import printable

HOSTS: Mapping[HostName, type[GitHub | GitLab | Gitea]] = {
    "GitHub": GitHub,
    "GitLab": GitLab,
    "Gitea": Gitea,
}
MOST_BESIDE = 50
"""Comments of one review; the others stand in its summary."""
MOST_TOLD = 500
"""Fixes that are told at all: their names have to fit into the summary's mark."""
CLOSED = "the pull request is closed"
MOVED_ON = "the pull request has a newer commit, whose own run says what is right now"


@dataclass(frozen=True)
class Posted:
    """What came of it."""

    beside: int = 0
    """Fixes that stand beside their lines now, and did not before."""
    below: int = 0
    """Fixes that stand in a summary now, and did not before."""
    known: int = 0
    """Fixes that stood there already, or that somebody dismissed."""
    withdrawn: int = 0
    """Comments and summaries of earlier runs that were marked as outdated, or brought up to date."""
    kept: Path | None = None
    """Where the review lies that was not posted; None where it was, or there was none."""
    reason: str = ""
    """Why it was not, one sentence without a full stop; empty where it was."""
    notes: tuple[str, ...] = ()
    """What could not be marked as outdated, and why; sentences without a full stop."""


class _Made(NamedTuple):
    """A review, and what else is to be done."""

    review: Review | None
    """None where nobody has to be told of anything new."""
    plan: Plan
    below: int


def post(proposed: Proposed, where: Target, client: Client | None = None, *, keep: Path) -> Posted:
    """Post what a run proposes as a review of its pull request, and withdraw what earlier runs said in vain.

    Nothing is said twice: what stands already, by the mark and the account, is left as it is, and so is what
    somebody resolved. A review is posted whole or not at all. What cannot be posted (a fork's token may only read,
    the pull request is closed or has a newer commit) is written to `keep` as the requests that would have been
    sent, and `Posted.reason` says why: no failure. `keep` is written on a failure, too.

    `Target.from_environment(os.environ)` gives `where`; `client` is for another patience than the usual one.

    Raises:
        PostError: when the host cannot be reached, takes no more requests for a long time, or refuses; the hint
            names `keep` where there was something to post.
    """
    host: Host = HOSTS[where.host](client or Client(where))
    fixes = proposed.fixes[:MOST_TOLD]
    if where.read_only:
        return _kept(_unsent(host, fixes, where), host, where, keep, where.read_only)
    made: _Made | None = None
    try:
        pull = host.pull()
        if not pull.open or pull.head != where.head:
            reason = MOVED_ON if pull.open else CLOSED
            return _kept(_unsent(host, fixes, where), host, where, keep, reason)
        made = _made(host, fixes, pull, finished=proposed.finished)
        if made.review is not None:
            _publish(host, made, fixes)
    except PostError as error:
        review = made.review if made else _unplaced(host, fixes, where)
        if review is None:
            raise
        kept = f"what would have been posted is kept in {printable(str(keep))}"
        problem = _unwritten(review, host, where, keep, error.message)
        raise PostError(error.message, f"{error.hint}; {problem or kept}") from error
    withdrawn, notes = _tidied(host, made.plan)
    beside = len(made.review.comments) if made.review else 0
    return Posted(beside, made.below, made.plan.known, withdrawn, notes=notes)


def _made(host: Host, fixes: Sequence[Fix], pull: Pull, *, finished: bool) -> _Made:
    planned = plan(fixes, host.standing(pull), finished=finished)
    if not planned.new:
        return _Made(None, planned, 0)
    review, below = _review(host, planned.new, pull, host.files())
    return _Made(review, planned, below)


def _review(
    host: Host, fixes: Sequence[Fix], pull: Pull, files: Mapping[str, Shown]
) -> tuple[Review, int]:
    """A review of these fixes, and how many of them stand in its summary."""
    beside, outside = list[Placed](), list[Fix]()
    for fix, place in zip(fixes, placed(fixes, files), strict=True):
        if place is None or len(beside) == MOST_BESIDE:
            outside.append(fix)
        else:
            beside.append(place)
    comments = tuple(Comment(place, writing.comment(place, host.form)) for place in beside)
    body = writing.summary(outside, len(beside), host.form)
    return Review(pull, body, comments), len(outside)


def _publish(host: Host, made: _Made, fixes: Sequence[Fix]) -> None:
    """Post the review; where nobody knows whether it arrived, look."""
    assert made.review is not None
    try:
        host.publish(host.calls(made.review))
    except UncertainError:
        try:
            new = plan(fixes, host.standing(made.review.pull), finished=False).new
        except PostError:
            new = made.plan.new
        if new:
            raise


def _tidied(host: Host, planned: Plan) -> tuple[int, tuple[str, ...]]:
    """Mark as outdated what is; how many, and what could not be."""
    done, notes = 0, dict[str, None]()
    for one in planned.withdrawn:
        try:
            host.withdraw(one)
            done += 1
        except PostError as error:
            notes[f"an outdated comment stays: {error.message}"] = None
    for one, fixes in planned.rewritten:
        try:
            host.rewrite(one, writing.rewritten(fixes, host.form))
            done += 1
        except PostError as error:
            notes[f"an outdated summary stays: {error.message}"] = None
    return done, tuple(notes)


def _unsent(host: Host, fixes: Sequence[Fix], where: Target) -> Review | None:
    """A review that nobody posts, with its lines where reading is allowed."""
    if not fixes:
        return None
    try:
        return _review(host, fixes, host.pull(), host.files())[0]
    except PostError:
        return _unplaced(host, fixes, where)


def _unplaced(host: Host, fixes: Sequence[Fix], where: Target) -> Review | None:
    """A review that says everything in its summary, where nobody knows which lines are shown."""
    if not fixes:
        return None
    return _review(host, fixes, Pull(where.head, True, {}), {})[0]


def _kept(review: Review | None, host: Host, where: Target, keep: Path, reason: str) -> Posted:
    if review is None:
        return Posted(reason=reason)
    if problem := _unwritten(review, host, where, keep, reason):
        return Posted(reason=reason, notes=(problem,))
    return Posted(kept=keep, reason=reason)


def _unwritten(review: Review, host: Host, where: Target, keep: Path, reason: str) -> str:
    """Write a review down as the requests that post it; why that cannot be done, empty where it was."""
    calls = [
        {"method": call.method, "url": where.api + call.route, "body": call.body}
        for call in host.calls(review)
    ]
    told = {
        "host": where.host,
        "project": where.project,
        "pull_request": where.number,
        "commit": review.pull.head,
        "not_posted": reason,
        "requests": calls,
    }
    try:
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        return f"{printable(str(keep))} cannot be written: {error.strerror}"
    return ""
