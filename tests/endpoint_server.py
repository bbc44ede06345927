"""A real server on this machine that answers from a script, as the three kinds of endpoints do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, NamedTuple


class Seen(NamedTuple):
    path: str
    headers: list[tuple[str, str]]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


class Refusal(NamedTuple):
    status: int
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()


Entry = dict[str, Any] | Refusal | bytes | Callable[[BaseHTTPRequestHandler], None]


def chat(text: str | None, finish: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"object": "chat.completion", "choices": [{"message": message, "finish_reason": finish}]}


def completion(text: str, finish: str = "stop") -> dict[str, Any]:
    return {"object": "text_completion", "choices": [{"text": text, "finish_reason": finish}]}


def llama_cpp(text: str, stop: str = "eos") -> dict[str, Any]:
    return {"content": text, "stop_type": stop, "truncated": False}


def ollama(text: str, done: str = "stop") -> dict[str, Any]:
    return {"model": "qwen", "response": text, "done": True, "done_reason": done}


def fenced(text: str, language: str = "python") -> str:
    return f"```{language}\n{text}\n```"


class EndpointServer:
    """Answers one request after the other from `script`; with nothing left it fails."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.script: list[Entry] = []
        self.seen: list[Seen] = []
        self.gone = threading.Event()
        """Whether somebody left without waiting for the answer."""
        self.over = threading.Event()

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def answers(self, *entries: Entry) -> None:
        self.script += entries

    def stalls(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until the other side leaves."""
        handler.connection.settimeout(0.05)
        while not self.over.is_set():
            try:
                if not handler.connection.recv(1):
                    self.gone.set()
                    return
            except TimeoutError:
                continue
            except OSError:
                self.gone.set()
                return

    def trickles(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a byte now and then, for ever."""
        handler.send_response(200)
        handler.end_headers()
        try:
            while not self.over.wait(0.02):
                handler.wfile.write(b" ")
        except OSError:
            self.gone.set()


def told(handler: BaseHTTPRequestHandler, entry: Entry) -> None:
    if callable(entry):
        entry(handler)
        return
    if isinstance(entry, bytes):
        entry = Refusal(200, entry)
    elif isinstance(entry, dict):
        entry = Refusal(200, json.dumps(entry).encode())
    handler.send_response(entry.status)
    for name, value in entry.headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(entry.body)))
    handler.end_headers()
    handler.wfile.write(entry.body)


@contextmanager
def serving(tls: SSLContext | None = None) -> Iterator[EndpointServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            server.seen.append(Seen(self.path, list(self.headers.items()), raw))
            self.close_connection = True
            script = server.script
            told(self, script.pop(0) if script else Refusal(500, b"the script is over"))

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = EndpointServer(http.server_address[1])
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        thread.join()
        http.server_close()
