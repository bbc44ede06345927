import os
import subprocess
import sys
from pathlib import Path

import pytest

import editdiff
from editdiff.cli.app import COMMANDS, main

SHELLS = ["bash", "zsh", "fish", "powershell", "pwsh"]
PATH = os.pathsep.join([str(Path(editdiff.__file__).parents[1]), *sys.path])


def complete(line: str, monkeypatch, capsys) -> list[str]:
    """What bash is offered for the last word of a command line."""
    words = line.split(" ")
    monkeypatch.setenv("_EDITDIFF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    assert main([]) == 0
    return capsys.readouterr().out.split()


def test_commands_are_completed(monkeypatch, capsys):
    assert complete("editdiff in", monkeypatch, capsys) == ["infill"]
    assert set(complete("editdiff ", monkeypatch, capsys)) == set(COMMANDS)


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("editdiff infill --dr", ["--drafts", "--drafter"]),
        (
            "editdiff infill a.py --s",
            ["--span", "--stdin-filename", "--steps", "--seed", "--show-request"],
        ),
        ("editdiff infill a.py --lines 3 --m", ["--marker", "--model"]),
        ("editdiff eval --lim", ["--limit"]),
    ],
)
def test_the_options_of_the_command_that_is_typed_are_completed(line, options, monkeypatch, capsys):
    assert complete(line, monkeypatch, capsys) == options


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_every_shell(shell, capsys):
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "editdiff" in out
    assert f"_EDITDIFF_COMPLETE{' = ' if shell.startswith('p') else '='}" in out


def test_bash_completes_with_the_script_that_is_printed(tmp_path, capsys):
    main(["completion", "bash"])
    (tmp_path / "script.sh").write_text(capsys.readouterr().out)
    launcher = tmp_path / "editdiff"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m editdiff "$@"\n')
    launcher.chmod(0o755)
    program = (
        "source ./script.sh; COMP_WORDS=(editdiff inf); COMP_CWORD=1;"
        '_editdiff_completion ./editdiff; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": PATH},
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("infill\n", "")


def test_install_writes_the_script_where_bash_reads_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["completion", "bash", "--install"]) == 0
    script = tmp_path / ".bash_completions" / "editdiff.sh"
    assert str(script) in capsys.readouterr().out
    assert "_EDITDIFF_COMPLETE" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()


def test_a_home_that_cannot_be_written_is_one_sentence_and_a_hint(tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    home.write_text("a file\n")
    monkeypatch.setenv("HOME", str(home))
    assert main(["completion", "bash", "--install"]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: cannot install the completion of bash")
    assert hint.startswith("hint: ")


def test_an_unknown_shell_is_refused(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert "tcsh" in capsys.readouterr().err
