from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.denoise.commit import (
    entropy_bound,
    first_hitting,
    random_order,
    threshold,
    top_k,
)
from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.remask import ancestral, cap, conf, loop, never, remasking, rescale
from editdiff.denoise.replace_tokens import token_to_token
from editdiff.denoise.rules import NO_ID, Policy, State, everywhere, nowhere
from editdiff.denoise.sample import greedy, gumbel_max, streams
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.tokens.bpe import SPECIAL_TOKENS
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

BYTES = ByteTokenizer()
SPECIAL = BYTES.special
SIZES = [8, 16, 32, 64]

policies = st.one_of(
    st.builds(threshold, st.floats(0, 1)),
    st.builds(top_k, st.integers(1, 9)),
    st.builds(entropy_bound, st.floats(0, 20)),
    st.builds(random_order, st.integers(1, 9), st.integers(0, 99)),
    st.builds(first_hitting),
)
shares = st.floats(0, 1)
reopening = st.one_of(
    st.builds(remasking, policies, st.one_of(st.builds(cap, shares), st.builds(rescale, shares))),
    st.builds(remasking, policies, st.one_of(st.builds(conf), st.builds(loop, shares))),
    st.builds(ancestral, st.one_of(st.builds(never), st.builds(cap, shares), st.builds(conf))),
    st.builds(token_to_token, policies, shares),
)


def run(
    denoiser: OracleDenoiser | NoiseDenoiser,
    canvas: Canvas,
    policy: Policy,
    steps: int = 64,
    temperature: float = 0.0,
    drafts: tuple[int, ...] | None = None,
    seed: int = 0,
) -> list[Step]:
    numbers = drafts if drafts is not None else range(canvas.ids.shape[0])
    rngs = streams(seed, numbers)
    propose = partial(denoiser.propose, 0)
    state = State.of(canvas, keys=[(seed, draft) for draft in numbers])
    return list(denoise(propose, canvas, policy, steps, gumbel_max(temperature, rngs), state))


def text(step: Step, draft: int = 0, gap: int = 0) -> str:
    return BYTES.decode(step.canvas.content(draft, gap))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tau", [0.0, 0.9, 1.0])
def test_an_oracle_is_reproduced_exactly_whatever_the_canvas(size, tau):
    steps = run(OracleDenoiser(("x = 1",)), Canvas.blank(SPECIAL, 1, [size]), threshold(tau))
    assert text(steps[-1]) == "x = 1"
    assert steps[-1].canvas.ended(0)


def test_a_text_that_just_fits_ends_and_one_that_just_does_not_is_left_without_an_end():
    canvas = Canvas.blank(SPECIAL, 1, [8])
    fits = run(OracleDenoiser(("123456",)), canvas, threshold(0.9))[-1]
    assert (text(fits), fits.canvas.ended(0)) == ("123456", True)
    fills = run(OracleDenoiser(("1234567",)), canvas, threshold(0.9))[-1]
    assert (text(fills), fills.canvas.ended(0)) == ("1234567", False)


def test_several_gaps_are_denoised_jointly_each_with_its_own_end():
    canvas = Canvas.blank(SPECIAL, 2, [8, 16, 8])
    step = run(OracleDenoiser(("name", "", "name + 1")), canvas, threshold(0.9))[-1]
    assert [text(step, 1, gap) for gap in range(3)] == ["name", "", "name + "]
    assert [step.canvas.ended(1, gap) for gap in range(3)] == [True, True, False]


def test_a_sure_network_needs_one_evaluation_and_one_place_a_step_needs_one_for_each():
    oracle, canvas = OracleDenoiser(("x = 1",)), Canvas.blank(SPECIAL, 1, [16])
    assert [step.nfe for step in run(oracle, canvas, threshold(0.9))] == [1]
    assert [step.nfe for step in run(oracle, canvas, top_k(1))] == [1, 2, 3, 4, 5, 6]
    assert len(run(oracle, canvas, top_k(3))) == 3  # 3 + 2, then the end: it was not ready before


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_last_step_of_a_short_budget_commits_everything(steps):
    canvas = Canvas.blank(SPECIAL, 1, [32])
    taken = run(OracleDenoiser(("a longer text",)), canvas, threshold(1.0), steps)
    assert len(taken) == steps
    assert text(taken[-1]) == "a longer text"


