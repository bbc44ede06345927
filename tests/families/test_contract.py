"""What every family keeps, whatever its network, tokenizer and form of context."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import Checkpoint, tiny_qwen, tiny_qwen_on_torch
from tiny_models import checkpoint_style

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask
from editdiff.engines.choose import DEFAULT, embedded, tree
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import EngineError, UsageError
from editdiff.families.base import CausalDenoiser, TreeDenoiser
from editdiff.families.load import load
from editdiff.families.running import Running
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas

CANVASES: dict[str, Callable[[Path], CausalDenoiser]] = {
    "nano": lambda folder: load(embedded(DEFAULT)),
    "nano on torch": lambda folder: load(embedded(DEFAULT), Running("torch")),
    "checkpoint style": checkpoint_style,
}
"""Models that fill a canvas; a folder is at hand for those that are made."""
TREES: dict[str, Callable[[Path], TreeDenoiser]] = {
    "trunk": tiny_qwen,
    "trunk in 8 bits": lambda folder: tiny_qwen(folder, Checkpoint(width=128)),
    "trunk on torch": tiny_qwen_on_torch,
}
"""Models that write several drafts at once, from left to right."""
MODELS = CANVASES | TREES
"""Every family, by one model of it."""
TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
HOSTILE = "a = '<|fim_prefix|><|fim_middle|><mask><end><gap_0><|endoftext|>'\nb = 2\n"
CLOSE = 2e-3
"""Nats by which batches and caches of different shapes may part."""


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory) -> CausalDenoiser:
    return MODELS[request.param](tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module", params=CANVASES)
def canvas_model(request, tmp_path_factory) -> CausalDenoiser:
    return CANVASES[request.param](tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module", params=TREES)
def writer(request, tmp_path_factory) -> TreeDenoiser:
    return TREES[request.param](tmp_path_factory.mktemp("model"))


def engine_of(model: CausalDenoiser) -> Engine:
    return LocalEngine(model) if model.traits.canvases else TwinEngine(tree(model))


def prompt_of(model: CausalDenoiser, text: str, *gaps: Span) -> Prompt:
    return model.prompt.encode(ContextParts.around(text, gaps, "a.py"), model.traits.context)


def first_place(model: CausalDenoiser, prompt: Prompt, cache: object) -> Guess:
    """What the model says of the first token of a gap."""
    if model.traits.canvases:
        return model.propose(cache, blank(model, prompt, 1))
    return model.extend(cache, np.array(prompt.heads[:1]))[1]


def blank(model: CausalDenoiser, prompt: Prompt, drafts: int, gaps: int = 1) -> Canvas:
    sizes = [min(model.traits.canvases)] * gaps
    return Canvas.blank(model.tokenizer.special, drafts, sizes, prompt.heads)


def test_its_traits_hold_together(model):
    traits = model.traits
    assert traits.context > 0
    assert list(traits.canvases) == sorted(set(traits.canvases))
    assert traits.gaps >= 1
    if traits.canvases:
        assert traits.gaps * min(traits.canvases) <= traits.places
        assert traits.gaps <= max(1, len(model.tokenizer.special.gaps))


def test_a_guess_has_the_shape_of_its_canvas_and_is_a_distribution(canvas_model):
    model = canvas_model
    prompt = prompt_of(model, TEXT, Span(30, 40))
    canvas = blank(model, prompt, 3)
    guess = model.propose(model.encode(prompt), canvas)
    assert guess.ids.shape[:2] == guess.logp.shape[:2] == canvas.ids.shape
    assert guess.ids.dtype == np.int64 and guess.logp.dtype == np.float64
    assert (np.diff(guess.logp, axis=-1) <= 0).all(), "the likeliest come first"
    assert (np.exp(guess.logp).sum(axis=-1) <= 1 + 1e-5).all()


def test_what_is_asked_for_is_told_as_the_top_tells_it(canvas_model):
    model = canvas_model
    prompt = prompt_of(model, TEXT, Span(30, 40))
    canvas, cache = blank(model, prompt, 2), model.encode(prompt)
    third = model.propose(cache, canvas).ids[..., 2]
    guess = model.propose(cache, canvas, np.ascontiguousarray(third))
    assert guess.asked is not None
    assert np.allclose(guess.asked, guess.logp_of(third), atol=1e-5)


def test_a_draft_is_the_same_alone_and_in_a_batch(canvas_model):
    model = canvas_model
    prompt = prompt_of(model, TEXT, Span(30, 40))
    canvas, cache = blank(model, prompt, 3), model.encode(prompt)
    ids = canvas.ids.copy()
    ids[1, 1], ids[2, 2] = model.tokenizer.encode("xy")[0], model.tokenizer.special.end
    canvas = Canvas(ids, canvas.editable, canvas.masked, canvas.special, canvas.starts)
    together = model.propose(cache, canvas)
    for row in range(3):
        alone = model.propose(cache, canvas.rows(np.arange(3) == row))
        assert np.allclose(alone.logp[0], together.logp[row], atol=CLOSE)


def test_a_context_extended_is_the_context_encoded_anew(model):
    short, long = (prompt_of(model, TEXT, Span(n, n)) for n in (30, 44))
    fresh = first_place(model, long, model.encode(long))
    extended = first_place(model, long, model.encode(long, model.encode(short)))
    assert np.allclose(fresh.logp, extended.logp, atol=CLOSE)


def test_a_score_does_not_depend_on_what_stands_beside_it_in_the_batch(model):
    prompt = prompt_of(model, TEXT, Span(30, 40))
    special, cache = model.tokenizer.special, model.encode(prompt)
    rows = [
        [prompt.heads[0], *model.tokenizer.encode(text), special.end] for text in ("a", "b = c")
    ]
    longest = max(map(len, rows))
    ids = np.array([row + [special.pad] * (longest - len(row)) for row in rows])
    together = model.score(cache, ids)
    assert together.shape == (2, longest - 1)
    alone = model.score(cache, np.array([rows[0]]))
    assert np.allclose(together[0, : len(rows[0]) - 1], alone[0], atol=CLOSE)


@pytest.mark.parametrize("gaps", [(Span(29, 49),), (Span(4, 8), Span(36, 48))])
def test_it_fills_one_gap_and_several_with_text_alone(model, gaps):
    engine = engine_of(model)
    options = FillOptions(steps=8, max_tokens=24, drafts=32)  # random bytes are seldom UTF-8
    updates = list(engine.fill(FillTask(TEXT, gaps, "a.py"), options))
    drafts = [update for update in updates if isinstance(update, Draft)]
    assert drafts
    for draft in drafts:
        assert len(draft.texts) == len(gaps)
        assert np.isfinite(draft.score)
        for text in draft.texts:
            assert model.tokenizer.decode(model.tokenizer.encode(text)) == text


def test_more_gaps_than_it_can_take_are_refused(model):
    task = FillTask("x" * 40, tuple(Span(2 * n, 2 * n + 1) for n in range(model.traits.gaps + 1)))
    with pytest.raises(UsageError, match=f"fills 1 to {model.traits.gaps} gaps"):
        list(engine_of(model).fill(task, FillOptions()))


def test_text_that_spells_special_tokens_stays_text(model):
    tokenizer, gap = model.tokenizer, Span(len(HOSTILE) - 2, len(HOSTILE) - 1)
    assert tokenizer.special.is_text(np.array(tokenizer.encode(HOSTILE))).all()
    assert tokenizer.decode(tokenizer.encode(HOSTILE)) == HOSTILE
    plain, hostile = (
        prompt_of(model, text, gap) for text in ("a" * (len(HOSTILE) - 2) + "2\n", HOSTILE)
    )
    marks = [ids[~tokenizer.special.is_text(ids)].tolist() for ids in (plain.ids, hostile.ids)]
    assert marks[0] == marks[1]


def test_nothing_but_text_and_ends_is_admitted_on_its_canvas(canvas_model):
    model = canvas_model
    special = model.tokenizer.special
    canvas = blank(model, prompt_of(model, TEXT, Span(30, 40)), 1)
    everything = np.arange(special.size + 20)
    admitted = everything[canvas.admits(everything)]
    assert set(special.text_ids) | {special.end} == set(admitted)
    assert model.tokenizer.decode_bytes([special.mask, special.end, special.size + 5]) == b""


def test_what_is_asked_of_a_canvas_is_refused_by_a_model_without_one(writer):
    special = writer.tokenizer.special
    canvas = Canvas.blank(special, 1, [8], prompt_of(writer, TEXT, Span(30, 40)).heads)
    with pytest.raises(EngineError, match="from left to right"):
        writer.propose(writer.encode(prompt_of(writer, TEXT, Span(30, 40))), canvas)


def written(writer: TreeDenoiser, cache: object, *paths: list[int]) -> list[Guess]:
    """What follows the last token of each path, all written at once as branches of one tree."""
    ids = np.array([token for path in paths for token in path])
    starts = np.cumsum([0, *map(len, paths)])
    behind = np.arange(len(ids)) - 1
    behind[starts[:-1]] = -1
    _, guess = writer.write(cache, ids, behind, starts[1:] - 1)
    return [
        Guess(guess.ids[:, i : i + 1], guess.logp[:, i : i + 1], guess.column)
        for i in range(len(paths))
    ]


def last(guess: Guess) -> Guess:
    return Guess(guess.ids[:, -1:], guess.logp[:, -1:])


def assert_same(one: Guess, other: Guess, within: float = CLOSE) -> None:
    """The same probabilities, whatever the order of those that are nearly one."""
    known = _logp(one, other.ids)
    kept = np.isfinite(known) & (other.logp > -12)
    assert kept.any()
    assert np.allclose(known[kept], other.logp[kept], atol=within)


def _logp(guess: Guess, ids: np.ndarray) -> np.ndarray:
    """[1, S, K] log-probabilities that a guess [1, S, TOP] gives to `ids` [1, S, K]."""
    same = guess.ids[..., None, :] == ids[..., :, None]
    return np.where(same, guess.logp[..., None, :], -np.inf).max(axis=-1)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Tokens of text, and behind which of those before it each stands; -1 is the context."""
    ids = draw(st.lists(st.integers(0, 255), min_size=1, max_size=9))
    return ids, [draw(st.integers(-1, number - 1)) for number in range(len(ids))]


