"""A command knows its own parts and what all of them share, and no other command."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import editdiff.cli
from editdiff.cli.app import COMMANDS

FOLDER = Path(editdiff.cli.__file__).parent
PACKAGE = "editdiff.cli"
OURS = sorted(
    target.removeprefix(f"{PACKAGE}.").partition(":")[0]
    for target, _ in COMMANDS.values()
    if target.startswith(PACKAGE)
)
"""Names of the modules that hold a command."""
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "app"))


def owner(module: str) -> str | None:
    """The command that a module belongs to: `train` of `train` itself and of `train_on`."""
    named = (name for name in OURS if module == name or module.startswith(f"{name}_"))
    return max(named, key=len, default=None)


def imported(source: str) -> Iterator[str]:
    """Names in `editdiff.cli` that a module imports, in functions too, as `common.options`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (n.removeprefix(f"{PACKAGE}.") for n in names if n.startswith(f"{PACKAGE}."))


def test_the_search_sees_every_way_to_import():
    source = """
import editdiff.cli.app
from editdiff.cli import fix
from editdiff.cli.train_on import train_on
from editdiff.text import lines
def f():
    from editdiff.cli.common import live
"""
    assert list(imported(source)) == ["app", "fix", "train_on.train_on", "common.live"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_lives_in_a_module_of_its_name(name):
    module, _, function = COMMANDS[name].target.rpartition(".")[2].partition(":")
    if COMMANDS[name].target.startswith(PACKAGE):
        assert module == function
        assert module == {"eval": "evaluate"}.get(name, name)


@pytest.mark.parametrize("module", MODULES)
def test_beside_the_commands_there_are_only_their_parts(module):
    assert owner(module), f"{module} belongs to no command: what several share stands in common/"


@pytest.mark.parametrize("module", MODULES)
def test_a_command_imports_no_other_command(module):
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    others = [
        name
        for name in imported(source)
        if not name.startswith("common.") and owner(name.partition(".")[0]) != owner(module)
    ]
    assert others == []


@pytest.mark.parametrize("path", sorted((FOLDER / "common").glob("*.py")), ids=lambda p: p.stem)
def test_what_they_share_knows_no_command(path):
    names = list(imported(path.read_text(encoding="utf-8")))
    assert all(name.startswith("common.") for name in names), names
