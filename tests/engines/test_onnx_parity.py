"""The ONNX graph is held to torch: same weights, same answers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from editdiff.engines.export_onnx import write_model
from editdiff.engines.onnx_denoiser import OnnxDenoiser
from editdiff.engines.torch_denoiser import TorchDenoiser
from editdiff.errors import ModelError
from editdiff.network.config import NetworkConfig
from editdiff.network.transformer import CanvasTransformer
from editdiff.tokens.canvas import Canvas
from editdiff.tokens.tokenizer import Special, train_bpe

RNG = np.random.default_rng(0)
CONTEXT = RNG.integers(18, 300, 60)


@pytest.fixture(scope="module", params=[8, 0], ids=["copy head", "no copy head"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    tokenizer = train_bpe(["def area(width, height):\n    return width * height\n"], 300)
    tokenizer.save(path / "t.json")
    config = NetworkConfig(
        vocab_size=tokenizer.vocab_size,
        n_layer=2,
        n_embd=32,
        n_head=4,
        n_kv_head=2,
        n_ff=48,
        n_copy=request.param,
    )
    torch.manual_seed(0)
    model = CanvasTransformer(config)
    state = {n: (p + 0.2 * torch.randn_like(p)).numpy() for n, p in model.state_dict().items()}
    write_model(path / "model", config, state, path / "t.json")
    return path / "model"


@pytest.fixture(scope="module")
def onnx(folder: Path) -> OnnxDenoiser:
    return OnnxDenoiser(folder, threads=1)


@pytest.fixture(scope="module")
def reference(folder: Path) -> TorchDenoiser:
    return TorchDenoiser.from_pretrained(folder)


def context(denoiser: OnnxDenoiser | TorchDenoiser, length: int = 60) -> np.ndarray:
    return CONTEXT[:length] % denoiser.tokenizer.vocab_size


def blank(drafts: int, places: int = 16) -> Canvas:
    return Canvas.blank(Special(), drafts, [places])


def test_proposals_agree(onnx: OnnxDenoiser, reference: TorchDenoiser) -> None:
    ours = onnx.propose(onnx.encode(context(onnx)), blank(2))
    theirs = reference.propose(reference.encode(context(onnx)), blank(2))
    assert np.abs(ours.logp - theirs.logp).max() < 1e-4
    assert (ours.ids == theirs.ids).mean() > 0.99  # near ties may swap


def test_causal_scores_agree(onnx: OnnxDenoiser, reference: TorchDenoiser) -> None:
    ids = RNG.integers(18, onnx.tokenizer.vocab_size, (3, 9))
    ours = onnx.score(onnx.encode(context(onnx)), ids)
    theirs = reference.score(reference.encode(context(onnx)), ids)
    assert ours.shape == (3, 8)
    assert np.abs(ours - theirs).max() < 1e-4


def test_a_context_encoded_in_chunks_is_the_context_encoded_whole(onnx: OnnxDenoiser) -> None:
    ids = context(onnx)
    whole = onnx.encode(ids)
    chunked = onnx.encode(ids, onnx.encode(ids[:40], onnx.encode(ids[:5])))
    for a, b in zip(whole.layers, chunked.layers, strict=True):
        assert np.abs(a - b).max() < 1e-4
    assert np.allclose(whole.copy_keys, chunked.copy_keys, atol=1e-4)


@pytest.mark.parametrize("shared", [0, 1, 30, 60])
def test_a_context_that_begins_like_the_last_is_encoded_from_where_they_part(
    onnx: OnnxDenoiser, reference: TorchDenoiser, shared: int
) -> None:
    old = context(onnx)
    new = np.append(old[:shared], (old[shared : shared + 20] + 1) % onnx.tokenizer.vocab_size)
    for denoiser in (onnx, reference):
        fresh = denoiser.propose(denoiser.encode(new), blank(1))
        reused = denoiser.propose(denoiser.encode(new, denoiser.encode(old)), blank(1))
        assert np.abs(fresh.logp - reused.logp).max() < 1e-4


def test_a_batch_is_its_drafts_one_by_one(onnx: OnnxDenoiser) -> None:
    cache = onnx.encode(context(onnx))
    rows = RNG.integers(18, onnx.tokenizer.vocab_size, (4, 8))
    mask = np.zeros(rows.shape, dtype=bool)
    together = onnx.propose(cache, Canvas(rows, mask, mask))
    for i, row in enumerate(rows):
        alone = onnx.propose(cache, Canvas(row[None], mask[:1], mask[:1]))
        assert np.abs(together.logp[i] - alone.logp[0]).max() < 1e-4


def test_the_cache_is_only_read(onnx: OnnxDenoiser) -> None:
    cache = onnx.encode(context(onnx))
    before = [layer.copy() for layer in cache.layers]
    onnx.propose(cache, blank(3))
    onnx.encode(np.append(context(onnx, 7), 33), cache)
    assert all(np.array_equal(a, b) for a, b in zip(before, cache.layers, strict=True))


def test_the_weights_are_stored_once(folder: Path) -> None:
    weights = (folder / "model.safetensors").stat().st_size
    graph = (folder / "model.onnx").read_bytes()
    assert b"model.safetensors" in graph
    assert weights < 40_000  # int8: a byte a parameter, and the scales


@pytest.mark.parametrize(
    "part", ["config.json", "tokenizer.json", "model.safetensors", "model.onnx"]
)
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_model_folder_is_one_clear_sentence(
    folder: Path, tmp_path: Path, part: str, damage: str
) -> None:
    for file in folder.iterdir():
        data = file.read_bytes()
        if file.name != part:
            (tmp_path / file.name).write_bytes(data)
        elif damage == "cut":
            (tmp_path / file.name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError) as caught:
        OnnxDenoiser(tmp_path)
    assert part in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
