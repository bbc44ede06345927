from dataclasses import replace

import numpy as np
import pytest

from editdiff.denoise.commit import (
    entropy_bound,
    first_hitting,
    random_order,
    threshold,
    top_k,
)
from editdiff.denoise.guess import Guess
from editdiff.denoise.policy import ANCESTRAL, POLICIES, REOPENINGS, make_policy
from editdiff.denoise.rules import Policy, State, best, hold_ends, ready
from editdiff.errors import UsageError
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special
TEXT, END = 100, SPECIAL.end


def case(*places: tuple[int, float]) -> tuple[Guess, Canvas]:
    """One masked draft; (chosen id, its probability) at each place after the sentinel."""
    canvas = Canvas.blank(SPECIAL, 1, [len(places) + 1])
    ids = np.array([[[TEXT, TEXT + 1], *([token, TEXT + 1] for token, _ in places)]])
    p = np.array([[[1.0, 0.0], *([p, 1 - p] for _, p in places)]])
    return Guess(ids, np.log(np.maximum(p, 1e-300))), canvas


def text(*probabilities: float) -> tuple[Guess, Canvas]:
    return case(*((TEXT, p) for p in probabilities))


def committed(policy: Policy, guess: Guess, canvas: Canvas) -> list[int]:
    return np.flatnonzero(policy.commit(guess, canvas, State.of(canvas))[0]).tolist()


def test_threshold_commits_what_exceeds_it():
    assert committed(threshold(0.8), *text(0.9, 0.8, 0.81, 0.5)) == [1, 3]


def test_threshold_commits_the_best_place_when_none_exceeds_it():
    assert committed(threshold(0.95), *text(0.6, 0.9, 0.7)) == [2]


def test_threshold_one_commits_a_single_place_and_zero_all():
    assert committed(threshold(1.0), *text(0.6, 0.9, 0.7)) == [2]
    assert committed(threshold(0.0), *text(0.6, 0.9, 0.7)) == [1, 2, 3]


def test_top_k_commits_the_k_most_probable_and_ties_go_to_the_left():
    assert committed(top_k(2), *text(0.6, 0.9, 0.9, 0.9)) == [2, 3]
    assert committed(top_k(9), *text(0.6, 0.9)) == [1, 2]


def test_entropy_bound_accepts_while_the_entropies_before_stay_within_it():
    # two-way entropies in nats: H(0.99)=0.0560, H(0.98)=0.0980, H(0.9)=0.3251, H(0.6)=0.6730
    places = (0.6, 0.99, 0.9, 0.98)
    assert committed(entropy_bound(0.0), *text(*places)) == [2]
    assert committed(entropy_bound(0.05), *text(*places)) == [2]
    assert committed(entropy_bound(0.06), *text(*places)) == [2, 4]
    assert committed(entropy_bound(0.16), *text(*places)) == [2, 3, 4]
    assert committed(entropy_bound(0.48), *text(*places)) == [1, 2, 3, 4]


def test_entropy_bound_does_not_accept_a_place_where_nothing_is_admitted():
    guess, canvas = text(0.9, 0.8)
    admitted = np.ones(guess.ids.shape, bool)
    admitted[0, 2] = False
    assert committed(entropy_bound(5.0), guess.only(admitted, END), canvas) == [1]


def test_random_order_commits_every_place_once_in_an_order_that_its_seed_decides():
    def order(seed: int) -> list[int]:
        guess, canvas = text(*[0.5] * 12)
        places = []
        while canvas.unfinished.any():
            commit = random_order(1, seed).commit(guess, canvas, State.of(canvas))
            places += np.flatnonzero(commit[0]).tolist()
            canvas = canvas.write(guess.chosen, commit)
        return places

    assert sorted(order(1)) == list(range(1, 13))
    assert order(1) == order(1) != order(2)
    assert len(committed(random_order(5), *text(*[0.5] * 12))) == 5


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_policy_commits_masked_places_only_and_at_least_one_per_unfinished_draft(name):
    policy = make_policy(
        name,
        **{"threshold": {"tau": 0.9}, "entropy_bound": {"bound": 0.1}, "first_hitting": {}}.get(
            name, {"k": 2}
        ),
    )
    guess, canvas = text(0.3, 0.5, 0.4)
    guess = Guess(np.repeat(guess.ids, 2, axis=0), np.repeat(guess.logp, 2, axis=0))
    canvas = Canvas.blank(SPECIAL, 2, [4])
    canvas = canvas.write(guess.chosen, np.array([[0, 1, 1, 1], [0, 0, 1, 0]], bool))
    commit = policy.commit(guess, canvas, State.of(canvas))
    assert not (commit & ~canvas.masked).any()
    assert commit.any(axis=1).tolist() == [False, True]


@pytest.mark.parametrize("policy", [top_k(1), threshold(0.99), random_order(1), entropy_bound(0.0)])
def test_an_end_behind_unknown_text_is_passed_over_for_the_best_text(policy):
    guess, canvas = case((TEXT, 0.4), (END, 0.98))
    commit = hold_ends(policy.commit(guess, canvas, State.of(canvas)), guess, canvas)
    assert np.flatnonzero(commit[0]).tolist() == [1]


def test_an_end_commits_together_with_the_text_before_it():
    guess, canvas = case((TEXT, 0.95), (END, 0.95))
    commit = threshold(0.9).commit(guess, canvas, State.of(canvas))
    assert hold_ends(commit, guess, canvas).tolist() == [[False, True, True]]


