import os
import subprocess
from pathlib import Path

import pytest

from editdiff.report.diagnostics import Diagnostic, locating, resolve


@pytest.fixture
def root(tmp_path) -> Path:
    """A project beside a file that is not of it."""
    folder = tmp_path / "shop"
    for name in ("src/area.py", "src/util/text.py", "tests/util/text.py", "my dir/größe.py", "top.py",
                 "src/main/java/com/shop/Area.java", "node_modules/x/index.js", "tests/test_area.py"):  # fmt: skip
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")
    (tmp_path / "outside.py").write_text("x = 1\n")
    return folder


def where(root: Path, *names: str) -> list[str | None]:
    """What each name leads to, below the root."""
    told = [Diagnostic(name, i + 1, "bad") for i, name in enumerate(names)]
    got = {each.line: file.relative_to(root).as_posix() for file, each in resolve(told, root)}
    return [got.get(each.line) for each in told]


def test_relative_names_begin_in_the_root_and_absolute_ones_below_it_are_taken(root):
    names = "src/area.py", "./src/area.py", "src/../src/area.py", str(root / "my dir/größe.py")
    assert where(root, *names) == ["src/area.py"] * 3 + ["my dir/größe.py"]
    assert where(root, "src\\area.py", "src//area.py") == ["src/area.py"] * 2


def test_the_report_of_another_machine_is_found_by_the_ends_of_its_names(root):
    names = (
        "/app/src/area.py",
        "C:\\agent\\shop\\src\\area.py",
        "c:/agent/my dir/größe.py",
        "/app/top.py",
        "com/shop/Area.java",
        "Area.java",
        "area.py",
        "/builds/other/java/com/shop/Area.java",
    )
    java = "src/main/java/com/shop/Area.java"
    assert where(root, *names) == [
        "src/area.py", "src/area.py", "my dir/größe.py", "top.py", java, java, "src/area.py", java
    ]  # fmt: skip


def test_the_longest_end_that_agrees_decides(root):
    assert where(root, "/app/src/util/text.py", "/app/tests/util/text.py") == [
        "src/util/text.py",
        "tests/util/text.py",
    ]


def test_what_several_files_answer_to_is_dropped(root):
    assert where(root, "text.py", "util/text.py", "/app/util/text.py") == [None] * 3


def test_a_file_of_the_same_name_elsewhere_is_not_enough(root):
    assert where(root, "/app/other/area.py", "other/area.py") == [None, None]


@pytest.mark.parametrize(
    "name",
    [
        "/usr/lib/python3.11/top.py",
        "/opt/python/lib/python3.11/src/area.py",
        "/app/.venv/lib/python3.11/site-packages/src/area.py",
        "/app/node_modules/src/area.py",
        "/rustc/0123abc/src/area.py",
        "/usr/local/go/src/area.py",
        "/usr/include/top.py",
    ],
)
def test_other_peoples_code_is_not_taken_for_the_own(root, name):
    assert where(root, name) == [None]


def test_what_leads_outside_is_dropped(root):
    outside = root.parent / "outside.py"
    names = "../outside.py", str(outside), "src/../../outside.py", "/etc/passwd", "../src/area.py"
    assert where(root, *names) == [None] * 5


def test_links_that_lead_outside_are_dropped_and_those_that_stay_lead_to_the_file(root):
    (root / "out.py").symlink_to(root.parent / "outside.py")
    (root / "away").symlink_to(root.parent)
    (root / "in.py").symlink_to(root / "src/area.py")
    (root / "loop.py").symlink_to(root / "loop.py")
    names = "out.py", "away/outside.py", "in.py", "loop.py", str(root / "out.py"), "/app/out.py"
    assert where(root, *names) == [None, None, "src/area.py", None, None, None]


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(root, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(root)
    told = [Diagnostic(str(root / "top.py"), 1, ""), Diagnostic("src/area.py", 1, "")]
    assert [file for file, _ in resolve(told, link)] == [link / "top.py", link / "src/area.py"]


def test_a_root_may_be_told_as_a_relative_name(root, monkeypatch):
    monkeypatch.chdir(root)
    told = [Diagnostic(str(root / "top.py"), 1, ""), Diagnostic("/app/src/area.py", 1, "")]
    assert [file for file, _ in resolve(told, Path())] == [Path("top.py"), Path("src/area.py")]


@pytest.mark.parametrize(
    "name", ["", ".", "/", "src", "missing.py", "a\0b.py", "\ud800.py", "x" * 5000 + ".py", "C:", "..", "~/top.py"]
)  # fmt: skip
def test_what_is_no_file_is_dropped(root, name):
    expected = "top.py" if name == "~/top.py" else None  # below the home of whoever ran the tool
    assert where(root, name) == [expected]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
def test_a_name_that_is_not_utf_8_is_found(root):
    name = os.fsdecode(b"\xff.py")
    try:
        (root / name).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    assert where(root, name) == [name]


def test_the_order_is_that_of_the_report(root):
    told = [Diagnostic(name, 1, "") for name in ("top.py", "no.py", "src/area.py", "top.py")]
    assert [each.path for _, each in resolve(told, root)] == ["top.py", "src/area.py", "top.py"]


def test_files_are_listed_only_when_a_name_asks_for_it(root, monkeypatch):
    asked = []
    monkeypatch.setattr(locating, "files_in", lambda folder: asked.append(folder) or [])
    assert where(root, "src/area.py", str(root.parent / "outside.py")) == ["src/area.py", None]
    assert asked == []
    where(root, "/app/src/area.py", "/app/a/b.py")
    assert asked == [root.resolve()]


def test_what_git_ignores_is_not_guessed(root):
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / ".gitignore").write_text("src/util\n")
    assert where(root, "/app/util/text.py") == ["tests/util/text.py"]
