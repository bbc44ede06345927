"""Token-to-token replacement (LLaDA2.1) and its memory, on scripted networks of three letters."""

from collections.abc import Callable

import numpy as np

from editdiff.denoise.commit import threshold, top_k
from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.replace_tokens import MOST_AFTER, token_to_token
from editdiff.denoise.rules import State
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special
A, B, C, END = 97, 98, 99, SPECIAL.end


def says(wanted: Callable[[list[int]], list[int]], p: float = 0.95) -> Callable[[Canvas], Guess]:
    """A network that wants the ids `wanted(ids)`, then A, B and C."""

    def propose(canvas: Canvas) -> Guess:
        rows = []
        for ids in canvas.ids.tolist():
            first = wanted(ids[1:])
            rows.append([[A, B, C], *([x, *(y for y in (A, B, C) if y != x)][:3] for x in first)])
        ids = np.array(rows)
        logp = np.log(np.broadcast_to([p, 0.7 * (1 - p), 0.3 * (1 - p)], ids.shape))
        return Guess(ids, logp)

    return propose


def run(propose, places: int, steps: int = 60, tau_edit: float = 0.9, plain=None) -> list[Step]:
    canvas = Canvas.blank(SPECIAL, 1, [places + 1])
    policy = token_to_token(plain or threshold(0.5), tau_edit)
    return list(denoise(propose, canvas, policy, steps))


def letters(step: Step) -> str:
    return "".join(chr(token) for token in step.canvas.content(0))


def test_a_committed_token_gives_way_to_one_the_network_is_sure_of():
    steps = run(says(lambda ids: [B if SPECIAL.mask in ids else A, A]), 2)
    assert [letters(step) for step in steps] == ["ba", "aa", "aa"]
    assert steps[1].committed.tolist() == [[False, True, False]]


def test_it_stays_where_the_network_is_less_sure_than_tau_edit():
    steps = run(says(lambda ids: [B if SPECIAL.mask in ids else A, A], p=0.8), 2)
    assert [letters(step) for step in steps] == ["ba", "ba"]


def test_with_nothing_to_replace_it_is_the_plain_policy_and_one_look_more():
    plain = list(denoise(says(lambda ids: [A, B, C]), Canvas.blank(SPECIAL, 1, [4]), top_k(1), 9))
    steps = run(says(lambda ids: [A, B, C]), 3, plain=top_k(1))
    assert [s.canvas.ids.tolist() for s in steps[: len(plain)]] == [
        s.canvas.ids.tolist() for s in plain
    ]
    assert len(steps) == len(plain) + 1


def test_a_text_that_is_whole_from_the_start_is_looked_at():
    canvas = Canvas.standing(SPECIAL, 1, [B, B], [0, 1], 4)
    canvas = canvas.write(np.array([[0, B, B, END]]), canvas.masked)
    steps = list(denoise(says(lambda ids: [A, A, END]), canvas, token_to_token(top_k(1)), 9))
    assert letters(steps[-1]) == "aa"


def test_an_end_may_give_way_to_text_and_what_follows_it_is_unknown_again():
    def wanted(ids: list[int]) -> list[int]:
        return [A, END, C] if ids[0] == SPECIAL.mask else [A, B, C]

    steps = run(says(wanted), 3)
    assert [letters(step) for step in steps] == ["a", "ab", "abc", "abc"]


def test_two_places_that_follow_each_other_do_not_change_for_ever():
    """Each wants what the other holds, so the canvas would swing between `ab` and `ba`."""

    def swings(ids: list[int]) -> list[int]:
        return [A, B] if SPECIAL.mask in ids else [ids[1], ids[0]]

    steps = run(says(swings), 2)
    texts = [letters(step) for step in steps]
    assert texts[:3] == ["ab", "ba", "ab"]
    again = steps[3]
    assert again.reopened.sum() == 1, "seen before: one place is made unknown"
    place = int(np.flatnonzero(again.reopened[0])[0])
    resampled = next(s for s in steps[4:] if not s.canvas.masked.any())
    assert resampled.canvas.ids[0, place] == C, "it has held a and b"
    assert len(steps) < 60, "it ends by itself"


def test_a_network_that_never_rests_is_stopped():
    def restless(ids: list[int]) -> list[int]:
        return [{A: B, B: C, C: A}.get(token, A) for token in ids]

    steps = run(says(restless), 4)
    whole = [step for step in steps if not step.canvas.masked.any()]
    assert len(whole) <= MOST_AFTER + 1
    assert not steps[-1].canvas.masked.any()


def test_only_the_likeliest_token_replaces_another_not_a_drawn_one():
    def second(guess: Guess, drafts: np.ndarray) -> Guess:
        return Guess(guess.ids, guess.logp, np.ones(guess.ids.shape[:2], np.int64))

    canvas = Canvas.blank(SPECIAL, 1, [3])
    policy = token_to_token(top_k(9), 0.0)
    steps = list(denoise(says(lambda ids: [A, A], p=0.5), canvas, policy, 9, second))
    assert letters(steps[-1]) == "bb"


def test_the_state_of_a_draft_is_its_own():
    canvas = Canvas.blank(SPECIAL, 3, [4])
    state = State.of(canvas, keys=[(1,), (2,), (3,)]).rows(np.array([True, False, True]))
    assert state.keys == ((1,), (3,))
    assert state.past.shape == (1, 2, 4)
