import importlib
import subprocess
from pathlib import Path

import pytest

from editdiff.check import ruff_lint
from editdiff.check.base import Problem
from editdiff.check.registry import guards
from editdiff.check.ruff_lint import RuffChecker
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks, Fewer
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

CHECK = RuffChecker()


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    """Rules of this folder, and none of the folders above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["E7", "F"]\n')


def python(text: str, path: str = "a.py") -> Document:
    return Document(path, text, language="python")


def told(text: str) -> list[tuple[str, str]]:
    """Code of each problem, and the text it points at."""
    return [(p.message.split()[0], p.span.slice(text)) for p in CHECK.check(python(text))]


@pytest.mark.parametrize(
    "text",
    ['x = "😀", name\n', 'x = "é́", name\r\n', "\x0cx = 1\ry = name", "if 1:\n\tx = name\n"],
    ids=["astral", "combining, CRLF", "form feed, CR, no final newline", "tab"],
)
def test_columns_are_code_points_and_lines_end_as_everywhere(text):
    assert told(text) == [("F821", "name")]


def test_a_byte_order_mark_moves_nothing():
    document = Document.from_bytes("\ufeffx = name\n".encode(), "a.py")
    (problem,) = CHECK.check(document)
    assert problem.span.slice(document.text) == "name"


def test_a_safe_fix_within_the_lines_is_a_candidate_for_a_span_that_holds_it():
    text = "import os\nx = 1\nif not x in (1,):\n    pass\n"
    after = []
    for problem in CHECK.check(python(text)):
        (candidate,) = problem.candidates
        after.append(Edits((TextEdit(problem.span, candidate),)).apply(text))
    assert after == [
        "x = 1\nif not x in (1,):\n    pass\n",
        "import os\nx = 1\nif x not in (1,):\n    pass\n",
    ]


def test_an_unsafe_fix_is_no_candidate():
    text = "def f():\n    a = g()\n\n\ndef g(): return 1\n"
    assert [p.candidates for p in CHECK.check(python(text)) if "F841" in p.message] == [()]


def test_a_fix_that_reaches_into_other_lines_is_no_candidate(tmp_path):
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["UP035", "FA102"]\n')
    (tmp_path / "ruff.toml").write_text('target-version = "py38"\n[lint]\nselect = ["FA"]\n')
    text = "x = 1\n\n\ndef f(a: int | None):\n    return a\n"
    problems = CHECK.check(python(text))
    assert problems
    assert all(problem.candidates == () for problem in problems)


@pytest.mark.parametrize("text", ["import os\nf(\n", "import os\n\tx = 1\n", "x = '\n"])
def test_what_does_not_parse_is_left_to_the_syntax_checkers(text):
    assert CHECK.check(python(text)) == []


def test_a_cell_without_its_notebook_is_not_judged():
    assert CHECK.check(python("import os\n", "a.ipynb")) == []


def test_the_rules_are_those_of_the_documents_folder(tmp_path):
    (tmp_path / "quiet").mkdir()
    (tmp_path / "quiet" / "ruff.toml").write_text('[lint]\nselect = ["E7"]\n')
    assert CHECK.check(python("import os\n", "a.py"))
    assert CHECK.check(python("import os\n", "quiet/a.py")) == []


def test_a_configuration_that_mends_or_writes_is_overruled(tmp_path, monkeypatch):
    (tmp_path / "ruff.toml").write_text("fix = true\nfix-only = true\ncache-dir = 'kept'\n")
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(tmp_path / "out"))
    assert CHECK.check(python("import os\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["ruff.toml"]


def test_a_broken_configuration_is_told(tmp_path):
    (tmp_path / "ruff.toml").write_text("select = 3\n")
    with pytest.raises(InputError, match=r"ruff does not check a\.py: .*ruff\.toml") as caught:
        CHECK.check(python("x = 1\n"))
    assert "configuration" in caught.value.hint


def test_a_document_that_takes_too_long_is_not_judged_and_no_problem(monkeypatch):
    def slow(*args, **more):
        raise subprocess.TimeoutExpired("ruff", 1)

    monkeypatch.setattr(subprocess, "run", slow)
    checker = RuffChecker(time_limit=1)
    (problem,) = checker.check(python("x = 1\n"))
    assert problem.doubt == "ruff took longer than 1 s"
    assert Checks(others=(checker,)).problems(python("x = 1\n")) == []


def test_a_draft_of_which_ruff_has_nothing_to_say_in_time_mends_nothing(monkeypatch):
    before, after = python("import os\nimport re\n"), python("import os\n")
    asked = iter(
        ([Problem(Span(0, 1), "a", "ruff")] * 2, [Problem(Span(0, 1), "b", "ruff", doubt="late")])
    )
    monkeypatch.setattr(RuffChecker, "check", lambda self, document: next(asked))
    assert Fewer(before, Span(10, 20), Checks(others=(CHECK,))).check(after)


@pytest.mark.parametrize("error", [ImportError("ruff"), FileNotFoundError("ruff")])
def test_without_ruff_the_error_tells_what_to_install(error, monkeypatch):
    def missing(name):
        raise error

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingDependencyError) as caught:
        CHECK.check(python("x = 1\n"))
    assert caught.value.hint == "pip install 'editdiff[check]'"


def test_the_program_of_the_installed_wheel_is_run():
    assert Path(ruff_lint.find_ruff()).is_absolute()


def test_an_undefined_name_is_one_of_those_in_scope_that_are_spelled_nearly_so_or_left():
    text = "def area(width, height):\n    return width * heigth + offset\n"
    first, second = CHECK.check(python(text))
    assert first.candidates == ("height",) and not first.keep
    assert second.candidates == () and second.keep == ruff_lint.NO_NAME
    assert first.own_only and second.own_only


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("def area(width):\n    return widht\n", "def area(width):\n    return width\n"),
        ("def f(depth):\n    return dpth + offset\n", "def f(depth):\n    return depth + offset\n"),
        ("import os\nprint(offset)\n", "print(offset)\n"),
        ("import logging\n\nloging.info(1)\n", "import logging\n\nlogging.info(1)\n"),
    ],
)
def test_a_finding_is_mended_by_ruffs_own_text_and_the_rest_is_told(text, mended):
    fixed = fix(python(text), ScriptedEngine(["x", "print(1)"] * 20), Checks(guards(), (CHECK,)))
    assert isinstance(fixed.outcome, Proposal) and fixed.outcome.after.text == mended
    assert all(isinstance(repair.outcome, NoEdit) for repair in fixed.left)


@pytest.mark.parametrize(
    ("imported", "used"), [("json", "jsn"), ("logging", "loging"), ("os.path as pth", "phh")]
)
def test_an_import_that_a_misspelt_name_may_mean_is_not_removed(imported, used):
    unused, undefined = CHECK.check(python(f"import {imported}\n\n{used}.f()\n"))
    assert (unused.message[:4], undefined.message[:4]) == ("F401", "F821")
    assert unused.keep == ruff_lint.MISSPELT and not unused.candidates


@pytest.mark.parametrize(
    "text",
    [
        "def load(path):\n    return 1\n\n\ndef load(path):\n    return 2\n",
        "import sys\nfrom typing import (\n    List,  # used in type comments\n    Dict,\n)\n\nprint(sys)\n",
        "def f():\n    a = g()\n\n\ndef g(): return 1\n",
        "class A(Base):\n    pass\n",
    ],
)
def test_no_definition_name_or_base_class_is_lost_or_renamed_for_a_linter(text):
    drafts = ["save", "print", "pass", "g()", "class A:", "int", "str"]
    fixed = fix(python(text), ScriptedEngine(drafts * 20), Checks(guards(), (CHECK,)))
    assert isinstance(fixed.outcome, NoEdit) and fixed.left
