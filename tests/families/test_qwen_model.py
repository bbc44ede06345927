"""A model folder of the trunk's family: what it tells, what it loads, and what it refuses."""

from pathlib import Path

import pytest
from tiny_gguf import HEADS, TINY, stop, tiny_qwen, write_model

from editdiff.edits.infill import infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines import choose as choose_module
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.choose import Choice, choose
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import ModelError
from editdiff.families import qwen
from editdiff.families.load import describe, identity, is_fetched, load, pack, packing, traits_of
from editdiff.families.qwen import packed
from editdiff.families.qwen.stop import FILE, Stop
from editdiff.store import where
from editdiff.store.packed import CONTENTS
from editdiff.store.source import Source
from editdiff.text.document import Document
from editdiff.text.span import Span

TEXT = "def area(width, height):\n    return width * height\n"


@pytest.fixture
def coder(tmp_path, monkeypatch) -> Path:
    """A model folder whose trunk is fetched."""
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return write_model(tmp_path)


def place(folder: Path) -> Path:
    """Where its trunk lies."""
    return where.place(Source.read(folder).sha256, packing(folder))


def names(folder: Path) -> set[str]:
    """Of the files of a packed trunk, without what tells that it is whole."""
    return {path.name for path in folder.iterdir()} - {CONTENTS}


def test_it_is_described_by_its_small_files_and_headers(coder):
    told = describe(coder)
    assert told.identity == identity(coder) == Source.read(coder).sha256
    assert told.vocab_size == TINY.rows
    assert told.weights_size == (place(coder) / packed.FILE).stat().st_size
    assert set(told.files) == names(place(coder))
    assert f"{HEADS} heads" in told.facts["network"]
    assert told.facts["trunk"] == str(place(coder))
    assert told.integer and 0 < told.multiply_adds < told.parameters
    assert traits_of(coder).languages == ("python",)
    assert traits_of(coder).canvases == ()


def test_it_fills_a_gap_or_says_why_not(coder):
    document = Document.from_bytes(TEXT.encode(), "area.py")
    options = FillOptions(max_tokens=24, drafts=4, lookup=0)
    one, other = (infill(document, [Span(36, 50)], choose(str(coder)), options) for _ in range(2))
    assert isinstance(one, Proposal | NoEdit)
    assert type(one) is type(other)
    if isinstance(one, Proposal) and isinstance(other, Proposal):
        assert one.after.text == other.after.text, "the same seed gives the same outcome"
        assert one.after.text.startswith(TEXT[:36]) and one.after.text.endswith(TEXT[50:])


def test_gaps_that_touch_are_filled_one_after_the_other(tmp_path):
    model = tiny_qwen(tmp_path)
    sure = {kind: each._replace(bias=20.0) for kind, each in model.stop.kinds.items()}
    model.stop = Stop(sure)  # everything ends at once
    task = FillTask(TEXT, (Span(36, 41), Span(41, 50)), "a.py")
    updates = TwinEngine(model).fill(task, FillOptions(temperature=0.0))
    (draft,) = [update for update in updates if isinstance(update, Draft)]
    assert draft.texts == ("", "") and draft.ended


def test_what_is_not_fetched_is_told_with_the_command_that_fetches_it(coder, monkeypatch, tmp_path):
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "elsewhere"))
    assert traits_of(coder) and identity(coder), "what it can do is told all the same"
    for ask in (load, describe):
        with pytest.raises(ModelError, match="not fetched yet") as caught:
            ask(coder)
        assert "editdiff models get tiny" in caught.value.hint


def test_a_stop_head_of_other_weights_is_refused(coder):
    stop(TINY.width, "0" * 64).write(coder / FILE, {})
    with pytest.raises(ModelError, match="belongs to other weights"):
        load(coder)


def test_a_stop_head_of_another_width_is_refused(coder):
    stop(2 * TINY.width, identity(coder)).write(coder / FILE, {})
    with pytest.raises(ModelError, match="another width"):
        load(coder)


@pytest.mark.parametrize("name", ["stop.json", "source.json"])
def test_a_folder_that_lacks_a_file_is_refused(name, coder):
    (coder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load(coder)


@pytest.mark.parametrize("name", ["trunk.json", "weights.safetensors", "vocabulary.json"])
def test_a_fetched_trunk_that_is_damaged_is_refused_with_what_to_do(name, coder):
    path = place(coder) / name
    whole = path.read_bytes()
    path.write_bytes(whole[:20] + b"\0" * (len(whole) - 20))
    with pytest.raises(ModelError, match=name) as caught:
        load(coder)
    assert "editdiff models" in caught.value.hint
    assert is_fetched(coder), "of that nothing is known before it is read"


@pytest.mark.parametrize("name", ["trunk.json", "weights.safetensors", "vocabulary.json"])
def test_a_trunk_that_was_cut_short_counts_as_not_fetched(name, coder):
    assert is_fetched(coder)
    path = place(coder) / name
    path.write_bytes(path.read_bytes()[:20])
    assert not is_fetched(coder)
    with pytest.raises(ModelError, match="not fetched yet"):
        load(coder)


def test_what_needs_no_fetching_and_what_is_no_model_is_not_fetched(coder, tmp_path, nano):
    assert not is_fetched(nano)
    assert not is_fetched(tmp_path / "nowhere")
    (coder / "source.json").write_text("{")
    assert not is_fetched(coder)


def test_the_trunk_is_preferred_once_it_is_fetched(coder, monkeypatch):
    by_name = {"coder": coder, "nano": coder.parent / "nano"}
    monkeypatch.setattr(choose_module, "embedded", by_name.__getitem__)
    assert choose_module.default() == Choice.of(None).folder == coder
    (place(coder) / CONTENTS).unlink()
    assert choose_module.default() == Choice.of(None).folder == by_name["nano"]


def test_a_vocabulary_that_lacks_a_mark_is_refused(coder):
    path = place(coder) / "vocabulary.json"
    path.write_bytes(path.read_bytes().replace(b"<|fim_pad|>", b"<|fim_nop|>"))
    with pytest.raises(ModelError, match=r"<\|fim_pad\|>"):
        load(coder)


def test_the_family_packs_what_was_fetched(coder, tmp_path):
    into = tmp_path / "again"
    into.mkdir()
    told: list[float] = []
    pack(coder, tmp_path / "tiny.gguf", into, told.append)
    assert told[-1] == 1
    assert packing(coder) == qwen.PACKING
    assert names(into) == names(place(coder)) | {"steps.json"}
