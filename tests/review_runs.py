"""Fixes of a file that a pull request changes, and runs that post them to a stand-in of a host."""

from pathlib import Path

from review_gitea import GiteaServer
from review_github import GitHubServer
from review_gitlab import GitLabServer
from review_hosts import PULL, TOKEN, HostServer

from editdiff.ci.base import Fix, Problem, Proposed
from editdiff.ci.posting.client import Client
from editdiff.ci.posting.post import Posted, post
from editdiff.ci.posting.target import Target
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.span import Span

OLD, NEW = "1" * 40, "2" * 40
BASE = "".join(f"line {n}\n" for n in range(1, 41))
HEAD = BASE.replace("line 10\n", "line ten\n").replace("line 12\n", "line twelve\n")
KINDS = {"GitHub": GitHubServer, "GitLab": GitLabServer, "Gitea": GiteaServer}


def fix(before: str, after: str, path: str = "a.py", message: str = "wrong") -> Fix:
    effort = Effort(0.0, 0, 0.0, 1, 0.876)
    outcome = propose(
        Document(path, before), diff(before, after), [Span(0, len(before))], (), effort
    )
    assert isinstance(outcome, Proposal)
    line = diff(before, after).items[0].span.start
    number = before.count("\n", 0, line) + 1
    return Fix((Problem(path, number, message, "ruff", "F821"),), outcome, "python and tests")


def swap(old: str, new: str, text: str = HEAD, path: str = "a.py") -> Fix:
    assert text.count(old) == 1
    return fix(text, text.replace(old, new), path)


TEN = swap("line ten\n", "line 10!\n")
NEAR = swap("line 13\nline 14\n", "line 13.5\n")
FAR = swap("line 30\n", "line thirty\n")


def target(host: HostServer, head: str = OLD, **more: str) -> Target:
    kind = next(name for name, made in KINDS.items() if isinstance(host, made))
    project = "5" if kind == "GitLab" else "o/r"
    return Target(kind, host.url, project, PULL, head, TOKEN, **more)


def run(host: HostServer, *fixes: Fix, head: str = OLD, keep: Path, **more) -> Posted:
    where = target(host, head)
    waited: list[float] = []
    client = Client(where, sleep=waited.append, **more)
    try:
        return post(Proposed("b" * 40, head, fixes), where, client, keep=keep)
    finally:
        host.waited = waited
