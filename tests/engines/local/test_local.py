import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from editdiff.denoise.commit import top_k
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import WRONG_LOGP, OracleDenoiser
from editdiff.engines.local.engine import MAX_SCORED, LocalEngine, context_parts
from editdiff.errors import UsageError
from editdiff.families.base import Denoiser, Traits
from editdiff.prompt.base import ContextParts, OtherFile, Prompt
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray
from editdiff.tokens.bpe import SPECIAL_TOKENS
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas


class Ascii(ByteTokenizer):
    """Every byte is a letter: noise is always text."""

    def decode_bytes(self, ids):
        return bytes(97 + byte % 26 for byte in super().decode_bytes(ids))


BEFORE, AFTER = "def f(x):\n    ", "\n    return y\n"
ONE = FillOptions(drafts=1)


def task(before: str = BEFORE, after: str = AFTER) -> FillTask:
    return FillTask(before + "hidden" + after, (Span(len(before), len(before) + 6),), "f.py")


def oracle(answer: str, **known: object) -> OracleDenoiser:
    return OracleDenoiser((answer,), before=BEFORE, **known)  # type: ignore[arg-type]


def split(updates: Iterator[Update]) -> tuple[list[Sketch], list[Draft]]:
    everything = list(updates)
    sketches = [update for update in everything if isinstance(update, Sketch)]
    drafts = [update for update in everything if isinstance(update, Draft)]
    assert everything == [*sketches, *drafts]
    return sketches, drafts


def fill(denoiser: Denoiser, options: FillOptions = ONE) -> tuple[list[Sketch], list[Draft]]:
    return split(LocalEngine(denoiser).fill(task(), options))


@pytest.mark.parametrize("canvas", [8, 16, 32, 64])
@pytest.mark.parametrize("length", [0, 1, 5, 6, 7, 8, 14, 30, 31, 32, 63, 100])
def test_the_answer_comes_back_whole_whatever_its_length_and_the_canvas(canvas, length):
    answer = ("y = x + 1\n    " * 10)[:length]
    _, (draft,) = fill(oracle(answer), FillOptions(drafts=1, canvas=canvas))
    assert (draft.texts, draft.ended, draft.score) == ((answer,), True, 0.0)
    assert draft.nfe == length // (canvas - 1) + 1


@given(st.text(max_size=20), st.sampled_from([8, 16]))
@example("naïve – 日本語 😀😀", 8)
@example("\r\n\t\x0c<mask><end>", 8)
@settings(max_examples=40, deadline=None)
def test_no_character_is_cut_where_one_canvas_ends_and_the_next_begins(answer, canvas):
    sketches, (draft,) = fill(oracle(answer), FillOptions(drafts=1, canvas=canvas))
    assert draft.texts == (answer,)
    assert len(sketches[-1].places) == len(answer.encode())


def test_the_hidden_text_is_not_shown_to_the_network():
    class Listening(NoiseDenoiser):
        def encode(self, prompt: Prompt, cache: int | None = None) -> int:
            heard.append(self.tokenizer.decode(prompt.ids.tolist()))
            return super().encode(prompt)

    heard: list[str] = []
    fill(Listening())
    assert "hidden" not in "".join(heard)
    assert "def f(x)" in heard[0]
    assert "return y" in heard[0]
    assert "f.py" in heard[0]


def test_the_context_is_encoded_once_for_all_drafts_that_fit_a_canvas():
    class Counting(OracleDenoiser):
        def encode(self, prompt: Prompt, cache: int | None = None) -> int:
            contexts.append(prompt)
            return super().encode(prompt)

    contexts: list[Prompt] = []
    fill(Counting(("y = 1",), before=BEFORE), FillOptions(drafts=4))
    assert len(contexts) == 1


def test_a_continuation_hands_the_last_cache_on():
    class Remembering(OracleDenoiser):
        def encode(self, prompt: Prompt, cache: int | None = None) -> int:
            given.append(cache)
            made.append(super().encode(prompt))
            return made[-1]

    given: list[int | None] = []
    made: list[int] = []
    fill(Remembering(("y = 1 + 2 + 3",), before=BEFORE), FillOptions(drafts=1, canvas=8))
    assert len(made) == 2
    assert given == [None, made[0]]


