import json
import time
from pathlib import Path

import pytest
from review_gitea import GiteaServer
from review_gitlab import GitLabServer
from review_hosts import TOKEN, Answer, Remark, broken, serving
from review_runs import BASE, FAR, HEAD, KINDS, NEAR, NEW, OLD, TEN, fix, run, swap, target

from editdiff.ci.base import Proposed
from editdiff.ci.posting.client import Client
from editdiff.ci.posting.post import MOST_BESIDE, Posted, post
from editdiff.ci.posting.target import Target
from editdiff.ci.posting.writing import mark, names_of
from editdiff.errors import PostError


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(params=KINDS)
def host(request):
    made = KINDS[request.param]({"a.py": BASE}, {"a.py": HEAD}, OLD)
    with serving(made) as server:
        yield server


@pytest.fixture
def keep(tmp_path) -> Path:
    return tmp_path / "out" / "review.json"


def test_fixes_stand_beside_their_lines_and_others_in_the_summary(host, keep):
    posted = run(host, TEN, NEAR, FAR, keep=keep)
    assert posted == Posted(beside=2, below=1)
    assert [(one.path, one.last, one.head) for one in host.remarks] == [
        ("a.py", 10, OLD), ("a.py", 14, OLD),
    ]  # fmt: skip
    assert [names_of(one.body) for one in host.remarks] == [
        (one.fingerprint,) for one in (TEN, NEAR)
    ]
    (review,) = host.reviews
    assert names_of(review.body) == ("summary", FAR.fingerprint)
    assert "+line thirty" in review.body and "line 30" in review.body
    assert not keep.exists()


def test_what_a_comment_says(host, keep):
    run(host, TEN, keep=keep)
    (one,) = host.remarks
    for said in (
        "`wrong` (`ruff F821`)",
        "Judged by `python and tests`",
        "87 % likely",
        "line 10!",
    ):
        assert said in one.body
    assert ("```suggestion" in one.body) == (not isinstance(host, GiteaServer))


def test_several_lines_are_one_comment(host, keep):
    run(host, NEAR, keep=keep)
    (one,) = host.remarks
    first = 14 if isinstance(host, GiteaServer) else 13
    assert (one.first, one.last) == (first, 14)


def test_a_second_run_posts_nothing(host, keep):
    run(host, TEN, NEAR, FAR, keep=keep)
    writes = len(host.writes())
    assert run(host, TEN, NEAR, FAR, keep=keep) == Posted(known=3)
    assert len(host.writes()) == writes


def test_a_run_without_fixes_posts_nothing(host, keep):
    assert run(host, keep=keep) == Posted()
    assert host.writes() == []


def test_a_newer_push_withdraws_what_is_outdated_and_posts_what_is_new(host, keep):
    run(host, TEN, NEAR, FAR, keep=keep)
    mended = HEAD.replace("line ten\n", "line 10!\n")
    host.push(NEW, {"a.py": mended})
    near = swap("line 13\nline 14\n", "line 13.5\n", mended)
    more = swap("line twelve\n", "line 12?\n", mended)
    assert run(host, near, more, head=NEW, keep=keep) == Posted(beside=1, known=1, withdrawn=2)
    names = [names_of(one.body) for one in host.open()]
    assert names == [(NEAR.fingerprint,), (more.fingerprint,)]
    assert names_of(host.reviews[0].body) == ("summary",)
    assert "no more" in host.reviews[0].body and "thirty" not in host.reviews[0].body
    writes = len(host.writes())
    assert run(host, near, more, head=NEW, keep=keep) == Posted(known=2)
    assert len(host.writes()) == writes


def test_what_is_right_again_after_it_was_withdrawn_is_said_again(host, keep):
    run(host, TEN, keep=keep)
    run(host, keep=keep)
    assert host.open() == []
    assert run(host, TEN, keep=keep) == Posted(beside=1)
    assert len(host.open()) == 1


def test_what_somebody_resolved_is_not_said_again(host, keep):
    run(host, TEN, keep=keep)
    host.remarks[0].resolved_by = "ann"
    assert run(host, TEN, keep=keep) == Posted(known=1)
    assert run(host, keep=keep) == Posted()


