"""What the files around the code promise of each other."""

import os
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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
    "bench": "editdiff bench",
    "release": ".ci/release.py",
}
"""Each verb and what it runs."""
WITHOUT_TORCH = {"demo", "bench"}


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
    assert {normal(name) for name in wanted} <= {normal(line) for line in lines}


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_the_two_builds_of_onnxruntime_never_come_together(system):
    # they write the same folder; and pip takes the base's dependencies along with those of every extra
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    found = {
        name: builds(requirements, system)
        for name, requirements in {"": project["dependencies"], **extras}.items()
    }
    gpu = "onnxruntime" if system == "darwin" else "onnxruntime-gpu"
    assert {name: names for name, names in found.items() if names} == {
        "cpu": ["onnxruntime"],
        "gpu": [gpu],
    }
    assert PROJECT["tool"]["uv"]["conflicts"] == [[{"extra": "cpu"}, {"extra": "gpu"}]]


def builds(requirements: list[str], system: str) -> list[str]:
    """Builds of onnxruntime that a system takes."""
    taken = map(Requirement, requirements)
    return [
        one.name
        for one in taken
        if one.name.startswith("onnxruntime")
        and (one.marker is None or one.marker.evaluate({"sys_platform": system}))
    ]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "Makefile"])
def test_whoever_installs_the_source_tree_is_told_which_build(page):
    assert not re.search(r"install (-e )?\.(\s|$)", text(page))
    told = re.findall(r"\.\[([a-z,]+)\]", text(page))
    assert all({"cpu", "gpu"} & set(extras.split(",")) for extras in told)


def test_every_package_has_its_place_in_the_direction_of_imports():
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = [module for layer in layers for module in layer.split(" | ")]
    folders = [path.parent for path in (ROOT / "editdiff").glob("*/__init__.py")]
    files = [path.with_suffix("") for path in (ROOT / "editdiff").glob("[!_]*.py")]
    known = [f"editdiff.{path.name}" for path in (*folders, *files)]
    assert sorted(placed) == sorted([*known, "editdiff.__main__"])


def test_the_tree_of_the_readme_is_the_tree():
    tree = text("README.md").split("\neditdiff/\n")[1].split("\n```")[0]
    told = re.findall(r"^ *([\w-]+)/", tree, re.M)
    packages = [path.parent.name for path in (ROOT / "editdiff").glob("*/__init__.py")]
    assert sorted(told) == sorted([*packages, "lsp", "vscode-extension", "models", "tests"])


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
    assert ("[cpu,dev,train]" in recipe) == (verb not in WITHOUT_TORCH)


def test_the_readme_shows_the_two_commands():
    blocks = re.findall(r"```sh\n(.*?)```", text("README.md"), re.DOTALL)
    shown = [line.split("#")[0].strip() for block in blocks for line in block.split("\n")]
    assert {"make demo", "make test"} <= set(shown)


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
