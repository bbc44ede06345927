import ast
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.cli import demo
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch, Update
from editdiff.errors import UsageError

SOURCE = '''"""A docstring
of two_long_lines = 1
"""

# commented_out = 1
first_value = 1
second_value = 2
if first_value:
    "another docstring"
    third_value = """a text
of several lines
"""
else:
    fourth_value = [
        "an element",
    ]
fifth_value = 5
'''
CODE = [6, 7, 8, 14, 15, 17]
MODULES = ["textwrap", "shlex", "dataclasses", "json.decoder", "collections"]


class Answering:
    """Repeats the first value, renames the second, breaks the fifth."""

    name = "answering"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        hidden = task.gaps[0].slice(task.text)
        text = hidden.replace("second", "renamed").replace("fifth_value", "((")
        yield Sketch(1, ())
        yield Sketch(2, ())
        yield Draft((text,), score=0.0, nfe=2)


@pytest.fixture
def asked(tmp_path, monkeypatch) -> list[str | None]:
    """Put a small module and an engine that answers in place; gives the models asked for."""
    source = tmp_path / "small.py"
    source.write_text(SOURCE)
    models: list[str | None] = []
    monkeypatch.setattr(demo, "stdlib_source", lambda module: source)
    monkeypatch.setattr(demo, "choose", lambda model, running: models.append(model) or Answering())
    return models


def shown(capsys, **options) -> str:
    assert demo.demo(lines_only=True, **options) == 0
    return capsys.readouterr().out


def test_each_region_is_shown_with_its_command_and_what_came_of_it(asked, capsys, monkeypatch):
    monkeypatch.setattr(demo, "draw", lambda lines, regions, seed: [(6, 6), (7, 8), (17, 17)])
    assert demo.demo(lines_only=True) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        "the model: nano\n"
        "\n"
        "$ editdiff infill small.py --lines 6\n"
        "first_value = 1\n"
        "exact: without seeing it, the model wrote what stands there\n"
        "\n"
        "$ editdiff infill small.py --lines 7-8\n"
        "--- a/small.py\n"
        "+++ b/small.py\n"
        "@@ -4,7 +4,7 @@\n"
        " \n"
        " # commented_out = 1\n"
        " first_value = 1\n"
        "-second_value = 2\n"
        "+renamed_value = 2\n"
        " if first_value:\n"
        '     "another docstring"\n'
        '     third_value = """a text\n'
        "\n"
        "$ editdiff infill small.py --lines 17\n"
        "\n"
        "3 regions: 1 exact · 1 proposed · 1 withheld · "
    )
    # the broken draft was tried in two rounds, the second of which had nothing new
    assert out.endswith(" s, 8 steps in 4 rounds\n")
    assert err.startswith("no edit: the only draft has a new problem in line 17: ")


