"""A stand-in of Gitea, of Forgejo, and of what is older than both."""

import re
from typing import Any

from review_hosts import PULL, TOKEN, Answer, Asked, HostServer, Refused, Remark, lines_of, shaped


class GiteaServer(HostServer):
    """As described in Gitea's swagger; `resolves` is of 1.26, `deletes` of Forgejo, neither of what is older."""

    resolves = True
    deletes = False
    knows_user = True
    dialect = "review_id"

    def __post_init__(self) -> None:
        self.pending: set[int] = set()
        self.page = 2

    def is_known(self, headers: dict[str, str]) -> bool:
        return headers.get("authorization") == f"token {TOKEN}"

    def linked(self, page: int, more: bool) -> dict[str, str]:
        return {}

    def answer(self, asked: Asked, query: dict[str, list[str]]) -> Answer:
        pull = f"/repos/o/r/pulls/{PULL}"
        match asked.method, asked.path:
            case "GET", "/user":
                if not self.knows_user:
                    raise Refused(403, "user does not exist")
                return Answer(200, {"login": self.me})
            case "GET", path if path == pull:
                return Answer(200, {"state": self.state, "head": {"sha": self.head}})
            case "GET", path if path == f"{pull}.diff":
                return Answer(200, self.diff().encode())
            case "GET", path if path == f"{pull}/reviews":
                told = [
                    {"id": one.id, "user": {"login": one.author}, "body": one.body,
                     "state": "PENDING" if one.id in self.pending else "COMMENT"}
                    for one in self.reviews if one.id not in self.pending or one.author == self.me
                ]  # fmt: skip
                return self.paged(told, query, "limit")
            case "POST", path if path == f"{pull}/reviews":
                return self.reviewed(asked.body)
            case "GET", path if found := re.fullmatch(rf"{pull}/reviews/(\d+)/comments", path):
                return Answer(
                    200, [self.told(one) for one in self.remarks if one.review == int(found[1])]
                )
            case "DELETE", path if found := re.fullmatch(rf"{pull}/reviews/(\d+)", path):
                (one,) = [one for one in self.reviews if one.id == int(found[1])]
                assert one.author == self.me, "somebody else's review is touched"
                self.reviews.remove(one)
                self.remarks = [other for other in self.remarks if other.review != one.id]
                return Answer(204)
            case "POST", path if found := re.fullmatch(
                r"/repos/o/r/pulls/comments/(\d+)/resolve", path
            ):
                if not self.resolves:
                    raise Refused(405 if self.deletes else 404, "")
                self.owned(int(found[1]), self.remarks).resolved_by = self.me
                return Answer(204)
            case "DELETE", path if found := re.fullmatch(
                rf"{pull}/reviews/(\d+)/comments/(\d+)", path
            ):
                if not self.deletes:
                    raise Refused(404, "")
                one = self.owned(int(found[2]), self.remarks)
                assert one.review == int(found[1])
                self.remarks.remove(one)
                return Answer(204)
            case "GET", path if path == f"/repos/o/r/issues/{PULL}/timeline":
                told = [{"id": 1, "type": "comment", "body": "hello"}]
                told += [
                    {"id": one.id + 9000, "type": "review", self.dialect: one.id}
                    for one in self.reviews
                ]
                return self.paged(told, query, "limit")
            case "PATCH", path if found := re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path):
                shaped(asked.body, {"body": str}, {}, 422)
                number = int(found[1])
                one = self.owned(number % 9000, self.reviews if number > 9000 else self.remarks)
                one.body = asked.body["body"]
                return Answer(200, {"id": number})
        raise Refused(404, "")

    def owned(self, number: int, among: list[Remark]) -> Remark:
        (one,) = [one for one in among if one.id == number]
        assert one.author == self.me, "somebody else's comment is touched"
        return one

    def diff(self) -> str:
        return "".join(
            f"diff --git a/{name} b/{name}\nindex 1..2 100644\n--- a/{name}\n+++ b/{name}\n{self.patch(name)}\n"
            for name in self.files
            if self.patch(name)
        )

    def told(self, one: Remark) -> dict[str, Any]:
        resolver = {"login": one.resolved_by} if one.resolved_by else None
        return {"id": one.id, "user": {"login": one.author}, "body": one.body, "resolver": resolver}

    def reviewed(self, body: Any) -> Answer:
        shaped(body, {"event": str, "body": str, "comments": list}, {"commit_id": str}, 422)
        review = self.number()
        for one in body["comments"]:
            self.add(one, review)
        # what is pending of the account is published along
        for pending in list(self.pending):
            for one in self.remarks:
                one.review = review if one.review == pending else one.review
            self.reviews = [one for one in self.reviews if one.id != pending]
            self.pending.remove(pending)
        self.reviews.append(Remark(review, self.me, body["body"]))
        return Answer(200, {"id": review})

    def add(self, one: Any, review: int) -> None:
        shaped(one, {"path": str, "body": str}, {"new_position": int, "old_position": int}, 422)
        line = one["new_position"]
        if self.shown(one["path"], line) is None:
            raise Refused(422, "the line is not in the diff")
        text = lines_of(self.files[one["path"]])[line - 1]
        self.remarks.append(
            Remark(
                self.number(),
                self.me,
                one["body"],
                one["path"],
                line,
                line,
                text,
                self.head,
                review,
            )
        )
