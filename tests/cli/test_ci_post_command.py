"""`editdiff ci --post` as a job of a pull request runs it, against a stand-in of GitHub."""

import json
import os

import pytest
from repositories import Repository, git, session
from review_github import GitHubServer
from review_hosts import PULL, TOKEN, Answer, serving

from editdiff.cli import ci as command
from editdiff.cli.app import main

BEFORE, AFTER = "a = 1\n", "a = 1\nimport os\n"


@pytest.fixture(autouse=True)
def nobody_around(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "CI_"))]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Repository:
    """A change with an import that nobody uses."""
    found = Repository.begin(tmp_path / "project", {"b.py": BEFORE})
    found.commit({"b.py": AFTER})
    monkeypatch.chdir(found.folder)
    monkeypatch.setattr(command, "session_of", lambda chosen: session())
    return found


@pytest.fixture
def host(repository, tmp_path, monkeypatch):
    head = git(repository.folder, "rev-parse", "HEAD").strip()
    pull = {"number": PULL, "head": {"sha": head, "repo": {"full_name": "o/r"}}}
    pull["base"] = {"repo": {"full_name": "o/r"}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": pull}))
    with serving(GitHubServer({"b.py": BEFORE}, {"b.py": AFTER}, head)) as server:
        for name, value in (
            ("ACTIONS", "true"), ("API_URL", server.url), ("REPOSITORY", "o/r"), ("TOKEN", TOKEN),
            ("EVENT_PATH", str(event)), ("EVENT_NAME", "pull_request"),
        ):  # fmt: skip
            monkeypatch.setenv(f"GITHUB_{name}", value)
        yield server


def test_fixes_are_posted_once(host, capsys):
    assert main(["ci", "--base", "base", "--post"]) == 1
    assert "posted to GitHub: 1 beside their lines" in capsys.readouterr().err
    (remark,) = host.remarks
    assert (remark.path, remark.last) == ("b.py", 2)
    assert main(["ci", "--base", "base", "--post", "--exit-zero"]) == 0
    assert "1 known before" in capsys.readouterr().err
    assert host.remarks == [remark]


def test_a_review_that_a_host_refuses_is_kept_and_the_status_is_2(host, capsys, repository):
    host.fails("POST", "reviews", Answer(422))
    assert main(["ci", "--base", "base", "--post", "--keep", "kept.json"]) == 2
    assert "kept.json" in capsys.readouterr().err
    assert TOKEN not in (repository.folder / "kept.json").read_text()
    assert not host.remarks


def test_a_job_without_a_pull_request_is_told_before_anything_is_looked_at(
    repository, capsys, monkeypatch
):
    monkeypatch.setattr(command, "propose", None)
    assert main(["ci", "--base", "base", "--post"]) == 2
    assert "names no host" in capsys.readouterr().err