def test_the_original_is_copied_and_never_written(asked, tmp_path, capsys):
    here = os.getcwd()
    shown(capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["small.py"]
    assert (tmp_path / "small.py").read_text() == SOURCE
    assert os.getcwd() == here


def test_the_seed_draws_the_regions(asked, capsys):
    runs = [commands(shown(capsys, seed=seed)) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_as_many_regions_are_filled_as_were_asked_for(asked, capsys):
    assert [len(commands(shown(capsys, regions=n))) for n in (1, 2, 3)] == [1, 2, 3]


def test_the_model_is_chosen_by_its_flag_and_stands_in_the_command(asked, capsys):
    shown(capsys)
    out = shown(capsys, regions=1, model="a folder")
    assert out.startswith("the model: a folder\n\n$ ")
    (command,) = commands(out)
    assert asked == [None, "a folder"]
    assert command.endswith(" --model 'a folder'")


def test_what_is_to_run_the_model_stands_in_the_command(asked, capsys):
    (command,) = commands(shown(capsys, regions=1, engine="torch", threads=2))
    assert command.endswith(" --engine torch --threads 2")


SCRIPTED = """
import sys
from pathlib import Path

_, name, path, *rest = sys.argv
Path(SAID).open("a").write(" ".join(sys.argv[1:]) + "\\n")
text = Path(path).read_text()
for wanted, made in ANSWERS:
    text = text.replace(wanted, made)
Path(path).write_text(text)
print("done with", path)
sys.exit(CODE)
"""
ANSWERS = [
    ("    pass", "    counts = Counter(text.lower().split())"),
    ("__init__(self)\n", "__init__(self):\n"),
    ("343", "353"),
]


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """Put another `editdiff` in the place of ours, that replaces texts in files; gives what it was told."""
    said = tmp_path / "said"
    said.touch()

    def install(answers, code: int = 0) -> Path:
        package = tmp_path / "scripted/editdiff"
        package.mkdir(parents=True)
        told = f"SAID, ANSWERS, CODE = {str(said)!r}, {answers!r}, {code}"
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(told + SCRIPTED)
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        return said

    return install


def test_three_more_commands_are_run_as_they_are_shown(asked, scripted, capfd):
    said = scripted(ANSWERS)
    assert demo.demo(regions=1, model="nano", threads=1) == 0
    out = capfd.readouterr().out
    flags = "--model nano --threads 1"
    told = [f"{' '.join(each.command)} {flags}" for each in demo.SHOWN]
    assert said.read_text().splitlines() == told
    assert commands(out)[1:] == [f"$ editdiff {command}" for command in told]
    for each in demo.SHOWN:
        assert f"{each.title}\n$ editdiff " in out
        assert f"done with {each.name}" in out
    assert out.endswith("\n3 of 3 other commands did what was wanted\n")
    assert "not what was wanted" not in out


@pytest.mark.parametrize("missing", range(3))
def test_a_command_that_did_something_else_is_not_counted(missing, asked, scripted, capfd):
    scripted([answer for number, answer in enumerate(ANSWERS) if number != missing])
    assert demo.demo(regions=1) == 0
    out = capfd.readouterr().out
    assert f"not what was wanted: {demo.SHOWN[missing].want.strip()}\n" in out
    assert out.count("not what was wanted") == 1
    assert out.endswith("\n2 of 3 other commands did what was wanted\n")


def test_what_came_of_a_command_is_read_off_the_file_and_not_off_what_it_says(
    asked, scripted, capfd
):
    scripted([], code=0)
    demo.demo(regions=1)
    assert capfd.readouterr().out.endswith("\n0 of 3 other commands did what was wanted\n")


def test_a_command_that_fails_does_not_end_the_demo(asked, scripted, capfd):
    scripted(ANSWERS[:1], code=2)
    assert demo.demo(regions=1) == 0
    assert capfd.readouterr().out.endswith("\n1 of 3 other commands did what was wanted\n")


def test_what_is_wanted_does_not_stand_there_before():
    assert len(demo.SHOWN) == 3
    for each in demo.SHOWN:
        assert each.want not in each.text
        assert each.name in each.command and "--write" in each.command


def test_nothing_that_lies_in_the_folder_of_the_demo_is_imported(
    asked, scripted, tmp_path, monkeypatch, capfd
):
    """A module of the standard library is copied there, and a user may show any of them."""
    scripted(ANSWERS)
    monkeypatch.chdir(tmp_path)
    Path("pathlib.py").write_text("raise SystemExit('this was run')")
    assert demo.show(demo.SHOWN[0], [])
    assert "this was run" not in capfd.readouterr().err


def test_a_model_folder_is_named_so_that_it_is_found_from_elsewhere(
    asked, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "nano"):
        (tmp_path / name).mkdir()
    (command,) = commands(shown(capsys, regions=1, model="mine"))
    assert command.endswith(f" --model {tmp_path / 'mine'}")
    (command,) = commands(shown(capsys, regions=1, model="nano"))
    assert command.endswith(" --model nano"), "a name that is known comes first"


def test_of_the_lines_alone_nothing_else_is_shown(asked, scripted, capfd):
    said = scripted(ANSWERS)
    demo.demo(regions=1, lines_only=True)
    out = capfd.readouterr().out
    assert said.read_text() == ""
    assert "other commands" not in out and len(commands(out)) == 1


def commands(out: str) -> list[str]:
    return [line for line in out.split("\n") if line.startswith("$ ")]


def test_code_lines_are_neither_blank_nor_comments_nor_docstrings_nor_very_short():
    assert demo.code_lines(SOURCE) == CODE


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_code_lines_are_the_same_with_other_line_endings(newline):
    assert demo.code_lines(SOURCE.replace("\n", newline)) == CODE


@pytest.mark.parametrize("module", MODULES)
def test_no_code_line_of_a_real_module_lies_in_a_docstring(module):
    text = demo.stdlib_source(module).read_text(encoding="utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = demo.code_lines(text)
    assert len(lines) > 50
    assert not docstrings & set(lines)


def test_text_that_is_not_python_is_refused():
    with pytest.raises(UsageError, match="not Python"):
        demo.code_lines("x = (1,\n")


@given(st.sets(st.integers(1, 60), min_size=12), st.integers(1, 4), st.integers())
def test_drawn_regions_are_apart_in_order_and_of_code(lines, regions, seed):
    drawn = demo.draw(sorted(lines), regions, seed)
    assert len(drawn) == regions
    assert all(first in lines and last in lines for first, last in drawn)
    assert all(end < start for (_, end), (start, _) in pairwise(drawn))
    assert sorted(last - first for first, last in drawn)[:-1] == [0] * (regions - 1)


def test_of_several_regions_one_is_a_pair_where_lines_follow_each_other():
    assert sum(last - first for first, last in demo.draw(range(1, 40), 3, 0)) == 1
    assert sum(last - first for first, last in demo.draw(range(1, 40), 1, 0)) == 0
    assert sum(last - first for first, last in demo.draw(range(1, 40, 2), 3, 0)) == 0


def test_too_few_lines_are_refused():
    with pytest.raises(UsageError, match="not enough lines of code for 3 regions"):
        demo.draw([1, 2, 3], 3, 0)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_found_by_name_without_importing_it(module):
    assert demo.stdlib_source(module).stem in (module.split(".")[-1], "__init__")


@pytest.mark.parametrize(
    "module", ["sys", "numpy", "editdiff", "textwrap.py", "", ".", "os./etc/hosts", "../textwrap"]
)
def test_what_is_no_module_of_the_standard_library_is_refused(module):
    with pytest.raises(UsageError, match="standard library"):
        demo.stdlib_source(module)


@pytest.mark.weights
def test_the_demo_runs_on_the_shipped_model(capsys):
    assert main(["demo", "--regions", "1"]) == 0
    out = capsys.readouterr().out
    assert commands(out)[0].startswith("$ editdiff infill textwrap.py --lines ")
    assert "\n1 region: " in out
    assert len(commands(out)) == 4
    assert " of 3 other commands did what was wanted\n" in out
    assert not Path("textwrap.py").exists()
