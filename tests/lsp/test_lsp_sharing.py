"""One process for several windows: what they share, what they do not, and that the end of one is no other's."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio
from editdiff_lsp import sharing
from lsp_editor import ALONE, PATIENCE, REAL, SCRIPTED, Editor
from lsp_interleaving import Interleaving
from lsp_user import OPTIONS
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHARED = [*SCRIPTED, "shared"]
ADD = 'def add(a, b):\n    return «0»\n#: {"drafts": [["a + b"]]}\n'
ENDLESS = 'x = «1»\n#: {"drafts": [["2"]], "steps": 400, "pause": 0.05}\n'


@pytest.fixture
def folder(tmp_path):
    """Where windows of one test find their host."""
    place = tmp_path / "run"
    place.mkdir(mode=0o700)
    return place


@pytest_asyncio.fixture(loop_scope="session")
async def window(environment, folder, tmp_path):
    """Open a window: `await window({"model": "slow"})`."""
    editors = []

    async def window(options=None, command=SHARED, begin=True, variables=(), **kind):
        editor = Editor()
        told = environment | {"XDG_RUNTIME_DIR": str(folder), **dict(variables)}
        await editor.start(command, env=told, cwd=tmp_path)
        editors.append(editor)
        if begin:
            await editor.begin(options, **kind)
        return editor

    yield window
    for editor in editors:
        await editor.leave()


def hosts(folder):
    """Processes that listen in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = path.read_text()
        except OSError:
            continue
        if str(folder / "editdiff") in told:
            found.append(int(path.parent.name))
    return found


async def ended(folder):
    """Wait until no host listens there any more."""
    deadline = time.monotonic() + PATIENCE
    while hosts(folder):
        assert time.monotonic() < deadline, "the host goes on"
        await asyncio.sleep(0.02)
    assert list((folder / "editdiff").glob("*.sock")) == []


async def test_windows_share_a_process_and_no_documents(window, folder):
    one, two = await window(), await window()
    assert len(hosts(folder)) == 1
    first = one.open(ADD)
    second = two.open(ADD.replace("a + b", "b + a"))  # the same name
    answers = await asyncio.gather(one.fill(first), two.fill(second))
    assert [answer["gaps"][0]["text"] for answer in answers] == ["a + b", "b + a"]
    assert (await one.text_of(first), await two.text_of(second)) == (first.text, second.text)
    assert (await one.ask("editdiff/status"))["clients"] == 2
    assert await two.end() == 0
    await alone(one)
    assert (await one.fill(first))["kind"] == "proposal"
    assert await one.end() == 0
    await ended(folder)
    assert (one.stderr, two.stderr) == ("", "")


async def test_options_are_a_windows_own(window):
    one, two = await window(), await window({"ghostText": {"enabled": False}})
    told = [await editor.ask("editdiff/status") for editor in (one, two)]
    assert [status["languages"] for status in told] == [["python"], []]


async def test_many_at_once_start_one_host(window, folder):
    windows = await asyncio.gather(*(window() for _ in range(6)))
    assert len(hosts(folder)) == 1
    assert (await windows[0].ask("editdiff/status"))["clients"] == 6


async def test_servers_are_made_in_several_threads_at_once():
    script = """
        import sys, threading
        sys.setswitchinterval(1e-6)
        from editdiff_lsp import server
        barrier, made = threading.Barrier(4), []
        def make():
            barrier.wait()
            made.append(server.make())
        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(len(made))
    """
    command = [sys.executable, "-I", "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("4\n", "")


async def test_windows_told_otherwise_share_no_process(window, folder):
    await window()
    await window(variables={"EDITDIFF_DRAFTS": "2"}.items())
    await window(variables={"VSCODE_PID": "7"}.items())  # means nothing to a server
    assert len(hosts(folder)) == 2


@pytest.mark.parametrize("how", ["exit", "end of input", "kill"])
async def test_a_window_that_ends_ends_alone(window, folder, how):
    stays, goes = await window(), await window()
    document = stays.open(ADD)
    if how == "exit":
        goes.exit(None)
    elif how == "end of input":
        goes.process.stdin.close()
    else:
        working = goes.fill(goes.open(ENDLESS), draftToken="e")
        await goes.notice("draft")
        goes.process.send_signal(signal.SIGKILL)
        assert not working.future.done()
    assert await goes.gone() == (-signal.SIGKILL if how == "kill" else 1)
    await alone(stays)
    assert (await stays.fill(document))["kind"] == "proposal"


async def alone(editor):
    """Wait until the process serves this client alone."""
    deadline = time.monotonic() + PATIENCE
    while (await editor.ask("editdiff/status"))["clients"] > 1:
        assert time.monotonic() < deadline, "another one is served still"
        await asyncio.sleep(0.02)


async def test_a_window_whose_client_is_gone_ends_alone(window):
    stays, goes = await window(), await window(begin=False)
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1)
    await goes.initialize_session(
        lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), process_id=client.pid)
    )
    client.kill()
    await client.wait()
    assert await goes.gone() == 1  # though its input stays open
    await alone(stays)


async def test_when_the_host_is_killed_its_windows_end_and_say_so(window, folder):
    one, two = await window(), await window()
    (host,) = hosts(folder)
    os.kill(host, signal.SIGKILL)
    assert [await one.gone(), await two.gone()] == [1, 1]
    for editor in (one, two):
        assert editor.stderr == "editdiff: the process that serves all windows has ended.\n"
    again = await window()  # over the socket that was left
    assert (await again.fill(again.open(ADD)))["kind"] == "proposal"


