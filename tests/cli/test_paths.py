import os
import subprocess
from pathlib import Path

import pytest

from editdiff.cli.paths import files_of


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A folder with files of all sorts, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in (
        "b.py", "a.py", "picture.png", "notes", "sub/c.js", ".hidden/d.py", "node_modules/e.js", "made/f.py",
    ):  # fmt: skip
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x\n")
    return tmp_path


def named(paths: list[Path]) -> list[str]:
    return [path.as_posix() for path in paths]


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def test_without_git_hidden_and_vendored_folders_and_unknown_languages_are_left_out(tree):
    assert named(files_of(["."])) == ["a.py", "b.py", "made/f.py", "sub/c.js"]


def test_git_says_what_is_ignored_tracked_or_not(tree):
    git("init", "-q")
    Path(".gitignore").write_text("made\n")
    git("add", ".hidden/d.py")
    assert named(files_of(["."])) == [
        ".hidden/d.py",
        "a.py",
        "b.py",
        "node_modules/e.js",
        "sub/c.js",
    ]
    assert named(files_of(["sub"])) == ["sub/c.js"]


def test_a_file_that_is_tracked_but_gone_is_left_out(tree):
    git("init", "-q")
    git("add", "a.py")
    Path("a.py").unlink()
    assert "a.py" not in named(files_of(["."]))


def test_a_repository_cannot_make_git_run_a_program(tree):
    git("init", "-q")
    Path("spy").write_text(f"#!/bin/sh\ntouch {tree}/ran\n")
    os.chmod("spy", 0o755)
    git("config", "core.fsmonitor", str(tree / "spy"))
    assert "a.py" in named(files_of(["."]))
    assert not Path("ran").exists()


def test_a_named_file_is_taken_whatever_it_is(tree):
    assert named(files_of(["picture.png", "missing.py"])) == ["picture.png", "missing.py"]


def test_each_file_comes_once_in_the_order_it_was_named(tree):
    assert named(files_of(["b.py", ".", "./a.py"])) == ["b.py", "a.py", "made/f.py", "sub/c.js"]


def test_links_and_odd_files_in_a_folder_are_left_out(tree):
    Path("link.py").symlink_to("a.py")
    Path("folder.py").mkdir()
    os.mkfifo("pipe.py")
    assert named(files_of(["."]))[:2] == ["a.py", "b.py"]
    assert len(files_of(["."])) == 4


def test_a_name_of_odd_bytes_is_kept(tree):
    git("init", "-q")
    odd = Path(os.fsdecode(b"\xff\n.py"))
    odd.write_text("x\n")
    assert odd in files_of(["."])
