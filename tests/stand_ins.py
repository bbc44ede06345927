"""Stand-ins for what fetches weights: a small file of them, wheels that carry it in parts, a hub that serves it."""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from zipfile import ZIP_DEFLATED, ZipFile

from editdiff.store.source import FORMAT, Hub, Part, Source

CONTENT = random.Random(1).randbytes(3_000_000)
PART = 1_000_000
SOURCE = Source(
    file="toy.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="Apache-2.0",
    parameters=2_000_000,
    memory=1_000_000,
    packed=3_000_000,
    hub=Hub("makers/toy", "main"),
    index=tuple(
        Part(
            f"toy-part{number}",
            "0.1.0",
            f"*/data/part{number:02}.bin",
            PART,
            hashlib.sha256(CONTENT[(number - 1) * PART : number * PART]).hexdigest(),
        )
        for number in (1, 2, 3)
    ),
)


def write_source(folder: Path, source: Source = SOURCE) -> None:
    """Write `source.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.json").write_text(json.dumps({"format": FORMAT, **asdict(source)}))


def pack(file: Path, into: Path, progress) -> None:
    """What a family makes of the file: its bytes backwards, and a file in a folder."""
    (into / "weights.bin").write_bytes(file.read_bytes()[::-1])
    (into / "more").mkdir()
    (into / "more/small.txt").write_text("small")
    progress(1.0)


def silent(stage: str, share: float) -> None:
    """Tell nobody."""


def write_wheel(folder: Path, number: int, content: bytes, member: str = "") -> Path:
    """A wheel with a part; whoever imports it is told off."""
    name, version = f"toy_part{number}", "0.1.0"
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w", ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('this was run')")
        wheel.writestr(member or f"{name}/data/part{number:02}.bin", content)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def write_wheels(folder: Path) -> None:
    """The wheels of all parts."""
    for number in (1, 2, 3):
        write_wheel(folder, number, CONTENT[(number - 1) * PART : number * PART])


class HubServer(ThreadingHTTPServer):
    """A hub with one file. What it does wrong is set from outside."""

    content = CONTENT
    tag = SOURCE.sha256
    status = 200
    error = ""
    """What the hub says beside a status."""
    stops_after: int | None = None
    """Bytes of the next answer after which it hangs up, and answers with 503 from then on."""

    holds_after: int | None = None
    """Bytes of the next answer after which it falls silent, until the client is gone."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.left = Event()
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(first[1]) if first else 0
        self._answer(self.server.content[begin:], begin)

    def _answer(self, body: bytes, begin: int = 0) -> None:
        hub = self.server
        hub.asked.append((self.command, self.path, dict(self.headers)))
        known = self.path == f"/{SOURCE.hub.repo}/resolve/main/{SOURCE.file}"
        status = hub.status if known else 404
        self.send_response(206 if begin and status == 200 else status)
        self.send_header("X-Repo-Commit", "0" * 40)
        if status != 200:
            if hub.error:
                self.send_header("X-Error-Code", hub.error)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_header("ETag", f'"{hub.tag}"')
        self.send_header("X-Linked-Size", str(len(hub.content)))
        self.send_header("X-Linked-ETag", f'"{hub.tag}"')
        self.send_header("Accept-Ranges", "bytes")
        if begin:
            self.send_header(
                "Content-Range", f"bytes {begin}-{len(hub.content) - 1}/{len(hub.content)}"
            )
        self.send_header("Content-Length", str(len(hub.content) - begin))
        self.end_headers()
        if hub.stops_after is not None and body:
            body, hub.stops_after, hub.status = body[: hub.stops_after], None, 503
        if hub.holds_after is not None and body:
            self._hold(body[: hub.holds_after])
        else:
            self.wfile.write(body)

    def _hold(self, body: bytes) -> None:
        self.server.holds_after = None
        self.wfile.write(body)
        self.wfile.flush()
        self.connection.settimeout(60)
        if self.connection.recv(1) == b"":
            self.server.left.set()

    def log_message(self, *_: object) -> None:
        """Be silent."""


@contextmanager
def serving() -> Iterator[HubServer]:
    """A hub that answers until the end of the block."""
    with HubServer() as hub:
        thread = Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def other(**changes) -> Source:
    """The source with other facts."""
    return replace(SOURCE, **changes)
