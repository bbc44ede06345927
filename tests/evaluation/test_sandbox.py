import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from editdiff.errors import UsageError
from editdiff.evaluation.core.sandbox import WORKER, Limits, Sandbox

TEST = """
def check(candidate):
    assert candidate(1, 2) == 3
    assert candidate(5, 5) == 10
"""
QUICK = Limits(cpu=1, wall=4.0, memory=1 << 28)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(QUICK) as running:
        yield running


def function(*lines: str) -> str:
    return "def add(a, b):\n" + "".join(f"    {line}\n" for line in lines)


RIGHT = function("return a + b")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_right_program_passes(sandbox):
    verdict = sandbox.run(RIGHT, TEST, "add")
    assert (verdict.passed, verdict.why) == (True, "")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (function("return a - b"), "AssertionError"),
        (function("return c"), "NameError"),
        (function("return a +"), "does not parse"),
        (function("return a + b\0"), "does not parse"),
        ("x = " + "(" * 10_000, "does not parse"),
        (function("return eval('(')"), "SyntaxError"),
        ("x = 1\n", "KeyError"),
        (function("return add(a, b)"), "RecursionError"),
        (RIGHT + "x = '''\n", "does not parse"),  # may not swallow the test
        (function("return input()"), "EOFError"),  # standard input is closed
    ],
)
def test_a_wrong_program_fails_by_the_name_of_its_exception(sandbox, program, why):
    verdict = sandbox.run(program, TEST, "add")
    assert (verdict.passed, verdict.why) == (False, why)


