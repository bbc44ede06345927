"""What our plugin tells of real runs of pytest."""

import ast
import json
import sys
from pathlib import Path

import pytest
from confined_runs import QUICK, confined
from small_projects import PYTEST, environment, write

from editdiff.trials.running import Outcome
from editdiff.trials.told import IMPORTED, PLUGIN, Asking, Case, Frame, failing

CALC = """\
def area(width, height):
    return inner(width, height)


def inner(width, height):
    if width < 0:
        raise ValueError("negative")
    return width + height


def unused():
    return 1
"""
TESTS = """\
import threading
import unittest

import pytest

from calc import area


def test_passes():
    assert area(2, 2) == 4


def test_fails():
    assert area(3, 4) == 12


def test_raises():
    area(-1, 2)


@pytest.fixture
def broken():
    raise RuntimeError("no such thing")


def test_with_a_broken_fixture(broken):
    pass


@pytest.fixture
def breaks_later():
    yield
    area(-1, 0)


def test_that_cannot_be_taken_down(breaks_later):
    pass


@pytest.mark.skip(reason="not today")
def test_skipped():
    area(-1, 2)


@pytest.mark.xfail(strict=True)
def test_that_fails_as_it_should():
    assert area(3, 4) == 12


@pytest.mark.xfail(strict=True)
def test_that_passes_against_all_odds():
    assert area(2, 2) == 4


@pytest.mark.parametrize("width", [2, 3])
def test_squares(width):
    assert area(width, width) == width * width


def test_what_raises_because_of_another():
    try:
        area(-1, 2)
    except ValueError as error:
        raise KeyError("wrapped") from error


def test_in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(area(2, 2)))
    thread.start()
    thread.join()
    assert found == [4]


class Thing(unittest.TestCase):
    def test_it(self):
        self.assertEqual(area(1, 1), 2)

    def test_other(self):
        self.assertEqual(area(3, 3), 9)
"""
FILE = "tests/test_calc.py"
CONFTEST = "import sys\nsys.path.insert(0, __file__.rpartition('/')[0] + '/src')\n"
PROJECT = {"src/calc.py": CALC, FILE: TESTS, "conftest.py": CONFTEST}
BROKEN = {
    "conftest.py": CONFTEST,
    "src/broken.py": "x = 1\ndef f(:\n    pass\n",
    "src/late.py": "import not_there\n",
    "tests/test_syntax.py": "def test_a():\n    assert (1\n",
    "tests/test_import.py": "import late\n\ndef test_b():\n    pass\n",
    "tests/test_of_broken.py": "\nimport broken\n",
    "tests/test_well.py": "def test_c():\n    pass\n",
}


class Told:
    """A project, and runs of its tests that are told of."""

    def __init__(self, folder: Path, files: dict[str, str], level: str) -> None:
        self.root = write((folder / "project").resolve(), files)
        self.asking = Asking(folder / "told")
        self.confinement = confined(folder / "tree", level)
        (folder / "tree").mkdir()
        self.runs = 0

    def run(
        self, command: str = PYTEST, only=(), lines: bool = False
    ) -> tuple[Outcome, dict[str, Case]]:
        self.runs += 1
        name = f"run{self.runs}"
        known = self.asking.environment(environment(), self.root, name, only, lines)
        outcome = self.confinement.run(self.asking.command(command), self.root, known, QUICK)
        return outcome, {case.id: case for case in self.asking.told(name)}


@pytest.fixture(scope="module")
def project(tmp_path_factory, strictest) -> Told:
    return Told(tmp_path_factory.mktemp("calc"), PROJECT, strictest)


@pytest.fixture(scope="module")
def cases(project) -> dict[str, Case]:
    return project.run()[1]


@pytest.fixture(scope="module")
def traced(project) -> dict[str, Case]:
    return project.run(lines=True)[1]


@pytest.fixture(scope="module")
def uncollected(tmp_path_factory, strictest) -> Told:
    return Told(tmp_path_factory.mktemp("broken"), BROKEN, strictest)