def test_sketches_show_the_text_resolving_and_count_the_evaluations():
    known = {0: 0.99, 1: 0.5, 2: 0.6}
    sketches, _ = split(
        LocalEngine(oracle("abc", confidences=known), policy=top_k(1)).fill(task(), ONE)
    )
    assert [sketch.step for sketch in sketches] == [1, 2, 3, 4]
    drawn = [[(place.text, place.committed) for place in sketch.places[:3]] for sketch in sketches]
    assert drawn[0] == [("a", True), ("b", False), ("c", False)]
    assert drawn[1] == [("a", True), ("b", False), ("c", True)]
    assert drawn[3] == [("a", True), ("b", True), ("c", True)]
    assert len(sketches[-1].places) == 3
    assert sketches[0].places[1].confidence == pytest.approx(0.5)


def test_sketches_of_a_continued_gap_begin_with_the_finished_canvases():
    sketches, _ = fill(oracle("0123456789"), FillOptions(drafts=1, canvas=8))
    texts = ["".join(place.text for place in sketch.places) for sketch in sketches]
    assert texts == ["0123456", "0123456789"]
    assert [sketch.step for sketch in sketches] == [1, 2]


@pytest.mark.parametrize("most", [7, 8, 13, 14, 15, 19])
def test_a_gap_that_has_not_ended_after_max_tokens_is_given_up_as_unfinished(most):
    options = FillOptions(drafts=1, canvas=8, max_tokens=most)
    _, (draft,) = fill(oracle("0123456789" * 2), options)
    assert (draft.texts, draft.ended) == ((("0123456789" * 2)[:most],), False)


def test_a_gap_of_exactly_max_tokens_ends():
    _, (draft,) = fill(oracle("0123456789"), FillOptions(drafts=1, canvas=8, max_tokens=10))
    assert (draft.texts, draft.ended) == (("0123456789",), True)


def test_a_character_cut_by_max_tokens_is_left_out():
    _, (draft,) = fill(oracle("ab😀"), FillOptions(drafts=1, max_tokens=4))
    assert (draft.texts, draft.ended) == (("ab",), False)


def test_a_draft_that_is_not_utf8_is_dropped():
    class Broken(OracleDenoiser):
        def _targets(self, canvas: Canvas, index: IntArray) -> IntArray:
            return np.where(index == 1, 0xFF + len(SPECIAL_TOKENS), super()._targets(canvas, index))

    sketches, drafts = fill(Broken(("abcdefghijkl",)), FillOptions(drafts=1, canvas=8))
    assert drafts == []
    assert len(sketches) == 1, "what cannot become text is not continued"


def test_a_half_character_before_the_end_is_not_text():
    class Half(OracleDenoiser):
        def _targets(self, canvas: Canvas, index: IntArray) -> IntArray:
            first_byte = 0xF0 + len(SPECIAL_TOKENS)
            return np.where(index == 0, first_byte, self.tokenizer.special.end)

    assert fill(Half(("",)))[1] == []


def test_a_canvas_that_gives_no_whole_character_does_not_go_on_for_ever():
    class Straddling(ByteTokenizer):
        """Every token ends one character and begins the next."""

        def decode_bytes(self, ids):
            return ("€" * len(ids)).encode()[:-1] if ids else b""

    noise = NoiseDenoiser(special_bias=-20.0, tokenizer=Straddling())
    _, (draft,) = fill(noise, FillOptions(drafts=1, canvas=8))
    assert (draft.texts, draft.ended) == (("",), False)


def test_wrong_tokens_lower_the_causal_score():
    _, (draft,) = fill(oracle("abc", wrong={1: "?"}))
    assert (draft.texts, draft.score) == (("a?c",), WRONG_LOGP)


def test_drafts_are_distinct_and_come_best_first():
    known = oracle("abcdef", confidence=0.4)
    _, drafts = fill(known, FillOptions(drafts=12, temperature=1.5, threshold=0.1, seed=1))
    assert len(drafts) > 2
    assert len({draft.texts for draft in drafts}) == len(drafts)
    assert drafts[0].texts == ("abcdef",)
    assert [draft.score for draft in drafts] == sorted((d.score for d in drafts), reverse=True)