TRICKS = {
    "prints what a runner might say": function("print('passed')", "return 0"),
    "fills standard output": function("print('x' * 10_000_000)", "return 0"),
    "exits": function("raise SystemExit(0)"),
    "exits at once": "import sys\nsys.exit(0)\n",
    "ends its process": function("import os", "os._exit(0)"),
    "crashes": function("import sys", "sys.setrecursionlimit(10**9)", "return add(a, b)"),
    "kills its parent": function("import os", "os.kill(os.getppid(), 9)", "return 0"),
    "kills its group": function("import os", "os.killpg(0, 9)", "return 0"),
    "forks": function("import os", "os.fork()", "return 0"),
    "starts a shell": function("import os", "os.system('true')", "return 0"),
    "starts a process": function("import subprocess", "subprocess.run(['true'])", "return 0"),
    "loops": function("while True: pass"),
    "computes without end in C": function("return 10 ** 10 ** 10"),
    "takes all memory": function("return len(bytearray(10 << 30))"),
    "closes every file": function("import os", "os.closerange(0, 1000)", "return 0"),
    "writes into every file": function(
        "import os", "for fd in range(64):", "    try: os.write(fd, b'passed')",
        "    except OSError: pass", "return 0",
    ),
    "raises what is called like success": "class passed(Exception): pass\n"
    + function("raise passed()"),
    "has an exception without a name": "class M(type):\n    __name__ = property(lambda c: 1 / 0)\n"
    "class E(Exception, metaclass=M): pass\n" + function("raise E()"),
    "patches builtins": "import builtins\nbuiltins.exec = builtins.compile = builtins.dict = print\n"
    + function("return 0"),
    "makes exceptions equal success": "import builtins\nbuiltins.AssertionError = SystemExit\n"
    + function("return 0"),
    "patches os": "import os\nos._exit = os.write = lambda *a: None\n" + function("return 0"),
    "defines its own check": "def check(f): pass\n" + function("return 0"),
    "opens a socket": function("import socket", "socket.socket()", "return 0"),
    "loads a C library": function("import ctypes", "ctypes.CDLL(None)", "return 0"),
    "lifts its limits": function("import resource", "resource.setrlimit(0, (9, 9))", "return 0"),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_a_wrong_program_does_not_pass_when_it(sandbox, trick):
    assert not sandbox.run(TRICKS[trick], TEST, "add").passed
    assert sandbox.run(RIGHT, TEST, "add").passed  # and nothing is left for the next one


@pytest.mark.parametrize(
    "trick", ["kills its parent", "forks", "starts a shell", "starts a process", "opens a socket",
              "loads a C library", "lifts its limits"]
)  # fmt: skip
def test_what_no_exercise_needs_is_refused(sandbox, trick):
    assert sandbox.run(TRICKS[trick], TEST, "add").why == "PermissionError"


@pytest.mark.parametrize(
    ("program", "limits"),
    [
        (function("while True: pass"), Limits(cpu=1, wall=30.0)),
        (function("import time", "time.sleep(60)"), Limits(cpu=30, wall=0.5)),
        (function("import signal", "signal.alarm(0)", "signal.pause()"), Limits(cpu=30, wall=0.5)),
    ],
)
def test_a_program_without_end_is_ended(program, limits):
    started = time.monotonic()
    with Sandbox(limits) as sandbox:
        assert sandbox.run(program, TEST, "add").why == "time limit"
    assert time.monotonic() - started < 15


def test_memory_is_limited():
    program = function("x = bytearray(200 << 20)", "return a + b")
    with Sandbox(Limits(memory=1 << 30)) as large, Sandbox(Limits(memory=1 << 27)) as small:
        assert large.run(program, TEST, "add").passed
        assert small.run(program, TEST, "add").why == "MemoryError"


@pytest.mark.parametrize(
    "deed", ["open(PATH, 'w')", "open(PATH, 'a')", "__import__('os').remove(PATH)",
             "__import__('os').rename(PATH, PATH + '2')", "__import__('os').truncate(PATH, 0)",
             "__import__('pathlib').Path(PATH).write_text('')", "__import__('shutil').move(PATH, '/tmp')"]
)  # fmt: skip
def test_no_file_is_written_moved_or_removed(sandbox, deed, tmp_path):
    path = tmp_path / "precious"
    path.write_text("kept")
    program = f"PATH = {str(path)!r}\n" + function(deed, "return a + b")
    assert sandbox.run(program, TEST, "add").why == "PermissionError"
    assert path.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [path]


def test_modules_of_the_standard_library_can_be_imported(sandbox):
    program = "import colorsys, json, numbers, string\n" + RIGHT
    assert sandbox.run(program, TEST, "add").passed


def test_nothing_is_inherited_and_the_folder_is_empty(sandbox, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    with Sandbox(QUICK) as fresh:
        program = (
            "import os, sys\n"
            "assert not os.listdir('.'), 'folder'\n"
            "assert set(os.environ) <= {'LC_CTYPE'}, 'environment'\n"
            "assert sys.flags.isolated and not any('site-packages' in p for p in sys.path)\n"
        )
        assert fresh.run(program + RIGHT, TEST, "add").why == ""


def test_candidates_share_nothing(sandbox):
    first = "import math\nmath.left = 1\n" + RIGHT
    second = "import math\nassert not hasattr(math, 'left')\n" + RIGHT
    assert sandbox.run(first, TEST, "add").passed
    assert sandbox.run(second, TEST, "add").passed


def test_the_test_keeps_its_own_builtins_while_the_program_patches_them():
    patched = "import builtins\nbuiltins.abs = lambda x: 0\n" + function("return 99")
    test = "def check(candidate):\n    assert abs(candidate(1, 2) - 3) < 1e-6\n"
    with Sandbox(QUICK) as sandbox:
        assert sandbox.run(patched, test, "add").why == "AssertionError"


def test_the_test_may_call_other_functions_of_the_program(sandbox):
    test = "def check(candidate):\n    assert double(candidate(1, 2)) == 6\n"
    assert sandbox.run(RIGHT + "def double(x): return 2 * x\n", test, "add").passed


def test_a_worker_that_ends_is_replaced(sandbox):
    assert sandbox.run(RIGHT, TEST, "add").passed
    sandbox._worker.kill()
    sandbox._worker.wait()
    assert sandbox.run(RIGHT, TEST, "add").why == "stopped its worker"
    assert sandbox.run(RIGHT, TEST, "add").passed


def test_worker_and_folder_are_gone_afterwards():
    with Sandbox(QUICK) as sandbox:
        sandbox.run(RIGHT, TEST, "add")
        worker, folder = sandbox._worker, Path(sandbox._folder.name)
        assert folder.is_dir() and alive(worker.pid)
    assert worker.poll() is not None
    assert not folder.exists()


def test_a_worker_ends_with_the_process_that_started_it():
    command = [sys.executable, "-I", "-S", str(WORKER), "1", "1", str(1 << 28)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=20, env={}, check=False)
    assert done.returncode == 0


def test_hundreds_of_candidates_take_seconds(sandbox):
    started = os.times()
    for i in range(100):
        assert sandbox.run(RIGHT + f"x = {i}\n", TEST, "add").passed
    assert os.times().elapsed - started.elapsed < 10


def test_other_systems_are_told_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with Sandbox() as sandbox, pytest.raises(UsageError, match="cannot be confined on win32"):
        sandbox.run(RIGHT, TEST, "add")
