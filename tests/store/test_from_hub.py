import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins import CONTENT, SOURCE, pack, silent

from editdiff.errors import FetchError
from editdiff.store.get import get
from editdiff.store.hub import FromHub


def fetch():
    return get(SOURCE, 1, FromHub(), pack, silent)


def partial(models):
    return models / f"{SOURCE.sha256[:16]}.partial" / "FromHub" / SOURCE.file


def ranges(hub):
    return [headers.get("Range") for method, _, headers in hub.asked if method == "GET"]


def test_the_file_of_the_hub_is_packed_and_then_deleted(hub, models):
    before = dict(os.environ)
    there = fetch()
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]
    assert not partial(models).parents[1].exists()
    assert dict(os.environ) == before


def test_the_hub_is_told_nothing_of_the_user(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert [method for method, _, _ in hub.asked] == ["HEAD", "GET"]
    for _, _, headers in hub.asked:
        assert "authorization" not in {name.lower() for name in headers}
        assert "secret" not in str(headers)


def test_an_interrupted_download_goes_on_where_it_was(hub, models):
    hub.stops_after = 2_500_000
    with pytest.raises(FetchError, match=r"cannot fetch toy\.gguf from the hub") as told:
        fetch()
    assert "what has arrived is kept" in told.value.hint
    assert partial(models).read_bytes() == CONTENT[: 2 << 20]
    hub.status, hub.asked = 200, []
    there = fetch()
    assert (there / "weights.bin").read_bytes() == CONTENT[::-1]
    assert ranges(hub) == [f"bytes={2 << 20}-"]


def test_a_download_ends_with_the_process_that_asked_for_it(hub, models):
    hub.holds_after = 2_500_000
    program = (
        "from stand_ins import SOURCE, pack, silent; from editdiff.store.get import get;"
        "from editdiff.store.hub import FromHub; get(SOURCE, 1, FromHub(), pack, silent)"
    )
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": path}
    ) as asking:
        until = time.monotonic() + 60
        while not (partial(models).exists() and partial(models).stat().st_size == 2 << 20):
            assert time.monotonic() < until
            time.sleep(0.05)
        asking.kill()
    assert hub.left.wait(30)
    hub.asked = []
    assert (fetch() / "weights.bin").read_bytes() == CONTENT[::-1]
    assert ranges(hub) == [f"bytes={2 << 20}-"]


def test_what_has_arrived_whole_is_not_downloaded_again(hub, models):
    partial(models).parent.mkdir(parents=True)
    partial(models).write_bytes(CONTENT)
    fetch()
    assert hub.asked == []


def test_what_is_longer_than_the_file_is_downloaded_anew(hub, models):
    partial(models).parent.mkdir(parents=True)
    partial(models).write_bytes(CONTENT + b"more")
    fetch()
    assert ranges(hub) == [None]


def test_altered_bytes_are_refused_and_not_kept(hub, models):
    hub.content = b"x" + CONTENT[1:]
    with pytest.raises(FetchError, match=r"has the SHA-256 .* it was not used"):
        fetch()
    assert not partial(models).exists()
    hub.content = CONTENT
    assert fetch().is_dir()


@pytest.mark.parametrize("change", [{"tag": "f" * 64}, {"content": CONTENT + b"x"}])
def test_another_file_of_the_same_name_is_refused_before_it_is_downloaded(change, hub):
    vars(hub).update(change)
    with pytest.raises(FetchError, match="there is another file of that name now"):
        fetch()
    assert ranges(hub) == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, "EntryNotFound"), (401, "RepoNotFound"), (404, "RevisionNotFound")],
)
def test_a_file_that_is_gone_from_the_hub_is_one_sentence(status, error, hub):
    hub.status, hub.error = status, error
    with pytest.raises(FetchError, match=r"the hub has no toy\.gguf in makers/toy any more"):
        fetch()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_hub_that_refuses_is_one_sentence_with_what_it_said(status, hub):
    hub.status = status
    with pytest.raises(FetchError, match=f"cannot fetch toy.gguf from the hub: .*{status}"):
        fetch()


def test_a_hub_that_does_not_answer_is_one_sentence(monkeypatch):
    with socket.socket() as held:  # bound, and nobody listens: refused
        held.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{held.getsockname()[1]}")
        with pytest.raises(FetchError, match=r"cannot fetch toy\.gguf.*refused") as told:
            fetch()
    assert "--from FILE, or --source index" in told.value.hint


def test_whoever_forbids_downloads_is_obeyed(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE forbids downloads"):
        fetch()
    assert hub.asked == []


def test_the_plan_names_the_repository_and_another_endpoint(hub):
    assert FromHub().told(SOURCE) == [
        f"from makers/toy on the hub at {hub.endpoint}, revision main"
    ]
