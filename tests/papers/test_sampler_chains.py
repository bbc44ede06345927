"""Each sampler's texts are draws from its own Markov chain, enumerated on 3 tokens and 3 places."""

from functools import partial
from itertools import pairwise

import chains
import numpy as np
import pytest
from chains import MASK, SPECIAL, L, Tabular, p_value

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import denoise
from editdiff.denoise.rules import Policy, State
from editdiff.papers.mixture import Mixture
from editdiff.papers.samplers.analytic import as_scores
from editdiff.papers.samplers.gidd import posterior
from editdiff.papers.samplers.maskgit import gumbel
from editdiff.papers.samplers.sampling import Sampling, sampled, text_canvas
from editdiff.papers.samplers.table import make_sampler
from editdiff.tokens.base import FloatArray
from editdiff.tokens.canvas import Canvas

DRAWS = 40_000
"""Enough to see a shift of 2 % of the mass, as one test shows."""
LIMIT = 1e-3
NET = Tabular(seed=1)
POWER = [0.4, 1.0, 2.5]
"""GenMD4's, of the three tokens."""


def alphas(steps: int) -> list[float]:
    return [n / steps for n in range(steps + 1)]


def linear_log(t: float, eps: float = 0.05) -> float:
    return 1.0 - (1.0 - eps) * t


def texts(how: Sampling, propose=NET, draws: int = DRAWS, seed: int = 7) -> np.ndarray:
    return sampled(propose, text_canvas(SPECIAL, draws, L), how, seed).ids


def remdm_final(sigma_of, steps: int = 4) -> chains.Dist:
    a = alphas(steps)
    top = [min(1.0, (1 - s) / t) if t else 1.0 for t, s in pairwise(a)]
    return chains.final(
        chains.ancestral(NET, a[n], a[n + 1], sigma_of(top[n]) if a[n] else 0.0)
        for n in range(steps)
    )


def cosine_times(steps: int) -> list[float]:
    return [float(np.cos(np.pi / 2 * n / steps)) for n in range(steps)] + [0.0]


def with_noise_removal() -> chains.Dist:
    a = [1 - t for t in np.linspace(1, 0.3, 4)]
    steps = [chains.ancestral(NET, t, s) for t, s in pairwise(a)]
    return chains.final([*steps, chains.noise_removal(NET)])


