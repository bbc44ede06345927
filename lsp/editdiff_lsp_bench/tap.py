"""A language server's talk with its client, passed on byte by byte, with a note of what concerns ghost text.

`python -m editdiff_lsp_bench.tap LOG PROGRAM [ARGUMENT ...]` runs a server in its place, and writes a line of JSON
for each change of a document, each request for ghost text, its answer, and its cancelling: when it passed, in
seconds of the system's clock, which the driver of the editor reads as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

# not from lsprotocol, whose import would delay each start
ASKED = "textDocument/inlineCompletion"
CHANGED = "textDocument/didChange"
CANCELLED = "$/cancelRequest"


class Tap:
    """What has been asked for, and the log of it."""

    def __init__(self, log: IO[str]) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._asked: set[Any] = set()

    def of_client(self, message: Mapping[str, Any]) -> None:
        """Note a message of the client."""
        method, params = message.get("method"), message.get("params") or {}
        if method == ASKED:
            self._asked.add(message["id"])
            self._note("asked", id=message["id"], uri=params["textDocument"]["uri"])
        elif method == CHANGED:
            self._note("changed", uri=params["textDocument"]["uri"])
        elif method == CANCELLED:
            self._note("cancelled", id=params.get("id"))

    def of_server(self, message: Mapping[str, Any]) -> None:
        """Note a message of the server."""
        if "method" in message or message.get("id") not in self._asked:
            return
        self._asked.discard(message["id"])
        result = message.get("result") or {}
        items = result.get("items", []) if isinstance(result, dict) else result
        failed = (message.get("error") or {}).get("message")
        text = items[0]["insertText"] if items else ""
        self._note("answered", id=message["id"], text=text, failed=failed)

    def _note(self, what: str, **more: Any) -> None:
        with self._lock:
            self._log.write(json.dumps({"at": time.time(), "what": what, **more}) + "\n")
            self._log.flush()


def messages(source: IO[bytes], target: IO[bytes]) -> Iterator[Any]:
    """Pass all of a stream on, and give each message once it has passed."""
    while True:
        length, head = 0, b""
        while (line := source.readline()) not in (b"\r\n", b"\n", b""):
            head += line
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        if not line:
            return
        body = source.read(length)
        target.write(head + line + body)
        target.flush()
        yield json.loads(body)


def run(log: Path, command: list[str]) -> int:
    """Run a server until it ends; its exit code."""
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
    ):
        assert server.stdin is not None and server.stdout is not None
        tap, into, out = Tap(file), server.stdin, server.stdout

        def ask() -> None:
            try:
                for message in messages(sys.stdin.buffer, into):
                    tap.of_client(message)
                into.close()
            except BrokenPipeError:  # the server has ended: so does the other direction
                pass

        # nobody waits for a client that does not hang up
        threading.Thread(target=ask, daemon=True).start()
        for message in messages(out, sys.stdout.buffer):
            tap.of_server(message)
        return server.wait()


if __name__ == "__main__":
    # at once: a thread waits for input that may never come
    os._exit(run(Path(sys.argv[1]), sys.argv[2:]))
