import subprocess
from pathlib import Path

import pytest

from editdiff.report.patches import passed_over, patch_bytes
from editdiff.report.paths import relative_name

FILES = {
    "plain.txt": "one\ntwo\nthree\n",
    "no end.txt": "one\ntwo",
    "sub/crlf.txt": "one\r\ntwo\r\n",
    "ä.txt": "\ufeffone\ntwo\n",
}


def test_patches_of_several_files_one_after_the_other_are_one_patch(
    tmp_path, monkeypatch, replacing
):
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    for name, text in FILES.items():
        Path(name).write_bytes(text.encode())
    files = [Path(name) for name in FILES]
    patch = b"".join(patch_bytes(replacing(file, "two", "2"), file) for file in files)
    subprocess.run(["git", "apply", "-"], input=patch, check=True)
    for name, text in FILES.items():
        assert Path(name).read_bytes() == text.replace("two", "2").encode()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.py", "a.py"),
        ("./sub/../a.py", "a.py"),
        ("sub/a.py", "sub/a.py"),
        ("link/a.py", "link/a.py"),  # links are not followed
    ],
)
def test_a_file_below_the_current_folder_is_named_from_there(file, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path.parent)
    assert relative_name(file) == relative_name(tmp_path / file) == name


def test_a_file_elsewhere_has_its_absolute_name(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert relative_name("../a.py") == (tmp_path / "a.py").as_posix()
    assert relative_name(tmp_path / "here.py") == (tmp_path / "here.py").as_posix()


AREA = "def area(width, height):\n    return width + height\n"
ODD = {
    "area.py": AREA.encode(),
    "-dash.py": AREA.encode(),
    "a b ü.py": AREA.encode(),
    'quo"te\t.py': AREA.encode(),
    "bom.py": b"\xef\xbb\xbf" + AREA.encode(),
    "crlf.py": AREA.replace("\n", "\r\n").encode(),
    "nofinal.py": AREA.rstrip().encode(),
}
"""Names and forms of files in which a patch can go wrong."""


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A repository with the same odd files in two folders; the first is the current one."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for folder in ("sub folder/deep", "other"):
        (tmp_path / folder).mkdir(parents=True)
        for name, data in ODD.items():
            (tmp_path / folder / name).write_bytes(data)
    monkeypatch.chdir(tmp_path / "sub folder")
    return tmp_path


def applied(patch: bytes, folder: Path, *more: str) -> bool:
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", *more, "-"]
    return subprocess.run(command, input=patch, cwd=folder, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("folder", ["deep", "../other"])
def test_from_a_subfolder_a_patch_applies_at_the_top(folder, name, repository, replacing):
    file = Path(folder, name)
    proposal = replacing(file, "+", "*")
    patch = patch_bytes(proposal, file)
    assert applied(patch, repository, "--check")
    assert applied(patch, repository)
    assert file.read_bytes() == proposal.after.to_bytes() == ODD[name].replace(b"+", b"*")


def test_from_a_subfolder_a_patch_of_several_files_changes_no_other_file_wherever_it_is_applied(
    repository, replacing
):
    files = [Path("deep/area.py"), Path("../other/area.py")]
    patch = b"".join(patch_bytes(replacing(file, "+", "*"), file) for file in files)
    assert applied(patch, Path.cwd() / "deep")
    assert [b"*" in file.read_bytes() for file in files] == [True, False]  # as git does it
    assert applied(patch, repository, "--include=other/*")
    assert all(b"*" in file.read_bytes() for file in files)
    assert (passed_over(files[0]), passed_over(files[1])) == (None, repository)


def test_at_the_top_and_without_a_repository_a_patch_has_no_line_of_git(
    tmp_path, repository, monkeypatch, replacing
):
    monkeypatch.chdir(repository)
    patch = patch_bytes(replacing(Path("other/area.py"), "+", "*"), Path("other/area.py"))
    assert patch.startswith(b"--- a/other/area.py\n+++ b/other/area.py\n@@ ")


def test_a_file_of_another_repository_is_named_from_its_top(repository, monkeypatch, replacing):
    (repository / ".git").rename(repository / "other" / ".git")
    file = Path("../other/area.py")
    patch = patch_bytes(replacing(file, "+", "*"), file)
    assert passed_over(file) == repository / "other"
    assert applied(patch, repository / "other")
    assert b"*" in file.read_bytes()


def test_in_a_repository_a_link_is_named_as_the_file_it_leads_to(repository, replacing):
    Path("link.py").symlink_to("deep/area.py")
    Path("folder").symlink_to("deep")
    for name in ("link.py", "folder/area.py"):
        patch = patch_bytes(replacing(Path(name), "+", "*"), Path(name))
        assert applied(patch, repository, "--check")
