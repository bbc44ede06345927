"""The study of typing, as far as it needs no editor: what is drawn, the tap, the plain client, the tables."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from editdiff_lsp_bench.hidden import APART, LINES, REGIONS, Source, draw, of_folder
from editdiff_lsp_bench.plain_fim import BEFORE, STEP, Completion, Windows
from editdiff_lsp_bench.typing_report import JUMP, LINE, TYPED, Typed, tables
from editdiff_lsp_bench.typing_study import main
from lsp_editor import SCRIPTED, Editor
from pygls.exceptions import JsonRpcRequestCancelled

from editdiff.errors import InputError

CODE = "".join(f"total_{n} = total_{n - 1} + step({n})\n" for n in range(60))
TAP = [sys.executable, "-I", "-m", "editdiff_lsp_bench.tap"]
PLAIN = [sys.executable, "-I", "-m", "editdiff_lsp_bench.plain_fim"]


# --- what is typed


def sources(count=4):
    return [Source(f"{n}.py", "python", f"# {n}\n{CODE}") for n in range(count)]


def test_what_is_hidden_makes_the_file_whole_again():
    for file in draw(sources(), 3, 0):
        lines = file.text.split("\n")
        for region in file.regions:
            assert lines[region.line] == ""
            lines[region.line : region.line + 1] = region.lines
        assert "\n".join(lines) == file.finished


def test_regions_are_of_one_size_and_apart():
    (file,) = draw(sources(1), 1, 0)
    first, second = file.regions
    assert [len(region.lines) for region in file.regions] == [LINES] * REGIONS
    assert second.line - first.line >= LINES + APART


def test_a_seed_draws_the_same_files_whatever_their_order():
    assert draw(sources(), 2, 3) == draw(sources()[::-1], 2, 3)
    assert draw(sources(), 2, 3) != draw(sources(), 2, 4)


@pytest.mark.parametrize(
    "line", ["\tx = 1\ty", "x = 1 ", "é = 1", " \tx = 1", "x" * 101, "# a comment", ""]
)
def test_what_is_not_typed_as_it_stands_is_not_hidden(line):
    text = "\n".join([line] * 60)
    with pytest.raises(InputError, match="0 files of python can be typed"):
        draw([Source("a.py", "python", text)], 1, 0)


def test_neither_a_docstring_nor_a_block_comment_begins_what_is_hidden():
    prose = "\n".join(["just some words here"] * 50)
    for language, text in (("python", f'"""\n{prose}\n"""'), ("c", f"/*\n{prose}\n*/")):
        with pytest.raises(InputError):
            draw([Source("a", language, text)], 1, 0)


def test_scripts_are_known_by_their_first_line(tmp_path):
    (tmp_path / "tool").write_text("#!/bin/sh\necho\n")
    (tmp_path / "data").write_text("echo\n")
    (tmp_path / "other").write_text("#!/usr/bin/perl\n")
    assert [file.origin for file in of_folder("shellscript", tmp_path)] == [str(tmp_path / "tool")]


# --- the plain client


def test_windows_begin_and_end_where_lines_do_and_seldom_move():
    text = "".join(f"line {n}\n" for n in range(200))
    starts = set()
    for line in range(100, 100 + STEP):
        offset = text.index(f"line {line}\n") + 3
        windows = Windows.at(text, offset)
        assert text.partition(windows.before)[2].startswith(windows.line + windows.behind)
        assert windows.line == text[offset - 3 : offset]
        assert windows.before.count("\n") >= BEFORE
        starts.add(windows.before.split("\n")[0])
    assert len(starts) == 2


def test_what_stands_behind_the_cursor_already_is_not_written_twice():
    windows = Windows("", "f(", ")\nnext")
    assert windows.fitted("x)\nmore") == "x"
    assert windows.fitted("x, ") == "x,"
    assert Windows("", "f", "\n").fitted("(x)") == "(x)"


class Completions(BaseHTTPRequestHandler):
    """Streams what the class is told to, in the form of OpenAI's servers, and remembers what it was asked."""

    pieces = ()
    asked: ClassVar = []
    go = threading.Event()

    def do_POST(self):
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        for piece in self.pieces:
            if piece is None:
                self.go.wait(10)
                return
            data = json.dumps({"choices": [{"text": piece}]})
            self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *args):
        pass


@pytest.fixture
def completions():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Completions)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Completions.asked.clear()
    Completions.go.clear()
    yield f"http://127.0.0.1:{server.server_port}/v1/completions"
    Completions.go.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_line_is_asked_for_greedily_and_read_as_it_comes(completions):
    Completions.pieces = ("retu", "rn 1", "\nmore", None)
    assert Completion(completions, "the prompt").line() == "return 1\nmore"
    (asked,) = Completions.asked
    assert (asked["prompt"], asked["temperature"], asked["stop"]) == ("the prompt", 0, ["\n"])


def test_what_is_hung_up_on_writes_nothing(completions):
    Completions.pieces = ("retu", None)
    asked = Completion(completions, "")
    threading.Timer(0.1, asked.hang_up).start()
    assert asked.line() in ("", "retu")
    assert not Completions.go.is_set()


def test_a_server_that_is_not_there_writes_nothing():
    assert Completion("http://127.0.0.1:9/v1/completions", "").line() == ""