def test_a_canvas_with_nothing_masked_costs_nothing():
    canvas = Canvas.blank(SPECIAL, 1, [1])
    assert run(OracleDenoiser(("x",)), canvas, threshold(0.9)) == []


def test_unsure_places_are_committed_later_than_sure_ones():
    oracle = OracleDenoiser(("abc",), confidences={1: 0.5})
    first, second = run(oracle, Canvas.blank(SPECIAL, 1, [8]), threshold(0.9))
    assert first.canvas.masked[0].tolist() == [False, False, True, False, True, True, True, True]
    assert (first.shown[0, 2], first.confidence[0, 2]) == (BYTES.encode("b")[0], 0.5)
    assert text(second) == "abc"


def test_the_confidence_shown_is_that_of_the_commitment():
    oracle = OracleDenoiser(("abc",), confidences={0: 0.99, 1: 0.5, 2: 0.6})
    last = run(oracle, Canvas.blank(SPECIAL, 1, [8]), top_k(1))[-1]
    np.testing.assert_allclose(last.confidence[0, :4], [1.0, 0.99, 0.5, 0.6])


def test_a_reopened_place_is_guessed_again():
    """The hook of ReMDM, token-to-token editing and checkers: reopen is a plain function."""

    def reopen_doubtful(guess: Guess, canvas: Canvas, state: State) -> np.ndarray:
        return canvas.masked & (guess.chosen == BYTES.encode("?")[0])

    oracle = OracleDenoiser(("abc",), wrong={1: "?"})
    canvas = Canvas.blank(SPECIAL, 1, [8])
    assert text(run(oracle, canvas, threshold(0.9))[-1]) == "a?c"
    mended = run(oracle, canvas, Policy(threshold(0.9).commit, reopen_doubtful))
    assert (text(mended[-1]), mended[-1].nfe) == ("abc", 2)


def test_a_policy_that_reopens_for_ever_ends_with_the_budget_and_no_mask():
    restless = Policy(commit=everywhere, reopen=lambda guess, canvas, state: canvas.editable)
    steps = run(OracleDenoiser(("abc",)), Canvas.blank(SPECIAL, 1, [8]), restless, steps=5)
    assert len(steps) == 5
    assert text(steps[-1]) == "abc"


def test_a_policy_that_never_commits_ends_with_the_budget_and_no_mask():
    idle = Policy(commit=nowhere)
    steps = run(OracleDenoiser(("abc",)), Canvas.blank(SPECIAL, 1, [8]), idle, steps=3)
    assert [text(step) for step in steps] == ["", "", "abc"]


def test_a_network_that_sees_only_special_tokens_ends_the_gap():
    def pads(canvas: Canvas) -> Guess:
        ids = np.tile(np.array([SPECIAL.pad, SPECIAL.mask]), (*canvas.ids.shape, 1))
        return Guess(ids, np.log(np.full(ids.shape, 0.5)))

    (step,) = denoise(pads, Canvas.blank(SPECIAL, 1, [8]), threshold(0.9), 8)
    assert (text(step), step.canvas.ended(0)) == ("", True)


def test_a_finished_draft_leaves_the_batch():
    def propose(canvas: Canvas) -> Guess:
        sizes.append(canvas.ids.shape[0])
        return oracle.propose(0, canvas)

    sizes: list[int] = []
    oracle = OracleDenoiser(("abcdef",))
    canvas = Canvas.blank(SPECIAL, 2, [8])
    known = np.zeros(canvas.ids.shape, bool)
    known[0, 1:6] = True
    list(denoise(propose, canvas.write(oracle.propose(0, canvas).chosen, known), top_k(1), 64))
    assert sizes == [2, 2, 1, 1, 1, 1, 1]


def noisy(seed: int, scale: float = 4.0) -> NoiseDenoiser:
    return NoiseDenoiser(seed, scale, special_bias=3.0)


