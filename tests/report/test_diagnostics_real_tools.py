"""What the tools of the development environment report, run here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from editdiff.report.diagnostics import Diagnostic, parse, places, read, resolve

AREA = "import os\n\n\ndef area(w: int, h: int) -> int:\n    return w * heigth\n"
PLAIN = {"PYTHONUTF8": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
TEST = "from area import area\n\n\ndef test_the_area():\n    assert area(2, 3) == 6\n"


@pytest.fixture
def project(tmp_path) -> Path:
    folder = tmp_path / "my größe"
    folder.mkdir()
    (folder / "area.py").write_text(AREA)
    (folder / "test_area.py").write_text(TEST)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    return folder


def run(project: Path, *arguments: str) -> str:
    """Output of a module of Python's."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | PLAIN | {"PYTHONPATH": str(project)},
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def lines(found: list[Diagnostic], project: Path) -> list[tuple[str, int]]:
    """Those of the project, by the names of its files."""
    return [(file.name, told.line) for file, told in resolve(found, project)]


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif", "junit", "concise", "full"])
def test_every_format_of_ruff_tells_the_same_places(project, form):
    told = run(project, "ruff", "check", "--isolated", "--no-cache", "--output-format", form, ".")
    found = parse(told, "report")
    assert lines(found, project) == [("area.py", 1), ("area.py", 5)]
    assert [each.rule for each in found] == ["F401", "F821"]
    assert found[1].message == "Undefined name `heigth`"


@pytest.mark.parametrize("form", ["json", "text"])
def test_mypy_tells_the_name_that_nothing_defines(project, form):
    flags = ["--output", "json"] if form == "json" else ["--show-column-numbers"]
    told = run(project, "mypy", "--no-incremental", "--config-file=", *flags, "area.py")
    (found,) = parse(told, "report")
    assert lines([found], project) == [("area.py", 5)]
    assert (found.column, found.rule, found.error) == (16, "name-defined", True)


@pytest.mark.parametrize("style", ["long", "short", "native", "line"])
def test_the_output_of_pytest_leads_from_the_test_to_the_fault(project, style):
    found = places(run(project, "pytest", "-q", f"--tb={style}", "--color=yes"))
    expected = [("area.py", 5)] if style == "line" else [("test_area.py", 5), ("area.py", 5)]
    assert lines(found, project) == expected
    assert all("heigth" in told.message for _, told in resolve(found, project))


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_the_junit_report_of_pytest_leads_from_the_test_to_the_fault(project, family):
    run(project, "pytest", "-q", "-o", f"junit_family={family}", "--junitxml=report.xml")
    own = [("test_area.py", 4)] if family == "xunit1" else []
    found = read(project / "report.xml")
    assert lines(found, project) == [*own, ("test_area.py", 5), ("area.py", 5)]
    assert {told.message for told in found} == {"NameError: name 'heigth' is not defined"}
