import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import editdiff

PACKAGE = Path(editdiff.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAY_COMPARE_WITH_THE_MASK = {"tokens/canvas.py", "training/batches/corrupt.py"}


def trip(package: str, *folders: Path) -> list[str]:
    """Import a package in a process of its own; return what that did besides."""
    path = os.pathsep.join(map(str, [*folders, PACKAGE.parent, *sys.path]))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("tripwire.py")), package],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n") if done.stdout else []


def test_importing_any_module_does_nothing_else():
    assert trip("editdiff") == []


WORK = {
    "reads the environment": ("import os; os.environ.get('HOME')", "variable HOME"),
    "asks for a variable": ("import os; os.getenv('HOME')", "variable HOME"),
    "reads a file": ("import os; open(os.devnull).close()", "opened /dev/null"),
    "makes a folder": ("import tempfile; tempfile.mkdtemp()", "mkdtemp"),
    "opens a socket": ("import socket; socket.socket().close()", "socket.__new__"),
    "starts a process": ("import os; os.system('true')", "os.system"),
    "lists a folder": ("import os; os.listdir('.')", "os.listdir"),
    "sets up logging": ("import logging; logging.basicConfig()", "changed logging"),
    "changes the warnings": ("import warnings; warnings.simplefilter('once')", "changed warnings"),
    "takes a signal": (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: None)",
        "changed signals",
    ),
}


@pytest.mark.parametrize("work", WORK)
def test_the_tripwire_notices_a_module_that(work, tmp_path):
    code, told = WORK[work]
    package = tmp_path / "worker"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "module.py").write_text(code)
    assert any(told in line for line in trip("worker", tmp_path))


def test_the_public_names_are_sorted_and_are_what_is_exported():
    assert editdiff.__all__ == sorted(editdiff.__all__)
    assert dir(editdiff) == editdiff.__all__
    assert {*editdiff._HOMES, "__version__"} == set(editdiff.__all__)
    for name, home in editdiff._HOMES.items():
        value = getattr(editdiff, name)
        assert (value.__name__, value.__module__) == (name, f"editdiff.{home}")


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        editdiff.nonsense  # noqa: B018


def test_importing_the_package_imports_nothing_else_of_it():
    program = "import sys, editdiff; print(*(m for m in sys.modules if m.startswith('editdiff')))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert done.stdout.split() == ["editdiff"]


def mask_comparisons(source: str) -> list[int]:
    """Lines that compare something with the mask's id."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(is_mask_id(operand) for operand in (node.left, *node.comparators))
    ]


def is_mask_id(node: ast.expr) -> bool:
    name = getattr(node, "attr", getattr(node, "id", ""))
    of_special = isinstance(node, ast.Attribute) and "special" in ast.unparse(node.value).lower()
    return name == "mask_id" or (name == "mask" and of_special)


def splitlines_calls(source: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
    ]


def test_what_is_masked_is_never_read_off_the_ids():
    found = {
        str(path.relative_to(PACKAGE).as_posix()): lines
        for path in SOURCES
        if (lines := mask_comparisons(path.read_text(encoding="utf-8")))
    }
    assert set(found) <= MAY_COMPARE_WITH_THE_MASK, found


def test_lines_end_as_in_an_editor_never_by_str_splitlines():
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in SOURCES
        if (lines := splitlines_calls(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_searches_find_what_they_look_for():
    assert mask_comparisons("a = ids == special.mask\nb = self.special.mask != x\n") == [1, 2]
    assert mask_comparisons("masked = x_t == mask_id\n") == [1]
    assert mask_comparisons("row.mask == other.mask\nids = special.mask\n") == []
    assert splitlines_calls("x = text.splitlines(keepends=True)\n") == [1]