@given(
    policy=policies,
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([0.1, 4.0, 20.0]),
    sizes=st.lists(st.integers(1, 16), min_size=1, max_size=3),
    drafts=st.integers(1, 3),
    steps=st.integers(1, 20),
    temperature=st.sampled_from([0.0, 0.7, 3.0]),
)
@settings(max_examples=60, deadline=None)
def test_noise_ends_within_the_budget_with_no_mask_and_no_special_token_in_the_text(
    policy, seed, scale, sizes, drafts, steps, temperature
):
    canvas = Canvas.blank(SPECIAL, drafts, sizes)
    taken = run(noisy(seed, scale), canvas, policy, steps, temperature)
    assert len(taken) <= steps
    for before, after in pairwise([canvas, *(step.canvas for step in taken)]):
        assert (before.ids == after.ids)[~before.editable].all()
        assert not (after.masked & ~after.editable).any()
        assert not (after.editable & ~before.editable).any()
    last = taken[-1].canvas if taken else canvas
    assert not (last.masked.any() or (last.ids == SPECIAL.mask).any())
    for draft in range(drafts):
        for gap, size in enumerate(sizes):
            content = last.content(draft, gap)
            assert all(token >= len(SPECIAL_TOKENS) for token in content)
            assert last.ended(draft, gap) or len(content) == size - 1


@given(
    policy=reopening,
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([0.1, 4.0, 20.0]),
    sizes=st.lists(st.integers(1, 10), min_size=1, max_size=2),
    drafts=st.integers(1, 3),
    steps=st.integers(1, 12),
    temperature=st.sampled_from([0.0, 0.7, 3.0]),
)
@settings(max_examples=40, deadline=None)
def test_with_any_reopening_noise_ends_within_the_budget_with_no_mask_and_every_sentinel_in_place(
    policy, seed, scale, sizes, drafts, steps, temperature
):
    canvas = Canvas.blank(SPECIAL, drafts, sizes)
    taken = run(noisy(seed, scale), canvas, policy, steps, temperature)
    assert len(taken) <= steps
    for step in taken:
        assert (step.canvas.ids == canvas.ids)[:, list(canvas.starts)].all()
        assert not step.canvas.editable[:, list(canvas.starts)].any()
        assert not (step.canvas.masked & ~step.canvas.editable).any()
    last = taken[-1].canvas if taken else canvas
    assert not (last.masked.any() or (last.ids == SPECIAL.mask).any())
    for draft in range(drafts):
        for gap, size in enumerate(sizes):
            content = last.content(draft, gap)
            assert all(token >= len(SPECIAL_TOKENS) for token in content)
            assert last.ended(draft, gap) or len(content) == size - 1


