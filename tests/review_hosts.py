"""Stand-ins of GitHub, GitLab and Gitea on this machine: real servers, as strict about reviews as the hosts are.

Fields are checked (required, types, none unknown), lines have to be of the diff as the host shows it, lists come in
pages, and what an account may do depends on its token. Written by the hosts' own descriptions of their interfaces.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import unified_diff
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "tok-very-secret"
PULL = 7


class Line(NamedTuple):
    old: int
    new: int
    mark: str


class Answer(NamedTuple):
    status: int
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"message": message})


class Asked(NamedTuple):
    method: str
    path: str
    body: Any
    headers: dict[str, str]


Fault = Callable[[BaseHTTPRequestHandler], None] | Answer


def lines_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def patch_of(old: str, new: str) -> str:
    """The hunks of a file as git writes them."""
    told = "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in [*unified_diff(lines_of(old), lines_of(new))][2:]
    )
    return told.removesuffix("\n")


def hunks_of(patch: str) -> list[list[Line]]:
    """The lines of each hunk that the new file has."""
    found: list[list[Line]] = []
    old = new = 0
    for line in patch.split("\n"):
        if head := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)", line):
            old, new = int(head[1]), int(head[2])
            found.append([])
        elif line[:1] in ("+", " ", ""):
            found[-1].append(Line(old, new, line[:1] or " "))
            new += 1
            old += line[:1] != "+"
        elif line[:1] == "-":
            old += 1
    return found


def shaped(body: Any, required: dict[str, type], optional: dict[str, type], status: int) -> None:
    """Refuse a body that lacks a field, has one of another type, or one that nobody knows."""
    if not isinstance(body, dict):
        raise Refused(status, "the body is no object")
    for name in required:
        if name not in body:
            raise Refused(status, f"{name} is missing")
    for name, value in body.items():
        kind = required.get(name, optional.get(name))
        if kind is None:
            raise Refused(status, f"{name} is unknown")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Refused(status, f"{name} is of another type")


@dataclass
class Remark:
    """A comment that somebody wrote."""

    id: int
    author: str
    body: str
    path: str = ""
    first: int = 0
    last: int = 0
    text: str = ""
    """Of these lines, as they were."""
    head: str = ""
    review: int = 0
    resolved_by: str | None = None
    minimized: str | None = None
    moved: bool = False
    replies: int = 0


@dataclass
class HostServer:
    """What all three have: a pull request's files, comments, and faults to order."""

    base: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    head: str = "1" * 40
    state: str = "open"
    me: str = "bot"
    hidden: set[str] = field(default_factory=set)
    """Files whose diff is too large to be shown."""
    remarks: list[Remark] = field(default_factory=list)
    reviews: list[Remark] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    faults: list[tuple[str, str, Fault]] = field(default_factory=list)
    """Method, pattern of the path, and what happens in place of an answer, once."""
    url: str = ""
    page: int = 100
    """Most entries of a page."""
    next_id: int = 100

    def __post_init__(self) -> None:
        """Set up what one host alone has."""

    def push(self, head: str, files: dict[str, str]) -> None:
        """Add a commit: comments on lines that changed are outdated."""
        self.head, self.files = head, files
        for remark in self.remarks:
            lines = lines_of(files.get(remark.path, ""))[remark.first - 1 : remark.last]
            remark.moved = remark.moved or "".join(lines) != remark.text
            if not remark.moved:
                remark.head = head

    def patch(self, path: str) -> str:
        return patch_of(self.base.get(path, ""), self.files.get(path, ""))

    def shown(self, path: str, line: int) -> Line | None:
        if path in self.hidden or path not in self.files:
            return None
        every = (one for hunk in hunks_of(self.patch(path)) for one in hunk)
        return next((one for one in every if one.new == line), None)

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    def fails(self, method: str, pattern: str, fault: Fault, times: int = 1) -> None:
        self.faults += [(method, pattern, fault)] * times

    def writes(self) -> list[Asked]:
        return [one for one in self.asked if one.method != "GET" and "query" not in str(one.body)]

    def open(self) -> list[Remark]:
        return [one for one in self.remarks if not one.resolved_by and not one.minimized]

    def fault(self, method: str, path: str) -> Fault | None:
        for number, (wanted, pattern, fault) in enumerate(self.faults):
            if wanted == method and re.search(pattern, path):
                del self.faults[number]
                return fault
        return None

    def paged(self, entries: list[Any], query: dict[str, list[str]], size: str) -> Answer:
        count = min(int(query.get(size, ["20"])[0]), self.page)
        page = int(query.get("page", ["1"])[0])
        part = entries[(page - 1) * count : page * count]
        more = page * count < len(entries)
        return Answer(200, part, self.linked(page, more))

    def linked(self, page: int, more: bool) -> dict[str, str]:
        if page == 1 and not more:
            return {}
        return {"Link": f'<{self.url}/?page={page + 1}>; rel="{"next" if more else "first"}"'}

    def is_known(self, headers: dict[str, str]) -> bool:
        raise NotImplementedError

    def answer(self, asked: Asked, query: dict[str, list[str]]) -> Answer:
        raise NotImplementedError


def broken(handler: BaseHTTPRequestHandler) -> None:
    """Leave without an answer."""
    handler.close_connection = True


@contextmanager
def serving(host: HostServer) -> Iterator[HostServer]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = unquote(parts.path)
            asked = Asked(self.command, path, json.loads(raw) if raw else None, headers)
            host.asked.append(asked)
            fault = host.fault(self.command, path)
            if callable(fault):
                fault(self)
                return
            try:
                known = fault or (
                    Answer(401, {"message": "Bad credentials"})
                    if not host.is_known(headers)
                    else None
                )
                answer = known or host.answer(asked, parse_qs(parts.query))
            except Refused as refused:
                answer = refused.answer
            except (AssertionError, KeyError, IndexError, ValueError) as error:
                host.asked.append(Asked("BROKEN", repr(error), None, {}))
                answer = Answer(
                    400, {"message": f"the stand-in is asked what it should not be: {error!r}"}
                )
            self.reply(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

        def reply(self, answer: Answer) -> None:
            body = answer.body
            if not isinstance(body, bytes):
                body = b"" if body is None else json.dumps(body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    host.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
    assert not [one for one in host.asked if one.method == "BROKEN"], host.asked[-2:]
