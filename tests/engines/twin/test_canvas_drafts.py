"""Tokens that the network's canvas drafts: judged as all others, so a text is what it would have been."""

import time
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_network import END, TableNetwork, one_by_one, writes
from tiny_gguf import with_canvas

from editdiff.cli.common.record import tracing
from editdiff.cli.trace import trace
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.twin.engine import TwinEngine
from editdiff.families.base import FLAT, USUAL
from editdiff.text.span import Span

GREEDY = FillOptions(drafts=1, temperature=0.0)
TASK = FillTask("x = \n", (Span(4, 4),), "m.py")
STORY = "clamp(wide, 7) + offset"
CLOSE = 2e-3
"""Nats by which batches of different shapes may part."""


class Places:
    """What a canvas says behind a text."""

    def __init__(self, network, before: str) -> None:
        self.network, self.before = network, before

    def behind(self, token: int) -> Iterator[tuple[int, float]]:
        before = self.before + self.network.tokenizer.decode([token])
        for _ in range(8):
            told = self.network.drafts(before)
            if not told:
                return
            yield self.network._id(told), 0.9
            before += told


class Drafting(TableNetwork):
    """A table with a canvas, which drafts the character that `drafts` names."""

    canvas_places = 8

    def __init__(self, says, drafts, costs=USUAL, judges=None):
        super().__init__(says, judges=judges)
        self.drafts, self.costs, self.canvases = drafts, costs, []

    def write_and_draft(self, cache, ids, behind, anchors, places):
        longer, guess = self.write(cache, ids, behind, np.arange(len(ids)))
        self.canvases.append((len(anchors), places))
        texts = [self._before(cache.prompt, longer.paths[len(cache.paths) + i]) for i in anchors]
        return longer, guess, [Places(self, text) for text in texts]


def next_of(story: str, start: str = "x = "):
    """Drafts what comes next in a story, whatever stands there."""

    def drafts(before: str) -> str:
        written = before[len(start) :]
        return story[len(written) : len(written) + 1]

    return drafts


def drafts(engine: TwinEngine, task: FillTask, options: FillOptions = GREEDY) -> list[Draft]:
    return [update for update in engine.fill(task, options) if isinstance(update, Draft)]


def test_what_the_canvas_drafts_right_saves_forwards():
    network = Drafting(writes(STORY, start="x = "), next_of(STORY))
    slow, quick = one_by_one(TableNetwork(writes(STORY, start="x = "))), TwinEngine(network)
    quick.guesses = False
    (one,), (other,) = drafts(slow, TASK), drafts(quick, TASK)
    assert (other.texts, other.score, other.ended) == (one.texts, one.score, one.ended)
    assert other.texts == (STORY,)
    assert other.nfe < one.nfe / 1.8
    assert quick.tokens.by_canvas == quick.tokens.right == len(STORY) + 1 - other.nfe


def test_a_draft_tells_who_proposed_the_tokens_of_its_fill():
    network = Drafting(writes(STORY, start="x = "), next_of(STORY.replace("7", "8")), FLAT)
    engine = TwinEngine(network)
    (draft,) = drafts(engine, TASK)
    told = draft.drafted
    assert told.tokens == len(STORY) and told.canvas > 8 and told.refused > 0
    assert told.text + told.canvas == engine.tokens.right
    (again,) = drafts(engine, TASK)
    assert again.drafted == told, "of this fill alone"


def test_where_rows_cost_nothing_it_drafts_all_its_places():
    network = Drafting(writes(STORY, start="x = "), next_of(STORY), FLAT)
    engine = TwinEngine(network)
    engine.guesses = False
    (draft,) = drafts(engine, TASK)
    assert {places for _, places in network.canvases} == {8}
    assert draft.texts == (STORY,) and draft.nfe <= 4


def test_what_it_drafts_wrong_is_taken_back():
    network = Drafting(writes(STORY, start="x = "), lambda before: "?", FLAT)
    engine = TwinEngine(network)
    engine.guesses = False
    sketches = [u for u in engine.fill(TASK, GREEDY) if isinstance(u, Sketch)]
    (draft,) = drafts(engine, TASK)
    assert draft.texts == (STORY,)
    assert engine.tokens.by_canvas == 0 and engine.tokens.refused > 0
    drawn = [[(p.text, p.committed) for p in s.places] for s in sketches]
    assert any(("?", False) in each for each in drawn)
    assert not any(("?", True) in each for each in drawn)


def test_what_is_looked_up_comes_first():
    above = f"y = {STORY}\n"
    network = Drafting(writes(STORY, start=above + "x = "), next_of(STORY, above + "x = "), FLAT)
    engine = TwinEngine(network)
    start = len(above) + 4
    (draft,) = drafts(engine, FillTask(above + "x = \n", (Span(start, start),)))
    assert draft.texts == (STORY,)
    assert engine.tokens.right > engine.tokens.by_canvas


def test_an_engine_that_is_told_so_leaves_the_canvas_alone():
    network = Drafting(writes(STORY, start="x = "), next_of(STORY), FLAT)
    engine = TwinEngine(network)
    engine.canvas = False
    drafts(engine, TASK)
    assert network.canvases == []


