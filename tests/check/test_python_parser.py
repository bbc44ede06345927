"""The child process that parses Python: its answers, its end, and what happens when it dies or stalls."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from editdiff.check import python_parser
from editdiff.check.python_parser import CrashedError, PythonParser, SyntaxFault

ONE_TEXT = """\
import ast, json, sys, warnings
warnings.simplefilter("ignore")
source = sys.stdin.buffer.read().decode("utf-8")
found, stage = None, "parse"
try:
    compile(source, "document", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    stage = "compile"
    compile(source, "document", "exec", dont_inherit=True)
except SyntaxError as error:
    found = [error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, stage]
except (ValueError, MemoryError, RecursionError, OverflowError) as error:
    found = [f"{type(error).__name__}: {error}", None, None, None, None, "gave up"]
print(json.dumps(found))
"""
"""An interpreter for one text alone: what it says, one that is kept has to say, too."""
LONG = "x = [\n" + "    1,\n" * 400_000 + "]\n# " + "é" * 1_500_000 + "\n"
"""5.8 MB."""
TEXTS = {
    "empty": "",
    "one line": "x = 1",
    "only a form feed": "\x0c",
    "statement of another Python": "print 'x'\n",
    "unclosed": "f(1\n",
    "wrong indentation": "if a:\n    b\n  c\n",
    "tabs and spaces": "class A:\n\tx\n        y\n",
    "no statement": "if x:\npass\n",
    "invalid escapes, which warn": "x = '\\d' '\\.'\nb'\\q'\n",
    "comparison that warns": "x is 'a' is 1\n(1)(2)\n",
    "number that warns": "1or 2\n0x1for x in y\n",
    "coding line": "# -*- coding: latin-1 -*-\nx = 'é'\n",
    "unknown coding line": "# -*- coding: no-such -*-\nx = 1\n",
    "byte order mark": "\ufeffx = 1\n",
    "two byte order marks": "\ufeff\ufeffx = 1\n",
    "line endings": "a = 1\r\nb = 2\rc = (\r\n",
    "line separator": "x = 1\u2028y = 2\n",
    "unclosed string": "x = '''\n\n",
    "characters that are none": "x = \u2013 1\ny = “a”\n",
    "wide": "変数 = '😀'; x = = 1\n",
    "f-string": "f'{a b}' f'{'\n",
    "null byte": "x = '\0'\n",
    "return outside of a function": "return 1\n",
    "nested parentheses": "(" * 150 + ")" * 150,
    "nested too deeply": "(" * 300 + ")" * 300,
    "operators without end": "-" * 100_000 + "1",
    "sums without end": "1" + "+1" * 50_000,
    "attributes without end": "a" + ".b" * 20_000,
    "blocks without end": "".join(" " * i + "if x:\n" for i in range(120)),
    "number too long to be converted": "x = " + "1" * 5000,
    "long": LONG,
}
"""Texts on which interpreters differ, warn or give up."""
NESTED = ["a" + ".b" * n for n in range(2985, 2997)]
"""Around where CPython 3.11 gives up, which the frames above the call decide."""


@pytest.fixture
def parser() -> Iterator[PythonParser]:
    parser = PythonParser()
    yield parser
    parser.close()


def alone(source: bytes) -> SyntaxFault | str | None:
    """Verdict of an interpreter for this text alone."""
    command = [sys.executable, "-I", "-S", "-c", ONE_TEXT]
    done = subprocess.run(command, input=source, capture_output=True, check=False)
    if done.returncode:
        return "crashed"
    return SyntaxFault(*told) if (told := json.loads(done.stdout)) else None


def kept(parser: PythonParser, source: bytes) -> SyntaxFault | str | None:
    try:
        return parser.parse(source, 60.0)
    except CrashedError:
        return "crashed"


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Have a script of ours started for the interpreter."""
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(script))


ANSWERING = """\
while size := sys.stdin.buffer.read(8):
    source = sys.stdin.buffer.read(int.from_bytes(size, "big"))
    if b"crash" in source:
        os.abort()
    if b"stall" in source:
        time.sleep(600)
    if b"half" in source:
        print("nul", end="", flush=True)
        os.abort()
    print("null", flush=True)
"""
scripted = pytest.mark.skipif(os.name == "nt", reason="scripts are no programs on Windows")


