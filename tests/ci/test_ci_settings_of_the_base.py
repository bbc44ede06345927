"""A change cannot choose how it is looked at: the repository's settings are those of the base."""

import pytest
from repositories import Repository

from editdiff.ci.chosen import DIFFER, settings_at
from editdiff.ci.run import propose
from editdiff.errors import UsageError
from editdiff.report.git import merge_base

UNUSED = "import os\n"
EXCLUDES = '[tool.editdiff]\nexclude = ["docs"]\n'


def chosen(repository: Repository, folder: str = "."):
    top = repository.folder
    environ = {"HOME": str(top.parent)}
    return settings_at({}, (top / folder).resolve(), top, merge_base(top, "base"), environ)


def proposed(repository: Repository):
    return propose(
        repository.folder, "base", environ={"HOME": str(repository.folder.parent)}, checks=["ruff"]
    )


@pytest.fixture
def strict(tmp_path, monkeypatch) -> Repository:
    found = Repository.begin(
        tmp_path / "project", {"pyproject.toml": EXCLUDES + "drafts = 2\n", "a.py": "a = 1\n"}
    )
    monkeypatch.chdir(found.folder)
    return found


def test_settings_that_the_change_leaves_alone_hold(strict):
    strict.commit({"b.py": UNUSED, "docs/b.py": UNUSED})
    assert (chosen(strict).settings.drafts, chosen(strict).note) == (2, "")
    found = proposed(strict)
    assert [fix.path for fix in found.fixes] == ["b.py"]
    assert DIFFER not in found.notes


@pytest.mark.parametrize(
    "changed",
    [
        EXCLUDES.replace('"docs"', '"*"'),
        "[project]\nname = 'x'\n",
        "[tool.editdiff]\nmodel = 'evil'\n",
        "[tool.editdiff]\nno_such = 1\n",
        "not toml [",
    ],
)
def test_settings_that_the_change_touches_are_those_of_the_base_and_that_is_told(strict, changed):
    strict.commit({"pyproject.toml": changed, "b.py": UNUSED, "docs/b.py": UNUSED})
    assert (chosen(strict).settings.drafts, chosen(strict).note) == (2, DIFFER)
    found = proposed(strict)
    assert DIFFER in found.notes
    linted = [] if changed == "not toml [" else ["b.py"]  # ruff reads that file, too
    assert [fix.path for fix in found.fixes] == linted


def test_settings_that_come_with_the_change_do_not_count(repository):
    repository.commit(
        {"pyproject.toml": EXCLUDES, "sub/pyproject.toml": "[tool.editdiff]\ndrafts = 7\n"}
    )
    assert (chosen(repository).settings.drafts, chosen(repository).note) == (4, DIFFER)
    assert (chosen(repository, "sub").settings.drafts, chosen(repository, "sub").note) == (
        4,
        DIFFER,
    )


def test_settings_that_went_with_the_change_still_count(strict):
    strict.commit({"b.py": UNUSED}, "pyproject.toml")
    assert (chosen(strict).settings.drafts, chosen(strict).note) == (2, DIFFER)


def test_settings_above_the_repository_are_the_users(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.editdiff]\ndrafts = 3\n")
    repository = Repository.begin(tmp_path / "project", {"a.py": "a = 1\n"})
    repository.commit({"b.py": "b = 1\n"})
    assert (chosen(repository).settings.drafts, chosen(repository).note) == (3, "")


def test_a_base_that_chooses_a_model_is_refused(tmp_path):
    repository = Repository.begin(
        tmp_path / "project", {"pyproject.toml": "[tool.editdiff]\nmodel = 'x'\n"}
    )
    with pytest.raises(UsageError, match="must not set model"):
        chosen(repository)