def test_without_temperature_all_drafts_are_one():
    _, drafts = fill(oracle("abc", confidence=0.5), FillOptions(drafts=4, temperature=0.0))
    assert [draft.texts for draft in drafts] == [("abc",)]


def test_a_score_is_the_sum_up_to_the_end_whatever_the_padding():
    """Each draft is scored again by hand, alone, on its canonical tokens."""
    noise = NoiseDenoiser(5, special_bias=2.0, tokenizer=Ascii())
    asked = noise.encode(_context(noise))
    _, drafts = fill(noise, FillOptions(drafts=8, canvas=8, temperature=2.0, max_tokens=14, seed=2))
    special = noise.tokenizer.special
    assert len({len(draft.texts[0]) for draft in drafts}) > 1
    for draft in drafts:
        row = [special.gaps[0], *noise.tokenizer.encode(draft.texts[0]), special.end]
        assert draft.score == pytest.approx(noise.score(asked, np.array([row])).sum())
    ranks = [(not draft.ended, -draft.score) for draft in drafts]
    assert ranks == sorted(ranks)


def _context(denoiser: Denoiser) -> Prompt:
    parts = ContextParts(BEFORE, AFTER, "f.py")
    return denoiser.prompt.encode(parts, denoiser.traits.context)


def test_no_row_longer_than_the_limit_is_scored():
    class Watching(OracleDenoiser):
        def score(self, cache: int, ids: IntArray) -> np.ndarray:
            shapes.append(ids.shape)
            return super().score(cache, ids)

    shapes: list[tuple[int, ...]] = []
    options = FillOptions(drafts=1, canvas=64, max_tokens=1000)
    _, (draft,) = fill(Watching(("y" * 600,), before=BEFORE), options)
    assert draft.texts == ("y" * 600,)
    assert shapes == [(1, MAX_SCORED)]


@given(st.integers(0, 1000), st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_the_same_seed_gives_the_same_updates(noise_seed, seed):
    noise = NoiseDenoiser(noise_seed, special_bias=2.0, tokenizer=Ascii())
    options = FillOptions(drafts=3, canvas=8, max_tokens=20, seed=seed)
    assert fill(noise, options) == fill(noise, options)


@given(st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_more_drafts_add_texts_and_take_none_away(seed):
    """Continued drafts too: none depends on who shared its batch."""
    noise = NoiseDenoiser(seed, special_bias=2.0, tokenizer=Ascii())
    few, many = (
        {draft.texts for draft in fill(noise, FillOptions(drafts=n, canvas=8, max_tokens=20))[1]}
        for n in (2, 5)
    )
    assert few <= many


def test_a_continued_canvas_draws_anew():
    class Forgetful(NoiseDenoiser):
        def encode(self, prompt: Prompt, cache: int | None = None) -> int:
            return 0

    noise = Forgetful(special_bias=-20.0, tokenizer=Ascii())
    options = FillOptions(drafts=2, canvas=8, max_tokens=14, threshold=0.0, temperature=3.0)
    greedy, drawn = sorted(
        (draft.texts[0] for draft in fill(noise, options)[1]), key=lambda t: t[:7] != t[7:]
    )
    assert greedy[:7] == greedy[7:], "the same guess twice, chosen greedily"
    assert drawn[:7] != drawn[7:]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"temperature": 2.0},
        {"drafts": 5},
        {"threshold": 0.0},
        {"steps": 2},
        {"canvas": 16},
        {"max_tokens": 9},
    ],
)
def test_every_option_changes_something(changed):
    noise = NoiseDenoiser(4, special_bias=-2.0, tokenizer=Ascii())
    usual = {"drafts": 3, "canvas": 8, "max_tokens": 30}
    base = fill(noise, FillOptions(**usual))
    assert fill(noise, FillOptions(**{**usual, **changed})) != base


def test_the_evaluations_of_one_canvas_stay_within_the_step_budget():
    noise = NoiseDenoiser(1, special_bias=-2.0, tokenizer=Ascii())
    _, drafts = fill(noise, FillOptions(drafts=1, canvas=8, steps=3, max_tokens=14))
    assert drafts[0].nfe == 6


