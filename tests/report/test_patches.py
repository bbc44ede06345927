import subprocess
from pathlib import Path

import pytest

from editdiff.report.patches import patch_bytes
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