def test_a_place_that_is_hardly_sure_is_no_draft():
    network = Drafting(writes(STORY, start="x = "), next_of(STORY), FLAT)
    engine = TwinEngine(network)
    engine.guesses = False
    unsure = [(token, 0.1) for token in network.tokenizer.encode("c")]
    Places.behind, kept = lambda self, token: iter(unsure), Places.behind
    try:
        (draft,) = drafts(engine, TASK)
    finally:
        Places.behind = kept
    assert draft.nfe == len(STORY) + 1
    assert engine.tokens.refused == 0


def test_who_drafted_is_told_by_the_trace(tmp_path, capsys):
    wrong = STORY.replace("7", "8")
    network = Drafting(writes(STORY, start="x = "), next_of(wrong), FLAT)
    engine, file = TwinEngine(network), tmp_path / "run.jsonl"
    engine.guesses = False
    with tracing(engine, file):
        drafts(engine, TASK)
    trace(file)
    shown = capsys.readouterr().out
    assert shown.count("guessed from the canvas") == engine.tokens.by_canvas > 8
    assert "took back what the canvas had guessed: 8" in shown


def test_typical_takes_what_is_at_least_half_as_likely():
    def says(before):
        written = before[4:]
        if written == "a":
            return {"b": 0.5, "c": 0.3, "d": 0.2}
        return {"a": 1.0} if not written else {END: 0.99, "z": 0.01}

    for drafted, accept, text in (
        ("c", "exact", "ab"),
        ("c", "typical", "ac"),
        ("d", "typical", "ab"),
        ("z", "typical", "ab"),
    ):
        network = Drafting(says, lambda before, d=drafted: d if before[4:] == "a" else "", FLAT)
        engine = TwinEngine(network)
        engine.guesses = False
        options = FillOptions(drafts=1, temperature=0.0, accept=accept)
        (draft,) = drafts(engine, TASK, options)
        assert draft.texts == (text,), (drafted, accept)


@given(
    st.integers(0, 2**16),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.sampled_from([USUAL, FLAT]),
)
@settings(max_examples=100)
def test_drafts_of_a_canvas_change_what_a_text_costs_and_nothing_else(
    seed, count, guesses, judged, costs
):
    def says(text):
        rng = np.random.default_rng([seed, zlib.crc32(text[-2:].encode())])
        return dict(
            zip(["a", "b", "=", "\n", END], rng.dirichlet(np.full(5, 0.2)).tolist(), strict=True)
        )

    def often_right(text):
        told = {what: p for what, p in says(text).items() if what != END}
        best = max(told, key=lambda what: told[what])
        return best if zlib.crc32(text.encode()) % 3 else "b"

    def judges(text, follows):
        return (zlib.crc32(text[-2:].encode()) + seed) % 10 / 10 + 0.01

    network = Drafting(says, often_right, costs, judges if judged else None)
    task = FillTask("ab = ba\nx = \n", (Span(12, 12),))
    options = FillOptions(drafts=count, temperature=0.7 * (count > 1), max_tokens=24, seed=seed)
    quick = TwinEngine(network)
    quick.guesses = guesses
    slow, found = (drafts(engine, task, options) for engine in (one_by_one(network), quick))
    assert [(d.texts, d.score, d.ended) for d in found[:1]] == [
        (d.texts, d.score, d.ended) for d in slow[:1]
    ]


@pytest.fixture(scope="module")
def trunk(tmp_path_factory):
    return with_canvas(tmp_path_factory.mktemp("trunk"))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("count", [1, 3])
def test_of_a_trunk_with_an_adapter_too(trunk, seed, count):
    trunk.costs = FLAT
    options = FillOptions(drafts=count, temperature=0.7 * (count > 1), max_tokens=12, seed=seed)
    quick = TwinEngine(trunk)
    quick.guesses = False
    slow, found = (drafts(engine, TASK, options) for engine in (one_by_one(trunk), quick))
    assert [d.texts for d in found] == [d.texts for d in slow]
    assert [d.score for d in found] == pytest.approx([d.score for d in slow], abs=CLOSE)
    assert quick.tokens.refused + quick.tokens.by_canvas > 0


def test_what_is_not_written_in_time_is_unfinished():
    def slowly(before):
        time.sleep(0.02)
        return writes(STORY * 20, start="x = ")(before)

    network = TableNetwork(slowly)
    limited = FillOptions(drafts=1, temperature=0.0, fill_seconds=0.2)
    (draft,) = drafts(TwinEngine(network), TASK, limited)
    assert not draft.ended
    assert (STORY * 20).startswith(draft.texts[0]) and 0 < len(draft.texts[0]) < 20 * len(STORY)


def test_where_there_is_time_a_limit_changes_nothing():
    network = TableNetwork(writes(STORY, start="x = "))
    limited = FillOptions(drafts=1, temperature=0.0, fill_seconds=60.0)
    (one,), (other,) = (drafts(TwinEngine(network), TASK, o) for o in (GREEDY, limited))
    assert one == other


def test_an_end_that_was_likely_enough_is_taken_when_time_is_up():
    def says(before):
        time.sleep(0.02)
        return {END: 0.4, "a": 0.6} if len(before) == 6 else {"a": 1.0}

    limited = FillOptions(drafts=1, temperature=0.0, fill_seconds=0.15)
    (draft,) = drafts(TwinEngine(TableNetwork(says)), TASK, limited)
    assert draft.ended and draft.texts == ("aa",)
