import os
import subprocess
from pathlib import Path

import pytest

from editdiff.errors import InputError, UsageError
from editdiff.report.git import (
    COMPARED,
    Change,
    changed_files,
    changed_lines,
    changes,
    commit_of,
    compared,
    gone,
    marked,
    modes,
    stored,
)
from editdiff.text import document as disk

SOURCE = "a = 1\nb = 2\nc = 3\n"


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def no_repository_around(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def repository(tmp_path) -> Path:
    """One commit with one file."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.py").write_text(SOURCE)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def changed(file: Path, revision: str = "HEAD") -> list[int]:
    return changed_lines(disk.read(file), file, revision)


def test_lines_that_were_added_or_changed_are_found(repository):
    file = repository / "a.py"
    assert changed(file) == []
    file.write_text("new = 0\na = 1\nb = 22\n")
    assert changed(file) == [0, 2]


def test_line_endings_and_a_byte_order_mark_are_no_change(repository):
    file = repository / "a.py"
    file.write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    assert changed(file) == []


def test_all_lines_of_a_file_that_the_revision_does_not_have_are_new(repository):
    file = repository / "new.py"
    file.write_text("x = 1\ny = 2\n")
    assert changed(file) == [0, 1, 2]


@pytest.mark.parametrize("name", ["with space.py", "per%cent#.py", ":(top)x.py", "-n.py", "ü\n.py"])
def test_odd_names_are_found_in_the_revision(repository, name):
    folder = repository / "below"
    folder.mkdir()
    (folder / name).write_text(SOURCE)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "odd")
    (folder / name).write_text(SOURCE + "d = 4\n")
    assert changed(folder / name) == [3]


@pytest.mark.parametrize("revision", ["nope", "", "--all", "-h", "HEAD:a.py", "HEAD~1"])
def test_an_unknown_revision_is_a_clear_error(repository, revision):
    with pytest.raises(UsageError, match="no revision") as caught:
        changed(repository / "a.py", revision)
    assert repr(revision) in caught.value.message


def test_a_file_in_no_repository_is_a_clear_error(tmp_path):
    (tmp_path / "a.py").write_text(SOURCE)
    with pytest.raises(InputError, match="not in a git repository"):
        changed(tmp_path / "a.py")


def test_no_program_that_a_repository_names_is_run(repository, tmp_path):
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n")
    program.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.evil.textconv",
        "filter.evil.smudge",
        "core.pager",
    ):
        git(repository, "config", name, str(program))
    (repository / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    (repository / "a.py").write_text(SOURCE + "d = 4\n")
    assert changed(repository / "a.py") == [3]
    assert not ran.exists()


def test_a_hook_variable_does_not_lead_to_another_repository(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    (repository / "a.py").write_text(SOURCE + "d = 4\n")
    assert changed(repository / "a.py") == [3]


def test_of_a_large_rewrite_all_lines_between_its_ends_count_and_no_minutes_pass(repository):
    file = repository / "big.py"
    count = 3 * COMPARED
    rows = [f"x{i % 7} = {i % 11}" for i in range(count)]
    file.write_text("first\n" + "\n".join(rows) + "\nlast\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "big")
    file.write_text("first\n" + "\n".join(reversed(rows)) + "\nlast\n")
    found = changed(file)
    assert found == list(range(found[0], found[-1] + 1))
    assert (len(found), found[0] > 0, found[-1] < count + 1) == (count, True, True)
    file.write_text("first\n" + "\n".join([*rows[:5], "y = 1", *rows[6:]]) + "\nlast\n")
    assert changed(file) == [6]


def test_files_that_were_added_or_changed_and_are_there_are_named_from_the_top(repository):
    for name in ("gone.py", "kept.py", "below/moved.py", ".gitignore"):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text("ignored.py\n" if name == ".gitignore" else SOURCE)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "second")
    assert changed_files(repository, "HEAD") == []
    assert changed_files(repository, "HEAD~1") == [
        ".gitignore",
        "below/moved.py",
        "gone.py",
        "kept.py",
    ]
    (repository / "gone.py").unlink()
    (repository / "a.py").write_text("a = 2\n")
    (repository / "below/ü new.py").write_text("")
    (repository / "ignored.py").write_text("")
    assert changed_files(repository / "below", "HEAD") == ["a.py", "below/ü new.py"]
    git(repository, "add", "a.py")
    assert changed_files(repository, "HEAD") == ["a.py", "below/ü new.py"]


def test_files_that_changed_are_not_known_without_a_repository_or_revision(repository, tmp_path):
    with pytest.raises(UsageError, match="has no revision 'nowhere'"):
        changed_files(repository, "nowhere")
    with pytest.raises(InputError, match="is not in a git repository"):
        changed_files(tmp_path, "HEAD")


def test_changes_are_told_with_the_name_that_a_file_had(repository):
    rows = "".join(f"x{i} = {i}\n" for i in range(20))
    (repository / "old.py").write_text(rows)
    (repository / "gone.py").write_text(SOURCE)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "second")
    base = commit_of(repository, "HEAD")
    git(repository, "mv", "old.py", "new\nname.py")
    (repository / "gone.py").unlink()
    (repository / "a.py").write_text("a = 1\n")
    (repository / "untracked.py").write_text("u = 1\n")
    assert changes(repository, base) == [
        Change("a.py", "a.py"),
        Change("new\nname.py", "old.py"),
        Change("untracked.py", None),
    ]
    assert gone(repository, base) == ["gone.py", "old.py"]
    assert modes(repository, base, ["gone.py", "none.py"]) == {"gone.py": 0o100644}
    assert stored(repository, base, "gone.py") == SOURCE.encode()
    assert stored(repository, base, "none.py") is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\n", "a\nb\n", []),
        ("a\nb\nc\n", "a\nc\n", [range(1, 1)]),
        ("a\nc\n", "a\nb\nc\n", [range(1, 2)]),
        ("a\r\nb\r\n", "a\nx\n", [range(1, 2)]),
        ("", "a\n", [range(1)]),
    ],
)
def test_lines_that_are_others_are_told_and_where_some_went(before, after, expected):
    assert compared(before, after) == expected


def test_marks_in_the_attributes_of_files_are_told(repository):
    (repository / ".gitattributes").write_text("*.x a\ny.x -a b=true\nz.x b=no\n")
    names = ["w.x", "y.x", "z.x", "v.y"]
    assert marked(repository, names, ["a", "b"]) == {"w.x": "a", "y.x": "b", "z.x": "a"}
