"""A gap that begins inside a word: what stood of it is written again, and is no part of the draft."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_network import END, TableNetwork, one_by_one
from tiny_gguf import tiny_qwen
from tiny_models import ROLES, write_tokenizer

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.stream import Stream
from editdiff.families.base import TreeDenoiser
from editdiff.families.qwen.stop import Stop
from editdiff.prompt.base import Prompt
from editdiff.text.span import Span
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles

LETTERS = "abé变😀 _-(\n1"


@pytest.fixture(scope="module")
def trunk(tmp_path_factory) -> TreeDenoiser:
    made = tiny_qwen(tmp_path_factory.mktemp("trunk"))
    kinds = {kind: each._replace(bias=-0.5) for kind, each in made.stop.kinds.items()}
    made.stop = Stop(kinds)
    return made


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> CheckpointTokenizer:
    path: Path = tmp_path_factory.mktemp("words") / "tokenizer.json"
    return CheckpointTokenizer.from_file(
        write_tokenizer(path), Roles(ROLES.pad, ROLES.mask, ROLES.end)
    )


def test_a_draft_has_no_part_of_the_word_it_goes_on_with():
    story = "x = width + 1"

    def says(before: str) -> dict[str | bytes | int, float]:
        return {END: 1 - 1e-9} if before == story else {story[len(before)]: 0.9, END: 0.1}

    network = TableNetwork(says, heals=True)
    task = FillTask("x = wi\n", (Span(6, 6),))
    updates = list(one_by_one(network).fill(task, FillOptions(drafts=1, temperature=0.0)))
    *sketches, draft = updates
    assert isinstance(draft, Draft)
    assert (draft.texts, draft.ended) == (("dth + 1",), True)
    drawn = ["".join(place.text for place in sketch.places) for sketch in sketches]
    assert drawn[:5] == ["", "", "", "d", "dt"], "nobody sees the piece of a word twice"
    assert draft.score == pytest.approx(7 * np.log(0.9)), "that it begins so costs nothing"


def test_nothing_else_is_written_before_the_word_stands_again():
    """The network would rather end, or write something else."""

    def says(before: str) -> dict[str | bytes | int, float]:
        if before == "x = wi":
            return {"d": 0.9}
        forced = {letter: 0.01 for letter in "x = wi"[len(before) : len(before) + 1]}
        return {END: 0.9, "z": 0.05, **forced}

    network = TableNetwork(says, heals=True)
    task = FillTask("x = wi\n", (Span(6, 6),))
    found = one_by_one(network).fill(task, FillOptions(drafts=1, temperature=0.0))
    (draft,) = [update for update in found if isinstance(update, Draft)]
    assert draft.texts == ("d",)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_limit_counts_the_tokens_of_the_gap_alone(limit):
    network = TableNetwork(lambda before: {"y": 0.9, "x": 0.1}, heals=True)
    task = FillTask("x" * 9 + "\n", (Span(9, 9),))
    found = one_by_one(network).fill(task, FillOptions(temperature=0.0, max_tokens=limit))
    (draft,) = [update for update in found if isinstance(update, Draft)]
    assert (draft.texts, draft.ended) == (("y" * limit,), False)


@given(st.text(LETTERS, max_size=12), st.integers(0, 3))
@settings(max_examples=40)
def test_the_text_before_and_a_draft_are_what_the_trunk_has_written(trunk, before, seed):
    """Whatever stands before a gap: what was taken back is there again, to the byte, and only once."""
    task = FillTask(before + "\nb = 2\n", (Span(len(before), len(before)),))
    engine = TwinEngine(trunk)
    options = FillOptions(drafts=6, max_tokens=4, temperature=1.5, seed=seed)
    updates = list(engine.fill(task, options))
    begins = engine._context(task, options).prompt.begins.decode()
    assert before.endswith(begins)
    for update in updates:
        if isinstance(update, Draft):
            assert len(trunk.tokenizer.encode(update.texts[0])) <= 8
        elif isinstance(update, Sketch) and update.step == 1:
            shown = "".join(place.text for place in update.places)
            assert len(shown) <= 8, "one token at most, less what the gap begins with"


@given(st.data())
@settings(max_examples=60)
def test_a_gap_always_begins_as_it_must(tokenizer, data):
    """Whatever is likely, and whatever is drawn of it: after the opening tokens the bytes are there."""
    begins = data.draw(st.text("ab é变😀=(1", min_size=1, max_size=6)).encode()
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    prompt = Prompt(np.array([1]), np.array([0]), (tokenizer.id_of("<|fim_middle|>"),), (), begins)
    stream = Stream(tokenizer, prompt, "", FillOptions(max_tokens=2))
    pieces = [tokenizer.decode_bytes([i]) for i in range(tokenizer.vocab_size)]
    near = [i for i, piece in enumerate(pieces) if piece and piece in begins]
    written: list[int] = []
    while len(b"".join(pieces[i] for i in written)) < len(begins):
        ids = rng.permutation(tokenizer.vocab_size)[:6]
        ids[:2] = rng.choice(near, 2)
        logp = np.sort(np.log(rng.dirichlet(np.ones(6))))[::-1]
        guess = stream.admitted(Guess(ids[None, None], logp[None, None]))
        assert np.exp(guess.logp).sum() == pytest.approx(1), "what may come is all that may come"
        assert not stream.ends(guess)
        stream.take(guess)
        written.append(int(guess.chosen[0, 0]))
        assert len(written) <= len(begins)
    assert b"".join(pieces[i] for i in written).startswith(begins)
