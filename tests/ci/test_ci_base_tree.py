"""The project as it was at the base, in a copy."""

import os
import subprocess
from pathlib import Path

from repositories import Repository, git

from editdiff.ci.base_tree import base_tree
from editdiff.report.git import merge_base


def held(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and ".git" not in path.parts
    }


def test_what_changed_is_put_back_and_what_git_ignores_is_as_it_is(tmp_path):
    files = {
        "kept.py": "k\n",
        "edited.py": "old\n",
        "gone.py": "g\n",
        "sub/moved.py": "m\n" * 20,
        "run.sh": "#!\n",
    }
    repository = Repository.begin(tmp_path / "project", {**files, ".gitignore": "ignored\n"})
    os.chmod(repository.folder / "run.sh", 0o755)
    os.symlink("kept.py", repository.folder / "link")
    repository.commit()
    git(repository.folder, "tag", "-f", "base")
    before = held(repository.folder)
    git(repository.folder, "mv", "sub/moved.py", "elsewhere.py")
    repository.commit({"edited.py": "new\n", "added.py": "a\n"}, "gone.py", "run.sh", "link")
    (repository.folder / "untracked.py").write_text("u\n")
    (repository.folder / "ignored").write_text("i\n")
    now = held(repository.folder)
    with base_tree(repository.folder, merge_base(repository.folder, "base")) as folder:
        assert held(folder) == before | {"ignored": "i\n"}
        assert os.access(folder / "run.sh", os.X_OK)
    assert not folder.exists()
    assert held(repository.folder) == now


def test_nothing_is_written_through_a_link_that_the_change_put_in_place_of_a_folder(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("theirs\n")
    repository = Repository.begin(tmp_path / "project", {"sub/a.py": "ours\n", "b.py": "b\n"})
    (repository.folder / "sub/a.py").unlink()
    (repository.folder / "sub").rmdir()
    os.symlink(outside, repository.folder / "sub")
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-qm", "link")
    with base_tree(repository.folder, merge_base(repository.folder, "base")) as folder:
        assert held(folder) == {"sub/a.py": "ours\n", "b.py": "b\n"}
    assert held(outside) == {"a.py": "theirs\n"}


def test_a_folder_where_a_file_was_and_a_file_where_a_folder_was_are_put_back(tmp_path):
    repository = Repository.begin(tmp_path / "project", {"one": "file\n", "two/in": "folder\n"})
    before = held(repository.folder)
    subprocess.run(["rm", "-r", "one", "two"], cwd=repository.folder, check=True)
    repository.commit({"one/in": "folder\n", "two": "file\n"})
    with base_tree(repository.folder, merge_base(repository.folder, "base")) as folder:
        assert held(folder) == before
