"""GitHub: one request posts a review with its comments.

The token of Actions may not ask who it is, so GraphQL is asked, and else the account that such tokens have is
taken. Threads are known to GraphQL alone. It resolves them for who may write to the repository's contents, which a
reviewer need not: else a comment is minimized as outdated, else deleted where nobody answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from editdiff.ci.posting.client import Client
from editdiff.ci.posting.lines import Shown, shown
from editdiff.ci.posting.review import Call, Comment, Pull, Review, pull_at
from editdiff.ci.posting.standing import Standing, State
from editdiff.ci.posting.writing import WITHDRAWN, Form, names_of
from editdiff.errors import PostError

ACTIONS = "github-actions[bot]"
"""The account of the token that Actions gives a job."""
MOST_THREADS = 100
"""Pages of them."""
VIEWER = "query { viewer { login } }"
THREADS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved resolvedBy { login }
        comments(first: 1) { totalCount nodes { databaseId isMinimized minimizedReason } } }
    } } } }"""
RESOLVE = """mutation($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"""
MINIMIZE = """mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }"""


class _Thread(NamedTuple):
    node: str
    state: State
    answered: bool


class GitHub:
    """Asks GitHub, or an Enterprise Server."""

    form = Form(65_536, "suggestion")

    def __init__(self, client: Client) -> None:
        where = client.where
        self._client = client
        self._repository = f"/repos/{where.project}"
        self._pull = f"{self._repository}/pulls/{where.number}"

    def pull(self) -> Pull:
        """The pull request."""
        return pull_at(self._client, self._pull)

    def files(self) -> Mapping[str, Shown]:
        """What it shows of the change: of what is too large, or no text, nothing."""
        return {
            str(file.get("filename")): shown(
                file["patch"], str(file.get("previous_filename") or file.get("filename"))
            )
            for file in self._client.pages(f"{self._pull}/files")
            if isinstance(file, dict) and isinstance(file.get("patch"), str)
        }

    def standing(self, pull: Pull) -> Sequence[Standing]:
        """The bot's own comments and reviews."""
        me = self._me()
        comments = list(self._own(f"{self._pull}/comments", me))
        threads = self._threads(me) if comments else {}
        beside = [
            _beside(told, names, threads.get(told["id"]))
            for told, names in comments
            if not told.get("in_reply_to_id")
        ]
        reviews = self._own(f"{self._pull}/reviews", me)
        return [*beside, *(Standing(told["id"], names) for told, names in reviews)]

    def calls(self, review: Review) -> list[Call]:
        """One request."""
        comments = [_comment(comment) for comment in review.comments]
        body = {"commit_id": review.pull.head, "event": "COMMENT", "body": review.body}
        return [Call("POST", f"{self._pull}/reviews", body | {"comments": comments})]

    def publish(self, calls: Sequence[Call]) -> None:
        """Post a review."""
        for call in calls:
            self._client.json(*call)

    def withdraw(self, comment: Standing) -> None:
        """Resolve its thread; else minimize it; else delete it where nobody answered."""
        if comment.thread and self._mutate(RESOLVE, str(comment.thread)):
            return
        if comment.node and self._mutate(MINIMIZE, comment.node):
            return
        if comment.answered:
            raise PostError(
                "GitHub lets the token neither resolve nor minimize a comment that was answered",
                "let the token write to contents, or resolve it by hand",
            )
        self._client.json("DELETE", f"{self._repository}/pulls/comments/{comment.comment}")

    def rewrite(self, summary: Standing, body: str) -> None:
        """Give a review another text."""
        self._client.json("PUT", f"{self._pull}/reviews/{summary.comment}", {"body": body})

    def _me(self) -> str:
        """The account that the token is of."""
        reply = self._client.ask("GET", "/user")
        if reply.status not in (403, 404):
            told = self._client.content(reply, "GET")
            return str(told["login"]) if isinstance(told, dict) and told.get("login") else ACTIONS
        told = self._query(VIEWER, {})
        login = _at(told, "viewer", "login")
        return login if isinstance(login, str) and login else ACTIONS

    def _own(self, route: str, me: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
        for told in self._client.pages(route):
            names = names_of(str(_at(told, "body")))
            if names and "id" in told and _at(told, "user", "login") == me:
                yield told, names

    def _threads(self, me: str) -> dict[int, _Thread]:
        """Threads by the number of their first comment; as far as GraphQL tells."""
        owner, _, name = self._client.where.project.partition("/")
        asked = {"owner": owner, "name": name, "number": self._client.where.number}
        found, after = dict[int, _Thread](), None
        for _ in range(MOST_THREADS):
            told = _at(
                self._query(THREADS, asked | {"after": after}),
                *("repository", "pullRequest", "reviewThreads"),
            )
            for node in _at(told, "nodes") or []:
                for first in _at(node, "comments", "nodes") or []:
                    found[_at(first, "databaseId")] = _thread(node, first, me)
            after = _at(told, "pageInfo", "endCursor")
            if not after or not _at(told, "pageInfo", "hasNextPage"):
                break
        return found

    def _query(self, query: str, variables: Mapping[str, Any]) -> Any:
        """What GraphQL tells; None where it refuses."""
        asked = {"query": query, "variables": variables}
        reply = self._client.ask("POST", self._client.where.graphql, asked)
        if reply.status in (401, 403, 404):
            return None
        told = self._client.content(reply, "POST")
        return _at(told, "data") if not _at(told, "errors") else None

    def _mutate(self, mutation: str, node: str) -> bool:
        """Whether GraphQL did it."""
        return self._query(mutation, {"id": node}) is not None


def _beside(told: Mapping[str, Any], names: tuple[str, ...], thread: _Thread | None) -> Standing:
    moved = "line" in told and told["line"] is None
    one = Standing(told["id"], names, moved=moved, node=str(told.get("node_id") or ""))
    if thread is not None:
        one = replace(one, state=thread.state, thread=thread.node, answered=thread.answered)
    return replace(one, state="withdrawn") if names == (WITHDRAWN,) else one


def _thread(node: Any, first: Any, me: str) -> _Thread:
    """A thread; an app that resolves one is nobody that GraphQL could name."""
    by = _at(node, "resolvedBy", "login")
    state: State = "open"
    if _at(node, "isResolved"):
        state = "withdrawn" if by in (None, me, me.removesuffix("[bot]")) else "dismissed"
    elif _at(first, "isMinimized"):
        outdated = str(_at(first, "minimizedReason")).lower() == "outdated"
        state = "withdrawn" if outdated else "dismissed"
    answers = _at(node, "comments", "totalCount")
    return _Thread(str(_at(node, "id") or ""), state, answers != 1)


def _comment(comment: Comment) -> dict[str, Any]:
    """A comment as GitHub takes it: one line, or the first and the last of several."""
    path, lines = comment.placed.fix.path, comment.placed.lines
    told = {"path": path, "body": comment.body, "line": lines[-1].new, "side": "RIGHT"}
    if len(lines) > 1:
        told |= {"start_line": lines[0].new, "start_side": "RIGHT"}
    return told


def _at(told: Any, *names: str) -> Any:
    """What stands at a place of an answer; None where it has no such place."""
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told
