import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.causal import CausalEngine
from editdiff.engines.choose import choose_twin, denoiser, embedded
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.errors import UsageError
from editdiff.families.base import CausalDenoiser
from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser
from editdiff.prompt.base import Prompt
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray
from editdiff.tokens.bpe import SPECIAL_TOKENS

GREEDY = FillOptions(drafts=1, temperature=0.0)
TWO = FillTask("total = \nprint()\n", (Span(8, 8), Span(15, 15)), "m.py")


class Recording:
    """A denoiser that remembers what it was given to write."""

    def __init__(self, inner: CausalDenoiser) -> None:
        self.inner, self.tokenizer = inner, inner.tokenizer
        self.traits, self.prompt = inner.traits, inner.prompt
        self.forwards: list[list[int]] = []

    def encode(self, prompt: Prompt, cache=None):
        self.context = self.inner.encode(prompt, cache)
        return self.context

    def extend(self, cache, ids: IntArray):
        self.forwards.append(ids.tolist())
        return self.inner.extend(cache, ids)

    def propose(self, cache, canvas, asked=None):
        raise AssertionError("the twin has no canvas")

    def score(self, cache, ids: IntArray):
        return self.inner.score(cache, ids)

    @property
    def stream(self) -> list[int]:
        return [token for forward in self.forwards for token in forward]


def run(denoiser: CausalDenoiser, task: FillTask, options: FillOptions = GREEDY):
    updates = list(CausalEngine(denoiser).fill(task, options))
    sketches = [update for update in updates if isinstance(update, Sketch)]
    return sketches, [update for update in updates if isinstance(update, Draft)]


def test_every_token_and_every_end_costs_one_forward():
    oracle = Recording(OracleDenoiser(("a + b", "total")))
    sketches, (draft,) = run(oracle, TWO)
    assert draft.texts == ("a + b", "total")
    assert draft.nfe == len(oracle.forwards) == len(sketches) == 6 + 6
    assert draft.ended


def test_gaps_follow_each_other_in_the_stream_that_was_trained():
    oracle = Recording(OracleDenoiser(("ab", "c")))
    run(oracle, TWO)
    special, encode = oracle.tokenizer.special, oracle.tokenizer.encode
    first, second = special.gaps[:2]
    assert oracle.stream == [first, *encode("ab"), special.end, second, *encode("c")]
    assert oracle.forwards[3] == [special.end, second]


def test_sketches_grow_by_a_token_at_a_time():
    sketches, _ = run(OracleDenoiser(("ab", "c")), TWO)
    drawn = [tuple("".join(p.text for p in gap) for gap in sketch.gaps) for sketch in sketches]
    assert drawn == [("a", ""), ("ab", ""), ("ab", ""), ("ab", "c"), ("ab", "c")]
    assert [sketch.step for sketch in sketches] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("limit", "text", "ended"), [(3, "abc", False), (4, "abcd", True)])
def test_at_the_limit_only_an_end_is_accepted(limit, text, ended):
    task = FillTask("x", (Span(1, 1),))
    options = FillOptions(drafts=1, max_tokens=limit)
    _, (draft,) = run(OracleDenoiser(("abcd",)), task, options)
    assert (draft.texts, draft.ended, draft.nfe) == ((text,), ended, limit + 1)


def test_a_gap_that_does_not_end_leaves_the_next_one_its_turn():
    oracle = OracleDenoiser(("abcdefgh", "z"))
    recording = Recording(oracle)
    run(recording, TWO, FillOptions(drafts=1, max_tokens=2))
    special = oracle.tokenizer.special
    assert [special.end, special.gaps[1]] in recording.forwards


def test_a_character_cut_by_the_limit_is_left_out():
    task = FillTask("x", (Span(1, 1),))
    _, (draft,) = run(OracleDenoiser(("añb",)), task, FillOptions(drafts=1, max_tokens=2))
    assert (draft.texts, draft.ended) == (("a",), False)


@given(st.integers(0, 50), st.integers(1, 2))
def test_whatever_the_network_says_only_text_and_ends_are_written(seed, gaps):
    noise = Recording(NoiseDenoiser(seed, special_bias=6.0))
    task = FillTask(TWO.text, TWO.gaps[:gaps])
    _, drafts = run(noise, task, FillOptions(drafts=3, max_tokens=6, seed=seed))
    special = noise.tokenizer.special
    admitted = {special.end, *special.gaps[:gaps]}
    assert all(token in admitted or token >= len(SPECIAL_TOKENS) for token in noise.stream)
    assert all(len(draft.texts) == gaps and draft.nfe == len(noise.forwards) for draft in drafts)
    ranks = [(not draft.ended, -draft.score) for draft in drafts]
    assert ranks == sorted(ranks)
    assert len({draft.texts for draft in drafts}) == len(drafts)


def test_the_same_seed_gives_the_same_drafts_and_another_one_others():
    noise, task = NoiseDenoiser(1, scale=1.0), FillTask("x", (Span(1, 1),))
    # bytes below 128 alone: drafts that are no text would be dropped
    first, again, other = (
        run(Ascii(noise), task, FillOptions(drafts=3, max_tokens=8, seed=seed))[1]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert {draft.texts for draft in first} != {draft.texts for draft in other}
    assert len(first) == 3


class Ascii(Recording):
    def extend(self, cache, ids: IntArray):
        cache, guess = super().extend(cache, ids)
        return cache, guess.only(guess.ids < 128, fallback=100)


def test_gaps_that_no_model_takes_are_refused():
    with pytest.raises(UsageError, match="1 to 8 gaps"):
        run(OracleDenoiser(("a",)), FillTask("x", ()))


@pytest.mark.parametrize("denoiser", [OracleDenoiser(("abcdef",)), NoiseDenoiser(3)])
def test_a_fake_is_extended_token_by_token_as_at_once(denoiser):
    ids = np.array([denoiser.tokenizer.special.gaps[0], *denoiser.tokenizer.encode("abc")])
    end, whole = denoiser.extend(0, ids)
    assert whole.ids.shape[:2] == whole.logp.shape[:2] == (1, 4)
    cache = 0
    for i in range(len(ids)):
        cache, one = denoiser.extend(cache, ids[i : i + 1])
        assert np.array_equal(one.ids[0, 0], whole.ids[0, i])
        assert np.array_equal(one.logp[0, 0], whole.logp[0, i])
    assert cache == end


@pytest.mark.weights
def test_the_score_is_what_the_network_gives_the_whole_text_at_once():
    recording = Recording(OnnxDenoiser(embedded("nano")))
    task = FillTask("def area(width, height):\n    \n    return area\n", (Span(29, 29),), "a.py")
    _, (draft,) = run(recording, task, FillOptions(temperature=0.0, max_tokens=48))
    special = recording.tokenizer.special
    ids = recording.stream + [special.end] * draft.ended
    logp = recording.score(recording.context, np.array([ids]))
    assert len(recording.stream) > 3
    assert draft.score == pytest.approx(float(logp.sum()), abs=0.05)


@pytest.mark.weights
def test_the_twin_has_the_weights_of_the_engine_it_is_compared_with(monkeypatch):
    loaded = []
    monkeypatch.setattr(
        "editdiff.engines.choose.denoiser",
        lambda spec, running: loaded.append(spec) or denoiser(spec, running),
    )
    folder = str(embedded("nano"))
    twin = choose_twin(folder)
    assert isinstance(twin, CausalEngine)
    assert twin.name == "nano, left to right"
    assert loaded == [folder]
    (draft,) = [u for u in twin.fill(TWO, GREEDY) if isinstance(u, Draft)]
    assert len(draft.texts) == 2
