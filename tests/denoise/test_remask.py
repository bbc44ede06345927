"""ReMDM's identities (arXiv 2503.00307), on a canvas of text whose tokens are all as likely."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import denoise
from editdiff.denoise.policy import REMASKS, make_policy
from editdiff.denoise.remask import cap, conf, linear, loop, masses, never, rescale, sigma_max
from editdiff.denoise.rules import State
from editdiff.errors import UsageError
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special
TEXT = 100
B, L = 40, 101
times = st.floats(0.0, 0.999).flatmap(lambda t: st.tuples(st.just(t), st.floats(t, 1.0)))


def text(canvas: Canvas) -> Guess:
    ids = np.full((*canvas.ids.shape, 1), TEXT)
    return Guess(ids, np.log(np.full(ids.shape, 0.5)))


def known(confidence: list[float], step: int, steps: int) -> tuple[Canvas, State]:
    canvas = Canvas.blank(SPECIAL, 1, [len(confidence) + 2])
    first = canvas.masked.copy()
    first[:, -1] = False  # the last place stays masked
    canvas = canvas.write(np.full(canvas.ids.shape, TEXT), first)
    sure = np.array([[1.0, *confidence, 1.0]])
    return canvas, State(
        sure,
        canvas.ids[None],
        np.zeros((*canvas.ids.shape, 0), np.int64),
        canvas.ids,
        ((0,),),
        np.zeros(1, np.int64),
        step,
        steps,
    )


@given(times, st.floats(0.0, 1.0))
def test_the_masses_of_a_masked_place_are_probabilities_that_sum_to_one(at, share):
    alpha_t, alpha_s = at
    sigma = np.array([share * sigma_max(alpha_t, alpha_s)])
    commits, stays = masses(sigma, alpha_t, alpha_s)
    assert commits + stays == pytest.approx(1.0)
    assert -1e-9 <= commits[0] <= 1 + 1e-9
    assert -1e-9 <= stays[0] <= 1 + 1e-9


@given(times)
def test_without_remasking_the_masses_are_those_of_plain_masked_diffusion(at):
    alpha_t, alpha_s = at
    commits, stays = masses(np.zeros(1), alpha_t, alpha_s)
    assert commits[0] == pytest.approx((alpha_s - alpha_t) / (1 - alpha_t))
    assert stays[0] == pytest.approx((1 - alpha_s) / (1 - alpha_t))


@given(times, st.floats(0.0, 1.0))
def test_the_share_of_known_places_is_alpha_whatever_is_remasked(at, share):
    """alpha_t (1 - sigma) stay known, and of the others as many commit as make up for the rest."""
    alpha_t, alpha_s = at
    sigma = np.array([share * sigma_max(alpha_t, alpha_s)])
    commits, _ = masses(sigma, alpha_t, alpha_s)
    assert alpha_t * (1 - sigma[0]) + (1 - alpha_t) * commits[0] == pytest.approx(alpha_s)


def run(policy, steps: int = 20):
    return list(denoise(text, Canvas.blank(SPECIAL, B, [L]), policy, steps))


@pytest.mark.parametrize("reopen", sorted(REMASKS))
def test_the_ancestral_sampler_keeps_to_its_alpha_whatever_it_remasks(reopen):
    steps = run(make_policy("ancestral", reopen, **({"eta": 0.3} if reopen in ETA else {})))
    alpha = loop(0.3).alpha if reopen == "loop" else linear
    shares = [1 - step.canvas.masked[:, 1:].mean() for step in steps]
    # conf spreads sigma over the known places alone, and so it stays below alpha, as the paper's code does
    slack = (
        0.3 if reopen == "conf" else 0.03
    )  # 0.03: almost four standard deviations of 4000 places
    for n, share in enumerate(shares, 1):
        assert alpha(n / 20) - slack <= share <= alpha(n / 20) + 0.03
    assert shares[-1] == 1.0


ETA = ("cap", "rescale", "loop")


def test_never_remasking_is_the_sampler_without_a_reopening_rule():
    plain, none = run(make_policy("ancestral")), run(make_policy("ancestral", "cap", eta=0.0))
    assert not any(step.reopened.any() for step in plain)
    assert [s.canvas.masked.tolist() for s in plain] == [s.canvas.masked.tolist() for s in none]


@pytest.mark.parametrize("reopen", sorted(ETA))
def test_an_eta_of_zero_makes_any_policy_the_plain_one(reopen):
    plain = run(make_policy("top_k", k=3), steps=40)
    same = run(make_policy("top_k", reopen, k=3, eta=0.0), steps=40)
    assert [s.canvas.ids.tolist() for s in plain] == [
        s.canvas.ids.tolist() for s in same[: len(plain)]
    ]


def test_a_share_of_about_eta_of_the_known_places_of_whole_drafts_is_remasked():
    steps = run(make_policy("top_k", "cap", k=200, eta=0.2), steps=30)
    shares = [
        after.reopened[whole][:, 1:].mean()
        for before, after in pairwise(steps[:-8])
        if (whole := ~before.canvas.unfinished).any()
    ]
    assert len(shares) > 5
    assert np.mean(shares) == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("reopen", ["cap", "rescale", "conf", "loop"])
def test_a_policy_with_commits_of_its_own_writes_a_draft_before_it_reopens_any_of_it(reopen):
    """Where sigma is largest the draft has hardly begun: it would be undone as fast as it is written."""
    steps = run(make_policy("top_k", reopen, k=10), steps=30)
    first = next(n for n, step in enumerate(steps) if step.reopened.any())
    assert not steps[first - 1].canvas.masked[steps[first].reopened.any(axis=1)].any()


def test_nothing_is_remasked_at_the_last_step_and_all_that_is_masked_is_committed():
    for reopen in REMASKS:
        last = run(make_policy("ancestral", reopen), steps=5)[-1]
        assert not last.reopened.any()
        assert not last.canvas.masked.any()


def test_sigma_of_each_schedule():
    canvas, state = known([0.2, 0.9], step=3, steps=4)  # alpha from 1/2 to 3/4: sigma_max = 1/2
    top = sigma_max(0.5, 0.75)
    assert top == 0.5
    assert never().at(canvas, state)[0].max() == 0.0
    assert cap(0.1).at(canvas, state)[0][0, 1] == pytest.approx(0.1)
    assert cap(0.9).at(canvas, state)[0][0, 1] == pytest.approx(top)
    assert rescale(0.1).at(canvas, state)[0][0, 1] == pytest.approx(0.1 * top)


def test_conf_spreads_the_largest_sigma_over_the_known_places_the_unsure_first():
    canvas, state = known([0.2, 0.9], step=3, steps=4)
    sigma = conf().at(canvas, state)[0][0]
    weights = np.exp([-0.2, -0.9])
    np.testing.assert_allclose(sigma, [0.0, *(0.5 * weights / weights.sum()), 0.0])


def test_the_loop_rises_to_its_alpha_remasks_there_and_then_finishes():
    remask = loop(eta=0.02, t_on=0.5, t_off=0.2, alpha_on=0.9)
    alphas = [remask.alpha(n / 10) for n in range(11)]
    np.testing.assert_allclose(alphas[:6], np.linspace(0, 0.9, 6))
    np.testing.assert_allclose(alphas[5:9], 0.9)
    np.testing.assert_allclose(alphas[8:], [0.9, 0.95, 1.0])
    canvas, _ = known([0.5], 1, 10)
    active = [bool(remask.at(canvas, known([0.5], n, 10)[1])[0].max() > 0) for n in range(1, 11)]
    assert active == [n in (6, 7, 8) for n in range(1, 11)]


def test_what_a_draft_remasks_depends_on_its_own_key_alone():
    def masks(drafts: list[int]) -> dict[int, list]:
        canvas = Canvas.blank(SPECIAL, len(drafts), [30])
        state = State.of(canvas, keys=[(7, draft) for draft in drafts])
        policy = make_policy("top_k", "cap", k=5, eta=0.3)
        steps = list(denoise(text, canvas, policy, 12, state=state))
        return {
            draft: [step.reopened[row].tolist() for step in steps]
            for row, draft in enumerate(drafts)
        }

    together, alone = masks([0, 1, 2]), masks([2])
    assert together[2] == alone[2]
    assert together[0] != together[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(cap, 1.5), "eta has to be a probability"),
        (partial(rescale, -0.1), "eta has to be a share"),
        (partial(loop, t_on=0.1, t_off=0.2), "t_on has to be between t_off and 1"),
        (partial(loop, alpha_on=1.0), "alpha_on has to be a share between 0 and 1"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()
