"""A command in the confines of every level that can be had here."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confined_runs import confined, eventually, run, running

import editdiff
from editdiff.errors import EngineError, UsageError
from editdiff.trials import running as trials_running
from editdiff.trials.running import Confinement, Limits, Outcome

PYTHON = sys.executable
SOON = 8.0
"""Seconds within which a command has to be ended that is over its limit, on a busy machine."""


@pytest.fixture
def mark() -> str:
    """What no other process has in its command line: a number of seconds, for `sleep`."""
    return f"61.{secrets.randbelow(10**9):09}"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("true", 0),
        ("exit 3", 3),
        ("kill -9 $$", 137),
        ("no-such-command-here", 127),
        ("exit 300", 44),
    ],
)
def test_the_exit_status_is_that_of_a_shell(command, code, tree, level):
    found = run(command, tree, level)
    assert (found.code, found.why, found.passed) == (code, "", code == 0)


def test_the_output_has_both_streams_in_their_order(tree, level):
    assert run("echo out; echo err >&2; echo more", tree, level).output == "out\nerr\nmore\n"


def test_it_runs_in_its_folder_with_its_environment_and_a_place_for_temporary_files(tree, level):
    code = "import os, tempfile; open(os.path.join(tempfile.gettempdir(), 'x'), 'w'); print(os.getcwd())"
    found = run(f'test "$PWD" = "$(pwd)" && {PYTHON} -c "{code}"', tree, level)
    assert (found.code, found.output) == (0, f"{tree.parent / 'copy'}\n")


def test_it_reads_nothing_from_standard_input(tree, level):
    assert run("cat; echo done", tree, level).output == "done\n"


def test_of_long_output_the_beginning_and_the_end_are_kept(tree, level):
    output = run("seq 1 200000", tree, level).output
    assert output.startswith("1\n2\n3\n") and output.endswith("199999\n200000\n")
    assert "\n...\n" in output and "\n100000\n" not in output
    assert len(output) == trials_running.HEAD + len("\n...\n") + trials_running.TAIL


def test_output_that_is_no_text_and_other_line_ends_can_be_read(tree, level):
    assert run(r"printf 'a\r\nb\377c\n'", tree, level).output == "a\nb�c\n"


@pytest.mark.parametrize("ignores", ["", "trap '' TERM INT HUP; "])
def test_what_takes_too_long_is_ended(ignores, tree, level, mark):
    found = run(f"{ignores}sleep {mark}; sleep {mark}", tree, level, Limits(seconds=0.5))
    assert (found.code, found.why, found.passed) == (None, "time", False)
    assert 0.5 <= found.seconds < SOON
    assert running(mark) == []


DAEMON = "import os, sys, time\nif os.fork(): sys.exit()\nos.setsid()\nif os.fork(): sys.exit()\ntime.sleep(60)"


@pytest.mark.parametrize("waits", [True, False])
def test_a_daemon_ends_with_the_command(waits, tree, level, mark):
    script = tree.parent / "daemon.py"
    script.write_text(DAEMON)
    command = f"{PYTHON} -I -S {script} {mark}; setsid sleep {mark} & " + f"sleep {mark}" * waits
    before = time.monotonic()
    found = run(command, tree, level, Limits(seconds=1.0))
    assert found.why == ("time" if waits else "")
    assert running(mark) == []
    assert time.monotonic() - before < SOON


def test_all_that_it_has_started_may_hold_so_much_memory_together(tree, level):
    hold = f"{PYTHON} -I -S -c 'x = bytearray(b\"x\") * 60_000_000; import time; time.sleep(30)'"
    found = run(f"{hold} & {hold} & wait", tree, level, Limits(20.0, memory=100 << 20))
    assert (found.code, found.why) == (None, "memory")
    assert found.seconds < SOON
    assert run(
        f"{PYTHON} -I -S -c 'x = b\"x\" * 60_000_000'", tree, level, Limits(20.0, 100 << 20)
    ).passed


def test_it_may_start_so_many_processes(tree, level, mark):
    command = f"for i in 1 2 3 4 5 6 7 8 9 10; do sleep {mark} & done; "
    found = run(f"{command} wait", tree, level, Limits(5.0, processes=5))
    assert (found.code, found.why) == (None, "processes") and found.seconds < SOON
    assert running(mark) == []
    assert run(f"{command} exit 0", tree, level, Limits(5.0, processes=50)).passed


FIRST = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
FEW = "import os, resource; resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)); os.fork()"


@pytest.fixture(scope="module")
def holdable() -> None:
    """Skips where a user is root to the limit of processes, and not to the scheduler."""

    def works(code: str) -> bool:
        return (
            subprocess.run([PYTHON, "-I", "-S", "-c", code], stderr=subprocess.DEVNULL).returncode
            == 0
        )

    if works(FEW) and not works(FIRST):
        pytest.skip("neither do limits of processes hold here, nor may the watch come before them")


@pytest.mark.parametrize("then", ["", "; sleep 30"])
def test_a_fork_bomb_is_held(then, tree, level, mark, holdable):
    before = time.monotonic()
    run(f": {mark}; f() {{ f | f & }}; f{then}", tree, level, Limits(4.0, processes=64))
    assert time.monotonic() - before < 3 * SOON
    assert running(mark) == []


def test_no_file_of_it_grows_without_end(tree, level):
    found = run("ulimit -f", tree, level)
    assert int(found.output) * 512 <= 1 << 30


CONNECT = (
    "import socket; socket.create_connection(({host!r}, {port}), timeout=5); print('connected')"
)
TALK = """
import socket
here = socket.create_server(("127.0.0.1", 0))
socket.create_connection(here.getsockname(), timeout=5)
print("talked")
"""


def connects(host: str, port: int, tree: Path, level: str, network: bool) -> bool:
    code = CONNECT.format(host=host, port=port)
    return run(f'{PYTHON} -I -S -c "{code}"', tree, level, network=network).output == "connected\n"


def test_nobody_outside_is_reached(tree, separated):
    code = CONNECT.format(host="192.0.2.1", port=80)
    found = run(f'{PYTHON} -I -S -c "{code}"', tree, separated)
    assert "Network is unreachable" in found.output
    assert found.seconds < 5


def test_a_server_of_this_machine_is_reached_only_with_the_network(tree, separated):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not connects("127.0.0.1", port, tree, separated, network=False)
        assert connects("127.0.0.1", port, tree, separated, network=True)


def test_what_it_starts_can_talk_to_each_other(tree, level):
    script = tree.parent / "talk.py"
    script.write_text(TALK)
    assert run(f"{PYTHON} -I -S {script}", tree, level).output == "talked\n"


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize(
    "command",
    ["echo x > {}/kept.txt", "rm {}/kept.txt", "touch {}/new", "mkdir {}/below", "chmod 777 {}"],
)
def test_the_tree_of_the_user_is_read_only(command, network, tree, separated):
    mode = tree.stat().st_mode
    found = run(command.format(tree), tree, separated, network=network)
    assert not found.passed and "Read-only file system" in found.output
    assert (tree / "kept.txt").read_text() == "kept\n"
    assert os.listdir(tree) == ["kept.txt"] and tree.stat().st_mode == mode


def test_beside_the_tree_it_may_write(tree, level):
    assert run(f"cat {tree}/kept.txt > made", tree, level).passed
    assert (tree.parent / "copy/made").read_text() == "kept\n"


def test_it_runs_as_the_user_who_runs_us(tree, level):
    assert run("id -u; id -g", tree, level).output == f"{os.geteuid()}\n{os.getegid()}\n"


def test_other_processes_are_not_seen_from_a_namespace_of_its_own(tree, strictest):
    if strictest != "full":
        pytest.skip("this system lets nobody have a namespace of processes")
    assert run(f"test -e /proc/{os.getpid()}/fd", tree, "full").code == 1
    assert run("echo $$", tree, "full").output == "2\n"


LONG = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from editdiff.trials.running import Confinement, Limits
found = Confinement(Path(sys.argv[2]))
found.__dict__["level"] = sys.argv[3]
command = f"setsid sleep {sys.argv[4]} & trap '' INT TERM; sleep {sys.argv[4]}; sleep {sys.argv[4]}"
found.run(command, Path(sys.argv[2]), dict(os.environ), Limits(50.0))
"""


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_to_us_ends_what_runs(signalled, tree, level, mark):
    home = str(Path(editdiff.__file__).parents[1])
    command = [PYTHON, "-c", LONG, home, str(tree), level, mark]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as ours:
        assert eventually(lambda: len([p for p in running(f"sleep\0{mark}") if p != ours.pid]) == 2)
        ours.send_signal(signalled)
        assert ours.wait(SOON) != 0
    assert eventually(lambda: running(mark) == [])


