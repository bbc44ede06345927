"""GitLab: comments are drafts first, which nobody else sees, and published at once.

Publishing takes all drafts of the account, so none of somebody's own may be among them. Drafts that an earlier run
left are deleted. Resolving a discussion withdraws a comment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from editdiff.ci.posting.client import Client
from editdiff.ci.posting.lines import Shown, ShownLine, shown
from editdiff.ci.posting.review import Call, Comment, Pull, Review, publish_or_clear
from editdiff.ci.posting.standing import Standing, State
from editdiff.ci.posting.writing import Form, names_of
from editdiff.errors import PostError

REFS = ("base_sha", "start_sha", "head_sha")


class GitLab:
    """Asks GitLab."""

    form = Form(1_000_000, "suggestion:-{above}+0", 100)

    def __init__(self, client: Client) -> None:
        self._client = client
        where = client.where
        self._merge = f"/projects/{where.project}/merge_requests/{where.number}"
        self._drafts = f"{self._merge}/draft_notes"

    def pull(self) -> Pull:
        """The merge request."""
        told = self._client.json("GET", self._merge)
        try:
            refs = {name: str(told["diff_refs"][name]) for name in REFS}
            return Pull(str(told["sha"]), told["state"] == "opened", refs)
        except (KeyError, TypeError) as error:
            raise self._client.strange() from error

    def files(self) -> Mapping[str, Shown]:
        """What it shows of the change: of what is collapsed or too large, nothing."""
        return {
            str(file.get("new_path")): shown(file["diff"], str(file.get("old_path")))
            for file in self._client.pages(f"{self._merge}/diffs")
            if isinstance(file, dict) and isinstance(file.get("diff"), str)
        }

    def standing(self, pull: Pull) -> Sequence[Standing]:
        """The bot's own discussions."""
        me = self._me()
        found = [
            _standing(told, me, pull)
            for told in self._client.pages(f"{self._merge}/discussions")
            if isinstance(told, dict)
        ]
        return [one for one in found if one is not None]

    def calls(self, review: Review) -> list[Call]:
        """A draft for the summary and one for each comment, and what publishes them."""
        drafts: list[dict[str, Any]] = [
            {"note": comment.body, "position": _position(comment, review.pull)}
            for comment in review.comments
        ]
        publish = Call("POST", f"{self._drafts}/bulk_publish", None)
        notes = [{"note": review.body}, *drafts]
        return [*(Call("POST", self._drafts, note) for note in notes), publish]

    def publish(self, calls: Sequence[Call]) -> None:
        """Post a review; where that fails, the drafts are deleted."""
        foreign = [told for told in self._own_drafts() if not names_of(str(told.get("note")))]
        if foreign:
            raise PostError(
                f"the token's account has {len(foreign)} drafts of its own, which would be published along",
                "publish or delete them in GitLab, or give editdiff a project access token",
            )
        publish_or_clear(self._client, calls, self._clear)

    def withdraw(self, comment: Standing) -> None:
        """Resolve its discussion."""
        route = f"{self._merge}/discussions/{comment.thread}"
        self._client.json("PUT", route, {"resolved": True})

    def rewrite(self, summary: Standing, body: str) -> None:
        """Give a note another text."""
        route = f"{self._merge}/discussions/{summary.thread}/notes/{summary.comment}"
        self._client.json("PUT", route, {"body": body})

    def _me(self) -> int:
        told = self._client.json("GET", "/user")
        if isinstance(told, dict) and isinstance(told.get("id"), int):
            return int(told["id"])
        raise self._client.strange()

    def _own_drafts(self) -> Iterator[Mapping[str, Any]]:
        """The account's drafts: GitLab tells nobody those of others."""
        for told in self._client.pages(self._drafts):
            if isinstance(told, dict) and "id" in told:
                yield told

    def _clear(self) -> None:
        for told in list(self._own_drafts()):
            if names_of(str(told.get("note"))):
                self._client.json("DELETE", f"{self._drafts}/{told['id']}")


def _standing(told: Mapping[str, Any], me: int, pull: Pull) -> Standing | None:
    """The bot's comment that a discussion begins with; None of anybody else's."""
    notes = told.get("notes")
    first = notes[0] if isinstance(notes, list) and notes else None
    if not isinstance(first, dict) or _id(first.get("author")) != me or first.get("system"):
        return None
    names = names_of(str(first.get("body")))
    if not names or "id" not in first:
        return None
    state: State = "open"
    if first.get("resolved"):
        state = "withdrawn" if _id(first.get("resolved_by")) == me else "dismissed"
    position = first.get("position")
    head = position.get("head_sha") if isinstance(position, dict) else None
    moved = head is not None and head != pull.refs["head_sha"]
    return Standing(first["id"], names, state, moved, str(told.get("id")))


def _id(account: Any) -> Any:
    return account.get("id") if isinstance(account, dict) else None


def _position(comment: Comment, pull: Pull) -> dict[str, Any]:
    placed = comment.placed
    last = placed.lines[-1]
    told: dict[str, Any] = {
        **pull.refs, "position_type": "text",
        "old_path": placed.old_path, "new_path": placed.fix.path,
        **_numbers(last),
    }  # fmt: skip
    if len(placed.lines) > 1:
        told["line_range"] = {
            name: _end(line, placed.fix.path)
            for name, line in (("start", placed.lines[0]), ("end", last))
        }
    return told


def _numbers(line: ShownLine) -> dict[str, int]:
    """An added line has a number on one side, any other on both."""
    return {"new_line": line.new} if line.added else {"old_line": line.old, "new_line": line.new}


def _end(line: ShownLine, path: str) -> dict[str, Any]:
    digest = hashlib.sha1(path.encode("utf-8", "surrogateescape"), usedforsecurity=False)
    code = f"{digest.hexdigest()}_{line.old}_{line.new}"
    return {"line_code": code, "type": "new" if line.added else "old", **_numbers(line)}
