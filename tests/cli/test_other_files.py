"""`infill` and `fix` show a model the files that belong to the edited one, and tell so."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from editdiff.cli import fix, infill
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.families.base import Traits

MAIN = "from room import area\n\nx = area(1, 2)\n"
SHOWN = ["--others", "8"]
ROOM = "def area(width, height):\n    return width * height\n"


class Taking:
    """Has a place for other files, and always the same draft."""

    name = "taking"

    def __init__(self, draft: str = "x = area(3, 4)") -> None:
        self.traits = Traits(100, canvases=(8,), gaps=4, takes_others=True)
        self.tasks: list[FillTask] = []
        self.text = draft

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.tasks.append(task)
        yield Draft((self.text,), 0.0, 1)

    @property
    def others(self) -> list[str]:
        """Paths of what it was shown."""
        return [other.path for task in self.tasks[:1] for other in task.others]


@pytest.fixture
def engine(tmp_path, monkeypatch) -> Taking:
    """The engine of both commands, in a folder with two files."""
    monkeypatch.chdir(tmp_path)
    Path("main.py").write_text(MAIN)
    Path("room.py").write_text(ROOM)
    made = Taking()
    for command in (infill, fix):
        monkeypatch.setattr(command, "choose", lambda *asked: made)
    return made


def test_infill_shows_what_the_file_imports(engine, capsys):
    assert main(["infill", "main.py", "--lines", "3", "--json", *SHOWN]) == 0
    assert engine.others == ["room.py"]
    assert engine.tasks[0].others[0].text == ROOM.rstrip("\n")
    assert json.loads(capsys.readouterr().out)["others"] == ["room.py"]


def test_standard_input_has_the_neighbours_of_the_name_that_it_is_given(engine, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIN.encode())))
    assert main(["infill", "-", "--path", "main.py", "--lines", "3", "--diff", *SHOWN]) == 0
    assert engine.others == ["room.py"]


@pytest.mark.parametrize("flags", [[], ["--others", "0"]])
def test_no_other_file_is_shown_to_a_user_who_wants_none(flags, engine, capsys):
    assert main(["infill", "main.py", "--lines", "3", "--json", *flags]) == 0
    assert engine.others == []
    assert json.loads(capsys.readouterr().out)["others"] == []


def test_the_project_may_say_how_many(engine):
    Path("pyproject.toml").write_text("[tool.editdiff]\nothers = 1\n")
    assert main(["infill", "main.py", "--lines", "3", "--quiet"]) == 0
    assert engine.others == ["room.py"]


@pytest.mark.parametrize(("flags", "shown"), [(SHOWN, ["room.py"]), ([], [])])
def test_fix_shows_them_too(flags, shown, engine, capsys):
    Path("main.py").write_text(MAIN.replace("2)", "2"))
    engine.text = "x = area(1, 2)"
    assert main(["fix", "main.py", "--json", *flags]) in (0, 1)
    assert engine.tasks and engine.others == shown
    assert json.loads(capsys.readouterr().out)["others"] == shown


def test_fix_looks_for_none_where_nothing_is_wrong(engine, monkeypatch):
    monkeypatch.setattr(fix, "on_disk", lambda *asked: pytest.fail("nothing is to be mended"))
    assert main(["fix", "main.py", *SHOWN]) == 0
