"""`fix` with a person at the terminal."""

from pathlib import Path

import pytest
from pseudo_terminal import Terminal, begin

from editdiff.cli.common.question import QUESTIONS, Side, Taking

WRONG = "def area(width, height:\n    return width * height\n"
RIGHT = WRONG.replace("height:", "height):", 1)
OURS, THEIRS = "    return sum(values) + 1\n", "    return sum(values)\n"
HEAD, TAIL = "def total(values):\n", "\n\nprint(total([1, 2]))\n"
CONFLICT = (
    f"{HEAD}<<<<<<< HEAD\n{OURS}||||||| base\n    pass\n=======\n{THEIRS}>>>>>>> other\n{TAIL}"
)
PROGRAM = """
from editdiff.cli import fix
from editdiff.cli.app import main
from editdiff.engines.fakes.scripted import ScriptedEngine
fix.choose = lambda *spec: ScriptedEngine([])
sys.exit(main(sys.argv[1:]))
"""


def start(folder: Path, text: str, *flags: str) -> Terminal:
    (folder / "a.py").write_text(text)
    return begin(PROGRAM, ("fix", "a.py", *flags), folder)


@pytest.mark.parametrize(
    ("keys", "code", "after"), [("a\n", 0, RIGHT), ("n\n", 1, WRONG), ("\x03", 130, WRONG)]
)
def test_the_fixes_of_a_file_are_applied_when_the_user_says_so(keys, code, after, tmp_path):
    command = start(tmp_path, WRONG)
    assert "+def area(width, height):" in command.wait_for(QUESTIONS[Taking])
    command.enter(keys)
    assert command.end() == code
    assert (tmp_path / "a.py").read_text() == after


@pytest.mark.parametrize(
    ("keys", "code", "side"),
    [("o\n", 0, OURS), ("t\n", 0, THEIRS), ("b\n", 0, OURS + THEIRS), ("n\n", 1, None)],
)
def test_of_a_merge_in_conflict_stays_what_the_user_says(keys, code, side, tmp_path):
    command = start(tmp_path, CONFLICT)
    assert "a merge in conflict" in command.wait_for(QUESTIONS[Side])
    command.enter(keys)
    assert command.end() == code
    after = CONFLICT if side is None else HEAD + side + TAIL
    assert (tmp_path / "a.py").read_text() == after


BAR = "━".encode().decode("latin-1")
HIDDEN_CURSOR = "\x1b[?25l"
"""With which a bar begins."""


def test_behind_an_answer_nothing_is_drawn_of_the_file_that_was_asked_about(tmp_path):
    (tmp_path / "b.py").write_text(WRONG)
    command = start(tmp_path, WRONG, "b.py")
    assert BAR in command.wait_for(QUESTIONS[Taking])
    command.enter("a\n")
    next_file = command.wait_for(QUESTIONS[Taking])
    assert BAR in next_file and "b.py:1" in next_file
    assert "a.py:1" not in next_file
    before = len(command.drawn)
    command.enter("n\n")
    assert command.end() == 1
    assert command.drawn[before:] == "n\r\n"


def test_before_a_conflict_is_shown_only_the_bar_of_the_checks_is_drawn(tmp_path):
    command = start(tmp_path, CONFLICT)
    assert command.wait_for(QUESTIONS[Side]).count(HIDDEN_CURSOR) == 1
    command.enter("n\n")
    assert command.end() == 1


@pytest.mark.parametrize("flag", ["--write", "--diff", "--report"])
def test_with_a_flag_that_says_what_to_do_a_conflict_is_named_and_nothing_asked(flag, tmp_path):
    command = start(tmp_path, CONFLICT, flag)
    assert command.end() == 1
    assert "a merge in conflict" in command.drawn and "[o/t" not in command.drawn
    assert (tmp_path / "a.py").read_text() == CONFLICT
