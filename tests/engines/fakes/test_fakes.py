"""The public fakes keep the contract of a denoiser."""

import numpy as np
import pytest

from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.families.base import Denoiser
from editdiff.prompt.base import ContextParts
from editdiff.tokens.canvas import Canvas

FAKES = [OracleDenoiser(("abcdef",)), NoiseDenoiser(3)]


def mixed(denoiser: Denoiser) -> Canvas:
    """Three drafts, filled differently far."""
    canvas = Canvas.blank(denoiser.tokenizer.special, 3, [8])
    ids = np.full(canvas.ids.shape, denoiser.tokenizer.encode("q")[0])
    return canvas.write(ids, np.arange(8) < np.array([[0], [3], [5]]))


@pytest.mark.parametrize("denoiser", FAKES)
def test_a_guess_is_of_the_canvas_shape_sorted_and_a_probability(denoiser):
    guess = denoiser.propose(0, mixed(denoiser))
    assert guess.ids.shape == guess.logp.shape
    assert guess.ids.shape[:2] == (3, 8)
    assert (guess.ids.dtype, guess.logp.dtype) == (np.int64, np.float64)
    assert (np.diff(guess.logp, axis=-1) <= 0).all()
    assert (np.exp(guess.logp).sum(axis=-1) <= 1 + 1e-9).all()


@pytest.mark.parametrize("denoiser", FAKES)
def test_a_draft_is_guessed_the_same_alone_as_in_a_batch(denoiser):
    canvas = mixed(denoiser)
    batch = denoiser.propose(0, canvas)
    for draft in range(3):
        single = denoiser.propose(0, canvas.rows(np.arange(3) == draft))
        assert np.array_equal(batch.ids[draft], single.ids[0])
        assert np.array_equal(batch.logp[draft], single.logp[0])


@pytest.mark.parametrize("denoiser", FAKES)
def test_a_score_hangs_on_nothing_that_follows(denoiser):
    text = denoiser.tokenizer.encode("abcdef")
    whole = denoiser.score(0, np.array([text]))
    assert whole.shape == (1, 5)
    assert np.array_equal(denoiser.score(0, np.array([text[:4]])), whole[:, :3])


def test_an_oracle_goes_on_where_the_context_stops():
    oracle = OracleDenoiser(("añb",), before="x = ")
    for written, tokens in [("", 0), ("a", 1), ("añ", 3), ("añb", 4)]:
        parts = ContextParts("x = " + written, "\n")
        assert oracle.encode(oracle.prompt.encode(parts, 100)) == tokens


def test_an_oracle_that_cannot_know_where_it_is_says_so():
    oracle = OracleDenoiser(("abc",), before="x = ")
    context = oracle.prompt.encode(ContextParts("something else", ""), 100)
    with pytest.raises(ValueError, match="text before the gap"):
        oracle.encode(context)


def test_an_oracle_is_wrong_where_told_until_everything_else_is_known():
    oracle = OracleDenoiser(("abc",), wrong={1: "?"})
    canvas = Canvas.blank(oracle.tokenizer.special, 1, [5])
    first = oracle.propose(0, canvas)
    assert oracle.tokenizer.decode(first.chosen[0, 1:4].tolist()) == "a?c"
    reopened = canvas.write(first.chosen, canvas.masked).mask(np.arange(5)[None] == 2)
    again = oracle.propose(0, reopened)
    assert oracle.tokenizer.decode(again.chosen[0, 1:4].tolist()) == "abc"
