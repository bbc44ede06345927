"""What a trunk sees of many gaps at once, beside what the engine's own trunk sees of each alone."""

import numpy as np
import pytest
from tiny_gguf import denoiser, pack

from editdiff.families import qwen
from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.stop import Around, features
from editdiff.families.qwen.trunk import Trunk
from editdiff.text.span import Span
from editdiff.training.trunk.endings import Ending, Row, rows
from editdiff.training.trunk.states import STEP, TrunkStates

TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
GAPS = (Span(29, 49), Span(9, 14), Span(0, 0), Span(60, 64), Span(len(TEXT), len(TEXT)))
BF16 = 0.06
"""Of the size of a hidden state, by which bf16 and 32 bits may part."""


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("trunk"))


@pytest.fixture(scope="module")
def model(there) -> QwenDenoiser:
    return denoiser(Trunk(there, threads=1), there)


@pytest.fixture(scope="module")
def states(there) -> TrunkStates:
    return TrunkStates(there, qwen.tokenizer(there))


@pytest.fixture(scope="module")
def gaps(model) -> list[Row]:
    return list(rows(model.tokenizer, model.prompt, [Ending(TEXT, gap, "a.py") for gap in GAPS]))


def test_hidden_states_are_those_of_the_engine(model, states, gaps):
    for row, (hidden, _, _) in zip(gaps, states(gaps), strict=True):
        _, own, _ = model.places(model.encode(row.prompt), row.ids)
        assert hidden.shape == own.shape == (len(row.ids), model.trunk.config.width)
        assert hidden.dtype == np.float32
        parts = np.linalg.norm(hidden - own, axis=1) / np.linalg.norm(own, axis=1)
        assert parts.max() < BF16


def test_what_follows_is_what_the_engine_says(model, states, gaps):
    for row, (_, guess, logp) in zip(gaps, states(gaps), strict=True):
        around, _, own = model.places(model.encode(row.prompt), row.ids)
        assert guess.ids.shape == guess.logp.shape == (1, len(row.ids), 32)
        assert (np.diff(guess.logp, axis=-1) <= 0).all()
        told = features(guess, logp, Around.of(row.prompt, model.tokenizer))
        assert around == Around.of(row.prompt, model.tokenizer)
        assert np.allclose(told[:, [0, 1, 3]], own[:, [0, 1, 3]], atol=0.3)


def test_a_gap_is_seen_the_same_alone_and_beside_longer_ones(states, gaps):
    together = list(states(gaps))
    for row, (hidden, _, logp) in zip(gaps, together, strict=True):
        ((alone, _, alone_logp),) = states([row])
        assert len(row.prompt.ids) + len(row.ids) < 4 * STEP
        parts = np.linalg.norm(hidden - alone, axis=1) / np.linalg.norm(alone, axis=1)
        assert parts.max() < BF16
        assert np.allclose(logp, alone_logp, atol=0.1)


def test_what_stands_behind_a_token_does_not_change_what_is_seen_there(states, gaps):
    row = gaps[0]
    ((whole, _, _),) = states([row])
    ((cut, _, _),) = states([row._replace(ids=row.ids[:-2])])
    assert np.allclose(cut, whole[:-2], atol=0.05)