CASES = {
    "ancestral": (make_sampler("ancestral", 4), lambda: chains.ancestral_final(NET, alphas(4))),
    "ancestral, one step": (
        make_sampler("ancestral", 1),
        lambda: chains.ancestral_final(NET, [0.0, 1.0]),
    ),
    "ancestral, cosine grid": (
        make_sampler("ancestral", 3, spacing="cosine"),
        lambda: chains.ancestral_final(NET, [1 - t for t in cosine_times(3)]),
    ),
    "ancestral, log-linear": (
        make_sampler("ancestral", 3, alpha=linear_log),
        lambda: chains.ancestral_final(NET, [linear_log(1 - n / 3) for n in range(4)]),
    ),
    "ancestral, noise removed": (make_sampler("ancestral", 4, t_end=0.3), with_noise_removal),
    "genmd4": (
        make_sampler("genmd4", 3, power=np.array(POWER)),
        lambda: chains.final(
            chains.genmd4(NET, POWER, 1 - n / 3, 1 - (n + 1) / 3) for n in range(3)
        ),
    ),
    "genmd4, powers alike": (
        make_sampler("genmd4", 4),
        lambda: chains.ancestral_final(NET, alphas(4)),
    ),
    "remdm cap": (
        make_sampler("remdm", 4, remasking="cap", eta=0.3),
        lambda: remdm_final(lambda top: min(0.3, top)),
    ),
    "remdm rescale": (
        make_sampler("remdm", 4, remasking="rescale", eta=0.6),
        lambda: remdm_final(lambda top: 0.6 * top),
    ),
    "remdm conf": (
        make_sampler("remdm", 3, remasking="conf"),
        lambda: chains.remdm_conf(NET, alphas(3)),
    ),
    "first hitting": (make_sampler("first_hitting", L), lambda: chains.any_order(NET)),
    "random order of the places, two at a time": (
        make_sampler("llada", 2, at_random=True),
        lambda: chains.final([chains.at_random(NET, 2), chains.at_random(NET, 1)]),
    ),
    "llada": (
        make_sampler("llada", 2),
        lambda: chains.final([chains.surest(NET, 2), chains.surest(NET, 1)]),
    ),
    "llada in blocks": (
        make_sampler("llada", 4, block=2),
        lambda: chains.final(
            [
                chains.surest(NET, 1, [0, 1]),
                chains.surest(NET, 1, [0, 1]),
                chains.surest(NET, 1, [2]),
            ]
        ),
    ),
    "maskgit": (
        make_sampler("maskgit", 3, choice_temperature=2.0),
        lambda: chains.final(chains.maskgit(NET, n, 3, 2.0) for n in (1, 2, 3)),
    ),
    "p2": (
        make_sampler("p2", 4),
        lambda: chains.final(chains.p2(NET, n, 4, 1.0) for n in range(1, 5)),
    ),
    "p2 with more remasking": (
        make_sampler("p2", 3, eta=3.0),
        lambda: chains.final(chains.p2(NET, n, 3, 3.0) for n in range(1, 4)),
    ),
    "p2 without remasking": (
        make_sampler("p2", 3, eta=0.0),
        lambda: chains.final(chains.p2(NET, n, 3, 0.0) for n in range(1, 4)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sampler_draws_from_its_own_markov_chain(name):
    how, chain = CASES[name]
    assert p_value(texts(how), chain()) > LIMIT


def test_remdm_loop_draws_from_the_chain_of_its_own_alpha():
    """Three steps to alpha_on, two that remask there, one that finishes: on a sixth of time each."""
    on, eta = 0.6, 0.3
    how = make_sampler("remdm_loop", 6, eta=eta, t_on=0.5, t_off=1 / 6, alpha_on=on)
    a = [0, on / 3, 2 * on / 3, on, on, on, 1]
    sigma = [0, 0, 0, eta, eta, 0]
    expected = chains.final(chains.ancestral(NET, a[n], a[n + 1], sigma[n]) for n in range(6))
    assert p_value(texts(how), expected) > LIMIT


@pytest.mark.parametrize(("p_uniform", "steps"), [(0.0, 3), (0.1, 2), (0.4, 3)])
def test_gidd_goes_back_by_its_own_posterior_at_every_place(p_uniform, steps):
    how = make_sampler("gidd", steps, t_end=0.2)
    mixture = Mixture(MASK, chains.V + 1, p_uniform)
    times = np.linspace(1, 0.2, steps)
    kernels = [chains.gidd(NET, p_uniform, t, s) for t, s in pairwise(times)]
    expected = chains.final([*kernels, chains.token_removal(NET)])
    ask = posterior(NET, mixture, steps, t_end=0.2)
    assert p_value(texts(how, ask), expected) > LIMIT


def test_gidd_without_uniform_noise_is_the_ancestral_sampler():
    how = make_sampler("gidd", 4, t_end=0.1)
    ask = posterior(NET, Mixture(MASK, chains.V + 1, 0.0), 4, t_end=0.1)
    a = [1 - t for t in np.linspace(1, 0.1, 4)]
    steps = [chains.ancestral(NET, t, s) for t, s in pairwise(a)]
    assert p_value(texts(how, ask), chains.final([*steps, chains.token_removal(NET)])) > LIMIT


def test_the_analytic_sampler_follows_wrong_scores_as_the_staggered_score_says():
    net = chains.Scores(linear_log)
    how = make_sampler("analytic", 4, alpha=linear_log, t_end=0.1)
    times = np.linspace(1, 0.1, 4)
    kernels = [
        chains.analytic(partial(net.scores, t=t), linear_log(t), linear_log(s))
        for t, s in pairwise(times)
    ]

    def last(x: chains.State) -> chains.Dist:
        p = net.at(x) / net.at(x).sum(axis=1, keepdims=True)
        return {chains.written(x, tokens): q for tokens, q in chains.draws(p, chains.unknown(x))}

    assert p_value(texts(how, net), chains.final([*kernels, last])) > LIMIT


def test_with_the_scores_of_its_probabilities_the_analytic_sampler_is_the_ancestral_one():
    how = make_sampler("analytic", 4, alpha=linear_log, t_end=0.1)
    a = [linear_log(t) for t in np.linspace(1, 0.1, 4)]
    steps = [chains.ancestral(NET, t, s) for t, s in pairwise(a)]
    expected = chains.final([*steps, chains.token_removal(NET)])
    assert p_value(texts(how, as_scores(NET, linear_log)), expected) > LIMIT


def test_temperature_and_nucleus_change_what_is_drawn_as_they_say():
    hot = Tabular(seed=1)
    hot.p = NET.p ** (1 / 0.5)
    hot.p /= hot.p.sum(axis=-1, keepdims=True)
    how = make_sampler("first_hitting", L, temperature=0.5)
    assert p_value(texts(how), chains.any_order(hot)) > LIMIT

    narrow = Tabular(seed=1)
    ordered = -np.sort(-NET.p, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    last = np.maximum((sums <= 0.8).sum(axis=-1), 1) - 1  # the first token always
    least = np.take_along_axis(ordered, last[..., None], axis=-1)
    narrow.p = np.where(NET.p >= least, NET.p, 0)
    narrow.p /= narrow.p.sum(axis=-1, keepdims=True)
    how = make_sampler("first_hitting", L, top_p=0.8)
    assert p_value(texts(how), chains.any_order(narrow)) > LIMIT


# what the test above can see: every one of these is wrong, and none passes


def test_a_shift_of_two_percent_of_the_mass_is_seen():
    expected = chains.any_order(NET)
    more = set(chains.TEXTS[::2])
    mass = sum(expected[text] for text in more)
    shifted = {
        text: p * (1 + 0.02 / mass if text in more else 1 - 0.02 / (1 - mass))
        for text, p in expected.items()
    }
    assert sum(abs(shifted[text] - p) for text, p in expected.items()) / 2 == pytest.approx(0.02)
    assert p_value(texts(make_sampler("first_hitting", L)), shifted) < LIMIT


def test_a_posterior_without_its_denominator_is_seen():
    def commit(guess: Guess, canvas: Canvas, state: State) -> np.ndarray:
        return canvas.masked & (state.uniform() < 1 / state.steps)  # not / (1 - alpha_t)

    wrong = Sampling(Policy(commit), 4)
    assert p_value(texts(wrong), chains.ancestral_final(NET, alphas(4))) < LIMIT


@pytest.mark.parametrize("name", ["ancestral", "genmd4", "maskgit", "p2", "remdm conf"])
def test_the_chain_of_another_sampler_is_seen(name):
    assert p_value(texts(make_sampler("first_hitting", L)), CASES[name][1]()) < LIMIT


def joint_step(bits: int, rng: np.random.Generator):
    """MDLM's own draw: one Gumbel-max over the tokens and the mask together, from uniforms of so many bits."""

    def draw(p: np.ndarray, ids: np.ndarray, stay: float) -> np.ndarray:
        q = np.concatenate([p * (1 - stay), np.full((*p.shape[:2], 1), stay)], axis=-1)
        u = np.floor(rng.random(q.shape) * 2**bits) / 2**bits
        with np.errstate(divide="ignore"):
            noisy = np.log(q) - np.log(-np.log(u))
        return np.where(ids == MASK, noisy.argmax(axis=-1), ids)

    return draw


@pytest.mark.parametrize(("bits", "is_right"), [(53, True), (24, True), (8, False)])
def test_noise_of_too_few_bits_is_seen(bits, is_right):
    """What 24 bits, float32, are to a thousand steps and 50,000 tokens, 8 are to 16 steps and 3 tokens."""
    steps = 16
    draw = joint_step(bits, np.random.default_rng(3))
    ids = np.full((DRAWS, L), MASK)
    for n in range(steps):
        ids = draw(NET.p[ids @ NET.base], ids, stay=(steps - n - 1) / (steps - n))
    if not is_right:
        ids = ids[(ids != MASK).all(axis=1)]
    assert (p_value(ids, chains.ancestral_final(NET, alphas(steps))) > LIMIT) == is_right


def test_the_noise_of_the_places_reaches_beyond_that_of_float32():
    assert gumbel(np.array([1 - 2.0**-53]))[0] > 36 > 17 > gumbel(np.array([1 - 2.0**-24]))[0]
    assert np.isfinite(gumbel(np.array([0.0]))).all()


def test_more_steps_come_closer_to_the_any_order_model():
    exact = chains.any_order(NET)

    def distance(steps: int) -> float:
        chain = chains.ancestral_final(NET, alphas(steps))
        return sum(abs(chain[text] - exact[text]) for text in chains.TEXTS) / 2

    far, near, nearest = distance(1), distance(6), distance(36)
    assert far > 4 * near > 16 * nearest
    assert nearest < 2e-2


def test_the_loop_tells_a_timed_network_the_time_of_each_step():
    told: list[float] = []

    def propose(canvas: Canvas, t: FloatArray) -> Guess:
        told.append(float(t[0]))
        return as_scores(NET, linear_log)(canvas, t)

    how = make_sampler("analytic", 3, alpha=linear_log, t_end=0.2)
    list(denoise(propose, text_canvas(SPECIAL, 1, L), how.policy, how.steps))
    np.testing.assert_allclose(told, [1.0, 0.6, 0.2])
