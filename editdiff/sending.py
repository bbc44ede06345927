"""One request over HTTP: what is sent, and the answer, within a limit of time and size.

The request runs in a thread of its own while whoever waits looks now and then whether it is still wanted: leaving
the wait closes the connection, and a server that notices stops writing. Proxies are those of the environment, but
for this machine; certificates are checked; no redirect is followed, since an answer comes from where it was asked.

The only module that opens a connection. What asks a model (`engines.endpoint`) and what posts a review
(`ci.posting`) say in their own words what went wrong.
"""

from __future__ import annotations

import json
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
)
from ipaddress import ip_address
from typing import Any, Literal, NamedTuple
from urllib import request as urllib_request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from editdiff.text.printable import printable

MOST_BYTES = 4_000_000
"""Of an answer, where a request allows no more."""
MOST_TOLD = 200
"""Characters of what a server says of itself."""
PIECE = 65_536
"""Bytes that are read at once."""
LOOK = 0.05
"""Seconds after which whoever waits looks again."""
MASKED = "***"
"""Stands for a key."""
Kind = Literal["slow", "large", "certificate", "tls", "unknown", "nobody", "broke"]
"""Why there is no reply."""


class UnansweredError(Exception):
    """No reply came: whoever asked says what can be done about it."""

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(kind, why)
        self.kind: Kind = kind
        self.why = why
        """One sentence without a full stop."""


@dataclass(frozen=True)
class Request:
    """What is sent."""

    url: str
    body: bytes = b""
    """JSON, in ASCII; empty where there is none."""
    key: str | None = field(default=None, repr=False)
    method: str = "POST"
    key_as: tuple[str, str] = ("Authorization", "Bearer ")
    """The header that has the key, and what stands before it."""
    more: tuple[tuple[str, str], ...] = ()
    """Further headers, or others in place of ours."""
    most: int = MOST_BYTES
    """Bytes of an answer."""
    named: str = ""
    """What the host is called in a sentence, such as `the endpoint `."""

    @property
    def headers(self) -> dict[str, str]:
        """All of them, as they are sent."""
        return self._headers(self.key)

    @property
    def shown(self) -> str:
        """The request as it is sent, the key masked."""
        told = self._headers(MASKED if self.key else None)
        headers = "\n".join(f"{name}: {value}" for name, value in told.items())
        return f"{self.method} {self.url}\n{headers}\n\n{self.body.decode('ascii')}\n"

    @property
    def host(self) -> str:
        """Name and port of the server, with what it is called before it."""
        return f"{self.named}{urlsplit(self.url).netloc}"

    def _headers(self, key: str | None) -> dict[str, str]:
        told = {"Host": urlsplit(self.url).netloc}
        if self.body:
            told |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        told |= {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "editdiff",
        }
        name, scheme = self.key_as
        return told | dict(self.more) | ({name: f"{scheme}{key}"} if key else {})


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


Send = Callable[[Request, float], Generator[None, None, Reply]]
"""Sends a request that may take so many seconds, and yields while it waits; closing it gives the request up."""


def send(request: Request, seconds: float) -> Generator[None, None, Reply]:
    """Send a request; yields about every LOOK seconds, until the reply is there.

    Raises:
        UnansweredError: when nothing answers, in time, or more than can be meant.
    """
    call = _Call(request, seconds)
    threading.Thread(target=call.run, name="request", daemon=True).start()
    ends = time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            with suppress(queue.Empty):
                return _settled(call.outcome.get(timeout=LOOK), request, seconds)
            yield
        raise _too_slow(request, seconds)
    finally:
        call.close()


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, by its name alone."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def said(reply: Reply, key: str | None) -> str:
    """What a server says of itself, behind a colon, in a line without the key; empty where it says nothing."""
    try:
        told = json.loads(reply.body)
    except (ValueError, RecursionError):
        return ""
    for name in ("error", "message", "detail"):
        told = told.get(name, told) if isinstance(told, dict) else told
    if not isinstance(told, str) or not told.strip():
        return ""
    return f": {in_a_line(told, key)}"


def in_a_line(told: str, key: str | None) -> str:
    """What somebody else wrote, as it may be shown: one line, not long, without the key."""
    if key:
        told = told.replace(key, MASKED)
    return printable(" ".join(told.split())[:MOST_TOLD])


def sent_to(reply: Reply, key: str | None) -> str:
    """Where a redirect leads, behind a comma, without what an address may carry beside its path."""
    try:
        parts = urlsplit(reply.headers.get("location", ""))
        if not parts.hostname:
            return ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f", {in_a_line(f'{parts.scheme}://{parts.hostname}{port}{parts.path}', key)}"


