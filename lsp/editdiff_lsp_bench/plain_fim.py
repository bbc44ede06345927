"""What a user would take instead: a plain client of a completion server, as a language server for the same editor.

`python -m editdiff_lsp_bench.plain_fim URL` answers `textDocument/inlineCompletion` by one request to a server of
the OpenAI kind (`/v1/completions`), such as llama.cpp's: a window of lines before the cursor and one behind it, in
the form that the model was trained on, greedy, one line. The line of the cursor begins what is to be written, as
llama.vim has it, so that the server reads a key alone; it keeps what it has read, the client keeps nothing, and has
no stop of its own and no confidence. What is no longer wanted is hung up on.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sys
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from editdiff_lsp import convert, messages
from editdiff_lsp.options import GhostText
from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from editdiff.text.lines import LineTable

NAME = "llama.cpp"
BEFORE, BEHIND = 32, 8
"""Lines of the windows: about the 512 tokens that editdiff reads for a keystroke; those behind are read anew
with each new line, so they are few."""
STEP = 8
"""Windows begin and end at multiples of so many lines: a line break does not make all that was read new."""
MOST_TOKENS = 64
"""Of a line, as for editdiff."""
PROMPT = "<|fim_prefix|>{before}<|fim_suffix|>{behind}<|fim_middle|>{line}"
PATIENCE = 60.0
"""Seconds within which a server has to say something."""


class Windows(NamedTuple):
    """What a server is shown of a document."""

    before: str
    """The lines before the cursor's."""
    line: str
    """Its line, up to the cursor."""
    behind: str
    """From the cursor on."""

    @classmethod
    def at(cls, text: str, offset: int) -> Windows:
        """The lines around a cursor at `offset` code points."""
        table = LineTable(text)
        line = table.position(offset).line
        first = max(0, (line - BEFORE) // STEP * STEP)
        last = min(len(table) - 1, (line + BEHIND) // STEP * STEP + STEP - 1)
        start = table.start(line)
        return cls(
            text[table.start(first) : start],
            text[start:offset],
            text[offset : table.full(last).end],
        )

    @property
    def prompt(self) -> str:
        """In the form of the Qwen coders."""
        return PROMPT.format(**self._asdict())

    def fitted(self, written: str) -> str:
        """One line, without what stands behind the cursor already."""
        line = written.partition("\n")[0].rstrip()
        rest = self.behind.partition("\n")[0].rstrip()
        return line.removesuffix(rest).rstrip() if rest else line


class Completion:
    """One request, read as it comes, until a line is written or somebody hangs up."""

    def __init__(self, url: str, prompt: str) -> None:
        self._url = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            self._url.hostname or "", self._url.port, timeout=PATIENCE
        )
        self._prompt = prompt
        self._socket: socket.socket | None = None
        self._wanted = True

    def line(self) -> str:
        """What is written up to the end of the line; nothing when it was hung up on."""
        asked = {
            "prompt": self._prompt,
            "max_tokens": MOST_TOKENS,
            "temperature": 0,
            "stop": ["\n"],
            "stream": True,
        }
        written = ""
        try:
            self._connection.connect()
            self._socket = (
                self._connection.sock
            )  # which it forgets when a server closes after its answer
            if not self._wanted:
                return ""
            headers = {"Content-Type": "application/json"}
            self._connection.request("POST", self._url.path, json.dumps(asked), headers)
            for row in self._connection.getresponse():
                if row.startswith(b"data: {"):
                    told = json.loads(row.removeprefix(b"data: "))
                    written += told["choices"][0]["text"] if told.get("choices") else ""
                if "\n" in written:
                    break
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return ""
        finally:
            self._connection.close()
        return written

    def hang_up(self) -> None:
        """Have the server stop."""
        self._wanted = False
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _Protocol(LanguageServerProtocol):
    """The library's protocol, which reads the plugin's question for a status, too."""

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        return messages.MESSAGES.get(method) or super().get_message_type(method)


def make(url: str, debounce: float) -> LanguageServer:
    """Make the server; `debounce` is in seconds."""
    server = LanguageServer(NAME, "1", protocol_cls=_Protocol, converter_factory=messages.converter)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.protocol.notify(messages.STATUS_CHANGED, status(None))

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        await asyncio.sleep(debounce)
        document = server.workspace.get_text_document(params.text_document.uri)
        text = document.source
        converter = convert.Converter(LineTable(text), "utf-16")
        at = params.position
        windows = Windows.at(text, converter.span(types.Range(at, at)).start)
        asked = Completion(url, windows.prompt)
        try:
            written = await asyncio.to_thread(asked.line)
        except asyncio.CancelledError:
            asked.hang_up()
            raise
        line = windows.fitted(written)
        return types.InlineCompletionList([types.InlineCompletionItem(line)] if line else [])

    @server.feature(messages.STATUS)
    def status(params: Any) -> dict[str, Any]:
        languages = ["python", "javascript", "typescript", "c", "cpp", "shellscript"]
        return {
            "state": "ready",
            "model": NAME,
            "message": "",
            "memory": 0,
            "latency": None,
            "silence": "",
            "encoded": 0,
            "languages": languages,
        }

    return server


if __name__ == "__main__":
    make(sys.argv[1], GhostText().debounce / 1000).start_io()
