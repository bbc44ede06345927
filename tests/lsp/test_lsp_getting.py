"""`editdiff/models` and `editdiff/models/get`: a small model of a stand-in for the hub, fetched, packed, used."""

import hashlib
import itertools
import json
import signal
import sys

import editdiff_of_folder
import pytest
import pytest_asyncio
from lsp_editor import Editor
from lsprotocol.types import WorkDoneProgressCancelParams
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled
from stand_ins import SOURCE, serving
from tiny_gguf import Checkpoint, write_unfetched

from editdiff.engines.choose import embedded
from editdiff.families import qwen
from editdiff.families.manifest import GHOST
from editdiff.store import packed, where

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUM = "total = sum(«items»)\n"
PROGRAM = editdiff_of_folder.__file__
CHECKPOINT = Checkpoint(rows=10_000, width=128)
"""Large enough to be met while it is packed, and for a part of it to reach the disk: a megabyte at once does."""
tokens = (f"get-{number}" for number in itertools.count())


class Desk:
    """A user's computer: model folders, a cache, a hub that can be reached, and servers, one for each window."""

    def __init__(self, folder, released, hub, environment):
        self.folder, self.released, self.hub = folder, released, hub
        self.shipped = folder / "shipped"
        self.sha256 = hub.tag
        self.editors = []
        self.environment = environment | {
            "EDITDIFF_MODELS": str(folder / "models"),
            "HF_ENDPOINT": hub.endpoint,
            "NO_PROXY": "127.0.0.1",
        }
        self.shipped.mkdir(parents=True)
        (self.shipped / "nano").symlink_to(embedded("nano"))
        self.ship("coder")
        self.ship("huge", memory=10**18)

    def ship(self, name, **facts):
        """Write a model folder whose trunk has to be fetched."""
        there = self.shipped / name
        write_unfetched(there, CHECKPOINT, self.released, **facts)
        told = {"weights": self.sha256, "languages": {"rust": {"threshold": 0.5}}}
        (there / GHOST).write_text(json.dumps(told))

    @property
    def place(self):
        """Where the packed weights lie in the end."""
        name = where.place(self.sha256, qwen.PACKING).name
        return self.folder / "models" / name

    @property
    def arrived(self):
        """Bytes of the file that have arrived."""
        folder = self.folder / "models" / where.partial(self.sha256).name
        return sum(path.stat().st_size for path in folder.rglob("*.gguf"))

    async def start(self):
        editor = Editor()
        command = [sys.executable, "-I", PROGRAM, str(self.shipped), "lsp", "--alone"]
        await editor.start(command, env=self.environment, cwd=self.folder)
        self.editors.append(editor)
        await editor.begin()
        return editor


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The file of weights that the hub has."""
    return CHECKPOINT.write(tmp_path_factory.mktemp("released") / SOURCE.file)


@pytest.fixture(scope="module")
def hub(released):
    with serving() as server:
        server.content = released.read_bytes()
        server.tag = hashlib.sha256(server.content).hexdigest()
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def desk(environment, released, hub, tmp_path):
    """A computer without fetched models, for this test alone."""
    hub.asked.clear()
    hub.left.clear()
    desk = Desk(tmp_path, released, hub, environment)
    yield desk
    for editor in desk.editors:
        await editor.leave()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept(environment, released, hub, tmp_path_factory):
    """A server that never gets anything, for the tests that want no more."""
    desk = Desk(tmp_path_factory.mktemp("kept"), released, hub, environment)
    yield await desk.start()
    for editor in desk.editors:
        await editor.leave()


def get(editor, **params):
    """Ask for `coder`; the request, and the token of its progress."""
    token = next(tokens)
    editor.progress_reports[token] = []
    params = {"name": "coder", "workDoneToken": token, **params}
    return editor.ask("editdiff/models/get", params), token


async def hears(editor, token, word):
    """Wait until a word is in the progress of a request."""
    reports = editor.progress_reports[token]
    await editor.until(lambda: any(word in (getattr(r, "message", "") or "") for r in reports))


async def serves(editor, name):
    """Wait until the server has loaded a model."""
    fits = {"state": "ready", "model": name}.items()
    await editor.notice("statusChanged", lambda params: fits <= params.items())


async def entry(editor, name):
    answer = await editor.ask("editdiff/models")
    return next(each for each in answer["models"] if each["name"] == name)


async def test_the_models_are_told_with_what_they_take_and_where_they_come_from(kept, hub):
    nano, coder = await entry(kept, "nano"), await entry(kept, "coder")
    assert (nano["present"], nano["default"], nano["preferred"]) == (True, True, False)
    assert (coder["present"], coder["default"], coder["preferred"]) == (False, False, True)
    assert coder["source"] == [f"from makers/toy on the hub at {hub.endpoint}, revision main"]
    assert "unaffiliated" in coder["index"][1]
    assert coder["licence"] == "Apache-2.0"
    assert coder["download"] == len(hub.content)
    assert (coder["disk"], coder["memory"]) == (SOURCE.packed, SOURCE.packed * 9 // 4)
    assert (coder["obstacle"], coder["getting"]) == ("", False)


async def test_the_list_tells_whether_the_user_named_a_model(kept):
    assert (await kept.ask("editdiff/models"))["named"] is None
    kept.configure({"model": "nano"})
    assert (await kept.ask("editdiff/models"))["named"] == "nano"
    kept.configure({})


async def test_too_little_memory_is_said_before_with_figures(kept):
    assert "packing needs 1000000000.0 GB" in (await entry(kept, "huge"))["obstacle"]
    answer = await get(kept, name="huge")[0]
    assert "packing needs 1000000000.0 GB" in answer["reason"]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"name": "codr"}, "there is no model codr to get or remove"),
        ({"name": "nano"}, "nano comes with editdiff"),
        ({"from": "/no/where.gguf"}, "cannot read /no/where.gguf"),
        ({"from": __file__}, f"{__file__} has "),
    ],
)
async def test_what_cannot_be_had_is_said_with_a_hint(kept, params, reason):
    answer = await get(kept, **params)[0]
    assert answer["kind"] == "none"
    assert reason in answer["reason"]
    assert answer["hint"]
    assert not (await entry(kept, "coder"))["present"]


@pytest.mark.parametrize(
    "params",
    [{"name": 1}, {"source": "moon"}, {"from": 1}, {"source": "hub", "from": "/a.gguf"}],
    ids=str,
)
async def test_parameters_that_make_no_sense_are_refused(kept, params):
    with pytest.raises(JsonRpcInvalidParams):
        await get(kept, **params)[0]


async def test_the_server_answers_while_a_model_is_fetched_once(kept, hub):
    hub.holds_after = 10_000
    asked, token = get(kept)
    await kept.until(lambda: hub.holds_after is None)
    await hears(kept, token, "fetching")
    assert (await kept.fill(kept.open(SUM)))["kind"] in ("none", "proposal")
    assert (await entry(kept, "coder"))["getting"]
    assert (await get(kept)[0])["reason"] == "coder is being fetched already"
    kept.cancel(asked)
    with pytest.raises(JsonRpcRequestCancelled):
        await asked
    await kept.until(hub.left.is_set)


async def test_what_is_fetched_takes_the_place_of_the_built_in_model(desk):
    editor = await desk.start()
    await serves(editor, "nano")
    document = editor.open(SUM)
    proposal = await editor.fill(document)
    asked, token = get(editor)
    assert await asked == {"kind": "got", "name": "coder"}
    status = await editor.ask("editdiff/status")
    assert (status["state"], status["model"], status["languages"]) == ("ready", "coder", ["rust"])
    assert (await entry(editor, "coder"))["default"]
    begun, *steps, _ = editor.progress_reports[token]
    assert (begun.title, begun.percentage) == ("editdiff: getting coder", 0)
    assert [step.percentage for step in steps] == sorted(step.percentage for step in steps)
    said = [step.message.partition(",")[0] for step in steps]
    assert list(dict.fromkeys(said)) == ["fetching", "checking", "packing", "loading"]
    # what was asked for before can be followed by drafts of the new model
    assert (await editor.ask("editdiff/other", {"id": proposal["id"]}))["id"] == proposal["id"]


async def test_a_fetch_that_is_cancelled_goes_on_the_next_time(desk, hub):
    editor = await desk.start()
    hub.holds_after = 1_500_000
    asked, token = get(editor)
    await editor.until(lambda: desk.arrived > 0)
    editor.window_work_done_progress_cancel(WorkDoneProgressCancelParams(token))
    answer = await asked
    assert (answer["kind"], answer["reason"]) == ("none", "it was cancelled")
    assert "kept" in answer["hint"]
    await editor.until(hub.left.is_set)
    kept = desk.arrived
    assert (await get(editor)[0])["kind"] == "got"
    ranges = [headers.get("Range") for method, _, headers in hub.asked if method == "GET"]
    assert ranges == [None, f"bytes={kept}-"]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signal")
@pytest.mark.parametrize("stage", ["fetching", "packing"])
async def test_a_server_that_is_killed_leaves_nothing_half_written_in_use(stage, desk, hub):
    editor = await desk.start()
    if stage == "fetching":
        hub.holds_after = 1_500_000
    asked, token = get(editor)
    await hears(editor, token, stage)
    if stage == "fetching":
        await editor.until(lambda: desk.arrived > 0)
    editor.process.send_signal(signal.SIGKILL)
    assert await editor.gone() == -signal.SIGKILL
    asked.future.cancel()
    assert not desk.place.exists() or packed.is_whole(desk.place, desk.sha256)
    editor = await desk.start()
    assert (await get(editor)[0])["kind"] == "got"
    assert packed.is_whole(desk.place, desk.sha256)
    await serves(editor, "coder")


async def test_of_two_windows_the_second_waits_and_both_take_the_model_up(desk, hub):
    first, second = await desk.start(), await desk.start()
    hub.holds_after = 10_000
    asked, _ = get(first)
    await first.until(lambda: hub.holds_after is None)
    waiting, other = get(second)
    await hears(second, other, "another editor or editdiff fetches it")
    first.cancel(asked)
    with pytest.raises(JsonRpcRequestCancelled):
        await asked
    assert (await waiting)["kind"] == "got"
    await serves(second, "coder")
    await serves(first, "coder")  # which finds it there


async def test_where_memory_has_no_room_for_it_the_built_in_model_takes_its_place(desk, hub):
    editor = await desk.start()
    assert (await get(editor, **{"from": str(desk.released)})[0])["kind"] == "got"
    assert hub.asked == []
    assert desk.released.is_file()
    assert await editor.end() == 0
    desk.ship("coder", packed=10**18)
    editor = await desk.start()
    await serves(editor, "nano")
    message = (await editor.ask("editdiff/status"))["message"]
    assert message.startswith("coder takes 2250000000.0 GB of memory in use, ")
    assert message.endswith("nano takes its place")