@dataclass
class _Call:
    """A request on its way."""

    request: Request
    seconds: float
    outcome: queue.SimpleQueue[Reply | Exception] = field(default_factory=queue.SimpleQueue)
    sockets: list[socket.socket] = field(default_factory=list)
    """The response has them when their connections have given them away."""
    closed: bool = False

    def run(self) -> None:
        """Send it and read the reply, in the thread of the call."""
        try:
            self.outcome.put(self._reply())
        except Exception as error:
            self.outcome.put(error)

    def close(self) -> None:
        """Leave the connection, whatever it is at."""
        self.closed = True
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def connection(self, kind: Callable[..., HTTPConnection], *args: Any, **more: Any) -> Any:
        """A new connection, which `close` knows: nothing is sent over it any more then."""
        made = kind(*args, **more)
        connect = made.connect

        def connect_if_wanted() -> None:
            connect()
            self.sockets.append(made.sock)
            if self.closed:
                raise ConnectionAbortedError

        made.connect = connect_if_wanted  # type: ignore[method-assign]
        return made

    def _reply(self) -> Reply:
        request = self.request
        asked = urllib_request.Request(
            request.url, request.body or None, headers=request.headers, method=request.method
        )
        try:
            response = _opener(self).open(asked, timeout=self.seconds)
        except HTTPError as refused:
            response = refused
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, headers, self._body(response))

    def _body(self, response: HTTPResponse) -> bytes:
        body = b""
        while not self.closed and (piece := response.read(PIECE)):
            body += piece
            if len(body) > self.request.most:
                why = f"{self.request.host} answers with more than {self.request.most / 1e6:g} MB"
                raise UnansweredError("large", why)
        promised = response.headers.get("Content-Length", "")
        if promised.isdecimal() and len(body) < int(promised):
            raise IncompleteRead(body)
        return body


class _Stays(urllib_request.HTTPRedirectHandler):
    """Follows no redirect: its reply is taken as it is."""

    def redirect_request(self, *_: Any) -> None:
        """No request follows."""


class _Plain(urllib_request.HTTPHandler):
    """Plain connections that a call knows."""

    def __init__(self, call: _Call) -> None:
        super().__init__()
        self.call = call

    def http_open(self, req: urllib_request.Request) -> HTTPResponse:
        """Open one."""
        return self.do_open(partial(self.call.connection, HTTPConnection), req)


class _Secure(urllib_request.HTTPSHandler):
    """Connections by TLS that a call knows."""

    def __init__(self, call: _Call) -> None:
        super().__init__()
        self.call = call

    def https_open(self, req: urllib_request.Request) -> HTTPResponse:
        """Open one; certificates are checked."""
        made = partial(self.call.connection, HTTPSConnection, context=ssl.create_default_context())
        return self.do_open(made, req)


def _opener(call: _Call) -> urllib_request.OpenerDirector:
    """What opens a request: through the environment's proxies, unless this machine is asked."""
    here = is_loopback(urlsplit(call.request.url).hostname)
    proxies = urllib_request.ProxyHandler({} if here else None)
    return urllib_request.build_opener(proxies, _Plain(call), _Secure(call), _Stays())


def _settled(outcome: Reply | Exception, request: Request, seconds: float) -> Reply:
    if isinstance(outcome, Reply):
        return outcome
    raise _told(outcome, request, seconds) from outcome


def _told(error: Exception, request: Request, seconds: float) -> Exception:
    """What a failure is told as; one that is none of the network's as it is."""
    host, reason = request.host, error
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        reason = error.reason
    match reason:
        case UnansweredError():
            return reason
        case TimeoutError():
            return _too_slow(request, seconds)
        case ssl.SSLCertVerificationError():
            why = f"the certificate of {host} is not trusted: {reason.verify_message}"
            return UnansweredError("certificate", why)
        case ssl.SSLError():
            return UnansweredError("tls", f"{host} does not speak TLS as it should")
        case socket.gaierror():
            return UnansweredError(
                "unknown", f"no machine is known as {urlsplit(request.url).netloc}"
            )
        case ConnectionRefusedError():
            return UnansweredError("nobody", f"nothing answers at {urlsplit(request.url).netloc}")
        case HTTPException() | OSError():
            return UnansweredError("broke", f"{host} broke off: {type(reason).__name__}")
    return error


def _too_slow(request: Request, seconds: float) -> UnansweredError:
    return UnansweredError("slow", f"{request.host} did not answer within {seconds:g} seconds")
