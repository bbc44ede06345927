"""Finished drafts taken up again: by a critic, and by their own doubt."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Draft, Fault, FillOptions, FillTask, Sketch
from editdiff.engines.fakes.anything import any_traits
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.local.reopen import token_spans
from editdiff.prompt.sections import Sections
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

BYTES = ByteTokenizer()
HERE = FillTask("[]", (Span(1, 1),))
ONE = FillOptions(drafts=1, temperature=0.0, canvas=16, critic_rounds=4)


class Ascii(ByteTokenizer):
    """Every byte is a letter: noise is always text."""

    def decode_bytes(self, ids):
        return bytes(97 + byte % 26 for byte in super().decode_bytes(ids))


class Ladder:
    """A network whose choices at a place are fixed: it wants the first letter, then the second, and so on."""

    tokenizer = BYTES
    prompt = Sections(BYTES)
    traits = any_traits(100)

    def __init__(self, *places: str, sure: Sequence[float] = ()) -> None:
        self.places = [*places, "", "", "", "", "", "", ""]
        self.sure = [*sure, *[0.9] * len(self.places)]

    def encode(self, prompt, cache=None):
        return 0

    def propose(self, cache: int, canvas: Canvas, asked=None) -> Guess:
        end = self.tokenizer.special.end
        rows = [[end] * 4]
        logp = [np.log([0.97, 0.01, 0.01, 0.01])]
        for i in range(canvas.ids.shape[1] - 1):
            letters = self.places[i] if i < len(self.places) else ""
            rows.append(([*BYTES.encode(letters), end] + [end] * 4)[:4])
            p = self.sure[i] if i < len(self.sure) else 0.9
            logp.append(np.log([p, *[(1 - p) / 3] * 3]))
        B = canvas.ids.shape[0]
        return Guess(np.tile(rows, (B, 1, 1)), np.tile(logp, (B, 1, 1)))

    def score(self, cache: int, ids):
        return -np.abs(ids[:, 1:] - 50) / 100.0


def drafts_of(network, critic=None, options: FillOptions = ONE, task: FillTask = HERE):
    updates = list(LocalEngine(network).fill(replace(task, critic=critic), options))
    sketches = [u for u in updates if isinstance(u, Sketch)]
    return [u for u in updates if isinstance(u, Draft)], sketches


def dislikes(bad: str):
    """A critic that finds each `bad` letter wrong, at its place."""

    def critic(texts: tuple[str, ...]) -> list[Fault]:
        return [
            Fault(gap, Span(i, i + 1), f"a {letter}")
            for gap, text in enumerate(texts)
            for i, letter in enumerate(text)
            if letter in bad
        ]

    return critic


def test_a_draft_that_passes_is_left_alone_and_costs_nothing_more():
    plain, _ = drafts_of(Ladder("ax", "bx"), options=replace(ONE, critic_rounds=0))
    passed, _ = drafts_of(Ladder("ax", "bx"), dislikes("z"))
    assert passed == plain


def test_what_is_wrong_is_written_again_without_what_stood_there():
    found, sketches = drafts_of(Ladder("ax", "bcd", "ex"), dislikes("b"))
    assert [draft.texts for draft in found] == [("ace",)]
    assert [sketch.step for sketch in sketches] == list(range(1, found[0].nfe + 1))


def test_what_was_tried_in_earlier_rounds_stays_excluded():
    found, _ = drafts_of(Ladder("abc"), dislikes("ab"))
    assert found[0].texts == ("c",)


def test_without_rounds_the_critic_is_not_asked():
    def never(texts):
        raise AssertionError

    options = replace(ONE, critic_rounds=0)
    assert drafts_of(Ladder("abc"), never, options)[0] == drafts_of(Ladder("abc"), None, options)[0]


def test_the_rounds_are_bounded_and_a_draft_that_none_mends_stays_as_it_was():
    rounds: list[tuple[str, ...]] = []

    def always(texts: tuple[str, ...]) -> list[Fault]:
        rounds.append(texts)
        return [Fault(0, Span(0, 1), "never good")]

    found, _ = drafts_of(Ladder("abc", "x"), always, replace(ONE, critic_rounds=2))
    assert [draft.texts for draft in found] == [("ax",)]
    assert len(rounds) == 3
    assert found[0].nfe <= 3 * ONE.steps


def test_a_fault_of_the_whole_gap_blames_the_least_sure_place():
    def whole(texts: tuple[str, ...]) -> list[Fault]:
        return [] if "q" in texts[0] else [Fault(0, Span(0, len(texts[0])), "somewhere")]

    network = Ladder("ax", "bx", "cq", "dx", sure=(0.9, 0.8, 0.4, 0.7))
    assert drafts_of(network, whole)[0][0].texts == ("abqd",)


def test_the_end_moves_where_a_fault_reaches_it():
    """The text is too short: the end gives way, and what was padding behind it is text."""

    def short(texts: tuple[str, ...]) -> list[Fault]:
        at = len(texts[0])
        return [] if at > 2 else [Fault(0, Span(at, at), "missing )")]

    class Closing(Ladder):
        def propose(self, cache: int, canvas: Canvas, asked=None) -> Guess:
            guess = super().propose(cache, canvas)
            end, closing = self.tokenizer.special.end, BYTES.encode(")")[0]
            ids = guess.ids.copy()
            ids[:, 3, :2] = end, closing
            logp = guess.logp.copy()
            logp[:, 3, 0] = np.log(0.1)  # the end is the least sure of the places that are blamed
            return Guess(ids, logp)

    assert drafts_of(Closing("ax", "bx"), short)[0][0].texts == ("ab)",)


def test_of_two_gaps_only_the_one_at_fault_changes():
    task = FillTask("[][]", (Span(1, 1), Span(3, 3)))

    class Two(Ladder):
        def propose(self, cache: int, canvas: Canvas, asked=None) -> Guess:
            guess = super().propose(cache, canvas)
            if len(canvas.starts) > 1:
                second = canvas.starts[1]
                ids = np.concatenate([guess.ids[:, :second], guess.ids[:, :second]], axis=1)
                logp = np.concatenate([guess.logp[:, :second], guess.logp[:, :second]], axis=1)
                return Guess(ids, logp)
            return guess

    def second_only(texts: tuple[str, ...]) -> list[Fault]:
        return [Fault(1, Span(0, 1), "no")] if texts[1] == "ab" else []

    found, _ = drafts_of(Two("ax", "bx"), second_only, task=task)
    assert found[0].texts == ("ab", "xb")


def test_of_a_continued_gap_only_the_last_canvas_is_reopened():
    oracle = OracleDenoiser(("0123456789",), before="[")
    asked: list[str] = []

    def early(texts: tuple[str, ...]) -> list[Fault]:
        asked.append(texts[0])
        return [Fault(0, Span(0, 1), "the first character")]

    found, _ = drafts_of(oracle, early, FillOptions(drafts=1, canvas=8, critic_rounds=3))
    assert found[0].texts == ("0123456789",)
    assert len(asked) == 1, "there is nothing to reopen"


def test_again_keeps_both_drafts_and_ranks_them():
    network = Ladder("ax", "bq", sure=(0.9, 0.4))
    once, _ = drafts_of(network, options=replace(ONE, critic_rounds=0))
    twice, _ = drafts_of(network, options=replace(ONE, critic_rounds=0, reopen="again"))
    assert [d.texts for d in once] == [("ab",)]
    assert {d.texts for d in twice} == {("ab",), ("aq",)}
    assert [d.score for d in twice] == sorted((d.score for d in twice), reverse=True)
    assert twice[0].nfe > once[0].nfe


@pytest.mark.parametrize("reopen", ["cap", "rescale", "conf", "loop", "token", "again"])
def test_every_reopening_changes_something(reopen):
    noise = NoiseDenoiser(4, special_bias=4.0, tokenizer=Ascii())
    options = FillOptions(drafts=4, canvas=16, max_tokens=40, threshold=0.01, steps=32)
    assert drafts_of(noise, options=replace(options, reopen=reopen)) != drafts_of(
        noise, options=options
    )


@given(st.integers(0, 500), st.integers(1, 3), st.sampled_from(["none", "again", "conf"]))
@settings(max_examples=10, deadline=None)
def test_noise_before_a_critic_ends_and_is_the_same_again(seed, rounds, reopen):
    noise = NoiseDenoiser(seed, special_bias=2.0, tokenizer=Ascii())
    options = FillOptions(
        drafts=3, canvas=8, max_tokens=20, steps=6, critic_rounds=rounds, reopen=reopen
    )
    once, _ = drafts_of(noise, dislikes("aeiou"), options)
    assert (once, _) == drafts_of(noise, dislikes("aeiou"), options)
    assert len({draft.texts for draft in once}) == len(once)


@given(st.integers(0, 500))
@settings(max_examples=8, deadline=None)
def test_more_drafts_take_none_away_with_a_critic_too(seed):
    noise = NoiseDenoiser(seed, special_bias=2.0, tokenizer=Ascii())
    few, many = (
        {
            draft.texts
            for draft in drafts_of(
                noise,
                dislikes("aeiou"),
                FillOptions(drafts=n, canvas=8, max_tokens=7, critic_rounds=2),
            )[0]
        }
        for n in (2, 4)
    )
    assert few <= many


@given(st.text(max_size=12))
def test_token_spans_are_those_of_the_characters(text):
    spans = token_spans(BYTES, BYTES.encode(text))
    assert len(spans) == len(text.encode())
    done = 0
    for i, character in enumerate(text):
        for _ in character.encode():
            assert spans[done] == Span(i, i + 1)
            done += 1


def test_a_recorded_fill_names_the_faults_it_reopened():
    lines: list[str] = []
    engine = LocalEngine(Ladder("ab"))
    engine.record = lines.append
    list(engine.fill(replace(HERE, critic=dislikes("a")), ONE))
    assert sum('"run"' in line for line in lines) == 2
    assert any("draft 0, gap 0: a a" in line for line in lines)
