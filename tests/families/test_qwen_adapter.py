"""The file of a canvas adapter: 8 bits, bound to its trunk, and refused where anything is wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_gguf import pack, random_adapter

from editdiff.errors import ModelError
from editdiff.families.qwen import adapter as module
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.trunk import Rows, Trunk

TRUNK, RANK = "a" * 64, 4


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("trunk"))


@pytest.fixture(scope="module")
def config(there) -> TrunkConfig:
    return TrunkConfig.read(there)


def adapter(config: TrunkConfig, rank: int = RANK) -> CanvasAdapter:
    return random_adapter(config, rank, TRUNK)


@pytest.fixture
def path(config, tmp_path) -> Path:
    made = tmp_path / "adapter.safetensors"
    adapter(config).write(made)
    return made


def changed(path: Path, **told: str) -> None:
    """Write other metadata beside the same tensors."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        metadata = dict(file.metadata())
    save_file(load_file(path), path, {**metadata, **told})


def test_what_is_written_comes_back_to_8_bits(config, path):
    stored, original = CanvasAdapter.read(path, config, TRUNK, RANK), adapter(config)
    assert stored.branches.keys() == original.branches.keys()
    assert np.array_equal(stored.marks.mask, original.marks.mask) and stored.rank == RANK
    assert np.array_equal(stored.marks.given, original.marks.given)
    assert stored.told["targets"] == "12" and stored.told["rank"] == str(RANK)
    pairs = [(pair, original.branches[name]) for name, pair in stored.branches.items()]
    for one, two in [*pairs, (stored.sampler, original.sampler)]:
        for a, b in zip(one, two, strict=True):
            assert np.abs(a - b).max() <= np.abs(b).max() / 127
            assert a.dtype == np.float32
    assert path.stat().st_mode & 0o044, "others may read it"


def test_a_file_without_a_sampler_head_has_none(config, tmp_path):
    replace(adapter(config), sampler=None).write(tmp_path / "a")
    assert CanvasAdapter.read(tmp_path / "a", config, TRUNK).sampler is None


def test_the_engine_runs_what_was_read(there, config, path):
    stored = CanvasAdapter.read(path, config, TRUNK)
    run, plain = Trunk(there, 1, stored.branches, stored.marks), Trunk(there, 1)
    ids, gate = np.arange(6), np.arange(6) > 3
    rows = Rows(ids, ids, np.tri(6, dtype=np.bool_), gate, gate)
    _, hidden = run.infer(run.empty(), rows)
    _, alone = plain.infer(plain.empty(), Rows(ids, ids, np.tri(6, dtype=np.bool_)))
    assert np.allclose(hidden[:4], alone[:4], atol=1e-6)
    assert np.abs(hidden[4:] - alone[4:]).max() > 0.1


def test_an_adapter_of_another_trunk_rank_or_format_is_refused(config, path):
    with pytest.raises(ModelError, match="another trunk: aaa"):
        CanvasAdapter.read(path, config, "b" * 64)
    with pytest.raises(ModelError, match="another rank: 4, not 8"):
        CanvasAdapter.read(path, config, TRUNK, 8)
    changed(path, format="99")
    with pytest.raises(ModelError, match="another format: 99, not 1") as caught:
        CanvasAdapter.read(path, config, TRUNK)
    assert "editdiff adapter" in caught.value.hint


@pytest.mark.parametrize("kept", [0, 5, 400, -1])
def test_a_file_that_is_cut_short_is_refused(kept, config, path):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match="cannot read the adapter"):
        CanvasAdapter.read(path, config, TRUNK)


def test_a_missing_file_is_refused(config, tmp_path):
    with pytest.raises(ModelError, match="cannot read the adapter"):
        CanvasAdapter.read(tmp_path / "none", config, TRUNK)


def test_a_single_altered_byte_is_noticed(config, path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="not what was written"):
        CanvasAdapter.read(path, config, TRUNK)


def test_shapes_that_are_not_the_trunks_are_refused(config, path):
    for change in ({"width": 2 * config.width}, {"layers": 1}, {"ff": config.ff + 1}):
        with pytest.raises(ModelError, match="cannot use the adapter"):
            CanvasAdapter.read(path, replace(config, **change), TRUNK)


@pytest.mark.parametrize("name", ["0.qkv.a", "1.down.b.scale", "mask", "sampler.second"])
def test_a_part_that_is_missing_is_refused(name, config, path):
    tensors = load_file(path)
    del tensors[name]
    told = {"format": "1", "trunk": TRUNK, "rank": str(RANK), "content": module._content(tensors)}
    save_file(tensors, path, told)
    with pytest.raises(ModelError, match="cannot use the adapter"):
        CanvasAdapter.read(path, config, TRUNK)


def test_what_is_too_large_to_travel_is_not_written(config, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(ModelError, match="more than the 1,000 that may travel") as caught:
        adapter(config).write(tmp_path / "a")
    assert "--rank" in caught.value.hint and not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_file_before(config, path, monkeypatch):
    before = path.read_bytes()

    def full(tensors, new, metadata):
        new.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save_file", full)
    with pytest.raises(ModelError, match="No space left"):
        adapter(config).write(path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_shipped_size_of_the_real_trunk_is_below_the_limit():
    width, kv, ff, layers, rank = 896, 128, 4864, 24, 32
    inputs, outputs = 3 * width + ff, (width + 2 * kv) + width + 2 * ff + width
    numbers = layers * rank * (inputs + outputs) + 512 * 3 * width
    scales = 4 * (layers * (4 * rank + outputs) + 512 + width)
    assert numbers + scales + 4 * width < module.MOST_BYTES
