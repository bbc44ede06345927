from pathlib import Path

import pytest
from review_gitea import GiteaServer
from review_github import GitHubServer
from review_gitlab import GitLabServer
from review_hosts import PULL, Answer, Remark, broken, serving
from review_runs import BASE, FAR, HEAD, NEAR, OLD, TEN, run, target

from editdiff.ci.posting.client import Client
from editdiff.ci.posting.post import Posted
from editdiff.ci.posting.writing import mark
from editdiff.errors import PostError


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def github():
    with serving(GitHubServer({"a.py": BASE}, {"a.py": HEAD}, OLD)) as server:
        yield server


@pytest.fixture
def gitlab():
    with serving(GitLabServer({"a.py": BASE}, {"a.py": HEAD}, OLD)) as server:
        yield server


@pytest.fixture
def gitea():
    with serving(GiteaServer({"a.py": BASE}, {"a.py": HEAD}, OLD)) as server:
        yield server


@pytest.fixture
def keep(tmp_path) -> Path:
    return tmp_path / "out" / "review.json"


def test_an_outdated_comment_is_said_again_where_its_lines_are_now(github, keep):
    run(github, TEN, keep=keep)
    github.remarks[0].moved = True
    assert run(github, TEN, keep=keep) == Posted(beside=1, withdrawn=1)
    assert run(github, TEN, keep=keep) == Posted(known=1)


@pytest.mark.parametrize("graphql", [True, False])
def test_the_token_of_actions_may_not_ask_who_it_is(github, keep, graphql):
    github.me, github.knows_user, github.graphql = "github-actions[bot]", False, graphql
    github.remarks.append(Remark(1, "ann", mark(TEN.fingerprint), "a.py", 10, 10, "line ten\n"))
    assert run(github, TEN, keep=keep) == Posted(beside=1)
    assert run(github, TEN, keep=keep) == Posted(known=1)
    assert run(github, keep=keep) == Posted(withdrawn=1)


@pytest.mark.parametrize(
    ("resolves", "minimizes", "left"), [(True, True, 1), (False, True, 1), (False, False, 0)]
)
def test_an_outdated_comment_is_resolved_or_minimized_or_deleted(
    github, keep, resolves, minimizes, left
):
    run(github, TEN, keep=keep)
    github.resolves, github.minimizes = resolves, minimizes
    assert run(github, keep=keep) == Posted(withdrawn=1)
    assert github.open() == [] and len(github.remarks) == left
    assert run(github, keep=keep) == Posted()
    assert run(github, TEN, keep=keep) == Posted(beside=1)


def test_an_outdated_comment_that_was_answered_is_not_deleted(github, keep):
    run(github, TEN, keep=keep)
    github.resolves = github.minimizes = False
    github.remarks[0].replies = 1
    posted = run(github, keep=keep)
    assert posted.withdrawn == 0 and "answered" in posted.notes[0]
    assert len(github.remarks) == 1


def test_a_refusal_while_tidying_up_is_a_note(github, keep):
    run(github, TEN, FAR, keep=keep)
    github.fails("PUT", "reviews", Answer(403))
    posted = run(github, TEN, keep=keep)
    assert posted.known == 1 and "an outdated summary stays" in posted.notes[0]


def test_one_request_posts_the_whole_review(github, keep):
    run(github, TEN, NEAR, FAR, keep=keep)
    (write,) = github.writes()
    assert write.body["commit_id"] == OLD and len(write.body["comments"]) == 2


def test_drafts_of_somebody_s_own_are_neither_published_nor_deleted(gitlab, keep):
    gitlab.drafts.append((1, gitlab.me, "not finished", None))
    with pytest.raises(PostError, match="drafts of its own"):
        run(gitlab, TEN, keep=keep)
    assert [one[2] for one in gitlab.drafts] == ["not finished"] and gitlab.reviews == []


def test_drafts_that_an_earlier_run_left_are_deleted(gitlab, keep):
    gitlab.drafts.append((1, gitlab.me, mark(TEN.fingerprint), None))
    assert run(gitlab, TEN, keep=keep) == Posted(beside=1)
    assert gitlab.drafts == [] and len(gitlab.remarks) == len(gitlab.reviews) == 1


def test_what_publishing_left_over_is_not_posted_twice(gitlab, keep):
    def halfway(handler) -> None:
        gitlab.publish(2)
        broken(handler)

    gitlab.fails("POST", "bulk_publish", halfway)
    with pytest.raises(PostError):
        run(gitlab, TEN, NEAR, FAR, keep=keep)
    assert gitlab.drafts == []
    assert run(gitlab, TEN, NEAR, FAR, keep=keep) == Posted(beside=1, known=2)


@pytest.mark.parametrize(
    ("resolves", "deletes", "left"), [(True, False, 1), (False, True, 0), (False, False, 1)]
)
def test_an_outdated_comment_is_resolved_or_deleted_or_rewritten(
    gitea, keep, resolves, deletes, left
):
    run(gitea, TEN, FAR, keep=keep)
    gitea.resolves, gitea.deletes = resolves, deletes
    assert run(gitea, FAR, keep=keep) == Posted(known=1, withdrawn=1)
    assert len(gitea.remarks) == left
    assert run(gitea, FAR, keep=keep) == Posted(known=1)
    assert run(gitea, TEN, FAR, keep=keep) == Posted(beside=1, known=1)


def test_a_pending_review_of_ours_is_deleted_before_the_next(gitea, keep):
    gitea.reviews.append(Remark(50, gitea.me, ""))
    gitea.remarks.append(
        Remark(51, gitea.me, mark(TEN.fingerprint), "a.py", 10, 10, "line ten\n", OLD, 50)
    )
    gitea.pending.add(50)
    assert run(gitea, TEN, keep=keep) == Posted(beside=1)
    assert len(gitea.remarks) == 1


def test_a_pending_review_of_somebody_s_own_is_left_alone(gitea, keep):
    gitea.reviews.append(Remark(50, gitea.me, ""))
    gitea.remarks.append(Remark(51, gitea.me, "hm", "a.py", 10, 10, "line ten\n", OLD, 50))
    gitea.pending.add(50)
    with pytest.raises(PostError, match="pending review of its own"):
        run(gitea, TEN, keep=keep)
    assert gitea.pending == {50} and len(gitea.remarks) == 1


def test_the_token_of_gitea_s_actions(gitea, keep):
    gitea.me, gitea.knows_user = "gitea-actions", False
    assert run(gitea, TEN, keep=keep) == Posted(beside=1)
    assert run(gitea, TEN, keep=keep) == Posted(known=1)


def test_a_stand_in_refuses_lines_that_are_not_of_the_diff(github):
    client = Client(target(github))
    comment = {"path": "a.py", "body": "x", "line": 30, "side": "RIGHT"}
    review = {"event": "COMMENT", "body": "x", "comments": [comment]}
    with pytest.raises(PostError, match="Line could not be resolved"):
        client.json("POST", f"/repos/o/r/pulls/{PULL}/reviews", review)
    assert github.reviews == []