@pytest.mark.parametrize(
    ("gaps", "message"),
    [
        ((), "the task has 0"),
        (tuple(Span(i, i) for i in range(9)), "the task has 9"),
        ((Span(2, 9),), "gap 2-9 does not stand .* inside the text of 3 characters"),
        ((Span(0, 2), Span(1, 3)), "gap 1-3 does not stand after the one before"),
    ],
)
def test_gaps_that_the_model_cannot_take_are_refused(gaps, message):
    with pytest.raises(UsageError, match=message):
        list(LocalEngine(oracle("x")).fill(FillTask("abc", gaps), ONE))


@pytest.mark.parametrize(
    ("wanted", "places"), [(8, 8), (12, 8), (16, 16), (63, 32), (64, 64), (128, 64)]
)
def test_a_canvas_is_the_largest_that_was_trained_and_that_is_no_larger(wanted, places):
    class Watching(OracleDenoiser):
        def propose(self, cache: int, canvas: Canvas, asked: IntArray | None = None):
            shapes.add(canvas.ids.shape)
            return super().propose(cache, canvas, asked)

    shapes: set[tuple[int, ...]] = set()
    fill(Watching(("y" * 200,), before=BEFORE), FillOptions(drafts=1, canvas=wanted))
    assert shapes == {(1, places)}


def test_an_instruction_that_the_model_cannot_follow_is_refused():
    class Deaf(OracleDenoiser):
        @property
        def traits(self) -> Traits:
            return replace(super().traits, takes_ask=False)

    asked = replace(task(), ask="rename x")
    assert split(LocalEngine(oracle("y")).fill(asked, ONE))[1]
    with pytest.raises(UsageError, match="cannot be told in words"):
        list(LocalEngine(Deaf(("y",), before=BEFORE)).fill(asked, ONE))


@pytest.mark.parametrize("takes_old", [True, False])
def test_text_to_be_replaced_is_shown_to_a_model_that_takes_it_alone(takes_old):
    class Listening(OracleDenoiser):
        @property
        def traits(self) -> Traits:
            return replace(super().traits, takes_old=takes_old)

        def encode(self, prompt: Prompt, cache: int | None = None) -> int:
            heard.append(self.tokenizer.decode(prompt.ids.tolist()))
            return super().encode(prompt, cache)

    heard: list[str] = []
    list(LocalEngine(Listening(("y",), before=BEFORE)).fill(replace(task(), old="was_here"), ONE))
    assert any("was_here" in context for context in heard) == takes_old


@pytest.mark.parametrize("takes_others", [True, False])
def test_other_files_are_told_to_a_model_that_takes_them_alone(takes_others):
    told = replace(task(), others=(OtherFile("b.py", "y = 2\n"),))
    parts = context_parts(told, told.text, told.gaps, Traits(100, takes_others=takes_others))
    assert parts.others == (told.others if takes_others else ())


SEVERAL = "a = «»\nb = «»\nprint(«»)\n"
ANSWERS = ("f(1)", "a + 2", "b")


class SeveralOracle(OracleDenoiser):
    """Knows which gap is open alone from what stands before it."""

    def encode(self, prompt: Prompt, cache: object = None) -> tuple[int, int]:
        special, ids = self.tokenizer.special, prompt.ids.tolist()
        if special.gaps[0] in ids:
            return 0, 0
        pre, tail = map(self.tokenizer.id_of, ("<pre>", "<tail>"))
        prefix = self.tokenizer.decode(ids[ids.index(pre) : ids.index(tail)])
        opening = max(("a = ", "b = ", "print("), key=prefix.rfind)
        written = prefix[prefix.rfind(opening) + len(opening) :]
        return ("a = ", "b = ", "print(").index(opening), len(written)

    def propose(self, cache: tuple[int, int], canvas: Canvas, asked: IntArray | None = None):
        gap, written = cache
        answers = self.answers if len(canvas.starts) > 1 else (self.answers[gap],)
        return OracleDenoiser(answers).propose(written, canvas)

    def score(self, cache: tuple[int, int], ids: IntArray):
        return OracleDenoiser(self.answers).score(0, ids)


def several(answers: tuple[str, ...]) -> tuple[LocalEngine, FillTask]:
    pieces = re.split("«»", SEVERAL)
    ends = np.cumsum([len(piece) for piece in pieces[:-1]]).tolist()
    task = FillTask("".join(pieces), tuple(Span(end, end) for end in ends), "f.py")
    return LocalEngine(SeveralOracle(answers)), task


