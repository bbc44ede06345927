"""Judges that are other programs: shells and node, and whatever goes wrong with them."""

import os
import shutil
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from editdiff.check.judged import considered
from editdiff.check.judges import process
from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.process import GaveUpError, find, run
from editdiff.check.judges.table import entry_of, judge_of
from editdiff.text.document import Document

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts are no programs on Windows")
with_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
with_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
BROKEN_JS, BROKEN_SH = "let a = = 1;\n", "if true; then\n"


def verdict(text: str, name: str) -> Verdict:
    document = Document.from_bytes(text.encode(), name)
    if name.endswith(".zsh"):  # a name that editors alone know
        document = replace(document, language="shellscript")
    entry = entry_of(document.language)
    assert entry is not None
    return considered(document, judge_of(entry))


def program(folder: Path, name: str, body: str) -> Path:
    """A program of ours."""
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """A folder of programs on PATH, outside of the workspace in which we stand."""
    (tmp_path / "workspace").mkdir()
    monkeypatch.chdir(tmp_path / "workspace")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return tmp_path / "programs"


@with_bash
@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/bash\nshopt -s extglob\nrm !(a|b)\n[[ x == +(y) ]]\n",
        "#!/usr/bin/env bash\na=(1 2)\r\nif a; then\r\nb\r\nfi\r\n",
        "#!/bin/sh\na() { [[ -n $1 ]]; }\nb=<(c)\n",
        "cat <<E\nnever closed\n",
        "",
    ],
)
def test_a_script_that_a_shell_reads_is_accepted(text):
    assert verdict(text, "a.sh") == Accepted()


@with_bash
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("echo é\nfi\n", 1),
        ("#!/bin/bash\nif true; then\n  echo 'a\nfi\n", 2),
        ("#!/bin/sh\nfor x in; do\n done fi\n", 2),
    ],
)
def test_a_script_that_no_shell_reads_is_rejected_at_a_line(text, line):
    found = verdict(text, "a.sh")
    assert isinstance(found, Rejected)
    assert text[: found.span.start].count("\n") == line
    assert found.message


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/fish\nif true\nend\n",
        "#!/bin/sh\n'''exec' python \"$0\" \"$@\"\n' '''\nimport sys\nif (a):\n  b()\n",
        "#!/bin/sh\nexit 0\nif (((\n",
    ],
)
def test_what_is_not_for_these_shells_is_not_judged(text):
    assert isinstance(verdict(text, "a.bash"), Unjudged)


@with_node
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.js", "with (a) { b }\n"),
        ("a.js", "#!/usr/bin/env node\nawait import('a');\n"),
        ("a.js", "import a from 'b';\nexport default a;\n"),
        ("a.cjs", "return require('a');\n"),
        ("a.mjs", "export const a = await b;\n"),
        ("a.js", "class A { #x = 1; static { A.y ??= #x in A; } }\n"),
    ],
)
def test_javascript_is_accepted_as_a_script_or_a_module(name, text):
    assert verdict(text, name) == Accepted()


@with_node
def test_javascript_is_rejected_where_it_went_wrong():
    found = verdict("let é = 1;\nlet b = = 2;\n", "a.js")
    assert isinstance(found, Rejected)
    assert found.span.slice("let é = 1;\nlet b = = 2;\n") == "="
    assert isinstance(verdict("export const a = 1;\n", "a.cjs"), Rejected)


@with_node
@pytest.mark.parametrize(
    "text",
    ["const a = <p>b</p>;\n", "// @flow\nfunction f(x: number) {}\n", "<% a %>\nlet b = ;\n"],
)
def test_dialects_of_javascript_are_not_judged(text):
    assert isinstance(verdict(text, "a.js"), Unjudged)


@pytest.mark.parametrize(
    "text",
    [
        "export const a: readonly string[] = [] satisfies string[];\n",
        "enum A { B }\nnamespace C { export const d = <any>e; }\nimport f = require('g');\nexport = f;\n",
        "class A { constructor(private b: number) {} accessor c?: number; @d() e<const T>(): asserts this {} }\n",
        "interface A<in out T> { <U extends T>(x: U): x is U }\ntype B = `a${string}`[number];\n",
        "abstract class A { declare b: string; abstract c(): void; d?(): void }\n",
        "using a = b(), c = await d;\n",
    ],
)
def test_typescript_is_accepted_also_where_node_would_not_run_it(text, newer_node):
    assert verdict(text, "a.ts") == Accepted()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("let é: string;\nlet b: = 2;\n", "="),
        ("enum A { B }\n\tlet c = (1;\n", ";"),
        ("function f() {\n  return return;\n}\n", "return"),
        ("let a = '😀' + ;\n", ";"),
        ("class A {\n", "class A {"),
    ],
)
def test_typescript_is_rejected_where_it_went_wrong(text, place, newer_node):
    found = verdict(text, "a.mts")
    assert isinstance(found, Rejected)
    assert found.span.slice(text) == place
    assert found.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.d.ts", "export const a: number;\nexport default function b(): void;\n"),
        ("a.ts", "class A { override b = 1 }\n"),
        ("a.ts", "return 1;\n"),
        ("a.ts", "with (a) { b }\n"),
    ],
)
def test_what_node_refuses_of_typescript_for_what_it_means_is_not_judged(name, text, newer_node):
    assert isinstance(verdict(text, name), Unjudged)


