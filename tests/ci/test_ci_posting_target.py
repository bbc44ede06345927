import json
from pathlib import Path

import pytest

from editdiff.ci.posting.target import FORK, Target
from editdiff.errors import UsageError

HEAD = "a" * 40
TOKEN = "tok-very-secret"
REPOSITORY = {"full_name": "o/r"}


def event(tmp_path: Path, **more) -> str:
    pull = {"number": 7, "head": {"sha": HEAD, "repo": REPOSITORY}, "base": {"repo": REPOSITORY}}
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"pull_request": pull | more}))
    return str(file)


@pytest.fixture
def github(tmp_path) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_EVENT_PATH": event(tmp_path),
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_TOKEN": TOKEN,
    }


@pytest.fixture
def gitlab() -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_COMMIT_SHA": HEAD,
        "GITLAB_TOKEN": TOKEN,
    }


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(UsageError) as caught:
        Target.from_environment(environ)
    told = f"{caught.value.message} / {caught.value.hint}"
    assert "\n" not in told and TOKEN not in told
    return told


def test_github(github):
    made = Target.from_environment(github)
    assert made == Target("GitHub", "https://api.github.com", "o/r", 7, HEAD, TOKEN)
    assert made.graphql == "https://api.github.com/graphql"
    assert TOKEN not in repr(made)


def test_an_enterprise_server(github):
    made = Target.from_environment(github | {"GITHUB_API_URL": "https://git.example.com/api/v3/"})
    assert (made.host, made.graphql) == ("GitHub", "https://git.example.com/api/graphql")


def test_gitlab(gitlab):
    api = "https://gitlab.example.com/api/v4"
    assert Target.from_environment(gitlab) == Target("GitLab", api, "5", 7, HEAD, TOKEN)


def test_a_merged_result_of_gitlab_has_another_commit_than_the_branch(gitlab):
    more = {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "b" * 40, "CI_MERGE_REQUEST_PROJECT_ID": "6"}
    made = Target.from_environment(gitlab | more)
    assert (made.head, made.project) == ("b" * 40, "6")


@pytest.mark.parametrize(
    "more",
    [{"GITEA_ACTIONS": "true"}, {"FORGEJO_ACTIONS": "true"}, {"GITHUB_API_URL": "https://git.example.com/api/v1"}],
)  # fmt: skip
def test_gitea(github, more):
    made = Target.from_environment(github | more)
    assert (made.host, made.token) == ("Gitea", TOKEN)
    assert Target.from_environment(github | more | {"GITEA_TOKEN": "other"}).token == "other"


@pytest.mark.parametrize(
    "head", [{"sha": HEAD, "repo": {"full_name": "x/r"}}, {"sha": HEAD, "repo": None}]
)
def test_a_fork_may_only_read_whether_it_has_a_token_or_not(github, tmp_path, head):
    github["GITHUB_EVENT_PATH"] = event(tmp_path, head=head)
    assert Target.from_environment(github).read_only == FORK
    del github["GITHUB_TOKEN"]
    assert Target.from_environment(github).read_only == FORK
    trusted = github | {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_TOKEN": TOKEN}
    assert Target.from_environment(trusted).read_only == ""


def test_a_fork_of_gitlab_without_a_token_may_only_read(gitlab):
    fork = gitlab | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9", "CI_MERGE_REQUEST_PROJECT_ID": "5"}
    assert Target.from_environment(fork).read_only == ""
    del fork["GITLAB_TOKEN"]
    assert Target.from_environment(fork).read_only == FORK


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("GITHUB_API_URL", "http://api.github.com", "in the open"),
        ("GITHUB_API_URL", "https://me:pw@api.github.com", "no address of a host"),
        ("GITHUB_API_URL", "ftp://api.github.com", "no address of a host"),
        ("GITHUB_API_URL", "https://h:99999", "no address of a host"),
        ("GITHUB_API_URL", "https://h/a\nb", "no address of a host"),
        ("GITHUB_API_URL", "", "GITHUB_API_URL is not set"),
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_REPOSITORY", "o/r/../x", "has to be owner/name"),
        ("GITHUB_REPOSITORY", "o", "has to be owner/name"),
        ("GITHUB_EVENT_PATH", "", "GITHUB_EVENT_PATH is not set"),
        ("GITHUB_EVENT_PATH", "/nowhere/event.json", "cannot be read"),
        ("GITHUB_TOKEN", "", "no token for GitHub"),
        ("GITHUB_TOKEN", "two words", "no token can have"),
        ("GITHUB_TOKEN", "töken", "no token can have"),
    ],
)
def test_a_variable_of_github_that_is_missing_or_malformed(github, name, value, why):
    assert why in refused(github | {name: value})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("CI_API_V4_URL", "", "CI_API_V4_URL is not set"),
        ("CI_PROJECT_ID", "a/b", "has to be a number"),
        ("CI_MERGE_REQUEST_IID", "", "belongs to no merge request"),
        ("CI_MERGE_REQUEST_IID", "-1", "has to be a number"),
        ("CI_COMMIT_SHA", "main", "has to be a commit"),
        ("GITLAB_TOKEN", "", "CI_JOB_TOKEN may not write"),
    ],
)
def test_a_variable_of_gitlab_that_is_missing_or_malformed(gitlab, name, value, why):
    assert why in refused(gitlab | {name: value})


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"pull_request": 3}', "[" * 100_000, "\xff"])
def test_an_event_that_is_of_no_pull_request(github, tmp_path, told):
    file = tmp_path / "other.json"
    file.write_bytes(told.encode("latin-1"))
    said = refused(github | {"GITHUB_EVENT_PATH": str(file)})
    assert "no JSON" in said or "belongs to no pull request" in said


@pytest.mark.parametrize(
    "more",
    [
        {"number": "x"},
        {"number": True},
        {"number": None},
        {"head": {"sha": "main"}},
        {"head": 3},
        {"number": 0},
    ],
)
def test_an_event_that_lacks_what_is_needed(github, tmp_path, more):
    assert "the event tells no" in refused(github | {"GITHUB_EVENT_PATH": event(tmp_path, **more)})


def test_a_place_without_any_host():
    assert "names no host" in refused({})


def test_a_host_on_this_machine_may_be_asked_in_the_open(github):
    for url in ("http://127.0.0.1:3000", "http://localhost/x"):
        assert Target.from_environment(github | {"GITHUB_API_URL": url}).api == url
