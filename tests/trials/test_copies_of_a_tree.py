import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from ordinary_user import ordinary_user

from editdiff.errors import InputError
from editdiff.trials import tree
from editdiff.trials.tree import copy, differences, digest, entries, snapshot


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with all that may lie in one."""
    root = tmp_path / "project"
    (root / "src/deep").mkdir(parents=True)
    (root / "src/a.py").write_bytes(b"a = 1\r\n")
    (root / "src/deep/\udcffodd name\n.bin").write_bytes(bytes(range(256)))
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "secret").write_text("x")
    (root / "secret").chmod(0o400)
    os.utime(root / "src/a.py", ns=(10**18, 10**18 + 123_456_789))
    (root / "empty").mkdir()
    return root


@pytest.fixture
def to(tmp_path) -> Path:
    return tmp_path / "below/copy"


@pytest.fixture
def open_folder():
    """A folder that every user reaches."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_copy_holds_the_same(root, to):
    copy(root, to)
    assert snapshot(to) == snapshot(root)
    assert {entry.name for entry in entries(to)} == {entry.name for entry in entries(root)}
    assert (to / "src/deep/\udcffodd name\n.bin").read_bytes() == bytes(range(256))


def test_modes_and_times_are_copied(root, to):
    copy(root, to)
    for name in ("run.sh", "secret", "src/a.py"):
        there, here = (root / name).stat(), (to / name).stat()
        assert (here.st_mode, here.st_mtime_ns) == (there.st_mode, there.st_mtime_ns)


def test_what_is_written_to_a_copy_does_not_get_to_the_tree(root, to):
    (root / "link.py").symlink_to(root / "src/a.py")
    (root / "near.py").symlink_to("src/a.py")
    before = snapshot(root)
    copy(root, to)
    for name in ("src/a.py", "link.py", "near.py"):
        (to / name).write_text(f"b = {name!r}\n")
    assert differences(before, snapshot(root)) == []


def test_a_link_into_the_tree_leads_into_the_copy(root, to):
    (root / "whole").symlink_to(root / "src/a.py")
    (root / "folder").symlink_to(root / "src", target_is_directory=True)
    (root / "src/near").symlink_to("../src/a.py")
    copy(root, to)
    assert os.readlink(to / "whole") == str(to / "src/a.py")
    assert os.readlink(to / "folder") == str(to / "src")
    assert os.readlink(to / "src/near") == "../src/a.py"


def test_a_link_out_of_the_tree_leads_where_it_led(root, to, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("o")
    (root / "whole").symlink_to(outside)
    (root / "src/up").symlink_to("../../outside")
    (root / "around").symlink_to(root / "../outside")
    copy(root, to)
    for name in ("whole", "src/up", "around"):
        assert (to / name).resolve() == outside


def test_a_link_that_leads_nowhere_or_in_circles_is_copied(root, to):
    (root / "nowhere").symlink_to("not-there")
    (root / "self").symlink_to("self")
    (root / "src/circle").symlink_to("..", target_is_directory=True)
    copy(root, to)
    assert [os.readlink(to / name) for name in ("nowhere", "self", "src/circle")] == [
        "not-there",
        "self",
        "..",
    ]
    assert snapshot(to) == snapshot(root)


def test_pipes_and_sockets_are_left_out(root, to, monkeypatch):
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        copy(root, to)
        assert not {"pipe", "socket"} & {entry.name for entry in entries(root)}
    assert not {"pipe", "socket"} & set(os.listdir(to))


@pytest.mark.parametrize("name", sorted(tree.LEFT_OUT))
def test_what_tools_keep_for_themselves_is_left_out(name, root, to):
    before = snapshot(root)
    for folder in (root, root / "src"):
        (folder / name).mkdir()
        (folder / name / "kept").write_text("k")
    assert snapshot(root) == before
    copy(root, to)
    assert not (to / name).exists() and not (to / "src" / name).exists()


def test_the_file_that_a_worktree_has_for_a_folder_of_git_is_left_out(root, to):
    (root / ".git").write_text("gitdir: elsewhere\n")
    (root / ".gitignore").write_text("x\n")
    copy(root, to)
    assert not (to / ".git").exists() and (to / ".gitignore").exists()


def test_differences_name_what_changed_came_and_went(root):
    before = snapshot(root)
    assert differences(before, snapshot(root)) == []
    (root / "src/a.py").write_bytes(b"a = 2\r\n")
    (root / "run.sh").chmod(0o644)
    (root / "new").symlink_to("here")
    (root / "secret").unlink()
    after = snapshot(root)
    assert differences(before, after) == ["new", "run.sh", "secret", "src/a.py"]
    (root / "new").unlink()
    (root / "new").symlink_to("there")
    assert differences(after, snapshot(root)) == ["new"]


def test_a_time_alone_is_no_difference(root):
    before = snapshot(root)
    os.utime(root / "src/a.py", (1, 1))
    assert snapshot(root) == before


def test_the_digest_tells_equal_trees_from_others(root, to):
    copy(root, to)
    assert digest(snapshot(to)) == digest(snapshot(root))
    (to / "src/a.py").rename(to / "src/b.py")
    assert digest(snapshot(to)) != digest(snapshot(root))


@pytest.mark.parametrize(("limit", "most"), [("MOST_BYTES", 100), ("MOST_FILES", 3)])
def test_too_much_is_refused_before_anything_is_copied(limit, most, root, to, monkeypatch):
    monkeypatch.setattr(tree, limit, most)
    with pytest.raises(InputError, match="too much to be copied for a test") as told:
        copy(root, to)
    assert "smaller folder" in told.value.hint
    assert not to.exists()


def test_a_file_that_cannot_be_read_is_told(open_folder):
    root = open_folder / "project"
    root.mkdir(mode=0o755)
    (root / "closed.txt").write_text("x")
    (root / "closed.txt").chmod(0)
    with ordinary_user():
        with pytest.raises(InputError, match=r"cannot read .*closed\.txt: Permission denied"):
            snapshot(root)
        with pytest.raises(InputError, match=r"cannot copy .*closed\.txt for a test: Permission"):
            copy(root, open_folder / "copy")


def test_a_folder_that_cannot_be_listed_is_told(open_folder):
    root = open_folder / "project"
    (root / "closed").mkdir(parents=True)
    root.chmod(0o755)
    (root / "closed").chmod(0)
    with (
        ordinary_user(),
        pytest.raises(InputError, match=r"cannot list .*closed: Permission denied"),
    ):
        snapshot(root)
    (root / "closed").chmod(0o700)


def test_a_folder_that_nobody_may_write_to_can_be_copied(root, to):
    (root / "src/deep").chmod(0o500)
    copy(root, to)
    assert stat.S_IMODE((to / "src/deep").stat().st_mode) == 0o700
    (root / "src/deep").chmod(0o700)
