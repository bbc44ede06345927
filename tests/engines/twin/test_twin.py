"""The engine of models that write from left to right: what it makes of a network whose every guess is known."""

import math
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_network import END, MIDDLE, TableNetwork, one_by_one, writes
from tiny_gguf import tiny_qwen

from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.causal import CausalEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import UsageError
from editdiff.families.base import TreeDenoiser
from editdiff.families.qwen.stop import Stop
from editdiff.prompt.base import OtherFile
from editdiff.text.span import Span

TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
GREEDY = FillOptions(drafts=1, temperature=0.0)
BEFORE = "a = "
TASK = FillTask(BEFORE + "\nb = 2\n", (Span(4, 4),), "m.py")
CLOSE = 2e-3
"""Nats by which batches and caches of different shapes may part."""


@pytest.fixture(scope="module")
def trunk(tmp_path_factory) -> TreeDenoiser:
    """A random trunk whose drafts end soon."""
    made = tiny_qwen(tmp_path_factory.mktemp("trunk"))
    made.stop = ending(made, -0.5)
    return made


def ending(model: TreeDenoiser, bias: float) -> Stop:
    """Its stop head, more or less inclined to end."""
    return Stop({kind: each._replace(bias=bias) for kind, each in model.stop.kinds.items()})


def run(denoiser: TreeDenoiser, task: FillTask = TASK, options: FillOptions = GREEDY):
    updates = list(one_by_one(denoiser).fill(task, options))
    sketches = [update for update in updates if isinstance(update, Sketch)]
    return sketches, [update for update in updates if isinstance(update, Draft)]


def drafts_of(denoiser: TreeDenoiser, task: FillTask = TASK, **options) -> list[Draft]:
    return run(denoiser, task, FillOptions(**options))[1]


def test_the_greedy_draft_is_what_the_network_would_write():
    sketches, (draft,) = run(TableNetwork(writes("12", "3", start=BEFORE)))
    assert (draft.texts, draft.ended, draft.nfe) == (("12",), True, 3)
    assert ["".join(place.text for place in sketch.places) for sketch in sketches] == [
        "1",
        "12",
        "12",
    ]
    assert draft.score == pytest.approx(math.log(0.9), abs=1e-6)


def test_other_drafts_are_drawn_and_the_likelier_one_comes_first():
    found = drafts_of(TableNetwork(writes("12", "3", start=BEFORE, sure=0.6)), drafts=16)
    assert [draft.texts for draft in found] == [("12",), ("3",)]
    assert [math.exp(draft.score) for draft in found] == pytest.approx([0.6, 0.4])


@pytest.mark.parametrize("sure", [0.2, 0.99])
def test_a_draft_that_can_only_come_far_behind_is_given_up(sure):
    """A draft of twenty characters beside one of a single character."""
    others = {letter: (1 - sure) / 6 for letter in "abcdef"}

    def says(before: str) -> dict[str | bytes | int, float]:
        written = before[len(BEFORE) :]
        if not written:
            return {"1": 0.5, "z": 0.5}
        if written == "1" or len(written) >= 20:
            return {END: 1.0}
        return {"z": sure, **others}

    network = TableNetwork(says)
    found = drafts_of(network, drafts=8, temperature=1.0)
    assert found[0].texts == ("1",)
    assert (len(network.written) == 21) == (sure == 0.99)
    assert all(draft.ended for draft in found) == (sure == 0.99)


def test_with_temperature_0_there_is_one_draft():
    assert len(drafts_of(TableNetwork(writes("1", "2", start=BEFORE)), temperature=0.0)) == 1


def test_what_drafts_have_in_common_is_written_once():
    network = TableNetwork(writes("common 1", "common 2", start=BEFORE, sure=0.5))
    found = drafts_of(network, drafts=8)
    assert {draft.texts for draft in found} == {("common 1",), ("common 2",)}
    assert [len(ids) for ids in network.written] == [1] * 8 + [2], "all but the last one is common"