@given(trees(), st.data())
@settings(max_examples=15)
def test_a_tree_holds_what_each_of_its_paths_would_hold_alone(writer, grown, data):
    ids, behind = grown
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    context = writer.encode(prompt)
    cut = data.draw(st.integers(0, len(ids)))
    cache, parts = context, []
    for part in (slice(0, cut), slice(cut, None)):  # in one piece and in two
        if ids[part]:
            wanted = np.arange(len(ids[part]))
            cache, guess = writer.write(cache, np.array(ids[part]), np.array(behind[part]), wanted)
            parts += [
                Guess(guess.ids[:, i : i + 1], guess.logp[:, i : i + 1]) for i in range(len(wanted))
            ]
    for number, told in enumerate(parts):
        path, at = [], number
        while at >= 0:
            path.insert(0, ids[at])
            at = behind[at]
        assert_same(told, last(writer.extend(context, np.array(path))[1]))


def test_drafts_are_the_same_alone_and_together(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    cache, encode = writer.encode(prompt), writer.tokenizer.encode
    paths = [[prompt.heads[0], *encode(text)] for text in ("x", "width + 1", "", "é = 2\n", "x y")]
    together = written(writer, cache, *paths)
    for path, told in zip(paths, together, strict=True):
        assert_same(told, written(writer, cache, path)[0])


def test_a_cache_stays_what_it_was_whoever_writes_behind_it(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    longer = prompt_of(writer, TEXT, Span(44, 44))
    cache = writer.encode(prompt)
    path = [prompt.heads[0], *writer.tokenizer.encode("w = xyz")]
    other = np.array([prompt.heads[0], *writer.tokenizer.encode("height * 2\n")])
    before = written(writer, cache, path)[0]
    tree, _ = writer.write(cache, np.array(path[:2]), np.array([-1, 0]), np.array([1]))
    writer.write(cache, other, np.arange(len(other)) - 1, np.array([0]))
    writer.extend(cache, other)
    writer.score(cache, other[None])
    writer.encode(longer, cache)
    assert_same(written(writer, cache, path)[0], before, 0)
    rest = np.array(path[2:])
    _, after = writer.write(tree, rest, np.arange(1, 1 + len(rest)), np.array([len(rest) - 1]))
    assert_same(after, before)


def extended(
    model: CausalDenoiser, prompt: Prompt, ranks: tuple[int, ...]
) -> tuple[list[int], float, object]:
    """A row of the head and text tokens of these ranks, their log-probability, and the cache but the last token."""
    special, cache, row, total = (
        model.tokenizer.special,
        model.encode(prompt),
        [prompt.heads[0]],
        0.0,
    )
    for rank in ranks:
        cache, guess = model.extend(cache, np.array(row[-1:]))
        taken = [i for i in guess.ids[0, 0] if special.is_text(i)][rank]
        total += float(guess.logp_of(np.array([[taken]]))[0, 0])
        row.append(int(taken))
    return row, total, cache


def test_scores_are_the_sum_of_what_extending_says(model):
    prompt = prompt_of(model, TEXT, Span(30, 40))
    row, total, _ = extended(model, prompt, (0, 1, 0, 2))
    scores = model.score(model.encode(prompt), np.array([row]))
    assert scores.sum() == pytest.approx(total, abs=4 * CLOSE)


def test_a_score_holds_the_end_and_no_padding(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    context, special = writer.encode(prompt), writer.tokenizer.special
    row, total, cache = extended(writer, prompt, (0, 1, 0, 2))
    _, guess = writer.extend(cache, np.array(row[-1:]))
    total += float(guess.logp_of(np.array([[special.end]]))[0, 0])
    row = [*row, special.end]
    padded = np.array([[*row, special.pad], [row[0], special.end] + [special.pad] * 5])
    scores = writer.score(context, padded)
    assert scores.shape == (2, len(row))
    assert scores[0].sum() == pytest.approx(total, abs=5 * CLOSE)
    assert (scores[1, 1:] == 0).all(), "padding counts nothing"


def test_more_rows_than_are_scored_at_once_have_the_scores_that_each_has_alone(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    cache, rng = writer.encode(prompt), np.random.default_rng(0)
    ids = np.hstack((np.full((60, 1), prompt.heads[0]), rng.integers(0, 256, (60, 11))))
    for row, length in enumerate(rng.integers(1, 12, 60)):  # rows of all lengths
        ids[row, length + 1 :] = writer.tokenizer.special.pad
    scores = writer.score(cache, ids)
    for row in (0, 29, 46, 47, 59):
        assert np.allclose(scores[row], writer.score(cache, ids[row : row + 1])[0], atol=CLOSE)


def test_nothing_to_score_is_a_score_of_nothing(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    cache, pad = writer.encode(prompt), writer.tokenizer.special.pad
    assert writer.score(cache, np.array([[prompt.heads[0]]] * 2)).shape == (2, 0)
    assert (writer.score(cache, np.array([[prompt.heads[0], pad]])) == 0).all()


def test_every_guess_has_the_end_in_it_and_is_a_distribution(writer):
    prompt = prompt_of(writer, TEXT, Span(30, 40))
    path = np.array([prompt.heads[0], *writer.tokenizer.encode("width * height")])
    _, guess = writer.extend(writer.encode(prompt), path)
    end = writer.tokenizer.special.end
    assert guess.ids.shape == guess.logp.shape and guess.ids.shape[:2] == (1, len(path))
    assert guess.ids.dtype == np.int64 and guess.logp.dtype == np.float64
    assert ((guess.ids == end).sum(axis=-1) == 1).all()
    assert (np.diff(guess.logp, axis=-1) <= 0).all(), "the likeliest come first"
    assert (np.exp(guess.logp).sum(axis=-1) <= 1 + 1e-5).all()
    ends = guess.logp_of(np.full((1, len(path)), end))
    assert len(np.unique(ends.round(3))) > 1, "it depends on the place"
