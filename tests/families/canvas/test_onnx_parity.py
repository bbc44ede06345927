"""The integer graph is held to torch: same weights, same answers but for the rounding of activations."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx as onnx_format
import pytest
import torch
from onnx import TensorProto
from safetensors.numpy import save_file
from torch import Tensor, nn

from editdiff.engines.local.caches import ContextCaches
from editdiff.errors import ModelError
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.export_onnx import export, write_model
from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.families.canvas.transformer import Cache, CanvasTransformer
from editdiff.families.canvas.weights import layout
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.tokens.bpe import train_bpe
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special

RNG = np.random.default_rng(0)
CONTEXT = RNG.integers(18, 300, 60)


def write(path: Path, silent: str = "none", **shape: Any) -> Path:
    """A model folder of random weights; parameters whose name ends in `silent` are nought."""
    tokenizer = train_bpe(["def area(width, height):\n    return width * height\n"], 300)
    tokenizer.save(path / "t.json")
    sizes = {"n_layer": 2, "n_embd": 32, "n_head": 4, "n_kv_head": 2, "n_ff": 48} | shape
    config = NetworkConfig(vocab_size=tokenizer.vocab_size, **sizes)
    torch.manual_seed(0)
    state = {
        name: ((p + 0.2 * torch.randn_like(p)) * (not name.endswith(silent))).numpy()
        for name, p in CanvasTransformer(config).state_dict().items()
    }
    write_model(path / "model", config, state, path / "t.json")
    return path / "model"


@pytest.fixture(scope="module", params=[8, 0], ids=["copy head", "no copy head"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model"), n_copy=request.param)


@pytest.fixture(scope="module")
def onnx(folder: Path) -> OnnxDenoiser:
    return OnnxDenoiser(folder, threads=1)


@pytest.fixture(scope="module")
def reference(folder: Path) -> TorchDenoiser:
    return rounding(TorchDenoiser.from_pretrained(folder))


def rounding(denoiser: TorchDenoiser) -> TorchDenoiser:
    """Round what torch multiplies as the graph does: 127 steps either way, of each row's own size."""

    def rounded(x: Tensor) -> Tensor:
        step = x.abs().amax(-1, keepdim=True).clamp_min(1e-30) / 127
        return (x / step).round() * step

    exact: list[Tensor] = []
    plain = denoiser.model.log_probs

    def log_probs(h: Tensor, cache: Cache) -> Tensor:
        exact.append(h)
        return plain(rounded(h), cache)

    denoiser.model.log_probs = log_probs  # type: ignore[method-assign]
    for name, module in denoiser.model.named_modules():
        if name == "copy_gate":  # one row: it stays in fp32
            module.register_forward_pre_hook(lambda _, args: (exact[-1],))
        elif isinstance(module, nn.Linear):
            module.register_forward_pre_hook(lambda _, args: (rounded(args[0]),))
    return denoiser


def prompt_of(ids: np.ndarray) -> Prompt:
    return Prompt.in_order(ids, SPECIAL.gaps)


def context(denoiser: OnnxDenoiser | TorchDenoiser, length: int = 60) -> Prompt:
    return prompt_of(CONTEXT[:length] % denoiser.tokenizer.vocab_size)