def test_a_run_out_of_time_withdraws_nothing(host, keep):
    run(host, TEN, FAR, keep=keep)
    where = target(host)
    unfinished = Proposed("b" * 40, OLD, (), finished=False)
    assert post(unfinished, where, keep=keep) == Posted()
    assert len(host.open()) == 1 and "thirty" in host.reviews[0].body


def test_foreign_comments_with_our_mark_count_for_nothing_and_are_left_alone(host, keep):
    forged = f"{mark(TEN.fingerprint)}\n\nnothing to see"
    others = [
        Remark(1, "ann", forged, "a.py", 10, 10, "line ten\n", OLD, 3),
        Remark(2, "ann", f"{mark('0' * 16)}\n", "a.py", 10, 10, "line ten\n", OLD, 3),
    ]
    host.remarks += others
    host.reviews.append(Remark(3, "ann", mark("summary", FAR.fingerprint)))
    before = repr(others)
    assert run(host, TEN, FAR, keep=keep) == Posted(beside=1, below=1)
    assert run(host, keep=keep).withdrawn == 2
    assert repr(others) == before
    assert host.reviews[0].body == mark("summary", FAR.fingerprint)


def test_comments_of_the_same_account_without_the_mark_in_the_first_line_are_not_ours(host, keep):
    body = f"see\n{mark('0' * 16)}"
    mine = Remark(1, host.me, body, "a.py", 10, 10, "line ten\n", OLD, 3)
    host.remarks.append(mine)
    host.reviews.append(Remark(3, host.me, "a review"))
    assert run(host, keep=keep) == Posted()
    assert mine.body == body and not mine.resolved_by


def test_many_pages_are_read(host, keep):
    host.page = 2
    for n in range(5):
        host.remarks.append(Remark(n, "ann", "hm", "a.py", 10, 10, "line ten\n", OLD, 60 + n))
        host.reviews.append(Remark(60 + n, "ann", "hm"))
    run(host, TEN, FAR, keep=keep)
    for n in range(10, 15):
        host.remarks.insert(0, Remark(n, "ann", "hm", "a.py", 10, 10, "line ten\n", OLD, 60 + n))
        host.reviews.insert(0, Remark(60 + n, "ann", "hm"))
    assert run(host, TEN, FAR, keep=keep) == Posted(known=2)
    assert run(host, keep=keep).withdrawn == 2


@pytest.mark.parametrize(
    "limit",
    [
        Answer(429, {"message": "slow down"}, {"Retry-After": "7"}),
        Answer(403, {"message": "API rate limit exceeded"},
               {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 5)}),
        Answer(403, {"message": "You have exceeded a secondary rate limit."}),
        Answer(429),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "reviews|draft_notes")])
def test_a_limit_of_rate_is_waited_for(host, keep, limit, method, path):
    host.fails(method, path, limit)
    assert run(host, TEN, FAR, keep=keep) == Posted(beside=1, below=1)
    assert len(host.waited) == 1 and 0 < host.waited[0] <= 60
    assert len(host.remarks) == len(host.reviews) == 1


@pytest.mark.parametrize("after", ["1", "1000", "0"])
def test_a_limit_of_rate_for_ever_is_given_up(host, keep, after):
    host.fails("POST", "reviews|draft_notes", Answer(429, None, {"Retry-After": after}), 100)
    with pytest.raises(PostError, match=r"takes no more requests now \(429\)") as caught:
        run(host, TEN, keep=keep)
    assert (str(keep) in caught.value.hint and "wait" in caught.value.hint) or after != "1000"
    assert sum(host.waited) <= 180 and len(host.waited) < 5
    assert host.remarks == host.reviews == []
    assert json.loads(keep.read_text())["requests"]