@pytest.mark.asyncio(loop_scope="session")
async def test_the_client_answers_an_editor_and_hangs_up_on_what_is_cancelled(
    completions, environment, tmp_path
):
    editor = Editor()
    await editor.start([*PLAIN, completions], env=environment, cwd=tmp_path)
    await editor.begin()
    status = await editor.notice("statusChanged")
    assert (status["state"], status["model"]) == ("ready", "llama.cpp")
    assert (await editor.ask("editdiff/status"))["state"] == "ready"
    document = editor.open('a = "😀"; b = (ˇ)\nc = 1\n')
    Completions.pieces = ("1 + 2)",)
    (item,) = (await editor.ghost(document, document.ranges[0].start)).items
    assert item.insert_text == "1 + 2"
    (asked,) = Completions.asked
    prompt = '<|fim_prefix|><|fim_suffix|>)\nc = 1\n<|fim_middle|>a = "😀"; b = ('
    assert asked["prompt"] == prompt

    Completions.pieces = ("1", None)
    waiting = editor.ghost(document, document.ranges[0].start)
    await editor.until(lambda: len(Completions.asked) == 2)
    editor.cancel(waiting)
    with pytest.raises(JsonRpcRequestCancelled):
        await waiting
    await editor.leave()


# --- the tap


@pytest.mark.asyncio(loop_scope="session")
async def test_the_tap_changes_nothing_and_tells_of_each_request(environment, tmp_path):
    log = tmp_path / "log"
    editor = Editor()
    await editor.start([*TAP, str(log), *SCRIPTED], env=environment, cwd=tmp_path)
    await editor.begin({"ghostText": {"languages": ["python"], "debounce": 0}})
    document = editor.open('#: {"drafts": [["sum(x)"]]}\ny = ˇ\n')
    answer = await editor.ghost(document, document.ranges[0].start)
    editor.write(document, "é", document.ranges[0].start)
    await editor.leave()
    asked, answered, changed = map(json.loads, log.read_text().splitlines())
    assert [each["what"] for each in (asked, answered, changed)] == ["asked", "answered", "changed"]
    assert asked["uri"] == changed["uri"] == document.uri
    assert answered["text"] == answer.items[0].insert_text == "sum(x)"
    assert asked["at"] <= answered["at"] <= changed["at"]


def test_the_tap_ends_as_its_server_does(tmp_path):
    command = [*TAP, str(tmp_path / "log"), sys.executable, "-c", "raise SystemExit(3)"]
    done = subprocess.run(command, stdin=subprocess.PIPE, timeout=20, check=False)
    assert done.returncode == 3


# --- the tables


def key(kind, at, waited=True, seen=None):
    return {"kind": kind, "at": at, "waited": waited, "seen": seen, "until": at + 1000}


def told(side="editdiff", **more):
    """A file of ten characters, typed with five keys a second apart."""
    kinds = ("jump", "typed", "line", "typed", "typed")
    keys = [key(kind, 1000 * n, n < 4) for n, kind in enumerate(kinds)]
    return {
        "side": side, "file": "a.py", "language": "python", "whole": True, "characters": 10,
        "accepted": 0, "mended": 0, "suggestions": [], "keys": keys,
    } | more  # fmt: skip


def talk(*answers, uri="file:///w/a.py"):
    """What is asked 0.1 s behind each key, and answered after so many seconds; None cancels it."""
    told = []
    for number, (seconds, text) in enumerate(answers):
        told.append({"at": number + 0.1, "what": "asked", "id": number, "uri": uri})
        if seconds is None:
            told.append({"at": number + 0.2, "what": "cancelled", "id": number})
            seconds = 0.8
        at = number + 0.1 + seconds
        told.append({"at": at, "what": "answered", "id": number, "text": text, "failed": None})
    return sorted(told, key=lambda each: each["at"])


def test_an_answer_belongs_to_the_key_after_which_it_was_asked_for():
    typed = Typed.of(told(), talk((0.2, "x"), (0.3, ""), (1.5, "late"), (None, "hung up on")))
    assert [each.kind for each in typed.keys] == [JUMP, TYPED, LINE, TYPED]
    assert [each.answered for each in typed.keys] == [
        pytest.approx(0.3), pytest.approx(0.4), None, None,
    ]  # fmt: skip
    assert [each.line for each in typed.keys] == [True, False, False, False]


def test_what_is_said_of_another_file_does_not_count():
    typed = Typed.of(told(), talk((0.2, "x"), uri="file:///w/b.py"))
    assert typed.keys[0].answered is None


def test_shares_are_told_by_side_and_language_and_late_answers_are_late():
    suggestions = [
        {"exact": True, "accepted": 4},
        {"exact": False, "accepted": 1},
        {"exact": False, "accepted": 0},
    ]
    ours = Typed.of(told(suggestions=suggestions, accepted=5), talk((0.2, "x"), (0.3, "")))
    theirs = Typed.of(told("llama.cpp"), [])
    counts, times = tables([ours, theirs], 1.2)
    first, language, other, _ = counts.rows
    assert first[0].strip() == "editdiff" and language[0].strip() == "python"
    assert first[1].startswith("50.0 [") and first[1].endswith("of 10")
    assert first[2] == "3" and first[3].startswith("33.3 [") and first[5].startswith("33.3 [")
    assert other[1].startswith("0.0 [") and other[2] == "0"
    assert [row[4] for row in times.rows] == ["400", "> 1200", "300", "> 1200", "> 1200", "> 1200"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--languages", "python,cobol"], "no files of cobol are known"),
        (["--languages", "c", "--files", "100000"], "files of c can be typed"),
        (["--languages", "c", "--files", "1", "--rival", "/missing {port}"], "cannot be started"),
        (["--languages", "c", "--files", "1", "--rival", f"{sys.executable} -c pass"], "does not answer"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_said_in_a_sentence(arguments, reason, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert reason in said and "hint: " in said
