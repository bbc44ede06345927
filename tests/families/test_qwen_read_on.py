"""Likely endings are judged by the text after the gap: what is read, what it says, and that nothing is kept."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import stop, tiny_qwen, tiny_qwen_on_torch

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.stream import FOLLOWS, spelt_on
from editdiff.families.base import Sequel
from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.stop import FILE, JUDGED, LEAST, READ, Judge, Stop, read
from editdiff.prompt.base import ContextParts
from editdiff.text.span import Span

TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
GAP = Span(29, 49)
NEAR = 2e-3
"""Nats by which batches of different shapes may part."""
JUDGES = {kind: Judge(0.3, np.array([0.7, 0.1, 0.2, 0.05])) for kind in JUDGED}


@pytest.fixture(scope="module", params=[tiny_qwen, tiny_qwen_on_torch])
def model(request, tmp_path_factory) -> QwenDenoiser:
    made = request.param(tmp_path_factory.mktemp("trunk"))
    made.stop = Stop(made.stop.kinds, judges=JUDGES)
    return made


def written(model: QwenDenoiser, text: str = TEXT, gap: Span = GAP):
    """A context behind which the gap's text is written: cache, the head and the text's tokens."""
    prompt = model.prompt.encode(ContextParts.around(text, [gap], "m.py"), 200)
    ids = [prompt.heads[0], *model.tokenizer.encode(prompt.begins.decode() + gap.slice(text))]
    every = np.arange(len(ids))
    cache, _ = model.write(model.encode(prompt), np.array(ids), every - 1, every)
    return cache, ids


def follows(model: QwenDenoiser, text: str = TEXT, gap: Span = GAP) -> tuple[int, ...]:
    return tuple(model.tokenizer.encode(text[gap.end :])[:FOLLOWS])


def test_what_follows_is_as_likely_as_a_reading_in_one_piece_says(model):
    cache, ids = written(model)
    after = follows(model)
    (told,) = model.likelihoods(cache, [Sequel(ids[-1], len(ids) - 2, after, -1.0)])
    never = {kind: r._replace(bias=-1e3) for kind, r in model.stop.kinds.items()}
    plain = QwenDenoiser(model.trunk, model.tokenizer, Stop(never), model.traits)
    whole = plain.score(cache, np.array([[*ids, *after]]))[0]
    assert told == pytest.approx(whole[len(ids) - 1 :], abs=NEAR)


def test_each_place_is_read_as_if_it_were_alone(model):
    cache, ids = written(model)
    after = follows(model)
    places = [
        Sequel(ids[0], -1, after, -1.0),
        Sequel(ids[3], 2, after[:2], -0.5),
        Sequel(ids[-1], len(ids) - 2, after, -2.0),
    ]
    together = model.read_on(cache, places)
    alone = [model.read_on(cache, [place])[0] for place in places]
    assert together == pytest.approx(alone, abs=NEAR)
    assert [len(each) for each in model.likelihoods(cache, places)] == [len(p.ids) for p in places]


def test_nothing_that_was_read_is_kept(model):
    cache, ids = written(model)
    every = np.arange(2)
    more, behind = np.array(ids[1:3]), np.array([len(ids) - 1, len(ids)])
    _, before = model.write(cache, more, behind, every)
    cache, ids = written(model)
    model.read_on(cache, [Sequel(ids[-1], len(ids) - 2, follows(model), -1.0)])
    assert cache.slots.arrays.filled == cache.slots.count, "its room is free again"
    longer, after = model.write(cache, more, behind, every)
    assert longer.slots.arrays is cache.slots.arrays, "so nothing is copied"
    assert (after.ids == before.ids).all()
    assert after.logp == pytest.approx(before.logp, abs=NEAR)


def test_slots_that_others_have_written_behind_stay_theirs(model):
    cache, ids = written(model)
    theirs, _ = model.write(cache, np.array(ids[1:3]), np.array([0, 1]), np.arange(2))
    kept = theirs.slots.layers[:, :, : theirs.slots.count] * 1
    model.read_on(cache, [Sequel(ids[-1], len(ids) - 2, follows(model), -1.0)])
    model.write(cache, np.array(ids[3:4]), np.array([0]), np.arange(1))
    assert (theirs.slots.layers[:, :, : theirs.slots.count] == kept).all()


def test_a_kind_of_gap_without_a_judge_ends_as_it_was_told(model):
    cache, ids = written(model)
    place = Sequel(ids[-1], len(ids) - 2, follows(model), -1.25)
    judged = model.stop
    model.stop = Stop(judged.kinds)
    try:
        assert model.read_on(cache, [place]).tolist() == [-1.25]
    finally:
        model.stop = judged
    assert model.read_on(cache, [place])[0] != pytest.approx(-1.25)


def test_the_end_of_a_file_is_judged_apart(model):
    text, gap = TEXT[: GAP.end], GAP
    cache, ids = written(model, text, gap)
    place = Sequel(ids[-1], len(ids) - 2, (model.tokenizer.special.end,), -1.0)
    other = model.stop
    model.stop = Stop(other.kinds, judges={"last": JUDGES["last"]._replace(bias=50.0)})
    try:
        assert model.read_on(cache, [place])[0] > math.log(0.5)
        assert model.read_on(cache, [place._replace(ids=follows(model))]).tolist() == [-1.0]
    finally:
        model.stop = other


def test_a_draft_depends_on_the_judge(model):
    def filled(bias: float) -> str:
        judges = {kind: judge._replace(bias=bias) for kind, judge in JUDGES.items()}
        model.stop = Stop(model.stop.kinds, judges=judges)
        task = FillTask(TEXT, (GAP,), "m.py")
        updates = TwinEngine(model).fill(task, FillOptions(temperature=0.0, max_tokens=12))
        (draft,) = [update for update in updates if isinstance(update, Draft)]
        return draft.texts[0]

    assert len(filled(50.0)) < len(filled(-50.0))


@given(st.text("ab)(\n é", max_size=12), st.text("ab)(\n é", min_size=1, max_size=12))
@settings(max_examples=60)
def test_a_text_and_what_follows_are_spelt_in_one_piece(model, text, after):
    ids = spelt_on(model.tokenizer, text, after)
    assert (text + after).startswith(model.tokenizer.decode(ids).rstrip("\ufffd"))
    alone = len(model.tokenizer.encode(text))
    assert len(ids) <= alone + FOLLOWS


def test_what_is_read_is_told_as_odds_and_three_likelihoods():
    told = read(np.log([0.5, 1.0]), [np.array([-1.0, -3.0]), np.array([-0.5])])
    assert told.shape == (2, len(READ))
    assert told[0] == pytest.approx([0.0, -4.0, -3.0, -1.0])
    assert told[1] == pytest.approx([math.log(1 / LEAST), -0.5, -0.5, -0.5], rel=1e-3)
    assert read(np.zeros(0), []).shape == (0, len(READ))


def test_the_judge_is_written_and_read_again(tmp_path):
    plain = stop(64, "abc")
    plain.write(tmp_path / FILE, {})
    assert Stop.read(tmp_path / FILE).judges == {}
    before = Stop(plain.kinds, "abc", {"line": JUDGES["line"]})
    before.write(tmp_path / FILE, {})
    after = Stop.read(tmp_path / FILE)
    assert set(after.judges) == {"line"}
    assert after.judges["line"].weights == pytest.approx(JUDGES["line"].weights)
    ending, told = np.array([-1.0]), [np.array([-0.5, -2.0])]
    assert after.judged("span", ending, told).tolist() == [-1.0], "it has no judge"
    assert after.judged("line", ending, told) != pytest.approx([-1.0])
    told = json.loads((tmp_path / FILE).read_text())
    del told["judges"]["line"]["least"]
    (tmp_path / FILE).write_text(json.dumps(told))
    with pytest.raises(Exception, match="cannot read where gaps end"):
        Stop.read(tmp_path / FILE)


@given(st.integers(0, 2**16), st.floats(1e-6, 1 - 1e-6))
def test_a_guess_is_given_another_probability_of_one_token(seed, probability):
    rng = np.random.default_rng(seed)
    share = np.sort(rng.dirichlet(np.ones(7)))[::-1][:6]  # the seventh is not kept
    guess = Guess(np.arange(6)[None, None] + 10, np.log(share)[None, None])
    token = int(rng.integers(6)) + 10
    given_it = guess.given(token, math.log(probability))
    logp = dict(zip(given_it.ids[0, 0].tolist(), given_it.logp[0, 0].tolist(), strict=True))
    assert math.exp(logp[token]) == pytest.approx(probability)
    others = [each for each in range(10, 16) if each != token]
    before = share[token - 10]
    for each in others:
        kept = share[each - 10] / (1 - before) * (1 - probability)
        assert math.exp(logp[each]) == pytest.approx(kept, rel=1e-6)
    assert (np.diff(given_it.logp[0, 0]) <= 0).all(), "the likeliest first"
