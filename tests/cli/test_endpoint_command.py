"""`infill` and `rewrite` by an endpoint: settings, what is sent, what is told, exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from endpoint_server import EndpointServer, Refusal, chat, completion, fenced, llama_cpp, serving

from editdiff.cli.app import main

SOURCE = "def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n"
KEY = "sk-very-secret"
REWRITE = ("rewrite", "area.py", "--lines", "2", "--ask", "double it")
INFILL = ("infill", "area.py", "--lines", "2")
DOUBLED = chat(f"Sure!\n{fenced('return 2 * w * h')}\nDone.")


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A small file here, and an endpoint with a key that is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITDIFF_ENDPOINT_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    Path("area.py").write_text(SOURCE)
    with serving() as server:
        monkeypatch.setenv("EDITDIFF_ENDPOINT", server.url)
        yield server


def test_a_region_is_rewritten(server, capsys):
    server.answers(DOUBLED)
    assert main([*REWRITE, "--diff"]) == 0
    out, error = capsys.readouterr()
    assert "-    return w * h\n+    return 2 * w * h\n" in out and not error
    assert Path("area.py").read_text() == SOURCE


def test_from_outside_as_a_user_runs_it(server):
    """Nothing of the suite's own process has a part in it."""
    server.answers(DOUBLED)
    done = subprocess.run(
        [sys.executable, "-m", "editdiff", *REWRITE, "--write", "--diff"],
        capture_output=True, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path("area.py").read_text() == SOURCE.replace("w * h", "2 * w * h")
    assert dict(server.seen[0].headers)["Authorization"] == f"Bearer {KEY}"


def test_gaps_are_filled_one_after_the_other(server, capsys):
    server.answers(completion("def area(a, b):"), completion("    return a * b"))
    assert main([*INFILL, "--lines", "1", "--write"]) == 0
    assert Path("area.py").read_text() == SOURCE.replace("w", "a").replace("h)", "b)").replace(
        "* h", "* b"
    )
    assert "def area(a, b):" in server.seen[1].body["prompt"]


def test_json_says_that_nobody_knows_how_sure_it_is(server, capsys):
    server.answers(DOUBLED)
    assert main([*REWRITE, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "proposal"
    assert (told["confidence"], told["score"], told["nfe"]) == (None, None, 1)
    assert told["model"] == f"openai at {server.host}"


def test_what_is_not_likely_enough_of_a_model_says_nothing_of_an_endpoint(server):
    server.answers(DOUBLED, completion("    return 1"))
    assert main([*REWRITE, "--confidence", "0.9", "--diff"]) == 0
    assert main([*INFILL, "--confidence", "0.9", "--diff"]) == 0


def test_one_draft_is_one_request_unless_more_are_wanted(server):
    server.answers(*[completion("    return 1")] * 4)
    assert main([*INFILL, "--diff"]) == 0
    assert len(server.seen) == 1
    assert main([*INFILL, "--diff", "--drafts", "3"]) == 0
    assert len(server.seen) == 4


def test_the_users_file_names_it(server, monkeypatch, tmp_path):
    monkeypatch.delenv("EDITDIFF_ENDPOINT")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("MY_KEY", "other")
    file = tmp_path / "editdiff" / "config.toml"
    file.parent.mkdir()
    told = {"endpoint": server.url, "endpoint_kind": "llama.cpp", "endpoint_model": "qwen"}
    told |= {"endpoint_key_env": "MY_KEY"}
    lines = [f'{name} = "{value}"\n' for name, value in told.items()]
    file.write_text("".join(lines) + "endpoint_seconds = 20\n")
    server.answers(llama_cpp("    return 1"))
    assert main([*INFILL, "--write"]) == 0
    (seen,) = server.seen
    assert (seen.path, seen.body["model"]) == ("/infill", "qwen")
    assert dict(seen.headers)["Authorization"] == "Bearer other"


@pytest.mark.parametrize(
    "line",
    ['endpoint = "http://evil.example"', 'endpoint_model = "x"', 'endpoint_kind = "openai"',
     'endpoint_key_env = "HOME"', "endpoint_seconds = 3.0", 'endpoint_key = "x"', 'model = "endpoint"'],
)  # fmt: skip
def test_a_repository_sets_nothing_of_it(server, capsys, line):
    Path("pyproject.toml").write_text(f"[tool.editdiff]\n{line}\n")
    assert main([*REWRITE, "--write"]) == 2
    error = capsys.readouterr().err
    assert f"must not set {line.split()[0]}: a repository's own file never" in error
    assert server.seen == [] and Path("area.py").read_text() == SOURCE


def test_a_model_that_is_named_is_the_one_that_is_used(server, capsys):
    assert main(
        [*INFILL, "--model", "nano", "--drafts", "1", "--steps", "4", "--confidence", "0"]
    ) in (0, 1)
    assert server.seen == []


def test_the_endpoint_is_used_where_a_flag_names_it_whatever_the_settings_say(server, monkeypatch):
    monkeypatch.setenv("EDITDIFF_MODEL", "nano")
    server.answers(DOUBLED, DOUBLED)
    assert main([*REWRITE, "--endpoint", server.url, "--diff"]) == 0
    assert main([*REWRITE, "--model", "endpoint", "--diff"]) == 0


@pytest.mark.parametrize("arguments", [INFILL, REWRITE])
def test_show_request_prints_what_would_be_sent_and_sends_nothing(server, capsys, arguments):
    assert main([*arguments, "--show-request", "--write"]) == 0
    shown, note = capsys.readouterr()
    assert server.seen == [] and Path("area.py").read_text() == SOURCE
    assert KEY not in shown + note and "Authorization: Bearer ***\n" in shown
    server.answers(completion("    return 1") if arguments == INFILL else DOUBLED)
    assert main([*arguments, "--diff"]) == 0
    (seen,) = server.seen
    assert shown.startswith(f"POST {server.url}{seen.path}\n")
    assert shown.endswith(f"\n\n{seen.raw.decode()}\n")
    assert ("in words" in note) == (arguments == INFILL)


def test_show_request_of_several_regions_shows_the_first_and_says_so(server, capsys):
    assert main([*REWRITE, "--lines", "1", "--show-request"]) == 0
    out, note = capsys.readouterr()
    assert out.count("POST") == 1 and "hangs on its answer" in note
    assert main([*REWRITE, "--lines", "1", "--show-request", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_show_request_where_nothing_is_asked_says_why(server, capsys):
    assert main(["rewrite", "area.py", "--lines", "3", "--ask", "x", "--show-request"]) == 1
    assert "there is nothing in the region" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [INFILL, REWRITE])
def test_show_request_of_a_model_of_this_machine_says_that_nothing_would_be_sent(
    monkeypatch, tmp_path, capsys, arguments
):
    monkeypatch.chdir(tmp_path)
    Path("area.py").write_text(SOURCE)
    assert main([*arguments, "--show-request", "--model", "nano"]) == 0
    assert capsys.readouterr().out == "nothing would be sent: the model runs on this machine\n"


@pytest.mark.parametrize(
    ("entry", "code", "why"),
    [
        (Refusal(401, b'{"error": {"message": "no sk-very-secret"}}'), 2, "refuses the key"),
        (Refusal(429), 2, "takes no more requests"),
        (Refusal(500, b'{"error": "sk-very-secret"}'), 2, "failed (500): ***"),
        (Refusal(302, b"", (("Location", "http://other.example/"),)), 2, "not followed"),
        (b"<html></html>", 2, "answers with a page"),
        (EndpointServer.stalls, 2, "within 1 seconds"),
        (chat("I will not."), 1, "no edit: "),
        (chat(""), 1, "no edit: the answer cannot be used: it is empty"),
        (chat("```python\nreturn 2", "length"), 1, "no edit: the only draft was unfinished"),
        (chat(f"{fenced('return 1')}{fenced('return 2')}"), 1, "no edit: "),
    ],
)  # fmt: skip
def test_trouble_is_one_sentence_and_a_hint_and_the_file_stays(server, capsys, entry, code, why):
    server.answers(entry.__get__(server) if entry is EndpointServer.stalls else entry)
    assert main([*REWRITE, "--write", "--endpoint-seconds", "1"]) == code
    out, error = capsys.readouterr()
    assert why in error and "hint: " in error and error.count("\n") == 2 and not out
    assert KEY not in error and Path("area.py").read_text() == SOURCE


def test_a_server_that_is_down(server, capsys):
    assert main([*REWRITE, "--endpoint", "http://127.0.0.1:9", "--write"]) == 2
    assert "nothing answers at 127.0.0.1:9" in capsys.readouterr().err
    assert Path("area.py").read_text() == SOURCE


@pytest.mark.parametrize("command", [("fix",), ("review",), ("demo",), ("eval", "lines")])
def test_what_needs_probabilities_says_that_an_endpoint_has_none(server, capsys, command):
    file = [] if command[0] in ("demo", "eval") else ["area.py"]
    assert main([*command, *file, "--model", "endpoint"]) == 2
    error = capsys.readouterr().err
    assert "an endpoint infills and rewrites, and nothing else" in error and error.count("\n") == 2


def test_fix_goes_on_with_its_own_model_where_an_endpoint_is_set(server, capsys):
    assert main(["fix", "area.py"]) == 0
    assert server.seen == []


def test_an_address_is_no_model(server, capsys):
    assert main([*INFILL, "--model", "http://127.0.0.1:8080"]) == 2
    assert "--endpoint" in capsys.readouterr().err


def test_a_trace_is_of_a_model_of_this_machine(server, capsys):
    assert main([*INFILL, "--trace", "t.jsonl"]) == 2
    assert "keeps no record" in capsys.readouterr().err


def test_ctrl_c_leaves_the_server(server):
    server.answers(server.stalls)
    command = [sys.executable, "-m", "editdiff", *REWRITE, "--write"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        while not server.seen:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=20)
    assert (running.returncode, error) == (130, "")
    assert server.gone.wait(5) and Path("area.py").read_text() == SOURCE
