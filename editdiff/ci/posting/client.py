"""Asking a host: limits of rate waited for within bounds, failures as one sentence with a hint.

What only reads is tried again where the network or the host fails. What writes is not: it may have arrived. The
next run sees what stands, and posts what does not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from editdiff.ci.posting.target import PERMISSIONS, HostName, Target
from editdiff.errors import PostError
from editdiff.sending import Reply, Request, UnansweredError, said, send, sent_to

MOST_BYTES = 64_000_000
"""Of an answer: a page of changes may be long."""
PAGE = 100
"""Entries asked for at once; a host may give fewer."""
MOST_PAGES = 300
"""Of one list."""
TRIES = 4
"""Most times that something is asked."""
PAUSE = 1.0
"""Seconds before something is read again, the first time."""
UNTOLD = 60.0
"""Seconds that a host's limit is waited for at first, where it does not tell how long."""
AGAIN = "run the job again: what stands already is not posted twice"
_LIMITED = (b"secondary rate limit", b"abuse detection")
_KEY_AS: Mapping[HostName, tuple[str, str]] = {
    "GitHub": ("Authorization", "Bearer "),
    "GitLab": ("PRIVATE-TOKEN", ""),
    "Gitea": ("Authorization", "token "),
}
_MORE: Mapping[HostName, tuple[tuple[str, str], ...]] = {
    "GitHub": (
        ("Accept", "application/vnd.github+json"),
        ("X-GitHub-Api-Version", "2022-11-28"),
    ),
    "GitLab": (),
    "Gitea": (),
}


class UncertainError(PostError):
    """Something was to be written, and nobody knows whether it was."""


