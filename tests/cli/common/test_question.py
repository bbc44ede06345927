"""A person at a terminal, played in a pseudo-terminal."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from pseudo_terminal import Terminal, begin

from editdiff.cli.common.output import Output
from editdiff.cli.common.question import QUESTION, QUESTIONS, Answer, Side, Taking, ask

SOURCE = "def area(width, height):\n    return width + height\n"
START = """
import os, sys
from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.fakes.scripted import ScriptedEngine
engine = ScriptedEngine({script!r})
infill.choose = lambda *spec: engine
infill.infill_calibration = lambda named: None
code = main(sys.argv[1:])
print("seeds", [options.seed for options in engine.options])
sys.exit(code)
"""


@pytest.fixture
def area(tmp_path) -> Path:
    path = tmp_path / "area.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def terminal(area):
    """Fill the `+` of the file in a terminal, the engine answering from a script."""

    def start(*script: str, flags: tuple[str, ...] = (), **redirected: int) -> Terminal:
        arguments = ("infill", "area.py", "--span", "2:18-2:19", *flags)
        return begin(START.format(script=script), arguments, area.parent, **redirected)

    return start


def test_a_applies_the_draft_that_is_shown(terminal, area):
    command = terminal("*")
    command.wait_for(QUESTION)
    assert area.read_text() == SOURCE
    command.enter("a\n")
    assert command.end() == 0
    assert "written to area.py" in command.drawn
    assert area.read_text() == SOURCE.replace("+", "*")


@pytest.mark.parametrize(
    ("keys", "code"), [("n\n", 1), ("\x04", 1), ("\x03", 130)], ids=["no", "Ctrl-D", "Ctrl-C"]
)
def test_no_and_the_end_of_input_and_an_interrupt_leave_the_file(keys, code, terminal, area):
    command = terminal("*")
    command.wait_for(QUESTION)
    command.enter(keys)
    assert command.end() == code
    assert "Traceback" not in command.drawn
    assert area.read_text() == SOURCE


def test_o_shows_a_draft_that_was_not_shown_before_and_a_applies_it(terminal, area):
    # the text that stands there and those already shown come again, and are passed over
    command = terminal("*", "*", "-", "+", "*", "-", "//")
    assert "width * height" in command.wait_for(QUESTION)
    command.enter("o\n")
    assert "width - height" in command.wait_for(QUESTION)
    command.enter("o\n")
    command.wait_for(QUESTION)
    command.enter("o\n")
    assert "width // height" in command.wait_for(QUESTION)
    command.enter("a\n")
    assert command.end() == 0
    assert area.read_text() == SOURCE.replace("+", "//")
    assert "seeds [0, 2, 3, 4, 5, 6, 7]" in command.drawn  # each round another


def test_without_another_draft_the_last_one_can_still_be_applied(terminal, area):
    command = terminal("*")
    command.wait_for(QUESTION)
    command.enter("o\n")
    assert "no edit: " in command.wait_for(QUESTION)
    command.enter("a\n")
    assert command.end() == 0
    assert area.read_text() == SOURCE.replace("+", "*")


def test_another_key_asks_again(terminal, area):
    command = terminal("*")
    command.wait_for(QUESTION)
    for keys in ("\n", "x\n", "yes\n"):
        command.enter(keys)
        command.wait_for(QUESTION)
    command.enter(" Apply \n")
    assert command.end() == 0
    assert area.read_text() == SOURCE.replace("+", "*")


def test_a_file_that_changed_while_the_question_stood_is_not_overwritten(terminal, area):
    command = terminal("*")
    command.wait_for(QUESTION)
    area.write_text("changed\n")
    command.enter("a\n")
    assert command.end() == 2
    assert "area.py changed on disk" in command.drawn
    assert area.read_text() == "changed\n"


@pytest.mark.parametrize("flag", ["--write", "--diff", "--json", "--quiet"])
def test_a_flag_that_says_what_to_do_leaves_no_question(flag, terminal):
    command = terminal("*", flags=(flag,))
    assert command.end() == 0
    assert QUESTION not in command.drawn


def test_quiet_draws_the_diff_and_nothing_else(terminal):
    command = terminal("*", flags=("--quiet",))
    assert command.end() == 0
    assert "width * height" in command.drawn
    assert "step" not in command.drawn


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_without_a_terminal_on_both_sides_nothing_is_asked(stream, terminal):
    command = terminal("*", **{stream: subprocess.DEVNULL})
    assert command.end() == 0
    assert QUESTION not in command.drawn
    assert "step" in command.drawn


@pytest.mark.parametrize("answers", [Answer, Taking, Side])
def test_every_answer_has_a_key_and_a_word(answers, monkeypatch, capsys):
    for answer in answers:
        for line in (answer.value, answer.name.lower(), answer.value.upper()):
            monkeypatch.setattr(sys, "stdin", io.StringIO(line))
            assert ask(answers) is answer
    assert capsys.readouterr().out == QUESTIONS[answers] * 3 * len(answers)


@pytest.mark.parametrize("is_stdin", [False, True])
def test_a_closed_standard_input_is_no_terminal(is_stdin, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert not Output().asks(is_stdin)
