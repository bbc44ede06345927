"""From a GGUF file to the packed form: near what it was, whole or not at all."""

import json
import shutil
import struct
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tiny_gguf import BASE, EPS, HEADS, KV_HEADS, TINY, Checkpoint, pack

from editdiff.errors import MissingDependencyError, ModelError
from editdiff.families import qwen
from editdiff.families.qwen import packed
from editdiff.families.qwen.config import FILE, TrunkConfig
from editdiff.families.qwen.pack import MATRICES, VECTORS
from editdiff.families.qwen.packed import Packed, quantise


def nothing(share: float) -> None:
    """Tell nobody."""


def opened(there: Path) -> Packed:
    return Packed(there / packed.FILE, TrunkConfig.read(there))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a checkpoint, and beside it what it is packed to."""
    folder = tmp_path_factory.mktemp("packing")
    pack(folder)
    return folder


@pytest.fixture
def there(made, tmp_path) -> Path:
    """A copy of the packed folder."""
    return Path(shutil.copytree(made / "packed", tmp_path / "packed"))


def stored(file: Path) -> dict[str, np.ndarray]:
    """What the checkpoint holds, dequantised."""
    tensors = gguf.GGUFReader(file).tensors
    return {t.name: gguf.dequantize(t.data, t.tensor_type) for t in tensors}


def test_every_matrix_is_within_half_a_step_of_the_checkpoints(made):
    weights, checkpoint = opened(made / "packed"), stored(made / "tiny.gguf")
    for layer in range(TINY.layers):
        for name, sources in MATRICES.items():
            whole = np.vstack([checkpoint[f"blk.{layer}.{source}"] for source in sources])
            matrix = weights.matrix(f"{layer}.{name}")
            off = np.abs(matrix.integers * matrix.scale[:, None] - whole)
            assert (off <= 0.5001 * matrix.scale[:, None]).all()
            assert (np.abs(matrix.integers).max(axis=1) == 127).all(), "rows use all 8 bits"


def test_biases_and_norms_are_exact(made):
    weights, checkpoint = opened(made / "packed"), stored(made / "tiny.gguf")
    for layer in range(TINY.layers):
        for name, sources in VECTORS.items():
            whole = np.concatenate([checkpoint[f"blk.{layer}.{source}"] for source in sources])
            assert np.array_equal(weights[f"{layer}.{name}"], whole)
    assert np.array_equal(weights["norm"], checkpoint["output_norm.weight"])


def test_of_two_tied_copies_the_finer_one_is_kept(made):
    checkpoint, tied = stored(made / "tiny.gguf"), opened(made / "packed").matrix("tied")
    exact = TINY.tensors()["output.weight"][0]
    ours = tied.integers * tied.scale[:, None]
    off = {
        name: np.abs(checkpoint[name] - ours).max()
        for name in ("output.weight", "token_embd.weight")
    }
    assert off["output.weight"] <= 0.5001 * tied.scale.max() < off["token_embd.weight"]
    assert np.abs(ours - exact).mean() < np.abs(checkpoint["token_embd.weight"] - exact).mean() / 2


def test_a_tied_matrix_that_is_there_once_is_taken(tmp_path):
    there = pack(tmp_path, Checkpoint(once=True))
    tied = opened(there).matrix("tied")
    whole = stored(tmp_path / "tiny.gguf")["token_embd.weight"]
    assert np.abs(tied.integers * tied.scale[:, None] - whole).max() <= 0.5001 * tied.scale.max()


def test_the_shape_is_that_of_the_header(made):
    assert TrunkConfig.read(made / "packed") == TrunkConfig(
        TINY.layers, TINY.width, HEADS, KV_HEADS, TINY.ff, TINY.rows, BASE, pytest.approx(EPS)
    )


def test_parameters_are_the_numbers_of_the_file_scales_apart(made):
    weights = opened(made / "packed")
    count = sum(weights[name].size for name in weights if not name.endswith(packed.SCALE))
    assert TrunkConfig.read(made / "packed").parameters == count


def test_other_programs_can_read_the_file(made):
    weights, others = opened(made / "packed"), load_file(made / "packed" / packed.FILE)
    assert others.keys() == set(weights) and len(weights) == len(others)
    for name, values in others.items():
        assert values.dtype == weights[name].dtype
        assert np.array_equal(values, weights[name])


def test_weights_that_were_given_back_are_read_again(made):
    weights = opened(made / "packed")
    held = weights["0.qkv"]
    before = held.copy()
    weights.forget()
    assert np.array_equal(held, before)
    assert np.array_equal(weights["0.qkv"], before)


def test_the_data_begins_where_it_can_be_used_as_it_lies(made):
    content = (made / "packed" / packed.FILE).read_bytes()
    assert (8 + struct.unpack("<Q", content[:8])[0]) % packed.ALIGNMENT == 0


def test_the_share_that_is_done_rises_from_nought_to_one(made, tmp_path):
    told: list[float] = []
    qwen.pack(made, made / "tiny.gguf", tmp_path, told.append)
    assert told[0] == 0 and told == sorted(told)
    assert told[-1] == 1.0


def test_packing_twice_gives_the_same_bytes(made, tmp_path):
    qwen.pack(made, made / "tiny.gguf", tmp_path, nothing)
    for path in (made / "packed").iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


REFUSED = {
    "another architecture": (Checkpoint(architecture="llama"), "architecture 'llama'"),
    "a matrix missing": (
        Checkpoint(without=("blk.1.ffn_down.weight",)),
        "blk.1.ffn_down.weight",
    ),
    "a bias missing": (Checkpoint(without=("blk.0.attn_k.bias",)), "blk.0.attn_k.bias"),
    "no embedding": (Checkpoint(without=("token_embd.weight",)), "token_embd.weight"),
    "a matrix with too few rows": (Checkpoint(short=("blk.0.attn_output.weight",)), "not fit"),
    "an output layer of another vocabulary": (Checkpoint(short=("output.weight",)), "not fit"),
    "an embedding of fewer rows": (Checkpoint(short=("token_embd.weight",)), "not fit"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_is_refused_and_nothing_usable_is_left_with(what, tmp_path):
    checkpoint, told = REFUSED[what]
    file, into = checkpoint.write(tmp_path / "bad.gguf"), tmp_path / "into"
    into.mkdir()
    with pytest.raises(ModelError, match=told) as caught:
        qwen.pack(tmp_path, file, into, nothing)
    assert "editdiff models" in caught.value.hint
    assert_unusable(into)


def assert_unusable(into: Path) -> None:
    with pytest.raises(ModelError):
        TrunkConfig.read(into)


@given(st.integers(0, 20_000))
def test_a_file_that_is_cut_short_is_refused_wherever_it_is_cut(made, tmp_path_factory, cut):
    folder, content = tmp_path_factory.mktemp("cut"), (made / "tiny.gguf").read_bytes()
    file = folder / "cut.gguf"
    file.write_bytes(content[: len(content) * cut // 20_001])
    with pytest.raises(ModelError, match=r"cut\.gguf"):
        qwen.pack(folder, file, folder, nothing)
    assert_unusable(folder)


@pytest.mark.parametrize(
    "content", [b"", b"GGUF", b"PK\x03\x04" + bytes(100), b"GGUF" + bytes(200)]
)
def test_what_is_no_gguf_file_is_refused(content, tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.gguf"):
        qwen.pack(tmp_path, file, tmp_path, nothing)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelError, match="gone"):
        qwen.pack(tmp_path, tmp_path / "gone.gguf", tmp_path, nothing)


def test_without_the_library_that_reads_the_file_it_is_told_how_to_get_it(
    made, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingDependencyError, match="needs the library gguf") as caught:
        qwen.pack(made, made / "tiny.gguf", tmp_path, nothing)
    assert caught.value.hint.startswith("pip install")


def test_a_write_that_fails_leaves_nothing_usable(made, tmp_path):
    def stop_half_way(share: float) -> None:
        if share > 0.5:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        qwen.pack(made, made / "tiny.gguf", tmp_path, stop_half_way)
    assert_unusable(tmp_path)


def header_of(file: Path) -> tuple[dict, bytes]:
    content = file.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def write_header(file: Path, header: dict, data: bytes) -> None:
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_packed_weights_that_are_cut_short_are_refused(kept, there):
    file = there / packed.FILE
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ModelError, match="cannot read the weights") as caught:
        opened(there)
    assert "models get" in caught.value.hint


def test_packed_weights_with_bytes_behind_them_are_refused(there):
    file = there / packed.FILE
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ModelError, match="bytes where"):
        opened(there)


def test_an_altered_header_is_refused(there):
    header, data = header_of(there / packed.FILE)
    swapped = dict(header)
    one, other = "0.norm1", "0.norm2"
    swapped[one] = header[one] | {"data_offsets": header[other]["data_offsets"]}
    swapped[other] = header[other] | {"data_offsets": header[one]["data_offsets"]}
    renamed = {name.replace("0.qkv", "0.kqv"): entry for name, entry in header.items()}
    retyped = header | {"norm": header["norm"] | {"dtype": "I32"}}
    reshaped = header | {"norm": header["norm"] | {"shape": [1, TINY.width]}}
    for altered in (swapped, renamed, retyped, reshaped, {}, [], {"norm": 3}):
        write_header(there / packed.FILE, altered, data)
        with pytest.raises(ModelError, match="cannot read the weights"):
            opened(there)
    write_header(there / packed.FILE, header, data)
    opened(there)


@pytest.mark.parametrize("told", ["", "[]", "{}", "nonsense", '{"layers": 2}'])
def test_a_broken_configuration_is_refused(told, there):
    (there / FILE).write_text(told)
    with pytest.raises(ModelError, match="cannot read") as caught:
        TrunkConfig.read(there)
    assert "models get" in caught.value.hint


@pytest.mark.parametrize("name", ["vocabulary.json", "trunk.json"])
def test_a_file_that_is_gone_from_the_packed_folder_is_told(name, there):
    (there / name).unlink()
    with pytest.raises(ModelError, match=name):
        qwen.tokenizer(there)
        TrunkConfig.read(there)


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"tokens": 3}', '{"tokens": [], "merges": []}'])
def test_a_broken_vocabulary_is_refused(told, there):
    (there / "vocabulary.json").write_text(told)
    with pytest.raises(ModelError, match="vocabulary"):
        qwen.tokenizer(there)


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_a_row_is_rounded_to_half_a_step_whatever_its_size(seed, size):
    rng = np.random.default_rng(seed)
    matrix = (size * rng.normal(size=(3, 16))).astype(np.float32)
    matrix[1] = 0
    made = quantise(matrix)
    assert made.integers.dtype == np.int8 and made.scale.dtype == np.float32
    assert (made.integers[1] == 0).all() and made.scale[1] == 1
    off = np.abs(made.rows(np.arange(3)) - matrix)
    assert (off <= 0.5001 * made.scale[:, None]).all()


@given(st.text(max_size=60))
def test_every_text_comes_back_from_the_tokenizer(made, text):
    tokenizer = qwen.tokenizer(made / "packed")
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.special.is_text(np.array(ids, dtype=np.int64)).all()


def test_marks_and_unused_rows_stand_for_no_text(made):
    tokenizer = qwen.tokenizer(made / "packed")
    rows = np.arange(TINY.rows)
    silent = rows[~tokenizer.special.is_text(rows)]
    assert tokenizer.id_of("<|fim_prefix|>") in silent and tokenizer.special.end in silent
    assert tokenizer.decode_bytes(silent.tolist()) == b""
    assert TINY.rows - 1 in silent