def blank(drafts: int, places: int = 16) -> Canvas:
    return Canvas.blank(SPECIAL, drafts, [places])


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for a few activations at a tie, which another order of summation rounds the other way.

    Without the reference's rounding the medians differ by 0.01 and the greatest by 0.1 nats.
    """
    differ = np.abs(a - b)
    return bool(np.median(differ) < 1e-3 and differ.max() < 0.03)


def test_proposals_agree(onnx: OnnxDenoiser, reference: TorchDenoiser) -> None:
    ours = onnx.propose(onnx.encode(context(onnx)), blank(2))
    theirs = reference.propose(reference.encode(context(onnx)), blank(2))
    assert close(ours.logp, theirs.logp)
    assert (ours.ids == theirs.ids).mean() > 0.99  # near ties may swap


def test_the_rounding_of_activations_is_all_that_parts_the_graph_from_fp32(
    onnx: OnnxDenoiser, folder: Path
) -> None:
    plain = TorchDenoiser.from_pretrained(folder)
    ours = onnx.propose(onnx.encode(context(onnx)), blank(1)).logp
    theirs = plain.propose(plain.encode(context(onnx)), blank(1)).logp
    assert not close(ours, theirs)  # so that the tests that hold the two together can fail
    assert np.abs(ours - theirs).max() < 0.3


def test_causal_scores_agree(onnx: OnnxDenoiser, reference: TorchDenoiser) -> None:
    ids = RNG.integers(18, onnx.tokenizer.vocab_size, (3, 9))
    ours = onnx.score(onnx.encode(context(onnx)), ids)
    theirs = reference.score(reference.encode(context(onnx)), ids)
    assert ours.shape == (3, 8)
    assert close(ours, theirs)


def test_a_context_encoded_in_chunks_is_the_context_encoded_whole(onnx: OnnxDenoiser) -> None:
    prompt = context(onnx)
    whole = onnx.encode(prompt)
    chunked = onnx.encode(prompt, onnx.encode(prompt.first(40), onnx.encode(prompt.first(5))))
    for a, b in zip(whole.layers, chunked.layers, strict=True):
        assert close(a, b)
    assert np.allclose(whole.copy_keys, chunked.copy_keys, atol=0.03)


@pytest.mark.parametrize("shared", [0, 1, 30, 60])
def test_a_context_that_begins_like_the_last_is_encoded_from_where_they_part(
    onnx: OnnxDenoiser, reference: TorchDenoiser, shared: int
) -> None:
    old = context(onnx)
    rest = (old.ids[shared : shared + 20] + 1) % onnx.tokenizer.vocab_size
    new = prompt_of(np.append(old.ids[:shared], rest))
    for denoiser in (onnx, reference):
        fresh = denoiser.propose(denoiser.encode(new), blank(1))
        reused = denoiser.propose(denoiser.encode(new, denoiser.encode(old)), blank(1))
        assert close(fresh.logp, reused.logp)


def test_a_batch_is_its_drafts_one_by_one(onnx: OnnxDenoiser) -> None:
    cache = onnx.encode(context(onnx))
    rows = RNG.integers(18, onnx.tokenizer.vocab_size, (4, 8))
    rows[1] = rows[1, 0]  # a plain row beside others must not take its steps from theirs
    mask = np.zeros(rows.shape, dtype=bool)
    together = onnx.propose(cache, Canvas(rows, mask, mask, SPECIAL))
    scores = onnx.score(cache, rows)
    for i, row in enumerate(rows):
        alone = onnx.propose(cache, Canvas(row[None], mask[:1], mask[:1], SPECIAL))
        assert close(together.logp[i], alone.logp[0])
        assert close(scores[i], onnx.score(cache, row[None])[0])


def test_an_autoregressive_step_writes_and_says_what_a_whole_pass_says(onnx: OnnxDenoiser) -> None:
    context_cache = cache = onnx.encode(context(onnx))
    ids, logp = [SPECIAL.gaps[0]], []
    for _ in range(6):
        cache, guess = onnx.extend(cache, np.array(ids[-1:]))
        ids.append(int(guess.ids[0, -1, 0]))
        logp.append(guess.logp[0, -1, 0])
    assert close(np.array(logp), onnx.score(context_cache, np.array([ids]))[0])
    several, guess = onnx.extend(context_cache, np.array(ids[:-1]))
    assert close(guess.logp[0, :, 0], np.array(logp))
    for a, b in zip(several.layers, cache.layers, strict=True):
        assert close(a, b)


def test_what_was_written_after_a_context_is_encoded_anew_as_a_part_of_it(
    onnx: OnnxDenoiser,
) -> None:
    prompt = context(onnx)
    written, _ = onnx.extend(onnx.encode(prompt.first(50)), prompt.ids[50:56])
    assert np.array_equal(written.prompt.ids, prompt.ids[:56])
    assert np.array_equal(written.prompt.at, prompt.at[:56])
    fresh, reused = (onnx.encode(prompt, cache) for cache in (None, written))
    assert reused.copy_keys.shape == fresh.copy_keys.shape
    assert close(onnx.propose(fresh, blank(1)).logp, onnx.propose(reused, blank(1)).logp)


@pytest.fixture(scope="module")
def in_document_order(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[OnnxDenoiser, TorchDenoiser]:
    folder = write(tmp_path_factory.mktemp("placed"), n_copy=8, positions="document")
    return OnnxDenoiser(folder, threads=1), rounding(TorchDenoiser.from_pretrained(folder))


def document(denoiser: OnnxDenoiser, before: str, *more: str) -> Prompt:
    """Context of a text with a gap after each of its parts but the last."""
    *between, after = more
    parts = (before, *between)
    around = ContextParts(parts[-1], after, "a.py", earlier=parts[:-1])
    return denoiser.prompt.encode(around, 400)


def test_in_document_order_all_calls_agree_with_torch(
    in_document_order: tuple[OnnxDenoiser, TorchDenoiser],
) -> None:
    onnx, reference = in_document_order
    prompt = document(onnx, "def area(", "):\n    return ", " * height\n")
    caches = onnx.encode(prompt), reference.encode(prompt)
    canvas = Canvas.blank(SPECIAL, 2, [8, 16])
    row = [[SPECIAL.gaps[0], 40, 41, SPECIAL.end, SPECIAL.gaps[1], 50, 51]]
    ours, theirs = (
        (
            d.propose(cache, canvas).logp[:, :, 0],
            d.score(cache, np.array(row)),
            d.propose(cache, canvas, np.full(canvas.ids.shape, 40)).asked,
        )
        for d, cache in zip((onnx, reference), caches, strict=True)
    )
    assert all(close(a, b) for a, b in zip(ours, theirs, strict=True))
    written, _ = onnx.extend(caches[0], np.array(row[0][:4]))
    _, guess = onnx.extend(written, np.array(row[0][4:]))
    whole = onnx.extend(caches[0], np.array(row[0]))[1]
    assert close(guess.logp[0, -1], whole.logp[0, -1])


def test_in_document_order_a_gap_has_no_neighbours_in_the_next(
    in_document_order: tuple[OnnxDenoiser, TorchDenoiser],
) -> None:
    onnx, _ = in_document_order
    cache = onnx.encode(document(onnx, "def area(", "):\n    return ", " * height\n"))
    beside = replace(cache, prompt=replace(cache.prompt, starts=cache.prompt.starts[:1]))
    canvas = Canvas.blank(SPECIAL, 1, [8, 8])
    apart, together = (onnx.propose(c, canvas).logp for c in (cache, beside))
    assert not close(apart, together)


def test_typing_in_document_order_is_exact_and_mostly_cheap(
    in_document_order: tuple[OnnxDenoiser, TorchDenoiser],
) -> None:
    onnx, _ = in_document_order
    caches = ContextCaches(onnx.encode)
    behind = "\n    return width * height\n" * 3
    costs = []
    for n in range(1, 90, 2):
        prompt, before = (
            document(onnx, "area(width, " * (n // 12 + 1) + "x" * n, behind),
            caches.encoded,
        )
        kept = caches.encode(prompt).cache
        costs.append((caches.encoded - before) / len(prompt.ids))
        fresh = onnx.encode(prompt)
        assert close(onnx.propose(kept, blank(1)).logp, onnx.propose(fresh, blank(1)).logp)
    assert np.median(costs) < 0.5
    assert max(costs[1:]) > 0.9  # once the reserve is used up, all but the path is encoded anew


def test_the_cache_is_only_read(onnx: OnnxDenoiser) -> None:
    cache = onnx.encode(context(onnx))
    before = [layer.copy() for layer in cache.layers]
    onnx.propose(cache, blank(3))
    onnx.extend(cache, context(onnx, 2).ids)
    onnx.encode(prompt_of(np.append(context(onnx, 7).ids, 33)), cache)
    assert all(np.array_equal(a, b) for a, b in zip(before, cache.layers, strict=True))


def test_rows_of_nought_stay_nought(tmp_path: Path) -> None:
    folder = write(tmp_path, silent="v.weight", n_copy=8)
    onnx, reference = (
        OnnxDenoiser(folder, threads=1),
        rounding(TorchDenoiser.from_pretrained(folder)),
    )
    ours, theirs = (d.propose(d.encode(context(onnx)), blank(1)) for d in (onnx, reference))
    assert close(ours.logp, theirs.logp)


def test_the_graph_takes_every_matrix_from_the_weights_file_as_bytes(folder: Path) -> None:
    stored = layout(folder / "model.safetensors")
    graph = onnx_format.load(folder / "model.onnx", load_external_data=False).graph
    external = {
        t.name: {e.key: e.value for e in t.external_data} | {"type": t.data_type}
        for t in graph.initializer
        if t.data_location == TensorProto.EXTERNAL
    }
    assert external.keys() == stored.keys()
    for name, where in stored.items():
        assert external[name]["location"] == "model.safetensors"
        assert int(external[name]["offset"]) == where.offset
        large = len(where.shape) == 2 and where.shape[0] > 1 and where.shape[1] > 1
        assert external[name]["type"] == (TensorProto.UINT8 if large else TensorProto.FLOAT)
    weights = (folder / "model.safetensors").stat().st_size
    assert weights < 40_000  # a byte a parameter, and the scales


def test_the_engine_runs_without_torch_and_onnx(folder: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser\n"
        "from editdiff.prompt.base import Prompt\n"
        "d = OnnxDenoiser(Path(sys.argv[1]), threads=1)\n"
        "d.extend(d.encode(Prompt.in_order(np.arange(20, 30), [10])), np.array([20]))\n"
        "print(sorted({'torch', 'onnx', 'transformers'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_graph_of_another_network_is_one_clear_sentence(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(table | {"n_layer": 3}))
    with pytest.raises(ModelError, match=r"model\.onnx takes other inputs") as caught:
        OnnxDenoiser(tmp_path)
    assert "editdiff export" in caught.value.hint


def test_weights_of_the_older_format_are_not_exported(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"embed.weight": np.ones((8, 4), np.int8)}, file)
    with pytest.raises(ModelError, match="I8"):
        export(NetworkConfig.load(folder / "config.json"), file, tmp_path / "model.onnx")


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