@pytest.mark.parametrize(
    ("status", "why"),
    [(401, "does not take the token"), (403, "the token may not"), (404, "shows the token no"),
     (422, "refuses the request"), (301, "sends to another address"), (500, "failed"), (503, "failed")],
)  # fmt: skip
def test_a_refusal_is_one_sentence_with_a_hint_and_the_review_is_kept(host, keep, status, why):
    said = {"message": f"no\n{TOKEN}"}
    refusal = Answer(status, said, {"Location": f"http://127.0.0.1:9/{TOKEN}"})
    host.fails("POST", "reviews|draft_notes", refusal)
    with pytest.raises(PostError, match=why) as caught:
        run(host, TEN, FAR, keep=keep)
    told = caught.value.message + caught.value.hint
    assert TOKEN not in told and "\n" not in told and str(keep) in caught.value.hint
    assert host.remarks == host.reviews == [] and not getattr(host, "drafts", [])
    assert TOKEN not in keep.read_text()


def test_what_was_kept_can_be_posted_later(host, keep):
    host.fails("POST", "reviews|draft_notes", Answer(422))
    with pytest.raises(PostError):
        run(host, TEN, NEAR, FAR, keep=keep)
    client = Client(target(host))
    for call in json.loads(keep.read_text())["requests"]:
        client.json(call["method"], call["url"], call["body"])
    assert run(host, TEN, NEAR, FAR, keep=keep) == Posted(known=3)


def test_what_only_reads_is_tried_again(host, keep):
    host.fails("GET", "", broken)
    host.fails("GET", "", Answer(502))
    assert run(host, TEN, keep=keep) == Posted(beside=1)


def test_a_host_that_is_never_reached(host, keep):
    host.fails("GET", "", broken, 100)
    with pytest.raises(PostError, match="broke off") as caught:
        run(host, TEN, keep=keep)
    assert str(keep) in caught.value.hint
    (call, *_) = json.loads(keep.read_text())["requests"]
    assert names_of(call["body"].get("body") or call["body"]["note"])[1:] == (TEN.fingerprint,)


def test_a_connection_that_breaks_before_anything_is_posted_leaves_nothing(host, keep):
    pattern = "draft_notes$" if isinstance(host, GitLabServer) else "reviews"
    host.fails("POST", pattern, broken)
    with pytest.raises(PostError, match="broke off"):
        run(host, TEN, NEAR, FAR, keep=keep)
    assert host.remarks == host.reviews == [] and not getattr(host, "drafts", [])
    assert run(host, TEN, NEAR, FAR, keep=keep) == Posted(beside=2, below=1)
    assert run(host, TEN, NEAR, FAR, keep=keep) == Posted(known=3)


def test_a_connection_that_breaks_after_the_review_arrived_is_no_failure(host, keep):
    def arrives(handler) -> None:
        asked = host.asked[-1]
        host.answer(asked, {})
        broken(handler)

    host.fails("POST", "bulk_publish" if isinstance(host, GitLabServer) else "reviews", arrives)
    assert run(host, TEN, FAR, keep=keep) == Posted(beside=1, below=1)
    assert len(host.remarks) == len(host.reviews) == 1
    assert run(host, TEN, FAR, keep=keep) == Posted(known=2)


def test_a_token_that_nobody_knows(host, keep):
    where = Target(**{**target(host).__dict__, "token": "other"})
    with pytest.raises(PostError, match="does not take the token"):
        post(Proposed("", OLD, (TEN,)), where, keep=keep)
    assert host.writes() == []


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_nothing_is_posted_once_it_is_closed(host, keep, state):
    host.state = state
    posted = run(host, TEN, keep=keep)
    assert posted.kept == keep and "closed" in posted.reason
    assert host.writes() == []


def test_an_older_run_leaves_what_a_newer_one_said(host, keep):
    host.push(NEW, {"a.py": HEAD})
    run(host, NEAR, head=NEW, keep=keep)
    posted = run(host, TEN, keep=keep)
    assert "newer commit" in posted.reason and posted.kept == keep
    assert len(host.open()) == 1


def test_a_fork_posts_nothing_and_the_review_is_kept_with_its_lines(host, keep):
    where = target(host, read_only="the token may only read")
    posted = post(Proposed("", OLD, (TEN, FAR)), where, keep=keep)
    assert posted == Posted(kept=keep, reason="the token may only read")
    assert host.writes() == []
    assert TEN.fingerprint in keep.read_text() and '"a.py"' in keep.read_text()