def line(text: str, of: str = TESTS) -> int:
    """Number of the line with a text that stands in one line alone."""
    (found,) = [number for number, each in enumerate(of.split("\n"), 1) if text in each]
    return found


FAILING = [
    "test_fails",
    "test_raises",
    "test_with_a_broken_fixture",
    "test_that_cannot_be_taken_down",
    "test_that_passes_against_all_odds",
    "test_squares[3]",
    "test_what_raises_because_of_another",
    "Thing::test_other",
]
PASSING = ["test_passes", "test_squares[2]", "test_in_a_thread", "Thing::test_it"]


def test_every_test_is_told_as_pytest_names_it_and_as_it_ended(cases):
    assert failing([*cases.values()]) == tuple(f"{FILE}::{name}" for name in FAILING)
    passing = {name for name, case in cases.items() if not case.failed}
    assert passing == {f"{FILE}::{name}" for name in PASSING}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_fails", "AssertionError: assert 7 == 12"),
        ("test_raises", "ValueError: negative"),
        ("test_with_a_broken_fixture", "RuntimeError: no such thing"),
        ("test_that_cannot_be_taken_down", "ValueError: negative"),
        ("test_what_raises_because_of_another", "KeyError: 'wrapped'"),
        ("Thing::test_other", "AssertionError: 6 != 9"),
        ("test_passes", ""),
    ],
)
def test_the_error_is_told_in_its_own_words(name, message, cases):
    assert cases[f"{FILE}::{name}"].message.split("\n")[0] == message


def test_the_calls_stand_from_the_outermost_inwards(cases):
    assert cases[f"{FILE}::test_raises"].frames == (
        Frame(FILE, line("def test_raises") + 1),
        Frame("src/calc.py", 2),
        Frame("src/calc.py", 7),
    )
    assert cases[f"{FILE}::test_with_a_broken_fixture"].frames == (
        Frame(FILE, line("no such thing")),
    )
    assert cases[f"{FILE}::test_passes"].frames == ()


def test_where_an_error_was_raised_because_of_another_the_cause_stands_first(cases):
    frames = cases[f"{FILE}::test_what_raises_because_of_another"].frames
    assert [frame.path for frame in frames] == [FILE, "src/calc.py", "src/calc.py", FILE]
    assert frames[2].line == 7 and frames[3].line == line('raise KeyError("wrapped")')


def test_lines_are_told_of_each_test_when_they_are_asked_for(cases, traced):
    assert all(not case.lines for case in cases.values())
    assert {name: case.failed for name, case in traced.items() if name != IMPORTED} == {
        name: case.failed for name, case in cases.items()
    }
    assert traced[IMPORTED].lines["src/calc.py"] == {1, 5, 11}
    assert traced[f"{FILE}::test_passes"].lines["src/calc.py"] == {2, 6, 8}
    assert traced[f"{FILE}::test_raises"].lines["src/calc.py"] == {2, 6, 7}
    assert line("def test_raises") + 1 in traced[f"{FILE}::test_raises"].lines[FILE]


def test_what_a_thread_runs_belongs_to_its_test(traced):
    assert traced[f"{FILE}::test_in_a_thread"].lines["src/calc.py"] == {2, 6, 8}


def test_only_files_below_the_root_are_told_of(traced):
    told = {path for case in traced.values() for path in case.lines}
    told |= {frame.path for case in traced.values() for frame in case.frames}
    assert told == {FILE, "src/calc.py"}


def test_no_file_is_read_of_which_no_test_is_wanted(project):
    (project.root / "tests" / "test_slow.py").write_text("open('read', 'w').close()\n")
    outcome, told = project.run(only=[f"{FILE}::test_passes"])
    assert outcome.passed
    assert list(told) == [f"{FILE}::test_passes"]
    assert not (project.root / "read").exists()
    (project.root / "tests" / "test_slow.py").unlink()


def test_only_the_tests_that_are_wanted_run(project):
    wanted = [f"{FILE}::test_squares[3]", f"{FILE}::Thing::test_it"]
    outcome, told = project.run(only=wanted)
    assert sorted(told) == sorted(wanted)
    assert "12 deselected" in outcome.output and outcome.code == 1