@given(
    policy=st.one_of(policies, reopening),
    seed=st.integers(0, 10_000),
    length=st.integers(1, 12),
    doubted=st.sets(st.integers(0, 11)),
    steps=st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_no_policy_ever_changes_a_lock(policy, seed, length, doubted, steps):
    """Nor may a gap end before one: the noise wants nothing more than to end it."""
    text_ids = [len(SPECIAL_TOKENS) + i for i in range(length)]
    unknown = sorted(doubted & set(range(length)))
    canvas = Canvas.standing(SPECIAL, 2, text_ids, unknown, 16)
    held = np.full(canvas.ids.shape, SPECIAL.end)
    held[:, 1 : 1 + length] = text_ids
    noise = NoiseDenoiser(seed, 4.0, special_bias=30.0)
    state = State.of(canvas, fallback=held)
    taken = list(denoise(partial(noise.propose, 0), canvas, policy, steps, greedy, state))
    kept = [1 + i for i in range(length) if i not in doubted]
    for step in taken:
        assert (step.canvas.ids[:, kept] == held[:, kept]).all()
        assert (step.canvas.ids[:, 1 + length :] == canvas.ids[:, 1 + length :]).all()
    last = taken[-1].canvas if taken else canvas
    assert not last.masked.any()
    assert len(last.content(0)) == length


@given(
    policy=st.one_of(policies, reopening),
    seed=st.integers(0, 10_000),
    temperature=st.sampled_from([0.0, 0.9]),
)
@settings(max_examples=30, deadline=None)
def test_a_draft_alone_is_the_same_as_in_a_batch_and_again_with_the_same_seed(
    policy, seed, temperature
):
    batch = Canvas.blank(SPECIAL, 3, [9])
    together = run(noisy(seed), batch, policy, 12, temperature, seed=seed)[-1]
    again = run(noisy(seed), batch, policy, 12, temperature, seed=seed)[-1]
    assert np.array_equal(together.canvas.ids, again.canvas.ids)
    assert np.array_equal(together.confidence, again.confidence)
    for draft in range(3):
        single = Canvas.blank(SPECIAL, 1, [9])
        alone = run(noisy(seed), single, policy, 12, temperature, (draft,), seed)[-1]
        assert np.array_equal(together.canvas.ids[draft], alone.canvas.ids[0])
        assert np.array_equal(together.confidence[draft], alone.confidence[0])


def test_what_a_place_has_tried_is_not_written_there_again():
    canvas = Canvas.blank(SPECIAL, 1, [8])
    tried = np.full((1, 8, 2), NO_ID)
    tried[0, 2] = BYTES.encode("bx")
    state = State.of(canvas, tried=tried)
    propose = partial(OracleDenoiser(("abc",)).propose, 0)
    last = list(denoise(propose, canvas, threshold(0.9), 20, greedy, state))[-1]
    written = last.canvas.ids[0, 2]
    assert written not in BYTES.encode("bx")
    assert last.canvas.ids[0, 1] == BYTES.encode("a")[0]


def test_a_policy_that_excludes_gives_a_reopened_place_another_token_each_time():
    """The second of three choices is a mask, which is never admitted: then nothing is left but the fallback."""

    def first_place(guess: Guess, canvas: Canvas, state: State) -> np.ndarray:
        flags = np.zeros_like(canvas.masked)
        flags[:, 1] = ~canvas.masked[:, 1] & (state.step <= 4)
        return flags

    keep = Policy(top_k(9).commit, first_place, lambda c, s: np.ones(1, bool), excludes=True)
    steps = run(OracleDenoiser(("abc",)), Canvas.blank(SPECIAL, 1, [8]), keep, 6)
    assert [text(step)[:1] for step in steps] == ["a", "", "x", "", "", ""]
    assert steps[-1].canvas.ended(0), "with all tried, the gap ends there"


@given(policy=policies, seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_committed_token_stays_unless_an_end_before_it_closes_the_gap(policy, seed):
    taken = run(noisy(seed), Canvas.blank(SPECIAL, 2, [12]), policy, temperature=0.9)
    for before, after in pairwise([step.canvas for step in taken]):
        kept = before.editable & ~before.masked & after.editable
        assert (before.ids == after.ids)[kept].all()


@given(seed=st.integers(0, 10_000), policy=policies)
@settings(max_examples=30, deadline=None)
def test_no_end_that_is_not_almost_certain_stands_before_something_unknown(seed, policy):
    for step in run(noisy(seed), Canvas.blank(SPECIAL, 2, [6, 6]), policy, temperature=0.9):
        open_before = step.canvas.ends & (step.canvas.before(step.canvas.masked) > 0)
        assert (step.confidence[open_before] > 0.99).all()


def test_temperature_and_seed_and_policy_each_change_the_outcome():
    canvas, one = Canvas.blank(SPECIAL, 2, [16]), top_k(1)

    def drafts(temperature: float = 0.9, seed: int = 1, policy: Policy = one) -> list[str]:
        last = run(noisy(3), canvas, policy, temperature=temperature, seed=seed)[-1]
        return [str(last.canvas.content(draft)) for draft in range(2)]

    assert drafts(0.0)[0] == drafts(0.0)[1]
    assert drafts()[0] == drafts(0.0)[0] != drafts()[1]
    assert drafts(0.9)[1] != drafts(3.0)[1]
    assert drafts(seed=1)[1] != drafts(seed=2)[1]
    assert len({tuple(drafts(policy=p)) for p in (one, top_k(8), random_order(1))}) == 3


def test_greedy_is_the_default():
    oracle, canvas = OracleDenoiser(("abc",)), Canvas.blank(SPECIAL, 1, [8])
    propose = partial(oracle.propose, 0)
    silent = list(denoise(propose, canvas, threshold(0.9), 8))
    spoken = list(denoise(propose, canvas, threshold(0.9), 8, greedy))
    assert np.array_equal(silent[-1].canvas.ids, spoken[-1].canvas.ids)
