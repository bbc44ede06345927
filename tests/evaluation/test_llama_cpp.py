"""The comparison with llama.cpp, against a llama.cpp that does what a file tells."""

import json
import shlex
import sys
from pathlib import Path

import pytest
import typer
from evaluation_zoo import write_corpus
from tiny_gguf import tiny_qwen, write_model
from typer.testing import CliRunner

from editdiff.cli import bench as command
from editdiff.engines.base import FillTask
from editdiff.errors import EngineError, InputError, MissingDependencyError
from editdiff.evaluation.speed.llama_cpp import (
    COLD,
    ENCODE,
    MEMORY,
    SAME,
    SAMPLE,
    START,
    STEP,
    WARM,
    Comparison,
    Ours,
    Pair,
    Written,
    variants,
)
from editdiff.evaluation.speed.llama_cpp_child import worker
from editdiff.families.qwen import tokenizer as tokenizer_of
from editdiff.families.running import Running
from editdiff.store import where
from editdiff.store.source import Source
from editdiff.text.span import Span

FAKE = '''\
"""As much of llama-cpp-python as is used. A file is JSON: what it cuts, and the pieces that it writes."""
import ctypes, json, shutil

__version__ = "0"


def llama_print_system_info():
    return b"CPU : AVX2 = 1 | AVX512 = 0 | REPACK = 1 | "


class Llama:
    def __init__(self, file, **told):
        self.told = json.load(open(file))
        assert told["n_threads"] == told["n_threads_batch"] == 1 and told["n_ctx"] > 512
        assert told["logits_all"] == (told["draft_model"] is not None)
        self.read = []

    def tokenize(self, text, add_bos, special):
        return self.told["cut"].get(text.decode(), [])

    def detokenize(self, tokens):
        return self.told["pieces"][tokens[0]].encode()

    def reset(self):
        self.read = []

    def eval(self, ids):
        self.read += ids

    def generate(self, ids, temp):
        assert temp == 0.0
        self.read = list(ids)
        yield from range(len(self.told["pieces"]))


class Params(ctypes.Structure):
    _fields_ = [("ftype", ctypes.c_int), ("nthread", ctypes.c_int), ("allow_requantize", ctypes.c_bool)]


llama_model_quantize_default_params = Params


def llama_model_quantize(file, into, params):
    if b"bad" in file:
        return 1
    assert params._obj.ftype in (2, 7) and params._obj.allow_requantize
    shutil.copy(file, into)
    return 0
'''
TEXT = "def area(width, height):\n    return width * height\n"


def interpreter(folder: Path, packages: bool = True, dies: str = "") -> str:
    """A program that runs a script as Python does, with the package above or without it."""
    (folder / "llama_cpp").mkdir(parents=True, exist_ok=True)
    (folder / "llama_cpp" / "__init__.py").write_text(FAKE)
    (folder / "llama_cpp" / "llama_speculative.py").write_text(
        "class LlamaPromptLookupDecoding: pass\n"
    )
    run = f"import runpy, sys; {dies}\n" + (f"sys.path.insert(0, {str(folder)!r})\n" * packages)
    run += "runpy.run_path(sys.argv[1], run_name='__main__')"
    program = folder / "python"
    program.write_text(
        f'#!/bin/sh\nshift\nexec {shlex.quote(sys.executable)} -I -c {shlex.quote(run)} "$@"\n'
    )
    program.chmod(0o755)
    return str(program)


def write_file(path: Path, cut: list[int], pieces=("return", " 1", "\n", "never")) -> Path:
    path.write_text(json.dumps({"cut": {SAMPLE: cut}, "pieces": pieces}))
    return path


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.bench)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


@pytest.fixture
def coder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return write_model(tmp_path)


@pytest.mark.parametrize(("lines", "theirs_wrote"), [("1", "return 1"), ("2", "return 1\nnever")])
def test_every_variant_is_measured_by_turns_with_ours(lines, theirs_wrote, coder, tmp_path):
    tokenizer = tokenizer_of(where.place(Source.read(coder).sha256, 1))
    file = write_file(tmp_path / "theirs.gguf", tokenizer.encode(SAMPLE))
    manifest, target = write_corpus(tmp_path, {"kept": "heldout"}), tmp_path / "out.json"
    result = invoke(
        "llama-cpp", "--model", str(coder), "--threads", "1", "--gguf", str(file),
        "--python", interpreter(tmp_path / "fake"), "--repeats", "5", "--starts", "1", "--gaps", "2",
        "--no-requantize", "--lines", lines,
        "--manifest", str(manifest), "--cache", str(tmp_path), "--json", str(target),
    )  # fmt: skip
    assert result.exception is None
    content = json.loads(target.read_text(encoding="utf-8"))
    assert [pair["variant"] for pair in content["pairs"]] == ["theirs", "theirs with lookup"]
    for pair in content["pairs"]:
        counts = {measure: len(values) for measure, values in pair["values"].items()}
        assert counts | {MEMORY: 1} == {STEP: 5, ENCODE: 1, COLD: 2, WARM: 2, START: 1, MEMORY: 1}
        assert all(ours > 0 and theirs > 0 for ours, theirs in pair["values"][COLD])
        assert [theirs["text"] for _, theirs in pair["lines"]] == [theirs_wrote] * 2
        wanted = 3 if lines == "1" else 4
        assert [theirs["tokens"] for _, theirs in pair["lines"]] == [wanted] * 2, "to a line break"
    assert content["settings"]["threads"] == 1
    assert "the best of them" in result.stdout
    assert "AVX2, REPACK" in result.stdout


