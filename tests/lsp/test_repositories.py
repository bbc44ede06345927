"""What a repository's own file says that only the user may say is told, whatever else is in that file."""

import os

import pytest
from editdiff_lsp import repositories
from editdiff_lsp.repositories import refusals


@pytest.fixture
def written(tmp_path):
    """Writes a repository's file; gives a folder in it."""

    def written(text: str, name: str = "repository"):
        folder = tmp_path / name / "package"
        folder.mkdir(parents=True)
        (folder.parent / "pyproject.toml").write_text(text)
        return folder

    return written


@pytest.mark.parametrize("name", ["endpoint", "endpoint_model", "endpoint_key", "model", "engine"])
def test_a_file_that_would_choose_what_runs_is_told_once(written, name):
    folder = written(f'[tool.editdiff]\n{name} = "x"\ndrafts = 3\n')
    (told,) = refusals([folder, folder.parent])
    assert f"must not set {name}" in told and told.endswith("it is ignored")
    assert str(folder.parent / "pyproject.toml") in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.editdiff]\ndrafts = 3\n",
        "[tool.editdiff]\nno_such_setting = 3\n",
        "[tool]\neditdiff = 3\n",
        '[tool.other]\nendpoint = "x"\n',
        "this is no TOML\n",
        "x = " + "[" * 50_000 + "\n",
    ],
    ids=["empty", "harmless", "unknown", "no table", "of others", "no TOML", "deep"],
)
def test_of_other_files_nothing_is_said(written, text):
    assert refusals([written(text)]) == []


def test_a_folder_without_such_a_file_is_no_matter(tmp_path):
    assert refusals([tmp_path, tmp_path / "not there"]) == []


def test_a_file_without_end_is_not_read(written, monkeypatch):
    monkeypatch.setattr(repositories, "MOST_BYTES", 100)
    assert refusals([written('[tool.editdiff]\nendpoint = "x"\n#' + "x" * 100)]) == []
    folder = written("", "another")
    (folder.parent / "pyproject.toml").unlink()
    os.mkfifo(folder.parent / "pyproject.toml")
    assert refusals([folder]) == []
