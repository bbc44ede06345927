"""Where gaps end, to be learnt: gaps that are drawn, what is learnt of them, and how that is measured."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import ROLES, write_tokenizer

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.qwen.stop import FEATURES, KINDS, LINE, SPAN, Stop
from editdiff.prompt.fim import FillInMiddle
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.trunk.endings import (
    AT_ONCE,
    LONGEST_BLOCK,
    MOST_TOKENS,
    Ending,
    Row,
    Seen,
    draw,
    fit,
    fit_stop,
    joined,
    log_odds,
    measure,
    parted,
    rows,
    see,
)

AREA = (
    "def area(width, height):\n    if width:\n        return width * height\n\n    return 0\n\n\n"
)
FILES = [
    SourceFile("zoo", "zoo/area.py", AREA * 3),
    SourceFile("zoo", "zoo/crlf.py", AREA.replace("\n", "\r\n")),
    SourceFile("zoo", "zoo/deep/line.py", "x = 'é变😀'"),
    SourceFile("zoo", "zoo/blank.py", "\n\n"),
]
WIDTH = 6


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> CheckpointTokenizer:
    path = write_tokenizer(
        tmp_path_factory.mktemp("endings") / "tokenizer.json",
        ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endoftext|>", "<|mask|>"),
    )
    return CheckpointTokenizer.from_file(path, Roles(ROLES.pad, ROLES.mask, ROLES.end))


@given(st.integers(0, 2**16), st.text("ab (\n\r\t", max_size=60))
def test_a_gap_lies_inside_its_text_whatever_that_is(seed, text):
    files = [*FILES, SourceFile("zoo", "zoo/odd.py", text)]
    for ending in draw(files, 20, seed):
        assert 0 <= ending.span.start <= ending.span.end <= len(ending.text)
        assert ending.path == ending.path.rpartition("/")[2], "the model is told no folders"


def test_the_same_seed_draws_the_same_gaps_and_another_one_others():
    one, again, other = (list(draw(FILES, 50, seed)) for seed in (7, 7, 8))
    assert one == again
    assert [ending.span for ending in one] != [ending.span for ending in other]


def test_as_many_gaps_are_drawn_as_were_asked_for_of_all_files_in_turn():
    drawn = list(draw(FILES, 40, 1))
    assert len(drawn) == 40
    assert set(Counter(ending.text for ending in drawn).values()) == {10}


def kind_of(ending: Ending) -> str:
    text, span = ending.text, ending.span
    hidden, table = span.slice(text), LineTable(text)
    first, last = (text.count("\n", 0, at) for at in (span.start, span.end))
    if not hidden:
        return "empty"
    if span.end != table.content(last).end:
        return "across" if first != last else "inside"
    if first != last:
        return "block"
    content = table.content(first)
    if span.start == content.start:
        return "line"
    return "content" if not text[content.start : span.start].strip() else "rest"


def test_gaps_of_every_kind_are_drawn():
    counts = Counter(kind_of(ending) for ending in draw(FILES[:1], 2000, 3))
    assert set(counts) == {"empty", "across", "inside", "block", "line", "content", "rest"}
    assert min(counts.values()) > 2000 * 0.02
    blocks = [
        e.span.slice(e.text).count("\n") for e in draw(FILES[:1], 2000, 3) if kind_of(e) == "block"
    ]
    longer = sum(breaks >= LONGEST_BLOCK for breaks in blocks)
    assert longer < len(blocks) / 5, "a gap across lines may end with one, too"


def row_of(tokenizer: CheckpointTokenizer, text: str, span: Span, heals: bool = True) -> Row:
    (row,) = rows(tokenizer, FillInMiddle(tokenizer, heals=heals), [Ending(text, span, "a.py")])
    return row


def test_a_row_is_the_head_and_what_fills_the_gap(tokenizer):
    row = row_of(tokenizer, AREA, Span(25, 38), heals=False)
    assert row.ids[0] == row.prompt.heads[0] == tokenizer.id_of("<|fim_middle|>")
    assert tokenizer.decode(row.ids[1:].tolist()) == AREA[25:38]
    assert row.known == 0, "it may end before anything is written"


def test_what_the_gap_begins_with_is_known(tokenizer):
    gap = Span(AREA.index("eight"), AREA.index(")"))
    row = row_of(tokenizer, AREA, gap)
    assert row.prompt.begins == b" h"
    assert tokenizer.decode(row.ids[1:].tolist()) == " height"
    assert row.known == 1, "in one token with what follows"
    gap = Span(AREA.index("rea("), AREA.index("width"))
    row = row_of(tokenizer, AREA, gap)
    assert row.prompt.begins == b" a"
    pieces = [tokenizer.decode([token]) for token in row.ids[1:].tolist()]
    assert "".join(pieces) == " area("
    assert "".join(pieces[: row.known - 1]) < " a" <= "".join(pieces[: row.known])


@given(st.text("ab é变(\n", max_size=30), st.text("ab é变(\n", max_size=30))
def test_the_tokens_that_are_known_are_those_that_begin_the_gap_as_it_must(tokenizer, one, other):
    row = row_of(tokenizer, one + other, Span(len(one), len(one + other)))
    written = tokenizer.decode_bytes(row.ids[: row.known + 1].tolist())
    assert written.startswith(row.prompt.begins)
    before = tokenizer.decode_bytes(row.ids[: row.known].tolist())
    assert len(before) < len(row.prompt.begins) or not row.known


def test_of_an_empty_gap_inside_a_word_the_end_alone_is_left(tokenizer):
    at = AREA.index("eight")
    row = row_of(tokenizer, AREA, Span(at, at))
    assert row.known == len(row.ids) - 1


def test_too_long_a_gap_is_left_out(tokenizer):
    form = FillInMiddle(tokenizer)
    text = "0123456789" * MOST_TOKENS
    found = list(rows(tokenizer, form, [Ending(text, Span(0, n), "a") for n in (3, len(text))]))
    assert [tokenizer.decode(row.ids[1:].tolist()) for row in found] == ["012"]


def blind(batch):
    """States of which the hidden ones are numbered, for rows of a trunk that knows nothing."""
    assert len(batch) <= AT_ONCE
    for row in batch:
        count = len(row.ids)
        hidden = np.tile(np.arange(count, dtype=np.float32)[:, None], WIDTH)
        ids = np.tile(np.arange(TOP), (1, count, 1))
        yield hidden, Guess(ids, np.full(ids.shape, -math.log(TOP))), np.full(count, -5.0)


def test_a_gap_ends_behind_its_last_token_and_nowhere_before(tokenizer):
    gaps = [
        row_of(tokenizer, AREA, span)
        for span in (Span(29, 38), Span(AREA.index("eight"), AREA.index(")")), Span(0, 0))
    ]
    done: list[int] = []
    seen = see(blind, tokenizer, gaps, done.append)
    assert done == [3]
    assert set(seen) == set(KINDS)
    for part in seen.values():
        for gap in np.unique(part.gap):
            row, which = gaps[int(gap) - 1], part.gap == gap
            assert part.hidden[which, 0].tolist() == list(range(row.known, len(row.ids)))
            assert part.ends[which].tolist() == [*[False] * (which.sum() - 1), True]
            assert part.features[which].shape == (which.sum(), len(FEATURES))


def test_gaps_are_read_some_at_a_time(tokenizer):
    gap = row_of(tokenizer, AREA, Span(29, 38))
    done: list[int] = []
    see(blind, tokenizer, [gap] * (2 * AT_ONCE + 1), done.append)
    assert done == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 1]


def some(count: int, seed: int = 0, noise: float = 0.3) -> Seen:
    """Gaps of four places; that of the ending is told by the second hidden number and the first feature."""
    rng = np.random.default_rng(seed)
    ends = np.tile([False, False, False, True], count)
    hidden = rng.normal(0, 1, (4 * count, WIDTH)).astype(np.float32)
    told = rng.normal(0, 1, (4 * count, len(FEATURES)))
    hidden[:, 1] = np.where(ends, 1, -1) + rng.normal(0, noise, 4 * count)
    told[:, 0] = 100 * (np.where(ends, 1, -1) + rng.normal(0, noise, 4 * count))
    return Seen(hidden, told, ends, np.repeat(np.arange(count, dtype=float), 4))


def test_what_tells_the_endings_is_found():
    head = fit(some(200), 1.0)
    assert head.hidden.shape == (WIDTH,) and head.features.shape == (len(FEATURES),)
    assert np.abs(head.hidden).argmax() == 1
    assert head.hidden[1] > 1 and head.features[0] > 0
    told = measure(head, some(100, seed=1))
    assert told["auc"] > 0.999 and told["right"] == 1 and told["early"] == 0
    assert told["nats"] < 0.02
    assert (told["gaps"], told["places"]) == (100, 400)


def test_a_stronger_penalty_makes_smaller_weights():
    sizes = [np.abs(fit(some(200), strength).hidden).sum() for strength in (0.1, 10, 1000, 1e6)]
    assert sizes == sorted(sizes, reverse=True)
    head = fit(some(200), 1e9)
    share = 1 / (1 + np.exp(-log_odds(head, some(200))))
    assert np.allclose(share, 0.25, atol=0.01), "the share of endings is left"


def test_a_column_that_never_changes_does_no_harm():
    seen = some(100)
    seen.hidden[:, 3] = 2.0
    assert np.isfinite(log_odds(fit(seen, 1.0), seen)).all()


def test_the_fit_is_where_the_penalised_loss_is_least():
    seen, strength = some(60, noise=2.0), 5.0
    raw = np.hstack((seen.hidden.astype(float), seen.features))
    scale = raw.std(axis=0)

    def loss(head) -> float:
        odds = log_odds(head, seen)
        weights = np.concatenate((head.hidden, head.features)) * scale
        losses = np.logaddexp(0, np.where(seen.ends, -odds, odds)).sum()
        return float(losses + strength / 2 * (weights**2).sum())

    best = fit(seen, strength)
    rng = np.random.default_rng(1)
    for size in (1e-1, 1e-2, 1e-3):
        other = best._replace(
            bias=best.bias + rng.normal(0, size),
            hidden=best.hidden + rng.normal(0, size, WIDTH),
            features=best.features + rng.normal(0, size / 100, len(FEATURES)),
        )
        assert loss(other) > loss(best)


def test_measures_say_what_would_come_of_gaps():
    """Four gaps: one ends where it should, one before, one never, one at its first place."""
    odds = [[-1, -1, 2], [-1, 1, 2], [-1, -1, -1], [3.0]]
    flat = np.array([o for gap in odds for o in gap])
    seen = Seen(
        flat[:, None].astype(np.float32),
        np.zeros((len(flat), len(FEATURES))),
        np.array([place == len(gap) - 1 for gap in odds for place in range(len(gap))]),
        np.array([float(i) for i, gap in enumerate(odds) for _ in gap]),
    )
    head = fit(some(4), 1.0)._replace(bias=0.0, hidden=np.ones(1), features=np.zeros(len(FEATURES)))
    told = measure(head, seen)
    assert (told["right"], told["early"]) == (0.5, 0.25)
    shares = 1 / (1 + np.exp(-flat))
    nats = -np.log(np.where(seen.ends, shares, 1 - shares)).mean()
    assert told["nats"] == pytest.approx(nats)


@given(st.integers(0, 2**16))
@settings(max_examples=20)
def test_the_area_is_the_share_of_pairs_in_order(seed):
    seen = some(12, seed=seed, noise=2.0)
    head = fit(seen, 10.0)
    odds = log_odds(head, seen)
    pairs = odds[seen.ends][:, None] > odds[~seen.ends][None]
    assert measure(head, seen)["auc"] == pytest.approx(pairs.mean())


def test_gaps_are_kept_apart_as_a_whole():
    seen = some(23)
    known, apart = parted(seen, 5)
    assert set(apart.gap) == {0, 5, 10, 15, 20}
    assert not set(known.gap) & set(apart.gap)
    assert len(joined([known, apart]).ends) == len(seen.ends)


def test_the_head_takes_the_penalty_that_does_best_on_gaps_kept_apart(tmp_path):
    seen = {LINE: some(120, noise=3.0), SPAN: some(40, seed=5)}
    head, measured = fit_stop(seen, "abc", strengths=(0.01, 30.0, 1e6))
    assert head.weights == "abc" and set(head.kinds) == set(measured) == set(KINDS)
    for kind in KINDS:
        known, apart = parted(seen[kind], 5)
        losses = {s: measure(fit(known, s), apart)["nats"] for s in (0.01, 30.0, 1e6)}
        assert measured[kind]["strength"] == min(losses, key=losses.__getitem__)
        assert measured[kind]["nats"] == pytest.approx(min(losses.values()))
        whole = fit(seen[kind], measured[kind]["strength"])
        assert np.allclose(head.kinds[kind].hidden, whole.hidden)
    assert measured[LINE]["gaps"] == 24, "they are counted on gaps that were not fitted on"
    head.write(tmp_path / "stop.json", measured)
    read = Stop.read(tmp_path / "stop.json")
    for kind in KINDS:
        again = log_odds(read.kinds[kind], seen[kind])
        assert np.allclose(again, log_odds(head.kinds[kind], seen[kind]), atol=5e-3)
