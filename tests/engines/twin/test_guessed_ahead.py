"""Tokens that are guessed from the text at hand: fewer forwards, and the same drafts."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_network import END, TableNetwork, one_by_one, writes
from tiny_gguf import tiny_qwen

from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.twin.ahead import Lookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer

SPECIAL = ByteTokenizer.special
TEXT = ByteTokenizer().encode
CLOSE = 2e-3
"""Nats by which batches of different shapes may part."""
ABOVE = "first = width * height\n"
TASK = FillTask(ABOVE + "second = \nprint(second)\n", (Span(32, 32),), "m.py")


def lookup(known: str, before: str = "") -> Lookup:
    return Lookup(TEXT(known), TEXT(before), SPECIAL)


def guessed(known: str, written: str, most: int = 5, before: str = "") -> str:
    return ByteTokenizer().decode(lookup(known, before).guess(TEXT(written), most))


def drafts(engine: TwinEngine, task: FillTask, options: FillOptions) -> list[Draft]:
    return [update for update in engine.fill(task, options) if isinstance(update, Draft)]


def test_what_followed_the_same_tokens_elsewhere_is_guessed():
    assert guessed("width * height", "wid") == "th * "


def test_the_place_that_is_like_it_by_most_tokens_is_taken():
    assert guessed("abcX dcY", "abc", 1) == "X"


def test_of_places_alike_the_latest_is_taken():
    assert guessed("abX abY", "ab", 1) == "Y"


def test_what_it_has_written_itself_is_known_too():
    assert guessed("", "abcab", 3) == "cab"


def test_a_first_token_is_guessed_by_what_stands_before_the_gap():
    assert guessed("x = 1; y", "", 4, before="x =") == " 1; "


def test_nothing_is_guessed_where_nothing_is_like_it():
    assert guessed("abc", "z") == ""
    assert guessed("", "") == ""
    assert guessed("abc", "a", 0) == ""


def test_no_guess_goes_on_past_a_mark():
    known = [*TEXT("ab"), SPECIAL.end, *TEXT("cd")]
    assert Lookup(known, [], SPECIAL).guess(TEXT("a"), 9) == TEXT("b")
    assert Lookup(known, [], SPECIAL).guess(TEXT("b"), 9) == []


def test_a_line_that_stands_elsewhere_takes_fewer_forwards():
    network = TableNetwork(writes("width * height", start="first = width * height\nsecond = "))
    options = FillOptions(drafts=1, temperature=0.0)
    ((slow,), (quick,)) = (
        drafts(engine, TASK, options) for engine in (one_by_one(network), TwinEngine(network))
    )
    assert (quick.texts, quick.score, quick.ended) == (slow.texts, slow.score, slow.ended)
    assert quick.texts == ("width * height",)
    assert slow.nfe == len("width * height") + 1
    assert quick.nfe <= 5


def test_what_stands_in_the_gap_is_guessed_though_the_model_is_not_told_of_it():
    story = "clamp(7, upper)"
    network = TableNetwork(writes(story, start="y = "))
    options = FillOptions(drafts=1, temperature=0.0)
    nothing = FillTask("y = \n", (Span(4, 4),))
    other = FillTask("y = clamp(7, lower)\n", (Span(4, 19),))
    (alone,), (beside,) = (drafts(TwinEngine(network), task, options) for task in (nothing, other))
    assert alone.texts == beside.texts == (story,)
    assert beside.nfe < alone.nfe / 2


def test_a_viewer_sees_each_token():
    network = TableNetwork(writes("width * height", start="first = width * height\nsecond = "))
    updates = TwinEngine(network).fill(TASK, FillOptions(drafts=1, temperature=0.0))
    sketches = [update for update in updates if isinstance(update, Sketch)]
    settled = ["".join(p.text for p in u.places if p.committed) for u in sketches]
    seen = list(dict.fromkeys(settled))
    assert [text for text in seen if text] == [
        "width * height"[:n] for n in range(1, len("width * height") + 1)
    ]


def test_a_viewer_sees_what_is_guessed_before_it_is_judged_and_that_it_is_taken_back():
    story = "width + height"
    network = TableNetwork(writes(story, start="first = width * height\nsecond = "))
    updates = TwinEngine(network).fill(TASK, FillOptions(drafts=1, temperature=0.0))
    sketches = [update for update in updates if isinstance(update, Sketch)]
    drawn = ["".join(p.text for p in u.places) for u in sketches]
    assert any(text.startswith("width *") for text in drawn), "what stands above is drawn"
    assert drawn[-1] == story
    unsure = [p.confidence for u in sketches for p in u.places if not p.committed]
    assert unsure and all(0 < p < 1 for p in unsure)


def test_a_draft_that_is_given_up_takes_nothing_more_in_the_same_forward():
    above = "ab ab ab ab ab ab\nx = "

    def says(before):
        written = before[len(above) :]
        if not written:
            return {"z": 0.9, "a": 0.099, END: 0.0001}
        if written[0] == "z":
            return {END: 0.999, "z": 0.001}
        follows = "ab "[len(written) % 3]
        return {follows: 0.4, "q": 0.3, "r": 0.3} if len(written) < 7 else {END: 0.9, follows: 0.1}

    task = FillTask(above + "\nprint\n", (Span(len(above), len(above)),))
    options = FillOptions(temperature=0.7, max_tokens=40, seed=12)
    network = TableNetwork(says)
    slow, quick = (
        drafts(engine, task, options) for engine in (one_by_one(network), TwinEngine(network))
    )
    assert [(d.texts, d.ended) for d in quick] == [(d.texts, d.ended) for d in slow]
    assert [d.ended for d in quick] == [True, False]


def test_tokens_are_counted_and_those_that_saved_a_forward():
    line = "width * height"
    network = TableNetwork(writes(line, start="first = width * height\nsecond = "))
    options = FillOptions(drafts=1, temperature=0.0)
    slow, quick = one_by_one(network), TwinEngine(network)
    for engine in (slow, quick):
        (draft,) = drafts(engine, TASK, options)
        assert engine.tokens.taken == len(line)
        assert engine.tokens.right == len(line) + 1 - draft.nfe  # the last forward takes the ending
    assert (slow.tokens.right > 0, quick.tokens.right > 0) == (False, True)
    drafts(quick, TASK, options)
    assert quick.tokens.taken == 2 * len(line)


LINES = st.lists(
    st.sampled_from(["ab = ba\n", "ba = ab\n", "if ab:\n", "    ab\n"]), max_size=6
).map("".join)


@given(
    LINES,
    LINES,
    st.integers(0, 2**16),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.7]),
    st.booleans(),
)
@settings(max_examples=100)
def test_guesses_change_what_drafts_cost_and_nothing_else(
    before, after, seed, count, temperature, judged
):
    def says(text: str) -> dict[str | bytes | int, float]:
        """The same wherever the last two characters are: so a text repeats itself."""
        rng = np.random.default_rng([seed, zlib.crc32(text[-2:].encode())])
        return dict(
            zip(
                ["a", "b", " ", "=", "\n", END],
                rng.dirichlet(np.full(6, 0.2)).tolist(),
                strict=True,
            )
        )

    def judges(text: str, follows: str) -> float:
        return (zlib.crc32(text[-2:].encode()) + seed) % 10 / 10 + 0.01

    network = TableNetwork(says, judges=judges if judged else None)
    task = FillTask(before + after, (Span(len(before), len(before)),))
    options = FillOptions(drafts=count, temperature=temperature, max_tokens=24, seed=seed)
    slow, quick = (
        drafts(engine, task, options) for engine in (one_by_one(network), TwinEngine(network))
    )
    best = [[(d.texts, d.score, d.ended) for d in some[:1]] for some in (quick, slow)]
    assert best[0] == best[1]
    if quick and count == 1:
        assert quick[0].nfe <= slow[0].nfe


@pytest.fixture(scope="module")
def trunk(tmp_path_factory):
    return tiny_qwen(tmp_path_factory.mktemp("trunk"))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("count", [1, 3])
def test_of_a_trunk_too(trunk, seed, count):
    options = FillOptions(drafts=count, temperature=0.7 * (count > 1), max_tokens=12, seed=seed)
    slow, quick = (
        drafts(engine, TASK, options) for engine in (one_by_one(trunk), TwinEngine(trunk))
    )
    assert [d.texts for d in quick] == [d.texts for d in slow]
    assert [d.score for d in quick] == pytest.approx([d.score for d in slow], abs=CLOSE)