def test_the_same_seed_gives_the_same_drafts_and_another_one_others(trunk):
    task = FillTask(TEXT, (Span(25, 49),), "a.py")
    first, again, other = (
        drafts_of(trunk, task, drafts=8, max_tokens=8, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert {draft.texts for draft in first} != {draft.texts for draft in other}


@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_a_draft_is_the_same_whoever_is_written_beside_it(trunk, temperature):
    task = FillTask(TEXT, (Span(25, 49),), "a.py")
    options = {"temperature": temperature, "max_tokens": 8, "seed": 3}
    few, many = (drafts_of(trunk, task, drafts=count, **options) for count in (3, 12))
    scores = {draft.texts: draft.score for draft in many}
    assert few and {draft.texts for draft in few} <= set(scores)
    for draft in few:
        assert draft.score == pytest.approx(scores[draft.texts], abs=CLOSE)


@given(st.text("ab(\n ", max_size=30), st.text("ab)\n ", max_size=30))
@settings(max_examples=10)
def test_drafts_do_not_depend_on_what_was_filled_before(trunk, before, after):
    task = FillTask(before + after, (Span(len(before), len(before)),), "a.py")
    options = FillOptions(drafts=4, max_tokens=5)
    used = TwinEngine(trunk)
    for text in (TEXT, before + after + "more", before[:-1] + after):
        list(used.fill(FillTask(text, (Span(len(text) // 2, len(text)),)), options))
    fresh = [u for u in TwinEngine(trunk).fill(task, options) if isinstance(u, Draft)]
    again = [u for u in used.fill(task, options) if isinstance(u, Draft)]
    assert [draft.texts for draft in again] == [draft.texts for draft in fresh]
    for one, other in zip(again, fresh, strict=True):
        assert one.score == pytest.approx(other.score, abs=CLOSE)


@given(st.integers(0, 2**16))
@settings(max_examples=25)
def test_the_greedy_draft_is_that_of_one_token_after_the_other_where_endings_are_certain(seed):
    """Half of all places end for certain, the others do not."""

    def says(before: str) -> dict[str | bytes | int, float]:
        number = zlib.crc32(f"{seed} {before}".encode())
        letters = {"abcdefgh"[number % 8]: 0.6, "ijklmnop"[number // 8 % 8]: 0.3}
        return {END: 1 - 1e-9} if number // 64 % 4 == 0 else letters

    options = replace(GREEDY, max_tokens=12)
    _, (draft,) = run(TableNetwork(says), TASK, options)
    (twin,) = [
        update
        for update in CausalEngine(TableNetwork(says)).fill(TASK, options)
        if isinstance(update, Draft)
    ]
    assert (draft.texts, draft.ended) == (twin.texts, twin.ended)
    assert draft.score == pytest.approx(twin.score, abs=1e-6)


def test_on_a_trunk_too_the_greedy_draft_is_that_of_one_token_after_the_other(trunk, monkeypatch):
    monkeypatch.setattr(trunk, "stop", ending(trunk, -30.0))
    task, options = FillTask(TEXT, (Span(25, 49),), "a.py"), replace(GREEDY, max_tokens=6)
    _, drafts = run(trunk, task, options)
    (twin,) = [u for u in CausalEngine(trunk).fill(task, options) if isinstance(u, Draft)]
    assert [draft.texts for draft in drafts] == [twin.texts]
    assert drafts[0].score == pytest.approx(twin.score, abs=0.05)


@pytest.mark.parametrize(("limit", "text", "ended"), [(3, "abc", False), (4, "abcd", True)])
def test_at_the_limit_only_an_end_is_accepted(limit, text, ended):
    network = TableNetwork(writes("abcd", start=BEFORE))
    _, (draft,) = run(network, TASK, replace(GREEDY, max_tokens=limit))
    assert (draft.texts, draft.ended, draft.nfe) == ((text,), ended, limit + 1)


def test_drafts_that_ended_come_first():
    network = TableNetwork(writes("abcdef", "x", start=BEFORE, sure=0.6))
    found = drafts_of(network, drafts=32, max_tokens=4)
    assert [(draft.texts[0], draft.ended) for draft in found] == [("x", True), ("abcd", False)]
    assert found[0].score < found[1].score


@pytest.mark.parametrize(
    ("lines", "text"),
    [(0, "1\n2\n3\n4"), (1, "1"), (2, "1\n2"), (4, "1\n2\n3\n4"), (9, "1\n2\n3\n4")],
)
def test_the_lines_that_were_asked_for_end_a_gap(lines, text):
    network = TableNetwork(writes("1\n2\n3\n4", start=BEFORE))
    _, (draft,) = run(network, TASK, replace(GREEDY, lines=lines))
    assert (draft.texts, draft.ended) == ((text,), True)


def test_the_context_is_as_long_as_was_asked_for(trunk):
    task = FillTask("x = 1\n" * 100 + "y" + "\nz = 2" * 100, (Span(600, 601),), "a.py")
    for context in (16, 40, 64):
        engine = TwinEngine(trunk)
        list(engine.fill(task, replace(GREEDY, context=context, max_tokens=1)))
        assert context // 2 < engine.encoded <= context + 3, "and two marks, and what is healed"


TWO = FillTask("a = \nb = \nc\n", (Span(4, 4), Span(9, 9)), "m.py")
STORY = "a = 1\nb = 22"


def test_several_gaps_are_filled_and_what_stands_between_them_stays():
    def says(before: str) -> dict[str | bytes | int, float]:
        if before in ("a = 1", STORY):
            return {END: 1 - 1e-9}
        assert STORY.startswith(before), "what is between is told as it stands"
        return {STORY[len(before)]: 1 - 1e-9}

    sketches, (draft,) = run(TableNetwork(says), TWO)
    assert (draft.texts, draft.ended) == (("1", "22"), True)
    assert [[p.text for p in gap] for gap in sketches[-1].gaps][-1] == ["2", "2"]


def test_gaps_that_touch_are_filled_too():
    def says(before: str) -> dict[str | bytes | int, float]:
        return {"x": 1 - 1e-9} if before == "a = " else {END: 1 - 1e-9}

    task = FillTask("a = \n", (Span(4, 4), Span(4, 4)), "m.py")
    _, (draft,) = run(TableNetwork(says), task)
    assert (draft.texts, draft.ended) == (("x", ""), True)


def test_the_lines_that_were_asked_for_are_those_of_the_last_gap():
    def says(before: str) -> dict[str | bytes | int, float]:
        story = "a = 1\n2\nb = 3\n4"
        ends = before in ("a = 1\n2", story)
        return {END: 1 - 1e-9} if ends else {story[len(before)]: 1 - 1e-9}

    _, (draft,) = run(TableNetwork(says), TWO, replace(GREEDY, lines=1))
    assert draft.texts == ("1\n2", "3")


def test_a_draft_that_is_no_utf8_is_dropped():
    def says(before: str) -> dict[str | bytes | int, float]:
        if before == BEFORE:
            return {b"\xff": 0.5, "x": 0.3, "ñ".encode()[:1]: 0.2}
        if before.endswith("\ufffd") and not before.endswith("\ufffd\ufffd"):
            return {"ñ".encode()[1:]: 0.5, END: 0.5}
        return {END: 1 - 1e-9}

    network = TableNetwork(says)
    assert run(network)[1] == []
    found = [draft.texts[0] for draft in drafts_of(network, drafts=32)]
    assert "x" in found and set(found) <= {"x", "ñ"}


def test_a_character_that_the_limit_cuts_is_left_out():
    letters = [bytes([byte]) for byte in "añb".encode()]
    spelt: list[bytes] = []

    def says(before: str) -> dict[str | bytes | int, float]:
        return {letters[len(spelt)]: 1.0}

    network = TableNetwork(says)
    network_says = network.says
    network.says = lambda before: (network_says(before), spelt.append(b""))[0]
    _, (draft,) = run(network, TASK, replace(GREEDY, max_tokens=2))
    assert (draft.texts, draft.ended) == (("a",), False)


@given(st.integers(0, 2**16), st.integers(1, 3))
@settings(max_examples=40)
def test_whatever_the_network_says_only_text_is_written(seed, drafts):
    def says(before: str) -> dict[str | bytes | int, float]:
        rng = np.random.default_rng([seed, zlib.crc32(before.encode())])
        ids = np.where(rng.random(8) < 0.5, rng.integers(0, 20, 8), rng.integers(0, 300, 8))
        return dict(zip(ids.tolist(), rng.dirichlet(np.ones(8)), strict=True))

    network = TableNetwork(says)
    special = network.tokenizer.special
    _, found = run(network, TASK, FillOptions(drafts=drafts, max_tokens=6, seed=seed))
    (head,), *others = network.written
    assert head == network.tokenizer.id_of(MIDDLE)
    assert special.is_text(np.array([token for ids in others for token in ids], dtype=int)).all()
    assert len({draft.texts for draft in found}) == len(found) <= drafts
    ranks = [(not draft.ended, -draft.score) for draft in found]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("heals", [False, True])
def test_how_much_was_typed_changes_what_is_read_again_and_not_what_is_written(heals):
    story = "x = width + 1"

    def says(before: str) -> dict[str | bytes | int, float]:
        return {END: 1 - 1e-9} if before == story else {story[len(before)]: 0.9, END: 0.1}

    for at in range(len(story)):
        for typed in range(at + 1):
            task = FillTask(story[:at] + "\ny = 2\n", (Span(at, at),), typed=typed)
            _, (draft,) = run(TableNetwork(says, heals=heals), task)
            assert draft.texts == (story[at:],)
            assert draft.score == pytest.approx((len(story) - at) * math.log(0.9), abs=1e-6)


def test_other_files_are_told_before_the_own_one(trunk):
    plain = FillTask(TEXT, (Span(25, 49),), "a.py")
    beside = replace(plain, others=(OtherFile("b.py", "wide = 3\n"),))
    costs = []
    for task in (plain, beside):
        engine = TwinEngine(trunk)
        list(engine.fill(task, replace(GREEDY, max_tokens=1)))
        costs.append(engine.encoded)
    words = sum(len(trunk.tokenizer.encode(text)) for text in ("b.py\n", "wide = 3\n", "a.py\n"))
    assert costs[0] + words <= costs[1] <= costs[0] + words + 4


def test_a_gap_in_which_no_text_may_stand_is_given_up():
    pad = TableNetwork(lambda before: {}).tokenizer.special.pad

    def says(before: str) -> dict[str | bytes | int, float]:
        return {pad: 0.9} if before.endswith("x") else {"x": 1.0}

    _, (draft,) = run(TableNetwork(says))
    assert (draft.texts, draft.ended) == (("x",), False)


def test_more_gaps_than_it_takes_and_gaps_out_of_order_are_refused(trunk):
    many = tuple(Span(n, n) for n in range(trunk.traits.gaps + 1))
    with pytest.raises(UsageError, match="fills 1 to 16 gaps"):
        run(trunk, FillTask(TEXT, many))
    with pytest.raises(UsageError, match="does not stand after the one before it"):
        run(trunk, FillTask(TEXT, (Span(4, 5), Span(2, 3))))


def test_a_score_is_that_of_the_greedy_draft_where_nothing_follows(trunk):
    """Behind a line break: that a gap begins with a piece of a word is known to a fill, and counts in a score."""
    agreed = 0
    for number in range(40):
        text = f"x = {number}\ny = {number * number}\n"
        task = FillTask(text, (Span(len(text), len(text)),), "a.py")
        sketches, drafts = run(trunk, task, replace(GREEDY, max_tokens=12))
        for draft in drafts:
            spelt = [trunk.tokenizer.decode([i]) for i in trunk.tokenizer.encode(draft.texts[0])]
            if draft.ended and spelt == [place.text for place in sketches[-1].places]:
                (score,) = TwinEngine(trunk).score(task, [draft.texts])
                assert score == pytest.approx(draft.score, abs=CLOSE)
                agreed += 1
    assert agreed > 3


def test_a_score_is_that_of_the_greedy_draft_of_a_network_that_is_known():
    task = FillTask(BEFORE, (Span(4, 4),), "m.py")
    network = TableNetwork(writes("12", "3", start=BEFORE, sure=0.7))
    _, (draft,) = run(network, task)
    scores = TwinEngine(network).score(task, [("12",), ("3",), ("4",)])
    assert scores[:2] == pytest.approx([draft.score, math.log(0.3)], abs=1e-6)
    assert scores[2] < -20


def test_no_text_has_no_score(trunk):
    assert TwinEngine(trunk).score(FillTask(TEXT, (Span(3, 5),)), []) == []


STANDING = FillTask("a = 3\n", (Span(4, 5),), "m.py", region=Span(0, 6))


def test_what_stands_there_competes_with_the_drafts():
    """The network would rather write 12; that it wrote 3 or 4 is less likely."""
    network = TableNetwork(writes("12", "3", "4", start=BEFORE, sure=0.6))
    texts = [draft.texts[0] for draft in drafts_of(network, STANDING, drafts=1)]
    assert set(texts) == {"12", "3"}
    wrong = [
        draft.texts[0] for draft in drafts_of(network, replace(STANDING, wrong=True), drafts=1)
    ]
    assert wrong == ["12"]


def test_what_stands_there_does_not_compete_where_there_is_no_draft():
    network = TableNetwork(lambda before: {b"\xff": 0.9} if before == BEFORE else {END: 0.9})
    assert drafts_of(network, STANDING, drafts=1) == []
