"""The shipped weights: whole, the same in both runtimes, and the same answer twice."""

import inspect
import textwrap
from pathlib import Path

import numpy as np
import pytest

from editdiff.edits.infill import infill
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.choose import choose, embedded
from editdiff.engines.local import LocalEngine
from editdiff.engines.onnx_denoiser import OnnxDenoiser
from editdiff.engines.torch_denoiser import TorchDenoiser
from editdiff.text.document import Document
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas
from editdiff.tokens.prompt import ContextParts, encode_context

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


def test_onnx_and_torch_say_the_same_of_real_code(onnx: OnnxDenoiser) -> None:
    reference = TorchDenoiser.from_pretrained(embedded("nano"))
    parts = ContextParts(SOURCE[: GAP.start], SOURCE[GAP.end :], "textwrap.py")
    context = encode_context(onnx.tokenizer, parts, onnx.max_context)
    blank = Canvas.blank(onnx.tokenizer.special, 2, [32])
    ours = onnx.propose(onnx.encode(context), blank)
    theirs = reference.propose(reference.encode(context), blank)
    assert np.abs(ours.logp - theirs.logp).max() < 1e-3
    assert (ours.ids[..., 0] == theirs.ids[..., 0]).mean() > 0.95


def test_the_model_has_learnt_something(onnx: OnnxDenoiser) -> None:
    parts = ContextParts(SOURCE[: GAP.start], SOURCE[GAP.end :], "textwrap.py")
    cache = onnx.encode(encode_context(onnx.tokenizer, parts, onnx.max_context))
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