def test_a_fork_of_which_nothing_can_be_read_is_no_failure_either(host, keep):
    host.fails("GET", "", Answer(403), 100)
    where = target(host, read_only="the token may only read")
    posted = post(Proposed("", OLD, (TEN, FAR)), where, keep=keep)
    assert posted.kept == keep
    assert FAR.fingerprint in keep.read_text()


def test_a_place_where_nothing_can_be_kept_is_said(host, tmp_path):
    (tmp_path / "file").write_text("")
    where = target(host, read_only="the token may only read")
    posted = post(Proposed("", OLD, (TEN,)), where, keep=tmp_path / "file" / "x.json")
    assert posted.kept is None and "cannot be written" in posted.notes[0]


def test_more_fixes_than_stand_beside_their_lines(host, keep):
    head = "".join(f"row {n}\n" for n in range(60))
    host.files = {"a.py": HEAD, "b.py": head}
    fixes = [swap(f"row {n}\n", f"row {n}!\n", head, "b.py") for n in range(60)]
    posted = run(host, *fixes, keep=keep)
    assert posted == Posted(beside=MOST_BESIDE, below=10)
    assert run(host, *fixes, keep=keep) == Posted(known=60)


def test_more_fixes_than_are_told_at_all(host, keep):
    head = "".join(f"row {n}\n" for n in range(600))
    fixes = [swap(f"row {n}\n", f"row {n}!\n", head, "c.py") for n in range(600)]
    assert run(host, *fixes, keep=keep) == Posted(below=500)
    assert run(host, *fixes, keep=keep) == Posted(known=500)


def test_a_file_that_is_not_shown_goes_to_the_summary(host, keep):
    if isinstance(host, GiteaServer):
        host.files = {}
    host.hidden = {"a.py"}
    assert run(host, TEN, keep=keep) == Posted(below=1)


def test_a_change_that_is_too_long_for_a_comment(host, keep):
    most = 1_000_001 if isinstance(host, GitLabServer) else 65_537
    long = swap("line ten\n", "x" * most + "\n")
    assert run(host, long, keep=keep) == Posted(beside=1)
    assert "too long" in host.remarks[0].body
    far = swap("line 30\n", "y" * most + "\n")
    assert run(host, long, far, keep=keep) == Posted(below=1, known=1)
    assert names_of(host.reviews[-1].body)[1:] == (far.fingerprint,)


def test_two_alike_are_told_apart_by_their_number(host, keep):
    head = HEAD.replace("line 11\n", "line ten\n")
    host.push(OLD, {"a.py": head})
    both = [
        fix(head, head.replace("line ten\n", "x\n", 1)),
        fix(head, "x\n".join(head.rsplit("line ten\n", 1))),
    ]
    assert both[0].fingerprint == both[1].fingerprint
    assert run(host, both[0], keep=keep) == Posted(beside=1)
    assert run(host, *both, keep=keep) == Posted(beside=1, known=1)
    assert run(host, *both, keep=keep) == Posted(known=2)
    assert run(host, both[1], keep=keep) == Posted(known=1, withdrawn=1)


def test_another_text_than_the_host_has_is_never_put_beside_a_line(host, keep):
    host.files = {"a.py": HEAD.replace("line 11\n", "line eleven\n")}
    assert run(host, TEN, keep=keep) == Posted(below=1)


@pytest.mark.parametrize("junk", [[{}], {}, [1], "x", None, [[]], b"<html>", {"notes": [{}]}])
@pytest.mark.parametrize(
    "where", ["", "pulls/7$|requests/7$", "com|rev|dis|fil|dif|dra|time", "user"]
)
def test_an_answer_that_is_none_of_the_host_s_is_a_sentence_or_nothing(host, keep, junk, where):
    run(host, TEN, FAR, keep=keep)
    host.fails("GET", where, Answer(200, junk), 100)
    try:
        run(host, NEAR, keep=keep)
    except PostError as error:
        assert error.message and "\n" not in error.message