def test_several_gaps_are_filled_on_one_canvas():
    engine, task = several(ANSWERS)
    sketches, (draft,) = split(engine.fill(task, ONE))
    assert (draft.texts, draft.ended, draft.score, draft.nfe) == (ANSWERS, True, 0.0, 1)
    shown = ["".join(place.text for place in places) for places in sketches[-1].gaps]
    assert tuple(shown) == ANSWERS


@pytest.mark.parametrize("longer", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_gaps_longer_than_their_part_of_the_canvas_go_on_one_at_a_time(longer):
    answers = tuple("0123456789" * 4 if i in longer else text for i, text in enumerate(ANSWERS))
    engine, task = several(answers)
    sketches, (draft,) = split(engine.fill(task, ONE))
    assert (draft.texts, draft.ended) == (answers, True)
    assert draft.nfe == 1 + len(longer)
    shown = ["".join(place.text for place in places) for places in sketches[-1].gaps]
    assert tuple(shown) == answers


def test_of_several_gaps_one_unfinished_makes_the_draft_unfinished():
    engine, task = several(("0123456789" * 4, "a", "b"))
    _, (draft,) = split(engine.fill(task, FillOptions(drafts=1, max_tokens=20)))
    assert (draft.texts, draft.ended) == ((("0123456789" * 2), "a", "b"), False)


@given(st.integers(0, 1000), st.integers(2, 8))
@settings(max_examples=8, deadline=None)
def test_noise_in_several_gaps_ends_within_the_budget_and_is_the_same_again(seed, gaps):
    noise = NoiseDenoiser(seed, special_bias=1.0, tokenizer=Ascii())
    spans = tuple(Span(2 * i, 2 * i + 1) for i in range(gaps))
    options = FillOptions(drafts=2, canvas=8, max_tokens=16, steps=4, seed=seed)
    filled = FillTask("abcd" * 4, spans)
    _, drafts = once = split(LocalEngine(noise).fill(filled, options))
    assert once == split(LocalEngine(noise).fill(filled, options))
    assert all(len(draft.texts) == gaps for draft in drafts)
    assert all(draft.nfe <= 4 * (gaps + 2 * 3 * gaps) for draft in drafts)


def test_several_gaps_have_the_step_budget_of_one_each():
    noise = NoiseDenoiser(1, special_bias=-9.0, tokenizer=Ascii())
    two = FillTask("abcdef", (Span(1, 2), Span(4, 5)))
    sketches, _ = split(LocalEngine(noise).fill(two, FillOptions(1 + 5, canvas=8, max_tokens=7)))
    assert sum(sketch.step == 12 for sketch in sketches) == 1
    assert any(not place.committed for place in sketches[10].places)


def test_a_context_seen_before_costs_nothing_again():
    engine, short = LocalEngine(oracle("y = 1")), replace(ONE, temperature=0.0)
    list(engine.fill(task(), ONE))
    once = engine.encoded
    list(engine.fill(task(before=BEFORE + "x\n"), ONE))
    twice = engine.encoded
    list(engine.fill(task(), short))
    assert 0 < once < twice
    assert engine.encoded == twice


def test_typing_encodes_a_few_tokens_a_keystroke_and_the_whole_window_only_at_its_jumps():
    narrow = NoiseDenoiser(special_bias=9.0, tokenizer=Ascii(), max_context=300)
    engine = LocalEngine(narrow)
    once = FillOptions(drafts=1, canvas=8, max_tokens=1, steps=1)
    before, after = "x = 1\n" * 100, ")\n" + "y = 2\n" * 100
    costs, done = [], 0
    for key in "call(argument, other_argument=None)\n" * 8:
        before += key
        list(engine.fill(FillTask(before + after, (Span(len(before), len(before)),)), once))
        costs.append(engine.encoded - done)
        done = engine.encoded
    jumps = [cost for cost in costs[1:] if cost > 5]
    assert max(cost for cost in costs[1:] if cost <= 5) == 4  # the key, <tail>, its bracket, <fill>
    assert jumps == [104, 104], "half of the window, every hundredth keystroke"
