"""Another word in a text that was read, as a branch of it: as likely as the whole text read again with it."""

import numpy as np
import pytest
from tiny_gguf import tiny_qwen, tiny_qwen_on_torch

from editdiff.engines.base import Rival
from editdiff.engines.branching import BranchingDoubter
from editdiff.families.base import BranchDenoiser
from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.stop import Stop
from editdiff.prompt.base import ContextParts
from editdiff.text.span import Span

TEXT = (
    "def area(width, height):\n    size = width * height\n    return size\n\n\nprint(area(2, 3))\n"
)
BODY = Span(TEXT.index("    size"), TEXT.index("\n\n"))
NEAR = 5e-3
"""Nats by which batches of different shapes may part."""


@pytest.fixture(scope="module", params=[tiny_qwen, tiny_qwen_on_torch])
def model(request, tmp_path_factory) -> QwenDenoiser:
    made = request.param(tmp_path_factory.mktemp("trunk"))
    never = {kind: r._replace(bias=-1e3) for kind, r in made.stop.kinds.items()}
    return QwenDenoiser(made.trunk, made.tokenizer, Stop(never), made.traits)


def test_it_branches(model):
    assert isinstance(model, BranchDenoiser)


def test_what_stands_there_is_as_likely_as_a_reading_in_one_piece_says(model):
    prompt = model.prompt.encode(ContextParts.around(TEXT, [BODY], "m.py"), 200)
    ids = model.tokenizer.encode(prompt.begins.decode() + BODY.slice(TEXT))
    rows = np.array([prompt.heads[0], *ids])
    every = np.arange(len(ids))
    _, guess, told = model.branch(model.encode(prompt), rows[:-1], every - 1, rows[1:])
    (whole,) = model.score(model.encode(prompt), rows[None])
    assert told == pytest.approx(whole, abs=NEAR)
    for place, token in enumerate(ids):
        kept = guess.logp[0, place, guess.ids[0, place] == token]
        assert len(kept) == 0 or kept[0] == pytest.approx(told[place], abs=NEAR)


@pytest.mark.parametrize("piece", [8, None])
def test_a_gain_is_what_reading_both_texts_again_tells(model, piece):
    doubter = BranchingDoubter(model, piece=piece)
    *_, read = doubter.standing(TEXT, [BODY], "m.py")
    number = len(read.spans) // 2
    place = read.spans[number]
    likely = [model.tokenizer.decode([token]) for token in read.chain.guess.ids[0, number].tolist()]
    weights = [w for some in read.weigh([Rival(place, text) for text in likely]) for w in some]
    assert weights
    prompt = model.prompt.encode(ContextParts.around(TEXT, [BODY], "m.py"), 704 - len(read.spans))
    tail = read.chain.ids[len(read.spans) :].tolist()

    def score(text: str) -> float:
        row = [prompt.heads[0], *model.tokenizer.encode(prompt.begins.decode() + text), *tail]
        return float(model.score(model.encode(prompt), np.array([row])).sum())

    old = BODY.slice(TEXT)
    for weight in weights:
        start, end = (at - BODY.start for at in (place.start, place.end))
        new = old[:start] + weight.rival.text + old[end:]
        assert weight.gain == pytest.approx(score(new) - score(old), abs=10 * NEAR)