def test_a_file_of_another_vocabulary_is_refused(coder, tmp_path):
    file = write_file(tmp_path / "other.gguf", [1, 2, 3])
    manifest = write_corpus(tmp_path, {"kept": "heldout"})
    result = invoke(
        "llama-cpp", "--model", str(coder), "--threads", "1", "--gguf", str(file),
        "--python", interpreter(tmp_path / "fake"), "--repeats", "1", "--starts", "1", "--no-requantize",
        "--manifest", str(manifest), "--cache", str(tmp_path),
    )  # fmt: skip
    assert isinstance(result.exception, InputError)
    assert "another vocabulary" in result.exception.message


def test_of_the_first_file_others_are_made(tmp_path):
    files = [write_file(tmp_path / name, [n]) for n, name in enumerate(("a.gguf", "b.gguf"))]
    found = variants(files, interpreter(tmp_path / "fake"), tmp_path, 1)
    assert [variant.name for variant in found if not variant.lookup] == ["a", "b", "q8_0", "q4_0"]
    assert [variant.lookup for variant in found] == [False, True] * 4
    assert all(v.file.read_text() == files[v.name[0] == "b"].read_text() for v in found)


def test_without_requantizing_only_what_is_named_is_run(tmp_path):
    files = [write_file(tmp_path / name, []) for name in ("a.gguf", "b.gguf")]
    found = variants(files, interpreter(tmp_path / "fake"), tmp_path, 1, make=False)
    assert [variant.name for variant in found] == [
        "a", "a with lookup", "b", "b with lookup"
    ]  # fmt: skip


def test_a_file_that_is_not_there_or_cannot_be_rewritten_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        variants([tmp_path / "none.gguf"], "python", tmp_path, 1)
    bad = write_file(tmp_path / "bad.gguf", [])
    with pytest.raises(EngineError, match="llama_model_quantize returns 1"):
        variants([bad], interpreter(tmp_path / "fake"), tmp_path, 1)


def test_an_interpreter_without_llama_cpp_is_a_clear_error(tmp_path):
    with (
        worker(interpreter(tmp_path / "bare", packages=False)) as child,
        pytest.raises(MissingDependencyError) as error,
    ):
        child.ask("load", file="a", threads=1, context=1024, lookup=False)
    assert "pip install llama-cpp-python" in error.value.hint


def test_a_process_that_dies_or_does_not_start_is_a_clear_error(tmp_path):
    dead = interpreter(tmp_path / "dead", dies="sys.exit('no such instruction')")
    with worker(dead) as child, pytest.raises(EngineError, match="no such instruction"):
        child.ask("memory")
    with pytest.raises(EngineError, match="cannot be started"), worker("/no/such/python"):
        pass


def test_theirs_is_told_all_text_before_the_gap_before_it(tmp_path):
    network = tiny_qwen(tmp_path)
    ours = Ours("tiny", network, Running(threads=1))
    gap = Span(TEXT.index("width *"), TEXT.index(" * height"))
    ids = ours.ids(FillTask(TEXT, (gap,), "a.py"))
    told = network.tokenizer.decode(ids)
    assert told.index("return ") < told.index(" * height")
    assert ids[-1] == network.tokenizer.id_of("<|fim_middle|>")


def test_cold_forgets_what_was_encoded_and_warm_does_not(tmp_path):
    ours = Ours("tiny", tiny_qwen(tmp_path), Running(threads=1))
    task = FillTask(TEXT, (Span(36, 50),), "a.py")
    ours.write(task, cold=True)
    first = ours._engine.encoded
    ours.write(task, cold=False)
    assert ours._engine.encoded == first > 0
    ours.write(task, cold=True)
    assert ours._engine.encoded == first


def test_the_best_of_them_is_where_ours_does_worst_and_absolute_times_stand_below():
    slow, quick = Pair("slow"), Pair("quick")
    slow.add(STEP, 0.01, 0.02)
    quick.add(STEP, 0.01, 0.005)
    quick.add(MEMORY, 3e6, 2e6)
    quick.lines.append((Written(1.0, 4, "a"), Written(2.0, 6, "a")))
    quick.add(SAME[COLD], 1.0, 2.0)
    table = Comparison("m", [slow, quick], ["a note"], {}).table
    assert table.rows[-1][:3] == ("the best of them", "2.00× quick", "–")
    assert table.rows[0][1] == "0.50× [0.50, 0.50]"
    assert table.rows[1][-1] == "1 of 1"
    assert any("step 10 / 5 ms" in note and "memory 3 / 2 MB" in note for note in table.notes)
    assert any("4.0 steps a line ours, 6.0 steps a line theirs" in note for note in table.notes)