def test_a_sure_end_commits_together_with_the_last_unsure_token_before_it():
    guess, canvas = case((TEXT, 0.4), (END, 0.95))
    commit = threshold(0.9).commit(guess, canvas, State.of(canvas))
    assert hold_ends(commit, guess, canvas).tolist() == [[False, True, True]]


def test_an_almost_certain_end_commits_before_the_text():
    guess, canvas = case((TEXT, 0.4), (END, 0.995))
    assert committed(top_k(1), guess, canvas) == [2]
    assert hold_ends(canvas.masked, guess, canvas).tolist() == [[False, True, True]]


@pytest.mark.parametrize(("probability", "is_ready"), [(0.99, False), (0.9901, True)])
def test_almost_certain_means_above_99_percent(probability, is_ready):
    guess, canvas = case((TEXT, 0.4), (END, probability))
    assert ready(guess, canvas)[0, 2] == is_ready


def test_an_end_waits_for_its_own_segment_only():
    canvas = Canvas.blank(SPECIAL, 1, [3, 2])
    ids = np.array([[TEXT, TEXT, TEXT, TEXT, END]])[..., None]
    guess = Guess(ids, np.log(np.full(ids.shape, 0.5)))
    assert ready(guess, canvas).tolist() == [[False, True, True, False, True]]


def test_best_chooses_among_the_places_given_only():
    score = np.array([[3.0, 2.0, 1.0]])
    assert best(1, score, np.array([[False, True, True]])).tolist() == [[False, True, False]]
    assert best(2, score, np.zeros((1, 3), bool)).tolist() == [[False, False, False]]


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("treshold", {}, "no denoising policy 'treshold'"),
        ("threshold", {"k": 2}, "cannot take k"),
        ("top_k", {}, "cannot take no parameters"),
        ("threshold", {"tau": 1.5}, "a probability from 0 to 1, but is 1.5"),
        ("top_k", {"k": 0}, "at least 1, but is 0"),
        ("random_order", {"k": 0}, "at least 1, but is 0"),
        ("entropy_bound", {"bound": -0.1}, "at least 0, but is -0.1"),
        ("threshold", {"tau": 0.9, "reopen": "caps"}, "no reopening rule 'caps'"),
        ("ancestral", {"reopen": "token"}, "no reopening rule 'token' of the policy 'ancestral'"),
        (
            "threshold",
            {"tau": 0.9, "reopen": "conf", "eta": 0.1},
            "'threshold conf' cannot take eta",
        ),
        ("threshold", {"reopen": "cap", "eta": 0.1}, "cannot take only these"),
        ("threshold", {"tau": 0.9, "reopen": "cap", "eta": 2.0}, "eta has to be a probability"),
        ("threshold", {"tau": 0.9, "reopen": "token", "tau_edit": 2.0}, "tau_edit has to be"),
    ],
)
def test_make_policy_says_what_is_wrong_and_what_to_do(name, params, message):
    with pytest.raises(UsageError, match=message) as caught:
        make_policy(name, **params)
    assert caught.value.hint


@pytest.mark.parametrize("reopen", REOPENINGS)
@pytest.mark.parametrize("name", [*sorted(POLICIES), ANCESTRAL])
def test_every_commit_rule_goes_with_every_reopening_rule_and_names_what_it_is_made_of(
    name, reopen
):
    params = {"threshold": {"tau": 0.9}, "entropy_bound": {"bound": 0.1}}.get(
        name, {} if name in ("first_hitting", ANCESTRAL) else {"k": 2}
    )
    if (name, reopen) == (ANCESTRAL, "token"):
        return
    policy = make_policy(name, reopen, **params)
    assert policy.made_of == {"name": name, "reopen": reopen, **params}
    assert make_policy(**policy.made_of).made_of == policy.made_of


def test_each_parameter_goes_to_the_rule_that_has_it():
    guess, canvas = text(0.6, 0.9, 0.7)
    policy = make_policy("threshold", "token", tau=0.8, tau_edit=0.5)
    assert committed(policy, guess, canvas) == [2]
    known = canvas.write(np.full_like(canvas.ids, TEXT + 1), canvas.masked)
    assert committed(policy, guess, known) == [1, 2, 3]
    assert committed(make_policy("threshold", "token", tau=0.8, tau_edit=0.65), guess, known) == [
        2,
        3,
    ]


def test_first_hitting_commits_one_place_a_step_and_each_order_is_as_likely():
    """The order of hits is a uniform permutation, as it is in the ancestral sampler of many steps."""
    guess, canvas = text(0.6, 0.9, 0.7)
    orders: dict[tuple[int, ...], int] = {}
    for seed in range(600):
        order, board, step = [], canvas, 1
        while board.unfinished.any():
            state = replace(State.of(board, keys=[(seed,)]), step=step)
            commit = first_hitting().commit(guess, board, state)
            assert commit.sum() == 1
            order += np.flatnonzero(commit[0]).tolist()
            board, step = board.write(guess.chosen, commit), step + 1
        orders[tuple(order)] = orders.get(tuple(order), 0) + 1
    assert len(orders) == 6
    # a share of 1/6 of 600 has a standard deviation of 9
    assert all(abs(count - 100) < 45 for count in orders.values())
