"""A stand-in of GitHub."""

import re
from typing import Any

from review_hosts import (
    PULL,
    TOKEN,
    Answer,
    Asked,
    HostServer,
    Refused,
    Remark,
    hunks_of,
    lines_of,
    shaped,
)


class GitHubServer(HostServer):
    """As described in GitHub's `rest/pulls` and its GraphQL schema."""

    knows_user = True
    resolves = True
    minimizes = True
    graphql = True

    def is_known(self, headers: dict[str, str]) -> bool:
        assert headers["x-github-api-version"] == "2022-11-28"
        return headers.get("authorization") == f"Bearer {TOKEN}"

    def account(self, login: str) -> dict[str, Any]:
        return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}

    def answer(self, asked: Asked, query: dict[str, list[str]]) -> Answer:
        pull = f"/repos/o/r/pulls/{PULL}"
        match asked.method, asked.path:
            case "GET", "/user":
                if not self.knows_user:
                    raise Refused(403, "Resource not accessible by integration")
                return Answer(200, self.account(self.me))
            case "POST", "/graphql":
                return self.asked_graph(asked.body)
            case "GET", path if path == pull:
                return Answer(200, {"state": self.state, "head": {"sha": self.head}})
            case "GET", path if path == f"{pull}/files":
                return self.paged([self.file(name) for name in self.files], query, "per_page")
            case "GET", path if path == f"{pull}/comments":
                return self.paged([self.told(one) for one in self.remarks], query, "per_page")
            case "GET", path if path == f"{pull}/reviews":
                told = [
                    {"id": one.id, "user": self.account(one.author), "body": one.body, "state": "COMMENTED"}
                    for one in self.reviews
                ]  # fmt: skip
                return self.paged(told, query, "per_page")
            case "POST", path if path == f"{pull}/reviews":
                return self.reviewed(asked.body)
            case "PUT", path if review := re.fullmatch(rf"{pull}/reviews/(\d+)", path):
                shaped(asked.body, {"body": str}, {}, 422)
                (one,) = [one for one in self.reviews if one.id == int(review[1])]
                self.owned(one).body = asked.body["body"]
                return Answer(200, {"id": one.id})
            case "DELETE", path if found := re.fullmatch(r"/repos/o/r/pulls/comments/(\d+)", path):
                (one,) = [one for one in self.remarks if one.id == int(found[1])]
                self.remarks.remove(self.owned(one))
                return Answer(204)
        raise Refused(404, "Not Found")

    def owned(self, remark: Remark) -> Remark:
        assert remark.author == self.me, "somebody else's comment is touched"
        return remark

    def file(self, name: str) -> dict[str, Any]:
        told = {"filename": name, "status": "modified", "sha": "0" * 40}
        return told if name in self.hidden else told | {"patch": self.patch(name)}

    def told(self, one: Remark) -> dict[str, Any]:
        return {
            "id": one.id, "node_id": f"C{one.id}", "body": one.body, "path": one.path,
            "user": self.account(one.author), "line": None if one.moved else one.last,
        }  # fmt: skip

    def reviewed(self, body: Any) -> Answer:
        shaped(body, {"event": str, "body": str}, {"commit_id": str, "comments": list}, 422)
        if body["event"] != "COMMENT" or not body["body"] or len(body["body"]) > 65_536:
            raise Refused(422, "Unprocessable Entity")
        review = self.number()
        remarks = [self.checked(one, review) for one in body.get("comments", [])]
        self.remarks += remarks
        self.reviews.append(Remark(review, self.me, body["body"]))
        return Answer(200, {"id": review, "html_url": f"{self.url}/o/r/pull/{PULL}"})

    def checked(self, one: Any, review: int) -> Remark:
        several = {"start_line": int, "start_side": str}
        shaped(one, {"path": str, "body": str, "line": int, "side": str}, several, 422)
        first = one.get("start_line", one["line"])
        if one["side"] != "RIGHT" or ("start_line" in one) != ("start_side" in one):
            raise Refused(422, "Unprocessable Entity")
        if "start_line" in one and not (one["start_side"] == "RIGHT" and first < one["line"]):
            raise Refused(422, "start_line must precede the end line")
        hunk = [
            hunk
            for hunk in hunks_of(self.patch(one["path"]) if one["path"] in self.files else "")
            if {first, one["line"]} <= {line.new for line in hunk}
        ]
        if not hunk or one["path"] in self.hidden or len(one["body"]) > 65_536:
            raise Refused(422, "Line could not be resolved")
        text = "".join(lines_of(self.files[one["path"]])[first - 1 : one["line"]])
        return Remark(
            self.number(), self.me, one["body"], one["path"], first, one["line"], text, self.head, review
        )  # fmt: skip

    def asked_graph(self, body: Any) -> Answer:
        shaped(body, {"query": str, "variables": dict}, {}, 400)
        query, variables = body["query"], body["variables"]
        if not self.graphql:
            raise Refused(403, "Resource not accessible by integration")
        if "viewer" in query:
            return Answer(200, {"data": {"viewer": {"login": self.me}}})
        if "reviewThreads" in query:
            assert (variables["owner"], variables["name"], variables["number"]) == ("o", "r", PULL)
            return Answer(
                200,
                {
                    "data": {
                        "repository": {"pullRequest": {"reviewThreads": self.threads(variables)}}
                    }
                },
            )
        kind = "resolve" if "resolveReviewThread" in query else "minimize"
        if not (self.resolves if kind == "resolve" else self.minimizes):
            error = {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}
            return Answer(200, {"data": {}, "errors": [error]})
        (one,) = [
            one
            for one in self.remarks
            if variables["id"] == f"{'T' if kind == 'resolve' else 'C'}{one.id}"
        ]
        self.owned(one)
        if kind == "resolve":
            one.resolved_by = self.me
        else:
            assert "classifier: OUTDATED" in query
            one.minimized = "outdated"
        return Answer(200, {"data": {kind: {}}})

    def threads(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Two to a page, so that there are several."""
        start = int(variables["after"] or 0)
        nodes = [
            {
                "id": f"T{one.id}",
                "isResolved": one.resolved_by is not None,
                # GraphQL names no app that resolved one
                "resolvedBy": {"login": one.resolved_by} if one.resolved_by not in (None, self.me) else None,
                "comments": {"totalCount": 1 + one.replies, "nodes": [
                    {"databaseId": one.id, "isMinimized": bool(one.minimized),
                     "minimizedReason": one.minimized}
                ]},
            }
            for one in self.remarks[start : start + 2]
        ]  # fmt: skip
        end = start + 2
        return {
            "pageInfo": {"hasNextPage": end < len(self.remarks), "endCursor": str(end)},
            "nodes": nodes,
        }
