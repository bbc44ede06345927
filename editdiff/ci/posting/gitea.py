"""Gitea and Forgejo: one request posts a review with its comments; neither has suggestions yet, so diffs are shown.

A review whose posting broke off may be left pending, and would be published along with the next one: such a one of
ours is deleted, one of somebody's own is left alone, and nothing posted. Gitea resolves a comment from 1.26 on;
Forgejo deletes it; any other gets a text that says that it is outdated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from editdiff.ci.posting.client import Client
from editdiff.ci.posting.lines import Shown, shown_of
from editdiff.ci.posting.review import Call, Comment, Pull, Review, publish_or_clear, pull_at
from editdiff.ci.posting.standing import Standing, State
from editdiff.ci.posting.writing import SUMMARY, WITHDRAWN, Form, names_of, withdrawn
from editdiff.errors import InputError, PostError
from editdiff.text.patch import parse_patch

ACTIONS = ("gitea-actions", "forgejo-actions")
"""Accounts of the token that Actions gives a job."""
SIZE = 50
"""Entries asked for at once: more are not given, as they are set up."""
GONE = (404, 405)
"""How a host answers that has no such route."""


class Gitea:
    """Asks Gitea or Forgejo."""

    form = Form(65_536, "")

    def __init__(self, client: Client) -> None:
        where = client.where
        self._client = client
        self._repository = f"/repos/{where.project}"
        self._pull = f"{self._repository}/pulls/{where.number}"

    def pull(self) -> Pull:
        """The pull request."""
        return pull_at(self._client, self._pull)

    def files(self) -> Mapping[str, Shown]:
        """What it shows of the change."""
        text = self._client.text(f"{self._pull}.diff")
        try:
            patches = parse_patch(text) if text.strip() else ()
        except InputError:
            return {}  # no line is known to be shown
        return {patch.path: shown_of(patch) for patch in patches}

    def standing(self, pull: Pull) -> Sequence[Standing]:
        """The bot's own comments and reviews."""
        found = list[Standing]()
        me = self._me()
        for review in self._own_reviews(me):
            names = names_of(str(review.get("body")))
            if review.get("state") == "PENDING" or names[:1] != (SUMMARY,):
                continue
            found += self._beside(review["id"], me)
            found.append(Standing(review["id"], names, thread=review["id"]))
        return found

    def calls(self, review: Review) -> list[Call]:
        """One request."""
        comments = [_comment(comment) for comment in review.comments]
        body = {"commit_id": review.pull.head, "event": "COMMENT", "body": review.body}
        return [Call("POST", f"{self._pull}/reviews", body | {"comments": comments})]

    def publish(self, calls: Sequence[Call]) -> None:
        """Post a review."""
        publish_or_clear(self._client, calls, self._clear)

    def withdraw(self, comment: Standing) -> None:
        """Resolve it; else delete it; else say in its place that it is outdated."""
        at = f"{self._pull}/reviews/{comment.thread}/comments/{comment.comment}"
        ways = (
            ("POST", f"{self._repository}/pulls/comments/{comment.comment}/resolve"),
            ("DELETE", at),
        )
        for method, route in ways:
            reply = self._client.ask(method, route)
            if reply.status not in GONE:
                self._client.content(reply, method)
                return
        self._edit(comment.comment, withdrawn())

    def rewrite(self, summary: Standing, body: str) -> None:
        """Give a review another text: that is a comment of its own, which the timeline names."""
        timeline = f"{self._repository}/issues/{self._client.where.number}/timeline"
        for told in self._client.pages(timeline, SIZE, "limit"):
            if not isinstance(told, dict) or told.get("type") != "review" or "id" not in told:
                continue
            if told.get("pull_request_review_id", told.get("review_id")) == summary.comment:
                self._edit(told["id"], body)
                return
        raise PostError("Gitea does not tell where the review's text is", "edit it by hand")

    def _edit(self, comment: int | str, body: str) -> None:
        route = f"{self._repository}/issues/comments/{comment}"
        if self._client.json("PATCH", route, {"body": body}) is None:
            raise PostError("Gitea did not change a comment", "edit it by hand")

    def _me(self) -> Sequence[str]:
        """Accounts that the token may be of."""
        reply = self._client.ask("GET", "/user")
        if reply.status in (403, 404):
            return ACTIONS
        told = self._client.content(reply, "GET")
        if isinstance(told, dict) and isinstance(told.get("login"), str):
            return (told["login"],)
        raise self._client.strange()

    def _own_reviews(self, me: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for told in self._client.pages(f"{self._pull}/reviews", SIZE, "limit"):
            if _is_of(me, told):
                yield told

    def _comments(self, review: int, me: Sequence[str]) -> list[Mapping[str, Any]]:
        """The bot's comments of a review, marked or not."""
        told = self._client.json("GET", f"{self._pull}/reviews/{review}/comments")
        entries = told if isinstance(told, list) else []
        return [one for one in entries if _is_of(me, one)]

    def _beside(self, review: int, me: Sequence[str]) -> Iterator[Standing]:
        for told in self._comments(review, me):
            if names := names_of(str(told.get("body"))):
                state: State = "open"
                if resolver := told.get("resolver"):
                    state = "withdrawn" if _login(resolver) in me else "dismissed"
                if names == (WITHDRAWN,):
                    state = "withdrawn"
                yield Standing(told["id"], names, state, thread=review)

    def _clear(self) -> None:
        """Delete what of ours is pending.

        Raises:
            PostError: where somebody with the same account has something of their own pending.
        """
        me = self._me()
        pending = [told for told in self._own_reviews(me) if told.get("state") == "PENDING"]
        for review in pending:
            comments = self._comments(review["id"], me)
            if not all(names_of(str(told.get("body"))) for told in comments):
                raise PostError(
                    "the token's account has a pending review of its own, which would be published along",
                    "submit or delete it, or give editdiff an account of its own",
                )
        for review in pending:
            self._client.json("DELETE", f"{self._pull}/reviews/{review['id']}")


def _is_of(me: Sequence[str], told: Any) -> bool:
    return isinstance(told, dict) and "id" in told and _login(told.get("user")) in me


def _login(account: Any) -> Any:
    return account.get("login") if isinstance(account, dict) else None


def _comment(comment: Comment) -> dict[str, Any]:
    """A comment as Gitea takes it: on one line, the last one."""
    placed = comment.placed
    return {"path": placed.fix.path, "body": comment.body, "new_position": placed.lines[-1].new}