def test_a_node_that_is_too_old_for_typescript_has_not_judged(elsewhere):
    program(elsewhere, "node", "sys.exit(3)")
    assert verdict("let a: = 1\n", "a.ts") == Unjudged(
        "node is too old to parse TypeScript, which takes 22.13"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "took longer than 1 s"),
        ("os.close(1); os.close(2); time.sleep(60)", "took longer than 1 s"),
        ("os.fork() or time.sleep(60)", "took longer than 1 s"),
        ("print('x' * 10_000_000)", "printed more than"),
        ("os.abort()", "was ended by signal"),
        ("sys.exit(1)", "gave up"),
        ("print('SyntaxError'); sys.exit(3)", "gave up"),
        ("sys.stdout.buffer.write(b'\\xff\\x00'); sys.exit(1)", "gave up"),
    ],
)
@pytest.mark.parametrize(
    ("name", "text", "tool"),
    [("a.js", BROKEN_JS, "node"), ("a.ts", BROKEN_JS, "node"), ("a.zsh", BROKEN_SH, "zsh")],
)
def test_what_hangs_crashes_or_chatters_has_not_judged(
    elsewhere, monkeypatch, name, text, tool, body, reason
):
    monkeypatch.setattr(process.run, "__defaults__", ("", 1.0, process.MEMORY))
    program(elsewhere, tool, body)
    began = time.monotonic()
    found = verdict(text, name)
    assert isinstance(found, Unjudged), found
    assert reason in found.reason
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["a.js", "a.ts", "a.sh", "a.zsh"])
def test_a_judge_that_is_missing_has_not_judged(elsewhere, name):
    found = verdict(BROKEN_SH, name)
    assert isinstance(found, Unjudged)
    assert "is not installed" in found.reason


def test_no_program_of_the_workspace_is_run(tmp_path, monkeypatch):
    work = tmp_path / "work"
    ran = tmp_path / "ran"
    body = f"open({str(ran)!r}, 'w').close()"
    (work / "sub").mkdir(parents=True)
    (work / "package.json").write_text("{}")
    program(work / "bin", "node", body)
    program(work, "node", body)
    link = tmp_path / "links"
    link.mkdir()
    (link / "node").symlink_to(work / "node")
    monkeypatch.setenv(
        "PATH", os.pathsep.join([".", "", "bin", str(work), str(work / "bin"), str(link)])
    )
    for here, started, path in (
        (work, set(), "a.js"),
        (work / "sub", set(), "a.js"),
        (tmp_path / "links", set(), str(work / "sub" / "a.js")),
        (tmp_path / "links", {work}, "a.js"),  # by a client of this process
    ):
        monkeypatch.chdir(here)
        monkeypatch.setattr(process, "STARTED_IN", started)
        for named in (path, Path(path).absolute().as_uri()):
            assert verdict(BROKEN_JS, str(Path(path).absolute())) == Unjudged(
                "node is not installed"
            )
            with pytest.raises(GaveUpError):
                find("node", named)
    assert not ran.exists()


def test_a_judge_gets_nothing_of_our_environment_nor_of_the_workspace(elsewhere, monkeypatch):
    for name in ("NODE_OPTIONS", "BASH_ENV", "ENV", "PYTHONSTARTUP", "NODE_PATH", "HOME"):
        monkeypatch.setenv(name, "/poison")
    body = "print(sorted(os.environ), os.listdir('.'), sys.argv[1:], sys.stdin.read())"
    tool = program(elsewhere, "tool", body)
    done = run([find("tool", "a.js"), "-n"], "text é\n")
    assert done.code == 0
    environment, rest = done.output.split("] ", 1)
    assert set(environment.strip("[").replace("'", "").split(", ")) <= {"LC_ALL", "LC_CTYPE"}
    assert rest.startswith("[] ['-n'] text ")
    assert str(tool.parent) not in rest


@with_bash
@with_node
def test_a_poisoned_environment_changes_no_verdict(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    (tmp_path / "poison.sh").write_text(f"touch {ran}\n")
    (tmp_path / "poison.js").write_text(f"require('fs').writeFileSync({str(ran)!r}, '')\n")
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "poison.sh"))
    monkeypatch.setenv("ENV", str(tmp_path / "poison.sh"))
    monkeypatch.setenv("NODE_OPTIONS", f"--require {tmp_path / 'poison.js'}")
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "poison.sh"))
    assert verdict("let a = 1; // poisoned?\n", "a.js") == Accepted()
    assert verdict("echo poisoned\n", "a.sh") == Accepted()
    assert verdict("x = 'poisoned'\n", "a.py") == Accepted()
    assert not ran.exists()


@with_bash
def test_a_text_is_read_and_not_run(tmp_path):
    ran = tmp_path / "ran"
    assert verdict(f"touch {ran}\na=$(touch {ran})\n", "a.sh") == Accepted()
    assert not ran.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux alone")
def test_a_judge_has_only_so_much_memory(elsewhere):
    program(
        elsewhere,
        "tool",
        "time.sleep(0.5)\ntry:\n    x = bytearray(4 << 30)\nexcept MemoryError:\n    print('refused')",
    )
    assert run([find("tool", "a.js")], "").output == "refused\n"