async def test_what_is_logged_of_a_window_is_told_there(window):
    one, two = await window(), await window()
    one.forgive("Unable to deserialize message")
    with pytest.raises(JsonRpcException, match="Invalid Params"):
        await one.ask_raw(lsp.TEXT_DOCUMENT_CODE_ACTION, {"range": "everything"})
    await one.until(lambda: "Unable to deserialize message" in one.stderr)
    assert two.stderr == ""


async def test_a_window_that_does_not_read_holds_nobody_up(window, environment, folder, tmp_path):
    told = environment | {"XDG_RUNTIME_DIR": str(folder)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    asleep = subprocess.Popen(SHARED, env=told, cwd=tmp_path, **pipes)
    awake = await window()
    message = b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}'  # refused each time: an answer
    framed = b"Content-Length: %d\r\n\r\n%s" % (len(message), message)
    writer = asyncio.get_running_loop().run_in_executor(None, flood, asleep.stdin, framed)
    await asyncio.sleep(1.0)
    assert not writer.done(), "it has answered nothing for a while"
    document = awake.open(ADD)
    assert (await awake.fill(document))["kind"] == "proposal"
    asleep.kill()
    await writer
    asleep.wait()
    asleep.stdout.close()
    await alone(awake)


def flood(pipe, framed):
    """Write until nobody reads."""
    try:
        while True:
            pipe.write(framed)
    except BrokenPipeError:
        pipe.close()


@pytest.mark.parametrize("what", ["open to all", "a link", "a file", "too long"])
async def test_without_a_folder_of_its_own_a_window_serves_itself(window, folder, what):
    place, variables = folder / "editdiff", ()
    if what == "open to all":
        place.mkdir()
        place.chmod(0o755)
        said = f"{place} has to be a folder that is yours alone"
    elif what == "a link":
        (folder / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(folder / "elsewhere")
        said = f"{place} has to be a folder that is yours alone"
    elif what == "a file":
        place.write_text("")
        said = f"{place} has to be a folder that is yours alone"
    else:
        deep = folder / ("d" * 100)
        deep.mkdir(mode=0o700)
        variables, said = {"XDG_RUNTIME_DIR": str(deep)}.items(), "AF_UNIX path too long"
    editor = await window(command=REAL, variables=variables)
    assert (await editor.ask("editdiff/status"))["clients"] == 1
    assert editor.stderr == f"editdiff: not shared with other windows: {said}\n"
    assert hosts(folder) == []


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (
            "raise SystemExit('no room')",
            "a process for all does not start. Its last words:\nno room",
        ),
        ("import os, time; os.fork() or time.sleep(3)", "there is no answer."),
    ],
    ids=["does not start", "does not answer"],
)
async def test_a_host_that_cannot_serve_is_given_up_and_told_of(
    environment, folder, tmp_path, host, told
):
    script = (
        "import sys; from editdiff_lsp import sharing\n"
        "sharing.PATIENCE, sharing.TRIES = 0.2, 1\n"
        f"print(sharing.shared([sys.executable, '-c', {host!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script],
        env=environment | {"XDG_RUNTIME_DIR": str(folder)},
        cwd=tmp_path,
        input="",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "None\n"
    assert done.stderr == f"editdiff: not shared with other windows: {told}\n"


async def test_on_request_a_window_is_a_process_apart(window, folder):
    editor = await window(command=ALONE)
    assert (await editor.ask("editdiff/status"))["clients"] == 1
    assert hosts(folder) == []


@pytest.mark.weights
async def test_the_built_in_model_is_in_memory_once(window, folder):
    one = await window(command=REAL)
    await one.notice("statusChanged", lambda params: params["state"] == "ready")
    (host,) = hosts(folder)
    before = private(host)
    others = [await window(command=REAL) for _ in range(3)]
    for editor in others:
        document = editor.open("def add(a, b):\n    return «0»\n")
        assert (await editor.fill(document))["kind"] in ("proposal", "none")
    assert hosts(folder) == [host]
    # a model of its own takes 25 MB, and a process of its own 70
    assert private(host) - before < 3 * 15e6


def private(process):
    """Bytes that a process shares with nobody."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return 1024 * int(line.split()[1])
    raise AssertionError


async def test_in_two_windows_at_once_no_edit_is_misapplied(window, tmp_path):
    async def play(name):
        editor = await window(OPTIONS)
        await editor.notice("statusChanged", lambda params: params["state"] == "ready")
        repository = tmp_path / name
        repository.mkdir()
        tally = Counter()
        for number in range(15):
            await Interleaving(editor, f"{name} {number}", tally, repository).run()
        return tally

    tallies = await asyncio.gather(play("one"), play("two"))
    assert all(tally["applied"] and tally["draft"] for tally in tallies), tallies


async def test_what_matters_tells_windows_apart():
    plain = {"HOME": "/h", "PATH": "/bin"}
    same = sharing.key(plain)
    assert sharing.key(plain | {"TERM": "x", "VSCODE_IPC_HOOK": "y", "PWD": "/z"}) == same
    for name in (
        "PATH",
        "EDITDIFF_MODELS",
        "OPENAI_API_KEY",
        "https_proxy",
        "HTTPS_PROXY",
        "HF_ENDPOINT",
    ):
        assert sharing.key(plain | {name: "other"}) != same