def test_a_file_that_is_wanted_runs_with_all_its_tests(project, cases):
    _, told = project.run(only=[FILE])
    assert told.keys() == cases.keys()
    outcome, told = project.run(only=["tests/test_other.py"])
    assert told == {} and outcome.code == 5


def test_a_file_that_cannot_be_collected_is_told_as_a_failed_test(uncollected):
    outcome, told = uncollected.run()
    assert outcome.code == 2
    assert failing([*told.values()]) == tuple(
        f"tests/test_{name}.py" for name in ("import", "of_broken", "syntax")
    )
    late = told["tests/test_import.py"]
    assert late.frames == (Frame("tests/test_import.py", 1), Frame("src/late.py", 1))
    assert "No module named 'not_there'" in late.message
    assert told["tests/test_of_broken.py"].frames[-1] == Frame("src/broken.py", 2)
    assert told["tests/test_syntax.py"].frames[-1] == Frame("tests/test_syntax.py", 2)


def test_a_file_that_could_not_be_collected_can_be_asked_for(uncollected):
    name = "tests/test_syntax.py"
    (uncollected.root / name).write_text("def test_a():\n    assert (1)\n")
    _, told = uncollected.run(f"{PYTEST} {name}", only=[name])
    assert [(case.id, case.failed) for case in told.values()] == [(f"{name}::test_a", False)]


@pytest.mark.parametrize(
    "command",
    [
        f"PYTHONPATH=src {PYTEST}",
        f"env PYTHONPATH='src:tests' {PYTEST}",
        f"export PYTHONPATH=src; {PYTEST}",
        f"PYTHONPATH='' {PYTEST}",
        f"MYPYTHONPATH=src {PYTEST}",
    ],
)
def test_a_command_that_names_places_of_modules_gets_the_plugin_as_well(command, project):
    _, told = project.run(f"{command} -k test_passes")
    assert list(told) == [f"{FILE}::test_passes"]


def test_the_place_of_the_plugin_may_have_a_space(tmp_path, strictest):
    folder = tmp_path / "with space"
    folder.mkdir()
    _, told = Told(folder, PROJECT, strictest).run(f"PYTHONPATH=src {PYTEST} -k test_passes")
    assert list(told) == [f"{FILE}::test_passes"]


def test_what_the_user_set_for_pytest_and_its_modules_is_kept(project):
    known = {"PYTHONPATH": "src:lib", "PYTEST_ADDOPTS": "-x --tb=short", "HOME": "/h"}
    found = project.asking.environment(known, project.root, "other")
    place = str(project.asking.folder / "plugin")
    assert found["PYTHONPATH"] == f"{place}:src:lib"
    assert found["PYTEST_ADDOPTS"] == "-x --tb=short -p editdiff_pytest"
    assert found["HOME"] == "/h"


def test_an_isolated_python_says_that_it_finds_no_plugin(project):
    outcome, told = project.run(PYTEST.replace(" -m", " -I -m"))
    assert told == {} and PLUGIN.stem in outcome.output and not outcome.passed


def test_what_was_told_in_part_or_damaged_is_left_out(tmp_path):
    asking = Asking(tmp_path / "told")
    good = {"outcome": "failed", "message": "m", "frames": [["a.py", 3]], "lines": {"a.py": [1, 3]}}
    for number, text in enumerate(
        ('{"t::a": {"outc', "[]", '{"t::b": {}}', json.dumps({"t::c": good}))
    ):
        (asking.folder / f"run1.{number}.json").write_text(text)
    (asking.folder / "run11.0.json").write_text(json.dumps({"t::d": good}))
    assert asking.told("run1") == [
        Case("t::c", True, "m", (Frame("a.py", 3),), {"a.py": frozenset({1, 3})})
    ]
    assert asking.told("run1") == []
    assert [case.id for case in asking.told("run11")] == ["t::d"]


def test_the_plugin_is_python_3_8_and_needs_the_standard_library_alone():
    parsed = ast.parse(PLUGIN.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert imported and {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
