"""The server as a process: how it starts, and that it ends, whatever happens to its client."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from lsp_editor import ALONE, PATIENCE, REAL, SCRIPTED, Editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = 'def add(a, b):\n    return «0»\n#: {"drafts": [["a + b"]]}\n'
ENDLESS = 'x = «1»\n#: {"drafts": [["2"]], "steps": 400, "pause": 0.05}\n'
HANDSHAKE = 0.35
"""Processor seconds over those that importing pygls takes here and now: of the one second that an editor
may wait for the handshake, pygls needs 0.65 on a machine that does nothing else."""
HEAVY = (
    "torch",
    "transformers",
    "onnxruntime",
    "onnx",
    "sympy",
    "tree_sitter",
    "tokenizers",
    "numpy",
)
"""What the handshake does not wait for."""


async def launched(environment, folder, command=SCRIPTED):
    editor = Editor()
    await editor.start(command, env=environment, cwd=folder)
    return editor


async def test_it_says_what_it_can(editor):
    assert editor.answer_to_initialize == lsp.InitializeResult(
        lsp.ServerCapabilities(
            position_encoding=lsp.PositionEncodingKind.Utf16,
            text_document_sync=editor.server_capabilities.text_document_sync,
            notebook_document_sync=lsp.NotebookDocumentSyncOptions(
                (lsp.NotebookDocumentFilterWithNotebook("*", (lsp.NotebookCellLanguage("*"),)),)
            ),
            code_action_provider=lsp.CodeActionOptions(
                code_action_kinds=(
                    lsp.CodeActionKind.QuickFix,
                    lsp.CodeActionKind.RefactorRewrite,
                    "source.editdiff.fixChanged",
                ),
                resolve_provider=True,
            ),
            execute_command_provider=lsp.ExecuteCommandOptions(
                tuple(
                    f"editdiff.server.{name}"
                    for name in (
                        *("accept", "fill", "other", "revise", "rewrite", "fix", "fixChanged"),
                    )
                )
            ),
            hover_provider=True,
            inline_completion_provider=lsp.InlineCompletionOptions(),
            workspace=editor.server_capabilities.workspace,
        ),
        lsp.ServerInfo("editdiff", editor.answer_to_initialize.server_info.version),
    )
    sync = editor.server_capabilities.text_document_sync
    assert (sync.open_close, sync.change) == (True, lsp.TextDocumentSyncKind.Incremental)


async def test_the_handshake_is_quick(environment, tmp_path):
    found = [await over_pygls(environment, tmp_path) for _ in range(3)]
    print("over pygls:", *(f"{seconds:.2f} s" for seconds in found))
    assert min(found) < HANDSHAKE  # what a busy machine adds is no fault of the server


async def over_pygls(environment, folder):
    """Processor seconds until the handshake is answered, less those of importing pygls alone."""
    library = "import os, pygls.lsp.server; print(os.times().user + os.times().system)"
    command = [sys.executable, "-I", "-c", library]
    alone = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    editor = await launched(environment, folder, ALONE)
    await editor.ask(lsp.INITIALIZE, lsp.InitializeParams(lsp.ClientCapabilities(), os.getpid()))
    taken = processor_seconds(editor.process.pid)
    await editor.leave()
    return taken - alone


def processor_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_the_server_is_imported_without_heavy_packages():
    script = f"""
        import sys
        import editdiff_lsp.server
        print(*[name for name in {HEAVY!r} if name in sys.modules])
    """
    command = [sys.executable, "-I", "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.weights
async def test_with_the_built_in_model_it_needs_no_torch(start):
    editor = await start(command=ALONE)
    document = editor.open("def add(a, b):\n    return «0»\n")
    answer = await editor.fill(document)
    assert answer["kind"] in ("proposal", "none")
    status = await editor.ask("editdiff/status")
    assert (status["state"], status["message"]) == ("ready", "")
    maps = Path(f"/proc/{editor.process.pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "torch" not in maps


@pytest.mark.parametrize("flags", [["--stdio"], ["--stdio", "--alone"]])
async def test_the_flag_stdio_is_taken(start, flags):
    editor = await start(command=[*REAL, *flags])
    assert (await editor.ask("editdiff/status"))["state"] in ("loading", "ready")


# --- the end


@pytest.mark.parametrize("command", [REAL, ALONE, SCRIPTED], ids=["real", "alone", "scripted"])
async def test_shutdown_and_exit_end_it_with_code_0(environment, tmp_path, command):
    editor = await launched(environment, tmp_path, command)
    await editor.begin()
    assert await editor.end() == 0
    assert editor.stderr == ""


async def test_exit_without_shutdown_ends_it_with_code_1(environment, tmp_path):
    editor = await launched(environment, tmp_path, REAL)
    await editor.begin()
    editor.exit(None)
    assert await editor.gone() == 1
    assert editor.stderr == ""


@pytest.mark.parametrize("command", [REAL, ALONE, SCRIPTED], ids=["real", "alone", "scripted"])
async def test_it_ends_when_its_input_ends(environment, tmp_path, command):
    editor = await launched(environment, tmp_path, command)
    await editor.begin()
    editor.process.stdin.close()
    assert await editor.gone() == 1
    assert editor.stderr == ""


async def test_it_ends_when_its_input_ends_before_the_handshake(environment, tmp_path):
    editor = await launched(environment, tmp_path, REAL)
    editor.process.stdin.close()
    assert await editor.gone() == 1
    assert editor.stderr == ""


@pytest.mark.parametrize("how", ["shutdown", "end of input"])
async def test_it_ends_soon_while_the_model_works(environment, tmp_path, how):
    editor = await launched(environment, tmp_path)
    await editor.begin()
    working = editor.fill(editor.open(ENDLESS), draftToken="e")
    await editor.notice("draft")
    began = time.monotonic()
    if how == "shutdown":
        assert await editor.end() == 0
        assert working.future.done(), "it was answered"
    else:
        editor.process.stdin.close()
        assert await editor.gone() == 1
    assert time.monotonic() - began < 4
    assert working.future.exception() is not None
    assert "Traceback" not in editor.stderr


async def test_it_ends_while_the_model_is_being_loaded(environment, tmp_path):
    editor = await launched(environment, tmp_path)
    await editor.begin({"model": "slow"})
    assert await editor.end() == 0
    assert "Traceback" not in editor.stderr


async def test_it_ends_when_its_client_is_gone_though_its_input_stays_open(environment, tmp_path):
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1)
    editor = await launched(environment, tmp_path)
    await editor.initialize_session(
        lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), process_id=client.pid)
    )
    assert (await editor.ask("editdiff/status"))["message"] == ""
    client.kill()
    await client.wait()
    await editor.gone()


async def test_after_a_kill_another_server_goes_on(start, environment, tmp_path):
    killed = await launched(environment, tmp_path)
    await killed.begin()
    document = killed.open(ADD)
    assert (await killed.fill(document))["kind"] == "proposal"
    killed.process.send_signal(signal.SIGKILL)
    assert await killed.gone() == -signal.SIGKILL
    editor = await start()
    again = editor.open(document.text.replace("0", "«0»", 1))
    assert (await editor.fill(again))["gaps"][0]["text"] == "a + b"


async def test_no_process_is_left_behind(environment, tmp_path):
    editor = await launched(environment, tmp_path, ALONE)
    await editor.begin()
    await editor.fill(editor.open("def add(a, b):\n    return «0»\n"))
    children = descendants(editor.process.pid)
    assert await editor.end() == 0
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, f"still there: {children}"
        await asyncio.sleep(0.05)


def descendants(process):
    """Processes that a process has started, and those that they have started."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


