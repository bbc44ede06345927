"""What the files around the code promise of each other."""

import os
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import editdiff

pytest_plugins = ["pytester"]

ROOT = Path(editdiff.__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERBS = {
    "demo": "editdiff demo",
    "test": "pytest",
    "test-editor": "tests/editor/run.sh",
    "lint": "lint-imports",
    "types": "mypy",
    "release": ".ci/release.py",
}
"""Each verb and what it runs."""


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def normal(requirement: str) -> str:
    """Name of a requirement as an index spells it."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_every_direct_dependency_is_pinned():
    lines = [line for line in text("constraints.txt").split("\n") if line and line[0] != "#"]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!]+", line) for line in lines)
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    # macOS alone takes this one, and then no GPU build of it
    assert {normal(name) for name in wanted} - {normal(line) for line in lines} == {"onnxruntime"}


def test_every_package_has_its_place_in_the_direction_of_imports():
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = [module for layer in layers for module in layer.split(" | ")]
    folders = [path.parent for path in (ROOT / "editdiff").glob("*/__init__.py")]
    files = [path.with_suffix("") for path in (ROOT / "editdiff").glob("[!_]*.py")]
    known = [f"editdiff.{path.name}" for path in (*folders, *files)]
    assert sorted(placed) == sorted([*known, "editdiff.__main__"])


def make(*arguments: str) -> str:
    """Run make as from a shell, also when the tests themselves run under make."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    done = subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_lists_the_verbs():
    assert [line.split()[0] for line in make().rstrip().split("\n")] == ["help", *VERBS]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_sets_itself_up_and_runs_its_tool(verb):
    # nothing is run; --always-make goes through the set-up too, as in a fresh clone
    recipe = make("--dry-run", "--always-make", verb)
    assert 0 < recipe.index("-m venv") < recipe.index("pip install") < recipe.index(VERBS[verb])
    assert ("[dev,train]" in recipe) == (verb != "demo")


def test_ci_runs_the_verbs():
    script = text(".ci/run")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert {"lint", "types", "test", "test-editor"} <= set(script.split())
    assert "bash .ci/run" in text(".github/workflows/ci.yml")


def test_the_changelog_knows_this_version():
    assert f"\n## [{editdiff.__version__}]" in text("CHANGELOG.md")


def test_a_test_of_the_weights_fails_without_them(pytester, monkeypatch):
    monkeypatch.setattr("editdiff.engines.choose.embedded", lambda name: pytester.path / name)
    pytester.makeconftest(text("tests/conftest.py"))
    pytester.makeini("[pytest]\nmarkers = weights\n")
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.weights\n"
        "def test_marked(): pass\n"
        "def test_that_takes_them(nano): pass\n"
        "def test_of_something_else(): pass\n"
    )
    result = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:lsp"
    )
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*the model folder *nano lacks config.json, model.onnx*"])