def test_the_level_is_the_strictest_that_can_be_had_and_what_is_not_is_told(tree):
    found = Confinement(tree)
    assert found.level in trials_running.LEVELS
    assert (found.told == "") == (found.level != "plain")
    told = "this system lets nobody separate a process: {}your files are not write-protected"
    assert confined(tree, "plain").told == told.format("the network is not denied, and ")
    assert confined(tree, "plain", network=True).told == told.format("")


def test_where_nothing_can_be_confined_it_says_so(tree, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="cannot be confined on darwin") as told:
        _ = Confinement(tree).level
    assert "Linux" in told.value.hint


def test_a_python_that_does_not_start_is_told(tree, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tree / "no-python"))
    with pytest.raises(EngineError, match="does not start: No such file") as told:
        run("true", tree, "plain")
    assert "python -m editdiff" in told.value.hint


@pytest.mark.parametrize(
    ("output", "telling"),
    [
        ("expected 3\ngot 4\nmake: *** [Makefile:2: test] Error 1\n", "expected 3"),
        ("E  assert 1 == 2\nFAILED test_a.py::test_a\n1 failed in 0.1s\n", "E  assert 1 == 2"),
        ("Error: not equal\nFAIL\n", "Error: not equal"),
        ("nothing that\nsays so\n\n", "says so"),
        ("", ""),
    ],
)
def test_the_telling_line_says_what_is_wrong_and_not_that_something_is(output, telling):
    assert Outcome(1, output, 0.1).telling == telling
