"""One request over HTTP: what is sent, and the answer, within a limit of time and size.

The request runs in a thread of its own while whoever waits looks now and then whether it is still wanted: leaving
the wait closes the connection, and a server that notices stops writing. Proxies are those of the environment, but
for this machine; certificates are checked; no redirect is followed, since an answer comes from where it was asked.
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
from typing import Any, NamedTuple
from urllib import request as urllib_request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from editdiff.engines.endpoint.address import Endpoint, is_loopback
from editdiff.errors import EngineError

MOST_BYTES = 4_000_000
"""Of an answer."""
PIECE = 65_536
"""Bytes that are read at once."""
LOOK = 0.05
"""Seconds after which whoever waits looks again."""
MASKED = "***"
"""Stands for a key."""
DOWN = "see that the server runs, and that endpoint names it"


@dataclass(frozen=True)
class Request:
    """What is sent."""

    url: str
    body: bytes
    """JSON, in ASCII."""
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, endpoint: Endpoint, url: str, asked: Mapping[str, Any]) -> Request:
        """A request to an address of the endpoint."""
        return cls(url, json.dumps(asked, indent=2).encode("ascii"), endpoint.key)

    @property
    def headers(self) -> dict[str, str]:
        """All of them, as they are sent."""
        told = {
            "Host": urlsplit(self.url).netloc,
            "Content-Type": "application/json",
            "Content-Length": str(len(self.body)),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "editdiff",
        }
        return told | ({"Authorization": f"Bearer {self.key}"} if self.key else {})

    @property
    def shown(self) -> str:
        """The request as it is sent, the key masked."""
        told = self.headers | ({"Authorization": f"Bearer {MASKED}"} if self.key else {})
        headers = "\n".join(f"{name}: {value}" for name, value in told.items())
        return f"POST {self.url}\n{headers}\n\n{self.body.decode('ascii')}\n"


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
        EngineError: when nothing answers, in time, or more than can be meant.
    """
    call = _Call(request, seconds)
    threading.Thread(target=call.run, name="endpoint", daemon=True).start()
    ends = time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            with suppress(queue.Empty):
                return _settled(call.outcome.get(timeout=LOOK), request, seconds)
            yield
        raise _too_slow(request, seconds)
    finally:
        call.close()


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
            request.url, request.body, headers=request.headers, method="POST"
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
            if len(body) > MOST_BYTES:
                raise EngineError(
                    f"the endpoint answers with more than {MOST_BYTES // 1_000_000} MB",
                    "see that endpoint names a server of a model",
                )
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
    host, reason = urlsplit(request.url).netloc, error
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        reason = error.reason
    match reason:
        case EngineError():
            return reason
        case TimeoutError():
            return _too_slow(request, seconds)
        case ssl.SSLCertVerificationError():
            why = f"the certificate of {host} is not trusted: {reason.verify_message}"
            return EngineError(why, "name a server whose certificate your system trusts")
        case ssl.SSLError():
            why = f"{host} does not speak TLS as it should"
            return EngineError(
                why, "see that endpoint begins with http:// or https:// as it has to"
            )
        case socket.gaierror():
            return EngineError(f"no machine is known as {host}", DOWN)
        case ConnectionRefusedError():
            return EngineError(f"nothing answers at {host}", DOWN)
        case HTTPException() | OSError():
            why = f"the endpoint {host} broke off: {type(reason).__name__}"
            return EngineError(why, DOWN)
    return error


def _too_slow(request: Request, seconds: float) -> EngineError:
    return EngineError(
        f"the endpoint {urlsplit(request.url).netloc} did not answer within {seconds:g} seconds",
        "allow it more by endpoint_seconds (--endpoint-seconds), or name a smaller model or region",
    )
