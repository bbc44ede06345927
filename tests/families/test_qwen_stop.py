"""Where a gap ends: the file of it, what it is told by, and what it does to a guess."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_gguf import pack, stop

from editdiff.denoise.guess import TOP, Guess
from editdiff.errors import ModelError
from editdiff.families import qwen
from editdiff.families.qwen.denoiser import with_end
from editdiff.families.qwen.stop import (
    FEATURES,
    FILE,
    KINDS,
    LEAST,
    LINE,
    SPAN,
    Around,
    Stop,
    features,
)
from editdiff.prompt.base import ContextParts
from editdiff.prompt.fim import FillInMiddle
from editdiff.text.span import Span

WIDTH = 64


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return qwen.tokenizer(pack(tmp_path_factory.mktemp("stop")))


def guess_of(count: int, seed: int = 0) -> Guess:
    """A random guess [1, count] of distinct ids, about nine tenths of the probability."""
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.permutation(300)[:TOP] for _ in range(count)])[None]
    logits = np.sort(rng.normal(0, 2, (1, count, TOP)), axis=-1)[..., ::-1]
    total = np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return Guess(ids.astype(np.int64), logits - total + math.log(0.9))


def test_what_is_written_is_read_again(tmp_path):
    before = stop(WIDTH, "abc")
    before.write(tmp_path / FILE, {"auc": 0.97})
    after = Stop.read(tmp_path / FILE)
    assert after.weights == "abc"
    assert set(after.kinds) == set(KINDS)
    for kind in KINDS:
        assert after.kinds[kind].bias == pytest.approx(before.kinds[kind].bias, abs=1e-5)
        assert np.allclose(after.kinds[kind].hidden, before.kinds[kind].hidden, atol=1e-5)
        assert np.allclose(after.kinds[kind].features, before.kinds[kind].features, atol=1e-5)
    assert json.loads((tmp_path / FILE).read_text())["measured"] == {"auc": 0.97}


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"weights": "a"}', '{"weights": "a", "kinds": {"line": {}}}', "\x00"]
)
def test_a_broken_file_is_refused(told, tmp_path):
    (tmp_path / FILE).write_text(told)
    with pytest.raises(ModelError, match="cannot read where gaps end") as caught:
        Stop.read(tmp_path / FILE)
    assert "restore the file" in caught.value.hint


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ModelError, match="cannot read where gaps end"):
        Stop.read(tmp_path / FILE)


def test_a_head_of_another_width_is_refused(tmp_path):
    stop(WIDTH).check(WIDTH, tmp_path / FILE)
    with pytest.raises(ModelError, match="another width than 128"):
        stop(WIDTH).check(128, tmp_path / FILE)


@pytest.mark.parametrize(
    ("text", "gap", "kind", "follows"),
    [
        ("a = 1\nb = 2\n", Span(4, 5), LINE, True),
        ("a = 1\nb = 2\n", Span(0, 6), SPAN, True),
        ("a = 1  \nb\n", Span(4, 5), LINE, True),
        ("a = 1\r\nb\n", Span(4, 5), LINE, True),
        ("f(a, b)", Span(2, 3), SPAN, True),
        ("a = 1", Span(4, 5), LINE, False),
        ("", Span(0, 0), LINE, False),
    ],
)
def test_a_gap_ends_with_its_line_or_inside_one(text, gap, kind, follows, tokenizer):
    prompt = FillInMiddle(tokenizer).encode(ContextParts.around(text, [gap]), 64)
    around = Around.of(prompt, tokenizer)
    assert (around.kind, around.follows) == (kind, follows)
    if follows:
        assert around.next == tokenizer.encode(text[gap.end :])[0]


def test_the_next_token_is_that_after_the_last_gap(tokenizer):
    form = FillInMiddle(tokenizer, file="<|file_sep|>")
    parts = ContextParts.around("a(b)\nc(d)\n", [Span(2, 3), Span(7, 8)], "x.py")
    around = Around.of(form.encode(parts, 64), tokenizer)
    assert around.next == tokenizer.encode(")\n")[0]


def test_features_are_told_of_the_guess_without_the_end():
    guess = guess_of(3)
    around = Around(LINE, int(guess.ids[0, 1, 0]), True)
    told = features(guess, np.array([-1.0, -2.0, -3.0]), around)
    assert told.shape == (3, len(FEATURES))
    assert np.array_equal(told[:, 0], guess.logp[0, :, 0])
    assert told[:, 1].tolist() == [-1, -2, -3]
    assert told[1, 2] == 1
    assert np.allclose(told[:, 3], guess.entropy[0])
    nothing = features(guess, np.array([-1.0, -2.0, -3.0]), Around(LINE, 0, False))
    assert (nothing[:, 1:3] == 0).all(), "where nothing follows nothing is told of it"


def test_the_probability_is_that_of_the_regression_and_never_quite_nought_or_one():
    head, guess, rng = stop(WIDTH), guess_of(4), np.random.default_rng(5)
    hidden, around = rng.normal(size=(4, WIDTH)).astype(np.float32), Around(SPAN, 3, True)
    known = rng.normal(size=4)
    told, ours = features(guess, known, around), head.kinds[SPAN]
    odds = ours.bias + hidden @ ours.hidden + told @ ours.features
    found = head.probability(hidden, guess, known, around)
    assert np.allclose(found, 1 / (1 + np.exp(-odds)), atol=1e-6)
    assert not np.allclose(found, head.probability(hidden, guess, known, Around(LINE, 3, True)))
    extreme = head.probability(1e6 * hidden, guess, known, around)
    assert ((extreme >= LEAST) & (extreme <= 1 - LEAST)).all()


@given(
    st.integers(0, 2**16),
    st.lists(st.floats(LEAST, 1 - LEAST), min_size=1, max_size=5),
    st.booleans(),
)
def test_the_end_takes_its_share_from_all_others_alike(seed, ending, known):
    guess, end = guess_of(len(ending), seed), 307
    if known:
        guess.ids[:, 0, 7] = end  # what the trunk itself gives it does not count
    made = with_end(guess, np.array(ending), end)
    assert ((made.ids == end).sum(axis=-1) == 1).all()
    assert (np.diff(made.logp, axis=-1) <= 0).all()
    assert np.allclose(np.exp(made.logp_of(np.full((1, len(ending)), end)))[0], ending)
    assert (np.exp(made.logp).sum(axis=-1) <= 1 + 1e-9).all()
    for place, share in enumerate(ending):
        for token, logp in zip(made.ids[0, place], made.logp[0, place], strict=True):
            if token != end:
                before = guess.logp[0, place][guess.ids[0, place] == token][0]
                assert logp == pytest.approx(before + math.log1p(-share))