# --- out of order


async def error_of(asked):
    """The error that a request is answered with."""
    with pytest.raises(JsonRpcException) as caught:
        await asked
    return caught.value


async def test_requests_after_shutdown_are_refused(environment, tmp_path):
    editor = await launched(environment, tmp_path)
    await editor.begin()
    await editor.ask(lsp.SHUTDOWN)
    late = editor.ask("editdiff/status")
    assert (await error_of(late)).code == lsp.ErrorCodes.InvalidRequest
    editor.exit(None)
    assert await editor.gone() == 0


async def test_requests_before_the_handshake_are_refused(environment, tmp_path):
    editor = await launched(environment, tmp_path)
    early = await error_of(editor.ask("editdiff/fill", {}))
    assert early.code == lsp.ErrorCodes.ServerNotInitialized
    await editor.begin()
    assert await editor.end() == 0


async def test_an_unknown_request_is_answered_and_an_unknown_notification_is_not(editor):
    error = await error_of(editor.ask("editdiff/nothing", {}))
    assert error.code == lsp.ErrorCodes.MethodNotFound
    editor.protocol.notify("editdiff/nothing", {})
    assert (await editor.ask("editdiff/status"))["state"] == "ready"


async def test_a_request_that_is_no_request_is_answered_as_invalid(editor):
    editor.forgive("Unable to deserialize message")
    error = await error_of(editor.ask_raw(lsp.TEXT_DOCUMENT_CODE_ACTION, {"range": "everything"}))
    assert error.code == lsp.ErrorCodes.InvalidParams
    assert (await editor.ask("editdiff/status"))["state"] == "ready"