@pytest.mark.parametrize("order", [1, -1])
def test_its_verdicts_are_those_of_an_interpreter_for_each_text_alone(parser, order):
    sources = [text.encode() for text in TEXTS.values()][::order]
    sources.insert(len(sources) // 2, b"x = '\xff'\n")  # not UTF-8: never a document's text
    for source in sources:
        assert kept(parser, source) == alone(source), source[:80]


def test_it_gives_up_at_the_same_depth_as_an_interpreter_for_each_text_alone(parser):
    parser.parse(b"x = 1\n", 60.0)
    found = [kept(parser, text.encode()) for text in NESTED]
    assert found == [alone(text.encode()) for text in NESTED]
    if sys.version_info[:2] == (3, 11):
        assert None in found
        assert any(found)


def test_one_child_serves_many_texts(parser):
    assert [parser.parse(text, 60.0) is None for text in [b"x", b"x =", b"x"] * 5] == [
        True, False, True,
    ] * 5  # fmt: skip
    assert parser.started == 1


@pytest.mark.parametrize(
    ("checks", "size", "started"), [(3, 1 << 20, 4), (100, 25, 4), (100, 1, 10)]
)
def test_after_enough_texts_there_is_another_child(parser, monkeypatch, checks, size, started):
    monkeypatch.setattr(python_parser, "MOST_CHECKS", checks)
    monkeypatch.setattr(python_parser, "MOST_BYTES", size)
    for i in range(10):
        assert parser.parse(b"x%d = 1 +\n" % i, 60.0).message == "invalid syntax"
    assert parser.started == started


def test_a_child_that_died_meanwhile_is_no_fault_of_the_next_text(parser):
    parser.parse(b"x", 60.0)
    parser._child.process.kill()
    parser._child.process.wait()
    assert parser.parse(b"x =", 60.0).message == "invalid syntax"
    assert parser.started == 2


@scripted
@pytest.mark.parametrize("text", [b"crash", b"half"])
def test_a_text_that_kills_its_parser_twice_has_crashed_it_and_the_next_has_not(
    parser, tmp_path, monkeypatch, text
):
    fake(tmp_path, monkeypatch, ANSWERING)
    assert parser.parse(b"x", 60.0) is None
    with pytest.raises(CrashedError):
        parser.parse(text, 60.0)
    assert parser.started == 2
    assert parser.parse(b"x", 60.0) is None
    with pytest.raises(CrashedError):
        parser.parse(text * 2, 60.0)


@scripted
def test_an_interpreter_that_ends_at_once_has_crashed(parser, tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "sys.exit(0)")
    with pytest.raises(CrashedError):
        parser.parse(LONG.encode(), 60.0)
    assert parser.started == 1


@scripted
@pytest.mark.parametrize("body", [ANSWERING, "time.sleep(600)"], ids=["no answer", "reads nothing"])
def test_a_parser_that_stalls_is_ended_in_time(parser, tmp_path, monkeypatch, body):
    fake(tmp_path, monkeypatch, body)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        parser.parse(b"stall" + LONG.encode(), 0.5)
    assert time.monotonic() - began < 30
    monkeypatch.undo()
    assert parser.parse(b"x =", 60.0) is not None


def test_a_text_that_takes_too_long_leaves_no_answer_for_the_next(parser):
    for _ in range(3):
        with pytest.raises(TimeoutError):
            parser.parse(LONG.encode(), 0.01)
        assert parser.parse(b"x = = 1\n", 60.0).message == "invalid syntax"


@scripted
def test_ctrl_c_leaves_no_answer_for_the_next_text(parser, tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, ANSWERING)
    main = threading.main_thread().ident
    threading.Timer(0.5, signal.pthread_kill, [main, signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        parser.parse(b"stall", 60.0)
    monkeypatch.undo()
    assert parser.parse(b"x = = 1\n", 60.0).message == "invalid syntax"


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal on Windows")
def test_ctrl_c_does_not_end_the_child(parser):
    parser.parse(b"x", 60.0)
    parser._child.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert parser._child.process.poll() is None


def test_threads_get_the_answers_to_their_own_texts(parser):
    wrong = []

    def ask(name: int) -> None:
        for i in range(30):
            line = (name + i) % 40 + 1
            found = parser.parse(b"\n" * (line - 1) + b"x = = 1\n", 60.0)
            if found is None or found.line != line:
                wrong.append((name, line, found))

    threads = [threading.Thread(target=ask, args=[name]) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert parser.started == 1


def test_closed_it_leaves_nothing_behind_and_starts_again(parser):
    parser.parse(b"x", 60.0)
    process = parser._child.process
    parser.close()
    assert process.returncode is not None
    assert process.stdin.closed
    assert process.stdout.closed
    assert parser.parse(b"x =", 60.0) is not None


def test_a_parser_that_nobody_holds_ends_its_child():
    parser = PythonParser()
    parser.parse(b"x", 60.0)
    process = parser._child.process
    del parser
    assert process.returncode is not None


USE = """\
import os, sys
from editdiff.check.python_parser import PARSER
assert PARSER.parse(b"x", 60.0) is None
print(PARSER._child.process.pid, flush=True)
"""
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are others on Windows")


def lives(pid: int) -> bool:
    """Whether a process is there; one that ended and waits for its parent to ask is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@posix
@pytest.mark.parametrize("end", ["", "sys.exit(3)", "1 / 0", "os._exit(0)", "os.abort()"])
def test_however_our_process_ends_the_child_ends_too(end):
    # -X dev: a process or a file that is left open is told on stderr
    command = [sys.executable, "-X", "dev", "-c", f"{USE}{end}\n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for _ in range(100):
        if not lives(int(done.stdout)):
            break
        time.sleep(0.1)
    assert not lives(int(done.stdout))
    assert "ResourceWarning" not in done.stderr
    assert done.stderr == "" or end in ("1 / 0", "os.abort()")


FORKED = """
first = PARSER._child.process.pid
if (pid := os.fork()) == 0:
    assert PARSER.parse(b"x =", 60.0) is not None
    assert PARSER._child.process.pid != first
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert PARSER.parse(b"x =", 60.0) is not None
assert PARSER._child.process.pid == first
"""


@posix
def test_a_fork_has_a_child_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", USE + FORKED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
