"""Files typed again in a real VS Code, beside editdiff and beside llama.cpp.

`python -m editdiff_lsp_bench.typing_study` takes lines out of files that no corpus of ours holds, and types them
key by key, with brackets that the editor closes; what stands on the screen as ghost text is taken where it is what
would be typed next. The plugin is the same on both sides, and so are keys and pauses: by turns, file by file, its
server is editdiff's, or a plain client of llama.cpp's.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from editdiff.errors import EditdiffError, EngineError, InputError
from editdiff.evaluation.speed.machine import facts
from editdiff_lsp_bench.hidden import FOLDERS, PACKAGES, Hidden, Source, draw, held_out, of_folder
from editdiff_lsp_bench.plain_fim import NAME
from editdiff_lsp_bench.typing_report import Typed, tables

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "tests/editor/study.sh"
OURS = "editdiff"
LANGUAGES = (*PACKAGES, *FOLDERS)
PACE = {"shortest": 80, "longest": 250, "pause": 1200, "pauses": 0.05}
"""Milliseconds between two keys, any time between the first two alike; the typist waits `pause` for a suggestion
after a line break, a jump, and a share `pauses` of the other keys."""
START = 120.0
"""Seconds in which a server has to begin."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, or 2 for wrong usage and for what does not run."""
    options = _parser().parse_args(arguments)
    try:
        _measure(options)
    except EditdiffError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return 2
    return 0


def _measure(options: argparse.Namespace) -> None:
    hidden = draw(_sources(options), options.files, options.seed)
    with tempfile.TemporaryDirectory(prefix="editdiff-study-") as folder, _rival(options) as url:
        sides = _sides(options, url, Path(folder))
        outcomes = _drive(hidden, sides, options.seed, Path(folder))
        talks = {side.name: _read(side.log) for side in sides}
    typed = [Typed.of(each, talks[each["side"]]) for each in outcomes]
    print(*(table.plain() for table in tables(typed, PACE["pause"] / 1000)), *facts(), sep="\n")
    if options.json:
        told = {
            "seed": options.seed,
            "pace": PACE,
            "rival": options.rival,
            "files": [each.to_json() for each in hidden],
            "typed": [asdict(each) for each in typed],
            "machine": facts(),
        }
        options.json.write_text(json.dumps(told, indent=1) + "\n")


def _sources(options: argparse.Namespace) -> Iterator[Source]:
    """Files of the languages that are asked for."""
    languages = options.languages.split(",")
    if unknown := set(languages) - set(LANGUAGES):
        raise InputError(
            f"no files of {', '.join(sorted(unknown))} are known",
            f"choose from {', '.join(LANGUAGES)}",
        )
    if set(languages) & set(PACKAGES):
        found = held_out(options.manifest, options.cache)
        yield from (file for file in found if file.language in languages)
    for language in set(languages) & set(FOLDERS):
        for folder in FOLDERS[language]:
            yield from of_folder(language, folder)


@dataclass(frozen=True)
class Side:
    """A language server, as the plugin is told of it."""

    name: str
    program: Path
    log: Path
    """Of its talk."""
    settings: Mapping[str, Any]


def _sides(options: argparse.Namespace, url: str | None, folder: Path) -> list[Side]:
    """Write a program for each side."""
    ours = (sys.executable, "-I", "-m", "editdiff")
    commands = {OURS: (*ours, "lsp")}
    if url:
        commands[NAME] = (sys.executable, "-I", "-m", "editdiff_lsp_bench.plain_fim", url)
    sides = []
    for name, command in commands.items():
        program, log = folder / name, folder / f"{name}.log"
        tap = (sys.executable, "-I", "-m", "editdiff_lsp_bench.tap", str(log))
        program.write_text(
            f'#!/bin/sh\n[ "$1" = lsp ] || exec {shlex.join(ours)} "$@"\n'
            f"exec {shlex.join((*tap, *command))}\n"
        )
        program.chmod(0o755)
        settings: dict[str, Any] = {"editdiff.server.path": str(program)}
        if name == OURS:
            settings |= {"editdiff.model": options.model}
        settings["editdiff.ghostText.languages"] = options.languages.split(",")
        sides.append(Side(name, program, log, settings))
    return sides


def _drive(
    hidden: Sequence[Hidden], sides: Sequence[Side], seed: int, folder: Path
) -> list[dict[str, Any]]:
    """Have all files typed beside all sides; what the driver tells of each.

    Raises:
        EngineError: when it fails.
    """
    plan, told = folder / "plan.json", folder / "told.jsonl"
    plan.write_text(
        json.dumps(
            {
                "seed": seed,
                "pace": PACE,
                "sides": [{"name": side.name, "settings": side.settings} for side in sides],
                "files": [each.to_json() for each in hidden],
            }
        )
    )
    driver = subprocess.Popen([str(DRIVER), str(plan), str(told)])
    try:
        code = driver.wait()
    finally:
        driver.terminate()  # it ends the editor, too
        driver.wait()
    if code:
        raise EngineError("the files were not typed to the end", "its last lines say why")
    return _read(told)


def _read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def _rival(options: argparse.Namespace) -> Iterator[str | None]:
    """The server that a plain client asks, while the context lasts; gives its address.

    Raises:
        InputError: when it cannot be started.
        EngineError: when it does not answer.
    """
    if not options.rival:
        yield None
        return
    port = _free_port()
    command = shlex.split(options.rival.replace("{port}", str(port)))
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        except OSError as error:
            raise InputError(
                f"{command[0]} cannot be started: {error.strerror}", "name another --rival"
            ) from error
        try:
            _answers(process, port)
            yield f"http://127.0.0.1:{port}/v1/completions"
        finally:
            process.terminate()
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a server names its models."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/v1/models")
            if connection.getresponse().status == http.client.OK:
                return
        connection.close()
        time.sleep(0.2)
    raise EngineError("the rival's server does not answer", "try its command by hand")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "editdiff_lsp_bench.typing_study", description=__doc__.split("\n", 1)[0]
    )
    add = parser.add_argument
    add("--model", default="coder", help="of editdiff (%(default)s)")
    add(
        "--rival",
        metavar="COMMAND",
        help="starts a completion server at {port}, such as `llama-server -m FILE --port {port}`; without it "
        "editdiff is alone",
    )
    add("--files", type=int, default=4, help="of each language (%(default)s)")
    add("--languages", default=",".join(LANGUAGES), help="(%(default)s)")
    add("--seed", type=int, default=0, help="of files, lines and pace (%(default)s)")
    add("--manifest", type=Path, default=ROOT / "models/corpus.toml", help="(%(default)s)")
    add("--cache", type=Path, default=ROOT / ".cache/corpus", help="packages (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write every key and every suggestion")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and ends what it has started
    sys.exit(main())
