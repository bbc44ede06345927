"""Weights that have to be fetched: whether there is room, and what a chooser is told of the models."""

import pytest
from stand_ins import CONTENT, other, write_source

from editdiff.engines import choose
from editdiff.engines.catalogue import catalogue
from editdiff.engines.weights import Weights, check_memory, origin
from editdiff.errors import ModelError, UsageError
from editdiff.families.manifest import Manifest
from editdiff.store import room
from editdiff.store.given import Given
from editdiff.store.hub import FromHub
from editdiff.store.index import FromIndex


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
    """`coder` has to be fetched, `nano` comes whole, `odd` is broken; nothing is in the cache."""
    folder = tmp_path / "shipped"
    write_source(folder / "coder")
    Manifest("qwen", licence="Apache-2.0", measured=("lines: 1 %",)).write(folder / "coder")
    (folder / "nano").mkdir()
    Manifest("canvas", licence="MIT").write(folder / "nano")
    (folder / "odd").mkdir()
    (folder / "odd/source.json").write_text("{")
    Manifest("qwen").write(folder / "odd")
    monkeypatch.setattr(choose, "embedded", lambda name: folder / name)
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "not/yet/there"))
    return folder


def test_all_models_are_told_also_one_that_is_broken():
    coder, nano, odd = catalogue()
    assert (coder.name, coder.present, coder.default, coder.preferred) == (
        "coder",
        False,
        False,
        True,
    )
    assert (coder.download, coder.licence, coder.measured) == (
        len(CONTENT),
        "Apache-2.0",
        ("lines: 1 %",),
    )
    assert coder.obstacle == ""
    assert (nano.present, nano.default, nano.licence) == (True, True, "MIT")
    assert not odd.present
    assert "cannot read where the weights of odd are to be had" in odd.obstacle


@pytest.mark.parametrize(
    ("facts", "obstacle"),
    [
        ({"memory": 10**18}, "packing needs 1000000000.0 GB"),
        ({"packed": 10**18}, "free, 1000000000.0 GB are needed"),
    ],
)
def test_too_little_memory_or_disk_is_in_the_way(facts, obstacle, shipped):
    write_source(shipped / "coder", other(**facts))
    assert obstacle in catalogue()[0].obstacle


def test_memory_that_would_do_for_packing_and_not_for_use_is_in_the_way_too(shipped, monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: 4_000_000)
    assert "coder takes 6.8 MB of memory in use, 4.0 MB are free" in catalogue()[0].obstacle


def test_memory_is_checked_for_what_is_fetched_alone(monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: 1)
    check_memory("nano")
    check_memory("coder")  # that it is not fetched is told by whoever loads it
    monkeypatch.setattr(Weights, "there", "/somewhere")
    with pytest.raises(ModelError, match=r"coder takes 6\.8 MB of memory in use"):
        check_memory("coder")


def test_where_the_system_does_not_tell_its_memory_nothing_is_in_the_way(monkeypatch):
    monkeypatch.setattr(room, "available_memory", lambda: None)
    Weights.named("coder").check_memory()


def test_a_model_that_comes_whole_or_is_not_known_has_no_weights_to_fetch():
    with pytest.raises(UsageError, match="nano comes with editdiff"):
        Weights.named("nano")
    with pytest.raises(ModelError, match="there is no model codr to get"):
        Weights.named("codr")


def test_the_hub_is_the_source_unless_another_one_is_named(tmp_path):
    assert origin(None, None) == origin(None, "hub") == FromHub()
    assert origin(None, "index") == FromIndex()
    assert origin(tmp_path, None) == Given(tmp_path)