@dataclass
class Client:
    """Asks the host of a pull request."""

    where: Target
    seconds: float = 30.0
    """That an answer may take."""
    patience: float = 180.0
    """Seconds that limits of rate may be waited for, all together."""
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)
    """Seconds since 1970."""

    def ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Reply:
        """The reply to a request, whatever it says; `url` is a route of the host's, or its whole address.

        Raises:
            PostError: when no reply comes, or a limit of rate would have to be waited for too long.
        """
        request = self._request(method, url, body)
        for number in range(TRIES):
            last = number == TRIES - 1
            reply = self._reply(request, again=method == "GET" and not last)
            if reply is None:
                self.sleep(PAUSE * 2**number)
            elif not _is_limited(reply):
                return reply
            elif last or not self._waited(wanted := _wanted(reply, number, self.now())):
                wait = "" if last else f"wait {wanted:.0f} seconds, then "
                why = f"{self._host} takes no more requests now ({reply.status})"
                raise PostError(why + said(reply, self.where.token), wait + AGAIN)
        raise self.strange()  # never: the last time there is a reply, or an error

    def json(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of a reply; None of an empty one.

        Raises:
            PostError: as `ask`, and where the host refuses, or answers with something else.
        """
        return self.content(self.ask(method, url, body), method)

    def text(self, url: str) -> str:
        """What is no JSON, such as a diff.

        Raises:
            PostError: as `ask`, and where the host refuses.
        """
        reply = self.ask("GET", url)
        if not 200 <= reply.status < 300:
            raise self.refusal(reply)
        return reply.body.decode("utf-8", "replace")

    def pages(self, route: str, size: int = PAGE, size_as: str = "per_page") -> Iterator[Any]:
        """The entries of a list, page by page.

        Raises:
            PostError: as `json`, and where it does not end.
        """
        for page in range(1, MOST_PAGES + 1):
            asked = urlencode({size_as: size, "page": page})
            reply = self.ask("GET", f"{route}?{asked}")
            entries = self.content(reply, "GET")
            if not isinstance(entries, list):
                raise self.strange()
            yield from entries
            if not entries or self._is_last(reply):
                return
        raise PostError(
            f"{self._host} has too many pages of what was said", "close what is settled there"
        )

    def content(self, reply: Reply, method: str) -> Any:
        """The JSON of a reply to a request of a method.

        Raises:
            PostError: where the host refuses, or answers with something else.
        """
        if not 200 <= reply.status < 300:
            if reply.status >= 500 and method != "GET":
                why = f"{self._host} failed ({reply.status}){said(reply, self.where.token)}"
                raise UncertainError(why, AGAIN)
            raise self.refusal(reply)
        if not reply.body.strip():
            return None
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise self.strange() from error

    def strange(self) -> PostError:
        """What is told of an answer that is none of the host's."""
        return PostError(
            f"{self._host} does not answer as {self.where.host} does",
            "see the variable that names the API's address",
        )

    def refusal(self, reply: Reply) -> PostError:
        """What is told of a reply that refuses."""
        where, status = self.where, reply.status
        told = said(reply, where.token)
        if 300 <= status < 400:
            leads = sent_to(reply, where.token)
            why = f"{self._host} sends to another address{leads}, which is not followed"
            return PostError(why, "was the repository renamed? Let CI name it as it is called now")
        if status == 401:
            why = f"{self._host} does not take the token (401){told}"
            return PostError(why, PERMISSIONS[where.host])
        if status == 403:
            why = f"the token may not do that at {self._host} (403){told}"
            return PostError(why, PERMISSIONS[where.host])
        if status == 404:
            why = f"{self._host} shows the token no pull request {where.number} of {where.project} (404)"
            return PostError(why, PERMISSIONS[where.host])
        if status >= 500:
            return PostError(f"{self._host} failed ({status}){told}", AGAIN)
        return PostError(
            f"{self._host} refuses the request ({status}){told}",
            "see what was sent, in the file where it is kept",
        )

    @property
    def _host(self) -> str:
        return Request(self.where.api).host

    def _request(self, method: str, url: str, body: Mapping[str, Any] | None) -> Request:
        host = self.where.host
        if url.startswith("/"):
            url = self.where.api + url
        sent = b"" if body is None else json.dumps(body).encode("ascii")
        key = self.where.token
        return Request(url, sent, key, method, _KEY_AS[host], _MORE[host], MOST_BYTES)

    def _reply(self, request: Request, *, again: bool) -> Reply | None:
        """The reply; None where there is none, or the host failed, and it may be asked `again`."""
        sending = send(request, self.seconds)
        try:
            while True:
                next(sending)
        except StopIteration as done:
            reply: Reply = done.value
            return None if again and reply.status in (500, 502, 503, 504) else reply
        except UnansweredError as error:
            if again and error.kind in ("slow", "broke", "nobody"):
                return None
            kind = PostError if request.method == "GET" else UncertainError
            raise kind(error.why, f"see that {self._host} can be reached, then {AGAIN}") from error

    def _is_last(self, reply: Reply) -> bool:
        """Whether no page follows: an only page is linked to nothing, but by Gitea, which links not all lists."""
        if "x-next-page" in reply.headers:
            return not reply.headers["x-next-page"].strip()
        if "link" in reply.headers:
            return 'rel="next"' not in reply.headers["link"]
        return self.where.host != "Gitea"

    def _waited(self, seconds: float) -> bool:
        """Whether a limit could be waited for."""
        if seconds > self.patience:
            return False
        self.patience -= seconds
        self.sleep(seconds)
        return True


def _is_limited(reply: Reply) -> bool:
    if reply.status == 429:
        return True
    told = "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"
    return reply.status == 403 and (told or any(word in reply.body for word in _LIMITED))


def _wanted(reply: Reply, number: int, now: float) -> float:
    """Seconds after which a host that was asked `number` times before takes requests again."""
    after = reply.headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    for name in ("x-ratelimit-reset", "ratelimit-reset"):
        if (at := reply.headers.get(name, "")).isdecimal():
            return max(0.0, float(at) - now) + 1.0
    return float(UNTOLD * 2**number)
