"""The shipped weights: whole, the same in both runtimes, and the same answer twice."""

import difflib
import inspect
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from editdiff.edits.infill import infill
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.choose import choose, embedded
from editdiff.engines.local.engine import LocalEngine
from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.families.canvas.weights import layout
from editdiff.prompt.base import ContextParts
from editdiff.text.document import Document
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas

pytestmark = pytest.mark.weights

SOURCE = inspect.getsource(textwrap)
START = SOURCE.index("return text", SOURCE.index("def _munge_whitespace"))
GAP = Span(START, SOURCE.index("\n", START))
FEW = FillOptions(steps=12, drafts=3)


@pytest.fixture(scope="module")
def onnx() -> OnnxDenoiser:
    return OnnxDenoiser(embedded("nano"))


def test_the_folder_holds_every_part_and_is_small_enough() -> None:
    sizes = {file.name: file.stat().st_size for file in embedded("nano").iterdir()}
    assert {"README.md", "config.json", "tokenizer.json", "model.safetensors", "model.onnx"} <= set(
        sizes
    )
    assert sum(sizes.values()) < 50_000_000


def hidden_lines() -> Iterator[tuple[str, str]]:
    """Text before and after a few lines of three modules, each line taken out."""
    for module in (textwrap, shlex, difflib):
        lines = inspect.getsource(module).splitlines(keepends=True)
        for i in range(40, len(lines), len(lines) // 4):
            yield "".join(lines[:i]), "\n" + "".join(lines[i + 1 :])


def test_integer_products_choose_the_tokens_that_fp32_chooses(onnx: OnnxDenoiser) -> None:
    reference = TorchDenoiser.from_pretrained(embedded("nano"))
    blank = Canvas.blank(onnx.tokenizer.special, 1, [32])
    same, differ, margins = [], [], []
    for before, after in hidden_lines():
        parts = ContextParts(before, after, "module.py")
        context = onnx.prompt.encode(parts, onnx.traits.context)
        ours = onnx.propose(onnx.encode(context), blank)
        theirs = reference.propose(reference.encode(context), blank)
        same.append(ours.ids[..., 0] == theirs.ids[..., 0])
        differ.append(np.abs(ours.logp[..., 0] - theirs.logp[..., 0]))
        margins.append(theirs.logp[..., 0] - theirs.logp[..., 1])
    clear = np.array(margins) > 0.1  # nats: what is all but a tie may fall either way
    assert np.mean(clear) > 0.5
    assert np.mean(np.array(same)[clear]) >= 0.99
    assert np.mean(same) >= 0.9
    assert np.median(differ) < 0.03  # nats
    assert np.max(differ) < 0.3


def test_typing_with_a_cache_gives_the_tokens_of_a_fresh_start(onnx: OnnxDenoiser) -> None:
    blank = Canvas.blank(onnx.tokenizer.special, 1, [16])
    cache = None
    for typed in range(0, 60, 5):  # keystrokes; now and then the last token changes
        parts = ContextParts(SOURCE[: GAP.start + typed], SOURCE[GAP.end :], "textwrap.py")
        context = onnx.prompt.encode(parts, onnx.traits.context)
        cache = onnx.encode(context, cache)
        kept, fresh = (onnx.propose(c, blank) for c in (cache, onnx.encode(context)))
        assert np.array_equal(kept.ids[..., 0], fresh.ids[..., 0])
        assert np.abs(kept.logp[..., 0] - fresh.logp[..., 0]).max() < 0.05


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_no_fp32_copy_of_the_matrices_is_held_in_memory() -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser\n"
        "import onnxruntime; from editdiff.tokens.bpe import BpeTokenizer\n"
        "from editdiff.prompt.base import Prompt\n"
        "def memory():\n"
        "    lines = Path('/proc/self/status').read_text().split('\\n')\n"
        "    return next(int(x.split()[1]) for x in lines if x.startswith('RssAnon'))\n"
        "tokenizer = BpeTokenizer.from_file(Path(sys.argv[1]) / 'tokenizer.json')\n"
        "before = memory()\n"
        "onnx = OnnxDenoiser(Path(sys.argv[1]), threads=1)\n"
        "onnx.extend(onnx.encode(Prompt.in_order(np.arange(20, 40), [10])), np.array([20]))\n"
        "print(memory() - before)"
    )
    command = [sys.executable, "-c", code, str(embedded("nano"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    stored = layout(embedded("nano") / "model.safetensors").values()
    in_fp32 = sum(4 * tensor.length for tensor in stored if tensor.dtype == "U8")
    assert int(done.stdout) * 1024 < in_fp32


def test_the_model_has_learnt_something(onnx: OnnxDenoiser) -> None:
    parts = ContextParts(SOURCE[: GAP.start], SOURCE[GAP.end :], "textwrap.py")
    cache = onnx.encode(onnx.prompt.encode(parts, onnx.traits.context))
    special = onnx.tokenizer.special

    def score(text: str) -> float:
        ids = np.array([[special.gaps[0], *onnx.tokenizer.encode(text), special.end]])
        return float(onnx.score(cache, ids).mean())

    assert score("return text") > -np.log(onnx.tokenizer.vocab_size) / 2
    assert score("return text") > score("text return") + 0.5


def drafts(seed: int) -> list[Draft]:
    engine = LocalEngine(OnnxDenoiser(embedded("nano")))
    task = FillTask(SOURCE, (GAP,), "textwrap.py")
    options = FillOptions(steps=12, drafts=3, max_tokens=40, seed=seed)
    return [u for u in engine.fill(task, options) if not isinstance(u, Sketch)]


def test_the_same_seed_gives_the_same_drafts() -> None:
    assert drafts(3) == drafts(3)


def test_a_fill_touches_its_gap_alone() -> None:
    document = Document("textwrap.py", SOURCE, 1, "python")
    outcome = infill(document, [GAP], choose(), FEW)
    after = getattr(outcome, "after", document).text
    assert after.startswith(SOURCE[: GAP.start])
    assert after.endswith(SOURCE[GAP.end :])


def test_the_card_states_what_the_weights_are() -> None:
    card = (embedded("nano") / "README.md").read_text()
    for word in ("Data", "Licence", "Compute", "Figures", "Limits"):
        assert f"## {word}" in card
    assert Path("models/corpus.toml").name in card
