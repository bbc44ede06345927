"""What tests may see of a job, and what a job says of its base."""

import json

import pytest

from editdiff.ci.environment import bases, without_secrets

SHA = "a" * 40


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN", "GH_TOKEN", "CI_JOB_TOKEN", "CI_JOB_JWT", "NPM_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_RUNTIME_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MY_SECRET", "secret_thing",
        "DB_PASSWORD", "PGPASSWORD", "TWINE_PASSWORD", "API_KEY", "OPENAI_APIKEY", "SSH_AUTH_SOCK",
        "GPG_PRIVATE_KEY", "DEPLOY_KEY", "GITHUB_PAT", "GOOGLE_APPLICATION_CREDENTIALS", "SENTRY_DSN",
        "SLACK_WEBHOOK_URL", "CI_REPOSITORY_URL", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT",
        "GITHUB_STEP_SUMMARY", "EDITDIFF_ENDPOINT_KEY",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_or_leads_to_one_is_not_seen(name):
    assert without_secrets({name: "value", "HOME": "/home/a"}) == {"HOME": "/home/a"}
    assert without_secrets({name: "value"}, [name]) == {name: "value"}


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "PWD", "LANG", "CI", "GITHUB_SHA", "GITHUB_WORKSPACE", "PYTHONPATH", "KEYBOARD"],
)  # fmt: skip
def test_what_tests_need_is_seen(name):
    assert without_secrets({name: "value"}) == {name: "value"}


def test_a_secret_is_not_seen_in_another_variable_either():
    told = {
        "A_TOKEN": "hunter2hunter2",
        "URL": "https://x?t=hunter2hunter2",
        "B_KEY": "short",
        "B": "short",
    }
    assert without_secrets(told) == {"B": "short"}
    assert without_secrets(
        {"INDEX": "https://user:pass@host/simple", "PLAIN": "https://host:80/"}
    ) == {"PLAIN": "https://host:80/"}


def test_a_path_that_a_variable_of_a_secret_names_costs_no_other_variable():
    told = {"X_AUTH": "/home/a", "HOME": "/home/a", "PATH": "/home/a/bin"}
    assert without_secrets(told) == {"HOME": "/home/a", "PATH": "/home/a/bin"}


def test_the_base_of_a_pull_request_is_told_by_the_job(tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"before": SHA}))
    push = {"GITHUB_EVENT_PATH": str(event)}
    assert bases({"GITHUB_BASE_REF": "main"}) == ["origin/main", "main"]
    assert bases({"CI_MERGE_REQUEST_DIFF_BASE_SHA": SHA, "CI_COMMIT_BEFORE_SHA": "0" * 40}) == [SHA]
    assert bases({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "x"}) == ["origin/x", "x"]
    assert bases({"CI_COMMIT_BEFORE_SHA": SHA}) == [SHA]
    assert bases({"GITHUB_BASE_REF": "", **push}) == [SHA]
    assert bases({}) == []


@pytest.mark.parametrize("held", ["", "[]", "{", '{"before": 3}', json.dumps({"before": "0" * 40})])
def test_an_event_that_tells_no_commit_is_none(tmp_path, held):
    event = tmp_path / "event.json"
    event.write_text(held)
    assert bases({"GITHUB_EVENT_PATH": str(event)}) == []
    assert bases({"GITHUB_EVENT_PATH": str(tmp_path / "gone")}) == []
