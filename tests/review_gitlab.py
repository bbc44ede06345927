"""A stand-in of GitLab."""

import hashlib
import re
from typing import Any

from review_hosts import PULL, TOKEN, Answer, Asked, HostServer, Refused, Remark, lines_of, shaped


class GitLabServer(HostServer):
    """As described in GitLab's `api/discussions`, `api/draft_notes` and `api/merge_requests`."""

    base_sha, start_sha = "b" * 40, "c" * 40
    accounts = ("bot", "ann")
    job_token = False

    def __post_init__(self) -> None:
        self.drafts: list[tuple[int, str, str, dict[str, Any] | None]] = []

    def is_known(self, headers: dict[str, str]) -> bool:
        return headers.get("private-token") == TOKEN

    def account(self, login: str) -> dict[str, Any]:
        return {"id": 1 + self.accounts.index(login), "username": login}

    def linked(self, page: int, more: bool) -> dict[str, str]:
        return {"X-Next-Page": str(page + 1) if more else ""}

    def answer(self, asked: Asked, query: dict[str, list[str]]) -> Answer:
        merge = f"/projects/5/merge_requests/{PULL}"
        drafts = f"{merge}/draft_notes"
        match asked.method, asked.path:
            case "GET", "/user":
                return Answer(200, self.account(self.me))
            case "GET", path if path == merge:
                state = "opened" if self.state == "open" else self.state
                return Answer(200, {"state": state, "sha": self.head, "diff_refs": self.refs()})
            case "GET", path if path == f"{merge}/diffs":
                return self.paged([self.file(name) for name in self.files], query, "per_page")
            case "GET", path if path == f"{merge}/discussions":
                notes = [*self.remarks, *self.reviews]
                return self.paged([self.told(one) for one in notes], query, "per_page")
            case "GET", path if path == drafts:
                told = [{"id": one[0], "note": one[2]} for one in self.drafts if one[1] == self.me]
                return Answer(200, told)
            case "POST", path if path == drafts:
                return self.drafted(asked.body)
            case "DELETE", path if found := re.fullmatch(rf"{drafts}/(\d+)", path):
                self.drafts = [one for one in self.drafts if one[0] != int(found[1])]
                return Answer(204)
            case "POST", path if path == f"{drafts}/bulk_publish":
                self.publish(len(self.drafts))
                return Answer(204)
            case "PUT", path if found := re.fullmatch(rf"{merge}/discussions/d(\d+)", path):
                shaped(asked.body, {"resolved": bool}, {}, 400)
                (one,) = [one for one in self.remarks if one.id == int(found[1])]
                assert one.author == self.me, "somebody else's comment is touched"
                one.resolved_by = self.me
                return Answer(200, {})
            case "PUT", path if found := re.fullmatch(
                rf"{merge}/discussions/d(\d+)/notes/\1", path
            ):
                shaped(asked.body, {"body": str}, {}, 400)
                (one,) = [one for one in self.reviews if one.id == int(found[1])]
                assert one.author == self.me, "somebody else's comment is touched"
                one.body = asked.body["body"]
                return Answer(200, {})
        raise Refused(404, "404 Not Found")

    def refs(self) -> dict[str, str]:
        return {"base_sha": self.base_sha, "start_sha": self.start_sha, "head_sha": self.head}

    def file(self, name: str) -> dict[str, Any]:
        hidden = name in self.hidden
        return {
            "old_path": name, "new_path": name, "diff": "" if hidden else self.patch(name) + "\n",
            "too_large": hidden, "collapsed": hidden, "new_file": False,
        }  # fmt: skip

    def told(self, one: Remark) -> dict[str, Any]:
        note: dict[str, Any] = {
            "id": one.id, "type": "DiffNote" if one.path else None, "body": one.body,
            "author": self.account(one.author), "system": False, "resolvable": bool(one.path),
        }  # fmt: skip
        if one.path:
            note |= {"position": {**self.refs(), "head_sha": one.head, "new_line": one.last}}
        if one.resolved_by:
            note |= {"resolved": True, "resolved_by": self.account(one.resolved_by)}
        return {"id": f"d{one.id}", "individual_note": not one.path, "notes": [note]}

    def drafted(self, body: Any) -> Answer:
        shaped(body, {"note": str}, {"position": dict}, 400)
        if len(body["note"]) > 1_000_000:
            raise Refused(400, "note is too long")
        if "position" in body:
            self.check_position(body["position"])
        self.drafts.append((self.number(), self.me, body["note"], body.get("position")))
        return Answer(201, {"id": self.next_id})

    def check_position(self, told: Any) -> None:
        required = dict.fromkeys(
            ("base_sha", "start_sha", "head_sha", "position_type", "old_path", "new_path"), str
        )
        shaped(told, {**required, "new_line": int}, {"old_line": int, "line_range": dict}, 400)
        if {name: told[name] for name in self.refs()} != self.refs() or told[
            "position_type"
        ] != "text":
            raise Refused(400, "the position is of another version")
        ends = {"end": told | {"type": None}}
        if "line_range" in told:
            shaped(told["line_range"], {"start": dict, "end": dict}, {}, 400)
            ends = told["line_range"]
            assert ends["end"]["new_line"] == told["new_line"]
        for end in ends.values():
            self.check_end(end, told["new_path"], several="line_range" in told)

    def check_end(self, end: Any, path: str, *, several: bool) -> None:
        line = self.shown(path, end["new_line"])
        if line is None or end.get("old_line") != (None if line.mark == "+" else line.old):
            raise Refused(400, "line_code can't be blank")
        if several:
            shaped(end, {"line_code": str, "type": str, "new_line": int}, {"old_line": int}, 400)
            name = hashlib.sha1(path.encode()).hexdigest()
            assert end["line_code"] == f"{name}_{line.old}_{line.new}"
            assert end["type"] == ("new" if line.mark == "+" else "old")

    def publish(self, count: int) -> None:
        """Publish so many drafts of the account, the oldest first."""
        mine = [one for one in self.drafts if one[1] == self.me][:count]
        self.drafts = [one for one in self.drafts if one not in mine]
        for number, author, note, position in mine:
            if position is None:
                self.reviews.append(Remark(number, author, note))
                continue
            path, last = position["new_path"], position["new_line"]
            first = position.get("line_range", {}).get("start", {}).get("new_line", last)
            text = "".join(lines_of(self.files[path])[first - 1 : last])
            self.remarks.append(Remark(number, author, note, path, first, last, text, self.head))
